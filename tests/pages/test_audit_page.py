# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit's page in a browser: what members share is shown with each of them."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.purposes import PURPOSES
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit import (
    AuditedMember,
    AuditedRole,
    Beside,
    Own,
    audit_instance,
)
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import make_document
from ansible_collections.msp.connectwise.plugins.module_utils._domain.catalogue import Matcher, parse_catalogue
from ansible_collections.msp.connectwise.plugins.module_utils._domain.integrator_logins import IntegratorLogin
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import FunctionName
from ansible_collections.msp.connectwise.plugins.module_utils._domain.settings import SettingRow
from ansible_collections.msp.connectwise.plugins.plugin_utils._report.html import render

from .browser import Browser

VERBS = ("add", "edit", "delete", "inquire")
MEMBERS = 30


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Thirty members with one role, of two vendors by turns but for the last; and one that is inactive."""
    names = [FunctionName("Companies", "Contacts"), FunctionName("Finance", "Agreements")]
    levels = (dict.fromkeys(VERBS, "all"), {**dict.fromkeys(VERBS, "none"), "delete": "my"})
    rows = tuple(SettingRow(name, level, row_id=1) for name, level in zip(names, levels, strict=True))
    wanted = {
        "first": [{"module": "Companies", "function": "Contacts", "inquire": "all"}],
        "second": [{"module": "Finance", "function": "Agreements", "inquire": "all"}],
    }
    catalogue = parse_catalogue([{"vendor": vendor, "permissions": cells} for vendor, cells in wanted.items()])
    by_hand = {f"Tool {number}": ("first", "second")[number % 2] for number in range(MEMBERS - 1)}
    members = [AuditedMember(number, f"Tool {number}", "", True, 71) for number in range(MEMBERS)]
    members.append(AuditedMember(99, "Off", "", False, 71))
    audited = audit_instance(
        {"name": "acme", "company": "acme", "api": "https://api.example"},
        [AuditedRole(71, "Everybody's", rows=rows)], members, Matcher(catalogue, by_hand),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("audit") / "audit.html"
    path.write_text(render(make_document([audited], catalogue, "2026-11-22T04:00:00Z")), encoding="utf-8")
    return path


def opened(browser: Browser, page: pathlib.Path, member: str) -> str:
    """The text of a member's dialog."""
    browser.go(page)
    browser.run(
        "[...document.querySelectorAll('table.members button.link')].find((one) => one.innerText === arguments[0])"
        ".click()",
        member,
    )
    return " ".join(browser.text("dialog").split())


def test_members_of_one_role_and_vendor_have_the_same_differences(browser: Browser, page: pathlib.Path) -> None:
    texts, tables = [], []
    for number in (0, 2, 1):
        texts.append(opened(browser, page, f"Tool {number}"))
        tables.append(browser.visible("dialog table.changes tbody tr"))
    assert tables[0] == tables[1]
    assert [row.partition(" / ")[2].split()[:2] for row in tables[0]] == [
        ["Contacts", "add"], ["Contacts", "edit"], ["Contacts", "delete"], ["Agreements", "delete"]
    ]  # fmt: skip
    assert all(row.endswith("in excess") for row in tables[0])
    assert tables[2][0].startswith("Finance / Agreements inquire none") and tables[2][0].endswith("missing")
    assert "Can delete Contacts, Agreements (my)" in texts[0]


def test_who_shares_a_role_is_counted_beyond_some(browser: Browser, page: pathlib.Path) -> None:
    text = opened(browser, page, "Tool 3")
    shared = text.partition("Shared with ")[2]
    assert shared.startswith("Tool 0, Tool 1, Tool 2, Tool 4, ") and " and 9 more" in shared
    assert "Tool 3," not in shared.partition(" more")[0]


def test_a_member_without_a_vendor_and_one_that_is_inactive_have_no_differences(
    browser: Browser, page: pathlib.Path
) -> None:
    unknown, inactive = opened(browser, page, f"Tool {MEMBERS - 1}"), opened(browser, page, "Off")
    assert "unknown, so there is nothing to compare with" in unknown and "Differences" not in unknown
    assert "not compared" in inactive and "Shared with" not in inactive and "the member is inactive" in inactive


def test_the_heat_map_marks_what_differs(browser: Browser, page: pathlib.Path) -> None:
    browser.go(page)
    browser.run("return new Promise((done) => setTimeout(done, 200))")
    assert browser.run("return document.querySelectorAll('.heat i.excess').length") > 0
    assert browser.run("return document.querySelectorAll('.heat i.missing').length") > 0


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Four instances alike: a vendor known in part, a member that looks like a vendor's, ourselves, a legacy login."""
    contacts, security = FunctionName("Companies", "Contacts"), FunctionName("System", "Security Roles")
    rows = (
        SettingRow(contacts, {**dict.fromkeys(VERBS, "all"), "delete": "none"}, row_id=1),
        SettingRow(security, dict.fromkeys(VERBS, "all"), row_id=2),
    )
    known = [{"module": "Companies", "function": "Contacts", "inquire": "all", "unknown": ["edit"]}]
    part = {"status": "partial", "missing": "All but Companies."}
    catalogue = parse_catalogue([{"vendor": "thread", "member_identifier": "Thread", **part, "permissions": known}])
    roles = [AuditedRole(71, "Thread API", rows=rows), AuditedRole(72, "Automation", rows=rows)]
    members = [
        AuditedMember(1, "Thread", "", True, 71), AuditedMember(2, "thread_api", "", True, 71),
        AuditedMember(3, "automation", "", True, 72),
    ]  # fmt: skip
    audits = []
    for name in ("acme", "globex", "initech", "umbrella"):
        beside = Beside(
            own=Own("automation", "mySecurity"), purposes=PURPOSES,
            logins=[IntegratorLogin("oldsync", True, all_apis=True)], not_looked_at=[("the moon", "It was day.")],
            repair=lambda how, _vendor, _member, name=name: f"{how} it on {name}",
        )  # fmt: skip
        identity = {"name": name, "company": name, "api": "https://api.example"}
        audits.append(audit_instance(identity, roles, members, Matcher(catalogue), beside))
    path = tmp_path_factory.mktemp("fleet") / "audit.html"
    path.write_text(render(make_document(audits, catalogue, "2026-11-22T04:00:00Z")), encoding="utf-8")
    return path


def test_findings_stand_above_the_members_and_identical_ones_are_one(browser: Browser, fleet: pathlib.Path) -> None:
    browser.go(fleet)
    assert browser.visible("#app > section h2")[:2] == ["Findings", "Members"]
    browser.run("document.querySelectorAll('details.level').forEach((one) => { one.open = true; })")
    browser.run("return new Promise((done) => setTimeout(done, 200))")
    rows = [" ".join(row.split()) for row in browser.visible("table.found tbody tr")]
    (unknown,) = [row for row in rows if row.startswith("Unknown vendor")]
    assert "4 instances: acme, globex and 2 more" in unknown and "It looks like thread: same name" in unknown
    assert unknown.endswith("Repair: confirm it on acme (for acme; repeat for the others)")
    (login,) = [row for row in rows if row.startswith("Integrator login")]
    assert "oldsync" in login and "may use all APIs" in login
    assert browser.text("section[aria-labelledby=beside-title]").count("not looked at: the moon. It was day.") == 4


def test_what_is_unknown_is_marked_and_ourselves_are_named(browser: Browser, fleet: pathlib.Path) -> None:
    browser.go(fleet)
    browser.run("return new Promise((done) => setTimeout(done, 200))")
    assert browser.run("return document.querySelectorAll('.heat tbody i.unsure').length") == 5
    text = opened(browser, fleet, "Thread")
    assert "Unknown whether the vendor asks for 5 permissions" in text and "(All but Companies.)" in text
    own = opened(browser, fleet, "automation")
    assert "none: the automation itself uses this member" in own and "Known by mySecurity" in own
    assert "For rotation" in own and "Enough, each at All System / Security Roles (add, edit, delete, inquire)" in own
    alike = opened(browser, fleet, "thread_api")
    assert "Looks like thread: same name but for 'api'" in alike
