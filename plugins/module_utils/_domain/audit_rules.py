# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an audit: what each means, how grave it is, what to do. PRIVATE to this collection."""

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
        "Nothing is known of this instance. Look at the message; the automation's key needs Inquire All on"
        " System / Security Roles and on System / Member Maintenance.",
    ),
    "admin": Rule(
        ERROR,
        "An API member has a built-in Admin role",
        "Its key can do everything. Give the member a role of its own with the levels that its vendor asks for.",
    ),
    "missing": Rule(
        ERROR,
        "A member lacks rights that its vendor asks for",
        "Something of the integration doesn't work, or won't. Onboard the vendor again, or set these levels in"
        " System > Security Roles.",
    ),
    "dead-credentials": Rule(
        ERROR,
        "A stored key pair doesn't log in any more",
        "Onboard the vendor again, which makes another key, or remove the file if the integration is gone.",
    ),
    "integrator-login": Rule(
        WARNING,
        "A legacy integrator login is active",
        "It logs in with a password, and no security role limits it. Find out what uses it, move that to an API member,"
        " and make the login inactive in System > Setup Tables > Integrator Login.",
    ),
    "excess": Rule(
        WARNING,
        "A member has rights that its vendor doesn't ask for",
        "Take them away: onboard the vendor again, or set these levels to what they should be. If they are wanted,"
        " say so in the vendor's permissions_extra.",
    ),
    "own-missing": Rule(
        WARNING,
        "The automation's own member lacks a right that it needs",
        "What needs this right fails. Set the levels in System > Security Roles: this collection never changes the role"
        " of its own member.",
    ),
    "shared-role": Rule(
        WARNING,
        "API members share a security role",
        "What is changed for one is changed for all of them. Give each integration a role of its own.",
    ),
    "beyond-catalogue": Rule(
        WARNING,
        "A member can do more than any known vendor asks for",
        "Look at what uses the key, and take away what it doesn't need; or add its matrix to the catalogue.",
    ),
    "member-without-role": Rule(
        WARNING,
        "An active API member has no security role that can be found",
        "Give it a role, or deactivate it.",
    ),
    "unknown-member": Rule(
        NOTE,
        "An active API member belongs to no vendor of the catalogue",
        "Name its vendor in audit_map, add a matrix of your own, or deactivate the member if nobody uses it.",
    ),
    "unknown-need": Rule(
        NOTE,
        "A member has rights of which nobody knows whether its vendor asks for them",
        "Only a part of the vendor's list is known. Ask the vendor for the whole list, or look at what the integration"
        " does with these rights.",
    ),
    "own-excess": Rule(
        NOTE,
        "The automation's own member has rights that it doesn't need",
        "Give it a role with the levels that the message names. This collection never changes the role of its own"
        " member, so do it by hand, in System > Security Roles.",
    ),
    "inactive-role": Rule(
        NOTE,
        "An active API member has an inactive security role",
        "Give it an active role, or reactivate this one in System > Security Roles.",
    ),
    "role-without-members": Rule(
        NOTE,
        "No active API member has this security role",
        "If no person has it either, it can be deleted. People aren't looked at.",
    ),
}
