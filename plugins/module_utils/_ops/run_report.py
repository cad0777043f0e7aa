# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of cw_run_report. PRIVATE to this collection."""

from __future__ import annotations

from .arguments import Spec
from .run_check import PURPOSES

_REPORTED = [purpose for purpose in PURPOSES if purpose not in ("any", "move")]


def argument_spec() -> Spec:
    return {
        "purpose": {"type": "str", "choices": list(_REPORTED), "default": "onboard"},
        "checked": {"type": "dict", "required": True},
    }
