"""The book's JupyterLab sends a kernel's messages at once."""

from unittest.mock import Mock

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from traitlets.utils.importstring import import_item

from cgan_tutorial.widgets import websocket


def test_flag_names_the_class():
    trait, name = websocket.FLAG.removeprefix("--").split("=")
    assert trait == "ServerApp.kernel_websocket_connection_class"
    assert import_item(name) is websocket.PromptConnection


def test_messages_are_not_held_back(monkeypatch):
    base = websocket.ZMQChannelsWebsocketConnection
    monkeypatch.setattr(base, "connect", lambda self: "connected")
    handler = Mock(spec=KernelWebsocketHandler)
    connection = websocket.PromptConnection(websocket_handler=handler)
    assert connection.connect() == "connected"
    handler.set_nodelay.assert_called_once_with(True)
