"""The book's JupyterLab sends a kernel's messages at once."""

import subprocess
import sys
from unittest.mock import Mock

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from traitlets.utils.importstring import import_item

from cgan_tutorial import _websocket as websocket


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


def test_a_server_that_takes_the_class_imports_no_keras():
    code = "import sys, cgan_tutorial._websocket; print('keras' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
