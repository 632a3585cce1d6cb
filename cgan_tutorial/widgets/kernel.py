"""The answers of the kernel to a widget whose networks the page cannot evaluate."""

from __future__ import annotations

from typing import Any

import anywidget
import keras
import numpy as np
import traitlets

from cgan_tutorial.widgets.export import Spec


class KernelWidget(anywidget.AnyWidget):
    """A page's widget that sends inputs of networks here and receives their outputs.

    Args:
        code: the widget's ES module with all it imports, and that of kernel.js.
        style: its style sheet.
        spec: what `mount` receives.
        networks: functional or sequential models, by name.
        reason: why the page cannot evaluate them, in a sentence.
    """

    spec = traitlets.Dict().tag(sync=True)
    shapes = traitlets.Dict().tag(sync=True)
    reason = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, code: str, style: str, spec: Spec, networks: dict[str, keras.Model], reason: str
    ) -> None:
        self._esm = f"{code}\nexport default {{ render: answering(mount) }};"
        self._css = style
        self.networks = networks
        shapes = {name: _shapes(network) for name, network in networks.items()}
        super().__init__(spec=spec, shapes=shapes, reason=f"{reason}. So the kernel answers.")
        self.on_msg(self._asked)

    def _asked(self, widget: Any, content: dict, buffers: list) -> None:
        network = self.networks[content["network"]]
        inputs = [
            np.frombuffer(sent, "<f4").reshape(1, *tensor.shape[1:])
            for sent, tensor in zip(buffers, network.inputs, strict=True)
        ]
        answer = np.asarray(network.predict_on_batch(inputs if len(inputs) > 1 else inputs[0]))
        self.send({"number": content["number"]}, [answer.astype("<f4").tobytes()])


def _shapes(network: keras.Model) -> dict[str, list]:
    inputs = [list(tensor.shape[1:]) for tensor in network.inputs]
    return {"shape": list(network.outputs[0].shape[1:]), "inputShapes": inputs}
