# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads single values from the API's JSON objects, leniently. PRIVATE to this collection.

A field may be null, missing, or of another type than published: it then counts as None or empty.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Record = t.Dict[str, t.Any]


@dataclass(frozen=True)
class Recorded:
    """The id of an object that the collection created; ``is_new``: just now, so it may not be visible yet."""

    object_id: int | None = None
    is_new: bool = False


NOT_RECORDED = Recorded()


def record_id(record: t.Any) -> int | None:
    return as_id(record.get("id") if isinstance(record, dict) else None)


def as_id(value: t.Any) -> int | None:
    """An id from a number or from text: clients have seen both."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(record: t.Any, name: str) -> str:
    value = record.get(name) if isinstance(record, dict) else None
    return value.strip() if isinstance(value, str) else ""


def reference_of(record: Record, name: str) -> Record:
    value = record.get(name)
    return value if isinstance(value, dict) else {}
