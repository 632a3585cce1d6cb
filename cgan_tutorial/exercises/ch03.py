"""The exercises of chapter 3."""

from __future__ import annotations

from typing import Any

import numpy as np

from cgan_tutorial.exercises.answers import Answer, Exercise, Trained

Values = Any


def _psnr(mse: Values) -> Values:
    return -10 * np.log10(mse)


def _kl(mean: Values, log_var: Values) -> Values:
    return 0.5 * np.sum(mean**2 + np.exp(log_var) - log_var - 1, axis=-1)


MEAN = np.array([[0.5, -1.0, 2.0], [0.0, 0.3, -0.2]])
LOG_VAR = np.array([[-1.0, 0.3, -2.0], [0.1, -0.5, 0.7]])

EXERCISES: dict[str, Exercise | Trained] = {
    "03-1": Trained(
        slack=1.0,
        why="Four numbers keep much less of a digit than sixteen.",
        low="That is less error than four numbers allow after five epochs. Did you change the "
        "number of latents in both networks, and measure on the test digits?",
        high="That is much error. Did you train for five epochs with a learning rate of 0.001?",
        wrong=(
            Answer(0.0682, "This is the error of the mean image. Does your model train?"),
            Answer(0.231, "This is the error of a gray image. Train the model before you measure."),
        ),
    ),
    "03-2": Exercise(
        right=48,
        why="Each of the layers doubles the side: 6, 12, 24, 48.",
        hint='With padding="same", the stride alone decides how the side changes.',
        wrong=(
            Answer(24, "You doubled twice. Count the layers again."),
            Answer(12, "That is the side after the first layer."),
            Answer(18, "The layers multiply the side one after the other; they do not add to it."),
            Answer(384, "The stride is 2. The 4 is the size of the window."),
            Answer(62, 'That is what padding="valid" gives.'),
            Answer(2304, "That is the number of pixels of the whole image. A side is asked for."),
        ),
    ),
    "03-3": Exercise(
        right=_psnr,
        why="A tenth of the error is 10 dB more.",
        hint="The PSNR is a logarithm of the MSE, times a number.",
        wrong=(
            Answer(lambda mse: -10 * np.log(mse), "`np.log` is the natural logarithm."),
            Answer(
                lambda mse: -20 * np.log10(mse),
                "The factor 20 belongs to the root of the MSE, not to the MSE.",
            ),
            Answer(lambda mse: 10 * np.log10(mse), "The sign: less error means more decibels."),
            Answer(lambda mse: -np.log10(mse), "That is in bel. A decibel is a tenth of it."),
        ),
        cases=((0.01,), (np.array([0.02, 0.5]),)),
    ),
    "03-4": Exercise(
        right=_kl,
        why="It is 0 where all means are 0 and all variances are 1.",
        hint="Write down the formula for one latent number first; then add up over the latents.",
        wrong=(
            Answer(
                lambda mean, log_var: _kl(mean, log_var) / mean.shape[-1],
                "The divergence of independent latents is their sum, not their mean.",
            ),
            Answer(lambda mean, log_var: -_kl(mean, log_var), "A divergence is never negative."),
            Answer(
                lambda mean, log_var: 2 * _kl(mean, log_var), "There is a factor of a half missing."
            ),
            Answer(
                lambda mean, log_var: np.sum(mean**2 + np.exp(log_var / 2) - log_var - 1, -1) / 2,
                "`np.exp(log_var / 2)` is the standard deviation. The formula has the variance.",
            ),
            Answer(
                lambda mean, log_var: _kl(mean, 2 * log_var),
                "`log_var` is the logarithm of the variance already, not that of its root.",
            ),
            Answer(
                lambda mean, log_var: np.sum(_kl(mean, log_var)),
                "Add up over the latents only, and keep one number for each image.",
            ),
        ),
        cases=((MEAN, LOG_VAR), (np.zeros((1, 2)), np.zeros((1, 2)))),
    ),
    "03-5": Trained(
        slack=1.0,
        why="The salted digits themselves have 10.2 dB.",
        low="Is the target the clean digit, and the input the salted one, also when you measure?",
        high="That is better than this training allows. Did you measure on salted test digits?",
        wrong=(Answer(10.158, "This is the PSNR of the salted digits. Reconstruct them first."),),
    ),
}
