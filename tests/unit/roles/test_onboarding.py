# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors of an instance, one after the other: what continues, what stops all, what is reported."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.change import CellChange
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._ops.context import Watched
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._onboarding import Onboarding, Wanted
from ansible_collections.msp.connectwise.plugins.plugin_utils._settings import read_settings
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import Variables

LEVEL = {"module": "Finance", "function": "Agreements", "verb": "inquire", "is": "none", "should_be": "all"}


def outcome(**values):
    base = {"product": "X", "member": "X", "state": "converged", "changed": False, "unverified": [], "levels_set": 0}
    return {**base, **values}


def done(**values):
    """A result of cw_integration that is complete, but for what ``values`` say."""
    return {"finished": True, "reason": "", "outcome": outcome(), "instance": {"company": "acme", "api": "a"}, **values}


def open_work(**values):
    left = {"role": {"pending": [LEVEL]}, "key": {"pending": ["Click +."], "public_key": None}}
    return done(finished=False, outcome=outcome(state="handed over"), **left, **values)


def failed(scope="object"):
    return {"failed": True, "msg": f"It failed ({scope}).", "error": {"scope": scope}}


class Tools:
    """Answers for each vendor in turn; what was asked is in ``asked``. A run that waits sees ``watched``."""

    watched: list[CellChange] = []

    def __init__(self, answers, check_mode=False):
        self.answers, self.check_mode, self.asked, self.away = answers, check_mode, [], []
        self.told, self.pages, self.output, self.scripts, self.confirmed = [], [], None, [], 0

    def integrate(self, integration, options, watch=None):
        if watch:
            watch(Watched(self.watched, options["wait_timeout"]))
            self.pages.append(next(self.output.rglob("worksheet.html")).read_text(encoding="utf-8"))
            self.scripts += [path.read_text(encoding="utf-8") for path in self.output.rglob("worksheet.fill.js")]
        self.asked.append((integration.vendor, options["state"], options["wait_timeout"]))
        answers = self.answers[integration.vendor]
        return json.loads(json.dumps(answers.pop(0) if len(answers) > 1 else answers[0]))

    def command(self, vendor):
        return f"ansible-playbook playbooks/onboard.yml -e target=acme -e vendor={vendor}"

    def tell(self, line):
        self.told.append(line)

    def is_fill_confirmed(self):
        return bool(self.confirmed)

    def confirm_fill(self):
        self.confirmed += 1

    def put_away(self, integration):
        self.away.append(integration.vendor)
        if integration.vendor == "hudu":
            raise StoreError("The store can't be reached.")
        return "/archive/pair"


@pytest.fixture
def run(tmp_path):
    def start(answers, state="present", check_mode=False, **variables):
        places = {"onboard_output_dir": str(tmp_path / "out"), "onboard_credentials_dir": str(tmp_path / "pairs")}
        host = Variables({**places, **variables}, lambda value: value)
        tools = Tools({vendor: [answer] if isinstance(answer, dict) else answer for vendor, answer in answers.items()})
        tools.check_mode, tools.output = check_mode, tmp_path / "out"
        onboarding = Onboarding("acme", read_settings(host), Wanted(state=state), tools)
        results = onboarding.run(_vendors.integrations(answers, host).integrations)
        return onboarding, tools, results

    return start


def test_one_that_fails_keeps_no_other_from_its_turn(run):
    onboarding, tools, results = run({"rewst": failed(), "hudu": done()})
    assert [vendor for vendor, _state, _wait in tools.asked] == ["rewst", "hudu"]
    assert (results["rewst"]["state"], results["rewst"]["reason"]) == ("failed", "It failed (object).")
    assert results["hudu"]["state"] == "converged" and not onboarding.down


def test_where_the_instance_is_at_fault_the_others_are_not_tried(run):
    onboarding, tools, results = run({"rewst": done(), "hudu": failed("instance"), "ninjaone": done()})
    assert [vendor for vendor, _state, _wait in tools.asked] == ["rewst", "hudu"]
    assert results["ninjaone"]["reason"] == "Not tried: every vendor of this instance would fail as Hudu did."
    assert onboarding.down == "It failed (instance)."


@pytest.mark.parametrize(("handover", "reason"), [("fail", True), ("report", False)])
def test_manual_steps_become_a_worksheet_and_a_reason(run, tmp_path, handover, reason):
    onboarding, _tools, results = run({"rewst": open_work()}, onboard_handover=handover)
    page = tmp_path / "out" / "acme" / "rewst" / "worksheet.html"
    assert page.exists() and results["rewst"]["worksheet"] == str(page) and onboarding.wrote_files
    assert ("Rewst on acme needs manual steps" in results["rewst"]["reason"]) == reason
    assert (tmp_path / "pairs" / "acme" / "rewst.handin.yml").exists()


def test_check_mode_writes_no_worksheet_and_has_no_reason(run, tmp_path):
    _onboarding, _tools, results = run({"rewst": open_work()}, check_mode=True)
    assert not (tmp_path / "out").exists() and not results["rewst"]["reason"] and "worksheet" not in results["rewst"]


def test_a_run_that_waits_asks_again_with_patience_and_counts_both(run, tmp_path):
    before = open_work()
    before["outcome"].update(changed=True, levels_set=3)
    after = done(outcome=outcome(levels_set=2))
    _onboarding, tools, results = run(
        {"rewst": [before, after]}, onboard_handover="wait", onboard_handover_timeout=7
    )
    assert [wait for _vendor, _state, wait in tools.asked] == [0, 7]
    assert (results["rewst"]["changed"], results["rewst"]["levels_set"]) == (True, 5)
    (page,) = (tmp_path / "out" / "acme" / "rewst").iterdir()
    assert page.name == "worksheet.html" and "Done. A run has verified every step" in page.read_text(encoding="utf-8")
    assert tools.told == [f"acme: open the worksheet {page}. It follows what you do on the instance."]
    assert "worksheet" not in results["rewst"] or not results["rewst"]["worksheet"]

    onboarding, _tools, results = run({"rewst": done()})
    assert not page.parent.exists() and not onboarding.wrote_files and not results["rewst"]["changed"]


def test_a_wait_that_ends_with_a_failure_leaves_a_page_that_follows_nothing(run, tmp_path):
    _onboarding, tools, results = run({"rewst": [open_work(), failed()]}, onboard_handover="wait")
    page = (tmp_path / "out" / "acme" / "rewst" / "worksheet.html").read_text(encoding="utf-8")
    assert "data-until" in tools.pages[0] and "data-until" not in page and "Agreements" in page
    assert results["rewst"]["state"] == "failed"


FOLLOWED = {
    "nothing yet": ([LEVEL], ["0 of 1 levels are set"], ["Set: ", "Is All", "not listed"]),
    "as wanted": ([], ["1 of 1 levels are set", "Set: All"], ["not listed"]),
    "set to something else": ([{**LEVEL, "is": "my"}], ["0 of 1 levels", "Is My, should be All"], ["Set: "]),
    "something else is set": (
        [LEVEL, {**LEVEL, "verb": "delete", "is": "all", "should_be": "none"}],
        ["0 of 1 levels", "Also set, but not listed", "Finance / Agreements, Delete: is All, should be None"],
        ["Set: "],
    ),
}


@pytest.mark.parametrize(("differing", "said", "unsaid"), FOLLOWED.values(), ids=FOLLOWED)
def test_the_page_of_a_run_that_waits_says_what_was_seen(run, monkeypatch, differing, said, unsaid):
    monkeypatch.setattr(Tools, "watched", [CellChange.from_dict(cell) for cell in differing])
    _onboarding, tools, _results = run({"rewst": [open_work(), done()]}, onboard_handover="wait")
    text = tools.pages[0]
    assert all(each in text for each in said) and not any(each in text for each in unsaid)


def test_a_worksheet_that_cannot_be_written_is_a_reason_beside_what_was_done(run, tmp_path):
    (tmp_path / "out" / "acme" / "rewst" / "worksheet.md").mkdir(parents=True)
    _onboarding, _tools, results = run({"rewst": open_work()}, onboard_handover="report")
    assert "isn't an ordinary file" in results["rewst"]["reason"] and results["rewst"]["state"] == "handed over"


@pytest.mark.parametrize(("kept", "away"), [("archived", True), ("absent", True), ("kept", False)])
def test_the_pair_of_what_was_taken_off_is_put_away(run, kept, away):
    gone = done(outcome=outcome(state="offboarded", changed=True))
    _onboarding, tools, results = run({"rewst": gone}, state="absent", onboard_stored_pair=kept)
    assert bool(tools.away) == away
    assert results["rewst"].get("archived_in") == ("/archive/pair" if away else None)


def test_a_pair_that_cannot_be_put_away_fails_that_vendor_alone(run):
    gone = done(outcome=outcome(state="offboarded"))
    _onboarding, _tools, results = run({"hudu": gone, "rewst": gone}, state="absent")
    assert results["hudu"]["state"] == "failed" and "can't be reached" in results["hudu"]["reason"]
    assert results["rewst"]["state"] == "offboarded"


def filled_in(*rows):
    """Rows of a role's page, each with its name, its level to inquire now, and the wanted one."""
    none = dict.fromkeys(("add", "edit", "delete"), "none")
    page = [
        {
            "module": "Finance", "function": name, "module_name": "Finance", "function_description": name,
            "names": [name], "shared": False, "is": {**none, "inquire": now}, "should_be": {**none, "inquire": wanted},
        }
        for name, now, wanted in rows
    ]  # fmt: skip
    return {"role": "X API", "modules": [["Finance"]], "null_is_none": False, "rows": page}


TWO = filled_in(("Agreements", "none", "all"), ("Notes", "none", "all"))
ONE_LEFT = filled_in(("Agreements", "all", "all"), ("Notes", "none", "all"))
FILL = {"onboard_fill_helper": True, "cw_web_site": "na.myconnectwise.net"}


def script_in(tmp_path):
    return (tmp_path / "out" / "acme" / "rewst" / "worksheet.fill.js").read_text(encoding="utf-8")


def test_a_script_begins_with_one_row_and_the_next_run_offers_the_rest(run, tmp_path):
    _onboarding, tools, _results = run({"rewst": open_work(role_page=TWO)}, onboard_handover="report", **FILL)
    assert '"first": true' in script_in(tmp_path) and "Notes" not in script_in(tmp_path) and not tools.confirmed
    _onboarding, tools, _results = run({"rewst": open_work(role_page=TWO)}, onboard_handover="report", **FILL)
    assert '"first": true' in script_in(tmp_path) and not tools.confirmed, "nobody has done it"
    _onboarding, tools, _results = run({"rewst": open_work(role_page=ONE_LEFT)}, check_mode=True, **FILL)
    assert not tools.confirmed and '"first": true' in script_in(tmp_path)
    onboarding, tools, _results = run({"rewst": open_work(role_page=ONE_LEFT)}, onboard_handover="report", **FILL)
    assert tools.confirmed == 1 and onboarding.wrote_files
    assert '"first": false' in script_in(tmp_path) and '"Notes"' in script_in(tmp_path)


def test_a_run_that_waits_offers_the_rest_once_it_has_read_the_first_row(run, monkeypatch):
    notes = {**LEVEL, "function": "Notes"}
    monkeypatch.setattr(Tools, "watched", [CellChange.from_dict(notes)])
    answers = {"rewst": [open_work(role_page=TWO), done(role_page=filled_in())]}
    _onboarding, tools, _results = run(answers, onboard_handover="wait", **FILL)
    assert tools.confirmed == 1
    [script] = tools.scripts
    assert '"first": false' in script and '"Notes"' in script and '"Agreements"' not in script


def test_a_first_row_is_confirmed_too_where_it_was_the_only_one(run):
    answers = {"rewst": open_work(role_page=filled_in(("Agreements", "none", "all")))}
    run(answers, onboard_handover="report", **FILL)
    done_now = {"rewst": done(role_page=filled_in(("Agreements", "all", "all")))}
    _onboarding, tools, _results = run(done_now, onboard_handover="report", **FILL)
    assert tools.confirmed == 1


@pytest.mark.parametrize("variables", [{}, {**FILL, "onboard_fill_helper": False}, {**FILL, "onboard_fill_helper": ""}])
def test_without_the_variable_there_is_no_script(run, tmp_path, variables):
    run({"rewst": open_work(role_page=TWO)}, onboard_handover="report", **variables)
    assert "fill" not in " ".join(path.name for path in (tmp_path / "out" / "acme" / "rewst").iterdir())
    assert "fill-helper" not in (tmp_path / "out" / "acme" / "rewst" / "worksheet.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("site", "api", "host"),
    [
        ("", "https://api-na.myconnectwise.net", "na.myconnectwise.net"),
        ("", "http://127.0.0.1:8808", "127.0.0.1:8808"),
        ("https://psa.example.net:8443/login", "https://api-na.myconnectwise.net", "psa.example.net:8443"),
    ],
)
def test_a_script_is_for_the_host_where_people_log_in(run, tmp_path, site, api, host):
    answer = open_work(role_page=TWO)
    answer["instance"] = {"company": "acme", "api": api}
    run({"rewst": answer}, onboard_handover="report", **{**FILL, "cw_web_site": site})
    assert f'"host": "{host}"' in script_in(tmp_path)
    user_script = tmp_path / "out" / "acme" / "rewst" / "worksheet.fill.user.js"
    assert f"// @match https://{host}/*\n" in user_script.read_text(encoding="utf-8")
