# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each playbook has a page with its command, what that prints now, and what to do when it fails."""

from __future__ import annotations

import re

import playbook_runs as runs
import pytest
from docs_pages import ROOT, links, prose

PAGES = sorted(runs.FOLDER.glob("*.md"))
HEADINGS = ["What to type", "What you see", "If it fails", "Read on"]
WRITE = "run: python tools/generate/playbook_pages.py"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, simulator):
    return runs.run_all(tmp_path_factory.mktemp("playbooks"), simulator)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_command_prints(page, outputs):
    assert runs.plain(runs.shown(page)) == runs.plain(outputs[page.stem]), WRITE


def test_every_playbook_has_a_page():
    playbooks = {path.stem for path in ROOT.glob("playbooks/*.yml") if not path.stem.startswith("onboard_")}
    assert {page.stem for page in PAGES} == playbooks | {"onboard_vendor"} == {*runs.SCENES, runs.WITH_AWX}


def test_the_list_of_contents_leads_to_every_page():
    linked = set(links(ROOT / "docs" / "contents.md"))
    assert {f"playbooks/{page.name}" for page in PAGES} <= linked


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short_and_has_the_same_parts_as_the_others(page):
    headings = re.findall(r"^## (.+)$", prose(page), re.M)
    assert [heading for heading in headings if heading in HEADINGS] == HEADINGS
    assert 2 <= len(failures(page)) <= 6


def failures(page):
    """What a reader sees when a run fails: the first cells of the table."""
    rows = re.findall(r"^\| (.+?) \| ", prose(page).partition("\n## If it fails\n")[2], re.M)
    return [row for row in rows if row != "What you see"]
