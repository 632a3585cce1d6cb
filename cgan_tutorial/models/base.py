"""What the models of this book share: defaults, saving, latent vectors."""

from __future__ import annotations

from numbers import Real
from typing import Any

import keras
import numpy as np
from keras import ops

from cgan_tutorial.data import check_images, check_labels, check_rows

Tensor = Any


class BookModel(keras.Model):
    """A `keras.Model` made of networks, with the book's optimizer and loss as defaults.

    Attributes:
        networks: names of the attributes, and constructor arguments, that are networks.
        default_batch_size: of `train`, where the caller gives none.
        default_loss: of `compile`; None for a model that computes its own.
        enough_steps: training steps below which the outputs are rarely recognizable.
        pairs: whether the inputs are pairs; `fit(a, b)` means `fit((a, b))` then.
        preview_rows: what `preview` shows, one text a row.
    """

    networks: tuple[str, ...] = ()
    default_batch_size = 64
    default_loss: Any = None
    enough_steps = 0
    pairs = False
    preview_rows: tuple[str, ...] = ()

    def default_optimizer(self) -> keras.Optimizer:
        """Return a new optimizer with the book's settings for this model."""
        return keras.optimizers.Adam(4e-3)

    def compile(
        self,
        optimizer: Any = None,
        loss: Any = None,
        **options: Any,
    ) -> None:
        """Compile as `keras.Model` does; without arguments, as the book does."""
        self.compiled_by_train = None  # see training.compiling
        super().compile(
            optimizer=self.default_optimizer() if optimizer is None else optimizer,
            loss=self.default_loss if loss is None else loss,
            **options,
        )

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile again as `get_compile_config` recorded it."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def fit(
        self, x: Any = None, y: Any = None, *args: Any, **options: Any
    ) -> keras.callbacks.History:
        """Fit as `keras.Model` does.

        Raises:
            ValueError: weights that Keras would drop: of classes, or of samples without `y`;
                labels in an array that are no classes of the model.
        """
        self._check_arguments(x, y, options)
        return super().fit(x, y, *args, **options)

    def evaluate(self, x: Any = None, y: Any = None, *args: Any, **options: Any) -> Any:
        """Evaluate as `keras.Model` does, with the inputs of `fit`.

        Raises:
            ValueError: as for `fit`.
        """
        self._check_arguments(x, y, options)
        return super().evaluate(x, y, *args, **options)

    def train_step(self, *state_and_data: Any) -> Any:
        """Train on a batch, as Keras does; of pairs in any form."""
        return super().train_step(*self._with_pairs(*state_and_data))

    def test_step(self, *state_and_data: Any) -> Any:
        """Evaluate a batch, as Keras does; of pairs in any form."""
        return super().test_step(*self._with_pairs(*state_and_data))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; networks are serialized by Keras."""
        serialize = keras.saving.serialize_keras_object
        parts = {name: serialize(getattr(self, name)) for name in self.networks}
        return {**super().get_config(), **parts}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> BookModel:
        """Make a model of the same architecture, with new weights."""
        deserialize = keras.saving.deserialize_keras_object
        parts = {name: deserialize(config[name], custom_objects) for name in cls.networks}
        return cls(**{**config, **parts})

    def build(self, input_shape: Any = None) -> None:
        """Take the networks as they are if they are built; else build them as Keras does."""
        if not all(getattr(self, name).built for name in self.networks):
            super().build(input_shape)

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build, with the networks that Keras has built from their own configurations."""
        self.build()

    def per_image(self, sample_weight: Tensor, y: Tensor, y_pred: Tensor) -> Tensor:
        """Give weights (n,) the axes of the compiled loss's values; Keras would add only one.

        The values of "mse" are one for each pixel, (n, height, width).
        """
        if sample_weight is None:
            return None
        loss = keras.losses.get(self.loss)
        values = getattr(loss, "call", loss)(y, y_pred)
        return ops.reshape(sample_weight, (-1, *[1] * (len(values.shape) - 1)))

    def _with_pairs(self, *state_and_data: Any) -> tuple[Any, ...]:
        *state, data = state_and_data  # JAX's steps are given a state
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if self.pairs and y is not None:
            data = (x, y), None, sample_weight
        return *state, data

    def _check_arguments(self, x: Any, y: Any, options: dict[str, Any]) -> None:
        labels = x[1] if self.pairs and isinstance(x, tuple) else y
        if getattr(self, "num_classes", 0) and isinstance(labels, np.ndarray):
            check_labels(labels, len(labels), self.num_classes)
        if options.get("class_weight") is not None:
            raise ValueError(
                f"class_weight has no meaning for {type(self).__name__}, whose targets are no "
                "classes; give sample_weight with targets, or leave it out"
            )
        if options.get("sample_weight") is not None and (y is None or self.pairs):
            raise ValueError(
                "sample_weight is given without y, and Keras would drop it; "
                "give the targets too, for example fit(x, x, sample_weight=...)"
            )


class LatentModel(BookModel):
    """A model with a `decoder` from latent vectors to images (or points)."""

    decoder: keras.Model
    # How many classes the model is conditioned on; 0 if unconditional.
    num_classes = 0

    @property
    def latent_dim(self) -> int:
        """How many numbers a latent vector has."""
        return self.decoder.input_shape[-1] - self.num_classes

    @property
    def data_shape(self) -> tuple[int, ...]:
        """Shape of one image (or point) that the model generates."""
        return tuple(self.decoder.output_shape[1:])

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """Map latents (n, latent_dim) to images (n, height, width, channels), float32.

        Raises:
            ValueError: the latents are not of that shape, or not finite.
        """
        return predict_in_batches(self.decoder, check_latents(latents, self.latent_dim))

    def sample(self, count: int, seed: int | None = None) -> np.ndarray:
        """Decode `count` standard-normal latents, others at each call unless `seed` is given."""
        return self.decode(np.random.default_rng(seed).normal(size=(count, self.latent_dim)))


class EncodingModel(LatentModel):
    """A model with an `encoder` too.

    The first `latent_dim` outputs of the encoder are the latent vector, so an encoder may
    return more than that, as a VAE's does.
    """

    encoder: keras.Model
    preview_rows = ("images", "their reconstructions")

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Map images (n, height, width, channels) in [0, 1] to latents (n, latent_dim).

        Raises:
            ValueError: the images are not of the model's shape, float32 and in [0, 1].
        """
        images = check_images(images, tuple(self.encoder.input_shape[1:]))
        return predict_in_batches(self.encoder, images)[:, : self.latent_dim]

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Encode and decode: images to images of the same shape."""
        return self.decode(self.encode(images))

    def preview(self, images: np.ndarray) -> np.ndarray:
        """Return images above their reconstructions, (2, n, height, width, channels)."""
        latents = self.encoder(images)[:, : self.latent_dim]
        return np.stack([images, ops.convert_to_numpy(self.decoder(latents)).astype("float32")])


def predict_in_batches(network: keras.Model, inputs: np.ndarray, size: int = 250) -> np.ndarray:
    """Run a network in inference mode, `size` inputs at a time, (n, …) → float32 (n, …).

    `predict` would trace each new network first: 0.1 to 0.5 s, where a direct call takes
    milliseconds.
    """
    pieces = [inputs[first : first + size] for first in range(0, len(inputs), size)]
    outputs = [ops.convert_to_numpy(network(piece, training=False)) for piece in pieces]
    return np.concatenate(outputs).astype("float32", copy=False)


def check_latents(latents: np.ndarray, latent_dim: int) -> np.ndarray:
    """Return `latents` as float32 if they have shape (n, latent_dim) and are finite.

    Raises:
        ValueError: wrong shape, or a value that is not finite.
    """
    return check_rows(latents, (latent_dim,), "latents", ", one row for each image")


def check_number(name: str, value: Any, low: float, below: float = np.inf) -> None:
    """Refuse what is not a number of at least `low` and below `below`.

    Raises:
        ValueError: names the value and the range.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= value < below:
        limit = "" if below == np.inf else f" and below {below:g}"
        raise ValueError(f"{name} is {value!r}; give a number of at least {low:g}{limit}")
