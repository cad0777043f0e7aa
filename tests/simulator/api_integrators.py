# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Legacy integrator logins, which are only read here.  A password is stored and never shown (published)."""

from __future__ import annotations

from typing import Any

from . import errors
from .paging import Listing
from .routing import TABLES, Call, route
from .state import Instance
from .wire import info

Row = dict[str, Any]
PATH = "/system/integratorlogins"  # that it is guarded as the other setup tables are is a guess
_INFO = info("2019-04-05T06:07:08Z", "admin1")
_APIS = (
    "serviceTicket", "timeEntry", "managedServices", "contact", "company", "activity", "invoice", "product",
    "opportunity", "opportunityConversion", "member", "marketing", "purchasing", "reporting", "system", "project",
    "configuration", "schedule", "agreement", "document",
)  # fmt: skip
_FLAGS = {
    "canAccessAllRecordsFlag", "canAccessAllApisFlag", "inactiveFlag", "managedServicesAutoChildFlag",
    "managedServicesChildingFlag", "configurationAutoChildFlag", "configurationChildlingFlag",
    "agreementCallbackLegacyFlag", *(f"{name}ApiFlag" for name in _APIS),
}  # fmt: skip
_CALLBACKS = {
    f"{name}CallbackUrl"
    for name in (
        "serviceBoard", "timeEntry", "contact", "company", "activity", "product", "opportunity", "purchasing",
        "project", "configuration", "schedule", "agreement",
    )
}  # fmt: skip
_LONGEST = {"username": 50, "password": 50, **dict.fromkeys(_CALLBACKS, 1000)}


def seeded(instance: Instance, given: Row) -> Row:
    """A login as a person fills in its page; ``member`` is an identifier, ``board`` a name.  Raises ValueError."""
    unknown = set(given) - _FLAGS - set(_LONGEST) - {"member", "board"}
    if unknown or not given.get("username"):
        raise ValueError(f"an integrator login has a username, and no {sorted(unknown)}")
    for name, longest in _LONGEST.items():
        if len(given.get(name, "")) > longest:
            raise ValueError(f"{name} has more than {longest} characters")
    if any(not isinstance(value, bool) for name, value in given.items() if name in _FLAGS):
        raise ValueError("a flag is true or false")
    if given.get("canAccessAllApisFlag") and not (given.get("member") and given.get("board")):
        raise ValueError("canAccessAllApisFlag needs both member and board")
    row = {"id": instance.next_id("integrator"), **given}
    if "member" in given:
        member = instance.find_member(given["member"])
        if member is None:
            raise ValueError(f"no member {given['member']!r}")
        row["member"] = {"id": member.id, "identifier": member.identifier, "name": member.name}
    if "board" in given:
        board = next(each for each in instance.lookups["boards"] if each["name"] == given["board"])
        row["board"] = {"id": board["id"], "name": board["name"]}
    return row


def _shown(row: Row) -> Row:
    """IntegratorLogin: flags that aren't set are false."""
    flags = dict.fromkeys(sorted(_FLAGS), False)
    return {**flags, **{name: value for name, value in row.items() if name != "password"}, "_info": _INFO}


@route("GET", PATH, TABLES)
def list_logins(call: Call) -> Listing:
    return Listing([_shown(row) for row in call.instance.lookups["integratorLogins"]])


@route("GET", f"{PATH}/count", TABLES)
def count_logins(call: Call) -> Listing:
    return Listing(list_logins(call).rows, count_only=True)


@route("GET", f"{PATH}/{{id}}", TABLES)
def get_login(call: Call, record_id: int) -> Row:
    row = call.instance.lookup("integratorLogins", record_id)
    if row is None:
        raise errors.not_found("IntegratorLogin", record_id)
    return _shown(row)
