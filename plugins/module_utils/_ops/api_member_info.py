# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_api_member_info: API members in the shape that cw_api_member takes. PRIVATE to this collection."""

from __future__ import annotations

from .._domain.attempt import without_attempt
from .._resources import api_members
from .._resources.records import Record, record_id, reference_of, text_of
from .._resources.references import REFERENCES, label
from . import arguments
from .context import Context, Params, Result


def argument_spec() -> arguments.Spec:
    return {**arguments.connection_spec(), "identifier": {"type": "str"}}


def run(params: Params, context: Context) -> Result:
    members = api_members.list_members(context.client)
    if params["identifier"]:
        wanted = params["identifier"]
        found = api_members.find_member(members, wanted)
        members = [found] if found else [member for member in members if str(record_id(member)) == wanted]
    return {"changed": False, "members": [member_result(member) for member in members]}


def member_result(member: Record) -> Result:
    """A member, with the option names of cw_api_member; a reference that isn't set is None."""
    boards = member.get("excludedServiceBoardIds")
    result: Result = {
        "id": record_id(member),
        "identifier": text_of(member, "identifier"),
        "active": api_members.is_active(member),
        "security_role_id": record_id(reference_of(member, "securityRole")),
        "excluded_boards": [str(board) for board in boards] if isinstance(boards, list) else [],
    }
    for option, (api, _length) in api_members.TEXTS.items():
        result[option] = without_attempt(text_of(member, api)) if api == "notes" else text_of(member, api)
    for field in REFERENCES:
        reference = reference_of(member, field.api)
        result[field.option] = label(reference) or None
    return result
