# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a run, as a document and as lines for a person."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import run as report

SCHEMA = json.loads((Path(report.__file__).parent / "results.schema.json").read_text(encoding="utf-8"))
RUN = {
    "started": "2026-11-22T20:15:00Z", "finished": "2026-11-22T20:16:00Z", "check_mode": False, "limit": "",
    "left_out": [], "only": [],
    "ansible_version": "2.19.0",
}  # fmt: skip
NOW = "2026-11-22T20:16:00Z"


def asked(*vendors, problem=""):
    return {"vendors": list(vendors), "problem": problem, "site": "na.example", "company": "acme"}


def outcome(state="converged", **values):
    return {"product": "Rewst", "member": "Rewst", "state": state, "changed": False, "reason": "", **values}


def document(hosts, done, **run):
    found = report.document({"hosts": hosts}, done, {**RUN, **run})
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_states_of_integrations_instances_and_counts():
    hosts = {name: asked("rewst") for name in ("good", "open", "failed", "lost")}
    hosts.update(wrong=asked("rewst", problem="cw_site is missing"), idle=asked())
    done = {
        "good": {"results": {"rewst": outcome("converged, Table Setup unconfirmed", changed=True)}},
        "open": {"results": {"rewst": outcome("handed over", reason="Rewst on open needs manual steps.")}},
        "failed": {"results": {"rewst": outcome("failed", reason="No.")}},
    }
    found = document(hosts, done)
    assert {each["instance"]: each["state"] for each in found["instances"]} == {
        "good": "converged", "open": "handed over", "failed": "failed", "lost": "failed", "wrong": "failed",
        "idle": "nothing to do",
    }  # fmt: skip
    assert found["counts"] == {
        "instances": 6, "instances_failed": 3, "integrations": 5, "converged": 1, "handed_over": 1, "failed": 3,
        "changed": 1,
    }  # fmt: skip
    assert [each["instance"] for each in found["instances"] if each["complete"]] == ["good", "idle"]
    assert report.hosts_in(found, "handed over") == ["open"]
    reasons = {each["instance"]: [one["reason"] for one in each["integrations"]] for each in found["instances"]}
    assert reasons["lost"] == ["Not reached: the run ended early."] and reasons["wrong"] == ["cw_site is missing"]


def test_what_check_mode_cannot_tell_is_counted_and_told_apart():
    either = outcome("would be converged or handed over", changed=True, role="Rewst API", role_id=None, levels_set=0,
                     levels_pending=0, levels_undecided=53, key_undecided=True, public_key=None, stored_in=None,
                     proof=None, unverified=[])  # fmt: skip
    hosts = {"new": asked("rewst"), "done": asked("rewst")}
    done = {"new": {"results": {"rewst": either}}, "done": {"results": {"rewst": outcome()}}}
    found = document(hosts, done, check_mode=True)
    assert [each["state"] for each in found["instances"]] == ["would be converged or handed over", "converged"]
    assert (found["counts"]["converged"], found["counts"]["handed_over"], found["counts"]["undecided"]) == (1, 0, 1)
    assert report.hosts_in(found, "handed over") == []
    lines = report.each_line({"hosts": hosts}, done, True, NOW)
    how = "by REST if this instance allows it, else by hand"
    assert f"  role Rewst API (not created yet): 53 levels to set {how}" in lines
    assert f"  member Rewst, key to create {how}" in lines
    told = report.fleet_lines(found, 40, 300)
    assert "0 would be handed over, 1 would be one or the other, 0 failed" in told[0]
    assert f"new: Rewst: 53 levels and 1 key {how}" in told
    # the key is known to be a person's, and the levels aren't
    by_hand = {**either, "state": "would be handed over", "key_undecided": False}
    found = document(hosts, {**done, "new": {"results": {"rewst": by_hand}}}, check_mode=True)
    told = report.fleet_lines(found, 40, 300)
    (line,) = (line for line in told if line.startswith("new: "))
    assert "0 levels to set and 1 key to create by hand; 53 levels by REST if this instance allows it" in line


def test_a_host_whose_task_failed_as_a_whole_has_its_reason():
    found = document({"acme": asked("rewst")}, {"acme": {"results": {}, "msg": "No such option."}})
    assert found["instances"][0]["integrations"][0]["reason"] == "No such option."
    lines = report.each_line({"hosts": {"acme": asked("rewst")}}, {"acme": {"msg": "No such option."}}, False, NOW)
    assert lines == ["acme: failed: No such option."]
    assert not report.is_complete(asked("rewst"), {"msg": "No such option."})


def test_one_reason_of_all_vendors_is_said_once():
    results = {vendor: outcome("failed", product=vendor, reason="No host answers.") for vendor in ("a", "b")}
    hosts = {"hosts": {"acme": asked("a", "b")}}
    assert report.each_line(hosts, {"acme": {"results": results}}, False, NOW) == [
        "acme: a, b: failed", "  No host answers."
    ]  # fmt: skip


@pytest.mark.parametrize(("most", "shown"), [(40, 30), (5, 5), (0, 0)])
def test_a_fleet_shows_so_many_lines_and_says_how_many_more_there_are(most, shown):
    hosts = {f"h{number}": asked("rewst", problem="wrong") for number in range(30)}
    lines = report.fleet_lines(document(hosts, {}), most, 300)
    assert len([line for line in lines if ": failed: wrong" in line]) == shown
    assert (f"and {30 - shown} more: see the results" in lines) == (shown < 30)


def test_a_long_reason_keeps_its_end_which_says_what_to_do():
    reason = "The login was refused. " + "x " * 400 + "Check company, public_key, private_key and client_id."
    found = document({"acme": asked("rewst")}, {"acme": {"results": {"rewst": outcome("failed", reason=reason)}}})
    line = report.fleet_lines(found, 40, 300)[1]
    assert len(line) < 340 and "The login was refused." in line and line.endswith("private_key and client_id.")


def test_check_mode_says_would():
    hosts = {"acme": asked("rewst")}
    done = {"acme": {"results": {"rewst": outcome("would be converged", changed=True)}}}
    found = document(hosts, done, check_mode=True)
    assert "1 are or would be converged" in report.fleet_lines(found, 40, 300)[0]
    assert report.each_line({"hosts": hosts}, done, True, NOW) == ["acme: Rewst: would be converged"]
