"""A Jupyter server's connection between kernel and page, without a wait in each answer."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

FLAG = "--ServerApp.kernel_websocket_connection_class=cgan_tutorial._websocket.PromptConnection"


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Send each message at once: a slider's picture arrives 30 to 40 ms sooner.

    Jupyter's own connection leaves Nagle's algorithm on, which holds back the second small
    message of an answer until the page has acknowledged the first, and its system does so 40 ms
    later. A server takes this class by `FLAG`.
    """

    def connect(self) -> Any:
        """Switch Nagle's algorithm off, then connect as Jupyter does."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
