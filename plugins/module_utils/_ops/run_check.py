# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of cw_run_check. PRIVATE to this collection."""

from __future__ import annotations

from .arguments import Spec

PURPOSES = ("any", "onboard", "rotate", "offboard", "site", "adopt", "move", "audit", "first_contact")


def argument_spec() -> Spec:
    return {
        "purpose": {"type": "str", "choices": list(PURPOSES), "default": "any"},
        "vendor": {"type": "str"},
    }
