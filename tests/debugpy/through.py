"""A pytest plugin for debugpy's own tests: they attach through `breakroom share --editor` instead of to debugpy.

Child processes are announced with our port, so their sessions find the way by themselves.
"""

import os
import re
import subprocess
import tempfile

import pytest
from debugpy.common import messaging, sockets
from tests.debug.session import Session

directly = Session.connect_to_adapter
running = []


def through(self, address):
    if self.is_subprocess:
        return directly(self, address)
    assert self.channel is None
    self.before_connect(address)
    host, port = address
    self.expected_adapter_sockets["client"]["port"] = port
    data = tempfile.mkdtemp(prefix="breakroom-through-")
    command = [os.environ["BREAKROOM"], "share", f"{host}:{port}", "--editor", "127.0.0.1:0", "--listen", "127.0.0.1:0"]
    with open(os.path.join(data, "log"), "w") as log:
        share = subprocess.Popen([*command, "--data", data], stdout=subprocess.PIPE, stderr=log, text=True)
    running.append(share)
    listening = (re.match(r"LISTENING (\S+) (\d+)", line) for line in share.stdout)
    match = next((match for match in listening if match), None)
    assert match is not None, f"share ended; see {data}/log"
    socket = sockets.create_client(False)
    socket.connect((match[1], int(match[2])))
    self._start_channel(messaging.JsonIOStream.from_socket(socket, name=self.adapter_id))


Session.connect_to_adapter = through


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item):
    yield
    for share in running:
        share.kill()
        share.wait()
    running.clear()
