# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter adjust_permissions; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.matrix import MatrixError, adjust
from ..module_utils._domain.shown import shown

DOCUMENTATION = r"""
name: adjust_permissions
short_description: Add, replace and remove rows of a permission matrix
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns the rows of a matrix in the format of the option O(msp.connectwise.cw_security_role#module:permissions).
    Fields that this format doesn't have, such as a purpose, are dropped.
positional: extra, without
options:
  _input:
    description: The rows of a matrix.
    type: list
    elements: dict
    required: true
  extra:
    description: Rows to add. Each replaces the row of the same function, if there is one.
    type: list
    elements: dict
    default: []
  without:
    description: Rows to remove, each with C(module) and C(function). A row that isn't in the matrix is an error.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Rewst without Project Headers, and reading agreements only
  ansible.builtin.debug:
    msg: >-
      {{ rewst_matrix.permissions
         | msp.connectwise.adjust_permissions(
             extra=[{'module': 'Finance', 'function': 'Agreements', 'inquire': 'all'}],
             without=[{'module': 'Project', 'function': 'Project Headers'}]) }}
"""

RETURN = r"""
_value:
  description: The adjusted rows.
  type: list
  elements: dict
  sample: [{module: Companies, function: Contacts, add: all, edit: all, delete: none, inquire: all}]
"""


def adjust_permissions(
    rows: t.Sequence[t.Mapping[str, t.Any]],
    extra: t.Sequence[t.Mapping[str, t.Any]] = (),
    without: t.Sequence[t.Mapping[str, t.Any]] = (),
) -> list[dict[str, t.Any]]:
    try:
        return adjust(rows or (), extra or (), without or ())
    except MatrixError as exc:
        raise AnsibleFilterError(shown(f"The permissions can't be adjusted: {exc}")) from None


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"adjust_permissions": adjust_permissions}
