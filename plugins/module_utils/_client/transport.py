# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends one request to an instance: session, retries, redirects and network errors. PRIVATE to this collection.

Only safe requests are retried. The time and size of an answer are limited. ``client.py`` reads the answers.
"""

from __future__ import annotations

import random
import re
import threading
import time
import typing as t
from dataclasses import dataclass
from http.cookiejar import Cookie, DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

from . import errors
from .body import LARGEST, TooLong, Unreadable, read_body
from .connection import Connection
from .deadline import Adapter, Attempt, Budget, under_way
from .scrub import Scrubber
from .site import is_loopback
from .third_party import HTTPBasicAuth, Retry, requests, urllib3

PARALLEL_REQUESTS = 4
_MAX_REDIRECTS = 3
_CONNECT_TIMEOUT = 10.0  # seconds
_LONGEST_WAIT = 60  # seconds: the longest Retry-After that is followed
_LONGEST_DRAINED = 65536  # bytes: the longest unused answer that is read to keep the connection open
_SAFE = ("GET", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Answer:
    """An instance's answer. ``url`` is the address that answered; ``body`` is decompressed."""

    status_code: int
    headers: t.Mapping[str, str]
    links: t.Mapping[str, t.Any]
    is_redirect: bool
    url: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8-sig", "replace")


class _Retry(Retry):
    """urllib3's Retry, by method: a POST is retried only if it was rejected before it was processed (429)."""

    def increment(self, method: str | None = None, *args: t.Any, **kwargs: t.Any) -> _Retry:
        attempt = under_way()
        is_last = attempt is not None and attempt.budget is not None and attempt.budget.is_over
        left = self.new(total=0) if is_last else self
        following: _Retry = super(_Retry, left).increment(method, *args, **kwargs)
        _drop(kwargs.get("response"))
        if attempt:
            attempt.end()
            attempt.repetitions += 1
        return following

    def get_backoff_time(self) -> float:
        """Up to 0.2 seconds longer, so that controllers don't all retry at once. (urllib3 does that from 2.0 on.)"""
        pause: float = super().get_backoff_time()
        return pause + random.uniform(0, 0.2) if pause else pause

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        if method.upper() == "POST":
            return status_code == 429 and bool(self.total)
        return super().is_retry(method, status_code, has_retry_after)

    def get_retry_after(self, response: t.Any) -> float | None:
        try:
            wait = super().get_retry_after(response)
        except urllib3.exceptions.InvalidHeader:
            return None
        return None if wait is None else min(wait, _LONGEST_WAIT)


class Counts:
    """Counts requests: ``read`` and ``written`` are calls, ``retried`` the retries within them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.read = self.written = self.retried = 0
        self.accepted = 0  # writes that succeeded

    def add(self, method: str, retried: int) -> None:
        with self._lock:
            self.retried += retried
            if method == "GET":
                self.read += 1
            else:
                self.written += 1

    def accept(self) -> None:
        with self._lock:
            self.accepted += 1

    def as_result(self) -> dict[str, int]:
        return {"read": self.read, "written": self.written, "retried": self.retried}


class Transport:
    """A session with one instance and one key pair.

    ``trace`` is called with one scrubbed line for each request, for debugging. All errors are RequestFailed with
    scrubbed text.
    """

    def __init__(
        self, connection: Connection, scrubber: Scrubber, trace: t.Callable[[str], None] | None = None
    ) -> None:
        self.counts = Counts()
        self.trace = trace
        self.budget: Budget | None = None
        self._connection = connection
        self._scrubber = scrubber
        self._session = _session(connection)
        self._timeout = (min(connection.timeout, _CONNECT_TIMEOUT), connection.timeout)
        self._limit = 2 * connection.timeout  # seconds, for a whole attempt
        self._verify: str | bool = (connection.ca_path or True) if connection.validate_certs else False
        # passed with every request: HTTPS_PROXY and NO_PROXY would override the session's
        self._proxies = _proxies(connection)

    def send(
        self, method: str, path: str, url: str, query: dict[str, t.Any] | None = None, body: t.Any = None
    ) -> Answer:
        """The answer, whatever its status. ``path`` stands for ``url`` in messages.

        Raises a RequestFailed of the network's kinds, RedirectRefused, TooLarge, and AnswerLost for a POST without an
        answer.
        """
        for _hop in range(_MAX_REDIRECTS + 1):
            answer = self._request(method, path, url, query, body)
            if not answer.is_redirect:
                return answer
            url, query = self._redirect(method, path, answer), None
        raise self._redirect_refused(method, path, answer, "too many redirects")

    def get_without_login(self, url: str) -> Answer | None:
        """The answer to a GET without the login; None if none came."""
        try:
            with Attempt(self._limit, self.budget) as attempt:
                answer = self._answer(attempt, "GET", url, auth=_no_auth)
        except _failures():
            return None
        self.counts.add("GET", 0)
        return answer

    def _request(
        self, method: str, path: str, url: str, query: dict[str, t.Any] | None, body: t.Any
    ) -> Answer:
        started = time.monotonic()
        attempt = Attempt(self._limit, self.budget)
        try:
            with attempt:
                answer = self._answer(attempt, method, url, params=query, json=body)
        except _failures() as exc:
            self._trace(f"{method} {path} failed: {exc.__class__.__name__}", started)
            # "from None": the chained exceptions carry the request and with it the Authorization header
            raise self._transport_error(method, path, exc) from None
        finally:
            self.counts.add(method, attempt.repetitions)
        self._trace(f"{method} {path} {answer.status_code}", started)
        return answer

    def _answer(self, attempt: Attempt, method: str, url: str, **what: t.Any) -> Answer:
        """Raises _Expired, TooLong, Unreadable, and all that requests can raise."""
        response = None
        try:
            response = self._session.request(
                method,
                url,
                timeout=self._timeout,
                allow_redirects=False,
                verify=self._verify,  # passed with every request: REQUESTS_CA_BUNDLE would override the session's
                proxies=t.cast("dict[str, str]", dict(self._proxies)),  # requests takes None too
                stream=True,
                **what,
            )
            body = read_body(response.raw, response.headers.get("Content-Encoding", ""))
            if attempt.expired:  # a body that was cut off may look complete
                raise _Expired
        except BaseException:
            if response is not None:
                response.close()
            if attempt.expired:
                raise _Expired from None
            raise
        return Answer(
            response.status_code, response.headers, response.links, response.is_redirect, response.url, body
        )

    def _redirect(self, method: str, path: str, response: Answer) -> str:
        """The address that a redirect leads to. Only a GET to the same host and scheme is followed."""
        root = self._connection.site.root
        here = urlsplit(root)
        try:
            target = urljoin(response.url or root, response.headers.get("Location", ""))
            there = urlsplit(target)
            where = f"it leads to {there.scheme}://{there.hostname or ''}"
        except ValueError:
            raise self._redirect_refused(method, path, response, "it leads to an invalid address") from None
        if method != "GET" or (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise self._redirect_refused(method, path, response, where)
        return target

    def _redirect_refused(
        self, method: str, path: str, response: Answer, detail: str
    ) -> errors.RequestFailed:
        return errors.RedirectRefused(
            self._connection.instance, method, path, response.status_code, detail=detail
        )

    def _transport_error(self, method: str, path: str, exc: Exception) -> errors.RequestFailed:
        kind = _transport_kind(exc)
        if method == "POST" and not kind.before_sending:
            kind = errors.AnswerLost
        detail = self._detail(exc)
        return kind(self._connection.instance, method, path, detail=detail, fix=self._fix(kind))

    def _detail(self, exc: Exception) -> str:
        if isinstance(exc, _Expired):
            return f"the complete answer didn't arrive within {self._limit:g} seconds, twice the timeout"
        if isinstance(exc, TooLong):
            return f"the answer is larger than {LARGEST // 1_000_000} MB"
        if isinstance(exc, Unreadable):
            return f"the answer can't be read: {exc}"
        return "its address is invalid" if _is_of_an_address(exc) else self._scrubber.text(_reason(exc))

    def _fix(self, kind: type[errors.RequestFailed]) -> str:
        """What to do if the proxy comes from the option and not from the environment; empty for all else."""
        proxy = self._connection.proxy
        if kind is not errors.ProxyFailed or proxy is None:
            return ""
        return (
            f"Check cw_proxy ({proxy.shown}), its user and password, and that the proxy can reach"
            f" {self._connection.site.host}"
        )

    def _trace(self, line: str, started: float) -> None:
        if self.trace:
            milliseconds = (time.monotonic() - started) * 1000
            self.trace(self._scrubber.text(f"{self._connection.instance}: {line} ({milliseconds:.0f} ms)"))


def _session(connection: Connection) -> requests.Session:
    session = requests.Session()
    retry = _Retry(
        total=connection.retries,
        connect=min(connection.retries, 2),
        redirect=0,
        other=0,
        allowed_methods=_SAFE,
        status_forcelist=(429, 500, 502, 503, 504),
        backoff_factor=0.5,
        respect_retry_after_header=True,
        raise_on_status=False,
        raise_on_redirect=False,
    )
    adapter = Adapter(max_retries=retry, pool_connections=1, pool_maxsize=PARALLEL_REQUESTS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # an auth object, not a header: with trust_env a ~/.netrc entry would replace the header
    user = f"{connection.company}+{connection.public_key}"
    private_key = connection.private_key.encode("utf-8", "surrogatepass")  # lone surrogates fail at the login, not here
    session.auth = HTTPBasicAuth(user.encode("utf-8", "surrogatepass"), private_key)
    session.headers.update(
        {
            "Accept-Encoding": "gzip",
            "Accept": f"application/vnd.connectwise.com+json; version={connection.api_version}",
            "clientId": connection.client_id,
            "User-Agent": "msp.connectwise (Ansible collection)",
        }
    )
    session.cookies.set_policy(_NoCookies())
    return session


def _proxies(connection: Connection) -> dict[str, str | None]:
    """For requests: None is no proxy, whatever the environment says.

    This machine is reached without one: a proxy would get plain http, with the keys in it.
    """
    root = urlsplit(connection.site.root)
    host = root.hostname or ""
    names = ("http", "https", "all", f"{root.scheme}://{host}", f"all://{host}")  # all that requests looks for
    if is_loopback(host) or root.scheme != "https":
        return dict.fromkeys(names)
    return dict.fromkeys(names, connection.proxy.url) if connection.proxy else {}


class _NoCookies(DefaultCookiePolicy):
    """A session cookie could carry one login's identity into another's requests."""

    def set_ok(self, cookie: Cookie, request: t.Any) -> bool:
        return False


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Expired(Exception):
    """The timer ended the attempt."""


def _drop(response: t.Any) -> None:
    """Drop the answer to an attempt that is retried. urllib3 would read all of it, so only a short one is read."""
    if response is None:
        return
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and len(length) < 9 and int(length) <= _LONGEST_DRAINED:
        response.drain_conn()
    else:
        response.close()


def _failures() -> tuple[type[Exception], ...]:
    """Everything that a request can raise: requests lets some of urllib3's errors and plain ValueErrors through."""
    outer = (requests.RequestException, urllib3.exceptions.HTTPError, ValueError)
    return (*outer, _Expired, TooLong, Unreadable)


def _cause(exc: Exception) -> t.Any:
    """The urllib3 exception that requests wrapped."""
    return exc.args[0] if exc.args else exc


def _lowest(exc: Exception) -> t.Any:
    """What the lowest layer raised."""
    inner = _cause(exc)
    return getattr(inner, "reason", None) or inner


def _is_of_an_address(exc: Exception) -> bool:
    """Whether an address is invalid. The site's was checked before, so it is the proxy's and may hold a password."""
    types = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)
    return isinstance(exc, types) or isinstance(_lowest(exc), types)


def _is_of_socks(exc: Exception) -> bool:
    """Whether PySocks raised it: urllib3 reports that as an unreachable server."""
    lowest = _lowest(exc)
    inner = getattr(lowest, "__cause__", None) or getattr(lowest, "__context__", None)
    return type(inner).__module__ == "socks"


def _transport_kind(exc: Exception) -> type[errors.RequestFailed]:
    if isinstance(exc, _Expired):
        return errors.TimedOut
    if isinstance(exc, TooLong):
        return errors.TooLarge
    if _is_of_an_address(exc):
        return errors.ProxyFailed
    if _is_of_socks(exc):
        return errors.ProxyFailed
    outer, inner = requests.exceptions, urllib3.exceptions
    kinds: tuple[tuple[type[errors.RequestFailed], tuple[type[BaseException], ...]], ...] = (
        (errors.TlsFailed, (outer.SSLError, inner.SSLError)),
        (errors.ProxyFailed, (outer.ProxyError, inner.ProxyError)),
        (errors.Unreachable, (outer.ConnectTimeout, inner.ConnectTimeoutError, inner.NewConnectionError)),
        (errors.Unreachable, (ValueError,)),
        (errors.TimedOut, (outer.Timeout, inner.ReadTimeoutError)),
    )
    reason = _lowest(exc)
    found = (kind for kind, types in kinds if isinstance(exc, types) or isinstance(reason, types))
    return next(found, errors.ServerFailed)


def _reason(exc: Exception) -> str:
    """The lowest layer's message, without the object addresses that urllib3 adds and the codes of OpenSSL."""
    inner = _lowest(exc)
    text = str(inner.args[-1] if getattr(inner, "args", None) else inner)
    said = " ".join(text.split("object at", 1)[-1].split(": ", 1)[-1].split())
    return re.sub(r"^[A-Z_]+\] ", "", said)[:300]
