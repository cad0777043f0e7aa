# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client with a real socket: to the simulator, or to a server that sends raw bytes."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import transport
from ansible_collections.msp.connectwise.plugins.module_utils._client.client import Client
from ansible_collections.msp.connectwise.plugins.module_utils._client.connection import Connection
from ansible_collections.msp.connectwise.plugins.module_utils._client.scrub import Scrubber
from ansible_collections.msp.connectwise.plugins.module_utils._client.site import parse_site

SECRET = "s3cr3t/pr1vate+key"
RESET = object()  # in place of an answer: the connection is reset
CLOSE = object()  # the connection is closed without an answer
SILENCE = object()  # no answer until the client gives up


class RawServer:
    """Sends each answer (bytes) in turn, the last one repeatedly, and records what it receives."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.requests = []
        self.connections = 0
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.site = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as file:
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = file.readline()
                    if not line:
                        return
                    head += line
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                self.requests.append(head + file.read(length))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is CLOSE:
                    return
                if answer is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if answer is SILENCE:
                    self._ended.wait(10)
                    return
                connection.sendall(answer)
                if b"connection: close" in answer.lower():
                    return

    def stop(self):
        self._ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # closing alone would leave it listening while accept waits
        self._socket.close()
        self._thread.join(5)


def answer(status=200, body="{}", **headers):
    """An HTTP answer as bytes; the header names with dashes for underscores."""
    data = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + data


@pytest.fixture
def raw():
    """``raw(answer, answer...)`` starts a server that sends these."""
    running = []

    def start(*answers):
        running.append(RawServer(answers))
        return running[-1]

    start.answer, start.RESET, start.CLOSE, start.SILENCE = answer, RESET, CLOSE, SILENCE
    yield start
    for server in running:
        server.stop()


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """No waiting between repetitions; the pauses are listed instead."""
    waited = []

    def sleep(self, response=None):
        asked = self.get_retry_after(response) if response is not None else None
        waited.append(asked if asked else self.get_backoff_time())

    monkeypatch.setattr(transport._Retry, "sleep", sleep)
    return waited


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """No proxy, bundle or .netrc of the machine that runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def connect():
    """A client of a site (an address or a RawServer) or of an instance of the simulator."""

    def make(target, trace=None, **changed):
        options = {
            "company": "acme",
            "public_key": "public",
            "private_key": SECRET,
            "client_id": "01234567-89ab-cdef-0123-456789abcdef",
            "timeout": 5.0,
        }
        if hasattr(target, "connection"):
            options.update(target.connection)
            site = options.pop("site")
        else:
            site = getattr(target, "site", target)
        return Client(Connection(site=parse_site(site), **{**options, **changed}), Scrubber(), trace)

    return make
