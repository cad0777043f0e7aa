# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to an instance: a session that reads safely and writes carefully. PRIVATE to this collection."""

from __future__ import annotations

import threading
import time
import typing as t
from http.cookiejar import Cookie, DefaultCookiePolicy
from urllib.parse import quote, urljoin, urlsplit

from . import answers, errors
from .connection import Connection
from .routes import INFO, UNDOCUMENTED, Route
from .scrub import Scrubber
from .third_party import HTTPAdapter, HTTPBasicAuth, Retry, requests, urllib3

ALIAS = "v4_6_release/"  # always works in the cloud, and on premises; so no discovery call is needed
PAGE_SIZE = 1000  # the most that the API gives in one answer
PARALLEL_REQUESTS = 4
_MAX_PAGES = 1000
_MAX_REDIRECTS = 3
_CONNECT_TIMEOUT = 10.0  # seconds
_LONGEST_WAIT = 60  # seconds that a Retry-After is followed for, at most
_SAFE = ("GET", "PUT", "PATCH", "DELETE")
_NO_API = (errors.EndpointMissing, errors.WrongAddress)


class _Retry(Retry):
    """urllib3's Retry, by verb: a POST is repeated only where it was turned away before it was processed.

    ``made.count`` is how many repetitions the request under way in this thread has had.
    """

    made = threading.local()

    def increment(self, method: str | None = None, *args: t.Any, **kwargs: t.Any) -> _Retry:
        following: _Retry = super().increment(method, *args, **kwargs)
        self.made.count = getattr(self.made, "count", 0) + 1
        return following

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
    """Requests sent: ``read`` and ``written`` count calls, ``retried`` the repetitions within them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.read = self.written = self.retried = 0
        self.accepted = 0  # writes that were answered with success

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


class Client:
    """Requests to one instance with one key pair.

    ``trace`` is called with one scrubbed line for each request, for debugging. All errors are
    CwError with scrubbed text.
    """

    def __init__(
        self, connection: Connection, scrubber: Scrubber, trace: t.Callable[[str], None] | None = None
    ) -> None:
        self.connection = connection
        self.counts = Counts()
        self.trace = trace
        self._scrubber = scrubber
        scrubber.add_login(connection.company, connection.public_key, connection.private_key)
        self._session = _session(connection)
        self._timeout = (min(connection.timeout, _CONNECT_TIMEOUT), connection.timeout)
        self._verify: str | bool = (connection.ca_path or True) if connection.validate_certs else False
        self._codebase = ALIAS
        self._company_unknown = False
        self._proven = False  # whether any request was answered by the API itself

    def get(self, route: Route, **ids: object) -> t.Any:
        """The JSON value of one object; None for an empty answer."""
        return self._call(route, ids)

    def get_object(self, route: Route, **ids: object) -> dict[str, t.Any]:
        """One object. Raises UnexpectedAnswer for anything else: nothing mustn't pass for an object without members."""
        answer = self._call(route, ids)
        if not isinstance(answer, dict):
            raise self._unexpected(route, ids, f"an object was expected, {_shape(answer)} came")
        return answer

    def get_all(self, route: Route, **ids: object) -> list[t.Any]:
        """All pages of a list; what isn't an object is left out.

        Null or nothing may stand for a page past the end, and never for the first one: a list that wasn't
        sent mustn't pass for an empty one.
        """
        items: list[t.Any] = []
        for page in range(1, _MAX_PAGES + 1):
            query = {"pageSize": PAGE_SIZE, "page": page}
            answer, links = self._exchange(route, ids, query=query)
            if not isinstance(answer, list) and (answer is not None or page == 1):
                raise self._unexpected(route, ids, f"a list was expected, {_shape(answer)} came")
            found = [item for item in answer or [] if isinstance(item, dict)]
            items.extend(found)
            full_without_links = not links and len(answer or []) >= PAGE_SIZE
            if not answer or not ("next" in links or full_without_links):
                break
        return items

    def send(self, route: Route, body: t.Any = None, **ids: object) -> t.Any:
        """POST, PATCH or DELETE. Raises AnswerLost where the outcome of a POST is unknown."""
        return self._call(route, ids, body=body)

    def offers(self, route: Route, **ids: object) -> bool:
        """Whether the instance has this route, asked by a request that changes nothing.

        A GET is itself. A PATCH is sent with no operations to a record that can't exist (id 0). Never
        asks, and says no, where an undocumented route is turned off.
        """
        if route.grade == UNDOCUMENTED and not self.connection.probe_undocumented:
            return False
        if not self._proven:
            self.get(INFO)  # else a wrong address would look like an instance without the route
        try:
            self._call(route, ids, body=None if route.method == "GET" else [])
        except errors.EndpointMissing:
            return False
        except (errors.Rejected, errors.RecordNotFound):
            pass  # the route is there: it looked at what it was sent
        return True

    def _call(self, route: Route, ids: dict[str, object], body: t.Any = None) -> t.Any:
        return self._exchange(route, ids, body=body)[0]

    def _exchange(
        self, route: Route, ids: dict[str, object], query: dict[str, t.Any] | None = None, body: t.Any = None
    ) -> tuple[t.Any, dict[str, t.Any]]:
        path = route.path(**{name: quote(str(value), safe="") for name, value in ids.items()})
        if route.grade == UNDOCUMENTED and not self.connection.probe_undocumented:
            raise self._error(errors.EndpointMissing, route, path, detail="probe_undocumented is false: it isn't tried")
        response = self._send(route, path, query, body)
        if response.status_code == 404 and route.grade != UNDOCUMENTED and self._moved(route, path, response):
            response = self._send(route, path, query, body)
        return self._read(route, path, response), response.links

    def _send(self, route: Route, path: str, query: dict[str, t.Any] | None, body: t.Any) -> requests.Response:
        url = f"{self.connection.site.root}/{self._codebase}apis/3.0{path}"
        for _hop in range(_MAX_REDIRECTS + 1):
            response = self._request(route.method, path, url, query, body)
            if not response.is_redirect:
                return response
            url, query = self._redirect(route, path, response), None
        raise self._error(errors.RedirectRefused, route, path, response.status_code, detail="too many redirects")

    def _request(
        self, method: str, path: str, url: str, query: dict[str, t.Any] | None, body: t.Any
    ) -> requests.Response:
        started = time.monotonic()
        _Retry.made.count = 0
        try:
            response = self._session.request(
                method,
                url,
                params=query,
                json=body,
                timeout=self._timeout,
                allow_redirects=False,
                verify=self._verify,  # given with every request: REQUESTS_CA_BUNDLE would override the session's
            )
        except _failures() as exc:
            self.counts.add(method, _Retry.made.count)
            self._trace(f"{method} {path} failed: {exc.__class__.__name__}", started)
            # "from None": the chained exceptions carry the request and with it the Authorization header
            raise self._transport_error(method, path, exc) from None
        self.counts.add(method, _Retry.made.count)
        self._trace(f"{method} {path} {response.status_code}", started)
        return response

    def _read(self, route: Route, path: str, response: requests.Response) -> t.Any:
        status = response.status_code
        if 200 <= status < 300:
            return self._read_success(route, path, response)
        server = self._scrubber.text(response.headers.get("Server", ""))[:80]
        error = answers.failure(
            self.connection.instance, route, path, status, self._scrubber.text(_text(response)), server
        )
        unknown = status >= 500 and not isinstance(error, errors.EndpointMissing)
        if route.method == "POST" and (unknown or isinstance(error, errors.NotConnectWise)):
            raise errors.AnswerLost(error.instance, error.method, path, status, error.code, error.detail)
        if isinstance(error, errors.NotConnectWise):
            raise error
        if route.grade != UNDOCUMENTED and not self._proven and isinstance(error, _NO_API):
            raise self._wrong_address(route, path, error)
        self._proven = self._proven or (status < 500 and route.grade != UNDOCUMENTED)
        raise error

    def _read_success(self, route: Route, path: str, response: requests.Response) -> t.Any:
        text = _text(response)
        try:
            value = answers.parse_body(text)
        except ValueError:
            if route.method == "POST":  # what was made may have a secret in it, which nobody knows yet
                detail = f"the answer isn't JSON ({len(text)} characters)"
                raise self._error(errors.AnswerLost, route, path, response.status_code, detail=detail) from None
            detail = self._scrubber.text(answers.snippet(text))
            raise self._error(errors.UnexpectedAnswer, route, path, response.status_code, detail=detail) from None
        self._proven = True
        if route.method != "GET":
            self.counts.accept()
        return value

    def _moved(self, route: Route, path: str, response: requests.Response) -> bool:
        """Whether the API turned out to live under another codebase than the one in use.

        Asked once, when the first request finds no API, or when an upgrade moved a known codebase.
        """
        if self._proven and self._codebase == ALIAS:
            return False
        error = answers.failure(self.connection.instance, route, path, 404, self._scrubber.text(_text(response)))
        if not isinstance(error, _NO_API):
            return False
        codebase = self._ask_codebase()
        if not codebase or codebase == self._codebase:
            return False
        self._codebase = codebase
        return True

    def _ask_codebase(self) -> str | None:
        company = quote(self.connection.company, safe="")
        try:
            # a bare request: this address needs no login, so the keys stay home
            response = self._session.get(
                self.connection.site.company_info_url(company),
                auth=_no_auth,
                timeout=self._timeout,
                allow_redirects=False,
                verify=self._verify,
            )
            self.counts.add("GET", 0)
            info = answers.parse_body(_text(response))
        except _failures():
            return None
        self._company_unknown = info is None
        codebase = info.get("Codebase") if isinstance(info, dict) else None
        if not isinstance(codebase, str) or not codebase.strip("/").replace("_", "").replace(".", "").isalnum():
            return None
        return codebase.strip("/") + "/"

    def _redirect(self, route: Route, path: str, response: requests.Response) -> str:
        """The address a redirect leads to, where it may be followed: a GET, to the same host and scheme."""
        here = urlsplit(self.connection.site.root)
        try:
            target = urljoin(response.url or self.connection.site.root, response.headers.get("Location", ""))
            there = urlsplit(target)
            where = f"it leads to {there.scheme}://{there.hostname or ''}"
        except ValueError:
            raise self._error(
                errors.RedirectRefused, route, path, response.status_code, detail="it leads to no valid address"
            ) from None
        if route.method != "GET" or (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise self._error(errors.RedirectRefused, route, path, response.status_code, detail=where)
        return target

    def _transport_error(self, method: str, path: str, exc: Exception) -> errors.RequestFailed:
        kind = _transport_kind(exc)
        if method == "POST" and not kind.before_sending:
            kind = errors.AnswerLost
        detail = "its address can't be read" if _is_of_an_address(exc) else self._scrubber.text(_reason(exc))
        return kind(self.connection.instance, method, path, detail=detail)

    def _wrong_address(self, route: Route, path: str, error: errors.RequestFailed) -> errors.RequestFailed:
        fix = ""
        if self._company_unknown:
            fix = f"The site knows no company {self.connection.company!r}: check company and site"
        return errors.WrongAddress(
            error.instance, route.method, path, error.status, error.code, error.detail, fix=fix
        )

    def _unexpected(self, route: Route, ids: dict[str, object], detail: str) -> errors.RequestFailed:
        return self._error(errors.UnexpectedAnswer, route, route.path(**ids), detail=detail)

    def _error(
        self,
        kind: type[errors.RequestFailed],
        route: Route,
        path: str,
        status: int | None = None,
        code: str = "",
        detail: str = "",
    ) -> errors.RequestFailed:
        return kind(self.connection.instance, route.method, path, status, code, detail)

    def _trace(self, line: str, started: float) -> None:
        if self.trace:
            milliseconds = (time.monotonic() - started) * 1000
            self.trace(self._scrubber.text(f"{self.connection.instance}: {line} ({milliseconds:.0f} ms)"))


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
        backoff_jitter=0.2,
        respect_retry_after_header=True,
        raise_on_status=False,
        raise_on_redirect=False,
    )
    adapter = HTTPAdapter(max_retries=retry, pool_connections=1, pool_maxsize=PARALLEL_REQUESTS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # an auth object, not a header: with trust_env a ~/.netrc entry would replace the header
    user = f"{connection.company}+{connection.public_key}"
    private_key = connection.private_key.encode("utf-8", "surrogatepass")  # what is no text is refused, not a crash
    session.auth = HTTPBasicAuth(user.encode("utf-8", "surrogatepass"), private_key)
    session.headers.update(
        {
            "Accept": f"application/vnd.connectwise.com+json; version={connection.api_version}",
            "clientId": connection.client_id,
            "User-Agent": "msp.connectwise (Ansible collection)",
        }
    )
    session.cookies.set_policy(_NoCookies())
    return session


class _NoCookies(DefaultCookiePolicy):
    """A session cookie could carry one login's identity into another's requests."""

    def set_ok(self, cookie: Cookie, request: t.Any) -> bool:
        return False


def _shape(value: t.Any) -> str:
    """What a JSON value is, in a word for people."""
    names = {type(None): "nothing", dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "a number")


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _text(response: requests.Response) -> str:
    return response.content.decode("utf-8-sig", "replace")


def _failures() -> tuple[type[Exception], ...]:
    """All that a request can raise: requests lets some of urllib3's exceptions and plain ValueErrors through."""
    return requests.RequestException, urllib3.exceptions.HTTPError, ValueError


def _cause(exc: Exception) -> t.Any:
    """The urllib3 exception that requests wrapped."""
    return exc.args[0] if exc.args else exc


def _lowest(exc: Exception) -> t.Any:
    """What the lowest layer raised."""
    inner = _cause(exc)
    return getattr(inner, "reason", None) or inner


def _is_of_an_address(exc: Exception) -> bool:
    """The site's own address was read before, so this one is the proxy's, and it may hold a password."""
    types = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)
    return isinstance(exc, types) or isinstance(_lowest(exc), types)


def _transport_kind(exc: Exception) -> type[errors.RequestFailed]:
    if _is_of_an_address(exc):
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
    """What the lowest layer said, without the addresses of objects that urllib3 puts around it."""
    inner = _lowest(exc)
    text = str(inner.args[-1] if getattr(inner, "args", None) else inner)
    return " ".join(text.split("object at", 1)[-1].split(": ", 1)[-1].split())[:300]
