# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers and lists of names within a sentence. PRIVATE to this collection."""

from __future__ import annotations

import typing as t


def counted(number: int, what: str, many: str = "") -> str:
    """``1 instance``, ``2 instances``; ``many`` is the plural if it isn't formed with s."""
    return f"{number} {what if number == 1 else many or f'{what}s'}"


def listed(words: t.Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; empty for nothing."""
    return " and ".join([*([", ".join(words[:-1])] if words[:-1] else []), *words[-1:]])
