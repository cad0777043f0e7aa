# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_credentials_info, which always runs on the controller; see its documentation."""

from __future__ import annotations

import typing as t

from ..module_utils._keys.ports import PairBackend
from ..module_utils._ops import credentials_info
from ..plugin_utils._returned_key import check_loop, hide
from ..plugin_utils._store_action import StoreAction


class ActionModule(StoreAction):
    spec = staticmethod(credentials_info.argument_spec)

    def operate(self, place: PairBackend, params: dict[str, t.Any]) -> dict[str, t.Any]:
        if params["return_private_key"]:
            check_loop(self._task, "return_private_key")
        result = credentials_info.describe(place, params["member"])
        if params["return_private_key"] and result["ready"] and result["exists"]:
            result["private_key"] = (place.document() or {}).get("private_key", "")
        return hide(result)
