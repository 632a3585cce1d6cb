"""The exercises of chapter 4."""

from __future__ import annotations

import numpy as np

from cgan_tutorial.exercises.answers import Answer, Exercise, Trained


def softplus(values: np.ndarray) -> np.ndarray:
    """Return log(1 + exp(values)), which is −log sigmoid(−values)."""
    return np.logaddexp(0.0, values)


def entropy(shares: np.ndarray) -> float:
    """Return the entropy of shares in nats; a share of 0 adds nothing."""
    some = np.asarray(shares)[np.asarray(shares) > 0]
    return float(-np.sum(some * np.log(some)))


LOGITS = np.array([[-3.0], [0.5], [2.0]]), np.array([[0.0], [-1.0], [4.0], [0.25]])
SHARES = np.full(10, 0.1), np.array([0.5, 0.25, 0.25]), np.array([0.7, 0.3, 0.0, 0.0])
EXERCISES: dict[str, Exercise | Trained] = {
    "04-1": Exercise(
        right=100 * 256 * 7 * 7 + 256 * 7 * 7,
        why="100 weights and a bias for each of its 12,544 units.",
        hint="Count the weights of a single unit first. What else does Dense learn?",
        rtol=0.0,
        wrong=(
            Answer(100 * 256 * 7 * 7, "Each unit also has a bias."),
            Answer(101 * 256 * 8 * 8, "That is the article's 8×8; the fixed one starts at 7×7."),
            Answer(256 * 7 * 7, "That is how many numbers it returns, not how many it learns."),
        ),
    ),
    "04-2": Exercise(
        right=lambda logits: np.mean(softplus(-np.asarray(logits))),
        why="It is large where the logits are very negative, and so is its slope.",
        hint="sigmoid(s) is 1 / (1 + exp(−s)); take −log of it, and the mean over all fakes.",
        wrong=(
            Answer(
                lambda logits: -np.mean(softplus(np.asarray(logits))),
                "That is the minimax loss, the mean of log(1 − D).",
            ),
            Answer(
                lambda logits: np.mean(softplus(np.asarray(logits))),
                "The sign of the logits is wrong: this teaches G to make fakes that look fake.",
            ),
            Answer(
                lambda logits: -np.mean(softplus(-np.asarray(logits))),
                "The minus before the log is missing: log sigmoid(s) is negative.",
            ),
            Answer(
                lambda logits: np.mean(softplus(-np.asarray(logits)), axis=1),
                "Your mean runs over the axis of length 1; average over all fakes.",
            ),
            Answer(
                lambda logits: np.mean(softplus(-np.asarray(logits)), axis=0),
                "Your result still has an axis; one number is needed.",
            ),
        ),
        cases=tuple((logits,) for logits in LOGITS),
    ),
    "04-3": Exercise(
        right=0.75,
        why="The ball around 8 reaches from 2 to 14, so 3.5 and 5 count, far from any real point.",
        hint="Each ball reaches to the nearest other real point; count the samples in any ball.",
        wrong=(
            Answer(0.25, "Look at the point at 8: how far is its nearest neighbor?"),
            Answer(1.0, "Does the sample at 15 lie in a ball? The widest one ends before it."),
            Answer(0.0, "A point is not its own neighbor, so no ball has the radius 0."),
            Answer(3, "Give the share, not the count."),
        ),
    ),
    "04-4": Exercise(
        right=lambda shares: entropy(shares) / np.log(2),
        why="Ten equal shares have log₂ 10 = 3.32 bits, a single class has 0.",
        hint="Use log2 and leave out shares of 0: there numpy computes 0 · log 0 as nan.",
        wrong=(
            Answer(entropy, "That is in nats; bits need the logarithm to the base 2."),
            Answer(
                lambda shares: -entropy(shares) / np.log(2), "The minus before the sum is missing."
            ),
            Answer(
                lambda shares: entropy(shares) / np.log(2) / len(shares),
                "That is a mean over the classes; the formula has a sum.",
            ),
        ),
        cases=tuple((shares,) for shares in SHARES),
    ),
    "04-5": Trained(
        why="Compare it with your distance for β₁ = 0: Keras' default of 0.9 does harm here.",
        low="Is beta_1 really 0.9? A smaller β₁ gives a smaller distance; so do more epochs.",
        high="Are rate, batch, and epochs as given, and do you compare with the test images?",
        wrong=(Answer(0.0, "Compare the samples with the test images, not with themselves."),),
    ),
}
