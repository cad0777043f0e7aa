# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_api_member: an API member exists as described, or is inactive. PRIVATE to this collection."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .._client import errors, routes
from .._domain.attempt import attempt_in, with_attempt, without_attempt
from .._resources import api_members
from .._resources.api_members import REFERENCES, TEXTS, Lookups, ReferenceField
from .._resources.records import Record, record_id, reference_of, text_of
from . import arguments
from .api_member_info import member_result
from .context import Context, Params, Result, line_diff

READ_BACK_PAUSE = 1.0
_UNBORN: Record = {"id": None}  # the reference to a role that is yet to be made


def argument_spec() -> arguments.Spec:
    texts: arguments.Spec = {option: {"type": "str"} for option in TEXTS}
    references: arguments.Spec = {reference.option: {"type": "str"} for reference in REFERENCES}
    return {
        **arguments.connection_spec(),
        "identifier": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **texts,
        **references,
        "excluded_boards": {"type": "list", "elements": "str"},
    }


@dataclass
class Plan:
    """``member`` is None where it has to be created, ``seen`` the member as it was read last. ``values`` go to the API
    as they are; ``preview`` is what the member will show of them; ``lines`` are the same for people: (what, before,
    after)."""

    member: Record | None = None
    values: Record = field(default_factory=dict)
    preview: Record = field(default_factory=dict)
    lines: list[tuple[str, t.Any, t.Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seen: Record | None = None

    def change(self, api: str, value: t.Any, what: str, before: t.Any, after: t.Any) -> None:
        self.values[api] = self.preview[api] = value
        self.lines.append((what, before, after))

    def drop(self, api: str, what: str) -> None:
        """Leave this value as it is."""
        self.values.pop(api)
        self.preview.pop(api)
        self.lines = [line for line in self.lines if line[0] != what]

    def refer(self, api: str, reference: Record, what: str, before: t.Any, after: str) -> None:
        """A reference is written whole and bare: its id alone."""
        self.change(api, {"id": record_id(reference)}, what, before, after)
        self.preview[api] = {"name": after, **reference}


def run(params: Params, context: Context) -> Result:
    return apply(plan(params, context), params, context)


def plan(params: Params, context: Context, is_ours: t.Callable[[Record], bool] = lambda _member: False) -> Plan:
    """What is to be done, by reading alone. Raises InputError and Refused, before anything is written.

    ``is_ours`` tells whether this collection created a member.
    """
    problems = _check_texts(params)
    if problems:
        raise errors.InputError(problems)
    member = api_members.find_member(api_members.list_members(context.client), params["identifier"])
    made = Plan(member)
    lookups = Lookups(context.client)
    if params["state"] == "absent":
        _plan_absence(made)
    elif member is None:
        _plan_creation(made, params, lookups, context)
    else:
        _plan_update(made, member, params, lookups, context)
    if member is not None and made.values:
        what = f"{', '.join(line[0] for line in made.lines)} would be changed"
        context.identity.guard_member(text_of(member, "identifier"), what, is_ours(member))
    if made.problems:
        raise errors.InputError(made.problems, f"API member {params['identifier']!r} on {context.instance}")
    return made


def _check_texts(params: Params) -> list[str]:
    problems = []
    identifier = params["identifier"].strip()
    if not identifier:
        problems.append("identifier is empty")
    if len(identifier) > api_members.IDENTIFIER_LENGTH:
        problems.append(
            f"identifier {identifier!r} has {len(identifier)} characters,"
            f" an API member can have {api_members.IDENTIFIER_LENGTH}"
        )
    for option, (_api, longest) in TEXTS.items():
        if longest and len(params[option] or "") > longest:
            problems.append(f"{option} has {len(params[option])} characters, {longest} is the most")
    return problems


def _plan_creation(plan: Plan, params: Params, lookups: Lookups, context: Context) -> None:
    default = api_members.default_member(context.client)
    identifier = params["identifier"].strip()
    plan.lines.append((f"API member {identifier}", "absent", "present"))
    plan.values["identifier"] = plan.preview["identifier"] = identifier
    for option, (api, _longest) in TEXTS.items():
        value = _text(params[option]) if params[option] is not None else text_of(default, api)
        if option == "name" and not value:
            value = identifier
        if value:
            plan.change(api, value, option, "", value)
    for wanted in REFERENCES:
        reference = _new_reference(plan, wanted, params, default, lookups, context)
        if reference is not None:
            plan.refer(wanted.api, reference, wanted.option, "", _label(reference, params[wanted.option]))
    boards = _board_ids(plan, params, lookups)
    if boards:
        plan.change("excludedServiceBoardIds", boards, "excluded_boards", [], boards)


def _new_reference(
    plan: Plan, wanted: ReferenceField, params: Params, default: Record, lookups: Lookups, context: Context
) -> Record | None:
    """What a new member refers to: as the option says, else as the instance's own default member has it."""
    if params[wanted.option] is not None:
        return _resolve(plan, wanted, params[wanted.option], lookups, context)
    reference = reference_of(default, wanted.api)
    if record_id(reference) is not None and wanted.option != "security_role":
        return reference
    if wanted.required:
        choices = ", ".join(lookups.names(wanted.route)) or "none"
        plan.problems.append(f"{wanted.option} ({wanted.label}) is needed for a new member; there are: {choices}")
    return None


def _plan_update(plan: Plan, member: Record, params: Params, lookups: Lookups, context: Context) -> None:
    if not api_members.is_active(member):
        plan.change("inactiveFlag", False, "active", False, True)
    for option, (api, _longest) in TEXTS.items():
        there = text_of(member, api)
        before = without_attempt(there) if option == "notes" else there
        wanted_text = _text(params[option])
        if wanted_text is not None and wanted_text != _text(before):
            written = with_attempt(wanted_text, attempt_in(there)) if option == "notes" else wanted_text
            plan.change(api, written, option, before, wanted_text)
    for wanted in REFERENCES:
        value = params[wanted.option]
        before_reference = reference_of(member, wanted.api)
        if value is None or api_members.reference_matches(before_reference, value):
            continue
        reference = _resolve(plan, wanted, value, lookups, context)
        if reference is not None and (reference is _UNBORN or record_id(reference) != record_id(before_reference)):
            plan.refer(wanted.api, reference, wanted.option, _label(before_reference, "-"), _label(reference, value))
    boards = _board_ids(plan, params, lookups)
    before_boards = member.get("excludedServiceBoardIds") or []
    if boards is not None and set(boards) != set(before_boards):
        plan.change("excludedServiceBoardIds", boards, "excluded_boards", before_boards, boards)


def _resolve(plan: Plan, wanted: ReferenceField, value: str, lookups: Lookups, context: Context) -> Record | None:
    if wanted.option == "security_role" and context.role_is_to_come(value):
        return _UNBORN
    found = lookups.find(wanted.route, value)
    if len(found) == 1:
        return found[0]
    if not found and wanted.option == "security_role" and context.check_mode:
        context.warn(
            f"Security role {value!r} isn't on {context.instance} yet;"
            " this check run takes it that an earlier task makes it."
        )
        return _UNBORN
    if found:
        ids = ", ".join(str(record_id(record)) for record in found)
        plan.problems.append(f"{wanted.option} {value!r} is ambiguous (ids {ids}): give the id")
        return None
    choices = ", ".join(lookups.names(wanted.route)) or "none"
    plan.problems.append(f"{wanted.option} {value!r} isn't on this instance; there are: {choices}")
    return None


def _board_ids(plan: Plan, params: Params, lookups: Lookups) -> list[int] | None:
    if params["excluded_boards"] is None:
        return None
    ids: list[int] = []
    for name in params["excluded_boards"]:
        found = lookups.find(routes.BOARDS, name)
        board = record_id(found[0]) if len(found) == 1 else None
        if board is not None:
            ids.append(board)
            continue
        choices = ", ".join(lookups.names(routes.BOARDS)) or "none"
        fault = "is ambiguous" if found else "is no board"
        plan.problems.append(f"excluded_boards {name!r} {fault}; there are: {choices}")
    return sorted(set(ids))


def apply(plan: Plan, params: Params, context: Context) -> Result:
    """Do what is planned, read it back, and tell what was seen."""
    member = plan.member
    if params["state"] == "absent" and member is None:
        return {"changed": False, "created": False, "member": None, "diff": line_diff("API member", [])}
    identifier = params["identifier"].strip()
    after: Record = {**(member or {}), **plan.preview}
    if plan.values and not context.check_mode:
        _take_up_role(plan, params, context)
        if member is None:
            written: Record | None = api_members.create_member(context.client, plan.values)
        else:
            written = api_members.patch_member(context.client, t.cast(int, record_id(member)), plan.values)
        after = _verified(written, plan.values, plan.member is None, context)
    plan.seen = None if context.check_mode and member is None else after
    return {
        "changed": bool(plan.values),
        "created": member is None,
        "member": member_result(after),
        "diff": line_diff(f"API member {identifier} on {context.instance}", plan.lines),
    }


def _verified(after: Record | None, values: Record, created: bool, context: Context) -> Record:
    """The member as read back; read once more after a pause where a write doesn't show yet."""
    wrong = _not_kept(after, values)
    if wrong and after is not None and record_id(after) is not None:
        time.sleep(READ_BACK_PAUSE)
        after = api_members.read_member(context.client, t.cast(int, record_id(after)))
        wrong = _not_kept(after, values)
    if wrong or after is None:
        route = routes.API_MEMBER_CREATE if created else routes.API_MEMBER_PATCH
        raise errors.NotKept(
            context.instance,
            route.method,
            route.path(member=record_id(after or {}) or "?"),
            detail=f"read back differently: {', '.join(wrong) or 'the whole member'}",
            fix="Look at the member in System > Members > API Members",
        )
    return after


def _not_kept(after: Record | None, values: Record) -> list[str]:
    if after is None:
        return sorted(values)
    return [api for api, value in values.items() if not _same_value(after.get(api), value)]


def _same_value(after: t.Any, value: t.Any) -> bool:
    if isinstance(value, dict):
        return isinstance(after, dict) and record_id(after) == value.get("id")
    if isinstance(value, list):
        return set(after or []) == set(value)
    if isinstance(value, str):
        return _text(after if isinstance(after, str) else "") == _text(value)
    return bool(after) == bool(value)


def _plan_absence(plan: Plan) -> None:
    if plan.member is not None and api_members.is_active(plan.member):
        plan.change("inactiveFlag", True, "active", True, False)


def _take_up_role(plan: Plan, params: Params, context: Context) -> None:
    """The id of a role that was made since the plan."""
    if plan.values.get("securityRole") == _UNBORN:
        plan.values["securityRole"] = {"id": context.made_role(params["security_role"])}


def _label(reference: Record, fallback: str | None) -> str:
    return text_of(reference, "name") or text_of(reference, "identifier") or str(fallback or "")


def _text(value: str | None) -> str | None:
    """As an instance keeps it: without blanks around it."""
    return None if value is None else value.replace("\r\n", "\n").strip()
