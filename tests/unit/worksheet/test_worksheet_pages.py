# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of worksheet pages, the same for one instance and for a fleet; and that no name becomes markup."""

from __future__ import annotations

import base64
import hashlib
import html
import html.parser
import json
import re
from urllib.parse import unquote

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fleet, pages, sheet, words
from hypothesis import example, given
from hypothesis import strategies as st
from pages.sheets import level, make_sheet, table_setup

MOMENT = "2026-11-22T04:00:00Z"
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!-- --><b>bold</b>",
    '" onmouseover="alert(1)',
    "a | b | c",
    "line\n# heading\n- [ ] item\n\n| x |",
    "`code` **bold** [link](javascript:alert(1)) <https://evil.example>",
    "{{ 7 * 7 }} {% raw %} {role} {0}",
    "&amp; &#60; R&D",
    "my_own_name \\_ \\",
    "\u202eevil\u2028\x85\x00\x1b[0m",
    "\ud800",
    "two words  ",
]
# anything but what starts a document that Markdown reads in another way: a name is never alone on a line
NAMES = st.text(min_size=1, max_size=40) | st.sampled_from(HOSTILE)


class Page(html.parser.HTMLParser):
    """The elements of a page with their attributes, and its texts by the element that they are in."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open = [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        self.tags.append(("comment", {"data": data}))

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def boxes(self):
        return [attrs["data-key"] for tag, attrs in self.tags if tag == "input" and "data-key" in attrs]


def document_of(*sheets, state="open"):
    """A document as ``collect`` makes it."""
    extra = {"state": state, "since": MOMENT, "verified": MOMENT, "folder": "/x", "done": MOMENT}
    whole = [
        {**each, "id": f"{each['instance']}/{each['vendor']}", "host": each["instance"], **extra} for each in sheets
    ]
    counts = {"open": len(whole) if state == "open" else 0, "done": len(whole) if state == "done" else 0}
    return {"format": fleet.FORMAT, "version": 1, "generated": MOMENT, "counts": counts, "sheets": whole}


def body_of(page):
    """The one sheet in a page, without the levels of its headings."""
    inside = page[page.index('<div class="body"') :].partition("\n</div>")[0]
    return re.sub(r"(</?h)\d", r"\1", re.sub(r' data-verified="[^"]*"', "", inside))


def shape(text):
    """What Markdown takes for structure: the beginning of each line, and the marks that part cells."""
    return [
        (re.match(r"#* ?|- \[ \] |\| \[ \] \||\d+\. \[ \] ", line)[0], len(re.findall(r"(?<!\\)\|", line)))
        for line in text.splitlines()[1:]
        if not re.match(f"- ({'|'.join(words.LABELS.values())}): ", line)
    ]


def with_name(name, host="acme"):
    """A sheet in which every name that an instance or inventory gives is this one."""
    levels = [level(name, name, "add"), level(f"{name} too", name, "edit")]
    names = dict.fromkeys(("company", "product", "role", "member", "key_description", "keeps_role"), name)
    lists = [{"module": name, "function": name, "mode": "allow", "entries": [name], "described": f"{name} too"}]
    names["key_steps"] = [f"Open {name}.", name]
    return make_sheet(host, levels=levels, customize=lists, member_needs={"email": name}, **names)


def test_a_sheet_is_the_same_in_both_pages():
    one = make_sheet()
    single, whole = sheet.render(one)["html"], fleet.render(document_of(one))["html"]
    assert body_of(single) == body_of(whole)
    assert "Set these levels and leave all others as they are" in body_of(single)
    single, whole = sheet.render(one)["md"], fleet.render(document_of(one))["md"]
    begin = "- Security role:"
    assert whole[whole.index(begin) :].replace("\n#", "\n") == single[single.index(begin) :]


def test_each_sentence_stands_in_one_place():
    """No template says one by itself; so both languages and both pages say the same."""
    page = Page(sheet.render(make_sheet(keeps_role="Old", customize=[table_setup("allow")]))["html"])
    said = " ".join(" ".join(page.texts["body"]).split())
    for name in ("left", "next"):
        assert words.SENTENCES[name] in said
    assert "API member Rewst keeps security role Old" in said
    assert "System > Security Roles > Rewst API" in said
    assert "Leave Allow access to these empty" in said
    assert "-e onboard_confirmed=true" in said and "add rewst to the list cw_confirmed of host acme" in said
    assert "Run the playbook again to verify" in said


@pytest.mark.parametrize(
    ("mode", "entries", "expected"),
    [
        ("disallow", ["A / B"], "then move only these to Disallow access to these:"),
        ("disallow", [], "Move everything to Allow access to these."),
        ("allow", ["A / B"], "then move only these back to Allow access to these:"),
        ("allow", [], "Move everything to Disallow access to these. Leave Allow access to these empty."),
    ],
)
def test_table_setup(mode, entries, expected):
    texts = sheet.render(make_sheet(customize=[table_setup(mode, *entries)]))
    assert expected in " ".join(Page(texts["html"]).texts["body"])
    assert expected in texts["md"].replace("**", "")
    assert [key for key in Page(texts["html"]).boxes() if key.startswith("list/")] == [
        f"list/System/Table Setup/{entry}" for entry in entries
    ]


def test_lists_of_several_functions_and_what_a_member_needs():
    menu = {"module": "System", "function": "Custom Menu Entry", "mode": "allow", "entries": []}
    lists = [{**menu, "described": "Each entry of the product."}, table_setup("allow", "A / B")]
    needs = {"email": "Mails go there.", "excluded_boards": "All but one."}
    sheet_ = make_sheet(levels=[], key_steps=[], customize=lists, member_needs=needs)
    page = Page(sheet.render(sheet_)["html"])
    titles = ["Custom Menu Entry of Rewst API", "Table Setup of Rewst API", "API member Rewst", "Next"]
    assert page.texts["h2"] == titles
    assert pages.steps(sheet_) == len(page.boxes()) == 4
    said = " ".join(page.texts["body"])
    assert "Each entry of the product." in said and "Leave Allow access to these empty" not in said
    assert "set cw_email in the inventory. Mails go there." in said and "rewst_excluded_boards" in said
    assert "- Security role: `Rewst API`\n- API member: `Rewst`" in sheet.render(sheet_)["md"]


def test_what_isnt_left_is_not_mentioned():
    only_key = sheet.render(make_sheet(levels=[], customize=[]))
    assert Page(only_key["html"]).texts["h2"] == ["API key", "Next"]
    assert re.findall("^## .*", only_key["md"], re.MULTILINE) == ["## API key", "## Next"]
    only_levels = sheet.render(make_sheet(key_steps=[], customize=[]))
    assert Page(only_levels["html"]).texts["h2"] == ["Security role Rewst API", "Next"]
    assert "File for both keys" not in only_levels["html"] + only_levels["md"]


def test_the_file_for_a_pair_is_named_where_a_step_names_it():
    in_a_job = make_sheet(key_steps=["Open the tab.", "Copy both keys.", "Launch the job that takes a key."])
    assert "File for both keys" not in sheet.render(in_a_job)["html"]
    texts = sheet.render(make_sheet())
    assert "- File for both keys: `/srv/my_pairs/acme/rewst.handin.yml`" in texts["md"]
    assert make_sheet()["pair_file"] in Page(texts["html"]).texts["code"]


def test_modules_and_functions_that_differ_by_case_alone_stay_apart():
    page = Page(sheet.render(make_sheet(levels=[level("A", "x", "add"), level("a", "X", "add")]))["html"])
    assert page.texts["h3"] == ["A", "a"]
    assert page.boxes()[:2] == ["A/x/add", "a/X/add"]


@given(name=NAMES)
@example(name="</code></dd><script>alert(1)</script>")
def test_no_name_becomes_markup_in_html(name):
    for render in (lambda one: sheet.render(one)["html"], lambda one: fleet.render(document_of(one))["html"]):
        plain, odd = Page(render(with_name("x"))), Page(render(with_name(name)))
        assert [tag for tag, _attrs in odd.tags] == [tag for tag, _attrs in plain.tags]
        assert [sorted(attrs) for _tag, attrs in odd.tags] == [sorted(attrs) for _tag, attrs in plain.tags]
        shown = html.unescape(words.Html().value(name)).replace("\r\n", "\n").replace("\r", "\n")
        assert any(shown in text for text in odd.texts["h2"] + odd.texts["h4" if "h4" in odd.texts else "h2"])
        assert odd.texts["code"].count(shown) >= 3


@given(name=NAMES)
@example(name="x\n# heading")
@example(name="a|b\\|c")
def test_no_name_becomes_markup_in_markdown(name):
    for render in (lambda one: sheet.render(one)["md"], lambda one: fleet.render(document_of(one))["md"]):
        plain, odd = shape(render(with_name("x"))), shape(render(with_name(name)))
        assert odd == plain


@given(name=NAMES)
def test_markdown_shows_each_name_as_it_is(name):
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    plain = Page(markdown.render(sheet.render(with_name("x"))["md"]))
    odd = Page(markdown.render(sheet.render(with_name(name))["md"]))
    structure = ("h1", "h2", "h3", "p", "table", "tr", "td", "th", "ul", "ol", "li", "strong")
    assert [tag for tag, _attrs in odd.tags if tag in structure] == [
        tag for tag, _attrs in plain.tags if tag in structure
    ]
    assert {tag for tag, _attrs in odd.tags} <= {tag for tag, _attrs in plain.tags} | {"br"}
    if name.isprintable() and name == name.strip():
        assert " ".join(f"Security role {name}".split()) in [" ".join(text.split()) for text in odd.texts["h2"]]


@given(host=st.text(min_size=1, max_size=20).filter(lambda name: "/" not in name and "\0" not in name))
@example(host="north west #1?")
@example(host="javascript:alert(1)")
@example(host="50%25")
def test_the_link_leads_to_the_sheet_whatever_its_hosts_name(host):
    if re.search("[\ud800-\udfff]", host):
        return
    tags = Page(fleet.render(document_of(make_sheet(host)))["html"]).tags
    [link] = [attrs["href"] for tag, attrs in tags if tag == "a" and not attrs["href"].startswith("https:")]
    assert [unquote(part) for part in link.split("/")] == [host, "rewst", "worksheet.html"]
    assert not re.search(r"[^\w.~%/-]", link, re.ASCII)


def test_a_page_needs_nothing_but_itself():
    for page in (sheet.render(make_sheet())["html"], fleet.render(document_of(make_sheet()))["html"]):
        found = Page(page)
        [policy] = [attrs["content"] for tag, attrs in found.tags if "http-equiv" in attrs]

        def digest(text):
            return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

        [style], [script] = found.texts["style"], found.texts["script"]
        assert policy.split("; ") == [
            "default-src 'none'",
            f"style-src 'sha256-{digest(style)}'",
            f"script-src 'sha256-{digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
        makes_markup = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|fetch\(|import\(|XMLHttp"
        assert not re.search(makes_markup, script)
        assert not re.search(r"@import|url\(|https?:", style)
        for tag, attrs in found.tags:
            assert not [name for name in attrs if name in ("src", "style", "action") or name.startswith("on")]
            assert tag == "a" or "href" not in attrs


def test_a_page_reads_without_scripts():
    """Every sheet is in it and open; what only a script can do is hidden."""
    page = Page(fleet.render(document_of(make_sheet("acme"), make_sheet("globex", "hudu")))["html"])
    assert [attrs.get("open", "no") for tag, attrs in page.tags if tag == "details"] == [None, None]
    assert all("hidden" in attrs for _tag, attrs in page.tags if attrs.get("id") in ("bar", "none"))
    assert "button" not in Page(sheet.render(make_sheet())["html"]).texts
    assert page.texts["time"][0] == "2026-11-22 04:00 UTC"


def test_one_sheet_needs_no_filter():
    assert 'id="filter"' not in fleet.render(document_of(make_sheet()))["html"]
    both = fleet.render(document_of(make_sheet("a", "hudu", product="Hudu"), make_sheet("b", "aaa", product="Zed")))
    assert Page(both["html"]).texts["option"] == ["All vendors", "Hudu", "Zed", "Open", "Done", "Open and done"]


def test_a_sheet_that_is_done_says_when_and_lists_nothing():
    texts = fleet.render(document_of(make_sheet(), state="done"))
    assert "Done. The run of 2026-11-22 04:00 UTC found no manual steps left." in texts["md"]
    page = Page(texts["html"])
    assert "Done. The run of 2026-11-22 04:00 UTC found no manual steps left." in page.texts["p"]
    assert page.boxes() == [] and "worksheet.html" not in texts["html"] and "[ ]" not in texts["md"]


def test_where_a_person_logs_in_and_what_they_type_next_stand_ready_to_copy():
    page = Page(sheet.render(make_sheet())["html"])
    assert ("a", {"href": "https://na.myconnectwise.net", "rel": "noreferrer"}) in page.tags
    command = make_sheet()["command"]
    assert command in page.texts["code"] and f"{command} -e onboard_confirmed=true" in page.texts["code"]
    for web in ("", "javascript:alert(1)", "http://na.myconnectwise.net"):
        assert "a" not in Page(sheet.render(make_sheet(web=web))["html"]).texts


def test_a_sheet_of_awx_names_templates_and_no_command():
    for text in sheet.render(make_sheet(on_awx=True, command="", pair_file="")).values():
        assert "onboard_confirmed" not in text and "ansible-playbook" not in text
    for kind in ("html", "md"):
        templates = "https://awx.example.com/#/templates"
        text = sheet.render(make_sheet(on_awx=True, command="", templates=templates))[kind]
        assert templates in text
        assert text.count("ConnectWise verify") == 2 and "Run the playbook again" not in text


def test_the_same_sheet_makes_the_same_pages():
    assert sheet.render(make_sheet()) == sheet.render(make_sheet())
    assert pages.tick_place(make_sheet()) != pages.tick_place(make_sheet(company="another"))


def test_what_the_page_of_one_instance_begins_with():
    for kind, text in sheet.render(make_sheet("a b")).items():
        assert sheet.is_ours(kind, "a b", "rewst", text.encode())
        assert not sheet.is_ours(kind, "a", "rewst", text.encode())


@pytest.mark.parametrize(
    "change",
    [
        {"levels": None},
        {"levels": [{"module": "x"}]},
        {"levels": [level("A", "b", "destroy")]},
        {"customize": [table_setup("some")]},
        {"customize": [{**table_setup("allow"), "entries": "x"}]},
        {"customize": {}},
        {"member_needs": {"height": "x"}},
        {"member_needs": ["email"]},
        {"key_steps": [1]},
        {"role": ["x"]},
        {"version": 2},
        {"instance": "other"},
    ],
)
def test_what_cannot_be_shown_is_not_ours(change):
    text = sheet.render(make_sheet())["json"].encode()
    assert sheet.parse(text, "acme", "rewst")
    edited = {**make_sheet(), **change}
    assert sheet.parse(json.dumps(edited).encode(), "acme", "rewst") is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_not_ours(content):
    assert sheet.parse(content, "acme", "rewst") is None
