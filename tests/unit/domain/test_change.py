# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cell that differs: one comparison, one sentence, and one dictionary everywhere."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain import audit_cells, matrix_sets
from ansible_collections.msp.connectwise.plugins.module_utils._domain.change import CellChange, compare_levels
from ansible_collections.msp.connectwise.plugins.module_utils._domain.compare import plan_levels
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import parse_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import FunctionName
from ansible_collections.msp.connectwise.plugins.module_utils._domain.settings import SettingRow

NAME = FunctionName("Finance", "Agreements")
NOW = {"add": "all", "edit": "none", "delete": "my", "inquire": "all"}
WANTED = {"add": "my", "edit": "all", "delete": "my", "inquire": "none"}
CELLS = [
    {"module": "Finance", "function": "Agreements", "verb": "add", "is": "all", "should_be": "my"},
    {"module": "Finance", "function": "Agreements", "verb": "edit", "is": "none", "should_be": "all"},
    {"module": "Finance", "function": "Agreements", "verb": "inquire", "is": "all", "should_be": "none"},
]
KINDS = ["excess", "missing", "excess"]


def test_the_cells_that_differ_in_the_order_of_the_page():
    found = compare_levels(NAME, NOW, WANTED, row_id=7, order=3)
    assert [change.as_dict() for change in found] == CELLS
    assert [change.kind for change in found] == KINDS
    assert [change.is_missing for change in found] == [False, True, False]
    assert {(change.row_id, change.order) for change in found} == {(7, 3)}


def test_a_verb_that_the_function_lacks_never_differs():
    assert [change.verb for change in compare_levels(NAME, NOW, WANTED, lacking={"add", "inquire"})] == ["edit"]


def test_equal_sides_do_not_differ():
    assert compare_levels(NAME, NOW, NOW) == []


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell["verb"])
def test_a_change_out_of_its_dictionary_says_the_same(cell):
    change = CellChange.from_dict(cell)
    assert change.as_dict() == cell and change.cell == (NAME, cell["verb"])
    assert str(change) == f"Finance / Agreements, {cell['verb']}: {cell['is']} -> {cell['should_be']}"


def test_a_level_that_was_never_published_counts_as_too_much():
    assert CellChange(NAME, "add", "full", "all").kind == "excess"


def test_the_cell_is_the_same_whatever_its_levels_and_row():
    assert CellChange(NAME, "add", "all", "my", 1).cell == CellChange(NAME, "add", "none", "all").cell


def test_a_run_an_audit_and_a_filter_tell_of_the_same_cells():
    row = {"module": "Finance", "function": "Agreements"}
    planned = plan_levels([SettingRow(NAME, NOW)], parse_rows([{**row, **WANTED}]), "none").changes
    compared = matrix_sets.diff([{**row, **NOW}], [{**row, **WANTED}])
    audited = [audit_cells.AuditCell.of(change, "2026-01-01", "why") for change in planned]
    assert [change.as_dict() for change in planned] == CELLS
    assert compared == [{**cell, "kind": kind} for cell, kind in zip(CELLS, KINDS)]
    remarks = {"since": "2026-01-01", "note": "why"}
    assert [cell.as_dict() for cell in audited] == [{**cell, **remarks} for cell in compared]
    assert list(map(str, audited)) == list(map(str, planned))


def test_what_an_instance_does_not_offer_is_neither_missing_nor_too_much():
    change = CellChange(NAME, "edit", "none", "all")
    assert audit_cells.AuditCell.of(change, offered=False).kind == "absent"
    assert audit_cells.AuditCell.of(change).kind == "missing"
