# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed result returns to playbooks, and which failures are worth waiting for."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_member,
    instance_info,
    security_role,
)
from ansible_collections.msp.connectwise.plugins.module_utils._ops.context import wait_until
from ansible_collections.msp.connectwise.plugins.module_utils._ops.run import meaning as meaning_of
from ansible_collections.msp.connectwise.plugins.plugin_utils._one_pair import PRIVATE, PUBLIC, SharedPair, check

MATRIX = [{"module": "Companies", "function": "Company Maintenance", "inquire": "all"}]
REFUSED = {"status": 400, "json": {"code": "InvalidObject", "message": "no"}}
SLOW = {"code": "TooManyRequests", "message": "slow down"}


def meaning(result):
    assert result["failed"]
    return tuple(result["error"][name] for name in ("kind", "scope", "transient"))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "status", "status": 429, "json": SLOW}, ("RateLimited", "instance", True)),
        ({"kind": "status", "status": 500}, ("ServerFailed", "instance", True)),
        ({"kind": "html", "status": 200}, ("NotConnectWise", "instance", True)),
        ({"kind": "html", "status": 403}, ("NotConnectWise", "instance", True)),
    ],
)
def test_what_fails_when_the_rights_are_read_concerns_every_vendor(execute, make_instance, fault, expected):
    instance = make_instance()
    instance.fault(path="mySecurity", times=None, **fault)
    assert meaning(execute(instance_info, instance, gather=["rights"], retries=0)) == expected


def test_an_address_without_rights_is_asked_for_its_version_and_that_concerns_every_vendor(execute, make_instance):
    instance = make_instance()
    instance.fault("status", path="mySecurity", times=None, status=404, text="Not Found")
    instance.fault("status", path="system/info$", times=None, status=500)
    assert meaning(execute(instance_info, instance, gather=["rights"], retries=0)) == ("ServerFailed", "instance", True)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "status", **REFUSED}, ("Rejected", "object", False)),
        ({"kind": "status", "status": 403, "json": REFUSED["json"]}, ("Forbidden", "object", False)),
        ({"kind": "status", "status": 500}, ("ServerFailed", "object", True)),
        ({"kind": "html", "status": 403}, ("NotConnectWise", "instance", True)),
        ({"kind": "status", "status": 429, "json": SLOW}, ("RateLimited", "instance", True)),
    ],
)
def test_what_fails_at_an_object_concerns_it_alone(execute, make_instance, fault, expected):
    instance = make_instance()
    instance.fault(path="/system/securityroles$", times=None, **fault)
    assert meaning(execute(security_role, instance, name="Tool", permissions=MATRIX, retries=0)) == expected


def test_options_of_an_object_concern_it_alone_and_those_of_the_connection_everything(execute, make_instance):
    instance = make_instance()
    assert meaning(execute(security_role, instance, name=" ")) == ("InputError", "object", False)
    assert meaning(execute(security_role, instance, name="x", timeout=-1)) == ("InputError", "instance", False)


def test_an_own_member_that_is_not_there_concerns_every_vendor(execute, make_instance):
    instance = make_instance()
    instance.fault("status", path="mySecurity", times=None, status=403, json=REFUSED["json"])
    options = {"identifier": "backupvendor", "email": "new@example.com", "own_member": "nobody"}
    assert meaning(execute(api_member, instance, **options)) == ("InputError", "instance", False)


KINDS = [errors.RequestFailed]
for _kind in KINDS:  # and those below, which this adds
    KINDS += [kind for kind in _kind.__subclasses__() if kind not in KINDS]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_wait_outlasts_what_passes_and_nothing_else(clock, kind):
    asked = []

    def done():
        asked.append(kind)
        if len(asked) < 3:
            raise kind("acme at psa.example.com", "GET", "/system/info")
        return True

    if kind.transient:
        assert wait_until(done, 60, 5) and len(asked) == 3
    else:
        with pytest.raises(kind):
            wait_until(done, 60, 5)


def test_a_pair_for_one_host_that_would_reach_two_concerns_every_vendor():
    with pytest.raises(SharedPair) as caught:
        check("acme", {PUBLIC: "public", PRIVATE: None}, [PUBLIC], ["rewst"], {}, True)
    assert meaning_of(caught.value) == {"kind": "SharedPair", "scope": "instance", "transient": False}
