# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of a report accept every name: invisible characters are escaped."""

from __future__ import annotations

import html as html_lib
import json
import re
import stat
import xml.etree.ElementTree as ET
from unittest.mock import Mock

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import failures
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_rules import RULES
from ansible_collections.msp.connectwise.plugins.module_utils._domain.shown import shown
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import html, junit, markdown, sarif
from ansible_collections.msp.connectwise.plugins.plugin_utils._report.files import write_files
from audit_builders import audit, document, member, role, vendor
from hypothesis import given
from hypothesis import strategies as st

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"quoted\" & 'single'",
    "a|b||c",
    "line\nbreak\r\nand\ttab",
    "]]> --> &lt; &#60;",
    "\u202egnp.exe \u200f\u05e9\u05dc\u05d5\u05dd",
    "# heading *bold* _it_ `code` [a](javascript:x) ~~no~~ \\",
    "=cmd|'/C calc'!A0",
    "x" * 5000,
    "nul\x00 bell\x07 lone\ud800 end\uffff",
    "\\u0000 \\\\u0000",
    "{{ 7 * 7 }}{% raw %}",
    "\u2028\u2029",
]
names = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1)).filter(lambda name: name.strip())


def report(name, function="Contacts"):
    """A document in which this name stands wherever a name can."""
    entry = vendor(words={f"{name} / {function}": "A---"}, product=name, source=name, member_identifier=name)
    instance = audit([role(1, name, ("AAAA",) * 4)], [member(name, 1), member("Other", 1)], [entry])
    return document({**instance, "name": name}, {"name": name + " broken", "error": name})


def unescape(text):
    """What a reader of Markdown sees."""
    return html_lib.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))


@given(names)
def test_markdown_shows_a_name_in_one_cell(name):
    escaped = markdown.escape(name)
    assert not re.search("[\x00-\x1f<>]", escaped)
    assert not re.search(r"(?<!\\)(\\\\)*\|", escaped)
    assert unescape(escaped) == shown(name)


@given(names)
def test_markdown_has_no_more_columns_than_its_head(name):
    lines = markdown.render(report(name)).text.splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert tables
    widths = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in tables}
    assert widths <= {11, 9, 8, 6, 5}


@given(names)
def test_junit_is_xml_and_holds_the_names(name):
    now = report(name)
    root = ET.fromstring(junit.render(now, failures(now, ["excess"])).text.encode("utf-8"))
    suite = next(suite for suite in root if suite.get("name") == shown(name))
    assert {case.get("name") for case in suite} == {shown(name), "Other"}
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")


@given(names)
def test_sarif_is_json_with_every_location_in_its_tree(name):
    (run,) = json.loads(sarif.render(report(name)).text)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])
    listed = run["logicalLocations"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = listed[result["locations"][0]["logicalLocations"][0]["index"]]
        path = []
        while place is not None:
            path.insert(0, place["name"])
            place = listed[place["parentIndex"]] if "parentIndex" in place else None
        assert path[0] in (name, name + " broken")
    assert name in {place["name"] for place in listed if place["kind"] == "member"}
    fingerprints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)


@given(names)
def test_html_can_be_written_and_holds_no_element_of_a_name(name):
    page = html.render(report(name))
    assert "<img src=x" not in page and "<script>alert" not in page


def test_all_levels_too_much_of_a_member_are_one_result():
    instance = audit([role(1, "Rewst API", ("AAAA", "-A-A", "----", "----"))], [member("Rewst", 1)])
    (run,) = json.loads(sarif.render(document(instance)).text)["runs"]
    (result,) = [result for result in run["results"] if result["ruleId"] == "excess"]
    assert instance["members"][0]["counts"]["excess"] == 2
    assert result["message"]["text"] == (
        "Rewst has 2 levels more than Rewst asks for: Companies / Contacts, delete: all -> none;"
        " Finance / Agreements, edit: all -> none."
    )
    (location,) = result["locations"]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == '["acme", "Rewst"]'
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "connectwise/acme"},
        "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
    }


def test_markdown_reads_well():
    instance = audit([role(1, "Rewst API", ("AAAA", "----", "----", "----"))], [member("Rewst", 1)])
    text = markdown.render(document(instance, {"name": "globex", "error": "The login was refused."})).text
    assert "| Rewst | Rewst API | rewst (by member) | 1 | 1 | 0 | 0 | 20 |" in text
    assert "| Companies | Contacts | delete | all | none | excess |  |" in text
    assert "## globex\n\nNot readable: The login was refused." in text


def test_files_are_written_where_they_differ_and_only_for_their_owner(tmp_path):
    folder = tmp_path / "new" / "audit"
    heading = "# API access, "
    suites = '<?xml version="1.0"?>\n<testsuites name="msp.connectwise audit"/>'
    contents = {"audit.md": f"{heading}one\n", "audit.xml": suites}
    assert len(write_files(str(folder), contents, check_mode=True)) == 2 and not folder.exists()
    assert len(write_files(str(folder), contents, check_mode=False)) == 2
    assert write_files(str(folder), contents, check_mode=False) == []
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == dict.fromkeys(contents, 0o600)
    (folder / "audit.md").chmod(0o644)
    assert [diff["before_header"] for diff in write_files(str(folder), contents, False)] == [str(folder / "audit.md")]
    assert stat.S_IMODE((folder / "audit.md").stat().st_mode) == 0o600
    (diff,) = write_files(str(folder), {**contents, "audit.md": f"{heading}two\n"}, check_mode=True)
    assert (diff["before"], diff["after"]) == (f"{heading}one\n", f"{heading}two\n")
    assert (folder / "audit.md").read_text() == f"{heading}one\n"


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    (tmp_path / "audit.md").write_text("# API access, old")
    monkeypatch.setattr("os.replace", Mock(side_effect=OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_files(str(tmp_path), {"audit.md": "new"}, check_mode=False)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("audit.md", "# API access, old")]
