# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two audits: members, roles, levels and findings. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .audit_document import UNREADABLE, DocumentError, check_document
from .change import NOTHING, CellChange, compare_levels
from .levels import VERBS
from .names import FunctionName

Instance = t.Mapping[str, t.Any]
Change = t.Dict[str, t.Any]

_SHOWN = 3  # members that a line names
_APART = 10  # hosts that one run left out: those that get their own line
_WORDS = {"-": "none", "M": "my", "A": "all", ".": "none"}
_LISTS = (
    "members_new", "members_gone", "members_activated", "members_deactivated",
    "roles_changed", "cells_changed", "findings_new", "findings_solved",
)  # fmt: skip


def changes(before: t.Any, after: t.Any) -> dict[str, t.Any]:
    """``since``, ``until``, ``changed``, ``instances`` (those that changed, with all lists), and ``lines``.

    If an audit couldn't read an instance, only that is reported: a network error removes no member and solves no
    finding. An instance that a run left out isn't a change: ``not_in_before`` and ``not_in_after`` name them. Raises
    DocumentError.
    """
    try:
        return _changes(check_document(before), check_document(after))
    except (KeyError, TypeError, IndexError, AttributeError):
        raise DocumentError("a document is incomplete, or was edited by hand") from None


def _changes(old: t.Mapping[str, t.Any], new: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    befores = {instance["name"]: instance for instance in old["instances"]}
    afters = {instance["name"]: instance for instance in new["instances"]}
    unasked_before, unasked_after = set(old["left_out"]), set(new["left_out"])
    apart = {
        "not_in_before": [name for name in afters if name not in befores and name in unasked_before],
        "not_in_after": [name for name in befores if name not in afters and name in unasked_after],
    }
    skipped = {name for names in apart.values() for name in names}
    names = [name for name in dict.fromkeys([*afters, *befores]) if name not in skipped]
    compared = [_instance(name, befores.get(name), afters.get(name)) for name in names]
    changed = [item for item in compared if item["state"] != "kept" or any(item[name] for name in _LISTS)]
    return {
        "since": old.get("generated"),
        "until": new.get("generated"),
        "changed": bool(changed),
        **apart,
        "instances": changed,
        "lines": [*(line for item in changed for line in _lines(item)), *_apart_lines(apart)],
    }


def _apart_lines(apart: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    lines = []
    for names, one, many in (
        (apart["not_in_before"], "wasn't part of that run", "weren't part of that run"),
        (apart["not_in_after"], "isn't part of this run", "aren't part of this run"),
    ):
        lines += [f"{name}: {one}" for name in names[:_APART]]
        more = len(names) - _APART
        if more > 0:
            lines.append(f"{more} more {'host ' + one if more == 1 else 'hosts ' + many}")
    return lines


def _instance(name: str, before: Instance | None, after: Instance | None) -> Change:
    result: Change = {"name": name, "state": "kept", **{item: [] for item in _LISTS}}
    if before is None or after is None:
        return {**result, "state": "new" if before is None else "gone"}
    readable = not before["error"] and not after["error"]
    rules = None if readable else {UNREADABLE}
    result["findings_new"] = _findings_only_in(after, before, rules)
    result["findings_solved"] = _findings_only_in(before, after, rules)
    if readable:
        result.update(_members(before, after))
    return result


def _findings_only_in(left: Instance, right: Instance, rules: t.Collection[str] | None) -> list[Change]:
    """``rules`` are those that count; None means all."""
    known = {_identity(finding) for finding in right["findings"]}
    new = [finding for finding in left["findings"] if _identity(finding) not in known]
    return [finding for finding in new if rules is None or finding["rule"] in rules]


def _identity(finding: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    """Without the sentence: a member with one more excess cell still has the same finding."""
    named = finding["member"] or finding.get("login")  # older documents have no logins
    return finding["rule"], finding["member"], finding.get("login"), None if named else finding["role"]


def _members(before: Instance, after: Instance) -> Change:
    olds, news = ({member["identifier"]: member for member in item["members"]} for item in (before, after))
    both = [name for name in news if name in olds]
    return {
        "members_new": [name for name in news if name not in olds],
        "members_gone": [name for name in olds if name not in news],
        "members_activated": [name for name in both if news[name]["active"] and not olds[name]["active"]],
        "members_deactivated": [name for name in both if olds[name]["active"] and not news[name]["active"]],
        "roles_changed": [
            {"member": name, "was": olds[name]["role"], "is": news[name]["role"]}
            for name in both
            if olds[name]["role"] != news[name]["role"]
        ],
        "cells_changed": _cells_changed(before, after, olds, news),
    }


def _cells_changed(
    before: Instance, after: Instance, olds: t.Mapping[str, Instance], news: t.Mapping[str, Instance]
) -> list[Change]:
    """The changed cells, once for all members with the same role before and the same role now."""
    pairs: dict[tuple[t.Any, t.Any], list[str]] = {}
    for name in news:
        if name in olds and olds[name]["active"] and news[name]["active"]:
            pairs.setdefault((olds[name]["role_id"], news[name]["role_id"]), []).append(name)
    old_roles, new_roles = ({role["id"]: role for role in item["roles"]} for item in (before, after))
    changed = []
    for (was, now), members in pairs.items():
        cells = _cells(_granted(before, old_roles.get(was), was), _granted(after, new_roles.get(now), now))
        if cells:
            changed.append({"members": members, "cells": cells})
    return changed


Granted = t.Dict[FunctionName, t.Mapping[str, str]]


def _granted(instance: Instance, role: t.Mapping[str, t.Any] | None, role_id: int | None) -> Granted:
    """{function: {verb: level}} of what the role grants; empty without a role."""
    if role is None or role_id is None:
        return {}
    return {
        FunctionName(function["module"], function["function"]): {
            **NOTHING,
            **{verb: _WORDS[letter] for verb, letter in zip(VERBS, word)},
        }
        for function, word in zip(instance["functions"], role["levels"])
    }


def _cells(old: Granted, new: Granted) -> list[Change]:
    return [
        {
            "module": name.module,
            "function": name.function,
            "verb": change.verb,
            "was": change.current,
            "is": change.wanted,
        }
        for name in dict.fromkeys([*new, *old])
        for change in compare_levels(name, old.get(name, NOTHING), new.get(name, NOTHING))
    ]


def _named(members: t.Sequence[str]) -> str:
    more = f" and {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
    return ", ".join(members[:_SHOWN]) + more


def _lines(item: Change) -> list[str]:
    if item["state"] != "kept":
        how = "wasn't audited before" if item["state"] == "new" else "is no longer audited"
        return [f"{item['name']}: {how}"]
    texts = [f"member {name} is new" for name in item["members_new"]]
    texts += [f"member {name} is gone" for name in item["members_gone"]]
    texts += [f"member {name} is active again" for name in item["members_activated"]]
    texts += [f"member {name} is inactive now" for name in item["members_deactivated"]]
    texts += [f"{change['member']} has role {change['is']} (was {change['was']})" for change in item["roles_changed"]]
    texts += [
        f"{_named(change['members'])}: {CellChange.from_dict({**cell, 'is': cell['was'], 'should_be': cell['is']})}"
        for change in item["cells_changed"]
        for cell in change["cells"]
    ]
    texts += [f"new: {finding['message']}" for finding in item["findings_new"]]
    texts += [f"solved: {finding['message']}" for finding in item["findings_solved"]]
    return [f"{item['name']}: {text}" for text in texts]
