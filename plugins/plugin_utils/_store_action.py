# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugins that only use a store, without any request to ConnectWise. PRIVATE."""

from __future__ import annotations

import contextlib
import json
import typing as t
from abc import abstractmethod

from ..module_utils._client.errors import CwError, InputError
from ..module_utils._keys.ports import PairBackend
from ..module_utils._ops.credentials_store import chosen_store
from ..module_utils._ops.run import failure
from ._action import OperationAction
from ._stores import make_place


class StoreAction(OperationAction):
    """Set ``spec`` and ``operate``."""

    @abstractmethod
    def operate(self, place: PairBackend, params: dict[str, t.Any]) -> dict[str, t.Any]:
        """What the module does with the place."""

    def run_here(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        try:
            store = chosen_store(params, "path")
            if store is None:
                raise InputError(["name where the pair is stored: path, or store"])
            with contextlib.closing(make_place(store, self, task_vars)) as place:
                result = self.operate(place, params)
        except CwError as exc:
            return {**failure(exc), "changed": False}
        if not self._task.diff:
            result.pop("diff", None)
        return t.cast("dict[str, t.Any]", json.loads(json.dumps(result, default=str)))
