# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_api_key, and its store of key pairs; see its documentation."""

from __future__ import annotations

import typing as t

from ..module_utils._client.connection import Connection
from ..module_utils._keys.ports import NoStore, PairBackend, PairStore
from ..module_utils._keys.store import DocumentStore
from ..module_utils._ops import api_key
from ..module_utils._ops.context import Context, Params, Result
from ..module_utils._ops.credentials_store import chosen_store
from ..plugin_utils._action import OperationAction
from ..plugin_utils._returned_key import check_loop, hide
from ..plugin_utils._stores import make_place
from ..plugin_utils._vault_store import FileHandIn, Vault


class ActionModule(OperationAction):
    spec = staticmethod(api_key.argument_spec)
    _places: list[PairBackend]

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._places = []
        try:
            return hide(super().run(tmp, task_vars))
        finally:
            for place in self._places:
                place.close()

    def run_here(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        if params.get("return_private_key"):
            check_loop(self._task, "return_private_key")
        return super().run_here(params, task_vars)

    def operation(self, params: Params, context: Context) -> Result:
        return api_key.run(params, context, self.store(params, context.client.connection), self.hand_in(params))

    def hand_in(self, params: Params) -> FileHandIn | None:
        """The file for a pair that a person hands in; None if no file is configured."""
        vault = Vault(self._loader._vault.secrets, params["vault_id"])
        return FileHandIn(params["pair_file"], vault) if params["pair_file"] else None

    def store(self, params: Params, connection: Connection) -> PairStore:
        """The store of the pair: on the controller, or in a system that the controller reaches."""
        options = chosen_store(params, "credentials_file")
        if options is None:
            return NoStore()
        place = make_place(options, self, self._task_vars)
        self._places.append(place)
        return document_store(place, connection, params["member"])


def document_store(place: PairBackend, connection: Connection, member: str) -> DocumentStore:
    """The store for the pair of a member of the instance of ``connection``."""
    return DocumentStore(place, connection.site.kept_as, connection.company, member)
