"""A runnable book on autoencoders and generative adversarial networks.

Importing this package names things, imports no backend and sets nothing: its parts are
imported when they are first used, as in `cgan_tutorial.data.load()`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from cgan_tutorial._backend import setup

__version__ = "0.1.0"
PARTS = ("data", "losses", "metrics", "models", "networks", "plots", "training", "widgets")
__all__ = ["__version__", "setup", *PARTS]


def __getattr__(name: str) -> ModuleType:
    if name in PARTS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
