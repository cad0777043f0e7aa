# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_integration, whose parts run in-process or as modules; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ..module_utils._client import errors
from ..module_utils._keys.ports import Store
from ..module_utils._ops import api_key, arguments, integration
from ..module_utils._ops import run as runner
from ..module_utils._ops.context import Context, Params, Result
from ..module_utils._ops.integration_session import OneSession
from ..plugin_utils._action import display
from ..plugin_utils._module_keys import ModuleKeys, counted, expected
from ..plugin_utils._vault_store import Vault
from . import cw_api_key


class ActionModule(cw_api_key.ActionModule):
    module = "cw_integration"
    takes_pair = True
    spec = staticmethod(integration.argument_spec)

    def operation(self, params: Params, context: Context) -> Result:
        steps = OneSession(params, context, self.operate_with)
        return integration.run(params, context, steps, self._place(params, context))

    def noted(self, reason: str) -> dict[str, t.Any]:
        return {"outcome": integration.failed(self._task.args, reason)}

    def run_module(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Each part as its own module, and the pair kept here."""
        if self._task.async_val:
            raise AnsibleActionFail("The key pair is kept on the controller, so async can't be used.")
        with self.environment():
            steps: list[_ByModule] = []

            def operate(params: Params, context: Context) -> Result:
                steps.append(_ByModule(self, args, params, context, task_vars))
                return integration.run(params, context, steps[0], self._place(params, context))

            params = self.validated_without_login()
            result = runner.execute(
                operate, params, self._task.check_mode, self._task.diff, progress=display.display
            )
        if steps:
            result["requests"] = steps[0].requests
        return result

    def _place(self, params: Params, context: Context) -> Store:
        return self._store(params, context.client.connection, Vault(self._loader._vault.secrets, params["vault_id"]))


class _ByModule(integration.Steps):
    """The modules of the parts, on the machine that the task's connection leads to."""

    def __init__(
        self, action: ActionModule, args: Params, params: Params, context: Context, task_vars: dict[str, t.Any]
    ) -> None:
        self._action, self._params, self._context, self._task_vars = action, params, context, task_vars
        self._connection = {name: args[name] for name in arguments.CONNECTION if name in args}
        self.requests = {"read": 0, "written": 0, "retried": 0}

    def instance(self, options: Params) -> Result:
        return self._run("cw_instance_info", options)

    def check(self, role: Params | None, member: Params) -> None:
        problems: list[str] = []
        for module, options in (("cw_security_role", role), ("cw_api_member", member)):
            # a missing role is none in check mode, which is how both are asked
            result = self._action.module_part(module, self._args(options), self._task_vars, True) if options else {}
            problems += result.get("problems") or ([str(result["msg"])] if result.get("failed") else [])
        if problems:
            raise errors.InputError(problems, f"{member['identifier']} on {self._context.instance}")

    def role(self, options: Params) -> Result:
        return self._run("cw_security_role", options)

    def member(self, options: Params) -> Result:
        return self._run("cw_api_member", options)

    def key(self, options: Params) -> Result:
        filled = arguments.filled(api_key.argument_spec(), self._params, options)
        keys = ModuleKeys(
            self._args(options),
            lambda step, check: self._action.module_part("cw_api_key", step, self._task_vars, check),
        )
        keys.requests = self.requests
        return self._action.operate_through(keys, filled, self._context)

    def _args(self, options: Params) -> dict[str, t.Any]:
        return {**self._connection, **{name: value for name, value in options.items() if value is not None}}

    def _run(self, module: str, options: Params) -> Result:
        result = counted(self._action.module_part(module, self._args(options), self._task_vars, False), self.requests)
        self._context.warnings.extend(result.get("warnings") or [])
        return expected(result)
