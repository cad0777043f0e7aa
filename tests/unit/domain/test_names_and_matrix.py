# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, levels, and rows of a matrix."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.levels import (
    LEVELS,
    VERBS,
    level_from_api,
    level_rank,
    level_to_api,
    verb_to_api,
)
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import (
    MatrixError,
    Permission,
    adjust,
    parse_rows,
)
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import (
    FunctionName,
    fold,
    near_misses,
    same_name,
)
from hypothesis import example, given
from hypothesis import strategies as st


def row(module="Service Desk", function="Service Tickets", **levels):
    return {"module": module, "function": function, **levels}


# names


@given(st.text())
@example("a \u2013 & \uff06 / b")
@example("\u0345\u03b1&")
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_folded_name_ignores_case_and_outer_blanks(text):
    assert fold(f"  {text}\t") == fold(text)


@pytest.mark.parametrize(
    "variant",
    [
        "Service Ticket - Dependencies",
        "service ticket-dependencies",
        "SERVICE TICKET \u2013 DEPENDENCIES",
        "Service Ticket\u2014Dependencies",
        "Service Ticket \u2212 Dependencies",
        "Service  Ticket \u00a0- Dependencies ",
    ],
)
def test_kinds_of_dashes_blanks_and_case_are_one_name(variant):
    assert fold(variant) == "service ticket-dependencies"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Time & Expense", "Time and Expense"),
        ("Time&Expense", "time AND expense"),
        ("R\uff06D", "R & D"),
        ("Company / Contact", "company/contact"),
        ("Stra\u00dfe", "STRASSE"),
    ],
)
def test_ampersands_slashes_and_wide_letters_are_one_name(left, right):
    assert fold(left) == fold(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Expense Reimbursement", "Expense Reimbursements"),
        ("UserCentric", "User Scenarios"),
        ("Sandbox", "S and box"),
        ("Reports", "Report s"),
        ("Company-Contact", "Company/Contact"),
    ],
)
def test_other_names_stay_other_names(left, right):
    assert fold(left) != fold(right)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Corporate", " corporate ", True),
        ("A-B", "A - B", False),
        (None, "", True),
        (None, "x", False),
    ],
)
def test_names_of_records_are_exact_but_for_case_and_outer_blanks(left, right, same):
    assert same_name(left, right) is same


OFFERED = [
    FunctionName("Companies", "Reports"),
    FunctionName("Finance", "Reports"),
    FunctionName("Finance", "Expense Reimbursements"),
    FunctionName("Service Desk", "Service Tickets"),
]


def test_a_singular_is_answered_with_the_plural():
    assert near_misses(FunctionName("Finance", "Expense Reimbursement"), OFFERED)[0] == OFFERED[2]


def test_the_same_function_in_another_module_is_the_nearest():
    assert near_misses(FunctionName("Sales", "Service tickets"), OFFERED)[0] == OFFERED[3]


def test_near_misses_are_limited_and_each_is_named_once():
    found = near_misses(FunctionName("Financ", "Reports"), OFFERED, most=1)
    assert len(found) == 1
    found = near_misses(FunctionName("Financ", "Reports"), OFFERED, most=9)
    assert len(found) == len(set(found))


def test_nothing_alike_is_nothing():
    assert near_misses(FunctionName("Quantum", "Xylophone"), OFFERED) == []


# levels


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("None", "none"),
        ("My", "my"),
        ("ALL", "all"),
        (" all ", "all"),
        (None, None),
        ("", None),
        ("Mine", "mine"),
        (1, "int 1"),
        (True, "bool true"),
        (["All"], "list ['all']"),
        (["All"] * 99, "list ['all', 'all', 'all', 'all', 'all',"),
    ],
)
def test_levels_are_read_leniently_and_nothing_odd_passes_for_none(value, level):
    assert level_from_api(value) == level


def test_levels_are_written_as_the_api_spells_them_and_read_back():
    assert [level_to_api(level) for level in LEVELS] == ["None", "My", "All"]
    assert [level_from_api(level_to_api(level)) for level in LEVELS] == list(LEVELS)
    assert [verb_to_api(verb) for verb in VERBS] == ["addLevel", "editLevel", "deleteLevel", "inquireLevel"]


def test_my_ranks_between_none_and_all():
    assert sorted(["all", "none", "my"], key=level_rank) == ["none", "my", "all"]


@pytest.mark.parametrize("bad", ["None", "mine", ""])
def test_no_other_word_is_a_level(bad):
    with pytest.raises(KeyError):
        level_to_api(bad)
    assert level_rank(bad) > level_rank("all")


# rows of a matrix


def test_a_verb_that_is_not_given_is_none():
    (permission,) = parse_rows([row(inquire="All", edit=None)])
    assert permission == Permission(
        FunctionName("Service Desk", "Service Tickets"),
        {"add": "none", "edit": "none", "delete": "none", "inquire": "all"},
    )


def test_members_of_vendor_data_are_passed_over():
    (permission,) = parse_rows([row(inquire="all", purpose="reads tickets", verified="2026-01-01")])
    assert permission.as_row() == row(add="none", edit="none", delete="none", inquire="all")


def test_optional_is_kept_only_where_it_is_set():
    first, second = parse_rows([row(optional=True), row(function="Notes", optional=False)])
    assert (first.as_row()["optional"], "optional" in second.as_row()) == (True, False)


def test_all_faults_of_all_rows_are_listed_together():
    with pytest.raises(MatrixError) as caught:
        parse_rows(
            [
                row(add="mine", edit="full"),
                "text",
                row(module=" "),
                row(),
                row(edit="all"),
            ]
        )
    problems = caught.value.problems
    assert len(problems) == 4
    assert "row 1" in problems[0] and "add mine, edit full" in problems[0]
    assert "row 2" in problems[1] and "row 3" in problems[2]
    assert "row 5" in problems[3] and "listed twice" in problems[3]
    assert all(problem in str(caught.value) for problem in problems)


EDGES = st.sampled_from(["Companies", "Finance", "Sales"])
LEVEL_ROWS = st.lists(
    st.builds(
        lambda module, function, levels, optional: row(module, function, optional=optional, **levels),
        EDGES,
        st.sampled_from(["Reports", "Notes", "Contacts", "Tracks"]),
        st.fixed_dictionaries({verb: st.sampled_from(LEVELS) for verb in VERBS}),
        st.booleans(),
    ),
    unique_by=lambda item: (item["module"], item["function"]),
)


@given(LEVEL_ROWS)
def test_rows_written_out_are_read_the_same(rows):
    permissions = parse_rows(rows)
    assert parse_rows([permission.as_row() for permission in permissions]) == permissions


@given(LEVEL_ROWS, LEVEL_ROWS)
def test_extra_rows_win_and_none_is_lost(rows, extra):
    result = {(item["module"], item["function"]): item for item in adjust(rows, extra)}
    assert set(result) == {(item["module"], item["function"]) for item in rows + extra}
    for item in parse_rows(extra):
        assert result[item.name.module, item.name.function] == item.as_row()


@given(LEVEL_ROWS)
def test_rows_taken_out_are_gone_whatever_their_levels(rows):
    assert adjust(rows, without=[row(item["module"].upper(), item["function"]) for item in rows]) == []


def test_adjust_replaces_in_place_and_adds_at_the_end():
    rows = [row(inquire="my"), row(function="Notes", inquire="all")]
    result = adjust(rows, extra=[row(module="SERVICE DESK", inquire="all"), row(function="Reports", inquire="all")])
    assert [(item["function"], item["inquire"]) for item in result] == [
        ("Service Tickets", "all"),
        ("Notes", "all"),
        ("Reports", "all"),
    ]


def test_no_row_is_lost_where_two_spellings_of_a_name_stand_in_a_matrix():
    rows = [row(function="Ticket - Notes", add="all"), row(function="Ticket-Notes", edit="all")]
    assert [item["function"] for item in adjust(rows)] == ["Ticket - Notes", "Ticket-Notes"]


@pytest.mark.parametrize("own", ["extra", "without"])
def test_a_typing_error_in_ones_own_rows_takes_no_right_away(own):
    mistyped = [{**row(add="all"), "inqiure": "all"}, {**row(function="Other"), "edti": "all", "purpose": "x"}]
    with pytest.raises(MatrixError) as caught:
        adjust([row(inquire="all")], **{own: mistyped})
    first, second = caught.value.problems
    assert first.startswith(f"permissions_{own}, row 1: unknown field inqiure; a row has module, function, add,")
    assert "row 2: unknown fields edti, purpose" in second


def test_every_without_that_names_no_row_is_listed():
    with pytest.raises(MatrixError) as caught:
        adjust([row()], without=[row(function="Service Ticket"), row(module="Desk")])
    assert len(caught.value.problems) == 2
    assert "Service Desk / Service Ticket can't be removed" in caught.value.problems[0]


def test_three_names_are_suggested_at_most():
    offered = [FunctionName("Companies", f"Contact{letter}") for letter in "ABCDE"]
    assert len(near_misses(FunctionName("Companies", "Contacts"), offered)) == 3
