# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of cw_integration as operations over one session. PRIVATE to this collection."""

from __future__ import annotations

import contextlib
import typing as t

from .._client import errors
from .._keys.ports import Keys
from . import api_key, api_member, arguments, instance_info, security_role
from .context import Context, Params, Result
from .integration import Steps


class OneSession(Steps):
    """The operations themselves, over the session of ``context``.

    What one has read isn't read again by the next. ``keep`` is cw_api_key with the place of the pair:
    called with the options of the part, the context, and the keys of the member.
    """

    def __init__(self, params: Params, context: Context, keep: t.Callable[[Params, Context, Keys], Result]) -> None:
        self._params, self._context, self._keep = params, context, keep
        self._role_plan: security_role.Plan | None = None
        self._member_plan: api_member.Plan | None = None
        self._active_id: int | None = None

    def instance(self, options: Params) -> Result:
        return instance_info.run(self._filled(instance_info.argument_spec(), options), self._context)

    def check(self, role: Params | None, member: Params) -> None:
        problems: list[str] = []
        if role is not None:
            with _collected(problems):
                self._plan_role(role)
        with _collected(problems):
            self._member_plan = api_member.plan(self._filled(api_member.argument_spec(), member), self._context)
        if problems:
            raise errors.InputError(problems, f"{member['identifier']} on {self._context.instance}")

    def _plan_role(self, options: Params) -> None:
        self._context.makes_role(options["name"])  # or its plan fails: the member's plan isn't to miss it then
        self._role_plan = security_role.plan(self._filled(security_role.argument_spec(), options), self._context)
        if self._role_plan.role is not None:
            self._context.has_role(options["name"])

    def role(self, options: Params) -> Result:
        filled = self._filled(security_role.argument_spec(), options)
        if self._role_plan is None:
            return security_role.run(filled, self._context)
        result = security_role.apply(self._role_plan, filled, self._context)
        self._context.makes_role(options["name"], result["role"]["id"])
        return result

    def member(self, options: Params) -> Result:
        filled = self._filled(api_member.argument_spec(), options)
        if self._member_plan is None:
            return api_member.run(filled, self._context)
        result = api_member.apply(self._member_plan, filled, self._context)
        seen = result["member"] or {}
        self._active_id = seen["id"] if seen.get("active") else None
        return result

    def key(self, options: Params) -> Result:
        filled = self._filled(api_key.argument_spec(), options)
        return self._keep(filled, self._context, api_key.rest_keys(filled, self._context, self._active_id))

    def _filled(self, spec: t.Mapping[str, t.Any], options: Params) -> dict[str, t.Any]:
        return arguments.filled(spec, self._params, options)


@contextlib.contextmanager
def _collected(problems: list[str]) -> t.Iterator[None]:
    """Problems of the input are collected, so that they can be told together."""
    try:
        yield
    except errors.InputError as exc:
        problems += exc.problems
