# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance's rows, and the changes that bring them to a matrix."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.compare import plan_levels
from ansible_collections.msp.connectwise.plugins.module_utils._domain.instance_functions import InstanceFunctions
from ansible_collections.msp.connectwise.plugins.module_utils._domain.levels import (
    LEVELS,
    VERBS,
    level_to_api,
    verb_to_api,
)
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import Permission, parse_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import FunctionName
from ansible_collections.msp.connectwise.plugins.module_utils._domain.naming import ALL, TEXTS
from ansible_collections.msp.connectwise.plugins.module_utils._domain.settings import (
    SettingRow,
    export_permissions,
    parse_settings,
)
from hypothesis import given
from hypothesis import strategies as st

NONE = dict.fromkeys(VERBS, "none")


def setting(module="Service Desk", function="Service Tickets", **members):
    levels = {verb_to_api(verb): members.pop(verb, "None") for verb in VERBS}
    return {"id": 1, "moduleName": module, "moduleFunctionName": function, "myAllFlag": True, **levels, **members}


def want(module="Service Desk", function="Service Tickets", **levels):
    return parse_rows([{"module": module, "function": function, **levels}])[0]


def apply_changes(rows, changes):
    """The rows as they are once the changes are made."""
    result = {row.name: row for row in rows}
    for change in changes:
        result[change.name] = result[change.name].with_level(change.verb, change.wanted)
    return list(result.values())


def cells(plan):
    return [(change.name.function, change.verb, change.current, change.wanted) for change in plan.changes]


# reading


def test_a_setting_is_read_as_published():
    (row,) = parse_settings([setting(add="My", inquire="All", sortOrder=7)])
    assert row == SettingRow(
        FunctionName("Service Desk", "Service Tickets"),
        {"add": "my", "edit": "none", "delete": "none", "inquire": "all"},
        frozenset(),
        True,
        1,
        7,
    )


def test_null_means_lacking_where_the_answer_writes_none_out():
    row = parse_settings([setting(delete=None, add=None)])[0]
    assert (row.lacking, row.levels["delete"]) == ({"add", "delete"}, "none")


def test_null_means_none_where_the_answer_never_writes_none_out():
    row = parse_settings([setting(add=None, edit=None, delete=None, inquire="All")])[0]
    assert (row.lacking, row.levels) == (frozenset(), {**NONE, "inquire": "all"})


def test_null_means_lacking_on_a_built_in_admin():
    row = parse_settings([setting(add=None, edit="All", delete="All", inquire="All")], admin=True)[0]
    assert row.lacking == {"add"}


def test_a_function_of_nulls_alone_has_its_verbs():
    rows = parse_settings([setting(add=None, edit=None, delete=None, inquire=None), setting(function="Notes")])
    assert {row.name.function: row.lacking for row in rows} == {"Service Tickets": frozenset(), "Notes": frozenset()}


@pytest.mark.parametrize("level", LEVELS)
def test_a_word_that_was_never_published_is_no_level_and_is_told_apart(level):
    row = parse_settings([setting(add="Team")])[0]
    assert (row.levels["add"], row.lacking) == ("team", frozenset())
    wanted = [{"module": row.name.module, "function": row.name.function, "add": level, "inquire": "all"}]
    plan = plan_levels([row], parse_rows(wanted), "keep")
    assert [change.verb for change in plan.changes] == ["inquire"]
    (cell,) = plan.not_offered
    assert (cell.current, cell.wanted, cell.tried, "'team'" in cell.why) == ("team", level, True, True)


@pytest.mark.parametrize(
    ("flag", "level", "offers"),
    [
        (True, "None", True),
        (None, "None", True),
        (False, "None", False),
        (False, "My", True),
    ],
)
def test_my_is_offered_unless_the_flag_denies_it(flag, level, offers):
    assert parse_settings([setting(add=level, myAllFlag=flag)])[0].offers_my is offers


def test_rows_stand_in_the_order_of_the_page():
    rows = parse_settings(
        [
            setting("System", "Import", sortOrder=1),
            setting("Companies", "Notes", sortOrder=2),
            setting("companies", "Tracks", sortOrder=1),
            setting("Companies", "Contacts", sortOrder=2),
        ]
    )
    assert [row.name.function for row in rows] == ["Tracks", "Contacts", "Notes", "Import"]


def test_an_object_without_a_name_that_grants_something_is_a_row_that_no_matrix_lists():
    (row,) = parse_settings([setting(function=None, edit="All", id=9), setting(module=" ")])
    assert (str(row.name), row.levels, row.row_id) == ("(no module) / (no name, id 9)", {**NONE, "edit": "all"}, 9)
    assert [change.is_missing for change in plan_levels([row], [], "none").changes] == [False]


def test_objects_without_names_that_grant_nothing_are_passed_over():
    assert parse_settings([setting(module=" "), setting(function=None), setting(module=5), {}, "x", None]) == []
    assert parse_settings([{"addLevel": "None", "editLevel": None}]) == []


@pytest.mark.parametrize("row_id", [None, "x12", True, 1.5, [1]])
def test_only_a_number_is_an_id(row_id):
    assert parse_settings([setting(id=row_id)])[0].row_id is None


def test_the_text_of_a_number_is_an_id():
    assert parse_settings([setting(id="12")])[0].row_id == 12


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["None", "My", "All"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ["id", "moduleName", "moduleFunctionName", "myAllFlag", "sortOrder", *map(verb_to_api, VERBS)]
OBJECTS = st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, JSON))


@given(st.lists(OBJECTS | JSON, max_size=6), st.booleans())
def test_reading_never_raises_and_gives_whole_rows(answer, admin):
    for row in parse_settings(answer, admin):
        assert set(row.levels) == set(VERBS) and all(level and level == level.lower() for level in row.levels.values())
        assert row.name.module and row.name.function and row.lacking <= set(VERBS)
        assert all(row.levels[verb] == "none" for verb in row.lacking)


def test_a_blank_row_has_no_levels_and_no_id_but_the_same_verbs():
    row = parse_settings([setting(add="All", delete=None)])[0].blank()
    assert (row.levels, row.row_id, row.lacking) == (NONE, None, {"delete"})


# comparing


def test_a_cell_that_differs_is_a_change_and_tells_whether_it_grants_too_little():
    plan = plan_levels(parse_settings([setting(add="All", edit="My")]), [want(edit="all")], "none")
    assert cells(plan) == [("Service Tickets", "add", "all", "none"), ("Service Tickets", "edit", "my", "all")]
    assert [change.is_missing for change in plan.changes] == [False, True]
    assert str(plan.changes[1]) == "Service Desk / Service Tickets, edit: my -> all"


def test_unlisted_none_takes_away_and_keep_leaves_alone():
    rows = parse_settings([setting(), setting(function="Notes", inquire="All")])
    assert cells(plan_levels(rows, [want()], "none")) == [("Notes", "inquire", "all", "none")]
    assert cells(plan_levels(rows, [want()], "keep")) == []


def test_an_optional_function_that_is_absent_is_no_problem():
    plan = plan_levels(parse_settings([setting()]), [want(function="Agreements", optional=True)], "keep")
    assert (plan.problems, [name.function for name in plan.absent]) == ((), ["Agreements"])


def test_a_verb_that_the_function_lacks_is_left_alone_and_told_if_wanted():
    rows = parse_settings([setting(add=None)])
    plan = plan_levels(rows, [want(edit="all")], "none")
    assert (cells(plan), plan.not_offered) == ([("Service Tickets", "edit", "none", "all")], ())
    plan = plan_levels(rows, [want(add="all")], "none")
    (cell,) = plan.not_offered
    assert (plan.changes, plan.problems, str(cell)) == ((), (), "Service Desk / Service Tickets, add: none -> all")
    assert cell.as_dict()["reason"] == "the function has no add level on this instance" and not cell.tried


def test_my_that_is_not_offered_is_told_and_never_becomes_all():
    rows = parse_settings([setting(myAllFlag=False)])
    plan = plan_levels(rows, [want(add="my", edit="all")], "none")
    assert (cells(plan), plan.problems) == ([("Service Tickets", "edit", "none", "all")], ())
    assert [(cell.verb, cell.why) for cell in plan.not_offered] == [
        ("add", "the function doesn't offer My on this instance")
    ]


def test_all_is_too_much_where_my_is_wanted_and_not_offered():
    rows = parse_settings([setting(myAllFlag=False, add="All")])
    plan = plan_levels(rows, [want(add="my")], "none")
    assert (cells(plan), plan.not_offered) == ([("Service Tickets", "add", "all", "none")], ())
    after = plan_levels(apply_changes(rows, plan.changes), [want(add="my")], "none")
    assert (after.changes, [cell.wanted for cell in after.not_offered]) == ((), ["my"])


def test_an_ambiguous_name_must_be_written_exactly():
    rows = parse_settings([setting(function="Ticket - Notes"), setting(function="Ticket-Notes")])
    (problem,) = plan_levels(rows, [want(function="ticket - notes", add="all")], "keep").problems
    assert "ambiguous" in problem and '"Service Desk / Ticket - Notes"' in problem
    assert cells(plan_levels(rows, [want(function="Ticket-Notes", add="all")], "keep")) == [
        ("Ticket-Notes", "add", "none", "all")
    ]


def test_a_function_that_the_instance_has_twice_cannot_be_told_apart():
    rows = parse_settings([setting(id=1), setting(id=2)])
    (problem,) = plan_levels(rows, [want(add="all")], "keep").problems
    assert "ambiguous" in problem and "(1 of 2)\" (id 1)" in problem and "(2 of 2)\" (id 2)" in problem


def test_a_function_that_the_instance_has_twice_is_told_apart_by_its_id():
    rows = parse_settings([setting(id=1), setting(id=2, edit="All")])
    plan = plan_levels(rows, [want(add="all", id=2)], "none")
    assert plan.problems == ()
    assert [(change.row_id, change.verb, change.wanted) for change in plan.changes] == [
        (2, "add", "all"), (2, "edit", "none")
    ]  # fmt: skip
    assert len({change.cell for change in plan_levels(rows, [], "none").changes}) == 1
    assert "ambiguous" in plan_levels(rows, [want(add="all", id=3)], "none").problems[0]
    both = [want(add="all", id=1), want(add="my", id=2, edit="all")]
    assert [(change.row_id, change.wanted) for change in plan_levels(rows, both, "none").changes] == [
        (1, "all"), (2, "my")
    ]  # fmt: skip


def test_one_function_in_two_spellings_is_refused():
    wanted = [want(add="all"), want(function="SERVICE  tickets", edit="all")]
    (problem,) = plan_levels(parse_settings([setting()]), wanted, "none").problems
    assert "listed twice" in problem


def test_two_functions_that_differ_by_blanks_alone_fit_their_own_export():
    rows = parse_settings([setting(function="Ticket - Notes", add="All"), setting(function="Ticket-Notes", edit="All")])
    plan = plan_levels(rows, parse_rows(export_permissions(rows)), "none")
    assert (plan.changes, plan.problems) == ((), ())


def test_all_problems_are_listed_together():
    rows = parse_settings([setting(add=None, myAllFlag=False), setting("Finance", "Expense Reimbursements")])
    wanted = [
        want(add="all", inquire="my"),
        want("Finance", "Expense Reimbursement"),
        want("Quantum", "Xylophone"),
    ]
    problems = plan_levels(rows, wanted, "none").problems
    assert len(problems) == 2
    assert 'did you mean "Finance / Expense Reimbursements"' in problems[0]
    assert "has nothing similar" in problems[1]


NAMES = st.sampled_from(
    [
        ("Companies", "Reports"),
        ("Finance", "Reports"),
        ("Time & Expense", "Time Entry"),
        ("Project", "Project Ticket \u2013 Dependencies"),
        ("System", "API / Reports"),
        ("Sales", "B\u00fcro"),
    ]
)
API_LEVEL = st.sampled_from(["None", "My", "All", None])
ROWS = st.lists(
    st.builds(
        lambda name, levels, order, my: setting(*name, sortOrder=order, myAllFlag=my, **levels),
        NAMES,
        st.fixed_dictionaries(dict.fromkeys(VERBS, API_LEVEL)),
        st.integers(0, 3),
        st.booleans(),
    ),
    unique_by=lambda item: (item["moduleName"], item["moduleFunctionName"]),
    min_size=1,
).map(parse_settings)


@st.composite
def fitting_matrix(draw, rows):
    """A matrix that these rows can take, spelt a little differently."""
    chosen = draw(st.lists(st.sampled_from(rows), unique_by=lambda row: row.name))
    spell = draw(st.sampled_from([str, str.upper, lambda text: text.replace("&", "and").replace("\u2013", "-")]))
    permissions = []
    for row in chosen:
        levels = {
            verb: "none" if verb in row.lacking else draw(st.sampled_from(LEVELS if row.offers_my else ("none", "all")))
            for verb in VERBS
        }
        permissions.append(Permission(FunctionName(spell(row.name.module), spell(row.name.function)), levels))
    return permissions


@given(st.data(), ROWS, st.sampled_from(["none", "keep"]))
def test_the_changes_of_a_plan_give_the_matrix_and_then_nothing_is_left(data, rows, unlisted):
    permissions = data.draw(fitting_matrix(rows))
    plan = plan_levels(rows, permissions, unlisted)
    assert plan.problems == ()
    after = apply_changes(rows, plan.changes)
    wanted = {permission.name.key: permission.levels for permission in permissions}
    for old, new in zip(rows, after):
        left_alone = old.levels if unlisted == "keep" else NONE
        assert new.name == old.name
        assert new.levels == wanted.get(new.name.key, left_alone)
    assert plan_levels(after, permissions, unlisted).changes == ()


ODD_ROWS = st.lists(
    st.builds(
        lambda name, levels, my: setting(*name, myAllFlag=my, **levels),
        NAMES,
        st.fixed_dictionaries(dict.fromkeys(VERBS, st.sampled_from(["None", "My", "All", None, "Some", "0"]))),
        st.sampled_from([True, False, None]),
    ),
    unique_by=lambda item: (item["moduleName"], item["moduleFunctionName"]),
    min_size=1,
).map(parse_settings)


@given(st.data(), ODD_ROWS, st.sampled_from(["none", "keep"]))
def test_what_is_not_offered_is_told_once_and_never_escalated(data, rows, unlisted):
    level = st.fixed_dictionaries(dict.fromkeys(VERBS, st.sampled_from(LEVELS)))
    permissions = [Permission(row.name, data.draw(level)) for row in rows if data.draw(st.booleans())]
    plan = plan_levels(rows, permissions, unlisted)
    wanted = {permission.name: permission.levels for permission in permissions}
    assert plan.problems == ()
    for change in plan.changes:
        level = wanted.get(change.name, NONE)[change.verb]
        assert change.wanted in (level, "none"), "another level than the wanted one"
    told = [cell.cell for cell in (*plan.changes, *plan.not_offered)]
    assert len(told) == len(set(told))
    after = apply_changes(rows, plan.changes)
    again = plan_levels(after, permissions, unlisted)
    assert again.changes == () and set(plan.not_offered) <= set(again.not_offered)
    for row in after:  # each cell is as wanted, or told
        for verb, level in wanted.get(row.name, row.levels if unlisted == "keep" else NONE).items():
            assert row.levels[verb] == level or (row.name, verb) in {cell.cell for cell in again.not_offered}


TEXT = st.sampled_from(["", " ", None, "C1", "C2", "Reports"])


@given(st.sampled_from(ALL), st.lists(TEXT, min_size=6, max_size=6), st.integers(0, 2))
def test_functions_go_by_the_texts_that_are_known_names(naming, texts, nameless):
    """Whatever the other texts are; a few rows without any name change nothing."""
    names = [("Companies", "Contacts"), ("Finance", "Invoicing"), ("Service Desk", "Tickets"), ("System", "Import")]
    fields = [f"{what}{text}" for what in ("module", "moduleFunction") for text in TEXTS]
    rows = []
    for number, name in enumerate(names):
        other = dict(zip(fields, texts))
        rows.append({**setting(id=number), **other, **dict(zip(naming.fields, name))})
    rows += [{**setting(id=90 + number, edit="All"), **dict.fromkeys(fields, "")} for number in range(nameless)]
    functions = InstanceFunctions()
    functions.expect(FunctionName(*name) for name in names)
    read = functions.read(rows)
    assert functions.naming == naming
    assert {row.key for row in read if not row.nameless} == {FunctionName(*name).key for name in names}
    assert sum(row.nameless for row in read) == nameless
    assert [row.key for row in functions.read([rows[0]])] == [FunctionName(*names[0]).key], "for the whole instance"


def test_without_a_known_name_the_ordinary_texts_are_the_names():
    functions = InstanceFunctions()
    functions.expect([FunctionName("Companies", "Contacts")])
    rows = [{**setting("C1", "C2"), "moduleDescription": "Firmen", "moduleFunctionDescription": "Kontakte"}]
    assert [str(row.name) for row in functions.read(rows)] == ["C1 / C2"] and functions.naming.sentence == ""


@given(ROWS, st.data())
def test_rows_that_grant_nothing_may_be_left_out_of_a_list(rows, data):
    """What is to be changed is the same, whether a list has such rows or another role's list showed them before."""
    permissions = data.draw(fitting_matrix(rows))
    functions = InstanceFunctions()
    functions._remember(rows)
    sparse = [row for row in rows if row.grants]
    whole = {change.cell: change.wanted for change in plan_levels(rows, permissions, "none").changes}
    plan = plan_levels(functions.completed(sparse, permissions), permissions, "none")
    assert (plan.problems, {change.cell: change.wanted for change in plan.changes}) == ((), whole)


@given(ROWS, st.sampled_from(["none", "keep"]))
def test_a_role_fits_its_own_export(rows, unlisted):
    plan = plan_levels(rows, parse_rows(export_permissions(rows)), unlisted)
    assert (plan.changes, plan.problems, plan.absent) == ((), (), ())


@given(ROWS)
def test_an_export_applied_to_a_blank_role_restores_the_levels(rows):
    blank = [row.blank() for row in rows]
    plan = plan_levels(blank, parse_rows(export_permissions(rows)), "none")
    assert [row.levels for row in apply_changes(blank, plan.changes)] == [row.levels for row in rows]


@given(ROWS)
def test_an_export_holds_only_functions_that_grant_anything(rows):
    exported = export_permissions(rows)
    assert all({item[verb] for verb in VERBS} != {"none"} for item in exported)
    assert len(exported) == sum(set(row.levels.values()) != {"none"} for row in rows)


def test_an_export_keeps_a_word_that_was_never_published():
    """It may grant anything, so it must not be lost silently."""
    (exported,) = export_permissions(parse_settings([setting(edit="Own")]))
    assert exported["edit"] == "own"


@given(ROWS)
def test_levels_survive_the_way_to_the_api_and_back(rows):
    sent = [
        setting(
            row.name.module,
            row.name.function,
            myAllFlag=row.offers_my,
            **{verb: level_to_api(row.levels[verb]) for verb in VERBS},
        )
        for row in rows
    ]
    assert {row.name: row.levels for row in parse_settings(sent)} == {row.name: row.levels for row in rows}
