# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store that a task's options name. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ..module_utils._keys.ports import PairBackend
from ._file_place import FilePlace
from ._plain_store import PlainFile
from ._vault_store import CredentialsFile, Vault


def make_place(store: t.Mapping[str, t.Any], action: ActionBase, task_vars: dict[str, t.Any]) -> PairBackend:
    """The backend of ``store``, as from chosen_store. ``action`` and ``task_vars`` are for other collections' plugins.

    Raises StoreError.
    """
    kind = store["type"]
    if kind in ("vault_file", "plain_file"):
        return _file(store, action, task_vars)
    if kind == "hashi_vault":
        from ._hashi_vault_store import KvPath, Lookups

        return KvPath(Lookups(action, task_vars), store["path"], store["mount"], store["lease"])
    from ._awx_store import AwxCredential, Controller

    return AwxCredential(Controller(action, task_vars), store)


def _file(store: t.Mapping[str, t.Any], action: ActionBase, task_vars: dict[str, t.Any]) -> FilePlace:
    place: FilePlace
    if store["type"] == "plain_file":
        place = PlainFile(store["path"])
    else:
        place = CredentialsFile(store["path"], Vault(action._loader._vault.secrets, store["vault_id"]))
    said = action._templar.template(task_vars.get("cw_credentials_persistent", False))
    place.known_persistent = boolean(said, strict=False)
    return place
