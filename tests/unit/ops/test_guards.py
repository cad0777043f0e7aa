# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operations refuse, so that nobody is locked out or changed by accident."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import DocumentError
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_key,
    api_member,
    audit_report,
    credentials_info,
    security_role,
    security_role_info,
)

MATRIX = [{"module": "Companies", "function": "Company Maintenance", "inquire": "all"}]


def changes(instance):
    return [entry for entry in instance.log if entry["method"] != "GET" and entry["status"] < 300]


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_automations_own_role_is_left_alone(execute, make_instance, check_mode):
    instance = make_instance(edition="extended", automation_role="Automation")
    result = execute(security_role, instance, check_mode, name="Automation", permissions=MATRIX)
    assert result["failed"] and "lock the automation out" in result["msg"] and not changes(instance)


def test_the_automations_own_role_is_left_alone_where_people_may_not_be_read(execute, make_instance):
    instance = make_instance(edition="extended", automation_role="Automation")
    instance.fault("status", path="/system/members", status=403, json={"code": "Security", "message": "no"}, times=None)
    result = execute(security_role, instance, name="Automation", permissions=MATRIX)
    assert result["failed"] and "lock the automation out" in result["msg"] and not changes(instance)


@pytest.mark.parametrize("options", [{"state": "absent"}, {"security_role": "Technician"}])
def test_the_automations_own_member_is_left_alone(execute, make_instance, options):
    instance = make_instance()
    result = execute(api_member, instance, identifier="automation", **options)
    assert result["failed"] and "is the automation's own" in result["msg"] and not changes(instance)


def test_people_who_have_a_role_are_named_before_it_changes(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.add_role("Helpdesk", levels={"Companies / Contacts": {"edit": "All"}})
    instance.add_member("person1", "Helpdesk", license_class="F")
    result = execute(security_role, instance, name="Helpdesk", permissions=MATRIX, members=["Rewst"])
    assert "is also used by person1" in result["warnings"][0]
    (role,) = execute(security_role_info, instance, name="Helpdesk", levels=False, users=True)["roles"]
    assert role["used_by"] == ["person1"]


def test_rows_that_are_not_shown_after_a_write_prove_nothing(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.add_role("Tool")
    instance.fault("status", method="GET", path="settings$", status=200, json=[], after=1, times=None)
    result = execute(security_role, instance, name="Tool", permissions=MATRIX, on_unwritable="report")
    assert result["levels_set"] == 0 and len(result["pending"]) == 1


def test_a_failure_after_a_write_says_that_something_changed(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.fault("status", method="GET", path="securityRoles/.*/settings$", status=500, after=1, times=None)
    result = execute(security_role, instance, name="Tool", permissions=MATRIX, retries=0)
    assert result["failed"] and result["changed"]


def test_a_level_that_was_never_published_does_not_pass_for_none(execute, make_instance):
    instance = make_instance()
    instance.add_role("Tool")
    name = {"moduleName": "Companies", "moduleFunctionName": "Contacts"}
    rows = [{"id": 1, **name, "deleteLevel": "Team", "addLevel": "None"}]
    instance.fault("status", method="GET", path="settings$", status=200, json=rows, times=None)
    result = execute(security_role, instance, name="Tool", permissions=[], on_unwritable="report")
    (cell,) = result["not_offered"]
    assert (cell["verb"], cell["is"], cell["should_be"]) == ("delete", "team", "none")
    assert result["pending"] == [] and "'team', which isn't a known level" in cell["reason"]


def test_ids_may_be_text(execute, make_instance):
    instance = make_instance()
    members = [{"id": "512", "identifier": "Tool", "securityRole": {"id": "64", "name": "Technician"}}]
    instance.fault("status", method="GET", path="apiMembers$", status=200, json=members, times=None)
    result = execute(api_member, instance, identifier="Tool", security_role="Technician")
    assert not result["changed"] and (result["member"]["id"], result["member"]["security_role_id"]) == (512, 64)


def test_a_key_that_rest_lists_and_does_not_make_is_handed_over(execute, make_instance):
    instance = make_instance(edition="extended")
    refusal = {"code": "x", "message": "no"}
    instance.fault("status", method="POST", path="apiKeys$", status=405, json=refusal, times=None)
    result = execute(
        api_key,
        instance,
        member="backupvendor",
        description="Tool",
        return_private_key=True,
        on_unwritable="report",
    )
    assert not result.get("failed") and result["pending"] and "405" in result["reason"]


@pytest.mark.parametrize("odd", [{"instances": [{}]}, {"instances": [5]}, {"instances": [{"name": "x", "members": 1}]}])
def test_an_earlier_audit_that_is_not_whole_is_named(odd):
    now = {"summary": {}, "instances": [{"name": "x", "error": None, "members": [], "roles": [], "findings": []}]}
    document = {"format": "msp.connectwise.audit", "version": 1, "generated": "2026-01-01T00:00:00Z", **odd}
    with pytest.raises(DocumentError, match=r"old.json can't be compared"):
        audit_report.describe(now, {"fail_on": ["none"], "since": "old.json"}, document)


class Place:
    """A credentials file of one member."""

    place = "rewst.yml"

    def exists(self):
        return True

    readable = True

    def document(self):
        whose = {"site": "na.myconnectwise.net", "company": "acme", "member": "OldRewst"}
        return {**whose, "public_key": "x", "private_key": "y"}

    def check_writable(self):
        return None


def test_a_file_of_another_member_is_not_ready():
    assert credentials_info.describe(Place(), "oldrewst")["ready"]
    result = credentials_info.describe(Place(), "Rewst")
    assert not result["ready"] and "API member 'OldRewst', not of 'Rewst'" in result["msg"]
