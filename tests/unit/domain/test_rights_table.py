# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vendors' permission tables, read into rows; what isn't clear becomes a question."""

from __future__ import annotations

import csv
import io

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.module_utils._domain import vendor_proposal
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import FunctionName
from ansible_collections.msp.connectwise.plugins.module_utils._domain.rights_table import TableError, read
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendor_schema import faults

KNOWN = _vendors.functions()
VERBS = ("add", "edit", "delete", "inquire")


def rows(proposal):
    """{module / function: levels, with ? for unknown ones}"""
    return {str(row.name): {**row.levels, **dict.fromkeys(row.unknown, "?")} for row in proposal.rows}


def parsed(proposal):
    """The proposal as in its file, which is valid even with open questions."""
    matrix = yaml.safe_load(vendor_proposal.render("ourtool", proposal, "table", {}))["ourtool_matrix"]
    assert faults(matrix) == []
    assert (matrix["status"] == "partial") == bool(proposal.asked)
    return matrix


MARKDOWN = """\
Create a role with these rights:

## Required rights

| Inquire Level | Security Module | Function Name | Delete | Add Level | Edit Level | Why |
|:--|---|---|:-:|---|---|---|
| **All** | Companies | Company Maintenance | None | | All | syncs \\| maps |
| All | | Contacts | - | `My` | Mine | |
| None | | Notes | None | n/a | No | |
| ALL | service desk | Service Ticket \u2013 Dependencies | | | | |
"""


def test_markdown_with_its_columns_in_another_order_and_merged_cells():
    found = read(MARKDOWN, KNOWN)
    assert rows(found) == {
        "Companies / Company Maintenance": {"edit": "all", "inquire": "all"},
        "Companies / Contacts": {"add": "my", "edit": "my", "inquire": "all"},
        "Service Desk / Service Ticket - Dependencies": {"inquire": "all"},
    }
    assert found.asked == [] and found.without == 1
    assert found.passed == [
        "line 1: Create a role with these rights:", "line 3: ## Required rights", "line 5: the column 'Why'",
    ]  # fmt: skip
    assert parsed(found)["status"] == "own"


LEVELS = """\
Module;Function;Access level
Companies;Contacts;Inquire All, Add My
;Notes;"Add/Edit All
Inquire My"
;Configurations;All: Add, Inquire
;Company Maintenance;View
;Tracks;None
;Team Members;Add, Edit, Inquire All
;Surveys;Full access
;Management;Inquire All except finance
;Manage Attachments;"All Inquire; Add = My"
"""


def test_a_csv_file_with_the_levels_as_text():
    found = read(LEVELS, KNOWN)
    assert rows(found) == {
        "Companies / Contacts": {"add": "my", "inquire": "all"},
        "Companies / Notes": {"add": "all", "edit": "all", "inquire": "my"},
        "Companies / Configurations": {"add": "all", "inquire": "all"},
        "Companies / Company Maintenance": {"inquire": "all"},
        "Companies / Team Members": dict.fromkeys(("add", "edit", "inquire"), "?"),
        "Companies / Surveys": dict.fromkeys(VERBS, "?"),
        "Companies / Management": {"inquire": "?"},
        "Companies / Manage Attachments": {"add": "my", "inquire": "all"},
    }
    assert found.asked == [
        "line 8: which verbs have All in 'Add, Edit, Inquire All'?",
        "line 9: which levels are 'Full access'?",
        "line 10: which levels are 'Inquire All except finance'?",
    ]
    assert [row.assumed for row in found.rows if row.assumed] == [["inquire"]]
    parsed(found)


TICKS = """\
Function\tAdd\tEdit\tDelete\tInquire
Companies
Company Maintenance\t\t\t\t\u2714\ufe0f
Contacts\tyes\tYES\tno\tYes
Service Desk\t\t\t\t
Service Tickets\t\u2713\t\u2717\tx\t\u2713
Time & Expense\tTime & Expense\tTime & Expense\tTime & Expense\tTime & Expense
Time Entry\t\t\t\t\u2705
"""


def test_ticks_below_modules_that_are_rows():
    found = read(TICKS, KNOWN)
    assert rows(found) == {
        "Companies / Company Maintenance": {"inquire": "all"},
        "Companies / Contacts": {"add": "all", "edit": "all", "inquire": "all"},
        "Service Desk / Service Tickets": {"add": "all", "delete": "?", "inquire": "all"},
        "Time & Expense / Time Entry": {"inquire": "all"},
    }
    assert found.asked == ["line 6: Delete: 'x' is used with other marks and may mean yes or no."]
    assert found.rows[1].assumed == ["add", "edit", "inquire"]
    alone = read(TICKS.replace("\u2713", "x").replace("\u2714\ufe0f", "x").replace("\u2705", "X").replace("yes", "x")
                 .replace("YES", "X").replace("Yes", "x").replace("\u2717", ""), KNOWN)  # fmt: skip
    assert alone.asked == [] and rows(alone)["Service Desk / Service Tickets"] == {
        "add": "all", "delete": "all", "inquire": "all",
    }  # fmt: skip


TYPOS = """\
| Module | Function | Add | Edit | Delete | Inquier |
|---|---|---|---|---|---|
| Companies | Compnay Maintenance | | | | All |
| Companys | Contacts | All | | | |
| Companies | Service Tickets | Al | All* | Some | |
| Service Desk | Frobnication | All | | | |
| | | All | | | |
| Companies | Contacts | All | | | | All |
"""


def test_what_is_misspelt_or_in_the_wrong_module_is_asked():
    found = read(TYPOS, KNOWN)
    assert rows(found) == {
        "Companies / Compnay Maintenance": {"inquire": "?"},
        "Companys / Contacts": {"add": "all"},
        "Companies / Service Tickets": {"add": "?", "edit": "?", "delete": "?"},
        "Service Desk / Frobnication": {"add": "all"},
        "Companies / Contacts": dict.fromkeys(VERBS, "?"),
    }
    assert found.asked == [
        "line 1: is the column 'Inquier' Inquire? Its levels are unknown",
        "line 7: which function has All? It has no row",
        "line 3: Companies / Compnay Maintenance: does it mean Companies / Company Maintenance?",
        "line 4: is 'Companys' the module Companies?",
        "line 5: Companies / Service Tickets: does it mean Service Desk / Service Tickets?",
        "line 5: Add: 'Al' isn't All, My or None. Is it All?",
        "line 5: Edit: 'All*' isn't All, My or None. Is it All?",
        "line 5: Delete: 'Some' isn't All, My or None.",
        "line 8: there are more cells than columns: All",
    ]
    assert found.notes == [
        "line 6: no known list has Service Desk / Frobnication. Check its spelling in System > Security Roles"
    ]
    parsed(found)


HEADINGS = """\
# Rights

### Companies

Permission | Required permissions
--- | ---
Contacts | Inquire (All)
Reports | Inquire

**Project:**

| Function | Add | Inquire |
|---|---|---|
| Project Headers | All | All |

### Sundries

| Function | Inquire |
|---|---|
| Opportunity | All |
| Reports | My |
| Contacts | |
"""


def test_a_table_for_each_module_below_its_heading():
    text = HEADINGS.replace("Permission | Required permissions", "Function | Required permissions")
    found = read(text, [*KNOWN, FunctionName("Sales", "Reports"), FunctionName("Companies", "Reports")])
    assert rows(found) == {
        "Companies / Contacts": {"inquire": "all"},
        "Companies / Reports": {"inquire": "all"},
        "Project / Project Headers": {"add": "all", "inquire": "all"},
        "Sales / Opportunity": {"inquire": "all"},  # its only module, and asked all the same
        " / Reports": {"inquire": "my"},
    }
    assert len(found.asked) == 2
    assert found.asked[0] == "line 20: which module has the function 'Opportunity'? Is it Sales / Opportunity?"
    assert found.asked[1].startswith("line 21: which module has the function 'Reports'? Is it ")
    assert found.passed[-1] == "line 22: Companies / Contacts has no level"
    text = vendor_proposal.render("ourtool", found, "table.md", {})
    assert "# ASK: line 21: which module" in text and "Its row: inquire my" in text
    assert len(parsed(found)["permissions"]) == 4


def test_a_cross_beside_levels_may_mean_no():
    found = read("Module,Function,Add,Inquire\nCompanies,Contacts,x,All\nCompanies,Notes,\u00d7,x\n", KNOWN)
    assert rows(found) == {
        "Companies / Contacts": {"add": "?", "inquire": "all"}, "Companies / Notes": {"add": "?", "inquire": "?"},
    }  # fmt: skip
    assert len(found.asked) == 3


def test_the_same_function_twice():
    table = "Module,Function,Add,Inquire\nCompanies,Contacts,All,All\nCompanies,contacts,All,My\n"
    found = read(table + "Sales,Opportunity,,All\n" * 2, KNOWN)
    assert rows(found) == {
        "Companies / Contacts": {"add": "all", "inquire": "?"}, "Sales / Opportunity": {"inquire": "all"},
    }  # fmt: skip
    assert found.asked == ["line 3: Companies / Contacts is already in line 2, with another Inquire"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no header found"),
        ("Companies, Contacts, All\n", "no header found"),
        ("| Module | Function | Notes |\n|---|---|---|\n| Companies | Contacts | All |\n", "no header found"),
        ("Function,Add,Create,Inquire\nContacts,All,,\n", "line 1: the column add appears twice"),
        ('Function,Add\n"Contacts,All\n', "line 2: unexpected end of data"),
    ],
)
def test_what_is_no_table_is_said(text, said):
    with pytest.raises(TableError, match=said):
        read(text, KNOWN)


def as_csv(matrix, delimiter):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["Module", "Function", *(verb.title() for verb in VERBS)])
    writer.writerows(
        [row["module"], row["function"], *(row.get(verb, "none").title() for verb in VERBS)] for row in matrix
    )
    return file.getvalue()


def as_markdown(matrix):
    lines = ["| Inquire | Function | Edit | Module | Delete | Add |", "|---|---|---|---|---|---|"]
    for row in matrix:
        level = {verb: row.get(verb, "").title() for verb in VERBS}
        cells = [level["inquire"], row["function"], level["edit"], row["module"], level["delete"], level["add"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def as_text(matrix):
    lines = ["Function | Levels", "---|---"]
    module = ""
    for row in sorted(matrix, key=lambda row: row["module"]):
        if row["module"] != module:
            module = row["module"]
            lines.append(f"**{module}** | ")
        levels = ", ".join(f"{verb.title()} {row[verb].title()}" for verb in VERBS if row.get(verb, "none") != "none")
        lines.append(f"{row['function']} | {levels}")
    return "\n".join(lines)


@pytest.mark.parametrize("vendor", _vendors.names())
def test_every_list_of_the_collection_survives_as_a_table(vendor):
    """Whatever its shape, it comes back as it is, and nothing is asked."""
    matrix = _vendors.matrix(vendor)["permissions"]
    expected = sorted(
        (row["module"], row["function"], *(row.get(verb, "none") for verb in VERBS)) for row in matrix
    )
    for text in (as_csv(matrix, ","), as_csv(matrix, ";"), as_csv(matrix, "\t"), as_markdown(matrix), as_text(matrix)):
        found = read(text, KNOWN)
        again = parsed(found)["permissions"]
        assert found.asked == found.passed == found.notes == []
        assert sorted(
            (row["module"], row["function"], *(row.get(verb, "none") for verb in VERBS)) for row in again
        ) == expected
