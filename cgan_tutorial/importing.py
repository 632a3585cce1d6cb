"""Has a module executed in a way of one's own, if and when somebody imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from types import ModuleType


def around(name: str, wrapper: Callable[[Callable, ModuleType], None]) -> None:
    """Let `wrapper` execute a module's code.

    Args:
        name: the module's full name.
        wrapper: called with what executes the code, and the new module to give to it.
    """
    sys.meta_path.insert(0, _Around(name, wrapper))


class _Around(MetaPathFinder):
    """Finds its module as the other finders do; its code is run by the wrapper."""

    looking = False

    def __init__(self, name: str, wrapper: Callable[[Callable, ModuleType], None]):
        self.name, self.wrapper = name, wrapper

    def find_spec(self, name, path=None, target=None):
        """Return the module's spec with the wrapper around its loader; None for others."""
        if name != self.name or self.looking:
            return None
        self.looking = True
        spec = find_spec(name)
        self.looking = False
        if spec is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: self.wrapper(execute, module)
        return spec
