# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_first_contact: the statements and their checks, the anonymous report, and how it reads answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import routes
from ansible_collections.msp.connectwise.plugins.module_utils._client.profile import Profile, name_of
from ansible_collections.msp.connectwise.plugins.module_utils._contact import report
from ansible_collections.msp.connectwise.plugins.module_utils._contact.judging import Verdict
from ansible_collections.msp.connectwise.plugins.module_utils._domain.statements import (
    GUESSED,
    MEMBER,
    READING,
    ROLE,
    STATEMENTS,
)
from ansible_collections.msp.connectwise.plugins.module_utils._ops import first_contact
from simulator.catalogue import functions

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "plugins/plugin_utils/_report/first_contact.schema.json").read_text(encoding="utf-8"))
OWN = "Automation"
KEPT = (
    "Security Roles", "Member Maintenance", "My Company", "Table Setup", "Service Tickets", "API Reports", "Reports"
)  # fmt: skip
DROPPED = [f"{each.module} / {each.name}" for each in functions() if each.name not in KEPT]


@pytest.fixture
def make_instance(make_instance):
    """An instance with a few functions, so that many can be created."""
    return lambda **options: make_instance(**{"without_functions": DROPPED, **options})


def plain(text):
    return " ".join(re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", text).split())


API_PAGE = (ROOT / "docs/connectwise-api.md").read_text(encoding="utf-8")


def look(execute, instance, **options):
    result = execute(first_contact, instance, **options)
    assert not result.get("failed"), result.get("msg")
    jsonschema.validate(result["report"], SCHEMA)
    return result


def seen(result):
    return {each["id"]: (each["outcome"], each["detail"]) for each in result["report"]["statements"]}


def outcome(result, name):
    return seen(result)[name][0]


def test_every_statement_stands_on_the_page_of_the_api():
    page = plain(API_PAGE)
    lacking = [each.id for each in STATEMENTS.values() if plain(each.said or each.text).rstrip(".") not in page]
    assert not lacking, "correct what these say the page has (said), or the page"


def test_every_guess_of_the_page_has_a_statement():
    rows = [
        line for line in API_PAGE.splitlines() if line.startswith("|") and re.search(r"\|[^*|]*guessed[^|]*\|", line)
    ]
    assert len(rows) >= 15
    said = [plain(each.said or each.text).rstrip(".") for each in STATEMENTS.values()]
    assert [row for row in rows if not any(text in plain(row) for text in said)] == []


def test_a_statement_that_nothing_looks_at_says_why():
    assert {each.by for each in STATEMENTS.values()} == {READING, ROLE, MEMBER, ""}
    guesses = [each for each in STATEMENTS.values() if not each.by]
    assert guesses and all(each.why.endswith(".") for each in guesses)
    assert all(not each.why for each in STATEMENTS.values() if each.by)
    assert any(each.grade == GUESSED and each.by == READING for each in STATEMENTS.values())


def test_reading_looks_at_each_statement_that_it_is_said_to(execute, make_instance):
    result = look(execute, make_instance(edition="extended"))
    by_writes = {each.id for each in STATEMENTS.values() if each.by != READING}
    said = {name for name, (_outcome, detail) in seen(result).items() if detail.startswith("Only writes")}
    said |= {name for name, (_outcome, detail) in seen(result).items() if detail.startswith("Only an API member")}
    assert said | {each.id for each in STATEMENTS.values() if not each.by} == by_writes
    assert list(seen(result)) == list(STATEMENTS)


def test_it_reads_and_changes_nothing(execute, make_instance, edition):
    instance = make_instance(edition=edition)
    before = instance.state
    look(execute, instance)
    assert instance.state == before
    assert {entry["method"] for entry in instance.log} == {"GET"}
    assert len(instance.log) < 80


def test_undocumented_routes_that_are_turned_off_aren_t_asked(execute, make_instance):
    instance = make_instance(edition="extended")
    result = look(execute, instance, probe_undocumented=False)
    paths = [entry["path"] for entry in instance.log]
    assert not [path for path in paths if "apiKeys" in path or "reports" in path]
    assert outcome(result, "keys-route") == outcome(result, "reports-levels") == "not tried"
    assert result["profile"]["routes"] == {"missing": [], "worked": []}


def test_a_login_that_fails_ends_it(execute, make_instance):
    result = execute(first_contact, make_instance(), private_key="not-the-right-one")
    assert result["failed"] and result["error"]["kind"] == "Unauthorized"


@pytest.mark.parametrize(
    "path", ["info$", "mySecurity$", "securityroles$", "apiMembers$", "members$", "settings$", "default$"]
)
@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "html", "status": 403},
        {"kind": "status", "status": 403, "json": {"code": "Security", "message": "no"}},
        {"kind": "status", "status": 200, "json": {"id": "x", "rows": [1]}},
        {"kind": "status", "status": 200, "json": [1, None, [], {"id": [], "name": {}, "addLevel": {}, "member": 5}]},
        {"kind": "status", "status": 500, "json": {"code": "Error", "message": "oh"}},
    ],
    ids=["a page", "a refusal", "an object", "rows of anything", "a fault"],
)
def test_no_answer_but_to_the_login_ends_it(execute, make_instance, path, answer):
    instance = make_instance(edition="extended", automation_role=OWN)
    instance.fault(**answer, path=path, times=None)
    look(execute, instance, retries=0)


def test_an_instance_that_falls_silent_isn_t_asked_everything(execute, make_instance):
    instance = make_instance()
    instance.fault("reset", path="system", after=3, times=None)
    result = look(execute, instance, retries=0)
    assert len(instance.log) < 30
    assert any("stopped answering" in each for each in result["warnings"])


CANARY = "zanzibar"


def canaries(make_instance, simulator, edition):
    """An instance in which every name, identifier and key is one, and every id begins alike."""
    rename = {"System / API Reports": (f"{CANARY} module", f"{CANARY} function")}
    instance = simulator.add_instance(f"{CANARY}co", edition=edition, rename_functions=rename)
    store = instance.instance
    for number, role in enumerate(store.store.roles.values()):
        role.name = "Admin" if role.admin else f"{CANARY} role {number}"
        role.role_type = CANARY
        role.updated_by = CANARY
    for number, member in enumerate(store.store.members.values()):
        member.identifier, member.name, member.email = (
            f"{CANARY}{number}",
            f"{CANARY} m {number}",
            f"{CANARY}@example.com",
        )
        member.notes = f"{CANARY} notes"
    for key in store.store.keys.values():
        key.description = f"{CANARY} key"
    for table in store.lookups.values():
        for row in table:
            row["name"] = f"{CANARY} {row['id']}"
    store.options.version = "v2025.1.10675"
    return instance


def told(instance):
    """What may stand in no report: names, and ids with their words."""
    store = instance.instance.store
    keys = [half for key in store.keys.values() for half in (key.public, key.private)]
    return [CANARY, "127.0.0.1", "localhost", instance.instance.client_id, *keys]


def test_no_name_id_key_host_or_company_is_in_the_report(execute, make_instance, simulator, edition):
    instance = canaries(make_instance, simulator, edition)
    result = look(execute, instance)
    text = json.dumps(result["report"], ensure_ascii=False) + report.page(result["report"])
    assert [each for each in told(instance) if each.casefold() in text.casefold()] == []
    ids = [role.id for role in instance.instance.store.roles.values()]
    ids += [row.id for role in instance.instance.store.roles.values() for row in role.settings]
    ids += [member.id for member in instance.instance.store.members.values() if member.id > 120]
    assert not [each for each in ids if each > 130 and re.search(rf"\b{each}\b", text)]


@pytest.mark.parametrize(
    "path", ["info", "securityroles", "apiMembers", "default", "customizeItems", "reports", "settings"]
)
def test_no_text_of_an_error_is_in_the_report(execute, make_instance, path):
    instance = make_instance(edition="extended")
    error = {"code": CANARY, "message": CANARY, "errors": [{"field": CANARY, "code": CANARY, "message": CANARY}]}
    instance.fault("status", path=path, status=400, json=error, times=None)
    result = execute(first_contact, instance, retries=0)
    assert CANARY not in json.dumps(result.get("report", {})) and CANARY not in report.page(result["report"])


def test_odd_versions_and_regions_aren_t_repeated(execute, make_instance):
    instance = make_instance()
    told_of = {"version": f"v2025.1 {CANARY}", "cloudRegion": CANARY, "isCloud": CANARY}
    instance.fault("status", path="system/info$", status=200, json=told_of, times=None)
    instance.fault("status", path="companyinfo", status=200, json={"Codebase": f"{CANARY}/"}, times=None)
    result = look(execute, instance)
    assert CANARY not in json.dumps(result["report"])
    assert result["report"]["instance"]["version"] is None
    assert outcome(result, "codebase") == "seen otherwise"


REPORT = {"Member_ID": "automation", "Module_Name": "Member Maintenance"}
NUMBERS = {"Add_Level": 2, "Edit_Level": 2, "Delete_Level": 0, "Inquire_Level": 2}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{**REPORT, **NUMBERS}], "seen"),
        ([{**REPORT, **NUMBERS, "Add_Level": 1}], "seen otherwise"),
        ([{**REPORT, **NUMBERS, "Module_Name": "Nothing"}], "not tried"),
        ([{"Name": "x"}], "seen otherwise"),
    ],
    ids=["agrees", "differs", "another function", "other columns"],
)
def test_the_report_of_levels_is_held_against_the_settings(execute, make_instance, rows, expected):
    instance = make_instance(automation_role=OWN)
    instance.fault("status", path="reports/MemberSecurityRoles", status=200, json=rows, times=None)
    assert outcome(look(execute, instance), "reports-levels") == expected


def test_a_right_that_is_missing_shows_what_guards_a_route(execute, make_instance):
    instance = make_instance(automation_role=OWN)
    instance.set_levels(OWN, {"System / Table Setup": {"inquire": "None"}, "System / My Company": {"inquire": "None"}})
    found = seen(look(execute, instance))
    assert found["right-tables"] == ("seen", "the key has None: 0 of 2 answered, 2 refused")
    assert found["right-company"][0] == "seen"
    assert found["boards-need-tables"][0] == "seen"
    assert found["right-members"][0] == "not tried"


def test_a_role_that_is_left_out_since_it_is_inactive_is_found(execute, make_instance):
    instance = make_instance(inactive_roles_listed=False)
    instance.add_role("Old", inactive=True)
    instance.add_member("olduser", "Old")
    assert outcome(look(execute, instance), "roles-inactive") == "seen otherwise"


def kept_of(result, **changes):
    seen_before = {name: Verdict(**each) for name, each in result["profile"]["seen"].items()}
    found = result["profile"]["routes"]
    profile = Profile(result["profile"]["product_version"], frozenset(found["missing"]), frozenset(found["worked"]))
    return first_contact.Kept(changes.get("profile", profile), changes.get("seen", seen_before))


def test_what_only_writes_can_show_is_kept_until_the_version_changes(execute, make_instance):
    instance = make_instance()
    shown = {"levels-write": Verdict("seen", "404, no such route")}
    route = name_of(routes.SETTING_WRITE)

    class Operation:
        argument_spec = staticmethod(first_contact.argument_spec)

        def __init__(self, version):
            self.kept = first_contact.Kept(Profile(version, frozenset([route])), shown)

        def run(self, params, context):
            return first_contact.run(params, context, self.kept)

    result = execute(Operation(instance.instance.options.version), instance)
    assert outcome(result, "levels-write") == "seen" and route in result["profile"]["routes"]["missing"]
    result = execute(Operation("v2024.9.1"), instance)
    assert outcome(result, "levels-write") == "not tried" and route not in result["profile"]["routes"]["missing"]


@pytest.mark.parametrize(
    ("habit", "missing"),
    [
        ("no_endpoint", True),
        ("not_found", True),
        ("method_not_allowed", True),
        ("page", False),
        ("page_403", False),
        ("forbidden", False),
        ("server_error", False),
        ("bad_request", False),
        ("other_json", False),
    ],
)
def test_only_an_answer_that_there_is_no_such_route_is_remembered(execute, make_instance, habit, missing):
    result = look(execute, make_instance(edition="extended", keys_get=habit), retries=0)
    assert result["profile"]["routes"] == {"missing": [name_of(routes.KEYS)] if missing else [], "worked": []}
    assert outcome(result, "keys-route") == ("seen" if missing else "not tried")


def test_a_page_with_404_isn_t_remembered(execute, make_instance):
    instance = make_instance(edition="extended")
    instance.fault("html", status=404, path="apiKeys", times=None)
    result = look(execute, instance)
    assert result["profile"]["routes"]["missing"] == []
