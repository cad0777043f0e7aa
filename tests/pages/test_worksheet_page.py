# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worksheet pages in a real browser, opened as files and used as a person uses them."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import sheet
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet.live import following

from .browser import Browser
from .sheets import bring, level, make_sheet, put, results, table_setup

RUN, LATER = "2026-11-01T10:00:00Z", "2100-01-01T10:00:00Z"
NOTES, AGREEMENTS = 'input[data-key="Companies/Notes/add"]', 'input[data-key="Finance/Agreements/edit"]'
TABLE, KEY = 'input[data-key="list/System/Table Setup/Service / Priority"]', 'input[data-key^="key/Click"]'
HOSTILE = '</script><img src=x onerror="window.hit=1">'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hand over"


def fleet_page(folder: Path, finished: str = RUN) -> Path:
    """Two instances, three open sheets; one of globex is done."""
    for host, vendor in (("acme", "rewst"), ("acme", "hudu"), ("globex", "rewst"), ("globex", "done")):
        put(folder, make_sheet(host, vendor, company=f"{host} corp"))
    bring(folder, results(finished))
    for path in (folder / "globex" / "done").iterdir():
        path.unlink()
    bring(
        folder, results(finished, globex={"done": "converged", "rewst": "handed over"}, acme={"rewst": "handed over"})
    )
    return folder / "worksheets.html"


def ticked(browser: Browser) -> list[str]:
    """The steps that are ticked."""
    found: list[str] = browser.run(
        "return [...document.querySelectorAll('input[data-key]:checked')].map((box) => box.dataset.key)"
    )
    return found


def sheets(browser: Browser) -> list[str]:
    """The sheets that can be seen: their hosts and products."""
    found: list[str] = browser.run(
        "return [...document.querySelectorAll('.sheet')].filter((sheet) => sheet.checkVisibility()).map((sheet) =>"
        " sheet.closest('.instance').querySelector('h2').innerText + ' ' + sheet.querySelector('h3').innerText)"
    )
    return found


def focused(browser: Browser) -> str:
    """The sheet whose head has the focus."""
    return str(
        browser.run(
            "const sheet = document.activeElement.closest('.sheet');"
            "return sheet ? sheet.closest('.instance').querySelector('h2').innerText + ' '"
            " + sheet.querySelector('h3').innerText : document.activeElement.name || ''"
        )
    )


# --- following a run that waits ------------------------------------------------------------------------------------


def follow(folder: Path, *differing: Any, ago: float = 0, seconds: float = 600, interval: float = 2) -> Path:
    """The page as a run that waits writes it: it began a minute ago, and looked at the instance ``ago`` seconds ago."""
    document = make_sheet()
    page = put(folder, document)
    now = datetime.now(timezone.utc) - timedelta(seconds=ago)
    seen = following(document, differing, now - timedelta(minutes=1), now, seconds, interval)
    page.write_text(sheet.page(seen), encoding="utf-8")
    return page


def reloaded(browser: Browser) -> None:
    """Wait until the page has loaded itself again."""
    browser.run("window.before = true")
    for _again in range(100):
        time.sleep(0.1)
        if not browser.run("return window.before === true"):
            return
    raise AssertionError("the page didn't load itself again")


def test_a_page_follows_the_run_that_waits(browser: Browser, folder: Path) -> None:
    """Seen cells are done, tick and focus stay; a wrong cell says what it is, and so does what nobody asked for."""
    every = make_sheet()["levels"]
    page = follow(folder, *every)
    browser.go(page)
    assert browser.text("#live").startswith("A run is waiting until")
    assert "0 of 4 levels are set" in browser.text("#live")
    browser.click(AGREEMENTS)
    assert browser.text("#count") == "1 of 9 steps ticked."
    wrong = {**every[1], "is": "none"}
    follow(folder, wrong, every[3], level("System", "My Company", "edit", "all", "none"))
    reloaded(browser)
    assert "2 of 4 levels are set" in browser.text("#live") and re.search(r"\d+:\d\d left", browser.text("#live"))
    assert browser.run("return document.activeElement.dataset.key") == "Finance/Agreements/edit"
    assert sorted(ticked(browser)) == ["Companies/Contacts/inquire", "Companies/Notes/add", "Finance/Agreements/edit"]
    assert browser.text("#count") == "3 of 9 steps ticked."
    assert "Is None, should be My" in browser.text("main")
    assert "System / My Company, Edit: is All, should be None" in browser.text(".others")
    page.write_text(sheet.done(make_sheet()), encoding="utf-8")
    reloaded(browser)
    assert browser.text("header").endswith("Done. A run has verified every step of this worksheet."
                                           " The next run removes this page.")


def test_a_page_says_that_the_run_which_fed_it_has_ended(browser: Browser, folder: Path) -> None:
    browser.go(follow(folder, *make_sheet()["levels"], ago=120))
    said = "The run that updated this page has ended. Run the playbook again to verify what you did since then."
    assert browser.text("#live") == said


# --- ticks ---------------------------------------------------------------------------------------------------------


def test_ticks_outlive_a_reload_and_are_counted(browser: Browser, folder: Path) -> None:
    page = put(folder, make_sheet())
    browser.go(page)
    assert browser.text("#count") == "0 of 9 steps ticked."
    for step in (NOTES, TABLE, KEY):
        browser.click(step)
    assert browser.text("#count") == "3 of 9 steps ticked."
    browser.click(KEY)
    browser.reload()
    assert ticked(browser) == ["Companies/Notes/add", "list/System/Table Setup/Service / Priority"]
    assert browser.text("#count") == "2 of 9 steps ticked."
    assert browser.run("return document.getElementById('progress').value") == 2
    assert browser.visible(".note") == []
    assert "saved in this browser only" in browser.text("#kept")


def test_a_row_is_ticked_at_once(browser: Browser, folder: Path) -> None:
    browser.go(put(folder, make_sheet()))
    row = 'input[aria-label="All levels of Notes"]'
    browser.click(NOTES)
    assert browser.run("return document.querySelector(arguments[0]).indeterminate", row)
    browser.click(row)
    assert ticked(browser) == ["Companies/Notes/add", "Companies/Notes/delete"]
    browser.click(row)
    assert ticked(browser) == []


def test_a_run_after_a_tick_makes_it_stale_on_the_page_of_one_instance(browser: Browser, folder: Path) -> None:
    """The page's own date tells when a run last found all of this left; of Table Setup only the person knows."""
    page = put(folder, make_sheet())
    browser.go(page)
    for step in (NOTES, AGREEMENTS, TABLE, KEY):
        browser.click(step)
    os.utime(page, (4_102_444_800, 4_102_444_800))  # in the year 2100
    browser.reload()
    assert ticked(browser) == ["list/System/Table Setup/Service / Priority"]
    notes = browser.visible(".note")
    assert len(notes) == 3 and all(note.startswith("Ticked earlier, but still not done as of") for note in notes)
    assert all("2100" in note for note in notes)
    assert browser.text("#count") == "1 of 9 steps ticked."


def test_a_run_after_a_tick_makes_it_stale_on_the_page_of_a_fleet(browser: Browser, folder: Path) -> None:
    put(folder, make_sheet())
    bring(folder, results(RUN, acme={"rewst": "handed over"}))
    page = folder / "worksheets.html"
    browser.go(page)
    for step in (NOTES, TABLE, KEY):
        browser.click(step)
    bring(folder, results(LATER, acme={"rewst": "failed"}))
    browser.reload()
    assert len(ticked(browser)) == 3, "that run didn't look"
    bring(folder, results(LATER, acme={"rewst": "converged, Table Setup unconfirmed"}))
    browser.reload()
    assert ticked(browser) == ["list/System/Table Setup/Service / Priority"]
    assert len(browser.visible(".note")) == 2 and "2100" in browser.visible(".note")[0]


def test_a_stale_tick_counts_again_once_it_is_set_anew(browser: Browser, folder: Path) -> None:
    put(folder, make_sheet())
    bring(folder, results(RUN, acme={"rewst": "handed over"}))
    browser.go(folder / "worksheets.html")
    browser.click(NOTES)
    # as if it had been ticked long ago
    browser.run(
        "Object.keys(localStorage).forEach((name) => {"
        " const old = localStorage.getItem(name).replace(/20\\d\\d-/g, '2019-');"
        " localStorage.setItem(name, old); })"
    )
    browser.reload()
    assert ticked(browser) == [] and len(browser.visible(".note")) == 1
    browser.click(NOTES)
    browser.reload()
    assert ticked(browser) == ["Companies/Notes/add"] and browser.visible(".note") == []


def test_a_tick_belongs_to_what_is_to_be_done(browser: Browser, folder: Path) -> None:
    """Not to the same cell with another level, nor to another company of the same host name."""

    def show(**fields: Any) -> None:
        page = put(folder, make_sheet(**fields))
        os.utime(page, (1_000_000_000, 1_000_000_000))
        browser.go(page)

    show()
    browser.click(NOTES)
    for fields in ({"levels": [level("Companies", "Notes", "add", should_be="my")]}, {"company": "another"}):
        show(**fields)
        assert ticked(browser) == [] and browser.visible(".note") == []
    show(levels=[level("Companies", "Notes", "add", "my")])
    for _attempt in range(50):  # a busy browser may give the page's storage to the next page a little later
        if ticked(browser):
            break
        time.sleep(0.1)
        browser.reload()
    assert ticked(browser) == ["Companies/Notes/add"]


def test_ticks_of_an_instance_show_in_the_page_of_the_fleet(browser: Browser, folder: Path) -> None:
    page = fleet_page(folder)
    browser.go(folder / "acme" / "rewst" / "worksheet.html")
    browser.click(NOTES)
    browser.go(page)
    assert browser.visible(".count") == [
        "1 of 27 steps ticked; 0 of 3 worksheets complete. Ticks are saved in this browser only.",
        "0 of 9 steps ticked", "1 of 9 steps ticked", "0 of 9 steps ticked",
    ]  # fmt: skip


# --- all worksheets ------------------------------------------------------------------------------------------------


def test_filter(browser: Browser, folder: Path) -> None:
    browser.go(fleet_page(folder))
    everything = ["acme Hudu", "acme Rewst", "globex Rewst"]
    assert sheets(browser) == everything, "done ones come on demand"
    browser.type("input[name=words]", "GLOBEX corp")
    assert sheets(browser) == ["globex Rewst"]
    browser.run("document.querySelector('input[name=words]').value = ''")
    browser.type("input[name=words]", "nobody")
    assert sheets(browser) == [] and browser.text("#none") == "No worksheet matches."
    browser.reload()
    browser.click("select[name=vendor] option[value=hudu]")
    assert sheets(browser) == ["acme Hudu"] and browser.visible("h2") == ["acme"]
    browser.click("select[name=vendor] option[value='']")
    browser.click("select[name=state] option[value=done]")
    assert sheets(browser) == ["globex Done"]
    assert browser.visible(".done p")[0].startswith("Done. The run of Nov 1, 2026")
    browser.click("select[name=state] option[value='']")
    assert len(sheets(browser)) == 4 and not browser.visible("#none")


def test_keys(browser: Browser, folder: Path) -> None:
    browser.go(fleet_page(folder))
    order = ["acme Hudu", "acme Rewst", "globex Rewst"]
    walked = []
    for _turn in range(4):
        browser.press("n")
        walked.append(focused(browser))
    assert walked == [*order, order[0]]
    browser.press("p")
    assert focused(browser) == order[-1]
    assert browser.run("return document.querySelectorAll('details[open]').length") == 3
    browser.press("/")
    assert focused(browser) == "words"
    browser.press("n")
    assert browser.run("return document.activeElement.value") == "n", "a letter of the search"
    assert focused(browser) == "words"


def test_open_and_close_all(browser: Browser, folder: Path) -> None:
    browser.go(fleet_page(folder))
    opened = "return document.querySelectorAll('details[open]').length"
    assert browser.run(opened) == 0, "a long page begins folded"
    browser.click("button[name=open]")
    assert browser.run(opened) == 3
    browser.click("button[name=close]")
    assert browser.run(opened) == 0
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.run(opened) == 3
    browser.run("window.dispatchEvent(new Event('afterprint'))")
    assert browser.run(opened) == 0


def test_one_sheet_is_open_and_has_no_filter(browser: Browser, folder: Path) -> None:
    put(folder, make_sheet())
    bring(folder, results(RUN, acme={"rewst": "handed over"}))
    browser.go(folder / "worksheets.html")
    assert browser.run("return document.querySelector('details').open && !document.getElementById('filter')")
    browser.press("n")
    browser.press("/")


def test_from_the_fleet_to_a_sheet_and_back(browser: Browser, folder: Path) -> None:
    page = fleet_page(folder)
    put(folder, make_sheet("north west #1", "rewst", product="Rewst Ünï"))
    bring(folder, results(RUN))
    browser.go(page)
    browser.click("details:not([open]) summary")
    browser.click("button[name=open]")
    browser.click("a[href^=north]")
    assert browser.visible("h1") == ["Rewst Ünï on north west #1"]


# --- whatever is in it ---------------------------------------------------------------------------------------------


def test_copying(browser: Browser, folder: Path) -> None:
    browser.go(put(folder, make_sheet(role="Rewst  <API>")))
    browser.run(
        "window.copied = [];"
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { copied.push(text); }}})"
    )
    assert len(browser.visible("dd button")) == 4
    browser.click("dd button")
    assert browser.run("return copied") == ["Rewst  <API>"]
    assert browser.text("dd button") == "Copied"


def test_names_that_are_markup(browser: Browser, folder: Path) -> None:
    names = dict.fromkeys(("company", "product", "role", "member", "key_description"), HOSTILE)
    for vendor in ("rewst", "hudu"):
        table = {**table_setup("allow", HOSTILE), "function": HOSTILE, "described": HOSTILE}
        odd = make_sheet(vendor=vendor, levels=[level(HOSTILE, HOSTILE, "add")], customize=[table], **names)
        page = put(folder, odd)
    bring(folder, results(RUN))
    for path in (page, folder / "worksheets.html"):
        browser.go(path)
        assert browser.run("return [window.hit, document.images.length]") == [None, 0]
        assert browser.run("return document.body.innerText").count(HOSTILE) >= 1
        browser.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        browser.click(f'input[data-want="all"][data-key$="{"/add"}"]')
        browser.reload()
        assert ticked(browser) == [f"{HOSTILE}/{HOSTILE}/add"]
        browser.run("localStorage.clear()")


def test_where_nothing_can_be_kept(browser: Browser, folder: Path) -> None:
    """Ticks last as long as the page, and it says so."""
    page = put(folder, make_sheet())
    browser.go(page)
    browser.run("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };")
    browser.click(NOTES)
    browser.click(AGREEMENTS)
    assert ticked(browser) == ["Companies/Notes/add", "Finance/Agreements/edit"]
    assert browser.text("#kept") == "This browser can't save ticks: you lose them when you close the page."


@pytest.mark.parametrize("which", ["instance", "fleet"])
def test_without_scripts(browser_without_scripts: Browser, folder: Path, which: str) -> None:
    browser = browser_without_scripts
    page = fleet_page(folder)
    browser.go(page if which == "fleet" else folder / "acme" / "rewst" / "worksheet.html")
    seen = re.sub(r"\s+", " ", browser.text("body"))
    assert "Set these levels and leave all others as they are, then save" in seen
    assert "All" in seen and "Service / Priority" in seen and "Run the playbook again to verify" in seen
    for absent in ("steps ticked", "Open all", "Copy", "No worksheet matches"):
        assert absent not in seen.replace("Copy both keys", "")
    if which == "fleet":
        assert seen.count("Set these levels and leave all others as they are") == 3
        assert "Done. The run of 2026-11-01 10:00 UTC found no manual steps left." in seen


def test_on_paper(browser: Browser, folder: Path) -> None:
    """What is for the screen alone is gone, and nothing is cut off at the right."""
    browser.go(fleet_page(folder))
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    browser.emulate_print()
    assert browser.visible("button") == browser.visible("#filter") == browser.visible(".alone") == []
    assert len(browser.visible("table")) == 6
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")


def test_on_a_phone(browser: Browser, folder: Path) -> None:
    browser.go(put(folder, make_sheet(role="R" * 120)))
    browser.set_width(360)
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
    browser.click(NOTES)
    assert ticked(browser) == ["Companies/Notes/add"]
