# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup vendor_integration; see its documentation."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vendor_integration
short_description: What a vendor's role gives the role onboard
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Names and permissions of a vendor's integration, as its role in this collection would take them for this host,
    variables such as C(rewst_role_name) and C(rewst_permissions_extra) included. With it, several vendors can be
    onboarded in one task, where an include of each vendor's role would cost more than the work itself.
  - A vendor that leaves a choice to whoever onboards it (a profile, a list of tables) is left out, since its role
    checks the choice. Include its role instead.
options:
  _terms:
    description: Names of vendors' roles.
    required: true
    type: list
    elements: str
seealso:
  - plugin: msp.connectwise.vendor_catalogue
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show under which name the vendors of this host log in
  ansible.builtin.debug:
    msg: "{{ query('msp.connectwise.vendor_integration', *cw_vendors) | items2dict('vendor', 'member_identifier') }}"
"""

RETURN = r"""
_raw:
  description: One entry for each vendor that leaves no choice.
  type: list
  elements: dict
  contains:
    vendor:
      description: Name of the vendor's role.
      type: str
      sample: rewst
    product:
      description: Name of the product.
      type: str
      sample: Rewst
    role_name:
      description: Name of the security role.
      type: str
      sample: Rewst API
    permissions:
      description: Rows of the matrix, as the variables of the host change them.
      type: list
      elements: dict
      sample: [{module: Companies, function: Team Members, inquire: all}]
    table_setup:
      description: The C(mode) and the C(entries) of Table Setup.
      type: dict
      sample: {mode: none, entries: []}
    member_identifier:
      description: Identifier of the API member.
      type: str
      sample: Rewst
    member_name:
      description: Name of the API member.
      type: str
      sample: Rewst
    key_description:
      description: Description of the key.
      type: str
      sample: Rewst API
    structure_level:
      description: Structure level of the API member. Absent where the vendor names none.
      type: str
      sample: highest
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._domain.matrix import MatrixError, adjust
from ..plugin_utils._matrix_files import Matrix, MatrixFileError, leaves_choice, role_matrix
from ..plugin_utils._vendor_variables import own_values

_NAMES = ("role_name", "member_identifier", "member_name", "key_description", "structure_level")


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(
        self, terms: t.Sequence[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        try:
            found = {str(vendor): role_matrix(str(vendor)) for vendor in terms}
        except MatrixFileError as exc:
            raise AnsibleLookupError(f"The data of a vendor can't be read: {exc}") from None
        return [
            self._entry(vendor, matrix, variables or {})
            for vendor, matrix in found.items()
            if not leaves_choice(matrix)
        ]

    def _entry(self, vendor: str, matrix: Matrix, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        own = own_values(vendor, (*_NAMES, "permissions_extra", "permissions_without"), variables, self._templar)
        names = {name: matrix.get(name) if own[name] is None else own[name] for name in _NAMES}
        try:
            rows = adjust(matrix["permissions"], own["permissions_extra"] or (), own["permissions_without"] or ())
        except MatrixError as exc:
            raise AnsibleLookupError(f"The permissions can't be adjusted: {exc}") from None
        return {
            "vendor": vendor,
            "product": matrix["product"],
            "permissions": rows,
            "table_setup": matrix["table_setup"],
            **{name: value for name, value in names.items() if value is not None},
        }
