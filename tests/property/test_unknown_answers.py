# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run treats answers that nobody has recorded: to mySecurity, and on the undocumented routes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from reliability.habits import Case, Hand, World
from reliability.onboarding import KEY, MEMBER, ROLE
from simulator import Simulator
from simulator.draw import EDITIONS
from simulator.habits import REFUSALS

from .test_habits import EITHER, _no_pauses, _world  # noqa: F401  # the fixtures

UNREADABLE = ("no_endpoint", "not_found", "forbidden", "empty", "object")
PAGES = ("page", "page_403")
Make = Callable[..., Case]


@pytest.fixture(name="make")
def _make(simulator: Simulator, world: World, tmp_path: Path) -> Make:
    def make(edition: str = "extended", **habits: Any) -> Case:
        return Case(simulator, world, tmp_path, {"edition": edition, **habits})

    return make


def sent(case: Case, method: str, path: str) -> list[Any]:
    return [entry for entry in case.instance.log if entry["method"] == method and path in entry["path"].lower()]


def ended(case: Case) -> dict[str, Any]:
    """The outcome of a run that doesn't fail."""
    outcome = case.run()
    assert not outcome.failure, outcome.failure
    told: dict[str, Any] = outcome.result["outcome"]
    return told


# mySecurity


@pytest.mark.parametrize("keys", ["all", "vendors"])
@pytest.mark.parametrize("answer", UNREADABLE)
def test_a_login_is_proven_without_my_security(make: Make, answer: str, keys: str) -> None:
    case = make(my_security=answer, my_security_of=keys)
    for _run in range(3):
        told = ended(case)
        assert told["state"] == "converged" and told["proof"]["logs_in"] and told["proof"]["matrix"] == "unverified"
        [sentence] = told["unverified"]
        assert sentence.startswith(f"the permissions of the key of {MEMBER}") and "mySecurity" in sentence
    assert case.keys_made() == 1


@pytest.mark.parametrize("answer", ["bad_request", "unauthorized"])
def test_a_refusal_of_my_security_alone_refuses_no_login(make: Make, answer: str) -> None:
    case = make()
    body = {"code": "ConnectWiseApi", "message": "UserNotAuthenticated" if answer == "unauthorized" else "No."}
    status = {"bad_request": 400, "unauthorized": 401}[answer]
    case.instance.fault("status", path="mySecurity", times=None, status=status, json=body)
    for _run in range(3):
        assert ended(case)["proof"]["matrix"] == "unverified"
    assert case.keys_made() == 1


@pytest.mark.parametrize("fault", [{"kind": "html", "status": 200}, {"kind": "html", "status": 403}])
def test_a_page_in_place_of_my_security_stops_the_instance(make: Make, fault: dict[str, Any]) -> None:
    case = make()
    case.instance.fault(path="mySecurity", times=None, **fault)
    outcome = case.run()
    error = outcome.result["error"]
    assert outcome.failure and error["scope"] == "instance" and error["transient"]
    assert not sent(case, "POST", "/")


def test_where_the_version_is_refused_too_the_members_list_proves_the_login(make: Make) -> None:
    case = make(my_security="no_endpoint")
    body = {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}
    case.instance.fault("status", path="/system/info$", times=None, status=404, json=body)
    case.run()  # the alias is doubted, and the codebase asked for
    assert ended(case)["state"] == "converged" and case.keys_made() == 1


# whose a pair is


@pytest.mark.parametrize("answer", ["no_endpoint", "empty", "object", "no_member"])
def test_a_pair_whose_owner_nobody_tells_waits_for_one_confirmation(make: Make, answer: str) -> None:
    case = make("published", my_security=answer)
    assert ended(case)["state"] == "handed over"
    pair = KeyPair(*case.instance.make_key(MEMBER, KEY))
    inbox = case.onboarding.inbox = Hand(pair)
    for _run in range(2):
        outcome = case.run()
        assert "doesn't say which member it belongs to" in outcome.failure
        assert "onboard_confirmed_owner=true" in outcome.failure
        assert inbox.pair == pair and case.onboarding.stored() is None
    case.onboarding.options["owner_confirmed"] = True
    told = ended(case)
    assert told["public_key"] == pair.public_key and inbox.pair is None
    del case.onboarding.options["owner_confirmed"]
    case.person()
    case.onboarding.options.pop("owner_confirmed", None)
    assert ended(case)["state"] == "converged"


def test_a_confirmed_pair_is_taken_without_being_confirmed_again(make: Make) -> None:
    case = make("published", my_security="no_endpoint")
    ended(case)
    pair = KeyPair(*case.instance.make_key(MEMBER, KEY))
    case.onboarding.inbox = Hand(pair)
    case.onboarding.options["owner_confirmed"] = True
    ended(case)
    del case.onboarding.options["owner_confirmed"]
    case.onboarding.file.unlink()
    case.onboarding.inbox = Hand(pair)
    assert ended(case)["public_key"] == pair.public_key
    case.onboarding.inbox = Hand(KeyPair(*case.instance.make_key(MEMBER, "Another")))
    # the guard of one live key is about keys that this collection makes
    outcome = case.onboarding.run()
    assert "doesn't say which member it belongs to" in outcome.failure


@pytest.mark.parametrize("answer", ["rows", "empty"])
def test_a_list_of_keys_tells_whose_a_pair_is(make: Make, answer: str) -> None:
    case = make(my_security=answer, keys_post="no_endpoint")
    ended(case)
    pair = KeyPair(*case.instance.make_key(MEMBER, KEY))
    case.onboarding.inbox = Hand(pair)
    assert ended(case)["public_key"] == pair.public_key


# undocumented routes


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("answer", REFUSALS)
def test_levels_that_rest_does_not_write_are_handed_over_after_one_request(
    make: Make, answer: str, edition: str
) -> None:
    case = make(edition, settings_patch=answer)
    told = ended(case)
    assert told["state"] == "handed over"
    written = len(sent(case, "PATCH", "/settings/"))
    # what another answer than the API's said isn't known to be a refusal, so each row is read back
    assert written == 4 if answer == "other_json" else written <= 2, written


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("answer", [*REFUSALS, "no_role"])
def test_check_mode_reads_alone_and_promises_no_level(make: Make, answer: str, edition: str) -> None:
    case = make(edition, record_zero=answer)
    outcome = case.run(check_mode=True)
    assert not outcome.failure, outcome.failure
    assert {entry["method"] for entry in case.instance.log} == {"GET"}
    told = outcome.result["outcome"]
    assert (told["levels_set"], told["levels_pending"], told["levels_undecided"]) == (0, 0, 9)
    assert told["state"] == (EITHER if edition == "extended" else "would be handed over")
    assert told["key_undecided"] is (edition == "extended")


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_is_turned_off_is_known_to_be_refused(make: Make, check_mode: bool) -> None:
    case = make()
    case.onboarding.options["probe_undocumented"] = False
    outcome = case.run(check_mode)
    told = outcome.result["outcome"]
    assert (told["levels_pending"], told["levels_undecided"], told["key_undecided"]) == (9, 0, False)
    assert told["state"].endswith("handed over") and told["state"] != EITHER


@pytest.mark.parametrize("answer", REFUSALS)
def test_keys_that_rest_does_not_list_are_handed_over(make: Make, answer: str) -> None:
    case = make(keys_get=answer)
    for _run in range(2):
        told = ended(case)
        assert told["state"] == "handed over" and told["levels_pending"] == 0
    assert not sent(case, "POST", "/apikeys")


@pytest.mark.parametrize("answer", [each for each in REFUSALS if each not in PAGES])
def test_a_key_that_rest_refuses_to_create_is_handed_over(make: Make, answer: str) -> None:
    case = make(keys_post=answer)
    told = ended(case)
    # a plain 404 may be a codebase that has moved, so the request is sent to the new one
    assert told["state"] == "handed over" and len(sent(case, "POST", "/apikeys")) == (2 if answer == "not_found" else 1)
    assert "login was refused" not in told["reason"] and "whose notes" not in told["reason"]
    assert not case.instance.member(MEMBER)["notes"], "the line of the attempt is gone"


@pytest.mark.parametrize("answer", PAGES)
def test_a_page_after_the_creation_of_a_key_stops_the_vendor_and_names_the_switch(make: Make, answer: str) -> None:
    case = make(keys_post=answer)
    for runs in (1, 2):
        outcome = case.run()
        assert outcome.error == "AnswerLost" and "cw_probe_undocumented: false" in outcome.failure
        assert len(sent(case, "POST", "/apikeys")) == runs
    case.onboarding.options["probe_undocumented"] = False
    assert ended(case)["state"] == "handed over"


@pytest.mark.parametrize("fault", [{"kind": "html", "status": 200}, {"kind": "lost"}])
def test_where_keys_cannot_be_listed_afterwards_a_person_is_told_that_one_may_exist(
    make: Make, fault: dict[str, Any]
) -> None:
    case = make()
    case.instance.fault(method="POST", path="apiKeys$", **fault)
    body = {"code": "Security", "message": "You do not have security permission to perform this action."}
    case.instance.fault("status", method="GET", path="apiKeys$", after=1, times=None, status=403, json=body)
    outcome = case.run()
    assert not outcome.failure and outcome.state == "handed over"
    assert "is unknown" in outcome.result["key"]["reason"] and len(sent(case, "POST", "/apikeys")) == 1


def test_a_fault_after_a_success_is_a_passing_one(make: Make) -> None:
    case = make()
    case.instance.fault("status", method="PATCH", path="/settings/", after=1, times=None, status=503)
    outcome = case.run()
    assert outcome.error == "ServerFailed" and outcome.result["error"]["transient"]
    case.instance.clear_faults()
    assert ended(case)["state"] == "converged"


def test_a_refusal_that_names_a_level_is_about_that_row(make: Make) -> None:
    case = make()
    problem = {"code": "InvalidValue", "message": "Not here.", "field": "inquireLevel"}
    body = {"code": "InvalidObject", "message": "securityRoleSetting object is invalid", "errors": [problem]}
    case.instance.fault("status", method="PATCH", path="/settings/", status=400, json=body)
    told = ended(case)
    assert told["state"] == "handed over" and 0 < told["levels_pending"] < 9 and told["levels_set"] > 0


# the end of an integration


@pytest.mark.parametrize("answer", [each for each in REFUSALS if each != "other_json"])
def test_a_key_that_rest_does_not_retire_is_told_once_and_stopped_with_its_member(make: Make, answer: str) -> None:
    case = make(keys_delete=answer, keys_patch=answer, inactive_holds_role=True)
    assert ended(case)["state"] == "converged"
    case.onboarding.options["state"] = "absent"
    first = ended(case)
    assert first["state"] == "offboarded" and len(first["left"]) == 1 and first["role_kept"]
    assert case.instance.member(MEMBER)["inactiveFlag"]
    case.instance.clear_log()
    again = ended(case)
    assert (again["left"], again["role_kept"], again["changed"]) == (first["left"], first["role_kept"], False)
    assert {entry["method"] for entry in case.instance.log} == {"GET"}


def test_what_was_refused_is_tried_again_once_something_has_changed(make: Make) -> None:
    case = make(inactive_holds_role=True)
    ended(case)
    case.onboarding.options["state"] = "absent"
    ended(case)
    del case.onboarding.options["state"]
    assert not case.onboarding.run().failure  # which creates another key
    case.onboarding.options["state"] = "absent"
    case.instance.clear_log()
    assert not case.onboarding.run().failure
    assert sent(case, "DELETE", "/securityroles/")


# the creation of a member


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("role", ["none", "other"])
def test_a_member_gets_its_role_where_its_creation_ignores_that(make: Make, role: str, edition: str) -> None:
    case = make(edition, posted_role=role)
    assert not case.run().failure
    assert case.instance.member(MEMBER)["securityRole"]["name"] == ROLE


def test_a_member_whose_role_is_refused_is_known_to_be_ours_in_the_next_run(make: Make) -> None:
    case = make(posted_role="other")
    body = {"code": "InvalidObject", "message": "no"}
    case.instance.fault("status", method="PATCH", path=r"/apiMembers/\d+$", status=400, json=body)
    assert case.run().failure
    assert ended(case)["state"] == "converged"
