# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of an instance: sends requests, reads answers, and finds the API's path. PRIVATE to this collection."""

from __future__ import annotations

import contextlib
import threading
import typing as t
from urllib.parse import quote

from .._domain.instance_functions import InstanceFunctions
from . import answers, errors
from .connection import Connection
from .deadline import Budget
from .journal import ACCEPTED, UNKNOWN, Change, Journal, Written, refused
from .profile import Profile, name_of
from .routes import INFO, KEY_CREATE, UNDOCUMENTED, Route
from .scrub import Scrubber
from .transport import Answer, Counts, Transport

ALIAS = "v4_6_release/"  # works in the cloud and on premises, so no discovery call is needed
PAGE_SIZE = 1000  # the API's maximum
_MAX_PAGES = 1000
_LARGEST_LIST = 100_000_000  # bytes of all pages of a list
_NO_API = (errors.EndpointMissing, errors.WrongAddress)


class Client:
    """Sends requests to one instance with one key pair.

    ``trace`` gets one scrubbed line for each request, for debugging. All errors are CwError with scrubbed text.
    """

    def __init__(
        self, connection: Connection, scrubber: Scrubber, trace: t.Callable[[str], None] | None = None
    ) -> None:
        self.connection = connection
        self._scrubber = scrubber
        scrubber.add_login(connection.company, connection.public_key, connection.private_key)
        scrubber.add(*(connection.proxy.secrets if connection.proxy else ()))
        self._transport = Transport(connection, scrubber, trace)
        self._codebase = ALIAS
        self._moving = threading.Lock()
        self._alias_doubted = False  # whether the codebase was requested because the alias stopped working
        self._company_unknown = False
        self.journal: Journal | None = None  # records each write
        self.reads_on = False  # whether each list without Link is read until a page isn't full
        # lists that ended before a page was full
        self._short: dict[tuple[Route, tuple[tuple[str, object], ...]], list[t.Any]] = {}
        self.functions = InstanceFunctions()  # the functions seen so far; clients may share it
        self._proven = False  # whether the API itself has answered any request
        self._worked: set[Route] = set()  # undocumented routes that succeeded
        self._refused: dict[Route, errors.NotOffered] = {}  # and those that failed
        self.profile: Profile | None = None  # what an earlier run learned; None: nothing
        self._profile_holds: bool | None = None  # whether it is for the instance's current version; None: not checked

    @property
    def counts(self) -> Counts:
        """The requests so far; clients may share it."""
        return self._transport.counts

    @counts.setter
    def counts(self, counts: Counts) -> None:
        self._transport.counts = counts

    @property
    def budget(self) -> Budget | None:
        """The time limit of this instance; its clients may share it."""
        return self._transport.budget

    @budget.setter
    def budget(self, budget: Budget | None) -> None:
        self._transport.budget = budget

    @property
    def trace(self) -> t.Callable[[str], None] | None:
        return self._transport.trace

    @trace.setter
    def trace(self, trace: t.Callable[[str], None] | None) -> None:
        self._transport.trace = trace

    def get(self, route: Route, **ids: object) -> t.Any:
        """The JSON value of one object; None for an empty answer."""
        return self._call(route, ids)

    def get_object(self, route: Route, **ids: object) -> dict[str, t.Any]:
        """One object. Raises UnexpectedAnswer for anything else: null must not pass for an empty object."""
        with self._trying(route):
            answer, response = self._exchange(route, ids)
        if not isinstance(answer, dict):
            raise self._unexpected(route, ids, response, f"expected an object, got {_shape(answer)}")
        return answer

    def get_all(self, route: Route, **ids: object) -> list[t.Any]:
        """The objects on all pages of a list.

        A page past the end may be null or empty, but never the first: a missing list must not pass for an empty one.
        """
        with self._trying(route):
            return self._get_all(route, ids)

    def _get_all(self, route: Route, ids: dict[str, object]) -> list[t.Any]:
        items: list[t.Any] = []
        size, page_size = 0, PAGE_SIZE
        for page in range(1, _MAX_PAGES + 1):
            guessed = page_size < PAGE_SIZE
            try:
                answer, response = self._exchange(route, ids, query={"pageSize": page_size, "page": page})
            except (errors.Rejected, errors.RecordNotFound, *_NO_API):
                if guessed:
                    return items  # there is no other page
                raise
            if not isinstance(answer, list) and (answer is not None or page == 1):
                raise self._unexpected(route, ids, response, f"expected a list, got {_shape(answer)}")
            found = [item for item in answer or [] if isinstance(item, dict)]
            if guessed and found == items[-page_size:]:
                return items  # this instance repeats the last page
            items.extend(found)
            count = len(answer or [])
            if page == 1 and not response.links and self._may_be_capped(count):
                page_size = count
            if page == 1 and not response.links and route.grade != UNDOCUMENTED and 0 < count < page_size:
                self._short[route, tuple(ids.items())] = found
            if not count or not ("next" in response.links or (not response.links and count >= page_size)):
                return items
            size += len(response.body)
            if size > _LARGEST_LIST:
                raise self._too_large(route, ids, f"the list is larger than {_LARGEST_LIST // 1_000_000} MB")
        raise self._too_large(route, ids, f"the list has more than {_MAX_PAGES} pages")

    def finds_more(self) -> bool:
        """Whether a list that was read is longer than it seemed. If so, lists are read to their end from then on."""
        if not self.reads_on:
            self.reads_on = any(self._goes_on(*asked, found) for asked, found in list(self._short.items()))
            return self.reads_on
        return False

    def _goes_on(self, route: Route, ids: tuple[tuple[str, object], ...], found: list[t.Any]) -> bool:
        try:
            answer = self._exchange(route, dict(ids), query={"pageSize": len(found), "page": 2})[0]
        except errors.CwError:
            return False
        return isinstance(answer, list) and any(isinstance(item, dict) and item not in found for item in answer)

    def _may_be_capped(self, count: int) -> bool:
        """Whether a first page without Link may be short because the instance limits the page size.

        Such limits are mostly round numbers. Checking every length would cost one more request for each list; a list
        that another limit cuts is found by ``finds_more``, when the run misses something.
        """
        if count >= PAGE_SIZE or count == 0:
            return False
        return self.reads_on or (count >= 10 and (count % 25 == 0 or count % 10 == 0))

    def send(self, route: Route, change: Change, body: t.Any = None, **ids: object) -> t.Any:
        """Send a POST, PATCH or DELETE, and record ``change`` and its outcome in the journal.

        Raises AnswerLost if the outcome of a POST is unknown.
        """
        if self.journal is None:
            return self._call(route, ids, body=body)
        self.journal.prepare()
        outcome, object_id = UNKNOWN, None
        try:
            answer = self._call(route, ids, body=body)
            outcome = ACCEPTED
            object_id = answer.get("id") if route.method == "POST" and isinstance(answer, dict) else None
        except errors.RequestFailed as exc:
            if not isinstance(exc, errors.AnswerLost) and (exc.status or exc.before_sending):
                outcome = refused(exc.status, exc.code)
            raise
        finally:
            self.journal.add(Written(f"{route.method} {route.path(**ids)}", change, outcome, object_id))
        return answer

    def offers(self, route: Route, asks: bool = True, **ids: object) -> bool | None:
        """Whether the instance offers an undocumented route; None if unknown.

        True only once a request to it has succeeded. With ``asks``, a harmless request may prove that it doesn't: a
        GET, or a PATCH without operations, of a record that can't exist (id 0). Any other answer proves nothing.
        """
        if self.refusal(route):
            return False
        if self.has_worked(route) or not asks:
            return True if self.has_worked(route) else None
        if not self._proven:
            self.get(INFO)  # otherwise a wrong address would look like an instance without the route
        try:
            self._exchange(route, ids, body=None if route.method == "GET" else [])
        except errors.EndpointMissing:
            return False
        except (errors.Rejected, errors.RecordNotFound):
            return None
        return None

    def refusal(self, route: Route) -> errors.NotOffered | None:
        """Why this run can't use an undocumented route, as far as is known without a request to it."""
        if not self.connection.probe_undocumented:
            return self._turned_off(route, route.template)
        undecided = route not in self._refused and route not in self._worked
        if undecided and self.profile and name_of(route) in self.profile.missing and self._holds(self.profile):
            self._refused[route] = self._not_there(route, self.profile)
        return self._refused.get(route)

    def has_worked(self, route: Route) -> bool:
        """Whether an undocumented route has succeeded in this run, or in the run that wrote the profile."""
        if route in self._worked:
            return True
        return bool(self.profile and name_of(route) in self.profile.worked and self._holds(self.profile))

    def _holds(self, profile: Profile) -> bool:
        """Whether the profile is for the instance's current version. Sends one request; False without an answer."""
        if self._profile_holds is None:
            self._profile_holds = False  # other threads may ask meanwhile
            with contextlib.suppress(errors.CwError):
                info = self.get(INFO)
                version = info.get("version") if isinstance(info, dict) else None
                self._profile_holds = bool(profile.version) and version == profile.version
        return self._profile_holds

    def _not_there(self, route: Route, profile: Profile) -> errors.NotOffered:
        detail = f"the first contact found no such route in version {profile.version} ({profile.path})"
        return errors.EndpointMissing(self.connection.instance, route.method, route.template, detail=detail)

    def look(
        self, route: Route, query: dict[str, t.Any] | None = None, **ids: object
    ) -> tuple[t.Any, Answer]:
        """The value of one reading request, and the answer itself. Draws no conclusions.

        Raises a CwError for anything but a success in JSON.
        """
        return self._exchange(route, ids, query=query)

    def try_once(self, route: Route, change: Change, body: t.Any, **ids: object) -> t.Any:
        """As ``send``, but ignores what is known of the route: a first contact finds out for itself."""
        self._refused.pop(route, None)
        kept, self.profile = self.profile, None
        try:
            return self.send(route, change, body, **ids)
        finally:
            self.profile = kept

    def company_info(self) -> tuple[int | None, t.Any]:
        """Status and JSON value of the company's record, which needs no login. Each may be None."""
        response = self._ask_company()
        if response is None:
            return None, None
        try:
            return response.status_code, answers.parse_body(response.text)
        except ValueError:
            return response.status_code, None

    def alias_answers(self) -> bool:
        """Whether the API still answers under ALIAS. Raises RequestFailed."""
        return self._is_there(ALIAS)

    def give_up(self, route: Route, cause: errors.RequestFailed) -> errors.NotOffered:
        """Give up an undocumented route for this run because of ``cause``; returns the NotOffered for it."""
        return self._refused.setdefault(route, errors.NotOffered.of(cause))

    @contextlib.contextmanager
    def _trying(self, route: Route) -> t.Iterator[None]:
        """Raise NotOffered if an undocumented route fails, and don't try it again in this run.

        Errors that may be about the record only are raised unchanged, for the caller to judge; so are transient errors
        of a route that has worked, and requests that never reached the instance. Doesn't apply to POST.
        """
        if route.grade != UNDOCUMENTED or route.method == "POST":
            yield
            return
        refused = None if self.profile is None and route not in self._refused else self.refusal(route)
        if refused:
            raise refused
        try:
            yield
        except errors.RecordNotFound:
            raise
        except errors.RequestFailed as exc:
            is_about_the_record = isinstance(exc, errors.Rejected) and route.method != "GET"
            if exc.before_sending or is_about_the_record or (exc.transient and self.has_worked(route)):
                raise
            refusal = exc if isinstance(exc, errors.NotOffered) else errors.NotOffered.of(exc)
            self._refused[route] = refusal
            raise refusal from None
        self._worked.add(route)

    def _call(self, route: Route, ids: dict[str, object], body: t.Any = None) -> t.Any:
        with self._trying(route):
            return self._exchange(route, ids, body=body)[0]

    def _too_large(self, route: Route, ids: dict[str, object], detail: str) -> errors.RequestFailed:
        return self._error(errors.TooLarge, route, route.path(**ids), detail=detail)

    def _exchange(
        self, route: Route, ids: dict[str, object], query: dict[str, t.Any] | None = None, body: t.Any = None
    ) -> tuple[t.Any, Answer]:
        path = route.path(**{name: quote(str(value), safe="") for name, value in ids.items()})
        if route.grade == UNDOCUMENTED and not self.connection.probe_undocumented:
            raise self._turned_off(route, path)
        self._check_time(route, path)
        codebase = self._codebase
        response = self._send(route, path, query, body)
        if response.status_code == 404 and self._moved(route, path, response, codebase):
            response = self._send(route, path, query, body)
        return self._read(route, path, response), response

    def _turned_off(self, route: Route, path: str) -> errors.EndpointMissing:
        detail = "not tried, because probe_undocumented is false"
        return errors.EndpointMissing(self.connection.instance, route.method, path, detail=detail)

    def _check_time(self, route: Route, path: str) -> None:
        """Raises OutOfTime. Lifts the limit before a key is created, so that the key is always stored and verified."""
        if self.budget is None:
            return
        if self.budget.is_over:
            detail = f"not sent, because fleet_instance_timeout allows {self.budget.seconds:g} seconds"
            raise self._error(errors.OutOfTime, route, path, detail=detail)
        if route is KEY_CREATE:
            self.budget.lift()

    def _send(self, route: Route, path: str, query: dict[str, t.Any] | None, body: t.Any) -> Answer:
        url = f"{self.connection.site.root}/{self._codebase}apis/3.0{path}"
        return self._transport.send(route.method, path, url, query, body)

    def _read(self, route: Route, path: str, response: Answer) -> t.Any:
        status = response.status_code
        if 200 <= status < 300:
            return self._read_success(route, path, response)
        text = self._scrubber.body(response.text)
        error = answers.failure(self.connection.instance, route, path, status, text, self._server(response))
        unknown = status >= 500 and not isinstance(error, errors.EndpointMissing)
        if route.grade == UNDOCUMENTED and answers.is_connectwise(text):
            unknown = False  # a request that ConnectWise answers with an error creates no key
        if route.method == "POST" and (unknown or isinstance(error, errors.NotConnectWise)):
            raise errors.AnswerLost(error.instance, error.method, path, status, error.code, error.detail)
        if isinstance(error, errors.NotConnectWise):
            raise error
        if route.grade != UNDOCUMENTED and not self._proven and isinstance(error, _NO_API):
            raise self._wrong_address(route, path, error)
        self._proven = self._proven or (status < 500 and route.grade != UNDOCUMENTED)
        raise error

    def _read_success(self, route: Route, path: str, response: Answer) -> t.Any:
        text = response.text
        try:
            value = answers.parse_body(text)
        except ValueError:
            # a new object may contain a secret that isn't registered yet
            is_creation = route.method == "POST"
            detail = answers.from_elsewhere(self._scrubber.text(text), self._server(response), hides=is_creation)
            kind = errors.AnswerLost if is_creation else errors.NotConnectWise
            raise self._error(kind, route, path, response.status_code, detail=detail) from None
        self._proven = True
        if route.method != "GET":
            self.counts.accept()
        return value

    def _moved(self, route: Route, path: str, response: Answer, codebase: str) -> bool:
        """Whether the API is under another codebase than the one that was tried; if so, use that from now on.

        Checked if the first request finds no API, if an upgrade moved a known codebase, and once if an API that has
        answered is no longer found under the alias.
        """
        if not self._is_no_api(route, path, response):
            return False
        with self._moving:
            if self._codebase != codebase:  # another thread found it
                return True
            if self._proven and codebase == ALIAS:
                if self._alias_doubted:
                    return False
                self._alias_doubted = True
            found = self._ask_codebase()
            if not found or found == codebase or (self._proven and not self._is_there(found)):
                return False
            self._codebase = found
            return True

    def _is_no_api(self, route: Route, path: str, response: Answer) -> bool:
        """Whether a 404 means that there is no API. For an undocumented route, ConnectWise's own 404 doesn't."""
        text = self._scrubber.body(response.text)
        if route.grade == UNDOCUMENTED:
            return self._proven and not answers.is_connectwise(text)
        return isinstance(answers.failure(self.connection.instance, route, path, 404, text), _NO_API)

    def _is_there(self, codebase: str) -> bool:
        """Whether an API answers under this codebase."""
        url = f"{self.connection.site.root}/{codebase}apis/3.0{INFO.path()}"
        return self._transport.send(INFO.method, INFO.path(), url).status_code != 404

    def _ask_company(self) -> Answer | None:
        company = quote(self.connection.company, safe="")
        return self._transport.get_without_login(self.connection.site.company_info_url(company))

    def _ask_codebase(self) -> str | None:
        response = self._ask_company()
        if response is None:
            return None
        try:
            info = answers.parse_body(response.text)
        except ValueError:
            return None
        self._company_unknown = info is None
        codebase = info.get("Codebase") if isinstance(info, dict) else None
        if not isinstance(codebase, str) or not codebase.strip("/").replace("_", "").replace(".", "").isalnum():
            return None
        return codebase.strip("/") + "/"

    def _wrong_address(self, route: Route, path: str, error: errors.RequestFailed) -> errors.RequestFailed:
        fix = ""
        if self._company_unknown:
            fix = f"The site doesn't know company {self.connection.company!r}: check company and site"
        return errors.WrongAddress(
            error.instance, route.method, path, error.status, error.code, error.detail, fix=fix
        )

    def _unexpected(
        self, route: Route, ids: dict[str, object], response: Answer, detail: str
    ) -> errors.RequestFailed:
        said = f"{answers.from_elsewhere(response.text, self._server(response), hides=True)}: {detail}"
        return self._error(errors.UnexpectedAnswer, route, route.path(**ids), response.status_code, detail=said)

    def _server(self, response: Answer) -> str:
        return self._scrubber.text(response.headers.get("Server", ""))[:80]

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


def _shape(value: t.Any) -> str:
    """What kind of JSON value it is, in words for a message."""
    names = {type(None): "nothing", dict: "an object", list: "a list", str: "a string", bool: "a boolean"}
    return names.get(type(value), "a number")
