# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading single values out of the API's JSON objects, leniently. PRIVATE to this collection.

Members may be null, missing, or of another type than published: what can't be read is None.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Record = t.Dict[str, t.Any]


@dataclass(frozen=True)
class Recorded:
    """The id of an object that we created; ``is_new``: a moment ago, so it may not be visible yet."""

    object_id: int | None = None
    is_new: bool = False


NOT_RECORDED = Recorded()


def record_id(record: t.Any) -> int | None:
    return as_id(record.get("id") if isinstance(record, dict) else None)


def as_id(value: t.Any) -> int | None:
    """A number, or the text of one: clients have seen ids as both."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(record: t.Any, name: str) -> str:
    value = record.get(name) if isinstance(record, dict) else None
    return value.strip() if isinstance(value, str) else ""


def reference_of(record: Record, name: str) -> Record:
    value = record.get(name)
    return value if isinstance(value, dict) else {}
