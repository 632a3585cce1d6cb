"""Several processes train one model together, on JAX: `python -m cgan_tutorial.distributed`."""
