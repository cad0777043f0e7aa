# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier first contact learned about an instance's undocumented routes. PRIVATE to this collection.

Only two facts are stored: that a route worked, and that the instance doesn't have it (ConnectWise's own "The endpoint
does not exist.", or a plain 404 or 405). Both are valid for one version of the instance.
"""

from __future__ import annotations

from dataclasses import dataclass

from .routes import Route


@dataclass(frozen=True)
class Profile:
    """``version`` is the product's; ``missing`` and ``worked`` hold names of routes from ``name_of``."""

    version: str
    missing: frozenset[str] = frozenset()
    worked: frozenset[str] = frozenset()
    path: str = ""


def name_of(route: Route) -> str:
    return f"{route.method} {route.template}"
