# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Legacy integrator logins, over REST: read only. PRIVATE to this collection.

Only the fields about a login's permissions are read: its callback addresses may contain secrets.
"""

from __future__ import annotations

import re

from .._client import routes
from .._client.client import Client
from .._domain.integrator_logins import IntegratorLogin
from .records import Record, reference_of, text_of

_API = re.compile(r"([a-z][A-Za-z]*)ApiFlag")
_PARTS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def list_logins(client: Client) -> list[IntegratorLogin]:
    """All logins, active ones first. Raises RequestFailed."""
    found = [_login(record) for record in client.get_all(routes.INTEGRATOR_LOGINS) if text_of(record, "username")]
    return sorted(found, key=lambda login: (not login.active, login.username.casefold()))


def _login(record: Record) -> IntegratorLogin:
    apis = sorted(match[1] for name, value in record.items() if value is True and (match := _API.fullmatch(name)))
    return IntegratorLogin(
        text_of(record, "username"),
        record.get("inactiveFlag") is not True,
        record.get("canAccessAllApisFlag") is True,
        record.get("canAccessAllRecordsFlag") is True,
        tuple(_PARTS.sub(" ", name).capitalize() for name in apis),
        text_of(reference_of(record, "member"), "identifier"),
    )
