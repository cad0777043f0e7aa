# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of cw_awx_setup: none, as it reads variables. PRIVATE to this collection."""

from __future__ import annotations

from .arguments import Spec


def argument_spec() -> Spec:
    return {}
