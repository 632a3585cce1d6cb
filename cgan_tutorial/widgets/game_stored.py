"""The picture that a stored notebook keeps: it follows what the widget shows."""

from __future__ import annotations

from collections.abc import Callable

from cgan_tutorial.widgets.game_loop import running

# Drawing it takes the kernel a third of a second, so it waits until nobody touches the game.
SECONDS = 1.0


class Stored:
    """A picture in a cell's output, drawn anew some time after the last call of `soon`.

    Args:
        draw: returns the picture as a notebook's data and metadata.
    """

    def __init__(self, draw: Callable[[], tuple[dict, dict]]):
        self.draw = draw
        self._shown = self._planned = None

    def show(self) -> None:
        """Display it in the cell that is running."""
        from IPython.display import display

        data, metadata = self.draw()
        self._shown = display(data, raw=True, metadata=metadata, display_id=True)

    def soon(self) -> None:
        """Draw it anew a second from now, and not at the times planned before."""
        self.never()
        kernel = running()
        if self._shown and kernel:
            self._planned = kernel.call_later(SECONDS, self._update)

    def never(self) -> None:
        """Forget what was planned."""
        if self._planned:
            self._planned.cancel()

    def _update(self) -> None:
        data, metadata = self.draw()
        self._shown.update(data, raw=True, metadata=metadata)
