"""The experiments of chapter 6: what the models are good for, each beside a plain rival."""
