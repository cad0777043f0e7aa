# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that started this run, to be typed again. PRIVATE to this collection."""

from __future__ import annotations

import shlex
import typing as t

from ._asked import is_public

_EXTRA = ("-e", "--extra-vars")
# what only looks, and a switch that says nothing of the run
_LOOKING = ("-C", "--check", "-D", "--diff")


def again(arguments: t.Sequence[str]) -> str:
    """The command line of ``arguments``, without check mode and without the value of any secret.

    A private key that was given on the command line has been stored, or has to be given again.
    """
    found: list[str] = []
    items = iter(arguments)
    program = next(items, "ansible-playbook").rsplit("/", 1)[-1]
    for item in items:
        name, equals, value = item.partition("=")
        if item in _LOOKING:
            continue
        if item in _EXTRA:
            found += _kept([item], next(items, ""))
        elif name == "--extra-vars" and equals:
            found += _kept([], value, f"{name}=")
        elif item.startswith("-e") and not item.startswith("--"):
            found += _kept([], item[2:], "-e")
        else:
            found.append(item)
    return shlex.join([program, *found])


def _kept(option: list[str], value: str, prefix: str = "") -> list[str]:
    return [*option, f"{prefix}{value}"] if _may_be_shown(value) else []


def _may_be_shown(value: str) -> bool:
    """A file of variables, or texts name=value that all are known and no secret."""
    if value.startswith("@"):
        return True
    try:
        parts = shlex.split(value)
    except ValueError:
        return False
    return all("=" in part and is_public(part.partition("=")[0]) for part in parts)
