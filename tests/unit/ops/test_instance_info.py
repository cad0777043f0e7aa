# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions of the automation's own key, compared with what each kind of run needs."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import purposes
from ansible_collections.msp.connectwise.plugins.module_utils._ops import api_key, audit_info, instance_info

ROLE = "Automation"
ALL_NEEDS = purposes.NEEDS["onboarding"]


def levels(needs):
    """The automation's role with only these permissions."""
    known = {function: dict.fromkeys(("add", "edit", "delete", "inquire"), "None") for function, _verb in ALL_NEEDS}
    for function, verb in needs:
        known[function][verb] = "All"
    return known


@pytest.fixture
def instance(make_instance):
    return make_instance(automation_role=ROLE, edition="extended")


def allow(instance, needs):
    for function, verbs in levels(needs).items():
        for verb, level in verbs.items():
            try:
                instance.set_levels(ROLE, {function: {verb: level}})
            except ValueError:  # the function has no such verb
                assert level == "None"


def check(execute, instance):
    return execute(instance_info, instance, gather=["rights"])["instance"]


@pytest.mark.parametrize("purpose", purposes.NEEDS)
def test_a_role_with_exactly_these_rights_is_granted(execute, instance, purpose):
    allow(instance, purposes.NEEDS[purpose])
    found = check(execute, instance)["rights"][purpose]
    assert found == {"state": "granted", "missing": [], "not_offered": []}


@pytest.mark.parametrize(
    ("purpose", "need"), [(purpose, need) for purpose, needs in purposes.NEEDS.items() for need in needs]
)
def test_each_right_that_is_gone_is_named(execute, instance, purpose, need):
    allow(instance, [other for other in purposes.NEEDS[purpose] if other != need])
    found = check(execute, instance)
    module, function = need[0].split(" / ")
    cell = {"module": module, "function": function, "verb": need[1], "is": "none", "should_be": "all"}
    assert found["rights"][purpose] == {"state": "missing", "missing": [cell], "not_offered": []}
    assert f"    {need[0]}, {need[1].title()}: None -> All" in found["lines"]
    assert found["ready"] is False


def audit(execute, instance):
    return execute(audit_info, instance)


def rotate(execute, instance):
    """The requests of a rotation: look at the member and its keys, create one, retire the other."""
    options = {"member": "backupvendor", "description": "Backup production", "return_private_key": True, "force": True}
    made = execute(api_key, instance, **options)
    old = {"member": "backupvendor", "pair_public_key": made.get("public_key"), "state": "absent"}
    return made if made.get("failed") else execute(api_key, instance, **old)


@pytest.mark.parametrize(("purpose", "act"), [("audit", audit), ("rotation", rotate)])
def test_what_is_said_to_be_needed_is_enough_and_none_of_it_can_be_spared(execute, instance, purpose, act):
    needs = purposes.NEEDS[purpose]
    allow(instance, needs)
    assert not act(execute, instance).get("failed")
    for need in needs:
        allow(instance, [other for other in needs if other != need])
        assert act(execute, instance).get("failed"), need


def test_levels_of_nulls_and_lists_cut_short_prove_nothing(execute, instance):
    row = {"moduleName": "System", "moduleFunctionName": "My Company", "inquireLevel": None, "addLevel": "None"}
    instance.fault("status", path="mySecurity", status=200, json=[row])
    found = check(execute, instance)["rights"]["onboarding"]
    assert (found["state"], found["missing"]) == ("limited", [])
    assert len(found["not_offered"]) == len(purposes.NEEDS["onboarding"])


def test_my_instead_of_all_is_missing(execute, instance):
    row = {"moduleName": "System", "moduleFunctionName": "My Company", "inquireLevel": "My", "addLevel": "None"}
    instance.fault("status", path="mySecurity", status=200, json=[row])
    found = check(execute, instance)
    assert "    System / My Company, Inquire: My -> All" in found["lines"]


@pytest.mark.parametrize("gather", [["version"], ["rights"], ["writes"], ["rights", "writes"]])
def test_only_what_was_gathered_is_told(execute, instance, gather):
    lines = "\n".join(execute(instance_info, instance, gather=gather)["instance"]["lines"])
    assert ("ConnectWise v2025" in lines) is ("version" in gather)
    assert ("onboarding: " in lines and " as automation" in lines) is ("rights" in gather)
    assert ("API keys: " in lines) is ("writes" in gather)
