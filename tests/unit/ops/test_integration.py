# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_integration over one session: its essence, its requests, and what one part hands to the next."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.vault import VaultSecret
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import NoStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops import api_key, integration, run
from ansible_collections.msp.connectwise.plugins.module_utils._ops.integration_session import OneSession
from ansible_collections.msp.connectwise.plugins.plugin_utils._vault_store import Vault, VaultStore

CELLS = [
    {"module": "Companies", "function": "Company Maintenance", "inquire": "all"},
    {"module": "Service Desk", "function": "Service Tickets", "add": "my", "edit": "my", "inquire": "all"},
]


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

        def store(context):
            vault = Vault([("default", VaultSecret(b"secret"))])
            return VaultStore(given["credentials_file"], vault, "site", context.client.connection.company, "Tool")

        def perform(params, context):
            def keep(part, inner, keys):
                place = store(inner) if part["credentials_file"] else NoStore()
                return api_key.run_with(part, inner, keys, place, None)

            return integration.run(params, context, OneSession(params, context, keep), store(context))

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
    assert told["outcome"]["state"] == "would be converged"
    for name in ("changed", "role", "levels_set", "levels_pending", "member", "unverified", "product"):
        assert told["outcome"][name] == done["outcome"][name], name
    assert told["diff"] == done["diff"]


def test_essence_is_called_as_the_playbook_says(onboard, extended):
    outcome = onboard(extended, product="Our Tool", unverified=["Table Setup"])["outcome"]
    assert (outcome["product"], outcome["unverified"]) == ("Our Tool", ["Table Setup"])
    assert onboard(extended)["outcome"]["product"] == "Tool"


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
    assert any("waiting up to 0 s for a person to set 4 levels" in line for line in lines)


def test_what_is_left_to_a_person_can_be_a_failure(onboard, make_instance):
    result = onboard(make_instance(edition="published"), on_unwritable="fail")
    assert result["failed"] and result["msg"] == result["reason"]
    assert result["outcome"]["levels_pending"] == 4
