# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_vendor_import: a vendor's file from a table. PRIVATE to this collection."""

from __future__ import annotations

import typing as t


def argument_spec() -> dict[str, t.Any]:
    return {
        "src": {"type": "path", "required": True},
        "vendor": {"type": "str", "required": True},
        "vendor_dir": {"type": "path"},
        "product": {"type": "str"},
        "source": {"type": "str"},
        "date": {"type": "str"},
    }
