# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A member can be planned, and created, with a security role that the same run creates first."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._ops.context import RoleRegistry
from ansible_collections.msp.connectwise.plugins.module_utils._resources.references import (
    PENDING_ROLE,
    REFERENCES,
    Lookups,
    Resolver,
)

ROLE = next(reference for reference in REFERENCES if reference.option == "security_role")
BOARD = next(reference for reference in REFERENCES if reference.option == "default_board")


class Lists:
    """A client that has these records under each route."""

    def __init__(self, *names):
        self.records = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
        self.asked = 0

    def get_all(self, _route):
        self.asked += 1
        return self.records


def test_a_role_is_pending_until_it_is_known_to_exist():
    roles = RoleRegistry()
    assert not roles.is_pending("Tool API")
    roles.expect(" Tool API")
    assert roles.is_pending("tool api") and roles.created_id("Tool API") is None
    roles.expect("Tool API", 71)
    assert roles.created_id("TOOL API") == 71
    roles.exists("Tool API")
    assert not roles.is_pending("Tool API")


def test_a_pending_role_is_not_looked_up():
    client = Lists("Tool API")
    resolver = Resolver(Lookups(client), is_pending=lambda name: name == "Tool API")
    assert resolver.resolve(ROLE, "Tool API") is PENDING_ROLE
    assert client.asked == 0 and resolver.problems == []


@pytest.mark.parametrize("assumed", [True, False])
def test_a_role_that_is_not_there_may_be_assumed_and_nothing_else_may(assumed):
    resolver = Resolver(Lookups(Lists("Other")), is_assumed=lambda _name: assumed)
    assert resolver.resolve(ROLE, "Tool API") is (PENDING_ROLE if assumed else None)
    assert resolver.resolve(BOARD, "Tool API") is None
    problems = [f"{option} 'Tool API' doesn't exist on this instance, which has: Other (id 1)"
                for option in ("security_role", "default_board")]  # fmt: skip
    assert resolver.problems == (problems[1:] if assumed else problems)


def test_a_name_that_two_records_have_is_a_problem_and_their_ids_are_told():
    resolver = Resolver(Lookups(Lists("Help", "help")))
    assert resolver.resolve(BOARD, "Help") is None and resolver.board_ids(["HELP"]) == []
    assert resolver.problems[0] == "default_board 'Help' is ambiguous (ids 1, 2): give the id"
    assert "excluded_boards 'HELP' is ambiguous" in resolver.problems[1]
