# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SARIF file meets GitHub's requirements for code scanning, with any findings and any number of them."""

from __future__ import annotations

import gzip
import json
import re
from urllib.parse import urlsplit

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import junit, sarif
from audit_builders import audit, document, member, role

FULL = ("AAAA",) * 4
NONE = ("----",) * 4


def instance(name, count=1, words=FULL, **more):
    members = [member(f"Tool {number}", 1, 500 + number) for number in range(count)]
    return {**audit([role(1, "Rewst API", words)], members, **more), "name": name}


SCENES = {
    "nothing found": document(),
    "nothing readable": document({"name": "acme", "error": "Down."}, {"name": "globex", "error": "y" * 9_000}),
    "odd names of instances": document(*(instance(name) for name in ("..", ".", "a b/c:d?#%", "https://x", "ü\u202e"))),
    "two pairs of one member that are dead": document(
        instance("acme", dead=[("Tool 0", "The pair a."), ("Tool 0", "The pair b.")])
    ),
    "roles that nobody has": document(audit([role(1, "One", NONE), role(2, "Two", NONE)], [])),
    "more than a code scanning page takes": document(instance("acme", 2_000), instance("globex", 2_000, NONE)),
    "links and long names": document(instance("[a](https://b)" + "x" * 3_000)),
}  # fmt: skip


@pytest.fixture(params=SCENES, ids=str)
def scene(request):
    return SCENES[request.param], sarif.render(SCENES[request.param])


def strings(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def test_it_has_what_code_scanning_requires(scene):
    log = json.loads(scene[1].text)
    assert log["version"] == "2.1.0" and log["$schema"].startswith("https://")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] and 0 < len(driver["rules"]) <= 25_000
    for rule in driver["rules"]:
        assert len(rule["id"]) <= 255 and rule["help"]["text"]
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024 and 0 < len(rule["fullDescription"]["text"]) <= 1024
    for result in run["results"]:
        assert result["message"]["text"] and result["level"] in ("error", "warning", "note")
        (location,) = result["locations"]
        place = location["physicalLocation"]
        region = place["region"]
        assert all(region[name] >= 1 for name in ("startLine", "startColumn", "endLine", "endColumn"))
        uri = urlsplit(place["artifactLocation"]["uri"])
        assert not uri.scheme and not uri.netloc and not uri.query and not uri.fragment
        assert re.fullmatch(r"connectwise/[A-Za-z0-9._~%-]+", uri.path) and not {".", ".."} & set(uri.path.split("/"))
        assert re.fullmatch(r"[0-9a-f]{32}:\d+", result["partialFingerprints"]["primaryLocationLineHash"])
    assert "" not in set(strings(run["results"])) | set(strings(driver))


def test_it_is_within_the_limits_and_says_what_it_left_out(scene):
    found, file = scene
    (run,) = json.loads(file.text)["runs"]
    findings = [finding for item in found["instances"] for finding in item["findings"]]
    assert len(run["results"]) == min(len(findings), 5_000)
    assert len(gzip.compress(file.text.encode())) < 10_000_000
    prints = [(each["ruleId"], each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
               each["partialFingerprints"]["primaryLocationLineHash"]) for each in run["results"]]  # fmt: skip
    assert len(set(prints)) == len(prints)
    notes = run["invocations"][0].get("toolExecutionNotifications", [])
    more = len(findings) - 5_000
    assert bool(file.holds) == bool(notes) == (more > 0)
    if more > 0:
        assert notes[0]["message"]["text"].startswith(f"Left out: {more} findings.")
        levels = [result["level"] for result in run["results"]]
        assert levels == sorted(levels, key=("error", "warning", "note").index)
        assert levels.count("error") == sum(finding["level"] == "error" for finding in findings)


def test_fingerprints_are_the_same_in_the_next_run_and_do_not_follow_the_cells():
    def prints(words):
        (run,) = json.loads(sarif.render(document(instance("acme", 2, words))).text)["runs"]
        return {each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]
                if each["ruleId"] == "excess"}  # fmt: skip

    assert prints(FULL) == prints(("AAAA", "---A", "A---", "----")) and len(prints(FULL)) == 2


def test_too_large_a_file_gets_fewer_results(monkeypatch):
    monkeypatch.setattr(sarif, "MOST_BYTES", 20_000)
    found = document(instance("acme", 3_000))
    file = sarif.render(found)
    (run,) = json.loads(file.text)["runs"]
    assert 0 < len(run["results"]) < 5_000 and len(gzip.compress(file.text.encode())) <= 20_000
    assert file.holds.startswith(f"the {len(run['results'])} most severe of ")


def test_junit_keeps_to_its_bound_with_those_that_fail_first(monkeypatch):
    monkeypatch.setattr(junit, "MOST_CASES", 10)
    found = document(instance("acme", 30))
    failed = [{"instance": "acme", "rule": "excess", "member": "Tool 29", "message": "Too much."}]
    file = junit.render(found, failed)
    assert file.text.count("<testcase") == 10 and 'failures="1"' in file.text
    assert file.holds == "10 of 30 members, those that fail first; audit.json has all"
