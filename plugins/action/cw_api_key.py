# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In-process twin of the module cw_api_key, and the keeper of its store; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._client.connection import Connection
from ..module_utils._keys.ports import Keys, NoStore, Place, Store
from ..module_utils._keys.store import DocumentStore
from ..module_utils._ops import api_key
from ..module_utils._ops import run as runner
from ..module_utils._ops.context import Context, Params, Result
from ..module_utils._ops.credentials_store import chosen_store
from ..plugin_utils._action import OperationAction, display
from ..plugin_utils._module_keys import ModuleKeys
from ..plugin_utils._stores import make_place
from ..plugin_utils._vault_store import FileHandIn, Vault


class ActionModule(OperationAction):
    module = "cw_api_key"
    spec = staticmethod(api_key.argument_spec)
    _task_vars: dict[str, t.Any]
    _places: list[Place]

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._task_vars, self._places = task_vars or {}, []
        try:
            result = super().run(tmp, task_vars)
        finally:
            for place in self._places:
                place.close()
        if "private_key" in result:
            # the registered value stays whole, and nothing of it is ever shown
            result["_ansible_no_log"] = True
        return result

    def operation(self, params: Params, context: Context) -> Result:
        return self.operate_with(params, context, api_key.rest_keys(params, context))

    def run_module(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Steps of the module where the pair is kept on the controller, else the module as it is."""
        kept_here = args.get("credentials_file") or args.get("store") or args.get("pair_file")
        if self._task.async_val and (kept_here or boolean(args.get("return_private_key") or False, strict=False)):
            raise AnsibleActionFail(
                "credentials_file, store, pair_file and return_private_key are the controller's, so async can't be"
                " used: its result would lie in a file, and be shown."
            )
        if not kept_here:
            return self._with_own_half(super().run_module(args, task_vars), args)
        with self.environment():
            keys = ModuleKeys(args, lambda step, check_mode: self.module_part(self.module, step, task_vars, check_mode))
            result = runner.execute(
                lambda params, context: self.operate_through(keys, params, context),
                self.validated_without_login(),
                check_mode=self._task.check_mode,
                diff_mode=self._task.diff,
                progress=display.display,
            )
        result["requests"] = keys.requests
        return result

    def _with_own_half(self, result: dict[str, t.Any], args: dict[str, t.Any]) -> dict[str, t.Any]:
        """A module masks what it was given, also where it is asked to return it."""
        given = str(args.get("pair_private_key") or "").strip()
        if "private_key" in result and given and result.get("public_key") == str(args["pair_public_key"]).strip():
            result["private_key"] = given
        return result

    def validated_without_login(self) -> dict[str, t.Any]:
        """The options where another machine makes the requests; a file with the private key lies there."""
        params = self.validated()
        params["private_key"] = params["private_key"] or params["private_key_file"]
        return params

    def module_part(
        self, module: str, args: dict[str, t.Any], task_vars: dict[str, t.Any], check_mode: bool
    ) -> dict[str, t.Any]:
        """One run of a module where the task's connection leads to; with ``check_mode`` it only looks."""
        before = self._task.check_mode
        self._task.check_mode = before or check_mode
        try:
            return self.execute_module(module, args, task_vars)
        finally:
            self._task.check_mode = before

    def operate_through(self, keys: ModuleKeys, params: Params, context: Context) -> Result:
        company = context.client.connection.company
        keys.learn = lambda pair: context.scrubber.add_login(company, pair.public_key, pair.private_key)
        return self.operate_with(params, context, keys)

    def operate_with(self, params: Params, context: Context, keys: Keys) -> Result:
        vault = Vault(self._loader._vault.secrets, params["vault_id"])
        hand_in = FileHandIn(params["pair_file"], vault) if params["pair_file"] else None
        return api_key.run_with(params, context, keys, self._store(params, context.client.connection, vault), hand_in)

    def _store(self, params: Params, connection: Connection, vault: Vault) -> Store:
        """Where the pair is kept: on the controller, or where the controller reaches."""
        store = chosen_store(params, "credentials_file")
        if store is None:
            return NoStore()
        place = make_place(store, self, self._task_vars)
        self._places.append(place)
        return DocumentStore(place, connection.site.kept_as, connection.company, params["member"])
