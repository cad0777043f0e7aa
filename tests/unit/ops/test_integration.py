# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_integration over one session: its result, its requests, and what one part passes to the next."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.vault import VaultSecret
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import NoStore
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops import integration, run
from ansible_collections.msp.connectwise.plugins.plugin_utils._vault_store import CredentialsFile, Vault

CELLS = [
    {"module": "Companies", "function": "Company Maintenance", "inquire": "all"},
    {"module": "Service Desk", "function": "Service Tickets", "add": "my", "edit": "my", "inquire": "all"},
]

TABLES = {"module": "System", "function": "Table Setup", "mode": "allow", "entries": ["Service / Priority"]}


@pytest.fixture
def onboard(tmp_path):
    """``onboard(instance, ...)`` runs it as the action plugin does, with a vault file for the pair."""

    def call(instance, check_mode=False, progress=None, **options):
        given = {"security_role": "Tool API", "permissions": CELLS, "member": "Tool", "structure_level": "highest",
                 "key_description": "Tool", "credentials_file": str(tmp_path / "tool.yml"),
                 "on_unwritable": "report"}  # fmt: skip
        checked = ArgumentSpecValidator(integration.argument_spec()).validate(
            {**instance.connection, "timeout": 5, **given, **options}
        )
        assert not checked.error_messages, checked.error_messages

        def perform(params, context):
            place = CredentialsFile(given["credentials_file"], Vault([("default", VaultSecret(b"secret"))]))
            store = DocumentStore(place, "site", context.client.connection.company, "Tool")
            try:
                return integration.run(params, context, store, None)
            finally:
                place.close()

        instance.clear_log()
        return run.execute(perform, checked.validated_parameters, check_mode, True, progress=progress)

    return call


@pytest.fixture
def extended(make_instance):
    return make_instance(edition="extended")


def asked(instance):
    return [(entry["method"], entry["path"].split("/system/")[1]) for entry in instance.log]


def test_nothing_is_asked_twice(onboard, extended):
    first = onboard(extended)
    assert first["finished"] and first["outcome"]["state"] == "converged"
    sent = asked(extended)
    assert sent.count(("GET", "securityroles")) == 1, "the role that is to come isn't looked for"
    assert sent.count(("GET", "apiMembers")) == 1, "the member that was read back isn't looked for"

    again = onboard(extended)
    assert not again["changed"] and again["requests"] == {"read": 5, "written": 0, "retried": 0}


def test_check_mode_foretells_the_essence(onboard, extended):
    told, done = onboard(extended, check_mode=True), onboard(extended)
    assert told["outcome"]["state"] == "would be converged or handed over"
    for name in ("changed", "role", "levels_pending", "member", "unverified", "product"):
        assert told["outcome"][name] == done["outcome"][name], name
    assert (told["outcome"]["levels_undecided"], told["outcome"]["key_undecided"]) == (4, True)
    assert (done["outcome"]["levels_undecided"], done["outcome"]["key_undecided"]) == (0, False)
    assert told["diff"] == done["diff"]


def test_essence_is_called_as_the_playbook_says(onboard, extended):
    outcome = onboard(extended, product="Our Tool", customize=[TABLES])["outcome"]
    assert (outcome["product"], outcome["unconfirmed"]) == ("Our Tool", ["System / Table Setup"])
    assert outcome["state"] == "converged, Table Setup unconfirmed"
    assert onboard(extended)["outcome"]["product"] == "Tool"


def test_each_customize_list_is_confirmed_by_itself_and_asked_again_once_it_changes(onboard, extended):
    menu = {"module": "System", "function": "Custom Menu Entry", "mode": "allow", "entries": ["Mobius"]}
    both = [TABLES, menu]
    outcome = onboard(extended, customize=both)["outcome"]
    assert outcome["state"] == "converged, Table Setup and Custom Menu Entry unconfirmed"
    foretold = onboard(extended, customize=both, confirmed=True, check_mode=True)["outcome"]
    assert foretold["unconfirmed"] == []
    assert onboard(extended, customize=both)["outcome"]["unconfirmed"], "check mode confirms nothing"
    assert onboard(extended, customize=both, confirmed=True)["outcome"]["state"] == "converged"
    grown = [TABLES, {**menu, "entries": ["Mobius", "Other"]}]
    assert onboard(extended, customize=grown)["outcome"]["unconfirmed"] == ["System / Custom Menu Entry"]
    assert onboard(extended, customize=both)["outcome"]["state"] == "converged"


@pytest.mark.parametrize(
    ("options", "changed"),
    [({"name": "x" * 31}, False), ({}, True)],
    ids=["before anything is written", "after the role"],
)
def test_failure_has_an_essence_too(onboard, extended, options, changed):
    extended.fault("status", method="POST", path="/system/apiMembers$", status=400)
    result = onboard(extended, product="Our Tool", **options)
    assert result["failed"] and result["changed"] is changed
    assert result["outcome"] == {
        "product": "Our Tool", "member": "Tool", "state": "failed", "changed": changed, "reason": result["msg"]
    }  # fmt: skip


def test_an_inactive_member_is_made_active_and_gets_its_key(onboard, extended):
    onboard(extended)
    gone = onboard(extended, state="absent")
    assert gone["outcome"]["state"] == "offboarded", gone["msg"]
    back = onboard(extended)
    assert back["finished"] and back["member"]["member"]["active"] and back["key"]["proof"]["matrix"] == "exact"


def test_a_person_is_waited_for(onboard, make_instance):
    instance = make_instance(edition="published")
    lines = []
    result = onboard(instance, wait_timeout=0.2, wait_interval=0.1, progress=lines.append)
    assert result["outcome"]["state"] == "handed over" and not result.get("failed")
    assert any("waiting up to 0 s for someone to set 4 levels" in line for line in lines)


def test_what_is_left_to_a_person_can_be_a_failure(onboard, make_instance):
    result = onboard(make_instance(edition="published"), on_unwritable="fail")
    assert result["failed"] and result["msg"] == result["reason"]
    assert result["outcome"]["levels_pending"] == 4


# the end of an integration, with parts that answer as they are told


class ToldParts:
    """Each part answers with the next of its answers, or raises it."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def _next(self, part, options):
        self.asked.append((part, options))
        answer = self.answers[part].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def instance(self):
        return {"missing_rights": [], "member": {"id": 1, "identifier": "automation"}}

    def check(self, role, member):
        raise AssertionError("nothing is made")

    def role(self, options):
        return self._next("role", options)

    def member(self, options):
        return self._next("member", options)

    def key(self, options, stored=True):
        assert not stored
        return self._next("key", options)

    def logs_in(self, pair):
        assert pair.public_key == "PUBLIC"
        return self._next("login", None)


def none_retired(pending=()):
    return {"changed": False, "retired": [], "pending": list(pending), "diff": {}}


GONE = {"changed": True, "member": {"id": 9, "active": False}, "diff": {}}
PAIR = {"pair_public_key": "PUBLIC", "pair_private_key": "PRIVATE"}


@pytest.fixture
def take_off(extended, monkeypatch):
    def call(parts, **options):
        given = {"state": "absent", "security_role": "Tool API", "member": "Tool", "key_description": "Tool", **PAIR}
        checked = ArgumentSpecValidator(integration.argument_spec()).validate(
            {**extended.connection, **given, **options}
        )
        assert not checked.error_messages, checked.error_messages
        monkeypatch.setattr(integration, "Parts", lambda *_given: parts)
        return run.execute(
            lambda params, context: integration.run(params, context, NoStore(), None),
            checked.validated_parameters, False, True,
        )  # fmt: skip

    return call


def test_a_key_that_may_not_be_retired_is_told_and_stopped_with_the_member(take_off):
    refused = errors.Refused("it is somebody else's")
    parts = ToldParts(
        key=[refused, none_retired(["delete it"])],
        login=[False],
        member=[GONE],
        role=[{"changed": True, "role": None, "diff": {}}],
    )
    result = take_off(parts)
    assert result["outcome"]["state"] == "offboarded" and result["key"]["refused"]
    assert result["key"]["left"] == ["it is somebody else's", "delete it"]
    assert [part for part, _options in parts.asked] == ["key", "key", "member", "login", "role"]


def test_a_failure_of_another_kind_ends_it_before_the_member(take_off):
    parts = ToldParts(key=[errors.ServerFailed("acme", "GET", "/x", 500)], member=[GONE])
    result = take_off(parts)
    assert result["failed"] and result["outcome"]["state"] == "failed" and not result["changed"]
    assert [part for part, _options in parts.asked] == ["key"]


def test_a_pair_that_still_logs_in_is_no_good_end(take_off):
    parts = ToldParts(key=[none_retired(), none_retired()], login=[True] * 20, member=[GONE])
    result = take_off(parts)
    assert result["failed"] and "still logs in although the member is inactive" in result["msg"]
    assert result["changed"], "the member was made inactive"


@pytest.mark.parametrize(
    ("answer", "kept"),
    [(errors.Refused("is used by other"), True), (errors.ServerFailed("acme", "DELETE", "/x", 500), False)],
)
def test_a_role_may_stay_but_a_fault_is_a_failure(take_off, answer, kept):
    parts = ToldParts(key=[none_retired(), none_retired()], login=[False], member=[GONE], role=[answer])
    result = take_off(parts)
    assert bool(result.get("failed")) is not kept
    assert (result["outcome"]["state"] == "offboarded") is kept
    if kept:
        assert result["outcome"]["role_kept"] == "is used by other"


def test_whether_the_pair_is_refused_is_not_asked_where_that_fails(take_off):
    fault = errors.ServerFailed("acme", "GET", "/x", 500)
    result = take_off(ToldParts(key=[none_retired(), none_retired()], login=[fault], member=[GONE]))
    assert result["failed"] and result["error"]["kind"] == "ServerFailed"


def test_no_place_is_asked_for_where_nothing_is_made(take_off):
    parts = ToldParts(key=[none_retired()], member=[GONE], role=[errors.Refused("is used by other")])
    result = take_off(parts, pair_public_key=None, pair_private_key=None)
    assert result["outcome"]["state"] == "offboarded"


def test_the_automations_own_member_keeps_its_keys(take_off):
    parts = ToldParts()
    result = take_off(parts, member="Automation")
    assert "is the automation's own" in result["msg"] and parts.asked == [] and not result["changed"]


def test_a_role_that_is_not_the_integrations_own_is_told_as_kept(take_off):
    parts = ToldParts(key=[none_retired(), none_retired()], login=[False], member=[GONE])
    assert "isn't this integration's own" in take_off(parts, manage_role=False)["outcome"]["role_kept"]


def test_a_fault_of_the_matrix_is_the_only_one_that_is_told(onboard, extended):
    result = onboard(extended, permissions=[{"module": "Companies", "function": "Nothing Such", "add": "all"}])
    assert "Nothing Such is not a function" in result["msg"] and "doesn't exist on this instance" not in result["msg"]


def test_options_that_lack_something_are_told_together(take_off):
    result = take_off(ToldParts(), security_role=" ", pair_private_key=None)
    assert "security_role is required" in result["msg"] and "form one pair" in result["msg"]
    assert result["requests"] == {"read": 0, "written": 0, "retried": 0}
