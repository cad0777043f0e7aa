# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_integration; see its documentation."""

from __future__ import annotations

import typing as t

from ..module_utils._domain.shown import shown
from ..module_utils._ops import integration
from ..module_utils._ops.context import Context, Params, Result
from ..module_utils._ops.outcome import failed, product_of
from ..plugin_utils._asked import asked_to_restore, confirms_owner
from ..plugin_utils._variables import NotAsked, extra_variables
from . import cw_api_key


class ActionModule(cw_api_key.ActionModule):
    takes_pair = True
    spec = staticmethod(integration.argument_spec)
    _restores = _confirms_owner = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        try:
            extra = extra_variables(self._loader)
            self._restores, self._confirms_owner = asked_to_restore(extra), confirms_owner(extra)
        except NotAsked as exc:
            return {"failed": True, "changed": False, "msg": shown(f"Nothing was changed. {exc}")}
        return super().run(tmp, task_vars)

    def operation(self, params: Params, context: Context) -> Result:
        confirmed = params["owner_confirmed"] or self._confirms_owner
        params = {**params, "restore": params["restore"] or self._restores, "owner_confirmed": confirmed}
        return integration.run(params, context, self.store(params, context.client.connection), self.hand_in(params))

    def noted(self, reason: str) -> dict[str, t.Any]:
        member = str(self._task.args.get("member"))
        return {"outcome": failed(product_of({"member": member, **self._task.args}), member, reason)}
