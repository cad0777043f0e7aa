# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter vendor_matrix; see its documentation."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.matrix import MatrixError, parse_rows
from ..module_utils._domain.shown import shown

DOCUMENTATION = r"""
name: vendor_matrix
short_description: A security role as the variable of a vendor's matrix
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Makes a variable C(<vendor>_matrix) from a role that M(msp.connectwise.cw_security_role_info) read. Written to a
    file, it is a matrix of your own for the lookup P(msp.connectwise.vendor_catalogue#lookup), and data for
    the role P(msp.connectwise.onboard#role).
positional: vendor, member_identifier
options:
  _input:
    description: A role with C(name) and C(permissions).
    type: dict
    required: true
  vendor:
    description: Short name of the integration, of lower-case letters, digits and underscores.
    type: str
    required: true
  member_identifier:
    description: Identifier of the API member.
    type: str
    required: true
  product:
    description: Name of the product, as people call it. Without it, O(vendor).
    type: str
  date:
    description: When it was read.
    type: str
    default: ""
  source:
    description: Where it comes from.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Read a role that was made by hand
  msp.connectwise.cw_security_role_info:
    name: Timesheets API
  register: role_info

- name: Keep it as a matrix of our own
  ansible.builtin.copy:
    content: >-
      {{ role_info.roles[0] | msp.connectwise.vendor_matrix('timesheets', 'Timesheets')
         | to_nice_yaml(sort_keys=false) }}
    dest: matrices/timesheets.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The variable. C(status) is C(own), since no vendor published it.
  type: dict
  sample:
    timesheets_matrix:
      vendor: timesheets
      product: Timesheets
      status: own
      source: ""
      date: "2026-11-20"
      role_name: Timesheets API
      member_identifier: Timesheets
      member_name: Timesheets
      key_description: Timesheets API
      permissions: [{module: Companies, function: Contacts, inquire: all}]
"""


def vendor_matrix(
    role: t.Any, vendor: str, member_identifier: str, product: str | None = None, date: str = "", source: str = ""
) -> dict[str, t.Any]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", str(vendor)):
        raise AnsibleFilterError(f"{vendor!r} isn't a short name of lower-case letters, digits and underscores.")
    if not isinstance(role, t.Mapping) or "permissions" not in role or not role.get("name"):
        raise AnsibleFilterError("vendor_matrix takes a role with name and permissions, from cw_security_role_info.")
    try:
        rows = [permission.as_row() for permission in parse_rows(role["permissions"])]
    except MatrixError as exc:
        raise AnsibleFilterError(shown(f"The permissions can't be read: {exc}")) from None
    matrix = {
        "vendor": str(vendor),
        "product": str(product or vendor),
        "status": "own",
        "source": str(source),
        "date": str(date),
        "role_name": str(role["name"]),
        "member_identifier": str(member_identifier),
        "member_name": str(member_identifier),
        "key_description": str(role["name"]),
        "permissions": [{name: value for name, value in row.items() if value != "none"} for row in rows],
    }
    return {f"{vendor}_matrix": matrix}


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"vendor_matrix": vendor_matrix}
