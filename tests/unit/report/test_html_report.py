# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit's page: what is embedded, what it shows without scripts, and that no name becomes markup."""

from __future__ import annotations

import base64
import copy
import hashlib
import html.parser
import json
import re

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.shown import shown_all
from ansible_collections.msp.connectwise.plugins.plugin_utils._report.html import can_delete, embed, render
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "</noscript><b>",
    "]]>",
    "\"'&amp;<&",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd",
    "\u2028\u2029\x00\x1b[0m\ufeff\ud800",
    "x" * 2000,
    "__proto__",
    "",
]


class Page(html.parser.HTMLParser):
    """The elements of a page with their attributes, and the texts in them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.scripts, self.rows, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(attrs)))
        self.open.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.scripts.append("")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        while self.open.pop()[0] != tag:
            pass

    def handle_comment(self, data):
        self.tags.append(("comment", data))

    def handle_data(self, data):
        inside = [tag for tag, _attrs in self.open]
        if {"script", "style"} & set(inside):
            self.scripts[-1] += data
        elif {"td", "th"} & set(inside):
            self.rows[-1][-1] += data

    @property
    def document(self):
        place = [tag for tag in self.tags if tag[0] in ("script", "style")]
        return json.loads(self.scripts[[dict(attrs).get("type") for _tag, attrs in place].index("application/json")])


def named(document, names):
    """The document with every free text replaced by the next of some names."""
    following = iter(names)
    document = copy.deepcopy(document)
    document["generated"] = next(following)
    document["left_out"] = [next(following) for _host in range(12)]
    for entry in document["catalogue"]:
        entry.update({field: next(following) for field in ("product", "date", "status", "source")})
    for instances, instance in enumerate(document["instances"]):
        instance.update({field: next(following) for field in ("name", "company", "api")})
        if instance["error"] is not None:
            instance["error"] = next(following)
        for entry in instance["functions"]:
            entry.update(module=next(following), function=next(following))
        for comparison in instance["comparisons"]:
            for cell in comparison["cells"]:
                cell.update({field: next(following) for field in ("module", "function", "since", "note")})
        for role in instance["roles"]:
            role["members"] = [next(following) for _member in role["members"]]
        for member in instance["members"]:
            member.update({field: next(following) for field in ("identifier", "name", "role")})
        for number, finding in enumerate(instance["findings"]):
            finding.update({field: next(following) for field in ("rule", "member", "role", "message")})
            finding["repair"] = f"do {next(following)}"
            finding["message"] += f" {instances}.{number}"  # identical ones would be one
    return document


def endless(names):
    while True:
        yield from names


def small(make_document):
    document = make_document(2, 3, unreadable=1)
    for instance in document["instances"]:
        del instance["functions"][4:]
        for role in instance["roles"]:
            del role["levels"][4:]
    return document


@pytest.fixture(scope="module")
def template(make_document):
    return small(make_document)


@pytest.fixture(scope="module")
def harmless(template):
    return Page(render(named(template, endless(["x"]))))


texts = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(), max_size=30)), min_size=1, max_size=12)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_intact_and_harmless(template, harmless, name):
    document = named(template, endless([name]))
    page = Page(render(document))
    assert page.document == shown_all(document)
    assert page.tags == harmless.tags


@given(names=texts)
@example(names=HOSTILE)
def test_whatever_the_names_are_the_document_is_intact_and_makes_no_markup(template, harmless, names):
    document = named(template, endless(names))
    page = Page(render(document))
    assert page.document == shown_all(document)
    assert page.tags == harmless.tags


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    scalars | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=json_values)
@example(value=HOSTILE)
def test_embedded_json_is_what_it_was_and_has_no_character_that_html_knows(value):
    text = embed(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029\x00-\x1f\x7f-\uffff]", text)


def test_a_number_that_json_lacks_is_refused():
    with pytest.raises(ValueError):
        embed({"power": float("nan")})


def test_markup_objects_are_escaped_like_any_text(make_document):
    document = make_document()
    document["instances"][0]["members"][0]["identifier"] = Markup("<b>bold</b>")
    page = render(document)
    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


@pytest.mark.parametrize("source", ["javascript:alert(1)", "http://plain.example", "data:text/html,x", None])
def test_only_https_sources_become_links(make_document, source):
    document = make_document()
    document["catalogue"] = [{**document["catalogue"][0], "source": source}]
    assert not [attrs for tag, attrs in Page(render(document)).tags if tag == "a" and dict(attrs)["href"] != "#members"]


def test_an_https_source_is_a_link_and_stays_one_attribute(make_document):
    document = make_document()
    source = 'https://docs.example/" onclick="alert(1)'
    document["catalogue"] = [{**document["catalogue"][0], "source": source}]
    links = [dict(attrs) for tag, attrs in Page(render(document)).tags if tag == "a"]
    assert links == [{"class": "skip", "href": "#members"}, {"href": source, "rel": "noopener noreferrer"}]


def test_the_table_without_scripts_has_every_member(make_document):
    document = make_document(4, 20, unreadable=1)
    page = render(document)
    noscript = page[page.index("<noscript>") : page.index("</noscript>")]
    products = {entry["vendor"]: entry["product"] for entry in document["catalogue"]}
    expected = [
        [
            member["identifier"] + (" Admin" if member["admin"] else "") + ("" if member["active"] else " inactive"),
            instance["name"],
            member["role"] or "",
            products.get(member["vendor"], "unknown"),
            str(member["counts"]["missing"]),
            str(member["counts"]["excess"]),
            str(member["grants"]["delete"]),
            str(member["power"]),
        ]
        for instance in document["instances"]
        for member in instance["members"]
    ]
    head, *rows = Page(noscript).rows
    assert head == ["Member", "Instance", "Role", "Vendor", "Missing", "Excess", "Can delete", "Power"]
    assert rows == expected
    assert any(not member["active"] for instance in document["instances"] for member in instance["members"])


def test_a_member_without_role_or_known_vendor_is_shown(make_document):
    document = make_document()
    member = document["instances"][0]["members"][0]
    member.update(role_id=None, role=None, vendor=None, matched_by=None)
    other = document["instances"][0]["members"][1]
    other["vendor"] = "not-in-the-catalogue"
    rows = Page(render(document)).rows
    assert rows[1][2:4] == ["", "unknown"]
    assert rows[2][3] == "not-in-the-catalogue"


@pytest.mark.parametrize(
    ("active", "admin", "delete", "expected"),
    [(True, False, 1, True), (True, True, 0, True), (True, False, 0, False), (False, True, 9, False)],
)
def test_who_can_delete(active, admin, delete, expected):
    assert can_delete({"active": active, "admin": admin, "grants": {"delete": delete}}) is expected


def test_the_answer_and_the_figures_are_written_without_scripts(make_document):
    document = make_document(5, 20, unreadable=2)
    members = [member for instance in document["instances"] for member in instance["members"]]
    deleting = sum(can_delete(member) for member in members)
    text = re.sub("<[^>]*>", "", render(document))
    assert (
        f"{deleting} of {sum(member['active'] for member in members)} active API members can delete something" in text
    )
    assert "As of 2026-11-22 04:00 UTC" in text
    assert "7 instances" in text and "2 unreadable" in text
    assert f"{document['summary']['excess']} permissions in excess" in text
    assert "unreadable-2: The instance answered 401: the key pair isn&#39;t known there." in text


def test_nothing_at_all_is_a_page_too():
    summary = dict.fromkeys(
        ("instances", "unreadable", "members", "matched", "admins", "missing", "excess", "absent"), 0
    )
    document = {
        "format": "msp.connectwise.audit",
        "version": 2,
        "generated": "x",
        "left_out": [],
        "catalogue": [],
        "instances": [],
        "summary": summary,
    }
    assert Page(render(document)).document == document


@pytest.mark.parametrize("change", [{"format": "other"}, {"version": 1}])
def test_another_version_is_refused(make_document, change):
    with pytest.raises(ValueError, match=r"msp\.connectwise\.audit, version 2"):
        render({**make_document(), **change})


def test_equal_documents_make_equal_pages(make_document):
    document = make_document(3, 10)
    backwards = json.loads(json.dumps(document), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert render(document) == render(backwards)


def test_the_policy_lets_through_this_script_and_this_style_and_nothing_else(make_document):
    page = Page(render(make_document()))
    policy = next(
        dict(attrs)["content"] for _tag, attrs in page.tags if ("http-equiv", "Content-Security-Policy") in attrs
    )

    def digest(text):
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    style, _document, script = page.scripts
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest(style)}'",
        f"script-src 'sha256-{digest(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    forbidden = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|fetch\(|XMLHttp"
    assert not re.search(forbidden, script)
    assert not re.search(r"@import|url\(|https?:", style)
    assert all(
        name not in ("src", "style") and not name.startswith("on")
        for _tag, attrs in page.tags
        for name, _value in attrs
    )


def test_fifty_instances_of_twenty_members_stay_below_four_megabytes(make_document):
    page = render(make_document(50, 20))
    assert len(page.encode()) < 4_000_000


def test_what_may_be_null_is_left_empty(make_document):
    document = make_document(1, 3, unreadable=1)
    document["catalogue"][0].update(product=None, date=None, status=None, source=None)
    document["instances"][1].update(company=None, api=None)
    page = render(document)
    assert "None" not in re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    assert Page(page).rows[1][3] == document["catalogue"][0]["vendor"]
