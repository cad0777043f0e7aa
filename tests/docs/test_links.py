# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every relative link works, and every page can be reached from the site's first one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_pages import PAGES, ROOT, anchors, blocks, links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    dead = []
    for link in links(page):
        path, _hash, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT):
            dead.append(link)
        elif anchor and anchor not in anchors(target):
            dead.append(f"{link}: no such heading")
    assert not dead


def test_the_site_lists_every_page():
    index = (ROOT / "docs" / "site" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^(?:.*<)?((?:docs|roles|reference)/[\w/*-]+|[A-Z*]+)>?$", index, re.M)
    pages = {f"docs/{path.stem}" for path in ROOT.glob("docs/*.md")}
    assert pages
    assert not [page for page in pages if not any(re.fullmatch(entry.replace("*", ".*"), page) for entry in listed)]


def test_the_readme_leads_to_every_guide():
    readme = {link.partition("#")[0] for link in links(ROOT / "README.md")}
    assert {f"docs/{path.name}" for path in ROOT.glob("docs/*.md")} <= readme


def pages_linked(start: Path, base: Path) -> set[Path]:
    """The pages that a page links to, with links that begin at ``base``."""
    targets = [link.partition("#")[0] for link in links(start)]
    return {(base / path).resolve() for path in targets if path.endswith(".md")}


def toctree(index: Path) -> set[Path]:
    """What the navigation of the site lists, which stands beside every page."""
    entries = re.findall(r"^(?:.*<)?([\w/-]+)>?$", "\n".join(block.text for block in blocks(index)), re.M)
    return {ROOT / f"{entry}.md" for entry in entries}


@pytest.mark.parametrize("start", ["README.md", "docs/site/index.md"])
def test_every_page_is_two_clicks_from_the_first_one(start):
    index = ROOT / start
    first = pages_linked(index, ROOT) | toctree(index)
    second = {page for path in first if path.exists() for page in pages_linked(path, path.parent)}
    on_the_site = [page for page in PAGES if page.is_relative_to(ROOT / "docs") or page.parent.parent.name == "roles"]
    pages = on_the_site if index.parent.name == "site" else PAGES
    assert {str(page.relative_to(ROOT)) for page in set(pages) - first - second - {index}} == set()


def test_every_vendor_s_page_is_one_click_from_the_list_of_vendors():
    listed = set(links(ROOT / "docs" / "vendors.md"))
    vendors = [path for path in ROOT.glob("roles/*/vars/main.yml") if "_matrix:\n" in path.read_text(encoding="utf-8")]
    assert vendors and not [path for path in vendors if f"../{path.relative_to(ROOT)}" not in listed]


def test_every_role_is_linked_from_the_documentation():
    linked = {link for page in PAGES if page.parent.name == "docs" for link in links(page)}
    linked |= {f"../{link}" for link in links(ROOT / "README.md")}
    roles = {f"../roles/{path.parent.name}/README.md" for path in ROOT.glob("roles/*/README.md")}
    assert roles and not [role for role in roles if not any(link.partition("#")[0] == role for link in linked)]


def test_every_drawing_is_shown_and_has_words_for_those_who_cannot_see_it():
    drawings = sorted(ROOT.glob("docs/diagrams/*.svg"))
    shown = {f"docs/{link}" for page in PAGES if page.parent.name == "docs" for link in links(page)}
    assert drawings and {str(path.relative_to(ROOT)) for path in drawings} <= shown
    for path in drawings:
        text = path.read_text(encoding="utf-8")
        assert "<title>" in text and "<desc>" in text and "prefers-color-scheme: dark" in text
        assert not re.search(r"https?://(?!www\.w3\.org/)", text), "a drawing loads nothing"


def test_the_list_of_contents_names_what_the_collection_has():
    """Each module, each playbook that isn't one vendor's, each role that isn't a vendor's."""
    contents = (ROOT / "docs" / "contents.md").read_text(encoding="utf-8")
    vendors = {path.parents[1].name for path in ROOT.glob("roles/*/vars/main.yml") if "_matrix:\n" in path.read_text()}
    modules = {path.stem for path in ROOT.glob("plugins/modules/cw_*.py")}
    playbooks = {path.stem for path in ROOT.glob("playbooks/*.yml")} - {f"onboard_{vendor}" for vendor in vendors}
    roles = {path.name for path in ROOT.glob("roles/*")} - vendors
    assert modules and playbooks and roles
    missing = {name for name in modules | playbooks if f"`{name}`" not in contents}
    missing |= {role for role in roles if f"roles/{role}/README.md" not in contents}
    assert not missing


def test_every_promise_of_the_threat_model_names_a_test_that_is_there():
    rows = re.findall(r"^\| (?!Could)(?!-).* \| (.+) \|$", (ROOT / "docs" / "threat-model.md").read_text(), re.M)
    rows = [row for row in rows if set(row) - {"-", "|"} and row != "Held by"]
    assert len(rows) > 20
    named = [re.findall(r"`(tests/[\w/]+\.py)`", row) for row in rows]
    assert [row for row, tests in zip(rows, named, strict=True) if not tests and "](" not in row] == []
    assert [test for tests in named for test in tests if not (ROOT / test).is_file()] == []
