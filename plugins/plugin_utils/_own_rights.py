# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions of the automation's own member for each purpose, from own_rights.yml. PRIVATE to this collection."""

from __future__ import annotations

import functools
from pathlib import Path

import yaml

from ..module_utils._client import routes
from ..module_utils._domain.own_rights import Purpose, Right, purposes_of


@functools.cache
def purposes() -> tuple[Purpose, ...]:
    """The purposes, each with the permissions that its requests need according to ``_client/routes.py``."""
    data = yaml.safe_load(Path(__file__).with_name("own_rights.yml").read_text(encoding="utf-8"))
    known = {name: each for name, each in vars(routes).items() if isinstance(each, routes.Route)}
    return purposes_of(data, {name: _right(route) for name, route in known.items()})


def _right(route: routes.Route) -> Right | None:
    return (route.function, route.verb) if route.function and route.verb else None
