"""The exercises of chapter 2."""

from __future__ import annotations

import numpy as np

from cgan_tutorial.exercises.answers import Answer, Exercise, Trained

SHARES = (
    (np.array([0.5, 0.5]), np.array([0.9, 0.1])),
    (np.array([0.2, 0.3, 0.5]), np.array([0.6, 0.3, 0.1])),
)


def _divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Return KL(p ‖ q) in nats."""
    return float(np.sum(p * np.log(p / q)))


def _both(p: np.ndarray, q: np.ndarray) -> float:
    """Return twice the Jensen–Shannon divergence of p and q, in nats."""
    return _divergence(p, (p + q) / 2) + _divergence(q, (p + q) / 2)


EXERCISES: dict[str, Exercise | Trained] = {
    "02-1": Exercise(
        right=0.4285714,
        why="It is p/(p + q) with the moved q. More fakes are here now, so D is less sure.",
        hint="Change the mean in q_here, then put p_here and q_here into p/(p + q).",
        wrong=(
            Answer(0.552881, "This is the answer before the move. Change the mean in q_here."),
            Answer(0.5714286, "This is the probability of a fake. D* is the probability of real."),
            Answer(0.75, "This is p/q. Divide by the sum of both densities."),
            Answer(0.199471, "This is p alone. The fakes at x count, too."),
        ),
        rtol=5e-3,
    ),
    "02-2": Exercise(
        right=2 * np.log(2),
        why="log 2 for the real images, and log 2 for the fakes: log 4.",
        hint="Put the score of ½ into the discriminator's loss, for real images and for fakes.",
        wrong=(
            Answer(np.log(2), "This is the average over real and fake. minimax adds them."),
            Answer(-2 * np.log(2), "This is V, which D maximizes. Its loss has the other sign."),
            Answer(-np.log(2), "This is the generator's loss, the second value of minimax."),
            Answer(0.0, "The loss is 0 only for a discriminator that is sure and right."),
            Answer(0.5, "This is the probability. The loss is made of its logarithm."),
        ),
        rtol=5e-3,
    ),
    "02-3": Exercise(
        right=[-0.0474259, -0.9525741],
        why="They are −D and −(1 − D) with D = σ(−3).",
        hint="Compute D from the score with the sigmoid; the derivatives are in section 5.",
        wrong=(
            Answer([-0.9525741, -0.0474259], "These are both slopes in the other order."),
            Answer(
                [0.0474259, 0.9525741], "The sizes are right. Does a higher score raise G's loss?"
            ),
            Answer([3.0, -4.0], "D is a probability: apply the sigmoid to the score first."),
            Answer([-0.9525741, -0.9525741], "Only one of the two losses is steep here."),
        ),
        rtol=5e-3,
    ),
    "02-4": Exercise(
        right=lambda a, b, rate: (a - rate * b, b + rate * a),
        why="Both players move at a right angle to their position, so the distance from 0 grows.",
        hint="One player goes against its derivative, the other along it, both from the old place.",
        wrong=(
            Answer(
                lambda a, b, rate: (a - rate * b, b + rate * (a - rate * b)),
                "Player b has seen the new a. At the same time means: from the old position.",
            ),
            Answer(
                lambda a, b, rate: (a + rate * b, b - rate * a),
                "Player a should make a·b small, and player b should make it large.",
            ),
            Answer(
                lambda a, b, rate: (a - rate * b, b - rate * a),
                "This is descent for both players. Player b climbs.",
            ),
            Answer(
                lambda a, b, rate: (a - rate * a, b + rate * b),
                "The derivative of a·b in a is b, not a.",
            ),
        ),
        cases=((1.0, 0.0, 0.1), (0.5, -2.0, 0.3)),
    ),
    "02-5": Exercise(
        right=lambda p, q: _both(p, q) / 2,
        why="It is symmetric in p and q, and at most log 2.",
        hint="Compute m first; then each of the two terms is np.sum(… * np.log(… / m)).",
        wrong=(
            Answer(_divergence, "This is the Kullback–Leibler divergence. Compare with m instead."),
            Answer(_both, "This is twice the divergence: each of the two sums has the factor ½."),
            Answer(lambda p, q: _both(p, q) / 2 / np.log(2), "Use np.log, not the base 2."),
            Answer(
                lambda p, q: _divergence(p, (p + q) / 2),
                "This is one term. The one of q is missing.",
            ),
            Answer(
                lambda p, q: _both(p, q) / 4,
                "This is half of it: m has a factor ½ of its own, or each sum has two of them.",
            ),
        ),
        cases=SHARES,
    ),
}
