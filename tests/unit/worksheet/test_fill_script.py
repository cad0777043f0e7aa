# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script's job, when it counts as confirmed on an instance, and its files."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.compare import plan_levels
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import parse_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.role_page import role_page
from ansible_collections.msp.connectwise.plugins.module_utils._domain.settings import parse_settings
from ansible_collections.msp.connectwise.plugins.plugin_utils._own_files import InTheWay
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fill
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet.files import PARTS, Worksheet

WORDS = {"N": "None", "M": "My", "A": "All", "-": None}
ABOUT = {"instance": "acme", "company": "acme_corp", "host": "na.myconnectwise.net", "role": "Rewst API"}


def setting(module, function, levels, **texts):
    cells = {f"{verb}Level": WORDS[letter] for verb, letter in zip(fill.VERBS, levels)}
    named = {"moduleName": module, "moduleFunctionName": function, "moduleFunctionDescription": function}
    return {**named, **texts, **cells}


def page(rows, **wanted):
    """The page of a role with these rows, where {function: levels} are wanted."""
    read = parse_settings(rows)
    words = {"N": "none", "M": "my", "A": "all"}
    matrix = [
        {"module": row.name.module, "function": row.name.function,
         **{verb: words[letter] for verb, letter in zip(fill.VERBS, wanted[row.name.function.lower()])}}
        for row in read
        if row.name.function.lower() in wanted
    ]  # fmt: skip
    changes = plan_levels(read, parse_rows(matrix), "none").changes
    return role_page("Rewst API", read, changes, changes), [change.as_dict() for change in changes]


ROWS = [setting("Finance", name, "NNNN") for name in ("Agreements", "Invoicing", "Notes")]
WANTED = {"agreements": "AAAA", "invoicing": "ANNA", "notes": "NNNA"}


def test_a_row_has_all_its_cells_and_what_it_calls_itself():
    rows = [
        setting("Companies", "Reports", "---A"),
        setting("Finance", "Reports", "---N"),
        setting("Service Desk", "Tickets", "NM-N", moduleDescription="Service", moduleFunctionDescription="Any ticket"),
        setting("System", "Members", "AAAA"),
    ]
    found = fill.job(page(rows, tickets="AMNA", members="AAAA")[0], True, **ABOUT)
    assert [row["function"] for row in found["rows"]] == ["Reports", "Any ticket"], "those that change, and no others"
    reports, tickets = found["rows"]
    assert (reports["shared"], reports["seen"]["add"], reports["wanted"]) == (
        True, None, {"add": None, "edit": None, "delete": None, "inquire": "None"}
    )  # fmt: skip
    assert (tickets["module"], tickets["names"], tickets["shared"]) == (
        "Service Desk", ["Any ticket", "Tickets"], False
    )  # fmt: skip
    assert tickets["seen"] == {"add": "None", "edit": "My", "delete": None, "inquire": "None"}
    assert tickets["wanted"] == {"add": "All", "edit": "My", "delete": None, "inquire": "All"}
    assert ["Service Desk", "Service"] in found["modules"]
    assert fill.job(page(rows[3:], members="AAAA")[0], True, **ABOUT) is None


@pytest.mark.parametrize(
    ("rows", "wanted", "first"),
    [
        (ROWS, WANTED, "Invoicing"),
        (ROWS[:1], WANTED, "Agreements"),
        (ROWS[::2], WANTED, "Notes"),
        ([setting("Finance", "Invoicing", "NN-N"), ROWS[2]], {**WANTED, "invoicing": "ANNA"}, "Notes"),
        ([*ROWS[:2], setting("Sales", "Invoicing", "NNNN"), ROWS[2]], {**WANTED}, "Notes"),
    ],
    ids=["the most uneven", "none is uneven", "one verb alone", "all four are offered", "its name is no other's"],
)
def test_which_row_comes_first(rows, wanted, first):
    found = fill.job(page(rows, **wanted)[0], False, **ABOUT)
    assert found["first"] and [row["function"] for row in found["rows"]] == [first]


def test_the_first_row_is_confirmed_by_what_is_read_alone():
    before, differing = page(ROWS, **WANTED)
    tried = fill.job(before, False, **ABOUT)

    def after(left, **about):
        return fill.is_confirmed(tried, fill.page_now(before, left), **{**ABOUT, **about})

    invoicing = [cell for cell in differing if cell["function"] == "Invoicing"]
    rest = [cell for cell in differing if cell not in invoicing]
    assert after(rest) and after([])
    assert not after(differing) and not after([*rest, invoicing[0]])
    wrong_column = {**invoicing[0], "verb": "edit", "is": "all", "should_be": "none"}
    assert not after([*rest, wrong_column])
    assert not after(rest, company="globex") and not after(rest, role="Another") and not after(rest, host="elsewhere")
    assert not fill.is_confirmed(fill.job(before, True, **ABOUT), fill.page_now(before, []), **ABOUT), "not a first row"
    assert not fill.is_confirmed(None, before, **ABOUT)
    other_matrix, _cells = page(ROWS, **{**WANTED, "invoicing": "NNNN"})
    assert not fill.is_confirmed(tried, other_matrix, **ABOUT), "nobody wants the row any more, and nobody has set it"


def test_what_is_seen_later_is_what_the_rest_is_compared_with():
    before, differing = page(ROWS, **WANTED)
    left = [{**cell, "is": "my"} for cell in differing if (cell["function"], cell["verb"]) == ("Agreements", "edit")]
    found = fill.job(fill.page_now(before, left), True, **ABOUT)
    assert [row["function"] for row in found["rows"]] == ["Agreements"]
    assert found["rows"][0]["seen"] == {"add": "All", "edit": "My", "delete": "All", "inquire": "All"}


def sheet(job, **fields):
    level = {"module": "Finance", "function": "Notes", "verb": "inquire", "is": "none", "should_be": "all"}
    about = {"company": "acme_corp", "api": "https://api-na.myconnectwise.net", "role": "Rewst API", "member": "Rewst"}
    return {
        **about, "product": "Rewst", "levels": [level], "not_offered": [], "customize": [], "member_needs": {},
        "key_steps": [], "pair_file": "", "web": "", "command": "", "templates": "", "keeps_role": "",
        "key_description": "", "replaces": None, "on_awx": False, "fill": job, **fields,
    }  # fmt: skip


@pytest.fixture
def worksheet(tmp_path):
    return Worksheet(str(tmp_path), "acme", "rewst")


def names(worksheet, tmp_path):
    return sorted(path.name for path in (tmp_path / "acme" / "rewst").glob("*"))


SCRIPTS = ["worksheet.fill.js", "worksheet.fill.user.js"]
PAGES = ["worksheet.html", "worksheet.json", "worksheet.md"]


def test_the_scripts_come_and_go_with_the_worksheet(worksheet, tmp_path):
    job = fill.job(page(ROWS, **WANTED)[0], False, **ABOUT)
    assert worksheet.tried() is None
    worksheet.bring(sheet(job), PARTS, None)
    assert names(worksheet, tmp_path) == [*SCRIPTS, *PAGES] and worksheet.tried() == job
    assert not worksheet.bring(sheet(job), PARTS, None).changed, "the same again is no change"
    worksheet.bring(sheet(None, levels=[], key_steps=["Click +."]), ("key_steps",), None)
    assert names(worksheet, tmp_path) == [*SCRIPTS, *PAGES], "a rotation knows nothing of levels"
    worksheet.bring(sheet(None), PARTS, None)
    assert names(worksheet, tmp_path) == PAGES, "it was turned off"
    worksheet.bring(sheet(job), PARTS, None)
    worksheet.show(sheet(None, live={"seen": 0, "updated": "", "until": "", "interval": 2}))
    assert names(worksheet, tmp_path) == PAGES, "while a run waits, and all levels are seen"
    worksheet.bring(sheet(job), PARTS, None)
    worksheet.remove()
    assert names(worksheet, tmp_path) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_of_somebody_else_stays(worksheet, tmp_path, name):
    own = tmp_path / "acme" / "rewst" / name
    own.parent.mkdir(parents=True)
    own.write_text("// mine\n")
    with pytest.raises(InTheWay, match="wasn't overwritten"):
        worksheet.bring(sheet(fill.job(page(ROWS, **WANTED)[0], True, **ABOUT)), PARTS, None)
    assert names(worksheet, tmp_path) == [name]
    worksheet.bring(sheet(None), PARTS, None)
    worksheet.remove()
    assert own.read_text() == "// mine\n"


@pytest.mark.parametrize("damage", [{"rows": [1]}, {"rows": "all"}, {"host": None}, {"rows": [{"module": "Finance"}]}])
def test_an_edited_worksheet_is_none(damage):
    job = fill.job(page(ROWS, **WANTED)[0], True, **ABOUT)
    assert fill.is_job(json.loads(json.dumps(job))) and not fill.is_job({**job, **damage})


def test_the_script_is_short_and_names_no_structure_of_the_page():
    text = fill.text(fill.job(page(ROWS, **WANTED)[0], True, **ABOUT), "// a mark")
    script = fill._script()
    assert len(script.splitlines()) <= 250 and max(map(len, script.splitlines())) <= 170
    assert "const JOB = {" in text and "const JOB = null" not in text
    for word in ("mm_", "cw_", "fetch", "XMLHttp", "sendBeacon", "localStorage", "sessionStorage", "cookie", "eval"):
        assert word not in script.replace("cw_web_site", ""), word
