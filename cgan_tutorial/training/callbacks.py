"""What can go wrong in the two-player game, seen while it is played and said in words."""

from __future__ import annotations

import keras

TOO_STRONG = 0.98
COLLAPSED = 0.25
PATIENCE = 3


def diagnose(logs: dict[str, float]) -> str:
    """Name what is wrong with a game, or return an empty string.

    Args:
        logs: of an epoch; "accuracy" is the share of pairs (real, fake) that the
            discriminator ranks rightly, 0.5 for a coin; "diversity" the variance of
            the fakes over that of the data. Other models' logs have neither.
    """
    if logs.get("diversity", 1.0) < COLLAPSED:
        return (
            f"the generator has collapsed: its samples vary {logs['diversity']:.0%} as much as "
            "the data; try a penalty, the relativistic loss, or a lower learning_rate"
        )
    if logs.get("accuracy", 0.5) > TOO_STRONG:
        return (
            f"the discriminator is too strong: it ranks {logs['accuracy']:.0%} of the pairs "
            "rightly; try a penalty or a smaller discriminator"
        )
    return ""


class Watch(keras.callbacks.Callback):
    """Diagnoses each epoch; `seen` holds what the last few epochs agree on."""

    def __init__(self):
        super().__init__()
        self.seen: list[str] = []
        self.found: list[str] = []

    def on_epoch_end(self, epoch, logs=None):
        """Warn when the same trouble has lasted for `PATIENCE` epochs."""
        self.found = [*self.found, diagnose(logs or {})][-PATIENCE:]
        kinds = {sentence.split(":")[0] for sentence in self.found}
        lasting = len(self.found) == PATIENCE and len(kinds) == 1
        self.seen = [self.found[-1]] if lasting and self.found[-1] else []
