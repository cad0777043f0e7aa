# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of cw_worksheet, which the controller alone carries out. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

PARTS = ("levels", "table_setup", "key_steps")


def argument_spec() -> dict[str, t.Any]:
    text: dict[str, t.Any] = {"type": "str", "default": ""}
    table_setup = {
        "mode": {"type": "str", "choices": ["none", "allow", "disallow"], "default": "none"},
        "entries": {"type": "list", "elements": "str", "default": []},
    }
    sheet = {
        **dict.fromkeys(("company", "api", "product", "role", "member"), text),
        "key_description": {**text, "no_log": False},
        "levels": {"type": "list", "elements": "dict", "default": []},
        "keeps_role": text,
        "table_setup": {"type": "dict", "options": table_setup, "apply_defaults": True},
        "key_steps": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "pair_file": {"type": "path"},
        "replaces": {"type": "str"},
    }
    return {
        "path": {"type": "path", "required": True},
        "host": {"type": "str", "required": True},
        "vendor": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "sheet": {"type": "dict", "options": sheet, "apply_defaults": True},
        "knows": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
        "public_key": {"type": "str", "no_log": False},
        "pair_file": {"type": "path"},
    }
