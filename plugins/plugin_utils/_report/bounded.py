# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are limited by what their readers accept. PRIVATE to this collection."""

from __future__ import annotations

import typing as t


class Bounded(t.NamedTuple):
    """A file for a reader with limits. ``holds`` says what it holds; empty if that is everything."""

    text: str
    holds: str = ""


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"
