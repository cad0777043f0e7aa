# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_credentials, which always runs on the controller; see its documentation."""

from __future__ import annotations

import typing as t

from ..module_utils._keys.document import utc_now
from ..module_utils._keys.ports import PairBackend
from ..module_utils._ops import credentials
from ..plugin_utils._store_action import StoreAction


class ActionModule(StoreAction):
    spec = staticmethod(credentials.argument_spec)

    def operate(self, place: PairBackend, params: dict[str, t.Any]) -> dict[str, t.Any]:
        return credentials.converge(place, params, bool(self._task.check_mode), utc_now())
