# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults, and how each is applied to a chosen request: by the instance, or between client and instance."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import requests.adapters
from simulator.server import Handle

ONCE, ALWAYS, OUTAGE = "once", "always", "outage"
MODES = {
    ONCE: "the request meets the fault once",
    ALWAYS: "the request meets the fault each time it is sent; everything else works",
    OUTAGE: "this request and all after it meet the fault",
}
RETRY_AFTER = 7  # seconds; nothing else in the collection waits for as long
SLOW = 200  # seconds; held until the run is over
_API = re.compile(r"/apis/3\.0(/[^?]*)")


@dataclass(frozen=True)
class Point:
    """A request of an onboarding: ``number`` in order from 0; ``earlier`` is the number of equal requests before it."""

    number: int
    method: str
    path: str
    earlier: int
    label: str


@dataclass(frozen=True)
class Kind:
    """A fault. ``fault`` and ``options`` are the simulator's; ``way`` is a fault between client and instance.

    ``known_unprocessed``: the client can tell that the instance did nothing. ``harmless``: the answer is
    still right, so the run must go on as if nothing had happened.
    """

    name: str
    title: str
    fault: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    way: str = ""
    known_unprocessed: bool = False
    harmless: bool = False
    slow: bool = False


_BUSY = {"status": 429, "headers": {"Retry-After": str(RETRY_AFTER)}, "json": {"code": "TooManyRequests"}}
_DOWN = {"status": 500, "json": {"code": "InternalServerError", "message": "An error occurred."}}
_STOPPED = {"fault": {"faultstring": "Stopped by policy", "detail": {"errorcode": "policy.stop"}}}
KINDS = (
    Kind("busy", "429 with Retry-After", "status", _BUSY, known_unprocessed=True),
    Kind("500", "500", "status", _DOWN),
    Kind("500-acted", "500 after it was carried out", "status", {**_DOWN, "process": True}),
    Kind("503-html", "503 with an HTML page", "html", {"status": 503}),
    Kind("504", "504 of a proxy", "html", {"status": 504, "text": "<html><title>504 Gateway Time-out</title></html>"}),
    Kind("504-acted", "504 of a proxy, after it was carried out", "html", {"status": 504, "process": True}),
    Kind("reset", "connection reset before it was carried out", "reset"),
    Kind("reset-acted", "connection reset after it was carried out", "lost"),
    Kind("slow", "no answer in time, carried out later", "delay", {"seconds": SLOW}, slow=True),
    Kind("slow-acted", "carried out, no answer in time", "delay", {"seconds": SLOW, "late": True}, slow=True),
    Kind("broken-off", "answer that breaks off", "truncate"),
    Kind("cut", "truncated JSON", "cut"),
    Kind("page", "HTML page with status 200", "html", {"status": 200}),
    Kind("403-page", "403 with an HTML page", "html", {"status": 403, "text": "<title>Request stopped</title>"}),
    Kind("403-gateway", "403 with a gateway's JSON", "status", {"status": 403, "json": _STOPPED}),
    Kind("gateway", "gateway's JSON with status 200", "status", {"status": 200, "json": _STOPPED}),
    Kind("mistyped", "right answer, wrong content type", "mistyped", harmless=True),
    Kind("null", "null body", "status", {"status": 200, "process": True}),
    Kind("empty", "empty body", "empty", {"process": True}),
    Kind("unknown", "unknown fields", "unknown", harmless=True),
    Kind("dns", "name can't be resolved", way="dns", known_unprocessed=True),
    Kind("tls", "certificate of another authority", way="tls", known_unprocessed=True),
    Kind("redirect", "redirect to another host", "redirect", known_unprocessed=True),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def play(kind: Kind, mode: str, point: Point, instance: Handle, location: str) -> None:
    """Make the instance fail in this way; ``on_the_way`` does it between client and instance."""
    options = dict(kind.options)
    if kind.fault == "redirect":
        options["location"] = location
    if mode == OUTAGE:
        instance.fault(kind.fault, after=point.number, times=None, **options)
        return
    times = 1 if mode == ONCE else None
    where = f"^{re.escape(point.path)}$"
    instance.fault(kind.fault, method=point.method, path=where, after=point.earlier, times=times, **options)


class OnTheWay:
    """Faults between client and instance; before each request, it decides whether one is due."""

    def __init__(self, kind: Kind, mode: str, point: Point, other_ca: str) -> None:
        self.kind, self.mode, self.point, self.other_ca = kind, mode, point, other_ca
        self.played = 0
        self._lock = threading.Lock()
        self._sent = 0
        self._alike = 0
        self._here = threading.local()

    def due(self, method: str, path: str) -> bool:
        """Count a request; returns whether it meets the fault."""
        with self._lock:
            number, alike = self._sent, self._alike
            is_like = (method, path) == (self.point.method, self.point.path)
            self._sent += 1
            self._alike += is_like
            if self.mode == OUTAGE:
                hit = number >= self.point.number
            else:
                hit = is_like and (alike == self.point.earlier if self.mode == ONCE else alike >= self.point.earlier)
            self.played += hit
            return hit

    def send(self, real: Callable[..., Any], adapter: Any, request: Any, **how: Any) -> Any:
        """Replaces the adapter's ``send``."""
        match = _API.search(request.url)
        if not match or not self.due(request.method, match[1]):
            return real(adapter, request, **how)
        adapter.poolmanager.clear()  # else an open connection would need neither a name nor a certificate
        if self.kind.way == "tls":
            return real(adapter, request, **{**how, "verify": self.other_ca})
        self._here.left = 1 if self.mode == ONCE else 1000
        try:
            return real(adapter, request, **how)
        finally:
            self._here.left = 0

    def resolve(self, real: Callable[..., Any], *args: Any, **how: Any) -> Any:
        """Replaces ``socket.getaddrinfo``."""
        left = getattr(self._here, "left", 0)
        if not left:
            return real(*args, **how)
        self._here.left = left - 1
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@contextmanager
def on_the_way(kind: Kind, mode: str, point: Point, other_ca: str) -> Iterator[OnTheWay]:
    """Apply the fault, if it is one between client and instance."""
    way = OnTheWay(kind, mode, point, other_ca)
    if not kind.way:
        yield way
        return
    real_send, real_resolve = requests.adapters.HTTPAdapter.send, socket.getaddrinfo

    def send(adapter: Any, request: Any, **how: Any) -> Any:
        return way.send(real_send, adapter, request, **how)

    def resolve(*args: Any, **how: Any) -> Any:
        return way.resolve(real_resolve, *args, **how)

    with mock.patch.object(requests.adapters.HTTPAdapter, "send", send), mock.patch("socket.getaddrinfo", resolve):
        yield way
