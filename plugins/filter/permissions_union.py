# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter permissions_union; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.matrix import MatrixError
from ..module_utils._domain.matrix_sets import Row, Rows, union
from ..module_utils._domain.shown import shown

DOCUMENTATION = r"""
name: permissions_union
short_description: Return everything that any of several permission matrices grants
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Takes the highest level of all matrices for each cell. A row is optional if all matrices that have it say so.
  - Accepts any number of further matrices.
positional: other
options:
  _input:
    description: The rows of a matrix.
    type: list
    elements: dict
    required: true
  other:
    description: The rows of another matrix.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the matrix of one role for two vendors
  ansible.builtin.debug:
    msg: "{{ rewst_matrix.permissions | msp.connectwise.permissions_union(ninjaone_matrix.permissions) }}"
"""

RETURN = r"""
_value:
  description: What any of them grants.
  type: list
  elements: dict
  sample: [{module: Companies, function: Contacts, add: all, edit: none, delete: none, inquire: all}]
"""


def permissions_union(rows: Rows, *other: Rows) -> list[Row]:
    try:
        return union(rows or (), *(matrix or () for matrix in other))
    except MatrixError as exc:
        raise AnsibleFilterError(shown(f"The permissions can't be combined: {exc}")) from None


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"permissions_union": permissions_union}
