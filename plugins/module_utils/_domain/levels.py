# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Levels and verbs of a security role. PRIVATE to this collection: no stable interface.

A role has one level for each function and verb. The published API (SecurityRoleSetting) spells the levels ``None``,
``My`` and ``All``, in the fields ``addLevel``, ``editLevel``, ``deleteLevel`` and ``inquireLevel``. Here they are the
lower-case words that the Ansible modules take: ``none``, ``my``, ``all``.
"""

from __future__ import annotations

import typing as t

LEVELS: tuple[str, ...] = ("none", "my", "all")
VERBS: tuple[str, ...] = ("add", "edit", "delete", "inquire")

_API_NAMES = {"none": "None", "my": "My", "all": "All"}


def level_rank(level: str) -> int:
    """How much a level grants: none 0, my 1, all 2; an unpublished word counts as 3."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def level_from_api(value: t.Any) -> str | None:
    """``none``, ``my`` or ``all`` for the API's value; None for null or an empty text.

    An unpublished word stays, in lower case, and any other value is turned into text: it may grant anything, so it must
    never pass for one of the three.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return f"{type(value).__name__} {value}".lower()[:40]
    return value.strip().lower() or None


def level_to_api(level: str) -> str:
    """The API's spelling. Raises KeyError for anything but none, my and all."""
    return _API_NAMES[level]


def verb_to_api(verb: str) -> str:
    """The field of a SecurityRoleSetting with this verb's level."""
    return verb + "Level"
