"""A Keras model as data that network.js evaluates in the page: its layers in order, its weights."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

Spec = dict[str, Any]
LARGE = 2**18  # weights of a kernel; in a compact network it gets 8 bits, a smaller one 16
ACTIVATIONS = ("linear", "relu", "leaky_relu", "elu", "softplus", "sigmoid", "tanh", "softmax")


class NotExportableError(ValueError):
    """The page cannot evaluate a model, or one of its layers."""


def export(model: keras.Model, compact: bool = False) -> Spec:
    """Describe a functional or sequential model for `evaluator` in network.js.

    The page computes what the model does outside of training: dropout and noise do nothing.

    Args:
        model: built, with one output; channels come last.
        compact: whether kernels are rounded to 8 bits (large ones) or 16, in steps of the
            largest weight of each output; for images of digits it costs at most a few of the
            255 levels of gray, and saves a half to three quarters of the bytes.

    Returns:
        "nodes" in the order of their computation, each with "op", "from" (the numbers of
        the nodes that it reads), "shape" (without the batch) and the layer's settings, where
        an array is [its type, its first byte among the weights, its length], and a rounded
        kernel has "steps", the unit of each output; "inputs" and "output", numbers of nodes;
        and "weights", all arrays one after the other in base64.

    Raises:
        NotExportableError: names the layer or the setting that the page does not know.
    """
    if len(getattr(model, "outputs", None) or ()) != 1:
        raise NotExportableError(
            f"{model.name} is no functional or sequential model with one output; build it from "
            "keras.Input and layers"
        )
    parts = _Parts(compact)
    known = {id(tensor): parts.add("input", {}, [], tensor) for tensor in model.inputs}
    return {
        "inputs": list(known.values()),
        "output": _walk(model.outputs[0], known, parts),
        "nodes": parts.nodes,
        "weights": base64.b64encode(parts.stored).decode("ascii"),
    }


class _Parts:
    """Collects the nodes, and their arrays one after the other."""

    def __init__(self, compact: bool) -> None:
        self.compact, self.nodes, self.stored = compact, [], bytearray()

    def add(self, op: str, settings: Spec, sources: list[int], tensor: Any) -> int:
        """Add a node; return its number."""
        shape = list(tensor.shape[1:])
        if self.compact and "kernel" in settings:
            settings |= _rounded(settings["kernel"])
        found = {name: self._placed(value) for name, value in settings.items()}
        self.nodes.append({"op": op, "from": sources, "shape": shape, **found})
        return len(self.nodes) - 1

    def _placed(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        kind = value.dtype if value.dtype.kind == "i" else np.dtype("float32")
        start = len(self.stored)
        self.stored += value.astype(kind.newbyteorder("<")).tobytes()
        return [kind.name, start, value.size]


def _rounded(kernel: np.ndarray) -> Spec:
    """Round a kernel to whole steps, which are of another size for each output."""
    kind = "int8" if kernel.size > LARGE else "int16"
    largest = np.abs(kernel).max(axis=tuple(range(kernel.ndim - 1)))
    steps = np.maximum(largest, 1e-12) / np.iinfo(kind).max
    return {"kernel": np.rint(kernel / steps).astype(kind), "steps": steps}


def _walk(tensor: Any, known: dict[int, int], parts: _Parts) -> int:
    """Add all that a symbolic tensor is computed from; return the number of its node."""
    if id(tensor) not in known:
        layer, index, _ = tensor._keras_history
        parents = layer._inbound_nodes[index].input_tensors
        sources = [_walk(parent, known, parts) for parent in parents]
        if isinstance(layer, keras.Model):
            inner = {id(one): at for one, at in zip(layer.inputs, sources, strict=True)}
            known[id(tensor)] = _walk(layer.outputs[0], inner, parts)
        else:
            op, settings = _described(layer)
            known[id(tensor)] = parts.add(op, settings, sources, tensor)
    return known[id(tensor)]


def _described(layer: Any) -> tuple[str, Spec]:
    """Return the operation that network.js runs for a layer, and its settings."""
    for kind, (op, describe) in LAYERS.items():
        if isinstance(layer, kind):
            return op, describe(layer)
    raise NotExportableError(
        f"the page cannot evaluate {layer.name}, a {type(layer).__name__}; it knows "
        f"{', '.join(kind.__name__ for kind in LAYERS)}"
    )


def _require(layer: Any, **wanted: Any) -> None:
    for name, value in wanted.items():
        if getattr(layer, name) != value:
            raise NotExportableError(
                f"the page cannot evaluate {layer.name}: {name} is {getattr(layer, name)!r}, and "
                f"it knows {value!r} only"
            )


def _activation(layer: Any) -> str:
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    if name not in ACTIVATIONS:
        raise NotExportableError(
            f"the page cannot evaluate {layer.name}: its activation is {name}, and it knows "
            f"{', '.join(ACTIVATIONS)} only"
        )
    return name


def _numbers(value: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(value), "float64")


def _dense(layer: Any) -> Spec:
    bias = {"bias": _numbers(layer.bias)} if layer.use_bias else {}
    return {"kernel": _numbers(layer.kernel), **bias, "activation": _activation(layer)}


def _convolution(layer: Any) -> Spec:
    _require(layer, data_format="channels_last", dilation_rate=(1, 1), groups=1)
    place = {"size": list(layer.kernel_size), "strides": list(layer.strides)}
    return {**_dense(layer), **place, "padding": layer.padding}


def _transposed(layer: Any) -> Spec:
    _require(layer, data_format="channels_last", dilation_rate=(1, 1), output_padding=None)
    place = {"size": list(layer.kernel_size), "strides": list(layer.strides)}
    # As in a convolution: height, width, channels in, channels out.
    kernel = _numbers(layer.kernel).transpose(0, 1, 3, 2)
    return {**_dense(layer), "kernel": kernel, **place, "padding": layer.padding}


def _batch_normalization(layer: Any) -> Spec:
    if layer.axis not in (-1, len(layer.input.shape) - 1):
        _require(layer, axis=-1)
    scale = 1 / np.sqrt(_numbers(layer.moving_variance) + layer.epsilon)
    scale *= _numbers(layer.gamma) if layer.scale else 1.0
    shift = -_numbers(layer.moving_mean) * scale
    return {"scale": scale, "shift": shift + (_numbers(layer.beta) if layer.center else 0.0)}


def _rescaling(layer: Any) -> Spec:
    if np.ndim(layer.scale) or np.ndim(layer.offset):
        raise NotExportableError(f"the page cannot evaluate {layer.name}: give it single numbers")
    return {"scale": np.full(1, layer.scale), "shift": np.full(1, layer.offset)}


def _relu(layer: Any) -> Spec:
    _require(layer, max_value=None, threshold=0.0)
    return {"activation": "leaky_relu", "slope": float(layer.negative_slope)}


def _softmax(layer: Any) -> Spec:
    _require(layer, axis=-1)
    return {"activation": "softmax"}


def _pooling(layer: Any) -> Spec:
    _require(layer, data_format="channels_last")
    place = {"size": list(layer.pool_size), "strides": list(layer.strides)}
    return {**place, "padding": layer.padding, "mean": isinstance(layer, layers.AveragePooling2D)}


def _global_pooling(layer: Any) -> Spec:
    _require(layer, data_format="channels_last")
    return {"mean": isinstance(layer, layers.GlobalAveragePooling2D)}


def _upsampling(layer: Any) -> Spec:
    _require(layer, data_format="channels_last", interpolation="nearest")
    return {"size": list(layer.size)}


def _concatenation(layer: Any) -> Spec:
    rank = len(layer.output.shape)
    if layer.axis not in (-1, rank - 1):
        _require(layer, axis=-1)
    return {}


def _nothing(layer: Any) -> Spec:
    return {}


# For each layer: the operation that network.js runs, and what it must know.
LAYERS: dict[type, tuple[str, Callable[[Any], Spec]]] = {
    layers.Dense: ("dense", _dense),
    layers.Conv2DTranspose: ("transposed", _transposed),
    layers.Conv2D: ("convolution", _convolution),
    layers.BatchNormalization: ("affine", _batch_normalization),
    layers.Rescaling: ("affine", _rescaling),
    layers.ReLU: ("activation", _relu),
    layers.LeakyReLU: (
        "activation",
        lambda layer: {"activation": "leaky_relu", "slope": float(layer.negative_slope)},
    ),
    layers.Softmax: ("activation", _softmax),
    layers.Activation: ("activation", lambda layer: {"activation": _activation(layer)}),
    layers.MaxPooling2D: ("pooling", _pooling),
    layers.AveragePooling2D: ("pooling", _pooling),
    layers.GlobalMaxPooling2D: ("global_pooling", _global_pooling),
    layers.GlobalAveragePooling2D: ("global_pooling", _global_pooling),
    layers.UpSampling2D: ("upsampling", _upsampling),
    layers.Concatenate: ("concatenation", _concatenation),
    layers.Add: ("sum", _nothing),
    layers.Reshape: ("same", _nothing),
    layers.Flatten: ("same", _nothing),
    layers.Dropout: ("same", _nothing),
    layers.SpatialDropout2D: ("same", _nothing),
    layers.GaussianNoise: ("same", _nothing),
}
