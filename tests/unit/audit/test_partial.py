# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that leaves out hosts doesn't replace the full report, and a comparison knows what each side covers."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_changes import changes
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import DocumentError
from ansible_collections.msp.connectwise.plugins.module_utils._ops.audit_report import document_of
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import html, markdown
from ansible_collections.msp.connectwise.plugins.plugin_utils._report.audit import write
from audit_builders import audit, member, role, vendor

NONE, MORE = ("----",) * 4, ("----", "----", "--A-", "----")


def audited(name, words=NONE):
    return {**audit([role(71, "Rewst API", words)], [member("Rewst", 71)]), "name": name}


def run(folder, *names, left_out=(), since=None, formats=("json", "md"), words=NONE):
    params = {
        "audits": [audited(name, words) for name in names], "catalogue": [vendor()], "output_dir": str(folder),
        "generated": "2026-11-22T04:00:00Z", "left_out": list(left_out), "fail_on": ["none"], "formats": list(formats),
        "since": since and str(since),
    }  # fmt: skip
    return write(params, False, False)


def hosts(path):
    document = json.loads(path.read_text())
    return [item["name"] for item in document["instances"]], document["left_out"]


def test_part_of_what_is_covered_goes_elsewhere(tmp_path):
    run(tmp_path, "acme", "globex")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    _document, result = run(tmp_path, "acme", left_out=["globex"])
    assert result["partial"] and result["paths"]["json"] == str(tmp_path / "partial" / "audit.json")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    assert hosts(tmp_path / "partial" / "audit.json") == (["acme"], ["globex"])


@pytest.mark.parametrize(
    ("first", "second", "left_out"),
    [
        (("acme",), ("acme",), ["globex"]),
        (("acme",), ("acme", "globex"), ["initech"]),
        (("acme", "gone"), ("acme",), []),
        (("acme", "globex"), ("acme", "globex"), ["new"]),
        ((), ("acme",), ["globex"]),
    ],
    ids=["the same part", "more than before", "a host that is gone", "a host that is new", "the first of all"],
)
def test_what_covers_all_that_was_covered_replaces_it(tmp_path, first, second, left_out):
    if first:
        run(tmp_path, *first, left_out=[host for host in left_out if host not in first])
    _document, result = run(tmp_path, *second, left_out=left_out)
    assert not result["partial"] and hosts(tmp_path / "audit.json") == (sorted(second), left_out)


@pytest.mark.parametrize("text", ["{", '{"format": "msp.connectwise.audit"}', "[]", '{"instances": [], "format": "x"}'])
def test_a_report_that_does_not_say_what_it_covers_is_kept(tmp_path, text):
    (tmp_path / "audit.json").write_text(text)
    _document, result = run(tmp_path, "acme", left_out=["globex"])
    assert result["partial"] and (tmp_path / "audit.json").read_text() == text


def test_other_formats_without_the_document_are_kept_too(tmp_path):
    run(tmp_path, "acme", "globex", formats=["md"])
    assert run(tmp_path, "acme", left_out=["globex"], formats=["md"])[1]["partial"]
    assert not run(tmp_path, "acme", "globex", formats=["md"])[1]["partial"]


def test_a_new_right_is_told_after_a_run_over_another_host(tmp_path):
    run(tmp_path, "host1", "host2")
    run(tmp_path, "host1", left_out=["host2"], words=MORE)
    _document, result = run(tmp_path, "host1", "host2", since=tmp_path / "audit.json", words=MORE)
    line = "Rewst: Service Desk / Service Tickets, delete: none -> all"
    assert {f"host1: {line}", f"host2: {line}"} <= set(result["changes"]["lines"])


def both(before, after):
    """What changed between two runs, each (hosts, left out)."""
    documents = []
    for number, (names, left_out) in enumerate((before, after)):
        params = {"audits": [audited(name) for name in names], "catalogue": [], "generated": str(number)}
        documents.append(document_of({**params, "left_out": left_out}))
    return changes(*documents)


def test_a_host_that_a_run_left_out_is_neither_new_nor_gone():
    found = both((["a", "b", "gone"], ["c"]), (["a", "c", "new"], ["b"]))
    assert [(item["name"], item["state"]) for item in found["instances"]] == [("new", "new"), ("gone", "gone")]
    assert (found["not_in_before"], found["not_in_after"]) == (["c"], ["b"])
    assert set(found["lines"]) == {
        "new: wasn't audited before", "gone: is no longer audited", "c: wasn't part of that run",
        "b: isn't part of this run",
    }  # fmt: skip
    assert not both((["a", "b"], []), (["a"], ["b"]))["changed"]


def test_hosts_that_were_left_out_have_no_line_each_where_they_are_many():
    many = [f"host{number:03}" for number in range(300)]
    found = both((["a", *many], []), (["a"], many))
    assert len(found["not_in_after"]) == 300
    assert len(found["lines"]) == 11 and found["lines"][-1] == "290 more hosts aren't part of this run"


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ([], ""),
        (["globex"], "Not part of this run: globex."),
        ([f"host{number:02}" for number in range(12)], "host08, host09 and 2 more."),
    ],
    ids=["none", "one", "many"],
)
def test_a_report_for_people_says_what_it_does_not_cover(tmp_path, hosts, said):
    document, _result = run(tmp_path, "acme", left_out=hosts)
    for text in (markdown.render(document).text, html.render(document).partition("<main>")[0]):
        assert said in text and ("Not part of this run" in text) == bool(hosts)


def test_an_earlier_document_of_another_version_is_named(tmp_path):
    run(tmp_path, "acme")
    old = json.loads((tmp_path / "audit.json").read_text())
    (tmp_path / "old.json").write_text(json.dumps({**old, "version": 1}))
    with pytest.raises(DocumentError, match=r"old\.json can't be compared: it has version 1, but only version 2 is"):
        run(tmp_path, "acme", since=tmp_path / "old.json")
