# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter permissions_diff; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.matrix import MatrixError
from ..module_utils._domain.matrix_sets import Row, Rows, diff
from ..module_utils._domain.shown import shown

DOCUMENTATION = r"""
name: permissions_diff
short_description: Return the cells in which two permission matrices differ
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Compares two matrices, cell by cell. A function that a matrix doesn't list counts as None.
positional: wanted
options:
  _input:
    description: The rows of the matrix to check.
    type: list
    elements: dict
    required: true
  wanted:
    description: The rows of the matrix to compare it with.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what a role lacks of Rewst's matrix, and what it has in excess
  ansible.builtin.debug:
    msg: "{{ role_info.roles[0].permissions | msp.connectwise.permissions_diff(rewst_matrix.permissions) }}"
"""

RETURN = r"""
_value:
  description: The cells that differ. C(kind) is C(missing) if the first matrix grants less, otherwise C(excess).
  type: list
  elements: dict
  sample: [{module: Finance, function: Agreements, verb: delete, is: all, should_be: none, kind: excess}]
"""


def permissions_diff(rows: Rows, wanted: Rows) -> list[Row]:
    try:
        return diff(rows or (), wanted or ())
    except MatrixError as exc:
        raise AnsibleFilterError(shown(f"The permissions can't be compared: {exc}")) from None


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"permissions_diff": permissions_diff}
