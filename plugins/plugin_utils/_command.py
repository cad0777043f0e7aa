# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that started this run, to be typed again. PRIVATE to this collection."""

from __future__ import annotations

import json
import re
import shlex
import typing as t

from ._asked import is_public

_EXTRA = ("-e", "--extra-vars")
_JOINED = re.compile(r"--extra-vars=|-e(?=.)")
# options that only look
_LOOKING = ("-C", "--check", "-D", "--diff")


_PLACES = ("-i", "--inventory", "--vault-id", "--vault-password-file", "--vault-pass-file")
_PROMPTS = ("-J", "--ask-vault-password", "--ask-vault-pass")
# values that Ansible reads literally after name=, and those that it evaluates anywhere
_PLAIN = re.compile(r"[\w.,:@+/-]+", re.ASCII)
_TEMPLATE = re.compile(r"\{[{%#]")
# a playbook of this collection, by its name or by its file
_OURS = re.compile(r"(msp\.connectwise\.|(?:.*/)?playbooks/)\w+?(\.ya?ml)?\Z")


def again(arguments: t.Sequence[str]) -> tuple[str, bool]:
    """The command line of ``arguments`` without check mode, and whether extra variables were left out of it.

    Extra variables whose values may be secret are left out: a private key from the command line is stored by now, or
    must be given again.
    """
    found: list[str] = []
    left_out = False
    items = iter(arguments)
    program = next(items, "ansible-playbook").rsplit("/", 1)[-1]
    for item in items:
        words, extra = [item], None
        if item in _EXTRA:
            extra = next(items, "")
            words.append(extra)
        elif _JOINED.match(item):
            extra = _JOINED.sub("", item, count=1)
        shown = item not in _LOOKING if extra is None else _may_be_shown(extra)
        found += words if shown else []
        left_out = left_out or (extra is not None and not shown)
    return shlex.join([program, *found]), left_out


def everywhere(arguments: t.Sequence[str]) -> tuple[str, bool]:
    """The same command for all hosts: without ``--limit`` and ``target``, as ``again`` gives it."""
    found: list[str] = []
    items = iter(_without(arguments, {"target"}))
    for item in items:
        if item in ("-l", "--limit"):
            next(items, "")
        elif not re.match(r"--limit=|-l(?=.)", item):
            found.append(item)
    return again(found)


def with_extra(arguments: t.Sequence[str], extra: t.Mapping[str, str]) -> str:
    """The command line of ``arguments``, as ``again`` gives it, with these extra variables in place of theirs."""
    command, _left_out = again(_without(arguments, extra))
    return shlex.join([*shlex.split(command), *(part for name in extra for part in ("-e", f"{name}={extra[name]}"))])


def onboarding(arguments: t.Sequence[str], host: str, vendor: str) -> str:
    """The command that continues with one vendor on one host, whichever of our playbooks was started.

    It has the inventory, the vault password and the settings of this run, so it's the same for each run on this host.
    """
    return _on_one(arguments, "onboard", vendor, {"target": host, "vendor": vendor}, keeps_own=True)


def playbook(arguments: t.Sequence[str], name: str, vendor: str, extra: t.Mapping[str, str]) -> str:
    """The command that runs our playbook of this name with these extra variables, whichever was started.

    It has the inventory, the vault password and the settings of this run. Empty if one of the values is a
    template, which Ansible would evaluate.
    """
    if any(_TEMPLATE.search(value) for value in extra.values()):
        return ""
    return _on_one(arguments, name, vendor, extra, keeps_own=False)


def _on_one(arguments: t.Sequence[str], name: str, vendor: str, extra: t.Mapping[str, str], keeps_own: bool) -> str:
    """``keeps_own``: a playbook of the user's own is started again; else ours takes its place."""
    found = ["ansible-playbook"]
    items = iter(arguments[1:])
    for item in items:
        if item in _EXTRA:
            value = _settings_of(next(items, ""), vendor)
            found += [item, value] if value else []
        elif _JOINED.match(item):
            value = _settings_of(_JOINED.sub("", item, count=1), vendor)
            found += ["-e", value] if value else []
        elif item in _PLACES:
            found += [item, next(items, "")]
        elif re.match(r"-i(?=.)|--(inventory|vault-id|vault-password-file|vault-pass-file)=", item) or item in _PROMPTS:
            found.append(item)
        elif _OURS.match(item):
            found.append(_OURS.sub(rf"\g<1>{name}\g<2>", item))
        elif item.endswith((".yml", ".yaml")):
            found.append(item if keeps_own else f"msp.connectwise.{name}")
    return shlex.join([*found, *(part for each, value in extra.items() for part in ("-e", _assigned(each, value)))])


def _assigned(name: str, value: str) -> str:
    """An extra variable, as JSON if Ansible would split or evaluate the text."""
    return f"{name}={value}" if _PLAIN.fullmatch(value) else json.dumps({name: value})


def _settings_of(value: str, vendor: str) -> str:
    """The extra variables in ``value`` that are settings of an instance; empty if there are none."""
    if value.startswith("@"):
        return value
    try:
        names = [name for name in _names(value) if not (is_public(name) and _is_setting(name, vendor))]
    except ValueError:
        return ""
    return _left_of(value, names)


def _is_setting(name: str, vendor: str) -> bool:
    of_a_run = ("onboard_handover", "onboard_confirmed", "onboard_restore")
    return name.startswith(("cw_", "onboard_", f"{vendor}_")) and not name.startswith(of_a_run)


def _without(arguments: t.Sequence[str], names: t.Collection[str]) -> list[str]:
    """The arguments without these extra variables."""
    found: list[str] = []
    items = iter(arguments)
    for item in items:
        joined = _JOINED.match(item)
        if item in _EXTRA:
            value = _left_of(next(items, ""), names)
            found += [item, value] if value else []
        elif joined:
            value = _left_of(item.removeprefix(joined[0]), names)
            found += [joined[0] + value] if value else []
        else:
            found.append(item)
    return found


def _left_of(value: str, names: t.Collection[str]) -> str:
    """The text of extra variables without ``names``; empty if nothing remains."""
    try:
        if not set(names) & set(_names(value)):
            return value
        if value.startswith("{"):
            left = {name: each for name, each in json.loads(value).items() if name not in names}
            return json.dumps(left) if left else ""
        return shlex.join(part for part in shlex.split(value) if part.partition("=")[0] not in names)
    except ValueError:
        return value  # a file, or unknown syntax


def _may_be_shown(value: str) -> bool:
    """A file of variables, or variables that all are known and no secret."""
    if value.startswith("@"):
        return True
    try:
        names = _names(value)
    except ValueError:
        return False
    return bool(names) and all(is_public(name) for name in names)


def _names(value: str) -> list[str]:
    """The names in JSON, or in texts name=value. Raises ValueError for anything else."""
    if value.startswith("{"):
        return [str(name) for name in json.loads(value)]
    parts = [part.partition("=") for part in shlex.split(value)]
    if not all(equals for _name, equals, _value in parts):
        raise ValueError(value)
    return [name for name, _equals, _value in parts]
