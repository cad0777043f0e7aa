# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that fills in levels, on pages that differ in what nobody knows about ConnectWise's own."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path
from urllib.parse import unquote

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fill

from .browser import Browser
from .fill_pages import ROWS, Figures, Server, fill_in, job, report, setting, wait
from .sheets import make_sheet, put


@pytest.fixture(scope="module")
def _server() -> t.Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def server(_server: Server) -> t.Iterator[Server]:
    yield _server
    _server.rows = ROWS


# page: how it ends, how many of its 18 levels are right then, and how many are left to a person
PAGES = {
    "type_only": ("done", 18, 0),
    "click_only": ("done", 18, 0),
    "click_only_keeps_typed_text": ("done", 18, 0),
    "trusted_input_only": ("done", 18, 0),
    "trusted_input_only_keeps_typed_text": ("done", 18, 0),
    "real_keys_only": ("done", 0, 18),
    "real_keys_only_keeps_typed_text": ("done", 0, 18),
    "selects": ("done", 18, 0),
    "plain_inputs": ("done", 18, 0),
    "built_late": ("done", 18, 0),
    "recycled_rows": ("done", 18, 0),
    "headers_apart": ("done", 18, 0),
    "another_order": ("done", 18, 0),
    "extra_column": ("done", 0, 18),
    "three_inputs": ("done", 17, 1),
    "hidden_table": ("done", 18, 0),
    "parked_table": ("done", 18, 0),
    "clears_itself_once": ("done", 18, 0),
    "dialog_over_it": ("stopped", 0, 18),
    "role_changed": ("stopped", 3, 18),
    "iframe": ("done", 18, 0),
    "split_title": ("done", 18, 0),
    "another_role": ("refused", 0, 0),
    "gxt_like": ("done", 18, 0),
    "accessible": ("done", 18, 0),
    "tabs": ("done", 17, 1),
    "title_outside_frame": ("done", 18, 0),
    "another_cell_changes_too": ("stopped", 5, 14),
    "cleared_late": ("done", 17, 1),
}


@pytest.mark.parametrize("page", PAGES)
def test_pages(browser: Browser, server: Server, page: str) -> None:
    """On none of them is anything wrong, claimed and not so, saved, pressed beside it, sent or stored."""
    seen = fill_in(browser, server, page, job(server.host))
    state, right, left = PAGES[page]
    assert seen == Figures(state, right, left, wrong=0, claimed=0, saves=0, presses=0, requests=0, stored=0)


@pytest.mark.parametrize("host", ["na.myconnectwise.net", "127.0.0.1"])
def test_another_host(browser: Browser, server: Server, host: str) -> None:
    assert fill_in(browser, server, "type_only", job(host)) == Figures("refused", *[0] * 8)
    assert report(browser)["reason"] == f"This page is on {server.host}, but the levels are for {host}."
    assert browser.run("return document.getElementById('cw-fill-start')") is None


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ("NNNM", 'Contacts, inquire shows "my", but REST says "None".'),
        ("NN-N", 'Contacts, delete shows "", but REST says "None".'),
        ("NNFN", 'Contacts, delete shows "full", but REST says "None".'),
    ],
)
def test_a_page_that_differs_from_rest(browser: Browser, server: Server, levels: str, said: str) -> None:
    """As another company's of the same host would, or one that somebody has worked on since."""
    server.rows = [setting("Companies", "Contacts", levels) if row == ROWS[2] else row for row in ROWS]
    seen = fill_in(browser, server, "type_only", job(server.host))
    assert seen == Figures("stopped", 2, 16, *[0] * 6), "the row before it was set, and this one wasn't touched"
    assert report(browser)["reason"].startswith(said)


def test_null_as_another_way_to_write_none(browser: Browser, server: Server) -> None:
    """Where REST has no other way to write None, a page may show either."""
    rows = [{name: None if value == "None" else value for name, value in row.items()} for row in ROWS]
    found = job(server.host, rows)
    assert found["null_is_none"] and fill_in(browser, server, "type_only", found)[:3] == ("done", 18, 0)


def test_a_name_of_two_modules(browser: Browser, server: Server) -> None:
    """Each is found below its own heading; where no heading tells, it is left."""
    found = job(server.host)
    [row] = [row for row in found["rows"] if row["shared"]]
    assert (row["module"], row["function"]) == ("Companies", "Reports")
    found = {**found, "modules": [["Others"]], "rows": [row, found["rows"][0]]}
    assert fill_in(browser, server, "selects", found)[:5] == ("done", 2, 1, 0, 0)


def test_the_first_time_is_one_row_whose_levels_differ(browser: Browser, server: Server) -> None:
    found = job(server.host, confirmed=False)
    assert [row["function"] for row in found["rows"]] == ["Contacts"]
    assert fill_in(browser, server, "another_order", found)[:5] == ("done", 3, 0, 0, 0)
    cells = [(cell["verb"], cell["wanted"], cell["shown"], cell["result"]) for cell in report(browser)["cells"]]
    assert sorted(cells) == [
        ("add", "All", "All", "set"), ("delete", "None", "None", "right"), ("edit", "My", "My", "set"),
        ("inquire", "All", "All", "set"),
    ]  # fmt: skip


def test_what_it_says_and_that_it_can_be_stopped(browser: Browser, server: Server) -> None:
    browser.visit(f"http://{server.host}/type_only.html")
    browser.run(fill.text({**job(server.host), "pause": 500}, "// a mark"))
    assert browser.text("#cw-fill-start") == "This is the page of acme_corp (acme): set 18 levels in 10 rows"
    assert "Security role Rewst API of acme_corp (acme)" in browser.text("#cw-fill")
    browser.click("#cw-fill-start")
    browser.click("#cw-fill button")
    found = wait(browser)
    assert (found["state"], found["reason"]) == ("stopped", "You stopped it.")
    assert "0 set" in browser.text("#cw-fill") and "18 left to do by hand" in browser.text("#cw-fill")
    browser.run(fill.text(job(server.host), "// a mark"))
    assert report(browser)["state"] == "waiting", "it can be started anew"
    assert len(browser.visible("#cw-fill")) == 1


def test_an_extension_waits_for_the_page(browser: Browser, server: Server) -> None:
    """ConnectWise is one page: it is open long before the page of the role is."""
    script = fill.user_script(job(server.host), "// a mark", "Rewst")
    assert script.startswith("// ==UserScript==\n// @name ")
    assert f"// @match https://{server.host}/*\n// @grant none\n" in script
    browser.visit(f"http://{server.host}/another_role.html")
    browser.run(script)
    assert report(browser)["state"] == "refused" and not browser.visible("#cw-fill")
    browser.run("showRole('Rewst API')")
    for _again in range(30):
        if report(browser)["state"] == "waiting":
            break
        time.sleep(0.1)
    assert browser.visible("#cw-fill-start")


HOSTILE = "</script></pre><img src=x onerror=\"window.hit=1\">%0A'#\u2028\ud800"


def test_the_page_of_a_worksheet_carries_it(browser: Browser, tmp_path: Path) -> None:
    """The link has exactly the text that is shown, and the page itself runs nothing of it."""
    found = {**job("na.myconnectwise.net"), "instance": HOSTILE, "role": HOSTILE}
    path = put(tmp_path, make_sheet(fill=found))
    browser.go(path)
    text = browser.run("return document.getElementById('fill-helper-text').textContent")
    address = browser.run("return document.getElementById('fill-helper').getAttribute('href')")
    assert address.startswith("javascript:") and unquote(address.removeprefix("javascript:")) == text
    assert text == (path.parent / "worksheet.fill.js").read_text(encoding="utf-8")
    assert text.isascii() and len(address) < 60_000, "what a browser takes as a bookmark"
    browser.click("#fill-helper")
    assert browser.run("return [window.cwFillReport, window.hit, document.images.length]") == [None, None, 0]
    refused = browser.complaints()
    assert len(refused) == 1 and "Content Security Policy" in refused[0]
