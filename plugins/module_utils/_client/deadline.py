# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time limits for an attempt of a request, and for the work on an instance. PRIVATE to this collection.

urllib3's timeouts apply to each wait on the socket, so an instance that sends a byte now and then never times out. Here
a timer shuts the connection down at any stage of the attempt: a proxy's answer, TLS, headers or body.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import threading
import time
import typing as t

from .third_party import HTTPAdapter

_here = threading.local()


class Budget:
    """The time limit for the work on one instance. It starts when the object is created."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._is_lifted = False

    @property
    def is_over(self) -> bool:
        """Whether the time is over, so nothing else may start."""
        return not self._is_lifted and time.monotonic() >= self._deadline

    def lift(self) -> None:
        """Suspend the limit, so that work in progress can be completed."""
        self._is_lifted = True

    def restore(self) -> None:
        """Apply the limit again."""
        self._is_lifted = False

    @contextlib.contextmanager
    def paused(self) -> t.Iterator[None]:
        """Stop the clock: this time doesn't count, and the limit doesn't apply in it."""
        before, begun = self._is_lifted, time.monotonic()
        self._is_lifted = True
        try:
            yield
        finally:
            self._is_lifted = before
            self._deadline += time.monotonic() - begun


class Attempt:
    """The current attempt of this thread's request, which ends after ``limit`` seconds.

    ``begin`` and ``end`` enclose each attempt; ``expired``: the timer ended the last one. ``repetitions`` counts the
    retries so far. There are none once ``budget`` is over. Timers and file descriptors are always released.
    """

    def __init__(self, limit: float, budget: Budget | None = None) -> None:
        self.limit = limit
        self.budget = budget
        self.repetitions = 0
        self.expired = False
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._connection: int | None = None

    def __enter__(self) -> Attempt:
        _here.attempt = self
        return self

    def __exit__(self, *_failure: object) -> None:
        self.end()
        _here.attempt = None

    def begin(self) -> None:
        """Start the timer, unless it is running."""
        if self._timer is None:
            self.expired = False
            self._timer = threading.Timer(self.limit, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def watch(self, connection: t.Any) -> None:
        """Set the connection that this attempt uses. Holds a duplicate, because TLS takes over the descriptor."""
        with self._lock:
            self._forget()
            self._connection = os.dup(connection.fileno())
            if self.expired:
                self._shut_down()

    def end(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._forget()

    def _forget(self) -> None:
        if self._connection is not None:
            os.close(self._connection)
            self._connection = None

    def _expire(self) -> None:
        with self._lock:
            if self._timer is threading.current_thread():
                self.expired = True
                self._shut_down()

    def _shut_down(self) -> None:
        """Close the connection for all who read from it or write to it."""
        if self._connection is not None:
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._connection)) as connection:
                connection.shutdown(socket.SHUT_RDWR)


def under_way() -> Attempt | None:
    """The current attempt of this thread."""
    return getattr(_here, "attempt", None)


class Adapter(HTTPAdapter):
    """requests' adapter, with connections that register with the current attempt."""

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watch_pools(self.poolmanager)

    def proxy_manager_for(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _watch_pools(manager)
        return manager


def _watch_pools(manager: t.Any) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _watched_pool(pool) for scheme, pool in pools.items()}


@functools.cache
def _watched_pool(pool: t.Any) -> t.Any:
    if getattr(pool.ConnectionCls, "is_watched", False):
        return pool
    connection = type(pool.ConnectionCls.__name__, (_Watched, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


class _Watched:
    """A urllib3 connection, or a SOCKS one, that gives its socket to the current attempt."""

    is_watched = True
    sock: t.Any

    def _new_conn(self) -> t.Any:
        attempt = under_way()
        if attempt:
            attempt.begin()
        connection = super()._new_conn()  # type: ignore[misc]
        if attempt:
            attempt.watch(connection)
        return connection

    def request(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        attempt = under_way()
        if attempt:
            attempt.begin()
            if self.sock is not None:
                attempt.watch(self.sock)
        return super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        """Raises TimeoutError, urllib3's timeout, if the timer has expired: headers that were cut may look complete."""
        attempt = under_way()
        try:
            response = super().getresponse(*args, **kwargs)  # type: ignore[misc]
        except Exception:
            if attempt and attempt.expired:
                raise TimeoutError("the attempt took too long") from None
            raise
        if attempt and attempt.expired:
            response.close()
            raise TimeoutError("the attempt took too long")
        return response
