# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_integration; see its documentation."""

from __future__ import annotations

from ..module_utils._ops import integration
from ..module_utils._ops.context import Context, Params, Result
from . import cw_api_key


class ActionModule(cw_api_key.ActionModule):
    spec = staticmethod(integration.argument_spec)

    def operation(self, params: Params, context: Context) -> Result:
        return integration.run(params, context, self.store(params, context.client.connection), self.hand_in(params))
