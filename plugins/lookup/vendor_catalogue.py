# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup vendor_catalogue; see its documentation."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vendor_catalogue
short_description: Return what the vendors of this collection ask for
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns the vendor lists of this collection, including those that are known in part (C(status) V(partial)), and your
    own, in the format of the option O(msp.connectwise.cw_audit_info#module:catalogue).
options:
  _terms:
    description: Not used.
    required: false
  vendors:
    description: Only these vendors, by the names of their Ansible roles. All of them if empty.
    type: list
    elements: str
    default: []
  vendor_dir:
    description:
      - The folder with vendor lists of your own, relative to where the run was started. Defaults to the variable
        C(cw_vendor_dir). Each file C(<vendor>.yml) in it has one variable C(<vendor>_matrix). The filter
        P(msp.connectwise.vendor_matrix#filter) creates that variable from an existing role.
      - A list of your own replaces the collection's of the same name.
    type: path
  adjusted:
    description:
      - Whether to apply the host's variables C(<vendor>_role_name), C(<vendor>_member_identifier),
        C(<vendor>_permissions_extra) and C(<vendor>_permissions_without), as onboarding does.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Show what two vendors ask for
  ansible.builtin.debug:
    msg: "{{ query('msp.connectwise.vendor_catalogue', vendors=['rewst', 'ninjaone']) }}"
"""

RETURN = r"""
_raw:
  description: One entry for each vendor, with C(since) and C(note) in its rows if known.
  type: list
  elements: dict
  sample:
    - vendor: rewst
      product: Rewst
      role_name: Rewst API
      member_identifier: Rewst
      date: "2026-05-26"
      status: published
      source: https://docs.rewst.help/
      permissions: [{module: Companies, function: Team Members, inquire: all}]
"""

import os
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._domain.shown import shown
from ..plugin_utils import _vendors
from ..plugin_utils._variables import NotAsked, Variables


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(
        self, terms: t.Sequence[t.Any] | None, variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        given = self.get_option("vendor_dir")
        host = Variables(variables or {}, lambda value: self._templar.template(value))
        try:
            chosen = os.path.realpath(given) if given else _vendors.folder_of(host), self.get_option("vendors")
            if self.get_option("adjusted"):
                return _vendors.adjusted(*chosen, host)
            return [_vendors.catalogue_entry(vendor, matrix) for vendor, matrix in _vendors.matrices(*chosen).items()]
        except _vendors.MatrixFileError as exc:
            raise AnsibleLookupError(shown(f"The catalogue can't be read: {exc}")) from None
        except NotAsked as exc:
            raise AnsibleLookupError(shown(exc)) from None
