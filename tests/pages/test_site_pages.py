# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of the documentation's site in a browser: the search over the vendors, and a phone's width."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from .browser import Browser

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "index.md", "docs/quick-start.md", "docs/vendors.md", "roles/rewst/README.md", "docs/playbooks/onboard_vendor.md",
    "docs/troubleshooting.md",
)  # fmt: skip
ENTER, ESCAPE, TAB = "\ue007", "\ue00c", "\ue004"
FIELD, STATUS, ROWS = "#vendor-search", ".vendor-search [role=status]", "table.searched tbody tr"
PHONE = 390
# what is wider than the page, and isn't in a box that scrolls by itself
TOO_WIDE = """
const wide = (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
const scrolls = (element) => ["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX);
const inside = (element) => element && (scrolls(element) || inside(element.parentElement));
return [...document.querySelectorAll("article *")]
  .filter((element) => element.checkVisibility() && wide(element) && !inside(element.parentElement))
  .map((element) => element.outerHTML.slice(0, 120));
"""


def load_tool() -> ModuleType:
    path = next((ROOT / "tools").rglob("docs_site.py"))
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("docs_site", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(place: str, tool: ModuleType) -> str:
    if place == "index.md":
        text = (ROOT / "docs" / "site" / "index.md").read_text(encoding="utf-8").partition("```{toctree}")[0]
        below = "\n".join(page.removesuffix(".md") for page in PAGES if page.startswith("docs/"))
        return f"{text}\n```{{toctree}}\n:hidden:\n\n{below}\n```\n"
    vendors: dict[str, str] = tool.vendor_pages()
    return vendors.get(place) or (ROOT / place).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(driver: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of these pages: the whole one, with its reference, takes a minute to build."""
    tool = load_tool()
    folder = tmp_path_factory.mktemp("site")
    source = folder / "source"
    for place in PAGES:
        text = text_of(place, tool)
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        (source / place).write_text(tool.Page(Path(place), set(PAGES), set()).convert(text), encoding="utf-8")
    shutil.copy(ROOT / "docs" / "site" / "conf.py", source)
    shutil.copytree(ROOT / "docs" / "site" / "static", source / "static")
    # make docs builds it with -W; here, links to pages that were left out lead nowhere
    command = [sys.executable, "-m", "sphinx", "-Q", "-b", "html", str(source), str(folder / "html")]
    subprocess.run(command, check=True)
    return folder / "html"


def place_of(page: str) -> str:
    return f"{page.removesuffix('.md')}.html"


@pytest.fixture
def vendors(site: Path, browser: Browser) -> Browser:
    browser.go(site / place_of("docs/vendors.md"))
    return browser


def found(browser: Browser) -> list[str]:
    """The first cells of the rows that are shown."""
    return browser.visible(f"{ROWS} td:first-child")


@pytest.mark.parametrize(
    "typed, product",
    [
        ("hudu", "Hudu"),
        ("HUDU", "Hudu"),
        ("perimeter 81", "Check Point Harmony SASE (also Perimeter 81)"),
        ("checkpoint_harmony_sase", "Check Point Harmony SASE (also Perimeter 81)"),
        ("sase checkpoint", "Check Point Harmony SASE (also Perimeter 81)"),
        ("kaseya_quote", "Kaseya Quote Manager (also Datto Commerce)"),
        ("it glue", "IT Glue"),
    ],
)
def test_a_product_is_found_by_its_name_another_name_or_the_vendor_s_short_name(vendors, typed, product):
    everything = len(found(vendors))
    vendors.type(FIELD, typed)
    shown = found(vendors)
    assert product in shown and len(shown) < 10
    match = "matches" if len(shown) == 1 else "match"
    assert vendors.text(STATUS).startswith(f"{len(shown)} of {everything} {match}")


def test_what_stands_out_is_searched_too(vendors):
    vendors.type(FIELD, "customize agreements")
    shown = vendors.visible(ROWS)
    assert shown and all("customize" in row.lower() and "agreements" in row.lower() for row in shown)


def test_matches_further_down_are_linked(vendors):
    vendors.type(FIELD, "kaseya")
    assert re.fullmatch(r"\d+ of \d+ match, 1 in Lists that are known in part\.", vendors.text(STATUS))
    assert (
        vendors.run("return document.querySelector(arguments[0] + ' a').hash", STATUS)
        == "#lists-that-are-known-in-part"
    )
    vendors.type(FIELD, " quote manager")
    assert vendors.text(STATUS).endswith(" matches, in Lists that are known in part.")


def test_nothing_found_is_said_with_the_way_to_add_it(vendors):
    vendors.type(FIELD, "qwertz")
    assert found(vendors) == [] and vendors.visible("table.searched") == []
    assert vendors.text(STATUS) == "Nothing matches. Add a vendor"
    assert vendors.run("return document.querySelector(arguments[0] + ' a').hash", STATUS) == "#how-to-help"


def test_it_works_by_keyboard(vendors):
    everything = found(vendors)
    vendors.run("document.querySelector(arguments[0]).focus()", FIELD)
    for key in "hudu":
        vendors.press(key)
    assert found(vendors) == ["Hudu"]
    vendors.press(ENTER)
    assert found(vendors) == ["Hudu"], "Enter sends nothing, and loads no page"
    vendors.press(TAB)
    assert vendors.run("return document.activeElement.closest('tr')?.cells[0].innerText") == "Hudu"
    vendors.run("document.querySelector(arguments[0]).focus()", FIELD)
    vendors.press(ESCAPE)
    assert found(vendors) == everything and vendors.text(STATUS) == ""


def test_the_field_has_a_name_and_its_result_is_announced(vendors):
    assert vendors.text(f"label[for={FIELD[1:]}]") == "Find a product or vendor"
    assert vendors.run("return document.querySelector(arguments[0]).closest('[role=search]') !== null", FIELD)


def test_without_scripts_the_page_has_everything(site: Path, browser_without_scripts: Browser):
    browser_without_scripts.go(site / place_of("docs/vendors.md"))
    text = browser_without_scripts.text("section#vendors")
    assert all(name in text for name in ("Hudu", "watchguard", "Kaseya Quote Manager", "IT Glue"))


def test_no_other_page_loads_the_search(site: Path):
    assert [page for page in PAGES if "vendors.js" in (site / place_of(page)).read_text()] == ["docs/vendors.md"]


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_a_phone(site: Path, browser: Browser, page: str):
    browser.set_width(PHONE)
    browser.go(site / place_of(page))
    assert browser.run("return document.documentElement.scrollWidth") <= PHONE
    assert browser.run(TOO_WIDE) == []
