# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings single objects of AWX to what is wanted, and notes what was done and what wasn't. PRIVATE."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

import yaml

from .awx import Awx, AwxError, Object

SECRET = "$encrypted$"
_ORGANIZATION = "an administrator of the organization"
# {collection of the API: (what a person calls one of it, who may create and change it)}
KINDS: t.Mapping[str, tuple[str, str]] = {
    "organizations": ("organization", "a system administrator"),
    "credential_types": ("credential type", "a system administrator"),
    "execution_environments": ("execution environment", f"{_ORGANIZATION}, or its execution environment admin"),
    "projects": ("project", f"{_ORGANIZATION}, or its project admin"),
    "inventories": ("inventory", f"{_ORGANIZATION}, or its inventory admin"),
    "inventory_sources": ("inventory source", f"{_ORGANIZATION}, or its inventory admin"),
    "credentials": ("credential", f"{_ORGANIZATION}, or its credential admin"),
    "notification_templates": ("notification template", f"{_ORGANIZATION}, or its notification admin"),
    "job_templates": ("job template", f"{_ORGANIZATION}, or its job template admin"),
    "workflow_job_templates": ("workflow", f"{_ORGANIZATION}, or its workflow admin"),
    "workflow_job_template_nodes": ("workflow node", f"{_ORGANIZATION}, or its workflow admin"),
    "workflow_approval_templates": ("approval", f"{_ORGANIZATION}, or its workflow admin"),
    "schedules": ("schedule", "an administrator of its template"),
}
_NAMES = {"workflow_job_template_nodes": "identifier"}
_VARIABLES = ("extra_vars", "extra_data")
_BLANK: tuple[t.Any, ...] = ("", None, {}, [])


@dataclass
class Thing:
    """An object of AWX. Without ``data``, check mode would create it, or it is ``lost``: it couldn't be created."""

    path: str
    label: str
    data: Object = field(default_factory=dict)
    lost: bool = False
    state: str = "unchanged"

    @property
    def id(self) -> int | None:
        return self.data.get("id")

    @property
    def title(self) -> str:
        return f"{KINDS[self.path][0]} {self.label}"


class Objects:
    """What was done to the objects of one AWX, and what was left undone."""

    def __init__(self, awx: Awx, check_mode: bool) -> None:
        self.awx, self.check_mode = awx, check_mode
        self.things: list[Thing] = []
        self.changes: list[Object] = []  # kind, name, state, fields
        self.diffs: list[Object] = []
        self.left: list[tuple[str, str, str]] = []  # (collection, label, why)

    def bring(
        self,
        path: str,
        name: str,
        fields: t.Mapping[str, t.Any],
        where: t.Mapping[str, t.Any] | None = None,
        at_first: t.Mapping[str, t.Any] | None = None,
        among: t.Mapping[str, t.Any] | None = None,
        label: str = "",
    ) -> Thing:
        """The object of that name, with these fields. Raises Unusable.

        A field's value may be another Thing. ``where`` narrows the search, and is set on a new object; ``among``
        only narrows the search, and ``at_first`` is only for a new object.
        """
        thing = Thing(path, label or name)
        self.things.append(thing)
        where = where or {}
        needed = [value for value in (*where.values(), *fields.values()) if isinstance(value, Thing) and value.lost]
        if needed:
            return self.leave(thing, f"it needs the {needed[0].title}")
        try:
            found = self.find(path, name, {**where, **(among or {})})
            if found is None:
                self._create(thing, {_NAMES.get(path, "name"): name, **where, **fields, **(at_first or {})})
            else:
                thing.data = found
                self.change(thing, fields)
        except AwxError as exc:
            self.leave(thing, self.why(path, exc))
        return thing

    def find(self, path: str, name: str, where: t.Mapping[str, t.Any] | None = None) -> Object | None:
        """The object of that name; None if there is none. Raises AwxError and Unusable."""
        query = _sent(where or {})
        if None in query.values():  # within something that check mode would create
            return None
        found = self.awx.all(path, **{_NAMES.get(path, "name"): name}, **query)
        return found[0] if found else None

    def change(self, thing: Thing, fields: t.Mapping[str, t.Any]) -> None:
        """Write the fields that differ. Raises AwxError and Unusable."""
        new = {name: value for name, value in fields.items() if not _same(name, thing.data.get(name), value)}
        if not new:
            return
        before = {name: thing.data.get(name) for name in new}
        if not self.check_mode:
            thing.data = self.awx.ask("PATCH", f"{thing.path}/{thing.id}", _sent(new))
        self.note(thing, list(new), before, new)

    def _create(self, thing: Thing, fields: t.Mapping[str, t.Any]) -> None:
        thing.state = "created"
        if not self.check_mode:
            thing.data = self.awx.ask("POST", thing.path, _sent(fields))
        self.note(thing, [], {}, fields)

    def note(
        self, thing: Thing, names: t.Sequence[str], before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]
    ) -> None:
        """Record that these fields of a thing were changed; no fields for a new one."""
        known = next((each for each in self.changes if each["thing"] is thing), None)
        if known is None:
            thing.state = "changed" if thing.state == "unchanged" else thing.state
            known = {"thing": thing, "kind": KINDS[thing.path][0], "name": thing.label, "state": thing.state}
            known["fields"] = []
            self.changes.append(known)
        if thing.state == "changed":
            known["fields"] += [name for name in names if name not in known["fields"]]
        texts = [json.dumps(_readable(side), indent=1, sort_keys=True) + "\n" for side in (before, after)]
        header = {"before_header": thing.title, "after_header": thing.title}
        self.diffs.append({**header, "before": texts[0] if before else "", "after": texts[1]})

    def attach(self, thing: Thing, relation: str, others: t.Sequence[Thing]) -> bool:
        """Attach what isn't attached yet; whether anything was. What a person attached stays. Raises Unusable."""
        if thing.lost or not others:
            return False
        there = [each["id"] for each in self.awx.all(f"{thing.path}/{thing.id}/{relation}")] if thing.id else []
        new = list({each.label: each for each in others if each.id is None or each.id not in there}.values())
        attached = []
        for each in new:
            if each.lost:
                self.leave(thing, f"its {relation} need the {each.title}", lost=False)
                continue
            try:
                if not self.check_mode:
                    self.awx.ask("POST", f"{thing.path}/{thing.id}/{relation}", {"id": each.id})
                attached.append(each)
            except AwxError as exc:
                why = f"the {each.title} can't be attached: {self.why(thing.path, exc)}"
                self.leave(thing, why, lost=False)
        if attached:
            self.note(thing, [relation], {}, {relation: [each.label for each in attached]})
        return bool(attached)

    def leave(self, thing: Thing, why: str, lost: bool = True) -> Thing:
        """Record that something couldn't be done; ``lost``: other objects can't use this one either."""
        thing.lost = thing.lost or lost
        self.left.append((thing.path, thing.label, why))
        return thing

    @staticmethod
    def why(path: str, exc: AwxError) -> str:
        if exc.forbidden:
            return f"only {KINDS[path][1]} may do that, with a token that has the scope Write"
        return f"AWX says: {exc}"


def _sent(fields: t.Mapping[str, t.Any]) -> Object:
    """The fields as the API takes them."""
    sent: Object = {}
    for name, value in fields.items():
        value = value.id if isinstance(value, Thing) else value
        sent[name] = json.dumps(value) if name == "extra_vars" and isinstance(value, dict) else value
    return sent


def _same(name: str, have: t.Any, want: t.Any) -> bool:
    if isinstance(want, Thing):
        return want.id is not None and have == want.id
    if name in _VARIABLES:
        have = _variables(have)
    if name == "notification_configuration":  # AWX doesn't show secrets
        shown = have or {}
        return all(shown.get(key) == value for key, value in want.items() if shown.get(key) != SECRET)
    return have == want or (have in _BLANK and want in _BLANK)


def _variables(text: t.Any) -> t.Any:
    try:
        return (yaml.safe_load(text) or {}) if isinstance(text, str) else text
    except yaml.YAMLError:
        return text


def _readable(fields: t.Mapping[str, t.Any]) -> Object:
    """For a diff: names in place of numbers, and without what might be a secret."""
    found: Object = {}
    for name, value in fields.items():
        if name in ("inputs", "notification_configuration") and "fields" not in (value or {}):
            value = dict.fromkeys(value or {}, SECRET)
        found[name] = value.label if isinstance(value, Thing) else value
    return found
