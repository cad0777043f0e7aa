# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter permissions_covers; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.matrix import MatrixError
from ..module_utils._domain.matrix_sets import Rows, covers
from ..module_utils._domain.shown import shown

DOCUMENTATION = r"""
name: permissions_covers
short_description: Test whether a permission matrix grants everything that another does
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Compares two matrices, cell by cell. A function that a matrix doesn't list counts as None.
positional: other
options:
  _input:
    description: The rows of a matrix.
    type: list
    elements: dict
    required: true
  other:
    description: The rows of the matrix that it must grant.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Stop if a role can't do what Rewst needs
  ansible.builtin.assert:
    that: role_info.roles[0].permissions | msp.connectwise.permissions_covers(rewst_matrix.permissions)
"""

RETURN = r"""
_value:
  description: Whether the first matrix grants at least the other's level in each cell.
  type: bool
"""


def permissions_covers(rows: Rows, other: Rows) -> bool:
    try:
        return covers(rows or (), other or ())
    except MatrixError as exc:
        raise AnsibleFilterError(shown(f"The permissions can't be compared: {exc}")) from None


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"permissions_covers": permissions_covers}
