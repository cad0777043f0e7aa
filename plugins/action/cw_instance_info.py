# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_instance_info; see its documentation."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail

from ..module_utils._keys.ports import StoreError
from ..module_utils._ops import instance_info
from ..module_utils._ops.context import Context, Params, Result
from ..plugin_utils._action import OperationAction
from ..plugin_utils._vault_store import FileHandIn, Vault


class ActionModule(OperationAction):
    spec = staticmethod(instance_info.argument_spec)

    def operation(self, params: Params, context: Context) -> Result:
        path = params["new_pair_file"]
        if not path:
            return instance_info.run(params, context)
        try:
            pair = FileHandIn(path, Vault(self._loader._vault.secrets)).read()
        except StoreError as exc:
            raise AnsibleActionFail(str(exc)) from None
        if pair is None:
            raise AnsibleActionFail(
                f"{path} holds no key pair. Write both halves into it, each after its name and a colon: public_key and"
                " private_key."
            )
        return instance_info.run(params, context, pair)
