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
short_description: Convert a security role to the variable of a vendor's matrix
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Creates a variable C(<vendor>_matrix) from a role that M(msp.connectwise.cw_security_role_info) read. Written to
    C(<vendor>.yml) in the folder C(cw_vendor_dir), it is a vendor list of your own for onboarding, audits and surveys.
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
    description: Display name of the product. Defaults to O(vendor).
    type: str
  date:
    description: When the role was read, such as V(2026-11-20).
    type: str
  source:
    description: URL of the page that it comes from.
    type: str
"""

EXAMPLES = r"""
- name: Read a role that was created by hand
  msp.connectwise.cw_security_role_info:
    name: Timesheets API
  register: role_info

- name: Save it as a list of our own
  ansible.builtin.copy:
    content: >-
      {{ role_info.roles[0] | msp.connectwise.vendor_matrix('timesheets', 'Timesheets')
         | to_nice_yaml(sort_keys=false) }}
    dest: vendors/timesheets.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The variable. C(status) is C(own), because no vendor published it.
  type: dict
  sample:
    timesheets_matrix:
      vendor: timesheets
      product: Timesheets
      status: own
      date: "2026-11-20"
      role_name: Timesheets API
      member_identifier: Timesheets
      member_name: Timesheets
      key_description: Timesheets API
      permissions: [{module: Companies, function: Contacts, inquire: all}]
"""


# what a row has besides its levels
_NAMES = frozenset(("module", "function", "optional", "id"))


def vendor_matrix(
    role: t.Any,
    vendor: str,
    member_identifier: str,
    product: str | None = None,
    date: str | None = None,
    source: str | None = None,
) -> dict[str, t.Any]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", str(vendor)):
        raise AnsibleFilterError(f"{vendor!r} isn't a short name of lower-case letters, digits and underscores.")
    if not isinstance(role, t.Mapping) or "permissions" not in role or not role.get("name"):
        raise AnsibleFilterError("vendor_matrix takes a role with name and permissions, from cw_security_role_info.")
    try:
        rows = [permission.as_row() for permission in parse_rows(role["permissions"])]
    except MatrixError as exc:
        raise AnsibleFilterError(shown(f"The permissions can't be read: {exc}")) from None
    kept = [{name: value for name, value in row.items() if value != "none"} for row in rows]
    known = {"source": str(source) if source else None, "date": str(date) if date else None}
    matrix = {
        "vendor": str(vendor),
        "product": str(product or vendor),
        "status": "own",
        **{name: value for name, value in known.items() if value},
        "role_name": str(role["name"]),
        "member_identifier": str(member_identifier),
        "member_name": str(member_identifier),
        "key_description": str(role["name"]),
        "permissions": [row for row in kept if not _NAMES.issuperset(row)],
    }
    return {f"{vendor}_matrix": matrix}


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"vendor_matrix": vendor_matrix}
