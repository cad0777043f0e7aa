# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every habit with the values to try, and combinations of them drawn from a seed."""

from __future__ import annotations

import random
from typing import Any

from .habits import REFUSALS

Options = dict[str, Any]
EDITIONS = ("published", "extended")

_TICKETS, _TIME, _REPORTS = "Service Desk / Service Tickets", "Time & Expense / Time Entry", "System / API Reports"
_MY_SECURITY = ("no_endpoint", "not_found", "forbidden", "empty", "no_member", "object")

# What a habit is called -> the options that an instance may be made with to have it.
HABITS: dict[str, tuple[Options, ...]] = {
    "mySecurity": (
        *({"my_security": answer, "my_security_of": keys} for answer in _MY_SECURITY for keys in ("all", "vendors")),
        *({"my_security_member": False, "my_security_of": keys} for keys in ("all", "vendors")),
    ),
    "delay of writes": tuple({"visible_after": seconds, "clock_stands": True} for seconds in (1.0, 2.0, 8.0, 20.0)),
    "PATCH of levels": tuple({"settings_patch": answer} for answer in REFUSALS),
    "PATCH of record 0": tuple({"record_zero": answer} for answer in ("no_role", *REFUSALS)),
    "list of keys": tuple({"keys_get": answer} for answer in REFUSALS),
    "POST of a key": tuple({"keys_post": answer} for answer in REFUSALS),
    "end of a key": tuple({"keys_patch": answer, "keys_delete": answer} for answer in REFUSALS),
    "default member": (
        {"empty_default": True},
        *({"member_default": answer} for answer in ("bad_request", "forbidden", "not_found", "no_endpoint")),
        *({"member_default": answer} for answer in ("server_error", "null", "zero_ids")),
    ),
    "myAllFlag": ({"my_all_flag": "false"}, {"my_all_flag": "null"}, {"without_my": [_TIME]}),
    "cells": (
        {"null_cells": [f"{_REPORTS} / add"]},
        {"null_cells": [f"{_TICKETS} / delete"]},
        {"missing_cells": [f"{_REPORTS} / add"]},
        {"odd_cells": [f"{_REPORTS} / edit"]},
        {"odd_cells": [f"{_TICKETS} / inquire"]},
        {"nulls_as_none": True},
    ),
    "names": (
        *({"names": how} for how in ("codes", "identifiers", "no_description", "no_name")),
        {"nameless": [_REPORTS]},
        {"nameless": [_TIME]},
        {"twins": [_TICKETS]},
        {"rename_functions": {_REPORTS: "System Reports"}},
    ),
    "rows": ({"sparse": True}, {"flickering": [_TICKETS]}, {"flickering": [_REPORTS]}),
    "lists without inactive records": (
        {"inactive_members_listed": False},
        {"inactive_roles_listed": False},
        {"inactive_members_listed": False, "inactive_roles_listed": False},
    ),
    "short pages": (
        {"page_caps": {"/securityroles$": 3}},
        {"page_caps": {"/apiMembers$": 2}},
        {"page_caps": {"/settings$": 5}},
        {"page_caps": {".": 4}},
    ),
    "alias": tuple({"alias_dies_after": number} for number in (0, 3, 12)),
    "hosted service": ({"cloud": True},),  # a login that fails is answered as a route that doesn't exist
    "upper case": ({"upper_case": True},),
    "role of a new member": ({"posted_role": "none"}, {"posted_role": "other"}),
    "null members": ({"nulls": True},),
}


def draw_habits(seed: int) -> Options:
    """One to four habits of an instance with its edition, as options of ``seed.build``: the same for the same seed."""
    chance = random.Random(seed)
    options: Options = {"edition": chance.choice(EDITIONS)}
    for name in chance.sample(sorted(HABITS), chance.randint(1, 4)):
        options.update(chance.choice(HABITS[name]))
    return options
