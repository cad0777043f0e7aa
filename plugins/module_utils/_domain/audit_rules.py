# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an audit: what each means, how severe it is, what to do. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

ERROR, WARNING, NOTE = "error", "warning", "note"
LEVELS = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Rule:
    """``help`` says what to do about a finding."""

    level: str
    title: str
    help: str


RULES: t.Mapping[str, Rule] = {
    "unreadable": Rule(
        ERROR,
        "An instance couldn't be read",
        "Check the message. The automation's key needs Inquire All on System / Security Roles and on"
        " System / Member Maintenance.",
    ),
    "admin": Rule(
        ERROR,
        "An API member has a built-in Admin role",
        "Its key can do everything. Give the member its own role, with the levels that its vendor asks for.",
    ),
    "missing": Rule(
        ERROR,
        "A member lacks permissions that its vendor asks for",
        "Part of the integration doesn't work, or won't. Onboard the vendor again, or set these levels in"
        " System > Security Roles.",
    ),
    "dead-credentials": Rule(
        ERROR,
        "A stored key pair no longer logs in",
        "Onboard the vendor again to create another key, or delete the file if the integration is gone.",
    ),
    "integrator-login": Rule(
        WARNING,
        "A legacy integrator login is active",
        "It logs in with a password, and no security role limits it. Find out what uses it, move that to an API member,"
        " and deactivate the login in System > Setup Tables > Integrator Login.",
    ),
    "excess": Rule(
        WARNING,
        "A member has permissions that its vendor doesn't ask for",
        "Remove them: onboard the vendor again, or correct these levels in System > Security Roles. If you want to keep"
        " them, add them to the vendor's permissions_extra.",
    ),
    "own-missing": Rule(
        WARNING,
        "The automation's own member lacks a permission that it needs",
        "Runs that need it fail. Set the levels in System > Security Roles by hand: the collection never changes the"
        " role of its own member.",
    ),
    "shared-role": Rule(
        WARNING,
        "API members share a security role",
        "A change for one of them affects them all. Give each integration its own role.",
    ),
    "beyond-catalogue": Rule(
        WARNING,
        "A member can do more than any known vendor asks for",
        "Find out what uses the key, and remove what it doesn't need; or add its matrix to the catalogue.",
    ),
    "member-without-role": Rule(
        WARNING,
        "An active API member has no security role on this instance",
        "Give it a role, or deactivate it.",
    ),
    "unknown-member": Rule(
        NOTE,
        "An active API member matches no vendor in the catalogue",
        "Name its vendor in audit_map, add your own matrix, or deactivate the member if nobody uses it.",
    ),
    "unknown-need": Rule(
        NOTE,
        "A member has permissions that its vendor may or may not need",
        "The vendor's list is only partly known. Ask the vendor for the complete list, or find out how the integration"
        " uses these permissions.",
    ),
    "own-excess": Rule(
        NOTE,
        "The automation's own member has permissions that it doesn't need",
        "Give it a role with the levels that the message names, in System > Security Roles by hand: the collection"
        " never changes the role of its own member.",
    ),
    "inactive-role": Rule(
        NOTE,
        "An active API member has an inactive security role",
        "Give it an active role, or reactivate this one in System > Security Roles.",
    ),
    "role-without-members": Rule(
        NOTE,
        "No active API member has this security role",
        "If no person has it either, you can delete it. The audit doesn't check people.",
    ),
}
