# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each finding has its repair; the most dangerous come first, and identical ones are listed once."""

from __future__ import annotations

import json
import shlex

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import gravest, grouped
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_findings import (
    BRING,
    CONFIRM,
    REPLACE,
    TAKE_OVER,
)
from ansible_collections.msp.connectwise.plugins.plugin_utils._audit_repairs import Repairs
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import audit_lines, html, markdown, sarif
from audit_builders import audit, document, member, role, vendor

STARTED = shlex.split(
    "/x/ansible-playbook playbooks/audit.yml -i my/inventory.yml --vault-password-file my/pw --limit acme"
    " -e audit_fail_on=excess -e cw_output_dir=out -e cw_private_key=SECRET"
)
KEPT = "-i my/inventory.yml --vault-password-file my/pw -e cw_output_dir=out"
RESULT = {"changes": None, "paths": {}, "bounds": {}, "failures": []}


def repairs(on_awx=False, kept=None, wanted=None, started=STARTED, offered=("rewst", "hudu")):
    return Repairs(started, "acme", on_awx, kept or {}, wanted, offered)


@pytest.mark.parametrize(
    ("how", "given", "expected"),
    [
        (BRING, {}, f"playbooks/adopt.yml {KEPT} -e target=acme -e vendor=rewst -e adopt_member=Old"),
        (BRING, {"kept": {"rewst": "old"}}, f"playbooks/onboard.yml {KEPT} -e target=acme -e vendor=rewst"),
        (BRING, {"kept": {"rewst": "Another"}},
         f"playbooks/adopt.yml {KEPT} -e target=acme -e vendor=rewst -e adopt_member=Old"),
        (TAKE_OVER, {"kept": {"rewst": "Old"}},
         f"playbooks/adopt.yml {KEPT} -e target=acme -e vendor=rewst -e adopt_member=Old"),
        (REPLACE, {}, f"playbooks/onboard.yml {KEPT} -e onboard_restore=true -e target=acme -e vendor=rewst"),
        (REPLACE, {"wanted": ["hudu", "rewst"]},
         f"playbooks/onboard.yml {KEPT} -e onboard_restore=true -e target=acme -e vendor=rewst"),
        (REPLACE, {"wanted": []}, f"playbooks/offboard.yml {KEPT} -e target=acme -e vendor=rewst"),
        (REPLACE, {"wanted": ["hudu"]}, f"playbooks/offboard.yml {KEPT} -e target=acme -e vendor=rewst"),
    ],
)  # fmt: skip
def test_the_command_is_filled_in(how, given, expected):
    assert repairs(**given)(how, "rewst", "Old") == f"ansible-playbook {expected}"


@pytest.mark.parametrize("how", [BRING, TAKE_OVER, REPLACE])
def test_a_vendor_that_cannot_be_onboarded_has_no_command(how):
    assert repairs()(how, "timesheets", "Old") == "" == repairs()(how, "coro", "Old")
    assert "vendor=timesheets" in repairs(offered=["timesheets"])(how, "timesheets", "Old")


@pytest.mark.parametrize(
    ("started", "playbook"),
    [
        ("ansible-playbook mine.yml -i inv", "msp.connectwise.adopt"),
        ("ansible-playbook msp.connectwise.audit -i inv", "msp.connectwise.adopt"),
        ("ansible-playbook /srv/c/playbooks/audit.yml -i inv", "/srv/c/playbooks/adopt.yml"),
    ],
)
def test_whatever_was_started_the_playbook_is_ours(started, playbook):
    command = repairs(started=shlex.split(started))(BRING, "rewst", "Old")
    assert command.startswith(f"ansible-playbook {playbook} -i inv ") or command.split()[1] == playbook


@pytest.mark.parametrize("name", ["Hudu API", "a'b\"c", "a=b", "ü", "back\\slash", "\u202eabc", "a\nb", "-x", "@file"])
def test_an_odd_name_arrives_as_it_is(name):
    command = repairs()(TAKE_OVER, "rewst", name)
    assert command.isascii() and command.isprintable()
    extra = shlex.split(command)[-1]
    given = json.loads(extra)["adopt_member"] if extra.startswith("{") else extra.partition("=")[2]
    assert given == name
    # a text behind name= is one word without quotes for Ansible, which takes it apart
    assert extra.startswith("{") or not set(" '\"\\=") & set(given)


@pytest.mark.parametrize("name", ["{{ 7 * 7 }}", "{% raw %}", "a{# x #}", "{{lookup('pipe','id')}}"])
def test_a_name_that_ansible_would_carry_out_gets_no_command(name):
    assert repairs()(TAKE_OVER, "rewst", name) == ""


def test_a_suggestion_is_confirmed_in_the_inventory():
    assert repairs()(CONFIRM, "hudu", "hudu_api") == "If that is right, add to audit_map of acme: hudu_api: hudu"
    assert repairs()(CONFIRM, "coro", "a: b") == 'If that is right, add to audit_map of acme: "a: b": coro'


def test_on_awx_it_is_a_job_template():
    assert repairs(on_awx=True)(BRING, "rewst", "Old") == (
        "Launch the job template ConnectWise adopt with target acme, vendor rewst, adopt_member Old"
    )
    assert repairs(on_awx=True, wanted=[])(REPLACE, "rewst", "Old").endswith("offboard with target acme, vendor rewst")


def how_of(instance):
    return {(each["rule"], each["member"]): each["repair"] for each in instance["findings"]}


def test_each_finding_asks_for_its_own_repair():
    roles = [
        role(1, "Rewst API", ("AAA-", "---A", "----", "----")),
        role(2, "Admin", ("----",) * 4, admin=True),
        role(3, "Asleep", ("AA-A", "---A", "----", "----"), active=False),
        role(4, "Nobody", ("----",) * 4),
    ]
    members = [
        member("Rewst", 1), member("Ninja", 2), member("Late", 3), member("Lost", None), member("Free", 4, active=False)
    ]  # fmt: skip
    by_hand = {"Late": "rewst", "Lost": "rewst"}
    dead = [("Rewst", "It doesn't log in."), ("Gone", "It doesn't log in either.")]
    instance = audit(roles, members, [vendor(), vendor("ninja")], by_hand, dead=dead,
                     repair=lambda how, name, who: f"{how} {name} {who}")  # fmt: skip
    assert how_of(instance) == {
        ("missing", "Rewst"): "bring rewst Rewst", ("excess", "Rewst"): "bring rewst Rewst",
        ("beyond-catalogue", "Rewst"): "bring rewst Rewst", ("dead-credentials", "Rewst"): "replace rewst Rewst",
        ("dead-credentials", "Gone"): "", ("admin", "Ninja"): "take over ninja Ninja",
        ("excess", "Ninja"): "bring ninja Ninja", ("inactive-role", "Late"): "take over rewst Late",
        ("member-without-role", "Lost"): "take over rewst Lost", ("role-without-members", None): "",
    }  # fmt: skip


def named(name, *given, **more):
    return {**audit(*given, **more), "name": name}


def fleet(count=14):
    """Instances with the same excess; one with an Admin role, and one that can't be read."""
    repair = "ansible-playbook adopt.yml -e target={}".format
    alike = [
        named(f"host{number:02}", [role(1, "Rewst API", ("AAAA", "---A", "----", "----"))], [member("Rewst", 1)],
              repair=lambda *_given, number=number: repair(f"host{number:02}"))
        for number in range(count)
    ]  # fmt: skip
    admin = named("zz", [role(2, "Admin", ("----",) * 4, admin=True)], [member("Rewst", 2)])
    return document(*alike, admin, {"name": "down", "error": "It can't be reached."})


def test_identical_findings_are_one_with_a_count():
    groups = grouped(fleet())
    (excess,) = [group for group in groups if group.finding["message"].startswith("Rewst has 1 level more")]
    assert len(excess.instances) == 14 and excess.where == "14 instances: host00, host01 and 12 more"
    assert excess.repair == (
        "ansible-playbook adopt.yml -e target=host00 (for host00; repeat for the others)"
    )
    (few,) = [group for group in grouped(fleet(3)) if group.finding["message"].startswith("Rewst has 1 level more")]
    assert few.where == "3 instances: host00, host01 and host02"
    assert sum(len(group.instances) for group in groups) == len(gravest(fleet()))


def test_findings_that_are_repaired_in_two_ways_are_two():
    def on(name, repair):
        return named(name, [role(1, "Rewst API", ("AAAA", "---A", "----", "----"))], [member("Rewst", 1)],
                     repair=lambda *_given: repair)  # fmt: skip

    found = document(
        on("a", "run a.yml -e target=a"), on("b", "run a.yml -e target=b"), on("c.d", "run a.yml -e target=c.d"),
        on("c", "run b.yml -e target=c"), on("down", ""),
    )  # fmt: skip
    groups = [group for group in grouped(found) if group.finding["rule"] == "excess"]
    assert [(list(group.instances), group.finding["repair"]) for group in groups] == [
        (["a", "b", "c.d"], "run a.yml -e target=a"), (["c"], "run b.yml -e target=c"), (["down"], ""),
    ]  # fmt: skip


def test_the_most_dangerous_comes_first_and_of_these_what_can_be_repaired():
    roles = [role(1, "Big", ("AAAA", "AAAA", "AAAA", "AAAA")), role(2, "Small", ("AAAA", "---A", "----", "----"))]
    members = [member("Alpha", 2), member("Beta", 1), member("Gamma", 1)]
    by_hand = {"Alpha": "rewst", "Beta": "rewst", "Gamma": "ninja"}
    repaired = audit(roles, members, [vendor(), vendor("ninja")], by_hand,
                     repair=lambda _how, name, _who: "do" if name == "rewst" else "")  # fmt: skip
    found = document(repaired, {"name": "down", "error": "No."}, named("zz", [role(9, "A", ("----",) * 4, admin=True)],
                     [member("X", 9)]))  # fmt: skip
    told = [(each["rule"], each["member"]) for each in gravest(found)]
    assert told[:2] == [("unreadable", None), ("admin", "X")]
    assert [who for rule, who in told if rule == "excess"] == ["Beta", "Alpha", "Gamma"]


def test_findings_stand_above_the_members():
    found = fleet()
    text = markdown.render(found).text
    assert text.index("## Findings") < text.index("## host00") and text.count("| 14 instances: host00, host01") == 2
    assert "### Findings" not in text and "target=host00 (for host00;" in text
    page = html.render(found)
    without_scripts = page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert without_scripts.index("<h2>Findings</h2>") < without_scripts.index("<h2>Members</h2>")
    assert "14 instances: host00, host01 and 12 more" in without_scripts
    lines = audit_lines.lines(found, RESULT, False)
    assert [line.partition(":")[0] for line in lines if line.startswith(("error", "warning", "host00", "zz"))] == [
        "error", "warning", "warning", "warning", "host00", "zz"
    ]  # fmt: skip
    command = "ansible-playbook adopt.yml -e target=host00"
    assert f"  repair: {command} (for host00; repeat for the others)" in lines
    assert any(line.endswith("On 14 instances: host00, host01 and 12 more.") for line in lines)
    assert "down: not readable: It can't be reached." in lines


def test_a_finding_for_a_program_has_its_repair():
    (run,) = json.loads(sarif.render(fleet()).text)["runs"]
    repaired = [each["properties"]["repair"] for each in run["results"] if "properties" in each]
    assert "ansible-playbook adopt.yml -e target=host13" in repaired
    given = audit_lines.artifact(fleet(), RESULT)["cw_audit"]["findings"]
    assert all("repair" in each for each in given) and given[0]["rule"] == "unreadable"


def test_many_members_with_long_commands_keep_every_bound():
    command = "ansible-playbook " + "x" * 900
    members = [member(f"Tool {number}", 71, 500 + number) for number in range(600)]
    found = document(audit([role(71, "Rewst API", ("AAAA",) * 4)], members, repair=lambda *_given: command))
    lines = audit_lines.lines(found, RESULT, False)
    assert len(lines) <= audit_lines.MOST_LINES + 4 and max(map(len, lines)) < 700
    assert len(markdown.render(found).text) <= markdown.MOST
    assert len(json.dumps(audit_lines.artifact(found, RESULT))) < 700_000
