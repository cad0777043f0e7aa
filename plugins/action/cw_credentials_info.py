# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_credentials_info, which always runs on the controller; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._ops import credentials_info
from ..plugin_utils._vault_store import CredentialsFile, Vault


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=credentials_info.argument_spec())
        vault = Vault(self._loader._vault.secrets, params["vault_id"])
        return credentials_info.describe(CredentialsFile(params["path"], vault), params["member"])
