"""A widget as HTML that is alive in every page that runs scripts, and a still picture elsewhere.

The page computes: the widget's module, what it shows first and the networks it evaluates are in
the cell's output. Networks travel once a page; see `page.Networks`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure

from cgan_tutorial import plots
from cgan_tutorial.widgets.export import NotExportableError, Spec, export
from cgan_tutorial.widgets.kernel import KernelWidget

HERE = Path(__file__).parent
VIEW = "application/vnd.jupyter.widget-view+json"
NOTE = (
    "This picture shows how the widget starts. Run the cell, or open the book's web page, to "
    "move it."
)


class PageWidget:
    """A widget that a cell shows as its last value; it needs no kernel afterwards.

    Args:
        module: the ES module that exports `mount(root, spec, networks)`, without ".js".
        spec: what `mount` receives, of JSON's types.
        networks: networks that the page evaluates, by the names that `mount` knows.
        still: a picture of the first state, for pages that run no scripts; or its HTML element.
        alt: its alternative text.

    Raises:
        NotExportableError: the page cannot evaluate a network, and neither can the kernel,
            since it is neither functional nor sequential.
    """

    def __init__(
        self,
        module: str,
        spec: Spec,
        networks: dict[str, keras.Model],
        still: np.ndarray | Figure | str,
        alt: str,
    ) -> None:
        self.module, self.spec, self.alt = module, spec, alt
        self.image = still if isinstance(still, str) else plots.img(still, alt)
        self.kernel = None
        try:
            self.networks = {name: as_text(network) for name, network in networks.items()}
        except NotExportableError as error:
            if not all(getattr(network, "outputs", None) for network in networks.values()):
                raise
            parts = code(module, "kernel"), style(), spec, networks
            self.kernel = KernelWidget(*parts, reason=str(error))

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        if self.kernel is None:
            return {"text/html": self.html(running_cell()), "text/plain": self.alt}
        view = {"version_major": 2, "version_minor": 0, "model_id": self.kernel.model_id}
        still = f'<div class="cgan">{self.image}</div>'
        return {VIEW: view, "text/html": still, "text/plain": self.alt}

    def html(self, cell: object = None) -> str:
        """Return the widget as a part of an HTML page.

        Args:
            cell: names the place in the page. A network that the widget of another cell has
                brought along is left out; with None all of them come along.
        """
        needed = {name: digest(text) for name, text in self.networks.items()}
        spec = json.dumps({"networks": needed, **self.spec})
        number = digest(self.module + spec)
        texts = [
            _data("network", needed[name], text)
            for name, text in self.networks.items()
            if cell is None or _brought.setdefault(needed[name], cell) == cell
        ]
        return (
            f'<div class="cgan" data-cgan="{number}" data-widget="{self.module}">{self.image}'
            f'<p class="cgan-note">{NOTE}</p>'
            f"</div><style>{style()}</style>{''.join(texts)}{_data('spec', number, spec)}"
            f'<script type="module">{code(self.module)}\nstart("{number}", mount);</script>'
        )


# For each network that this kernel has shown, by hash: the cell that brought it along.
_brought: dict[str, object] = {}


def running_cell() -> object:
    """Return what names the running cell; None outside of a kernel, and where a cell is a page."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if not hasattr(shell, "kernel") or "google.colab" in sys.modules:
        return None
    metadata = shell.get_parent().get("metadata", {})
    return metadata.get("cellId", shell.execution_count)


def as_text(network: keras.Model) -> str:
    """Return a network as the JSON text that the page reads; its kernels rounded."""
    return json.dumps(export(network, compact=True))


def digest(text: str) -> str:
    """Return a short name for a text, the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _data(kind: str, key: str, text: str) -> str:
    text = text.replace("</", "<\\/")
    return f'<script type="application/json" data-cgan-{kind}="{key}">{text}</script>'


@cache
def style() -> str:
    """Return the style sheet of all widgets, and what turns charts dark."""
    return (HERE / "style.css").read_text("utf-8") + plots.DARK


@cache
def code(*modules: str) -> str:
    """Return ES modules and all that they import from their folder, as one text.

    The modules have no build step: imports between them are left out here, and so are `export`,
    comments and indents.
    """
    order = dict.fromkeys(name for module in modules for name in _order(module))
    lines = [line for name in order for line in _lines(name)]
    return "\n".join(
        line.removeprefix("export ").strip()
        for line in lines
        if not line.startswith("import ") and not line.lstrip().startswith("//")
    )


def _lines(module: str) -> list[str]:
    return (HERE / f"{module}.js").read_text("utf-8").splitlines()


def _order(module: str) -> list[str]:
    """Return the names of a module and those it imports, the imported ones first."""
    imported = [
        line.split('"./')[1].split(".js")[0]
        for line in _lines(module)
        if line.startswith("import ")
    ]
    return [*(name for each in imported for name in _order(each)), module]
