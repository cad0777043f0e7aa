# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which external text reaches a person or a program: worksheets, audits, results of a run.

No text adds a line, a heading or an element, and no character of it moves a cursor or turns a direction.
"""

from __future__ import annotations

import html.parser
import json
import re
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import failures
from ansible_collections.msp.connectwise.plugins.module_utils._domain.shown import json_text, shown, shown_all
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import html as html_page
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import junit, markdown, sarif
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import run as report
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fleet, sheet
from audit_builders import audit, document, member, role, vendor
from hypothesis import example, given
from hypothesis import strategies as st
from pages.sheets import level, make_sheet

NOW = "2026-11-22T20:16:00Z"
PARTS = [
    "\x1b[2K\r\x1b[32mok: [acme]\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "\x85", "\u202e", "\u2066", "\u061c",
    "\u200b", "\ufeff", "\u2028", "\u2029", "\ud800", "\x00", "\x7f", "\n", "\r\n", "\t",
    "\n\n## Also required\n\n1. [ ] Do",
    "\nok: [acme]", "\n- item", "\n> quote", "\n```\n", "| a | b |", "<b>", "</script><script>", "<!--",
    "&lt;", "&#10;", "# ", "1. ", "- [x] ", "[a](https://b.example)",
    "![a](b)", "https://b.example", "www.b.example", "`", "```", "*", "__",
    "\\", "$x$", "{{ 7 }}", "{0}", "a", " ", "ü", "\U0001f511",
]  # fmt: skip
NAMES = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), min_size=1, max_size=6).map("".join)
names = NAMES.filter(str.strip)


def marks(text):
    """What can't be seen in a text, but for the ends of its own lines and tabs."""
    return {ascii(each) for each in text if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {
        ascii("\n"), ascii("\t"),
    }  # fmt: skip


def audited(name):
    """An audit in which this name stands wherever one from outside can."""
    entry = vendor(words={f"{name} / {name}": "A---"}, product=name, source=name, member_identifier=name)
    roles = [role(1, name, ("AAAA",) * 4), role(2, f"{name} 2", ("----",) * 4)]
    members = [member(name, 1), member(f"{name} other", 1), member(f"{name} off", 2, active=False)]
    dead = [(name, f"The stored pair of {name} no longer logs in.")]
    found = {**audit(roles, members, [entry], dead=dead), "name": name}
    made = document(found, {"name": f"{name} broken", "error": f"The answer: {name}"}, generated=NOW)
    return {**made, "left_out": [f"{name} left out"]}


def worksheet(name):
    levels = [level(name, name, "add"), level("Finance", name, "edit")]
    given = dict.fromkeys(("company", "api", "product", "role", "member", "key_description", "keeps_role"), name)
    lists = [{"module": name, "function": name, "mode": "allow", "entries": [name], "described": name}]
    given["key_steps"] = [f"Open {name}.", name]
    return make_sheet(levels=levels, customize=lists, member_needs={"email": name}, **given)


def worksheets(name):
    one = worksheet(name)
    moments = {"since": NOW, "verified": NOW, "folder": "/x"}
    sheets = [{**one, "id": "acme/rewst", "host": "acme", "state": "open", **moments}]
    counts = {"open": 1, "done": 0}
    return {"format": fleet.FORMAT, "version": 1, "generated": NOW, "counts": counts, "sheets": sheets}


def results(name):
    """What a run hands to its report."""
    outcome = {
        "product": name, "member": name, "state": "handed over", "changed": True,
        "reason": f"{name} needs manual steps.",
        "role": name, "role_id": 1, "role_kept": None, "keeps_role": name, "new_functions": [name], "levels_set": 1,
        "levels_pending": 2, "public_key": name, "stored_in": f"/x/{name}", "unverified": [name],
        "missing_rights": [name],
        "proof": {"logs_in": True, "member": name, "matrix": "exact"}, "worksheet": "/x", "adopted": [name],
        "rotated": True,
        "previous_public_key": name, "retire_after": "2999",
    }  # fmt: skip
    asked = {"vendors": ["rewst"], "problem": "", "site": name, "company": name}
    hosts = {"acme": asked, "globex": {**asked, "problem": f"it says {name}"}, "lost": asked}
    done = {"acme": {"results": {"rewst": outcome}}, "lost": {"msg": f"The login: {name}"}}
    return {"hosts": hosts}, done


def lines_of_a_run(name):
    checked, done = results(name)
    run = {"started": NOW, "finished": NOW, "check_mode": False, "limit": name, "only": [], "ansible_version": "2.19"}
    found = report.document(checked, done, run)
    lines = report.each_line(checked, done, False, NOW) + report.fleet_lines(found, 20, 10_000)
    return shown_all(lines), found


class Elements(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(sorted(name for name, _value in attrs))))

    def handle_comment(self, data):
        self.found.append(("comment", ()))


def tokens(text):
    """The structure that a reader of Markdown makes of a text."""
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    kinds = []
    for token in reader.parse(text):
        kinds.append(token.type)
        inline = [each.type for each in token.children or ()]
        kinds += [kind for kind in inline if kind not in ("text", "text_special", "code_inline")]
    return kinds


@given(names)
def test_markdown_has_no_line_and_no_structure_of_a_name(name):
    for render in (
        lambda each: markdown.render(audited(each)).text,
        lambda each: sheet.render(worksheet(each))["md"],
        lambda each: fleet.render(worksheets(each))["md"],
    ):
        text, harmless = render(name), render("x")
        assert not marks(text)
        assert text.count("\n") == harmless.count("\n")
        assert tokens(text) == tokens(harmless)
        outside_of_code = re.sub(r"`[^`\n]*`", "", re.sub(r"\\[\\`]", "", text))
        assert not re.search(r"https://b|(?i:\bwww\.)", outside_of_code)


@given(names)
def test_html_has_no_element_of_a_name_and_no_mark(name):
    for render in (
        lambda each: html_page.render(audited(each)),
        lambda each: sheet.render(worksheet(each))["html"],
        lambda each: fleet.render(worksheets(each))["html"],
    ):
        text, harmless = render(name), render("x")
        assert not marks(text)
        assert Elements(text).found == Elements(harmless).found


@given(names)
def test_the_audit_in_its_page_is_as_it_is_shown(name):
    text = html_page.render(audited(name))
    [data] = re.findall(r'<script type="application/json" id="document">(.*)</script>', text)
    assert json.loads(data) == shown_all(audited(name))


@given(names)
def test_junit_parses_and_has_the_cases_of_any_other_name(name):
    def render(each):
        found = audited(each)
        return junit.render(found, failures(found, ["excess", "missing"])).text

    text, harmless = render(name), render("x")
    assert not marks(text)
    odd, plain = ET.fromstring(text.encode("utf-8")), ET.fromstring(harmless.encode("utf-8"))
    assert [each.tag for each in odd.iter()] == [each.tag for each in plain.iter()]
    assert text.count("\n") == harmless.count("\n")
    assert shown(name) in {case.get("name") for case in odd.iter("testcase")}


@given(names)
def test_sarif_names_places_as_they_are_and_says_sentences_as_they_are_shown(name):
    text = sarif.render(audited(name)).text
    assert not marks(text)
    [run] = json.loads(text)["runs"]
    assert name in {place["name"] for place in run["logicalLocations"]}
    said = [result["message"]["text"] for result in run["results"]]
    assert said and not any(marks(each) or "\n" in each or "](" in each for each in said)
    [harmless] = json.loads(sarif.render(audited("x")).text)["runs"]
    assert len(run["results"]) == len(harmless["results"])


@given(names)
def test_json_gives_names_back_and_holds_no_mark(name):
    for text, value in (
        (json_text(audited(name), indent=1), audited(name)),
        (sheet.render(worksheet(name))["json"], worksheet(name)),
        (fleet.render(worksheets(name))["json"], worksheets(name)),
        (json_text(lines_of_a_run(name)[1], indent=1), lines_of_a_run(name)[1]),
    ):
        assert not marks(text)
        assert json.loads(text) == value


@given(names)
@example("second\nok: [acme]")
def test_the_report_of_a_run_has_the_lines_of_any_other_name(name):
    lines, harmless = lines_of_a_run(name)[0], lines_of_a_run("x")[0]
    assert len(lines) == len(harmless)
    assert not any(marks(line) or "\n" in line or "\t" in line for line in lines)


@given(names)
def test_the_file_for_a_pair_begins_no_line_with_a_name(name):
    text = sheet.layout(name, name)
    assert not marks(text) and text.count("\n") == sheet.layout("x", "x").count("\n")
    assert [line for line in text.splitlines() if not line.startswith("#")] == ["---", "public_key:", "private_key:"]
