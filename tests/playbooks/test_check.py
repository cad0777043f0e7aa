# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/check.yml: its output, its exit status, and that it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from simulator.server import Handle

from .controller import Controller, writes

CHECK = "playbooks/check.yml"
OWN = "Automation"
EVERY = ("onboarding", "audit", "rotation")


def probes_alone(instance: Handle) -> bool:
    """Nothing was sent that could change something, but for the empty change to a record that can't exist."""
    return set(writes(instance)) <= {("PATCH", "/system/securityRoles/0/settings/0")}


@pytest.fixture
def limited(new_instance: Callable[..., Handle]) -> Handle:
    """The automation's role has the permissions of the quick start."""
    return new_instance(automation_role=OWN)


def test_a_key_that_may_do_everything(controller: Controller, limited: Handle, extended: Handle) -> None:
    controller.add("acme", limited)
    controller.add("globex", extended)
    before = limited.state, extended.state
    run = controller.run(CHECK).expect(0)
    for purpose in EVERY:
        assert run.flat.count(f"{purpose}: the key has every permission that it needs") == 2
    run.says(
        f"{limited.connection['company']} at 127.0.0.1",
        "the key logs in as automation; ConnectWise v2025.1.10675",
        "levels of roles: by hand, because REST doesn't offer it here",
        "API keys: by hand, because REST doesn't offer it here",
        "levels of roles: by REST if this instance allows it, else by hand",
        "API keys: by REST if this instance allows it, else by hand",
    )
    assert run.changed("acme") == run.changed("globex") == 0
    assert (limited.state, extended.state) == before
    assert probes_alone(limited) and probes_alone(extended)
    assert "{" not in run.text_of("Show each instance")


@pytest.mark.parametrize("mode", [(), ("--check", "--diff")])
def test_a_right_that_is_missing_fails_and_says_where_to_set_it(
    controller: Controller, limited: Handle, mode: tuple[str, ...]
) -> None:
    cells = {"System / Member Maintenance": {"add": "None", "edit": "None"}, "System / My Company": {"inquire": "None"}}
    limited.set_levels(OWN, cells)
    controller.add("acme", limited)
    run = controller.run(CHECK, *mode).expect(2)
    run.says(
        "onboarding: 3 permissions missing",
        "audit: the key has every permission that it needs",
        "rotation: 2 permissions missing",
        "set in System > Security Roles, in the role of automation:",
        "System / Member Maintenance, Add: None -> All",
        "System / Member Maintenance, Edit: None -> All",
        "System / My Company, Inquire: None -> All",
        "The key of acme lacks permissions that onboarding needs.",
    )
    assert probes_alone(limited)


def test_the_levels_that_it_names_are_those_that_make_it_pass(controller: Controller, limited: Handle) -> None:
    limited.set_levels(OWN, {"System / Security Roles": {"add": "None", "edit": "None", "inquire": "None"}})
    limited.set_levels(OWN, {"System / Table Setup": {"inquire": "None"}})
    controller.add("acme", limited)
    run = controller.run(CHECK).expect(2)
    lines = [line for line in run.text_of("Show each instance").splitlines() if " -> " in line]
    for line in lines:
        cell, _arrow, level = line.strip(" -'").partition(": None -> ")
        function, _comma, verb = cell.partition(", ")
        limited.set_levels(OWN, {function: {verb.lower(): level}})
    assert len(lines) == 4
    controller.run(CHECK).expect(0)


def test_a_login_that_is_refused_fails_and_the_other_instance_is_shown(
    controller: Controller, limited: Handle, extended: Handle
) -> None:
    controller.add("acme", limited, cw_private_key="not-the-right-one")
    controller.add("globex", extended)
    run = controller.run(CHECK).expect(2)
    run.says("The login was refused on", "onboarding: the key has every permission that it needs")
    assert "not-the-right-one" not in run.printed
    assert run.recap["acme"]["failed"] == 1 and run.recap["globex"]["failed"] == 0


REFUSALS = {
    "403": {"status": 403, "json": {"code": "Security", "message": "no"}},
    "404": {"status": 404, "json": {"code": "NotFound", "message": "The endpoint does not exist."}},
    "an empty list": {"status": 200, "json": []},
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_rights_that_can_t_be_read_are_neither_missing_nor_fine(
    controller: Controller, limited: Handle, refusal: dict[str, Any]
) -> None:
    limited.fault("status", path="mySecurity", times=None, **refusal)
    controller.add("acme", limited)
    run = controller.run(CHECK).expect(0)
    for purpose in EVERY:
        run.says(f"{purpose}: the permissions of the key can't be read")
    run.says("the key logs in; the instance doesn't name its member")
    assert "missing" not in run.summary and "every permission" not in run.summary


def test_a_function_that_the_instance_doesn_t_list_is_no_missing_right(
    controller: Controller, new_instance: Callable[..., Handle]
) -> None:
    controller.add("acme", new_instance(automation_role=OWN, without_functions=["System / My Company"]))
    run = controller.run(CHECK).expect(0)
    run.says(
        "onboarding: no permission is missing; the instance doesn't list System / My Company, Inquire",
        "audit: the key has every permission that it needs",
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "html", "status": 403},
        {"kind": "status", "status": 500, "json": {"code": "Error", "message": "oh"}},
        {"kind": "html", "status": 200},
    ],
    ids=["a page", "a fault", "a page that says 200"],
)
def test_what_rest_offers_isn_t_concluded_from_somebody_else_s_answer(
    controller: Controller, new_instance: Callable[..., Handle], answer: dict[str, Any]
) -> None:
    instance = new_instance(automation_role=OWN, edition="extended")
    instance.fault(**answer, path="apiKeys")
    controller.add("acme", instance, cw_retries=0)
    run = controller.run(CHECK).expect(0)
    run.says(
        "API keys: by REST if this instance allows it, else by hand",
        "levels of roles: by REST if this instance allows it, else by hand",
    )


def test_routes_that_may_not_be_tried_aren_t_asked(controller: Controller, extended: Handle) -> None:
    controller.add("globex", extended, cw_probe_undocumented=False)
    run = controller.run(CHECK).expect(0)
    run.says("levels of roles: by hand, because probe_undocumented is false")
    assert writes(extended) == []


@pytest.mark.parametrize(
    ("variable", "word"),
    [("cw_client_id", "CLIENT_ID"), ("cw_company", "COMPANY"), ("cw_public_key", "PUBLIC_KEY")],
)
@pytest.mark.parametrize("in_process", [True, False])
def test_a_placeholder_is_refused_before_the_first_request(
    controller: Controller, extended: Handle, variable: str, word: str, in_process: bool
) -> None:
    controller.add("acme", extended, **{variable: word, "cw_in_process": in_process})
    controller.run(CHECK).expect(2).says(f"{variable} is still {word}")
    assert extended.log == []


@pytest.mark.parametrize("in_process", [True, False])
def test_a_key_in_the_place_of_the_client_id_is_never_shown(
    controller: Controller, extended: Handle, in_process: bool
) -> None:
    key = "aB3dE5fG7hI9jK1l"
    controller.add("acme", extended, cw_client_id=key, cw_in_process=in_process)
    run = controller.run(CHECK, "-vvv").expect(2)
    run.says("cw_client_id isn't a GUID")
    assert key not in run.printed and extended.log == []


def test_a_pair_that_is_to_replace_the_automations_own(
    controller: Controller, limited: Handle, extended: Handle
) -> None:
    controller.add("acme", limited)
    public, private = limited.make_key("automation", "renewed")
    file = controller.folder / "new-pair.yml"
    file.write_text(f"Public key: {public}\nPrivate key: {private}\n")
    given = ("-e", "target=acme", "-e", f"cw_new_pair_file={file}")
    run = controller.run(CHECK, *given, "-vvv").expect(0)
    run.says(f"the new pair ({public}) logs in as automation, the member of the current key")
    assert run.flat.count("onboarding: the key has every permission that it needs") >= 2
    assert probes_alone(limited) and private not in run.printed and private in file.read_text()

    limited.retire_key(public)
    refused = controller.run(CHECK, *given).expect(2)
    refused.says("the new pair doesn't log in: ", "The new pair can't replace the automation's own key on acme")
    assert private not in refused.printed

    limited.clear_log()
    controller.set(cw_new_pair_file=str(file))  # which counts only where somebody gives it for this one run
    assert "the new pair (" not in controller.run(CHECK).expect(0).flat
    controller.add("globex", extended)
    extended.clear_log()
    several = controller.run(CHECK, "-e", f"cw_new_pair_file={file}").expect(2)
    several.says("cw_new_pair_file holds the pair of one instance, so it needs target", "The run has 2 hosts.")
    assert extended.log == []
