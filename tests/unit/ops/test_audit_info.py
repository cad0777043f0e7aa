# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_audit_info against the simulator: its findings, and its requests."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.msp.connectwise import plugins
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import cells_of
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._ops import audit_info
from ansible_collections.msp.connectwise.plugins.module_utils._ops.audit_info import StoredPair

VERBS = ("add", "edit", "delete", "inquire")
ASKED = {
    "Companies / Company Maintenance": {"inquire": "All"},
    "Companies / Contacts": {"add": "All", "edit": "All", "inquire": "All"},
    "Companies / Manage Attachments": {"add": "My", "edit": "My", "delete": "My", "inquire": "All"},
    "Finance / Agreements": {"inquire": "All"},
    "System / Table Setup": {"inquire": "All"},
}
# what is wrong with which of twenty members: cell -> the level that it has
WRONG = {
    3: {("Companies / Contacts", "edit"): "None"},
    7: {("Finance / Agreements", "delete"): "All", ("Finance / Agreements", "inquire"): "None"},
    8: {("Companies / Manage Attachments", "delete"): "None", ("Companies / Manage Attachments", "add"): "All"},
    12: {("Sales / Opportunity", "inquire"): "All"},
    19: {("System / Security Roles", "edit"): "All", ("Companies / Contacts", "add"): "None"},
}


def vendor_of(number):
    rows = []
    for name, levels in ASKED.items():
        module, function = name.split(" / ")
        rows.append({"module": module, "function": function, **{verb: level.lower() for verb, level in levels.items()}})
    names = {"role_name": f"Vendor {number} API", "member_identifier": f"vendor{number}"}
    return {"vendor": f"v{number}", "product": f"Vendor {number}", **names, "permissions": rows}


def levels_of(number):
    levels = {name: dict(cells) for name, cells in ASKED.items()}
    for (name, verb), level in WRONG.get(number, {}).items():
        levels.setdefault(name, {})[verb] = level
    return levels


@pytest.fixture
def twenty(make_instance):
    return make_instance(
        roles=[{"name": f"Vendor {number} API", "levels": levels_of(number)} for number in range(20)],
        members=[{"identifier": f"vendor{number}", "role": f"Vendor {number} API"} for number in range(20)],
        automation_role="Automation Reader",
    )


def test_twenty_members_are_audited_by_as_many_requests_as_there_are_roles(execute, twenty):
    twenty.clear_log()
    result = execute(audit_info, twenty, name="acme", catalogue=[vendor_of(number) for number in range(20)])
    wrong = {
        (member["identifier"], f"{cell['module']} / {cell['function']}", cell["verb"]): cell["is"]
        for member in result["audit"]["members"]
        for cell in cells_of(result["audit"], member)
    }
    assert wrong == {
        (f"vendor{number}", name, verb): level.lower()
        for number, cells in WRONG.items()
        for (name, verb), level in cells.items()
    }
    roles = {member["role_id"] for member in result["audit"]["members"] if member["active"]}
    assert len(roles) == 22  # with those of the automation itself and of the backup vendor
    assert len(twenty.log) == 4 + len(roles) == result["requests"]["read"]
    assert {entry["method"] for entry in twenty.log} == {"GET"} and result["requests"]["written"] == 0
    assert not result["changed"]


def test_members_that_share_a_role_cost_one_request(execute, make_instance):
    members = [{"identifier": f"tool{number}", "role": "Technician"} for number in range(5)]
    instance = make_instance(members=members, automation_role="Automation Reader")
    instance.clear_log()
    audit = execute(audit_info, instance, catalogue=[])["audit"]
    assert len(instance.log) == 4 + 3
    assert (audit["name"], audit["company"]) == (instance.connection["company"],) * 2
    shared = [finding["member"] for finding in audit["findings"] if finding["rule"] == "shared-role"]
    assert shared == [f"tool{number}" for number in range(5)]


def test_inactive_members_are_listed_and_not_compared(execute, make_instance):
    audit = execute(audit_info, make_instance(), catalogue=[])["audit"]
    retired = next(member for member in audit["members"] if member["identifier"] == "retired")
    assert (retired["active"], retired["power"], retired["comparison"]) == (False, 0, None)
    technician = next(role for role in audit["roles"] if role["name"] == "Technician")
    assert technician["levels"] == technician["members"] == []
    admin = next(role for role in audit["roles"] if role["admin"])
    assert len(admin["levels"]) == len(audit["functions"]) > 100


def test_a_key_that_may_not_read_fails_the_task(execute, make_instance):
    result = execute(audit_info, make_instance(automation_role="Technician"), catalogue=[])
    assert result["failed"] and result["error"]["kind"] == "Forbidden"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"catalogue": [{"vendor": "x", "permissions": [{"module": "A"}]}]}, "vendor x, row 1"),
        ({"catalogue": [], "audit_map": {"Rewst": "rewst"}}, "no vendors"),
    ],
)
def test_options_that_cannot_be_used_are_told_before_any_request(execute, make_instance, options, problem):
    instance = make_instance()
    instance.clear_log()
    result = execute(audit_info, instance, **options)
    assert result["failed"] and problem in result["msg"] and instance.log == []


def test_one_refused_login_is_no_dead_pair(execute, make_instance, no_pauses):
    instance = make_instance(edition="extended")
    public, private = instance.make_key("backupvendor", "nightly")
    instance.fault("status", path="mySecurity", status=401, json={"code": "Unauthorized"})
    stored = StoredPair("backupvendor", "a.yml", KeyPair(public, private))
    found = execute(Dead(stored), instance, catalogue=[])["audit"]["findings"]
    assert "dead-credentials" not in {finding["rule"] for finding in found}


def test_the_pair_of_an_inactive_member_is_not_tried(execute, make_instance):
    former = {"identifier": "former", "role": "Technician", "inactive": True}
    instance = make_instance(edition="extended", members=[former])
    stored = StoredPair("Former", "a.yml", KeyPair("oldPublicKey1234", "oldPrivateKey123"))
    found = execute(Dead(stored), instance, catalogue=[])["audit"]["findings"]
    assert "dead-credentials" not in {finding["rule"] for finding in found}


class Dead:
    """``audit_info`` with stored pairs, as the action plugin runs it."""

    argument_spec = staticmethod(audit_info.argument_spec)

    def __init__(self, *stored):
        self.run = lambda params, context: audit_info.run(params, context, stored)


@pytest.mark.parametrize("cloud", [False, True])
def test_a_stored_pair_that_is_refused_is_a_finding(execute, make_instance, cloud):
    instance = make_instance(edition="extended", cloud=cloud)
    public, private = instance.make_key("backupvendor", "nightly")
    alive = StoredPair("backupvendor", "a.yml", KeyPair(public, private))
    dead = StoredPair("backupvendor", "b.yml", KeyPair("oldPublicKey1234", "oldPrivateKey123"))
    instance.clear_log()
    result = execute(Dead(alive, dead), instance, catalogue=[])
    found = [finding for finding in result["audit"]["findings"] if finding["rule"] == "dead-credentials"]
    assert [(finding["member"], finding["level"]) for finding in found] == [("backupvendor", "error")]
    assert "oldPublicKey1234" in found[0]["message"] and "b.yml" in found[0]["message"]
    assert "oldPrivateKey123" not in str(result) and private not in str(result)
    assert {entry["method"] for entry in instance.log} == {"GET"}


def test_a_pair_that_cannot_be_tried_is_a_warning(execute, make_instance):
    instance = make_instance()
    instance.fault("status", path="mySecurity", status=503, times=None)
    stored = StoredPair("x", "a.yml", KeyPair("public12", "private12"))
    result = execute(Dead(stored), instance, catalogue=[], retries=0)
    assert not result.get("failed") and any("a.yml" in warning for warning in result["warnings"])


def texts(name):
    path = Path(next(iter(plugins.__path__))) / "modules" / f"{name}.py"
    found = re.search(r'^RETURN = r"""(.*?)"""', path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return yaml.safe_load(found.group(1))


def test_what_is_returned_is_documented(execute, make_instance):
    result = execute(audit_info, make_instance(integrator_logins=[{"username": "old"}]), catalogue=[vendor_of(1)])
    documented = texts("cw_audit_info")
    assert set(result) - {"changed", "warnings"} == set(documented) - {"error"}
    assert set(result["audit"]) == set(documented["audit"]["contains"])
    samples = documented["audit"]["contains"]
    assert set(result["audit"]["own"]) == set(samples["own"]["sample"])
    for name in ("functions", "roles", "members", "findings", "integrator_logins"):
        assert set(result["audit"][name][0]) == set(samples[name]["sample"][0])
    report = importlib.import_module("ansible_collections.msp.connectwise.plugins.module_utils._ops.audit_report")
    document = report.document_of({"audits": [result["audit"]], "catalogue": [vendor_of(1)], "generated": "now"})
    params = {"fail_on": ["admin"]}
    added = {"paths", "partial", "bounds"}
    assert set(report.describe(document, params, None)) | added == set(texts("cw_audit_report"))
