# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marks by which we know our own pages and documents of one vendor on one host. PRIVATE to this collection."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import quote

_HEADER = 15  # lines


def mark(kind: str, version: int, host: str, vendor: str) -> str:
    """The first line of a page."""
    return f"<!-- {_said(kind, version, host, vendor)} -->"


def script_mark(kind: str, version: int, host: str, vendor: str) -> str:
    """The line that marks a script."""
    return f"// {_said(kind, version, host, vendor)}"


def _said(kind: str, version: int, host: str, vendor: str) -> str:
    quoted = [quote(name, safe="", errors="surrogatepass") for name in (host, vendor)]
    return f"{kind} {version} host={quoted[0]} vendor={quoted[1]}"


def is_marked(content: bytes, line: str) -> bool:
    """Whether a page begins with that line."""
    return content.split(b"\n", 1)[0].strip() == line.encode()


def is_marked_script(content: bytes, line: str) -> bool:
    """Whether that line is among the first lines of a script, which may need others before it."""
    return line.encode() in content.split(b"\n", _HEADER)[:_HEADER]


def head(kind: str, version: int, host: str, vendor: str) -> dict[str, t.Any]:
    """The first fields of a document."""
    return {"format": kind, "version": version, "instance": host, "vendor": vendor}


def parsed(content: bytes, wanted: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """The document of a file if it has all fields of ``wanted``, else None. Other fields aren't checked."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(found, dict) and {name: found.get(name) for name in wanted} == wanted
    return t.cast("dict[str, t.Any]", found) if is_ours else None


def is_texts(value: t.Any) -> bool:
    """Whether the value is a list of texts."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
