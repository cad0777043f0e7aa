# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on demand: an instance holds a list of them, and applies the first that fits a request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# kinds that carry the request out and spoil its answer on the way
SPOILED = ("cut", "mistyped", "unknown", "altered")
KINDS = ("status", "html", "reset", "lost", "truncate", "delay", "silent", "empty", "redirect", *SPOILED)
PAGE = "<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Back soon</h1></body></html>"


@dataclass
class Fault:
    """One fault.

    ``path`` is a regular expression searched in the path without the base, ``after`` lets that many
    fitting requests through first, ``times`` is how often it is played (none: for ever).  ``process``
    carries the request out before the failing answer (kinds status, html, empty, redirect; ``lost`` and
    ``truncate`` and the spoiled answers always do); ``late`` makes ``delay`` wait after it was carried out.
    ``alter`` is what ``altered`` makes of the answer's text (within one process only: a function isn't JSON).
    """

    kind: str
    method: str | None = None
    path: str | None = None
    after: int = 0
    times: int | None = 1
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    text: str | None = None
    seconds: float = 0.0
    location: str = "/"
    process: bool = False
    late: bool = False
    alter: Callable[[str], str | bytes] | None = None
    played: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r}")
        if self.kind == "altered" and self.alter is None:
            raise ValueError("altered needs alter")
        re.compile(self.path or "")

    def fits(self, method: str, path: str) -> bool:
        """Whether this fault applies to a request."""
        if self.method and self.method.upper() != method:
            return False
        return self.path is None or re.search(self.path, path, re.IGNORECASE) is not None


def take(faults: list[Fault], method: str, path: str) -> Fault | None:
    """The fault to apply to a request; advances its counters."""
    for fault in faults:
        if not fault.fits(method, path):
            continue
        if fault.after > 0:
            fault.after -= 1
            continue
        if fault.times is None or fault.played < fault.times:
            fault.played += 1
            return fault
    return None


def spoiled(fault: Fault, text: str) -> str | bytes:
    """The text of a damaged answer: well-formed HTTP with any content."""
    if fault.kind == "cut":
        return text[: len(text) // 2]
    if fault.kind == "unknown":
        return json.dumps(_with_unknown_members(json.loads(text))) if text else text
    if fault.kind == "altered" and fault.alter:
        return fault.alter(text)
    return text


def _with_unknown_members(value: Any) -> Any:
    """The same value as a later version of the API may send it, with unknown fields in each object."""
    if isinstance(value, list):
        return [_with_unknown_members(item) for item in value]
    if not isinstance(value, dict):
        return value
    known = {name: _with_unknown_members(item) for name, item in value.items()}
    return {"_new": {"id": 1, "name": "new"}, **known, "newFlag": True, "newList": [None, {}], "idNew": "0"}
