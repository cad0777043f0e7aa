# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_instance_info; see its documentation."""

from __future__ import annotations

from ..module_utils._ops import instance_info
from ..plugin_utils._action import OperationAction


class ActionModule(OperationAction):
    spec = staticmethod(instance_info.argument_spec)
    operation = staticmethod(instance_info.run)
