"""What every pair of generator and discriminator here shares: checks, metrics, a preview."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from cgan_tutorial.devices import after
from cgan_tutorial.losses import LOSSES
from cgan_tutorial.models.base import LatentModel, Tensor

METRICS = ("d_loss", "g_loss", "pairwise_accuracy", "diversity")
# Losses and metrics are computed in full precision, also under a mixed policy.
FULL = keras.config.floatx
REFUSED = ("loss", "loss_weights", "metrics", "weighted_metrics")


class AdversarialModel(LatentModel):
    """Checks the settings of an adversarial model and reports its metrics.

    `compute_metrics` reports both losses; `pairwise_accuracy`, the share of pairs (real,
    fake) in which the real one has the higher logit, 0.5 at chance level; and `diversity`,
    the variance of the fakes over that of the data.

    Args:
        loss: a name of `losses.LOSSES`.
        **kwargs: `name`, `dtype` and `trainable`, as for `keras.Model`.

    Raises:
        ValueError: the loss is unknown.
    """

    networks = ("generator", "discriminator")
    enough_steps = 1000
    preview_rows = ("real images", "samples of fixed latents")

    def __init__(self, loss: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_loss(loss)
        self.adversarial_loss = loss
        self.seed_generator = keras.random.SeedGenerator()
        self.trackers = [keras.metrics.Mean(name=name) for name in METRICS]

    @property
    def default_batch_size(self) -> int:  # type: ignore[override]
        """Images per step: fewer large ones, so that the same time has more steps."""
        return 32 if times_a_digit(self.data_shape) < 4 else 8

    def default_optimizer(self) -> keras.Optimizer:
        """Return Adam without momentum and with short memory, so that both networks keep up."""
        return keras.optimizers.Adam(4e-3, beta_1=0.0, beta_2=0.9)

    def compile(self, optimizer: Any = None, **options: Any) -> None:
        """Compile as `keras.Model` does, with one optimizer for both networks.

        Raises:
            ValueError: a loss or metrics, which have no targets here, or a clipping norm
                over the gradients of both networks together.
        """
        for name in REFUSED:
            if options.get(name) is not None:
                raise ValueError(
                    f"{name} is {options[name]!r}, but a {type(self).__name__} has no targets to "
                    f"compare with; choose its loss when you build it: {', '.join(LOSSES)}"
                )
        if optimizer is not None:
            optimizer = keras.optimizers.get(optimizer)
        # Under mixed_float16 one may come wrapped.
        if getattr(getattr(optimizer, "inner_optimizer", optimizer), "global_clipnorm", None):
            raise ValueError(
                "global_clipnorm would shrink the generator's step by the discriminator's "
                "gradient; give clipnorm or clipvalue, which treat each weight by itself"
            )
        super().compile(optimizer, **options)

    def both_losses(self, y_pred: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the losses of discriminator and generator, from what `call` returns."""
        logits = (y_pred[f"{kind}_logits"] for kind in ("real", "fake", "frozen"))
        real, fake, frozen = (ops.cast(each, FULL()) for each in logits)
        return LOSSES[self.adversarial_loss](*after(frozen, real, fake), frozen)

    def real_data(self, x: Any) -> Tensor:
        """Return the real images among the inputs; a conditional model has labels too."""
        return x

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Report both losses, `pairwise_accuracy` and `diversity`."""
        images, fakes = (ops.cast(each, FULL()) for each in (self.real_data(x), y_pred["fakes"]))
        ranked = ops.mean(ops.cast(y_pred["real_logits"] > y_pred["fake_logits"], "float32"))
        spread = ops.maximum(ops.mean(ops.var(images, axis=0)), keras.config.epsilon())
        diversity = ops.mean(ops.var(fakes, axis=0)) / spread
        for tracker, value in zip(
            self.trackers, (*self.both_losses(y_pred), ranked, diversity), strict=True
        ):
            tracker.update_state(value)
        return self.get_metrics_result()

    def export(self, filepath: Any, *args: Any, **options: Any) -> None:
        """Export what `decode` runs: latents in, images out. The networks export by themselves."""
        self.decoder.export(filepath, *args, **options)

    def preview(self, images: np.ndarray) -> np.ndarray:
        """Return real images above samples of latents that never change."""
        return np.stack([images, self.sample(len(images), seed=0)])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "loss": self.adversarial_loss}


def times_a_digit(shape: tuple[int, ...]) -> float:
    """Return how many times the values of a 28×28 digit an image has, at least 1."""
    return max(1.0, math.prod(shape) / 28**2)


def check_loss(loss: str) -> None:
    """Refuse an unknown adversarial loss.

    Raises:
        ValueError: names the known ones.
    """
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}; choose one of {', '.join(LOSSES)}")


def check_logits(discriminator: keras.Model) -> None:
    """Refuse a discriminator whose logits (n,) would broadcast against others.

    Raises:
        ValueError: says which shape is needed.
    """
    shape = getattr(discriminator, "output_shape", (None, 1))
    if len(shape) < 2:
        raise ValueError(
            f"the discriminator returns shape {shape}; let it return logits (n, 1), for example "
            "by a last layer Dense(1)"
        )


def refuse_targets(model: keras.Model, y: Any, sample_weight: Any) -> None:
    """Refuse targets and weights, which an adversarial model would ignore.

    Raises:
        ValueError: says what the model takes.
    """
    if y is not None or sample_weight is not None:
        takes = "pairs as one input, fit((a, b))" if model.pairs else "images alone, fit(images)"
        raise ValueError(
            f"a {type(model).__name__} learns without targets and without weights; give {takes}"
        )
