# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures on demand: an instance holds a list of faults, the first that fits a request is played."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

KINDS = ("status", "html", "reset", "lost", "truncate", "delay", "silent", "empty", "redirect")
PAGE = "<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Back soon</h1></body></html>"


@dataclass
class Fault:
    """One fault.

    ``path`` is a regular expression searched in the path without the base, ``after`` lets that many
    fitting requests through first, ``times`` is how often it is played (none: for ever).  ``process``
    carries the request out before the failing answer (kinds status, html, empty, redirect; ``lost`` and
    ``truncate`` always do); ``late`` makes ``delay`` wait after it was carried out.
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
    played: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r}")
        re.compile(self.path or "")

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is one of those this fault is about."""
        if self.method and self.method.upper() != method:
            return False
        return self.path is None or re.search(self.path, path, re.IGNORECASE) is not None


def take(faults: list[Fault], method: str, path: str) -> Fault | None:
    """The fault to play on a request, with its counters moved on."""
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
