# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_api_member: an API member exists as described, or is inactive. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._client import errors, routes
from .._domain.attempt import attempt_in, with_attempt, without_attempt
from .._domain.names import same_name
from .._resources import api_members
from .._resources.api_members import TEXTS
from .._resources.records import NOT_RECORDED, Record, Recorded, record_id, reference_of, text_of
from .._resources.references import PENDING_ROLE, REFERENCES, Lookups, Resolver, label, reference_matches
from .._resources.settling import unseen
from . import arguments
from .api_member_info import member_result
from .context import Context, Params, Result, line_diff


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
    """``member`` is None if it must be created; ``seen`` is the member as last read. ``values`` go to the API
    unchanged; ``preview`` is what the member will then show; ``lines`` are the same as a diff: (what, before, after).
    """

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
        """Change a reference. It is written as a whole, with nothing but its id."""
        self.change(api, {"id": record_id(reference)}, what, before, after)
        self.preview[api] = {"name": after, **reference}


def run(params: Params, context: Context) -> Result:
    return apply(plan(params, context), params, context)


def plan(
    params: Params,
    context: Context,
    is_ours: t.Callable[[Record], bool] = lambda _member: False,
    recorded: Recorded = NOT_RECORDED,
) -> Plan:
    """Plan the changes; only reads. Raises InputError and Refused.

    ``is_ours`` says whether this collection created a member, ``recorded`` is the one that it created.
    """
    problems = _check_texts(params)
    if problems:
        raise errors.InputError(problems)
    found = api_members.look_for(context.client, params["identifier"], recorded, params["state"] == "present")
    member = found.member
    made = Plan(member)
    resolver = Resolver(Lookups(context.client), context.roles.is_pending, _assume(context), made.problems)
    if params["state"] == "absent":
        _plan_absence(made)
    elif member is None:
        if found.holder is not None:
            made.problems.append(_taken(found.holder))
        _plan_creation(made, params, resolver, context)
    else:
        _plan_update(made, member, params, resolver)
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
            f"identifier {identifier!r} has {len(identifier)} characters;"
            f" the limit for an API member is {api_members.IDENTIFIER_LENGTH}"
        )
    for option, (_api, longest) in TEXTS.items():
        if longest and len(params[option] or "") > longest:
            problems.append(f"{option} has {len(params[option])} characters; the limit is {longest}")
    return problems


def _taken(holder: Record) -> str:
    """Why the identifier can't be given to a new API member."""
    name = " ".join(filter(None, (text_of(holder, "firstName"), text_of(holder, "lastName")))) or "somebody"
    unlisted = text_of(holder, "licenseClass") == "A"
    what = "an API member that /system/apiMembers doesn't show" if unlisted else "an ordinary member"
    state = "" if api_members.is_active(holder) else ", inactive"
    return (
        f"identifier {text_of(holder, 'identifier')!r} belongs to {name}, {what} (id {record_id(holder)}{state}):"
        " choose another (<vendor>_member_identifier; identifier or member in a task)"
    )


def _assume(context: Context) -> t.Callable[[str], bool]:
    """Whether to assume that another task creates a missing security role: in check mode, with a warning."""

    def assume(role: str) -> bool:
        if context.check_mode:
            context.warn(
                f"Security role {role!r} doesn't exist on {context.instance} yet;"
                " check mode assumes an earlier task creates it."
            )
        return context.check_mode

    return assume


def _plan_creation(plan: Plan, params: Params, resolver: Resolver, context: Context) -> None:
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
        reference = resolver.for_new_member(wanted, params[wanted.option], default)
        if reference is not None:
            plan.refer(wanted.api, reference, wanted.option, "", label(reference, params[wanted.option]))
    boards = resolver.board_ids(params["excluded_boards"])
    if boards:
        plan.change("excludedServiceBoardIds", boards, "excluded_boards", [], boards)


def _plan_update(plan: Plan, member: Record, params: Params, resolver: Resolver) -> None:
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
        if value is None or reference_matches(before_reference, value):
            continue
        reference = resolver.resolve(wanted, value)
        if reference is not None and (reference is PENDING_ROLE or record_id(reference) != record_id(before_reference)):
            plan.refer(wanted.api, reference, wanted.option, label(before_reference, "-"), label(reference, value))
    boards = resolver.board_ids(params["excluded_boards"])
    before_boards = member.get("excludedServiceBoardIds") or []
    if boards is not None and set(boards) != set(before_boards):
        plan.change("excludedServiceBoardIds", boards, "excluded_boards", before_boards, boards)


def apply(
    plan: Plan, params: Params, context: Context, created: t.Callable[[int], None] = lambda _member_id: None
) -> Result:
    """Carry the plan out, read the member back, and return what was read. ``created`` gets a new member's id at once.

    Raises NotVisible if the instance doesn't show a new member in time, and NotKept if it shows other values.
    """
    member = plan.member
    if params["state"] == "absent" and member is None:
        return {"changed": False, "created": False, "member": None, "diff": line_diff("API member", [])}
    identifier = params["identifier"].strip()
    after: Record = {**(member or {}), **plan.preview}
    if plan.values and not context.check_mode:
        _fill_in_role_id(plan, params, context)
        after = _create(plan, context, created) if member is None else _patch(member, plan.values, context)
    plan.seen = None if context.check_mode and member is None else after
    return {
        "changed": bool(plan.values),
        "created": member is None,
        "member": member_result(after),
        "diff": line_diff(f"API member {identifier} on {context.instance}", plan.lines),
    }


def _create(plan: Plan, context: Context, created: t.Callable[[int], None]) -> Record:
    client, route = context.client, routes.API_MEMBER_CREATE
    member_id = api_members.create_member(client, plan.values)
    if member_id is None:
        detail = "the list doesn't show the new member"
        raise errors.NotKept(context.instance, route.method, route.template, detail=detail)
    created(member_id)
    after, visible = api_members.read_written(client, member_id, lambda _seen: True)
    if not visible or after is None:
        waited = unseen(client.connection.settle_timeout)
        detail = f"API member {plan.values['identifier']!r} (id {member_id}) {waited}"
        raise errors.NotVisible(context.instance, route.method, route.template, detail=detail)
    wrong = _not_kept(after, plan.values)
    if not wrong:
        return after
    # it is visible, so this isn't a delay: the creation ignored these values
    return _patch(after, {api: plan.values[api] for api in wrong}, context)


def _patch(member: Record, values: Record, context: Context) -> Record:
    client = context.client
    api_members.patch_member(client, member, values)
    member_id = t.cast(int, record_id(member))
    after, visible = api_members.read_written(client, member_id, lambda seen: not _not_kept(seen, values))
    if visible and after is not None:
        return after
    route, wrong = routes.API_MEMBER_PATCH, sorted(values) if after is None else _not_kept(after, values)
    raise errors.NotKept(
        context.instance,
        route.method,
        route.path(member=member_id),
        detail=f"{', '.join(wrong)} {unseen(client.connection.settle_timeout)}",
        fix="If that doesn't help, check the member in System > Members > API Members",
    )


def _not_kept(after: Record, values: Record) -> list[str]:
    """The values that read back differently. An instance may change the case of an identifier."""
    wrong = [api for api, value in values.items() if not _same_value(after.get(api), value)]
    return [api for api in wrong if api != "identifier" or not same_name(text_of(after, api), values[api])]


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


def _fill_in_role_id(plan: Plan, params: Params, context: Context) -> None:
    """Fill in the id of a role that was created after the plan."""
    if plan.values.get("securityRole") == PENDING_ROLE:
        plan.values["securityRole"] = {"id": context.roles.created_id(params["security_role"])}


def _text(value: str | None) -> str | None:
    """As an instance stores it: without surrounding spaces."""
    return None if value is None else value.replace("\r\n", "\n").strip()
