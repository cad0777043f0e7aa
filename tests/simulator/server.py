# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server in a thread, and handles on its instances for tests."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import ssl
import struct
import tempfile
import threading
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import control, seed, tls, wire
from .app import ACTION, create_app
from .faults import Fault
from .state import ApiKey, Instance


class _Handler(WSGIRequestHandler):
    """Keeps connections alive, writes each answer at once, and can break a connection on purpose."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def setup(self) -> None:
        """Start TLS here, in the thread of the connection, so that no client can hold up the others."""
        context = self.server.ssl_context
        if context is not None:
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()
        self.server.open_sockets.add(self.connection)  # type: ignore[attr-defined]

    def handle_expect_100(self) -> bool:
        """Send the interim answer at once: writes are buffered."""
        done = super().handle_expect_100()
        self.wfile.flush()
        return done

    def finish(self) -> None:
        """Close the connection; a TLS socket is not the one the server knows."""
        self.server.open_sockets.discard(self.connection)  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):
            super().finish()
            self.connection.close()

    def run_wsgi(self) -> None:
        """Answer one request."""
        self.environ = environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._read_body(environ))
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return lambda data: None

        chunks = self.server.app(environ, start_response)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        action = environ.get(ACTION)
        if action == "reset":
            self._reset()
            return
        self._write(started[0], started[1], body, truncate=action == "truncate")

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        length = environ.get("CONTENT_LENGTH")
        if length:
            return self.rfile.read(int(length))
        return bytes(environ["wsgi.input"].read()) if environ.get("wsgi.input_terminated") else b""

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes, truncate: bool) -> None:
        """Send an answer; a truncated one announces more than it sends."""
        code, _blank, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if code != "204":
            self.send_header("Content-Length", str(len(body) + (100 if truncate else 0)))
        if truncate:
            self.close_connection = True
            body = body[: len(body) // 2]
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Close with RST: linger zero, and the descriptor closed under all wrappers."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log(self, type: str, message: str, *args: Any) -> None:
        """Stay quiet."""


class Handle:
    """One instance, as tests see it."""

    def __init__(self, instance: Instance, site: str) -> None:
        self.instance = instance
        self.connection = control.connection(instance, site)
        self._lock = instance.lock

    @property
    def state(self) -> dict[str, Any]:
        """{company, edition, roles: [...with levels, customised], members: [...with keys]}."""
        return control.state(self.instance)

    @property
    def log(self) -> list[dict[str, Any]]:
        """Requests so far: seq, method, path, query, body, status, public_key, accept, user_agent, fault."""
        with self._lock:
            return [dict(entry) for entry in self.instance.log]

    def clear_log(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.instance.log.clear()

    def fault(self, kind: str, **options: Any) -> Fault:
        """Add a fault; see ``faults.Fault``."""
        fault = Fault(kind, **options)
        with self._lock:
            self.instance.faults.append(fault)
        return fault

    def advance(self, seconds: float) -> None:
        """Advance the instance's time at once: writes become visible (``visible_after``)."""
        with self._lock:
            self.instance.clock.advance(seconds)

    def clear_faults(self) -> None:
        """Remove all faults."""
        with self._lock:
            self.instance.faults.clear()

    def set_levels(self, role: str, cells: Any) -> None:
        """Set levels on the pages: cells [{module, function, verb, level}] or {function: {verb: level}}."""
        with self._lock:
            rows = seed.cells_of(cells) if isinstance(cells, dict) else cells
            seed.set_levels(self.instance, control.need_role(self.instance, role), rows)

    def customise(self, role: str, function: object, mode: str, items: list[str]) -> None:
        """Choose a customise list on the pages; function as ("System", "Table Setup")."""
        with self._lock:
            seed.customise(self.instance, control.need_role(self.instance, role), function, mode, items)

    def make_key(self, member: str, description: str) -> tuple[str, str]:
        """Create a key on the pages: (public, private)."""
        with self._lock:
            key = seed.add_key(self.instance, control.need_member(self.instance, member), description)
        return key.public, key.private

    def retire_key(self, public: str, delete: bool = False) -> None:
        """Make a key inactive on the pages, or delete it."""
        with self._lock:
            key = next(key for key in self.instance.store.keys.values() if key.public == public)
            key.inactive = True
            if delete:
                del self.instance.store.keys[key.id]

    def add_role(self, name: str, **spec: Any) -> int:
        """Create a role on the pages (levels, admin, inactive, all_level); its id."""
        with self._lock:
            return seed.add_role(self.instance, name, **spec).id

    def delete_role(self, name: str) -> None:
        """Delete a role on the pages."""
        with self._lock:
            del self.instance.store.roles[control.need_role(self.instance, name).id]

    def add_member(self, identifier: str, role: str, **spec: Any) -> int:
        """Create an API member on the pages; its id."""
        with self._lock:
            return seed.add_member(self.instance, identifier, role, **spec).id

    def set_member(self, identifier: str, role: str | None = None, inactive: bool | None = None) -> None:
        """Change a member on the pages."""
        with self._lock:
            control.set_member(self.instance, identifier, role, inactive)

    def keys(self, member: str) -> list[dict[str, Any]]:
        """The keys of a member: id, description, publicKey, inactiveFlag."""
        with self._lock:
            found: list[ApiKey] = self.instance.member_keys(control.need_member(self.instance, member).id)
            return [wire.key(key) for key in found]

    def role(self, name: str) -> dict[str, Any] | None:
        """A role as on the wire, or nothing."""
        with self._lock:
            found = self.instance.find_role(name)
            return wire.role(found) if found else None

    def levels(self, role: str) -> dict[tuple[str, str], dict[str, str | None]]:
        """{(module, function) as shown: {add, edit, delete, inquire}}; None for a missing verb."""
        with self._lock:
            return control.levels(self.instance, control.need_role(self.instance, role))

    def member(self, identifier: str) -> dict[str, Any] | None:
        """An API member as on the wire (licenseClass and keys added), or nothing."""
        with self._lock:
            found = self.instance.find_member(identifier)
            return control.member_state(self.instance, found) if found else None


class Simulator:
    """The server.  Use as a context manager, or start and stop it."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, use_tls: bool = False, **options: Any) -> None:
        self.instances: dict[str, Instance] = {}
        self.ca_path: str | None = None
        self._tls = options.pop("tls", use_tls)
        self._address = (host, port)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if options:
            raise TypeError(f"unknown options {sorted(options)}")
        self._make()

    def _make(self) -> None:
        """Bind the socket, so that the address is known before the server runs."""
        host, port = self._address
        self._server = make_server(host, port, create_app(self.instances), threaded=True, request_handler=_Handler)
        self._server.open_sockets = set()  # type: ignore[attr-defined]
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if self._tls:
            self._folder = tempfile.TemporaryDirectory(prefix="simulator-")
            self.ca_path, chain = tls.make_certificates(self._folder.name, host)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            self._server.ssl_context = context

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the simulator has been stopped")
        return f"http{'s' if self._tls else ''}://{self._address[0]}:{self._server.server_port}"

    def add_instance(self, company: str, **options: Any) -> Handle:
        """Add or replace an instance; options as in ``seed.build``."""
        instance = seed.build(company, **options)
        self.instances[company.casefold()] = instance
        return Handle(instance, self.url)

    def start(self) -> Simulator:
        """Serve in a thread."""
        if self._server is None:
            raise RuntimeError("the simulator has been stopped")
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close what is still open."""
        if self._server is None:
            return
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        for item in list(self._server.open_sockets):  # type: ignore[attr-defined]
            with contextlib.suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)
        if self._folder is not None:
            self._folder.cleanup()
        self._server = None

    def serve(self) -> None:
        """Serve until interrupted, in this thread."""
        if self._server is not None:
            self._server.serve_forever()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()
