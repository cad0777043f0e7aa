# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document that holds a pair: strings in a mapping, the same in every store. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from .pair import KeyPair
from .ports import StoreError

OWNER = ("site", "company", "member")
FIELDS = (*OWNER, "public_key", "private_key")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_NEW_FOR = timedelta(minutes=1)


def utc_now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def time_text(value: datetime | None) -> str | None:
    return value.strftime(_TIME) if value else None


def parse_time(value: t.Any) -> datetime | None:
    """None if it isn't a time; the pair's age is then unknown."""
    try:
        return datetime.strptime(str(value), _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def is_recent(value: datetime | None, now: datetime) -> bool:
    """Whether something created at that time may not be visible yet."""
    return value is not None and timedelta(0) <= now - value < _NEW_FOR


def text_of(value: t.Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def check(document: t.Any, place: str, readable: bool = True) -> dict[str, t.Any]:
    """The document, its strings stripped. Raises StoreError for another shape."""
    needed = FIELDS if readable else FIELDS[:-1]
    if not isinstance(document, dict) or not all(text_of(document.get(name)) for name in needed):
        raise StoreError(f"{place} must contain {', '.join(needed)}.")
    previous = document.get("previous") or []
    if not isinstance(previous, list) or not all(
        isinstance(item, dict) and text_of(item.get("public_key")) for item in previous
    ):
        raise StoreError(f"{place}: previous isn't a list of pairs.")
    return {**document, **{name: text_of(document.get(name)) for name in FIELDS}}


def owner_of(document: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {name: document[name] for name in OWNER}


def from_document(document: t.Mapping[str, t.Any]) -> KeyPair:
    """The pair of a checked document."""
    return replace(
        _pair(document),
        previous=tuple(_pair(item) for item in document.get("previous") or []),
        retire_after=parse_time(document.get("retire_after")),
    )


def to_document(pair: KeyPair) -> dict[str, t.Any]:
    """A pair's document without its owner."""
    document: dict[str, t.Any] = _fields(pair)
    if pair.previous:
        document["previous"] = [_fields(former) for former in pair.previous]
    if pair.previous and pair.retire_after:
        document["retire_after"] = time_text(pair.retire_after)
    return document


def describe(document: t.Mapping[str, t.Any], readable: bool, now: datetime) -> dict[str, t.Any]:
    """What may be shown of a document: all but the private keys."""
    pair = from_document(document)
    shown: dict[str, t.Any] = {**owner_of(document), "public_key": pair.public_key}
    shown["fingerprint"] = pair.fingerprint if readable else None
    return {**shown, **describe_age(pair, now), "previous": [_shown(former) for former in pair.previous]}


def describe_age(pair: KeyPair, now: datetime) -> dict[str, t.Any]:
    age = pair.age(now)
    return {
        "made": time_text(pair.made),
        "age_days": None if age is None else max(age.days, 0),
        "retire_after": time_text(pair.retire_after),
    }


def _pair(fields: t.Mapping[str, t.Any]) -> KeyPair:
    return KeyPair(
        text_of(fields["public_key"]), text_of(fields.get("private_key")), made=parse_time(fields.get("made"))
    )


def _fields(pair: KeyPair) -> dict[str, t.Any]:
    fields = {"public_key": pair.public_key, "private_key": pair.private_key, "made": time_text(pair.made)}
    return {name: value for name, value in fields.items() if value}


def _shown(pair: KeyPair) -> dict[str, t.Any]:
    return {"public_key": pair.public_key, "made": time_text(pair.made)}
