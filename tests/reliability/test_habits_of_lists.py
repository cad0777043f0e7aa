# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboarding on instances with incomplete lists, or with another template of a new member than we know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from simulator import Simulator
from simulator.draw import EDITIONS
from simulator.server import Handle

from .onboarding import MEMBER, ROLE, Onboarding, Outcome

PLACES = {
    "security_location": "Corporate", "default_location": "R&D Lab", "default_department": "Admin",
    "default_territory": "Corporate",
}  # fmt: skip
DEFAULTS = ("bad_request", "forbidden", "not_found", "no_endpoint", "server_error", "null", "zero_ids")


class Tried:
    """One vendor's onboarding on an instance with habits."""

    def __init__(self, simulator: Simulator, folder: Path, habits: dict[str, Any]) -> None:
        self.instance: Handle = simulator.add_instance("habitual", **habits)
        self.onboarding = Onboarding(self.instance, folder, retries=0, settle_timeout=1)

    def run(self, check_mode: bool = False, **options: Any) -> Outcome:
        self.onboarding.options.update(options)
        return self.onboarding.run(check_mode)

    def settle(self) -> list[Outcome]:
        return [self.run() for _number in range(3)]

    @property
    def writes(self) -> list[str]:
        """But for the question to record 0, which changes nothing."""
        sent = [f"{entry['method']} {entry['path']}" for entry in self.instance.log if entry["method"] != "GET"]
        return [each for each in sent if "/0/settings/0" not in each]


@pytest.fixture(name="tried")
def _tried(simulator: Simulator, tmp_path: Path) -> Any:
    def make(edition: str = "extended", **habits: Any) -> Tried:
        return Tried(simulator, tmp_path, {"edition": edition, **habits})

    return make


def assert_settled(runs: list[Outcome], edition: str) -> None:
    state = "converged" if edition == "extended" else "handed over"
    assert [run.state for run in runs] == [state] * len(runs), [run.failure for run in runs]
    assert [run.changed for run in runs] == [True] + [False] * (len(runs) - 1)


# the template of a new member


@pytest.mark.parametrize("answer", DEFAULTS)
@pytest.mark.parametrize("edition", EDITIONS)
def test_the_template_is_not_needed_where_all_is_given(tried: Any, edition: str, answer: str) -> None:
    made = tried(edition, member_default=answer)
    made.onboarding.options.update(PLACES)
    assert_settled(made.settle(), edition)


@pytest.mark.parametrize("fault", ["html", "truncate"])
def test_a_page_in_place_of_the_template_is_no_obstacle(tried: Any, fault: str) -> None:
    made = tried()
    made.instance.fault(fault, method="GET", path="/apiMembers/default$", times=None)
    made.onboarding.options.update(PLACES)
    assert_settled(made.settle(), "extended")


@pytest.mark.parametrize("answer", DEFAULTS)
def test_what_neither_says_is_asked_for_by_its_variable_before_the_first_write(tried: Any, answer: str) -> None:
    made = tried(member_default=answer)
    for check_mode in (True, False):
        run = made.run(check_mode)
        required = "default_department (Business Unit) is required for a new member; this instance has: Admin (id 9)"
        assert required in run.failure
        assert "set cw_default_department" in run.failure and "set cw_security_location" in run.failure
    assert made.writes == []


def test_what_there_is_only_one_of_needs_no_choice(tried: Any) -> None:
    made = tried(empty_default=True)
    for table in ("locations", "departments"):
        del made.instance.instance.lookups[table][:-1]
    assert_settled(made.settle(), "extended")


@pytest.mark.parametrize(
    ("field", "variable"),
    [("emailAddress", "cw_email"), ("defaultLocation", "cw_default_location"), ("timeZone", "cw_time_zone")],
)
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_refused_member_names_what_it_wants_and_leaves_an_empty_role(
    tried: Any, edition: str, field: str, variable: str
) -> None:
    made = tried(edition)
    error = {"code": "MissingRequiredField", "message": f"The {field} field is required.", "field": field}
    body = {"code": "InvalidObject", "message": "apiMember object is invalid", "errors": [error]}
    made.instance.fault("status", method="POST", path="/apiMembers$", status=400, json=body)
    first = made.run()
    assert f"Set {variable}, then run again" in first.failure
    assert made.writes == ["POST /system/securityroles", "POST /system/apiMembers"]
    levels = made.instance.levels(ROLE).values()
    assert all(level in (None, "None") for verbs in levels for level in verbs.values())
    assert_settled(made.settle(), edition)
    assert made.writes.count("POST /system/securityroles") == 1


def test_a_new_member_has_no_key_before_the_levels_are_written(tried: Any) -> None:
    made = tried()
    made.run()
    writes = made.writes
    kinds = [next(kind for kind in ("settings", "apiKeys", "apiMembers", "securityroles") if kind in path)
             for path in writes]  # fmt: skip
    assert kinds[:3] == ["securityroles", "apiMembers", "settings"]
    assert max(at for at, kind in enumerate(kinds) if kind == "settings") < kinds.index("apiKeys")


# what a list leaves out


@pytest.mark.parametrize("caps", [{"/securityroles$": 3}, {"/apiMembers$": 1}, {"/settings$": 7}, {".": 4}])
@pytest.mark.parametrize("edition", EDITIONS)
def test_short_pages_hide_nothing_that_is_ours(tried: Any, edition: str, caps: dict[str, int]) -> None:
    made = tried(edition, page_caps=caps)
    assert_settled(made.settle(), edition)
    assert made.writes.count("POST /system/securityroles") == made.writes.count("POST /system/apiMembers") == 1


@pytest.mark.parametrize("caps", [{}, {"/apiMembers$": 1}])
@pytest.mark.parametrize("listed", [True, False])
def test_an_inactive_member_of_ours_is_inactive_and_not_gone(tried: Any, listed: bool, caps: dict[str, int]) -> None:
    made = tried(inactive_members_listed=listed, page_caps=caps)
    made.run()
    made.instance.set_member(MEMBER, inactive=True)
    before = made.writes
    again = made.run()
    assert "its API member is inactive" in again.failure and made.writes == before
    assert made.run(restore=True).state == "converged"


def test_a_member_that_is_gone_is_gone(tried: Any) -> None:
    made = tried(page_caps={"/apiMembers$": 1})
    made.run()
    members = made.instance.instance.store.members
    del members[next(number for number, member in members.items() if member.identifier == MEMBER)]
    assert "its API member is gone" in made.run().failure


def test_an_inactive_role_that_is_not_listed_is_explained(tried: Any) -> None:
    made = tried(inactive_roles_listed=False)
    made.instance.add_role(ROLE, inactive=True)
    run = made.run()
    assert "the role is probably inactive" in run.failure and "<vendor>_role_name" in run.failure
    assert made.instance.member(MEMBER) is None


def test_a_role_of_ours_that_became_inactive_is_said_to_be(tried: Any) -> None:
    made = tried(inactive_roles_listed=False)
    made.run()
    made.instance.instance.find_role(ROLE).inactive = True
    assert "is inactive, and the API can't reactivate a role" in made.run().failure


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("check_mode", [True, False])
def test_an_inactive_member_of_somebody_else_is_found(tried: Any, check_mode: bool, listed: bool) -> None:
    made = tried(inactive_members_listed=listed)
    made.instance.add_member(MEMBER, "Technician", inactive=True)
    run = made.run(check_mode)
    assert "this collection has no record of creating it" in run.failure and made.writes == []


# an identifier that somebody has


@pytest.mark.parametrize("spelt", [MEMBER, MEMBER.upper()])
@pytest.mark.parametrize("inactive", [False, True])
@pytest.mark.parametrize("check_mode", [True, False])
def test_the_identifier_of_a_person_is_said_before_the_first_write(
    tried: Any, check_mode: bool, inactive: bool, spelt: str
) -> None:
    made = tried()
    made.instance.add_member(spelt, "Technician", license_class="F", name="Jane Doe", inactive=inactive)
    run = made.run(check_mode)
    assert f"identifier {spelt!r} belongs to Jane Doe, an ordinary member" in run.failure
    assert ("inactive" in run.failure) is inactive and "<vendor>_member_identifier" in run.failure
    assert made.writes == [] and not run.changed


@pytest.mark.parametrize("status", [403, 404, 500])
def test_where_people_cannot_be_read_the_refusal_names_the_identifier(tried: Any, status: int) -> None:
    made = tried()
    made.instance.add_member(MEMBER, "Technician", license_class="F")
    made.instance.fault("status", method="GET", path="/system/members$", status=status, times=None)
    assert "Set <vendor>_member_identifier" in made.run().failure


# identifiers and roles that come back differently


@pytest.mark.parametrize("edition", EDITIONS)
def test_identifiers_in_upper_case_are_the_same(tried: Any, edition: str) -> None:
    made = tried(edition, upper_case=True)
    assert_settled(made.settle(), edition)


@pytest.mark.parametrize("posted", ["none", "other"])
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_creation_that_ignores_the_role_is_put_right(tried: Any, edition: str, posted: str) -> None:
    made = tried(edition, posted_role=posted)
    assert_settled(made.settle(), edition)
    assert made.instance.member(MEMBER)["securityRole"]["name"] == ROLE
