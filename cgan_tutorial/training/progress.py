"""Training seen live: one progress line and one picture, both updated in place."""

from __future__ import annotations

import sys
import time
from typing import Any

import keras
import numpy as np
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cgan_tutorial import plots
from cgan_tutorial.training.callbacks import Budget, CollapseMonitor, Film

SECONDS_BETWEEN_LINES = 0.5
SECONDS_BETWEEN_PICTURES = 2.0


def in_notebook() -> bool:
    """Say whether output goes to a notebook's cell (Jupyter, Colab, papermill)."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


class View(keras.callbacks.Callback):
    """Shows a line and `model.preview(images)` in a notebook, a progress bar in a terminal.

    A notebook stores exactly two outputs, whatever the number of epochs. The
    line that stays behind names no times, so the same run leaves the same text.

    Args:
        film: its last of `frames`, (rows, n, height, width, channels), is the picture.
        budget: has `share_spent(batch)`, `elapsed`, `epoch`, `epochs` and `warnings`.
        monitor: has `warnings`, which are shown after the numbers.
    """

    def __init__(self, film: Film, budget: Budget, monitor: CollapseMonitor) -> None:
        super().__init__()
        self.film, self.budget, self.monitor = film, budget, monitor
        self.screen: Any = None
        self.first_loss: float | None = None
        self.last_line = self.last_picture = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Open the display: of a notebook's cell, or of a terminal."""
        self.screen = _Notebook() if in_notebook() else _Terminal()
        self.screen.line("starting", 0.0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Rewrite the line, at most every `SECONDS_BETWEEN_LINES`."""
        now = time.perf_counter()
        if now - self.last_line > SECONDS_BETWEEN_LINES:
            share = self.budget.share_spent(batch + 1)
            parts = [self._progress(share), _numbers(logs), *self.monitor.warnings]
            self.screen.line(" · ".join(parts), share)
            self.last_line = now

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch's means; redraw, at most every `SECONDS_BETWEEN_PICTURES`."""
        self.losses = dict(logs)
        self.first_loss = self.first_loss or self.losses["loss"]
        if time.perf_counter() - self.last_picture > SECONDS_BETWEEN_PICTURES:
            self._show()
            self.last_picture = time.perf_counter()

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the line without times, and the last picture."""
        done = self.budget.epoch + 1
        epochs = f"{done} epoch{'s' if done > 1 else ''}"
        numbers = f"{epochs}: loss {self.first_loss:.4g} → {_numbers(self.losses)}"
        self.screen.line(" · ".join([numbers, *self.monitor.warnings, *self.budget.warnings]), 1.0)
        self._show()

    def close(self) -> None:
        """End the display, also when the training was broken off."""
        if self.screen is not None:
            self.screen.close()

    def _progress(self, share: float) -> str:
        remaining = self.budget.elapsed * (1 / max(share, 1e-3) - 1)
        of = f" of {self.budget.epochs}" if self.budget.epochs else ""
        return f"epoch {self.budget.epoch + 1}{of} · about {remaining:.0f} s to go"

    def _show(self):
        if self.screen.shows_pictures and self.film.frames:
            rows = self.film.frames[-1]
            tiled = plots.tile(rows.reshape(-1, *rows.shape[2:]), rows.shape[1])
            alt = f"{rows.shape[1]} {' above '.join(self.model.preview_rows)}"
            self.screen.picture(tiled, alt)


def _numbers(logs: dict) -> str:
    loss, *others = [f"{name} {value:.4g}" for name, value in sorted(logs.items(), key=_loss_first)]
    return ", ".join([loss.removeprefix("loss "), *others])


def _loss_first(item: tuple[str, float]) -> bool:
    return item[0] != "loss"


class _Notebook:
    shows_pictures = True

    def __init__(self):
        from IPython.display import display

        self.text = display({"text/plain": ""}, raw=True, display_id=True)
        self.image = display({"text/plain": ""}, raw=True, display_id=True)

    def line(self, text: str, share: float) -> None:
        """Replace the line; a notebook shows no bar, so `share` goes unused."""
        self.text.update({"text/plain": text}, raw=True)

    def picture(self, tiled: np.ndarray, alt: str) -> None:
        """Replace the picture by a grey uint8 image (height, width) and its words."""
        self.image.update(plots.bundle(tiled, alt), raw=True)

    def close(self) -> None:
        """Leave both outputs as they are."""


class _Terminal:
    shows_pictures = False

    def __init__(self):
        columns = BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}")
        self.progress = Progress(*columns, disable=not (sys.stderr and sys.stderr.isatty()))
        self.task = self.progress.add_task("", total=1.0)
        self.progress.start()

    def line(self, text: str, share: float) -> None:
        """Replace the line, and move the bar to `share`, 0 to 1."""
        self.text = text
        self.progress.update(self.task, description=text, completed=share)

    def close(self) -> None:
        """End the bar; where there was none (a log file), print the last line."""
        self.progress.stop()
        if self.progress.disable:
            print(self.text)
