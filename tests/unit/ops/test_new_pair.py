# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new key pair for the automation itself, tested before it is in the inventory."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._ops import instance_info

ROLE = "Automation"
OWN = "automation"


@pytest.fixture
def instance(make_instance):
    return make_instance(automation_role=ROLE)


@pytest.fixture
def tried(execute, monkeypatch):
    """``tried(instance, public, private)`` is the result, in which the private half stands nowhere."""
    run = instance_info.run

    def call(instance, public, private, **options):
        before, pair = instance.state, KeyPair(public, private)
        monkeypatch.setattr(instance_info, "run", lambda params, context: run(params, context, pair))
        found = execute(instance_info, instance, gather=["rights"], **options)
        assert private not in json.dumps(found)
        assert instance.state == before and {entry["method"] for entry in instance.log} == {"GET"}
        return found

    return call


def test_a_second_key_of_the_same_member(instance, tried):
    public, private = instance.make_key(OWN, "renewed")
    found = tried(instance, public, private)["instance"]
    new = found["new_pair"]
    assert (new["logs_in"], new["ready"], new["same_member"], new["reason"]) == (True, True, True, "")
    assert new["member"]["identifier"] == OWN and new["public_key"] == public
    assert new["rights"] == found["rights"]
    assert f"  the new pair ({public}) logs in as {OWN}, the member of the current key" in found["lines"]
    assert "    onboarding: the key has every permission that it needs" in "\n".join(found["lines"])


def test_a_key_of_another_member_with_fewer_rights(instance, tried):
    public, private = instance.make_key("backupvendor", "another")
    found = tried(instance, public, private)["instance"]
    new = found["new_pair"]
    assert (new["logs_in"], new["ready"], new["same_member"]) == (True, False, False)
    missing = {f"{cell['module']} / {cell['function']}" for cell in new["rights"]["onboarding"]["missing"]}
    assert "System / Security Roles" in missing and found["ready"] is True
    text = "\n".join(found["lines"])
    assert f"the new pair ({public}) logs in as backupvendor; the current key belongs to {OWN}" in text
    assert "set in System > Security Roles, in the role of backupvendor:" in text


def test_a_pair_that_is_refused(instance, tried):
    public, private = instance.make_key(OWN, "retired at once")
    instance.retire_key(public)
    new = tried(instance, public, private)["instance"]["new_pair"]
    assert (new["logs_in"], new["ready"], new["rights"], new["public_key"]) == (False, False, None, None)
    assert new["reason"]


def test_halves_in_each_others_place(instance, tried):
    public, private = instance.make_key(OWN, "renewed")
    found = tried(instance, private, public)["instance"]
    assert found["new_pair"]["reason"] == "its public and private key are swapped"
    assert private not in "".join(found["lines"])


def test_the_pair_that_is_in_use_already(instance, tried):
    connection = instance.connection
    found = tried(instance, connection["public_key"], "AnotherPrivateHalf")
    assert found["failed"] and "is the one already in the inventory" in found["msg"]


def test_an_instance_that_names_nobody(make_instance, tried):
    instance = make_instance(automation_role=ROLE)
    public, private = instance.make_key(OWN, "renewed")
    instance.fault("status", path="/system/mySecurity", status=403, times=1000)
    found = tried(instance, public, private)["instance"]
    new = found["new_pair"]
    assert (new["logs_in"], new["ready"], new["same_member"]) == (True, None, None)
    assert f"  the new pair ({public}) logs in; the instance doesn't name its member" in found["lines"]
