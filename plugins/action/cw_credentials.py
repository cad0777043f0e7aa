# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_credentials, which always runs on the controller; see its documentation."""

from __future__ import annotations

import contextlib
import typing as t

from ..module_utils._client.errors import InputError
from ..module_utils._keys.document import utc_now
from ..module_utils._keys.ports import PairBackend
from ..module_utils._ops import credentials, move_pair
from ..module_utils._ops.credentials_store import chosen_store
from ..plugin_utils._store_action import StoreAction
from ..plugin_utils._stores import make_place


class ActionModule(StoreAction):
    spec = staticmethod(credentials.argument_spec)

    def operate(self, place: PairBackend, params: dict[str, t.Any]) -> dict[str, t.Any]:
        if (params["state"] == "moved") != bool(params["to"]):
            raise InputError(["state=moved and the option to require each other"])
        if params["state"] == "moved":
            return self._move(place, params)
        return credentials.converge(place, params, bool(self._task.check_mode), utc_now())

    def _move(self, place: PairBackend, params: dict[str, t.Any]) -> dict[str, t.Any]:
        options = chosen_store({"store": params["to"], "vault_id": params["vault_id"]}, "path") or {}
        owner = {name: params[name] for name in ("member", "company") if params[name]}
        with contextlib.closing(make_place(options, self, self._task_vars)) as target:
            result = move_pair.move(place, target, owner, bool(self._task.check_mode))
        return {**result, "archived_in": None}
