"""Experiments of single chapters; nothing outside this folder imports them."""
