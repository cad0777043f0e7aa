# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The query parameters of every list: conditions, orderBy, page, pageSize, fields, and the Link header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from . import errors
from .conditions import compile_conditions, lookup, paths_of
from .validate import TYPES

Row = dict[str, Any]
DEFAULT_SIZE, LARGEST_SIZE = 25, 1000


@dataclass
class Listing:
    """Rows that a list route answers with.

    ``unfilterable`` members are shown but refused in conditions; ``kind`` names the record type, so that
    its members are known even when there are no rows.
    """

    rows: list[Row]
    kind: str = ""
    unfilterable: tuple[str, ...] = ()
    count_only: bool = False

    def known(self) -> set[str]:
        """All paths that can be named in a query."""
        paths = paths_of(self.rows)
        for name, kind in TYPES.get(self.kind, {}).items():
            paths.add(name)
            paths.update(f"{name}/{inner}" for inner in TYPES.get(kind, {}))
        return paths


@dataclass
class Page:
    """One page, and the numbers for its Link header."""

    rows: list[Row]
    number: int
    size: int
    last: int


def select(listing: Listing, query: dict[str, str]) -> list[Row]:
    """The rows that match ``conditions``."""
    text = query.get("conditions", "")
    if not text.strip():
        return listing.rows
    test = compile_conditions(text, listing.known() - set(listing.unfilterable))
    return [row for row in listing.rows if test(row)]


def order(rows: list[Row], known: set[str], text: str) -> list[Row]:
    """Rows sorted by ``orderBy``: fields separated by commas, each with an optional asc or desc."""
    for part in reversed([part.split() for part in text.split(",") if part.strip()]):
        if part[0] not in known:
            raise errors.unknown_field(part[0])
        if len(part) > 2 or part[1:] not in ([], ["asc"], ["desc"]):
            raise errors.bad_condition(f"orderBy cannot be read: {' '.join(part)}")
        rows = sorted(rows, key=lambda row: _sortable(lookup(row, part[0])), reverse=part[1:] == ["desc"])
    return rows


def _sortable(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, ""
    return (1, value) if isinstance(value, (int, float)) else (2, str(value).casefold())


def _number(query: dict[str, str], name: str, default: int, largest: int | None = None) -> int:
    """A positive whole number from the query (that others answer 400 is a guess)."""
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < 1 or (largest and int(text) > largest):
        raise errors.bad_paging(f"{name} {text} is out of range.")
    return int(text)


def cut(rows: list[Row], query: dict[str, str], cap: int | None = None) -> Page:
    """The page asked for; past the end it is empty (known from clients)."""
    size = min(_number(query, "pageSize", DEFAULT_SIZE, LARGEST_SIZE), cap or LARGEST_SIZE)
    number = _number(query, "page", 1)
    return Page(rows[(number - 1) * size : number * size], number, size, max(1, -(-len(rows) // size)))


def link(page: Page, url: str, query: dict[str, str]) -> str | None:
    """``<url>; rel="next", <url>; rel="last"`` (recorded); nothing on the last page."""
    if page.number >= page.last:
        return None
    rest = {name: value for name, value in query.items() if name not in ("page", "pageSize")}

    def at(number: int) -> str:
        return f"<{url}/?{urlencode({**rest, 'pageSize': page.size, 'page': number})}>"

    return f'{at(page.number + 1)}; rel="next", {at(page.last)}; rel="last"'


def forward(rows: list[Row], url: str, query: dict[str, str], cap: int | None) -> tuple[list[Row], str]:
    """The rows behind ``pageId``, and the Link to the next ones; it is empty at the end (known from clients).

    What a pageId is, is a guess: here the place of the last row before the page, counted from 1.
    """
    if query.get("orderBy"):
        raise errors.bad_paging("orderBy cannot be combined with forward-only paging.")  # reported
    size = min(_number(query, "pageSize", DEFAULT_SIZE, LARGEST_SIZE), cap or LARGEST_SIZE)
    start = _number(query, "pageId", 1) if query.get("pageId", "0") != "0" else 0
    rest = {name: value for name, value in query.items() if name not in ("page", "pageSize", "pageId")}
    at = urlencode({**rest, "pageSize": size, "pageId": start + size})
    return rows[start : start + size], f'<{url}/?{at}>; rel="next"' if start + size < len(rows) else ""


def only_fields(row: Row, known: set[str], text: str) -> Row:
    """A row cut down to ``fields``; a field that is not known is refused (guess)."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        return row
    kept: Row = {}
    for name in names:
        if name not in known:
            raise errors.unknown_field(name)
        head, _slash, tail = name.partition("/")
        if tail and isinstance(row.get(head), dict):
            kept.setdefault(head, {})[tail] = row[head].get(tail)
        else:
            kept[head] = row.get(head)
    return kept


def answer(
    listing: Listing, query: dict[str, str], url: str, is_forward: bool = False, cap: int | None = None
) -> tuple[Any, dict[str, str]]:
    """Body and extra headers of a list or count route; pages that are cut at ``cap`` have no Link."""
    rows = select(listing, query)
    if listing.count_only:
        return {"count": len(rows)}, {}
    known = listing.known()
    if is_forward:
        found, at = forward(rows, url, query, cap)
        headers = {"Link": at}
    else:
        page = cut(order(rows, known, query.get("orderBy", "")), query, cap)
        target = link(page, url, query)
        found, headers = page.rows, {"Link": target} if target else {}
    shown = [only_fields(row, known, query.get("fields", "")) for row in found]
    return shown, {} if cap else headers
