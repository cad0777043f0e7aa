# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of cw_own_file, which the controller alone carries out. PRIVATE to this collection."""

from __future__ import annotations

import typing as t


def argument_spec() -> dict[str, t.Any]:
    return {
        "path": {"type": "path", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "content": {"type": "raw"},
        "ours": {"type": "str", "required": True},
        "what": {"type": "str", "required": True},
    }
