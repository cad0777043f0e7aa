# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Laws of the operations on matrices."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.filter.permissions_covers import permissions_covers
from ansible_collections.msp.connectwise.plugins.filter.permissions_diff import permissions_diff
from ansible_collections.msp.connectwise.plugins.filter.permissions_intersection import permissions_intersection
from ansible_collections.msp.connectwise.plugins.filter.permissions_union import permissions_union
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import MatrixError
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix_sets import (
    covers,
    diff,
    intersection,
    union,
)
from hypothesis import given
from hypothesis import strategies as st

VERBS = ("add", "edit", "delete", "inquire")
NAMES = [("Companies", "Contacts"), ("Finance", "Agreements"), ("Service Desk", "Notes"), ("Project", "Notes")]
levels = st.fixed_dictionaries({verb: st.sampled_from(("none", "my", "all")) for verb in VERBS})
matrices = st.dictionaries(st.sampled_from(NAMES), levels).map(
    lambda rows: [{"module": module, "function": function, **cells} for (module, function), cells in rows.items()]
)


def cells(rows):
    return {
        (row["module"], row["function"], verb): row[verb] for row in rows for verb in VERBS if row[verb] != "none"
    }


@given(matrices, matrices)
def test_a_diff_applied_gives_the_other_matrix(left, right):
    changed = cells(left)
    for cell in diff(left, right):
        key = (cell["module"], cell["function"], cell["verb"])
        assert changed.get(key, "none") == cell["is"]
        changed[key] = cell["should_be"]
    assert {key: level for key, level in changed.items() if level != "none"} == cells(right)


@given(matrices, matrices)
def test_a_diff_turned_round_has_the_kinds_turned_round(left, right):
    turned = {"missing": "excess", "excess": "missing"}
    here = {(c["module"], c["function"], c["verb"], c["is"], c["should_be"], c["kind"]) for c in diff(left, right)}
    there = {
        (c["module"], c["function"], c["verb"], c["should_be"], c["is"], turned[c["kind"]]) for c in diff(right, left)
    }
    assert here == there
    assert diff(left, left) == []


@given(matrices, matrices, matrices)
def test_union_and_intersection_are_a_lattice(a, b, c):
    for operation, absorbing in ((union, intersection), (intersection, union)):
        assert cells(operation(a, b)) == cells(operation(b, a))
        assert cells(operation(a, operation(b, c))) == cells(operation(operation(a, b), c)) == cells(operation(a, b, c))
        assert cells(operation(a, a)) == cells(a)
        assert cells(operation(a, absorbing(a, b))) == cells(a)


@given(matrices, matrices)
def test_covers_is_the_order_of_the_lattice(a, b):
    assert covers(union(a, b), a) and covers(union(a, b), b)
    assert covers(a, intersection(a, b)) and covers(b, intersection(a, b))
    assert covers(a, b) == (cells(union(a, b)) == cells(a)) == (cells(intersection(a, b)) == cells(b))
    assert (covers(a, b) and covers(b, a)) == (diff(a, b) == [])


def test_names_are_folded_and_the_first_spelling_stays():
    left = [{"module": "Service Desk", "function": "Ticket - Dependencies", "inquire": "my"}]
    right = [{"module": "service desk", "function": "Ticket \u2013 dependencies", "inquire": "all", "optional": True}]
    (row,) = union(left, right)
    assert (row["module"], row["function"], row["inquire"]) == ("Service Desk", "Ticket - Dependencies", "all")
    assert "optional" not in row and union(right, right)[0]["optional"] and intersection(left, right)[0]["optional"]
    assert [cell["kind"] for cell in diff(left, right)] == ["missing"]


def test_one_function_in_two_spellings_is_refused():
    twice = [{"module": "A", "function": "B", "add": "all"}, {"module": "a", "function": "b", "add": "my"}]
    with pytest.raises(MatrixError, match="two spellings"):
        diff(twice, [])


@pytest.mark.parametrize(
    "operation", [permissions_diff, permissions_union, permissions_intersection, permissions_covers]
)
def test_a_filter_says_what_is_wrong_with_its_rows(operation):
    from ansible.errors import AnsibleFilterError

    with pytest.raises(AnsibleFilterError, match="row 1"):
        operation([{"module": "A"}], [])


def test_filters_give_what_the_operations_give():
    left, right = [{"module": "A", "function": "B", "add": "all"}], [{"module": "A", "function": "C", "add": "my"}]
    assert permissions_diff(left, right) == diff(left, right) and len(permissions_union(left, right)) == 2
    assert permissions_intersection(left, right) == [] and not permissions_covers(left, right)
    assert permissions_covers(left, None)
