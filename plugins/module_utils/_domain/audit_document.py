# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit document: instances, summary, and the findings that fail a gate. PRIVATE to this collection."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .audit_findings import Finding
from .audit_rules import ERROR, LEVELS, RULES
from .catalogue import VendorMatrix

FORMAT = "msp.connectwise.audit"
VERSION = 2
GATES = ("error", "excess", "missing", "admin", "none")
UNREADABLE = "unreadable"  # the rule for an instance that couldn't be read
_NAMED = 10  # hosts that a sentence names
_FEW = 2  # hosts that it names if a finding is on many
_COUNTED = ("missing", "excess", "absent", "unknown")
_RANKS = {rule: number for number, rule in enumerate(RULES)}
_LISTS = ("functions", "roles", "comparisons", "members", "findings")
_BESIDES: t.Mapping[str, t.Any] = {"own": None, "integrator_logins": [], "not_looked_at": []}


class DocumentError(ValueError):
    """The input isn't an audit document, or an instance of one."""


def unreadable(audit: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """An instance that couldn't be read; ``audit`` has name, error, and perhaps company and api."""
    sentence = str(audit["error"])
    return {
        **{name: audit.get(name) for name in ("name", "company", "api")},
        "error": sentence,
        **{name: [] for name in _LISTS},
        **_BESIDES,
        "findings": [Finding(UNREADABLE, None, None, sentence).as_dict()],
    }


def make_document(
    audits: t.Sequence[t.Any], catalogue: t.Sequence[VendorMatrix], generated: str, left_out: t.Iterable[str] = ()
) -> dict[str, t.Any]:
    """The document of all instances, sorted by name; ``left_out`` are hosts that weren't part of the run.

    Raises DocumentError.
    """
    instances = sorted((_instance(audit) for audit in audits), key=lambda item: str(item["name"]).casefold())
    return {
        "format": FORMAT,
        "version": VERSION,
        "generated": generated,
        "left_out": sorted(left_out, key=str.casefold),
        "catalogue": [matrix.as_entry() for matrix in catalogue],
        "instances": instances,
        "summary": summarise(instances),
    }


def _instance(audit: t.Any) -> dict[str, t.Any]:
    if not isinstance(audit, t.Mapping) or not audit.get("name"):
        raise DocumentError("an audit needs a name, and either the result of cw_audit_info or an error")
    if audit.get("error"):
        return unreadable(audit)
    lacking = [name for name in _LISTS if not isinstance(audit.get(name), t.Sequence)]
    if lacking:
        raise DocumentError(f"the audit of {audit['name']} lacks {', '.join(lacking)}")
    return {**_BESIDES, **audit, "error": None}


def cells_of(instance: t.Mapping[str, t.Any], member: t.Mapping[str, t.Any]) -> t.Sequence[t.Mapping[str, t.Any]]:
    """The cells of a member that differ from its vendor's matrix; members with the same role and vendor share them."""
    if member["comparison"] is None:
        return ()
    cells: t.Sequence[t.Mapping[str, t.Any]] = instance["comparisons"][member["comparison"]]["cells"]
    return cells


def summarise(instances: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, int]:
    """The totals of an audit. Inactive members don't count."""
    active = [member for instance in instances for member in instance["members"] if member["active"]]
    return {
        "instances": len(instances),
        "unreadable": sum(bool(instance["error"]) for instance in instances),
        "members": len(active),
        "matched": sum(member["vendor"] is not None for member in active),
        "admins": sum(member["admin"] for member in active),
        **{kind: sum(member["counts"][kind] for member in active) for kind in _COUNTED},
        "integrator_logins": sum(login["active"] for instance in instances for login in instance["integrator_logins"]),
    }


def failures(document: t.Mapping[str, t.Any], fail_on: t.Collection[str]) -> list[dict[str, t.Any]]:
    """The findings that fail a gate, each with its ``instance``.

    The gate ``error`` covers every finding of that level. An instance that couldn't be read fails any gate.
    """
    rules = set(fail_on) - {"none"}
    if rules:
        rules.add(UNREADABLE)
    return [
        {"instance": instance["name"], **finding}
        for instance in document["instances"]
        for finding in instance["findings"]
        if finding["rule"] in rules or (ERROR in rules and finding["level"] == ERROR)
    ]


def gravest(document: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """All findings, each with its ``instance``: by the danger of the rule, repairable ones first, then by power."""
    found = []
    for instance in document["instances"]:
        powers = {member["identifier"]: member["power"] for member in instance["members"]}
        for finding in instance["findings"]:
            order = (*_danger(finding), -powers.get(finding["member"], 0))
            found.append((order, {"instance": instance["name"], **finding}))
    return [finding for _order, finding in sorted(found, key=lambda item: item[0])]


def _danger(finding: t.Mapping[str, t.Any]) -> tuple[int, int, bool]:
    return LEVELS.index(finding["level"]), _RANKS.get(finding["rule"], len(_RANKS)), not finding["repair"]


@dataclass(frozen=True)
class Group:
    """A finding that several instances have in the same words. ``finding`` is that of the first instance."""

    finding: t.Mapping[str, t.Any]
    instances: t.Sequence[str]

    @property
    def where(self) -> str:
        """The instances; of many, only the first are named."""
        if len(self.instances) == 1:
            return self.instances[0]
        named = ", ".join(self.instances[:_FEW]) if len(self.instances) > _FEW + 1 else _listed(self.instances)
        more = f" and {len(self.instances) - _FEW} more" if len(self.instances) > _FEW + 1 else ""
        return f"{len(self.instances)} instances: {named}{more}"

    @property
    def repair(self) -> str:
        """What to do on the first instance, and that the others need the same; empty if nothing repairs it."""
        repair: str = self.finding["repair"]
        if not repair or len(self.instances) == 1:
            return repair
        return f"{repair} (for {self.instances[0]}; repeat for the others)"


def _listed(names: t.Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _wherever(finding: t.Mapping[str, t.Any]) -> str:
    """The repair without the instance's name, to group findings by."""
    return re.sub(rf"(?<![\w.-]){re.escape(finding['instance'])}(?![\w.-])", "\0", finding["repair"])


def grouped(document: t.Mapping[str, t.Any]) -> list[Group]:
    """All findings in the order of ``gravest``, identical ones once; equally dangerous ones by how many have them."""
    groups: dict[tuple[str, str, str], list[dict[str, t.Any]]] = {}
    for finding in gravest(document):
        groups.setdefault((finding["rule"], finding["message"], _wherever(finding)), []).append(finding)
    places = {instance["name"]: place for place, instance in enumerate(document["instances"])}
    found = []
    for same in groups.values():
        same.sort(key=lambda finding: places[finding["instance"]])
        found.append(Group(same[0], list(dict.fromkeys(each["instance"] for each in same))))
    return sorted(found, key=lambda group: (*_danger(group.finding), -len(group.instances)))


def left_out_sentence(document: t.Mapping[str, t.Any]) -> str:
    """The hosts that weren't part of the run, of many only the first; empty if all were."""
    names = document["left_out"]
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"Not part of this run: {', '.join(names[:_NAMED])}{more}."


def check_document(document: t.Any) -> dict[str, t.Any]:
    """The document itself. Raises DocumentError if it is something else, or has another version."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DocumentError("it isn't the audit.json of an audit")
    if document.get("version") != VERSION:
        raise DocumentError(f"it has version {document.get('version')!r}, but only version {VERSION} is supported")
    if not isinstance(document.get("instances"), list):
        raise DocumentError("it has no list of instances")
    return document
