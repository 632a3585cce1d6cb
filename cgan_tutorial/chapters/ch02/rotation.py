"""The smallest game that turns: f(a, b) = a·b, where one player wants it small, one large.

Its one equilibrium is (0, 0). A position is an array [a, b]. Mescheder et al. (2018)
show that a GAN of one point and one slope looks like this near its equilibrium.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Rule = Callable[..., np.ndarray]


def wishes(position: np.ndarray, penalty: float = 0.0) -> np.ndarray:
    """Where each player wants to go: a down the slope of a·b, b up that of a·b − ½·penalty·b²."""
    a, b = position
    return np.array([-b, a - penalty * b])


def simultaneous(position: np.ndarray, step: float, penalty: float = 0.0) -> np.ndarray:
    """Both players step from the same position."""
    return position + step * wishes(position, penalty)


def alternating(position: np.ndarray, step: float, penalty: float = 0.0) -> np.ndarray:
    """First a steps; then b answers to a's new place."""
    a, b = position
    moved = np.array([a + step * wishes(position, penalty)[0], b])
    return np.array([moved[0], b + step * wishes(moved, penalty)[1]])


def extragradient(position: np.ndarray, step: float, penalty: float = 0.0) -> np.ndarray:
    """Look one step ahead, and step from here as one would step there. Korpelevich (1976)."""
    ahead = simultaneous(position, step, penalty)
    return position + step * wishes(ahead, penalty)


RULES: dict[str, Rule] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": extragradient,
}


def path(
    rule: Rule, step: float, steps: int, penalty: float = 0.0, start: tuple[float, float] = (1, 0)
) -> np.ndarray:
    """Play `steps` steps from `start` and return all positions, (steps + 1, 2).

    Raises:
        ValueError: the step is not positive, or the penalty is negative.
    """
    check_game(step, penalty)
    positions = [np.array(start, dtype="float64")]
    for _ in range(steps):
        positions.append(rule(positions[-1], step, penalty))
    return np.stack(positions)


def step_matrix(rule: Rule, step: float, penalty: float = 0.0) -> np.ndarray:
    """The matrix M, (2, 2), of one step: the next position is M times this one.

    Raises:
        ValueError: the step is not positive, or the penalty is negative.
    """
    check_game(step, penalty)
    return np.column_stack([rule(corner, step, penalty) for corner in np.eye(2)])


def growth(rule: Rule, step: float, penalty: float = 0.0) -> float:
    """The largest |eigenvalue| of one step: above 1 the game runs away, below 1 it settles."""
    return float(np.abs(np.linalg.eigvals(step_matrix(rule, step, penalty))).max())


def check_game(step: float, penalty: float) -> None:
    """Refuse a step or a penalty out of range.

    Raises:
        ValueError: the sentence says what was given and what is wanted.
    """
    if not 0 < step < np.inf:
        raise ValueError(f"step is {step!r}; give a number greater than 0")
    if not 0 <= penalty < np.inf:
        raise ValueError(f"penalty is {penalty!r}; give a number of at least 0")
