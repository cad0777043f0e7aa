# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an instance's answers leniently and classifies its failures. PRIVATE to this collection."""

from __future__ import annotations

import json
import re
import typing as t

from . import errors
from .routes import UNDOCUMENTED, Route

_NO_ENDPOINT = "endpoint does not exist"
_TITLE, _TITLE_END = re.compile(r"<title\b", re.IGNORECASE), re.compile(r"</title\b", re.IGNORECASE)
_LOOKED_AT = 65536  # characters of a page that are searched for its title


def parse_body(text: str) -> t.Any:
    """The JSON value of a body; None for an empty one. Raises ValueError for anything else."""
    try:
        return json.loads(text) if text.strip() else None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def snippet(text: str) -> str:
    """One line that describes a body that isn't JSON: the title of an HTML page, else the beginning of the text."""
    title = _title(text)
    return " ".join((text[:_LOOKED_AT] if title is None else title).split())[:200]


def _title(text: str) -> str | None:
    """The text of a page's first title. (A single pattern takes hours on a page where many titles begin, none ends.)"""
    page = text[:_LOOKED_AT]
    tag = _TITLE.search(page)
    begin = page.find(">", tag.end()) + 1 if tag else 0
    ending = _TITLE_END.search(page, begin) if begin else None
    return page[begin : ending.start()] if ending else None


def failure(
    instance: str, route: Route, path: str, status: int, text: str, server: str = ""
) -> errors.RequestFailed:
    """The exception for an answer outside 2xx. ``server`` is the header of that name."""
    code, detail, fields = _error_parts(text)
    if _is_from_elsewhere(route, status, text):
        detail = from_elsewhere(text, server)
        return errors.NotConnectWise(instance, route.method, path, status, detail=detail)
    kind, fix = _kind(route, status, code, detail)
    error = kind(instance, route.method, path, status, code, detail, fields, fix)
    error.is_page = _title(text) is not None
    return error


def is_connectwise(text: str) -> bool:
    """Whether an error has ConnectWise's format: JSON with the strings ``code`` and ``message``.

    Published: ErrorResponseMessage. Reported: ``error`` in place of ``code`` when the rate limit is reached, and plain
    text that begins with "Cannot " when the client id is missing.
    """
    try:
        body = parse_body(text)
    except ValueError:
        return text.startswith("Cannot ")
    if not isinstance(body, dict):
        return False
    return isinstance(body.get("code", body.get("error")), str) and isinstance(body.get("message"), str)


def _is_from_elsewhere(route: Route, status: int, text: str) -> bool:
    """5xx and 429 are transient whoever answers; 404 and 405 mean the same in any words: nothing is there."""
    if status >= 500 or status in (404, 405, 429) or not text.strip():
        return False
    return not is_connectwise(text)


def from_elsewhere(text: str, server: str, hides: bool = False) -> str:
    """A short description of an answer that isn't from ConnectWise. ``server`` is the header of that name.

    ``hides``: of the text, only the title of a page is shown.
    """
    title = _title(text)
    if title is not None:
        what = f'a page titled "{_line(title)[:200]}"'
    elif _is_json(text):
        what = "JSON in another format"
    else:
        what = f"text of {len(text)} characters" if hides else f'text that begins "{snippet(text)[:80]}"'
    return f"{what}{f' from server {server!r}' if server else ''}"


def _is_json(text: str) -> bool:
    try:
        parse_body(text)
    except ValueError:
        return False
    return True


def _error_parts(text: str) -> tuple[str, str, list[str]]:
    """Code, message and field errors of an ErrorResponseMessage; the text itself if it isn't one."""
    try:
        body = parse_body(text)
    except ValueError:
        return "", snippet(text), []
    if not isinstance(body, dict):
        return "", snippet(text), []
    code = body.get("code") or body.get("error") or ""
    listed = body.get("errors")
    fields = [_field(item) for item in listed[:100] if isinstance(item, dict)] if isinstance(listed, list) else []
    return _line(code), _line(body.get("message")), fields


def _field(item: dict[str, t.Any]) -> str:
    name, said = _line(item.get("field")), _line(item.get("message") or item.get("code"))
    return f"{name}: {said}" if name else said


def _line(value: t.Any) -> str:
    return " ".join(str(value).split()) if value else ""


def _kind(route: Route, status: int, code: str, detail: str) -> tuple[type[errors.RequestFailed], str]:
    said = detail.lower()
    if "does not support the api version" in said:
        return errors.VersionUnsupported, ""
    if status >= 500 and status != 501:
        return errors.ServerFailed, ""
    if status == 401 or detail == "UserNotAuthenticated" or (said.startswith("cannot ") and not code):
        return errors.Unauthorized, ""
    if status == 403:
        return errors.Forbidden, _missing_right(route)
    if status in (405, 501) or (status == 404 and _NO_ENDPOINT in said):
        return errors.EndpointMissing, ""
    if status == 404 and code == "NotFound":
        return errors.RecordNotFound, ""
    if status == 404:
        return (errors.EndpointMissing if route.grade == UNDOCUMENTED else errors.WrongAddress), ""
    if status == 429:
        return errors.RateLimited, ""
    return errors.Rejected, ""


def _missing_right(route: Route) -> str:
    if not route.function or not route.verb:
        return "Check the security role of this key's API member"
    return (
        f"The security role of this key's API member needs {route.verb.capitalize()} All on {route.function}"
        " (System > Security Roles)"
    )
