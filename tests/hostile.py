# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile or broken server: it sends a byte now and then, or far more than was requested.

Each way to answer is a function that is given the connection once a request has been read, and the server. It ends with
the connection, or with the server.
"""

from __future__ import annotations

import json
import socket
import threading
import zlib
from collections.abc import Callable
from typing import IO

from listening import Listener

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAUSE = 0.05  # seconds between two bytes


class Hostile(Listener):
    """Listens on 127.0.0.1. It sends ``answers`` in turn, the last one repeatedly."""

    def __init__(self, *answers: Callable[[socket.socket, Hostile], None], certificate: str | None = None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.ended = threading.Event()
        super().__init__(certificate)
        self.site = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.ended.set()
        super().stop()

    def _serve_one(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as file:
            while head := _head(file):
                length = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
                self.requests.append(head + file.read(int(length[0].split(b":")[1]) if length else 0))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                answer(connection, self)


def _head(file: IO[bytes]) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = file.readline()
        if not line:
            return b""
        head += line
    return head


def _for_ever(connection: socket.socket, server: Hostile, piece: bytes) -> None:
    while not server.ended.wait(PAUSE):
        connection.sendall(piece)


def trickling_status(connection: socket.socket, server: Hostile) -> None:
    connection.sendall(b"HTTP/1.1 200 ")
    _for_ever(connection, server, b"O")


def trickling_head(connection: socket.socket, server: Hostile) -> None:
    connection.sendall(HEAD + b"X-Word: ")
    _for_ever(connection, server, b"x")


def trickling_body(connection: socket.socket, server: Hostile) -> None:
    """A body with a declared length."""
    connection.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n[")
    _for_ever(connection, server, b" ")


def trickling_to_the_end(connection: socket.socket, server: Hostile) -> None:
    """A body that ends with the connection, and is complete at each moment."""
    connection.sendall(HEAD + b"Connection: close\r\n\r\n[]")
    _for_ever(connection, server, b" ")


def trickling_chunks(connection: socket.socket, server: Hostile) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n")
    _for_ever(connection, server, b"1\r\n \r\n")


def trickling_failure(connection: socket.socket, server: Hostile) -> None:
    """An answer after which the request is repeated, so that its body isn't needed."""
    connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\n")
    _for_ever(connection, server, b"x")


TRICKLING = (
    trickling_status,
    trickling_head,
    trickling_body,
    trickling_to_the_end,
    trickling_chunks,
    trickling_failure,
)


def _endless(connection: socket.socket, server: Hostile, piece: bytes) -> None:
    while not server.ended.is_set():
        connection.sendall(piece)


def large(connection: socket.socket, server: Hostile) -> None:
    connection.sendall(HEAD + b"Content-Length: 3000000000\r\n\r\n[")
    _endless(connection, server, b" " * 65536)


def endless_chunks(connection: socket.socket, server: Hostile) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    _endless(connection, server, b"10000\r\n" + b" " * 65536 + b"\r\n")


def endless_failure(connection: socket.socket, server: Hostile) -> None:
    connection.sendall(b"HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n")
    _endless(connection, server, b" " * 65536)


def bomb(connection: socket.socket, server: Hostile) -> None:
    """3 MB that expand to 3 GB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    head = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    length = len(head) + 3000 * len(block)
    connection.sendall(HEAD + f"Content-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n".encode())
    connection.sendall(head)
    for _number in range(3000):
        connection.sendall(block)


def nested_bomb(connection: socket.socket, _server: Hostile) -> None:
    """Compressed twice: 10 kB expand to 10 MB, which expand to 10 GB."""
    inner = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    inner.compress(b" " * 1_000_000)
    block = inner.flush(zlib.Z_FULL_FLUSH)
    outer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    body = b"".join(outer.compress(block) for _number in range(10_000)) + outer.flush()
    connection.sendall(HEAD + f"Content-Encoding: gzip, gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def saying(status: int, body: bytes, *headers: str) -> Callable[[socket.socket, Hostile], None]:
    """A well-formed answer, whatever its content."""

    def answer(connection: socket.socket, _server: Hostile) -> None:
        lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(body)}", *headers]
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    return answer


def error(status: int, message: str, **more: object) -> Callable[[socket.socket, Hostile], None]:
    """An error in ConnectWise's format."""
    return saying(status, json.dumps({"code": "InvalidObject", "message": message, **more}).encode())
