# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier first contact learned of an instance's undocumented routes. PRIVATE to this collection.

Only two things may be remembered: that a route did its work, and that the instance said there is none (ConnectWise's
own "The endpoint does not exist.", or a plain 404 or 405). They hold for one version of the instance.
"""

from __future__ import annotations

from dataclasses import dataclass

from .routes import Route


@dataclass(frozen=True)
class Profile:
    """``version`` is that of the product; the others hold names of routes as ``name_of`` gives them."""

    version: str
    missing: frozenset[str] = frozenset()
    worked: frozenset[str] = frozenset()
    path: str = ""


def name_of(route: Route) -> str:
    return f"{route.method} {route.template}"
