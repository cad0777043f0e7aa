# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Levels and verbs of a security role. PRIVATE to this collection: no stable interface.

A role holds, for each function of a module, one level per verb. The published API spells the levels
``None``, ``My`` and ``All`` and the cells ``addLevel``, ``editLevel``, ``deleteLevel`` and
``inquireLevel`` (API facts: SecurityRoleSetting). Here they are the lower-case words that the
modules take: ``none``, ``my``, ``all``.
"""

from __future__ import annotations

import typing as t

LEVELS: tuple[str, ...] = ("none", "my", "all")
VERBS: tuple[str, ...] = ("add", "edit", "delete", "inquire")

_API_NAMES = {"none": "None", "my": "My", "all": "All"}


def level_rank(level: str) -> int:
    """How much a level grants: none 0, my 1, all 2; a word that was never published counts as most."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def level_from_api(value: t.Any) -> str | None:
    """``none``, ``my`` or ``all`` for what the API sent; None for null or nothing.

    A word that was never published stays as it is, in lower case, and what is no word is written as one: it
    may grant anything, so it must never pass for one of the three.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return f"{type(value).__name__} {value}".lower()[:40]
    return value.strip().lower() or None


def level_to_api(level: str) -> str:
    """The spelling that the API takes; raises KeyError for anything but none, my and all."""
    return _API_NAMES[level]


def verb_to_api(verb: str) -> str:
    """The member of a SecurityRoleSetting that holds this verb's level."""
    return verb + "Level"
