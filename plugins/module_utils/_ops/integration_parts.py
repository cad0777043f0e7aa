# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of cw_integration over one session: role, member, key. PRIVATE to this collection.

Each part is the operation of the module of the same name. No part reads what an earlier one has read.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._client import errors
from .._keys.pair import KeyPair
from .._keys.ports import PairInbox, PairStore
from .._keys.rest import RestKeys
from .._resources import api_members
from .._resources.records import Record, record_id, reference_of, text_of
from . import api_key, api_member, arguments, instance_info, security_role
from .context import Context, Params, Result
from .ownership import Ownership


class Parts:
    """``store`` holds the pair; ``ownership`` knows what this collection created on the instance."""

    def __init__(
        self, params: Params, context: Context, store: PairStore, hand_in: PairInbox | None, ownership: Ownership
    ) -> None:
        self._params, self._context = params, context
        self._store, self._hand_in = store, hand_in
        self._ownership = ownership
        self.role_plan: security_role.Plan | None = None
        self.member_plan: api_member.Plan | None = None
        self._known: Record | None = None  # the member as last read, if it is active

    def instance(self) -> Result:
        options = self._filled(instance_info.argument_spec(), {"gather": ["rights"]})
        return t.cast(Result, instance_info.run(options, self._context)["instance"])

    def check(self, role: Params | None, member: Params) -> None:
        """Plan both; only reads. Raises InputError with all problems of both, and Refused."""
        problems: list[str] = []
        if role is not None:
            with _collected(problems):
                self._plan_role(role)
        with _collected(problems):
            filled = self._filled(api_member.argument_spec(), member)
            self.member_plan = self._plan_member(filled)
        if problems:
            raise errors.InputError(problems, f"{member['identifier']} on {self._context.instance}")

    def _plan_role(self, options: Params) -> None:
        self._context.roles.expect(options["name"])  # first: if its plan fails, the member's still finds it
        filled = self._filled(security_role.argument_spec(), options)
        ownership = self._ownership
        plan = security_role.plan(filled, self._context, ownership.has_role, ownership.recorded_role)
        self.role_plan = plan
        if plan.role is not None and plan.listed:
            self._context.roles.exists(options["name"])
        elif plan.role is not None:
            self._context.roles.expect(options["name"], plan.role.role_id)

    def _plan_member(self, filled: Params) -> api_member.Plan:
        ownership = self._ownership
        return api_member.plan(filled, self._context, ownership.has_member, ownership.recorded_member)

    @property
    def creates_member(self) -> bool:
        return self.member_plan is not None and self.member_plan.member is None

    def create_role(self, options: Params) -> None:
        """Create the planned security role if it doesn't exist, still without levels."""
        plan = t.cast(security_role.Plan, self.role_plan)
        if plan.role is not None:
            return
        role = security_role.create(plan, self._filled(security_role.argument_spec(), options), self._context)
        self._ownership.note(role_id=role.role_id)
        self._context.roles.expect(options["name"], role.role_id)
        # for a failure of the member, which comes before the levels
        seen = {"role": {"id": role.role_id, "name": role.name}, "created": True, "levels_set": 0}
        self._context.partial.update(role={"changed": True, **seen}, changed=True)

    def role(self, options: Params) -> Result:
        filled = self._filled(security_role.argument_spec(), options)
        if self.role_plan is None:
            ownership = self._ownership
            return security_role.run(filled, self._context, ownership.has_role, ownership.recorded_role)
        result = security_role.apply(self.role_plan, filled, self._context)
        self._context.roles.expect(options["name"], result["role"]["id"])
        return result

    def keep_current_role(self) -> str:
        """Drop the change of the member's security role from the plan. Returns the role it keeps, empty if none."""
        plan = self.member_plan
        if plan is None or plan.member is None or "securityRole" not in plan.values:
            return ""
        now = reference_of(plan.member, "securityRole")
        if record_id(now) is None or not api_members.is_active(plan.member):
            return ""
        plan.drop("securityRole", "security_role")
        return text_of(now, "name") or text_of(now, "identifier") or f"id {record_id(now)}"

    def member(self, options: Params) -> Result:
        filled = self._filled(api_member.argument_spec(), options)
        plan = self.member_plan or self._plan_member(filled)
        result = api_member.apply(plan, filled, self._context, lambda new: self._ownership.note(member_id=new))
        self._known = plan.seen if plan.seen and api_members.is_active(plan.seen) else None
        return result

    def key(self, options: Params, stored: bool = True) -> Result:
        """As cw_api_key; with ``stored``, the pair is in the store."""
        filled = self._filled(api_key.argument_spec(), options)
        ours = api_key.Ours(
            self._ownership.record.member_id,
            self._ownership.public_keys,
            self._ownership.restores,
            _HOW_TO_REPLACE,
            _HOW_TO_CONFIRM,
            self._ownership.record.refused,
            self._check_member,
        )
        if not stored:
            return api_key.run(filled, self._context, known=self._known, ours=ours)
        return api_key.run(filled, self._context, self._store, self._hand_in, self._known, ours)

    def logs_in(self, pair: KeyPair) -> bool:
        """Whether a stored pair logs in. Raises CwError if that can't be determined."""
        keys = RestKeys(self._context.client, self._context.scrubber, self._params["member"], None, "ignore")
        return keys.login(pair).logs_in

    def _check_member(self) -> None:
        """Check the member before a key is created, if nothing has read it yet (a rotation)."""
        if self._known is None and self.member_plan is None:
            recorded = self._ownership.recorded_member
            found = api_members.look_for(self._context.client, self._params["member"], recorded)
            self._ownership.check_member(found.member)

    def _filled(self, spec: t.Mapping[str, t.Any], options: Params) -> dict[str, t.Any]:
        return arguments.filled(spec, self._params, options)


_HOW_TO_REPLACE = (
    "run the playbook again with -e onboard_restore=true -e target=<host> -e vendor=<vendor>, or hand in a"
    " working pair"
)
_HOW_TO_CONFIRM = (
    "run the playbook again with -e onboard_confirmed_owner=true -e target=<host> -e vendor=<vendor>"
    " (owner_confirmed: true in a task)"
)


@contextlib.contextmanager
def _collected(problems: list[str]) -> t.Iterator[None]:
    """Collect problems of the input, so that they are reported together."""
    try:
        yield
    except errors.InputError as exc:
        problems += exc.problems
