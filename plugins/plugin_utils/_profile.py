# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a first contact in the folder of a host: profile.json, first-contact.json and .md. PRIVATE.

A profile that is lost, unreadable, or another instance's counts as none: then nothing is known.
"""

from __future__ import annotations

import json
import os
import re
import typing as t

from ..module_utils._client.profile import Profile
from ..module_utils._contact import report
from ..module_utils._contact.judging import Verdict
from ..module_utils._domain.shown import json_text
from ..module_utils._domain.statements import OUTCOMES, STATEMENTS
from ..module_utils._ops.first_contact import Kept
from ._own_files import Diff, OwnFile, write_all

PROFILE, PAGE, DOCUMENT = "profile.json", "first-contact.md", "first-contact.json"
FILL = "fill_confirmed"  # time at which a filled-in row was read back
_LARGEST = 1_000_000  # bytes
_OURS = {
    PROFILE: rb'\{\s*"format": "msp\.connectwise\.profile"',
    DOCUMENT: rb'\{\s*"format": "msp\.connectwise\.first_contact"',
    PAGE: re.escape(report.TITLE.encode()) + rb"\n",
}
_WHAT = {PROFILE: "the profile of an instance", DOCUMENT: "a first contact's report", PAGE: "a first contact's report"}


def read(folder: str, host: str, instance: str) -> Kept:
    """The profile of this instance in the folder of its host."""
    file = _file(folder, host, PROFILE)
    try:
        content = file.content() or b""
        found = json.loads(content) if len(content) <= _LARGEST else None
        return _kept(found, instance, file.path)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Kept()


def _kept(found: t.Any, instance: str, path: str) -> Kept:
    if found["version"] != report.PROFILE_VERSION or found["instance"].casefold() != instance.casefold():
        return Kept()
    routes = {name: frozenset(map(str, found["routes"][name])) for name in ("missing", "worked")}
    seen = {
        name: Verdict(each["outcome"], str(each["detail"]))
        for name, each in found["seen"].items()
        if name in STATEMENTS and each["outcome"] in OUTCOMES
    }
    return Kept(Profile(str(found["product_version"]), routes["missing"], routes["worked"], path), seen)


def is_fill_confirmed(folder: str, host: str, instance: str) -> bool:
    """Whether a run has read back a row that was filled in on this instance's page."""
    return bool(_found(folder, host, instance).get(FILL))


def confirm_fill(folder: str, host: str, instance: str, now: str) -> None:
    """Record that in the profile; the rest of it stays. Raises InTheWay and OSError."""
    empty = {
        "format": report.PROFILE_FORMAT,
        "version": report.PROFILE_VERSION,
        "instance": instance,
        "product_version": "",
        "routes": {"missing": [], "worked": []},
        "seen": {},
    }
    noted = {**(_found(folder, host, instance) or empty), FILL: now}
    write_all({_file(folder, host, PROFILE): _text(noted)}, False)


def _found(folder: str, host: str, instance: str) -> dict[str, t.Any]:
    """The profile of this instance as stored; empty if there is none."""
    try:
        content = _file(folder, host, PROFILE).content() or b""
        found: dict[str, t.Any] = json.loads(content) if len(content) <= _LARGEST else {}
        _kept(found, instance, "")
        is_its = found["version"] == report.PROFILE_VERSION and found["instance"].casefold() == instance.casefold()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return found if is_its else {}


def write(
    folder: str, host: str, made: t.Mapping[str, t.Any], profile: t.Mapping[str, t.Any], check_mode: bool
) -> list[Diff]:
    """Bring the three files up to date. A report that differs only in its time stays. Raises InTheWay and OSError."""
    files = {name: _file(folder, host, name) for name in (PROFILE, DOCUMENT, PAGE)}
    for file in files.values():
        file.check()
    earlier = _found(folder, host, str(profile["instance"]))
    if earlier.get(FILL):
        profile = {**profile, FILL: earlier[FILL]}
    made = {**made, "generated": _time_of(files[DOCUMENT], made) or made["generated"]}
    texts = {PROFILE: _text(profile), DOCUMENT: _text(made), PAGE: report.page(dict(made))}
    return write_all({files[name]: text for name, text in texts.items()}, check_mode)


def paths(folder: str, host: str) -> dict[str, str]:
    """Where the files are, by their kind."""
    names = {"page": PAGE, "document": DOCUMENT, "profile": PROFILE}
    return {kind: _file(folder, host, name).path for kind, name in names.items()}


def _time_of(file: OwnFile, made: t.Mapping[str, t.Any]) -> str:
    """The time of the existing report if it is otherwise the same, else empty."""
    try:
        before = json.loads(file.content() or b"null")
    except (ValueError, RecursionError):
        return ""
    if not isinstance(before, dict) or {**before, "generated": ""} != {**made, "generated": ""}:
        return ""
    return str(before["generated"])


def _text(value: t.Mapping[str, t.Any]) -> str:
    return json_text(value, indent=1) + "\n"


def _file(folder: str, host: str, name: str) -> OwnFile:
    root = os.path.realpath(folder)
    pattern = _OURS[name]
    return OwnFile(
        root, os.path.join(root, host, name), lambda content: re.match(pattern, content) is not None, _WHAT[name]
    )
