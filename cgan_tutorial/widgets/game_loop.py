"""Playing beside the kernel's other work, as fast as the page that draws it can follow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

# A page draws nothing while it is in the background; then the game waits for its reader.
PATIENCE = 5.0


def running() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs this code, as a notebook's kernel does; None elsewhere."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Loop:
    """Takes turns until it is stopped, and lets the kernel answer between them.

    Once a page has said that it saw a turn, none is taken before it has seen the
    last. If it falls silent for five seconds, the loop ends.

    Args:
        turn: does and shows something, and returns the least seconds until the next.
        silent: called when the page is silent.
    """

    def __init__(self, turn: Callable[[], Awaitable[float]], silent: Callable[[], None]):
        self.turn, self.silent = turn, silent
        self._home = running()
        self._task = self._sight = None

    def at_home(self, action: Callable, *given) -> None:
        """Do something in the thread in which the loop was made.

        Newer kernels hand a page's messages to a thread of their own, and neither the
        players nor a task may be touched by two.
        """
        if self._home in (None, running()):
            action(*given)
        else:
            self._home.call_soon_threadsafe(action, *given)

    def start(self) -> None:
        """Begin to take turns.

        Raises:
            ValueError: nothing can run beside this code, as it can in a notebook's kernel.
        """
        kernel = running()
        if kernel is None:
            raise ValueError(
                "play needs a notebook's kernel, and there is none; use step() or record()"
            )
        if self._task is None:
            self._task = kernel.create_task(self._run())

    def stop(self) -> None:
        """Take no further turn."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def seen(self) -> None:
        """Note that a page has drawn what was shown."""
        self._sight = self._sight or asyncio.Event()
        self._sight.set()

    async def _run(self) -> None:
        while True:
            started = time.perf_counter()
            if self._sight:
                self._sight.clear()
            least = await self.turn()
            await self._until_seen()
            await asyncio.sleep(max(0.0, started + least - time.perf_counter()))

    async def _until_seen(self) -> None:
        if self._sight is None:
            return
        try:
            await asyncio.wait_for(self._sight.wait(), PATIENCE)
        except TimeoutError:
            self.silent()
