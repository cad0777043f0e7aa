# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys through the module on another machine: each step is one run of it."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import AnswerLost, CwError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyInfo, KeyPair, KeyStatus, Proof
from ansible_collections.msp.connectwise.plugins.plugin_utils._module_keys import ModuleFailed, ModuleKeys

PAIR = KeyPair("public", "private")
PROOF = {"logs_in": True, "member": None, "matrix": "differs", "missing": ["a"], "excess": []}
ARGS = {
    "company": "acme",
    "member": "Rewst",
    "credentials_file": "x",
    "force": True,
    "description": "d",
    "state": "present",
}


class Module:
    def __init__(self, *results):
        self.results, self.calls = list(results), []

    def __call__(self, args, check_mode):
        self.calls.append((args, check_mode))
        return self.results.pop(0)


def keys(*results):
    module = Module(*results)
    return ModuleKeys(ARGS, module), module


def test_a_login_verifies_the_pair_without_a_place_of_the_controllers():
    subject, module = keys({"proof": PROOF, "requests": {"read": 2, "written": 0, "retried": 1}})
    assert subject.login(PAIR) == Proof(True, "", "differs", ("a",), ())
    args, check_mode = module.calls[0]
    assert (args["pair_public_key"], args["pair_private_key"], check_mode) == ("public", "private", False)
    assert not {"credentials_file", "force", "state"} & set(args)
    assert subject.requests == {"read": 2, "written": 0, "retried": 1}


def test_only_a_refused_pair_is_a_refused_login():
    subject, _module = keys({"failed": True, "msg": "no", "error": {"kind": "PairRefused"}})
    assert subject.login(PAIR) == Proof(False, reason="no")


@pytest.mark.parametrize(
    "result",
    [
        {"failed": True, "msg": "MODULE FAILURE"},
        {"failed": True, "msg": "no requests", "exception": "x"},
        {"failed": True, "msg": "x", "error": {"kind": "ServerFailed"}},
        {"unreachable": True, "msg": "ssh"},
        {"failed": True, "msg": "bad option", "problems": ["x"]},
        {"failed": True},
        {"unreachable": True},
    ],
)
def test_a_module_that_fails_otherwise_says_nothing_of_the_pair(result):
    for step in (
        lambda subject: subject.login(PAIR),
        lambda subject: subject.status(),
        lambda subject: subject.retire(1),
    ):
        with pytest.raises(ModuleFailed):
            step(keys(result)[0])


def test_the_status_is_asked_in_check_mode():
    listed = [{"id": 1, "public_key": "p", "description": "d", "active": False}]
    subject, module = keys({"member_id": 5, "key_route_offered": True, "member_keys": listed, "member_active": True})
    assert subject.status() == KeyStatus(5, True, (KeyInfo(1, "p", "d", False),), "", True)
    assert module.calls[0][1] is True


def test_a_key_is_made_and_its_private_half_returned():
    subject, module = keys({"public_key": "p", "private_key": "s", "key_id": 9})
    assert subject.create("new") == KeyPair("p", "s", 9)
    args, check_mode = module.calls[0]
    assert (args["description"], args["return_private_key"], args["force"], check_mode) == ("new", True, True, False)


@pytest.mark.parametrize("result", [{"unreachable": True}, {"failed": True, "msg": "x"}, {"public_key": "p"}])
def test_a_creation_without_a_private_half_may_have_made_a_key(result):
    with pytest.raises(AnswerLost):
        keys(result)[0].create("new")


def test_a_key_is_retired_by_its_id():
    subject, module = keys({"changed": True})
    subject.retire(7)
    assert (module.calls[0][0]["state"], module.calls[0][0]["key_id"]) == ("absent", 7)
    assert issubclass(ModuleFailed, CwError)
