# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a page of the repository becomes a page of the site. ``make docs`` builds the site itself."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from docs_pages import ROOT

sys.path.insert(0, str(ROOT / "tools"))
SPEC = importlib.util.spec_from_file_location("docs_site", ROOT / "tools" / "generate" / "docs_site.py")
assert SPEC and SPEC.loader
site = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(site)

COPIED = {"docs/audit.md", "docs/handover.md", "docs/vendors.md", "roles/rewst/README.md", "roles/onboard/README.md"}
REFERENCE = {"cw_api_key_module", "permissions_diff_filter", "rewst_role"}


def page(text: str, place: str = "docs/handover.md") -> str:
    return site.Page(Path(place), COPIED, REFERENCE).convert(text)


def test_a_link_to_another_page_stays_as_it_is():
    assert page("see [it](audit.md#run-it)\n") == "see [it](audit.md#run-it)\n"


@pytest.mark.parametrize(
    "link, becomes",
    [
        ("../README.md", "../index.md"),
        ("../inventory/example.yml", f"{site.REPOSITORY}/blob/main/inventory/example.yml"),
        ("../changelogs", f"{site.REPOSITORY}/tree/main/changelogs"),
        ("https://example.com/a#b", "https://example.com/a#b"),
        ("#table-setup", "#table-setup"),
    ],
)
def test_a_link_to_anything_else_leads_to_the_repository(link, becomes):
    assert page(f"[it]({link})\n") == f"[it]({becomes})\n"


def test_names_of_plugins_lead_to_their_pages_but_not_in_headings_links_or_code():
    assert page("use `cw_api_key` and `cw_other`\n") == (
        "use [`cw_api_key`](../reference/cw_api_key_module.rst) and `cw_other`\n"
    )
    for text in ("## `cw_api_key`\n", "[`cw_api_key`](audit.md)\n", "```yaml\n`cw_api_key`: {}\n```\n"):
        assert page(text) == text


def test_a_drawing_is_put_into_the_page_so_that_it_follows_its_colours():
    made = page("![The layers](diagrams/architecture.svg)\n", "docs/architecture.md")
    assert made.startswith("```{raw} html\n") and 'aria-label="The layers"' in made and "<svg" in made


def test_a_roles_page_leads_to_its_reference_and_the_list_of_vendors_to_their_pages():
    assert "(../../reference/rewst_role.rst)" in page("# rewst\n", "roles/rewst/README.md")
    below = page("# Vendors\n", "docs/vendors.md")
    assert "../roles/rewst/README.md" in below and "onboard" not in below
    assert page("[rewst](../roles/rewst/vars/main.yml)\n", "docs/audit.md") == "[rewst](../roles/rewst/README.md)\n"


def test_the_index_of_plugins_is_split_by_kind():
    text = (
        ".. _module_plugins_in_msp.connectwise:\n\nModules\n~~~~~~~\n\n* :ansplugin:`a <b>` -- Does it\n\n"
        ".. toctree::\n    :hidden:\n\n    cw_a_module\n\n"
        ".. _role_plugins_in_msp.connectwise:\n\nRole Index\n----------\n\n* :ansplugin:`r <b>` -- Does that\n\n"
        ".. toctree::\n    :hidden:\n\n    r_role\n"
    )
    pages = site.split_index(text)
    assert list(pages) == ["modules", "roles"]
    assert "    cw_a <cw_a_module>" in pages["modules"] and "Does that" not in pages["modules"]
    assert "    r <r_role>" in pages["roles"]


def test_every_kind_of_plugin_has_a_page_in_the_navigation():
    index = (ROOT / "docs" / "site" / "index.md").read_text(encoding="utf-8")
    assert not [name for name, _title in site.PARTS.values() if f"reference/{name}" not in index]
    documented = {"modules": "module", "filter": "filter", "lookup": "lookup", "inventory": "inventory"}
    kinds = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir() and not path.name.startswith("__")}
    rest = kinds - {"action", "doc_fragments", "module_utils", "plugin_utils"}
    assert rest <= set(documented) and {documented[kind] for kind in rest} <= set(site.PARTS)


def test_roles_that_are_no_vendors_stand_among_the_guides():
    roles = {path.parent.name for path in ROOT.glob("roles/*/README.md")}
    vendors = {path.parents[1].name for path in ROOT.glob("roles/*/vars/main.yml") if "_matrix:\n" in path.read_text()}
    index = (ROOT / "docs" / "site" / "index.md").read_text(encoding="utf-8")
    assert {f"roles/{role}/README.md" for role in roles - vendors} == set(site.ROLES_OF_STEPS)
    assert not [role for role in roles - vendors if f"roles/{role}/README>" not in index]


def test_a_page_is_expected_for_every_plugin_and_role():
    expected = site.expected_pages()
    assert {"cw_api_key_module", "permissions_diff_filter", "vendor_catalogue_lookup", "rewst_role"} <= set(expected)
    roles = list(ROOT.glob("roles/*/meta/argument_specs.yml"))
    assert len([page for page in expected if page.endswith("_role")]) == len(roles)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_reference_page_has_no_table_of_contents_beside_the_themes_own(depth):
    text = f"Title\n=====\n\n.. contents::\n   :local:\n   :depth: {depth}\n\n\nSynopsis\n--------\n"
    assert site.without_contents(text) == "Title\n=====\n\n\n\nSynopsis\n--------\n"


def test_a_reference_page_is_titled_by_the_plugin_s_own_name():
    title = "msp.connectwise.cw_api_key module -- Create keys for msp.connectwise"
    text = f".. Title\n\n{title}\n{'+' * len(title)}\n\nmsp.connectwise.cw_api_key module\n"
    assert site.with_short_title(text) == text.replace(title, title.removeprefix("msp.connectwise."))
