# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records single answers of an instance, whatever they are. PRIVATE to this collection."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._client import errors
from .._client.client import PAGE_SIZE, Client
from .._client.routes import Route
from .._resources.records import Record

_MOST_PAGES = 200
_MOST_SILENCE = 2  # consecutive requests without an answer, after which no more are sent
_CODE = re.compile(r"[A-Z][A-Za-z]{2,29}")
# ConnectWise's known error codes
_CODES = frozenset((
    "ApiFindCondition", "ConnectWiseApi", "InvalidObject", "MissingRequiredField", "NotFound", "ObjectExists",
    "Security", "Unauthorized",
))  # fmt: skip
_ANSWERED = (errors.UnexpectedAnswer, errors.TooLarge)  # they don't always have a status


@dataclass(frozen=True)
class Look:
    """One answer. ``status`` is None if none came; ``kind`` is the error's class name, empty for a success in JSON."""

    status: int | None = None
    value: t.Any = None
    kind: str = "NotAsked"
    code: str = ""
    fields: tuple[str, ...] = ()
    linked: bool = False  # whether a Link header announces a next page
    version: str = ""  # of the API, from the server's header
    is_page: bool = False

    @property
    def ok(self) -> bool:
        return not self.kind

    @property
    def asked(self) -> bool:
        return self.kind != "NotAsked"

    @property
    def no_route(self) -> bool:
        """Whether the instance has no such route: ConnectWise's own message, or a plain 404 or 405."""
        return self.kind in ("EndpointMissing", "WrongAddress") and self.status in (404, 405) and not self.is_page

    @property
    def summary(self) -> str:
        """The answer in words that reveal nothing about the instance."""
        if not self.asked:
            return "not requested"
        if self.status is None and not self.ok:
            return "no answer"
        shape = _shape(self.value) if self.ok else ""
        if self.is_page or self.kind in ("NotConnectWise", "UnexpectedAnswer"):
            shape = "not from ConnectWise"
        elif self.code:
            shape = self.code if _is_code(self.code) else "an unknown code"
        if self.no_route:
            shape = "no such route"
        status = "" if self.status is None else str(self.status)
        return ", ".join(part for part in (status, shape) if part)


def _is_code(code: str) -> bool:
    return code in _CODES or (_CODE.fullmatch(code) is not None and code.startswith(("Object", "Invalid", "Missing")))


def _shape(value: t.Any) -> str:
    if isinstance(value, list):
        return "an empty list" if not value else "a list"
    return "an object" if isinstance(value, dict) else "nothing" if value is None else "a single value"


@dataclass
class Listing:
    """All rows of a list that could be read. ``first`` is its first page.

    ``cap`` is the page size if pages are cut without a Link, else 0. ``flickering`` counts the rows that only some
    reads of the same page had.
    """

    first: Look = field(default_factory=Look)
    rows: list[Record] = field(default_factory=list)
    cap: int = 0
    flickering: int = 0

    @property
    def ok(self) -> bool:
        return self.first.ok and isinstance(self.first.value, list)


class Looker:
    """Sends requests and returns errors as answers. Stops if the instance no longer answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._silent = 0

    @property
    def fell_silent(self) -> bool:
        return self._silent >= _MOST_SILENCE

    def look(self, route: Route, query: t.Mapping[str, t.Any] | None = None, **ids: object) -> Look:
        return self.attempt(lambda: self._looked(route, dict(query or {}) or None, ids))

    def attempt(self, ask: t.Callable[[], Look]) -> Look:
        """The answer that ``ask`` returns; a RequestFailed becomes an answer."""
        if self.fell_silent:
            return Look()
        try:
            found = ask()
        except errors.RequestFailed as exc:
            return self._failed(exc)
        self._silent = 0 if found.status is not None or found.ok else self._silent
        return found

    def _looked(self, route: Route, query: dict[str, t.Any] | None, ids: t.Mapping[str, object]) -> Look:
        value, answer = self._client.look(route, query, **ids)
        version = answer.headers.get("api-current-version", "")
        return Look(answer.status_code, value, "", linked="next" in answer.links, version=version)

    def _failed(self, exc: errors.RequestFailed) -> Look:
        cause = exc.cause if isinstance(exc, errors.NotOffered) and exc.cause else exc
        if isinstance(cause, errors.EndpointMissing) and cause.status is None:
            return Look()  # not requested: probe_undocumented is false
        self._silent = self._silent + 1 if cause.status is None and not isinstance(cause, _ANSWERED) else 0
        name = type(cause).__name__
        return Look(cause.status, None, name, cause.code, tuple(cause.fields), is_page=cause.is_page)

    def list(self, route: Route, twice: bool = False, **ids: object) -> Listing:
        """All pages of a list. ``twice``: read the first page again, to see whether rows come and go."""
        first = self.look(route, {"pageSize": PAGE_SIZE, "page": 1}, **ids)
        found = Listing(first)
        if not found.ok:
            return found
        gathered = _Gathered(first.value)
        if twice:
            found.flickering = self._read_again(route, ids, gathered)
        size = len(first.value)
        if first.linked:
            self._follow(route, ids, gathered)
        elif size:
            found.cap, flickering = self._beyond(route, ids, gathered, size)
            found.flickering = max(found.flickering, flickering)
        found.rows = gathered.rows
        return found

    def _read_again(self, route: Route, ids: t.Mapping[str, object], gathered: _Gathered) -> int:
        """How many rows of the first page differ when it is read again."""
        again = self.look(route, {"pageSize": PAGE_SIZE, "page": 1}, **ids)
        if not again.ok or not isinstance(again.value, list):
            return 0
        return gathered.differs(again.value)

    def _follow(self, route: Route, ids: t.Mapping[str, object], gathered: _Gathered) -> None:
        for page in range(2, _MOST_PAGES):
            answer = self.look(route, {"pageSize": PAGE_SIZE, "page": page}, **ids)
            if not answer.ok or not isinstance(answer.value, list):
                return
            gathered.add(answer.value)
            if not answer.linked:
                return

    def _beyond(self, route: Route, ids: t.Mapping[str, object], gathered: _Gathered, size: int) -> tuple[int, int]:
        """Read pages that no Link announces: (the page size, 0 if there are none; how many rows flicker)."""
        page = self._page(route, ids, 2, size)
        if not gathered.news(page):
            return 0, 0
        # a row that comes and goes shifts the others, so the second page looks new: read the first one again
        flickering = max(self._read_again(route, ids, gathered), self._read_again(route, ids, gathered))
        if not gathered.news(page):
            return 0, flickering
        for number in range(3, _MOST_PAGES):
            gathered.add(page)
            page = self._page(route, ids, number, size)
            if not gathered.news(page):
                break
        return size, flickering

    def _page(self, route: Route, ids: t.Mapping[str, object], number: int, size: int) -> t.Sequence[t.Any]:
        answer = self.look(route, {"pageSize": size, "page": number}, **ids)
        return answer.value if answer.ok and isinstance(answer.value, list) else []


class _Gathered:
    """Rows without duplicates."""

    def __init__(self, rows: t.Sequence[t.Any]) -> None:
        self.rows: list[Record] = []
        self._first = set(map(_key, _records(rows)))
        self.add(rows)

    def add(self, rows: t.Sequence[t.Any]) -> None:
        known = set(map(_key, self.rows))
        self.rows += [row for row in _records(rows) if _key(row) not in known]

    def news(self, rows: t.Sequence[t.Any]) -> bool:
        return not set(map(_key, _records(rows))) <= set(map(_key, self.rows))

    def differs(self, again: t.Sequence[t.Any]) -> int:
        """How many rows only one of two reads of the first page has; those of the second are added."""
        count = len(self._first ^ set(map(_key, _records(again))))
        self.add(again)
        return count


def _records(rows: t.Sequence[t.Any]) -> list[Record]:
    return [row for row in rows if isinstance(row, dict)]


def _key(row: Record) -> str:
    return f"id {row['id']}" if isinstance(row.get("id"), (int, str)) else repr(sorted(row.items(), key=repr))
