# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two small proxies for tests: HTTP (only CONNECT) and SOCKS5, each in a thread, with an optional login.

``leads_to`` maps the host that is asked for to a port of this machine, as a network that only the proxy is in would.
``asked`` lists those hosts, ``logins`` what was given as a login, ``seen`` all bytes that came through from the client.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from urllib.parse import quote

from listening import Listener


class Proxy(Listener):
    """Listens on 127.0.0.1; ``url()`` is the value for cw_proxy."""

    scheme = ""

    def __init__(
        self,
        leads_to: Mapping[str, int],
        user: str = "",
        password: str = "",
        certificate: str | None = None,
        refusal: str = "Proxy Authentication Required",
    ) -> None:
        self.leads_to = dict(leads_to)
        self.user, self.password = user, password
        self.refusal = refusal
        self.asked: list[str] = []
        self.logins: list[str] = []
        self.seen = b""
        super().__init__(certificate)

    def url(self, user: str | None = None, password: str | None = None) -> str:
        user, password = self.user if user is None else user, self.password if password is None else password
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"{'https' if self._tls else self.scheme}://{login}127.0.0.1:{self.port}"

    def _serve_one(self, connection: socket.socket) -> None:
        server = self._agree(connection)
        if server is not None:
            with server:
                self._pass_on(connection, server)

    def _agree(self, client: socket.socket) -> socket.socket | None:
        """The connection that the client requested; None if it is refused."""
        raise NotImplementedError

    def _connect(self, host: str) -> socket.socket | None:
        self.asked.append(host)
        if host not in self.leads_to:
            return None
        return socket.create_connection(("127.0.0.1", self.leads_to[host]), timeout=5)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        back = threading.Thread(target=_copy, args=(server, client, lambda _data: None), daemon=True)
        back.start()
        _copy(client, server, self._note)
        back.join(5)

    def _note(self, data: bytes) -> None:
        self.seen += data


def _copy(here: socket.socket, there: socket.socket, note: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError):
        while data := here.recv(65536):
            note(data)
            there.sendall(data)
    with contextlib.suppress(OSError):
        there.shutdown(socket.SHUT_WR)


class HttpProxy(Proxy):
    scheme = "http"

    def _agree(self, client: socket.socket) -> socket.socket | None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1) or b"\r\n\r\n"
        self._note(head)
        lines = head.decode().split("\r\n")
        given = [line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-authorization:")]
        self.logins += [base64.b64decode(login.partition(" ")[2]).decode("latin-1") for login in given]
        if self.user and self.logins[-1:] != [f"{self.user}:{self.password}"]:
            client.sendall(f"HTTP/1.1 407 {self.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return None
        method, target, _version = lines[0].split(" ")
        server = self._connect(target.rpartition(":")[0]) if method == "CONNECT" else None
        client.sendall(f"HTTP/1.1 {'200 Connected' if server else '502 Bad Gateway'}\r\n\r\n".encode())
        return server


class SocksProxy(Proxy):
    """RFC 1928 and 1929: only CONNECT, and only to a host name."""

    scheme = "socks5h"

    def _agree(self, client: socket.socket) -> socket.socket | None:
        _version, count = _read(client, 2)
        methods = _read(client, count)
        wanted = 2 if self.user else 0
        if wanted not in methods:
            client.sendall(b"\x05\xff")
            return None
        client.sendall(bytes([5, wanted]))
        if self.user and not self._logs_in(client):
            return None
        _version, _command, _reserved, kind = _read(client, 4)
        host = _read(client, _read(client, 1)[0]).decode() if kind == 3 else ""
        _read(client, 2 if kind == 3 else 6)
        server = self._connect(host)
        client.sendall(bytes([5, 0 if server else 4, 0, 1]) + bytes(6))
        return server

    def _logs_in(self, client: socket.socket) -> bool:
        _version, length = _read(client, 2)
        user = _read(client, length).decode()
        password = _read(client, _read(client, 1)[0]).decode()
        self.logins.append(f"{user}:{password}")
        fits = (user, password) == (self.user, self.password)
        client.sendall(bytes([1, 0 if fits else 1]))
        return fits


def _read(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise OSError("the client has gone")
        data += more
    return data
