"""Several processes train one model together, on JAX."""
