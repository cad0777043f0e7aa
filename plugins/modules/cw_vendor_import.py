#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_vendor_import
short_description: Draft a vendor list of your own from a table
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Reads the table of permissions that a vendor publishes, and writes it as a list of your own for onboarding, audits
    and surveys.
  - The table is a CSV file (with commas, semicolons or tabs), or a Markdown table that was pasted into a file. It has
    columns for module, function and the levels C(Add), C(Edit), C(Delete) and C(Inquire) in any order, or a column with
    texts such as C(Inquire All, Add My). A module may be a row of its own, or a heading.
  - Anything ambiguous becomes a question in the file, on a line that begins with C(ASK). While there is one, the list
    counts as partial, and nothing is created from it.
  - Always runs on the controller, sends no request, and never overwrites a file.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
options:
  src:
    description: The file with the table, in UTF-8.
    type: path
    required: true
  vendor:
    description: Short name of the vendor, of lower-case letters, digits and underscores. The file is named after it.
    type: str
    required: true
  vendor_dir:
    description: The folder to write to. Defaults to the variable C(cw_vendor_dir).
    type: path
  product:
    description: Display name of the product. By default, it is derived from O(vendor).
    type: str
  source:
    description: URL of the vendor's page with the table. Without it, the list counts as unpublished.
    type: str
  date:
    description: Date of that page, such as V(2026-10-01). Required with O(source).
    type: str
"""

EXAMPLES = r"""
- name: Draft a list from a table that was copied from the vendor's page
  msp.connectwise.cw_vendor_import:
    src: acmebackup.md
    vendor: acmebackup
    vendor_dir: my/vendors
    product: Acme Backup
  register: proposal

- name: Show the open questions
  ansible.builtin.debug:
    msg: "{{ proposal.lines }}"
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /srv/connectwise/my/vendors/acmebackup.yml
functions:
  description: How many functions it has.
  returned: success
  type: int
  sample: 14
questions:
  description: What you have to decide, each with the line of the table.
  returned: success
  type: list
  elements: str
  sample: ["line 5: Edit: 'Limited' isn't All, My or None."]
lines:
  description: The same as text, one line each, with what was skipped.
  returned: success
  type: list
  elements: str
  sample: ["/srv/connectwise/my/vendors/acmebackup.yml: 14 functions, 1 question"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import vendor_import


def main() -> None:
    module = AnsibleModule(argument_spec=vendor_import.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="This module runs on the controller only, as an action plugin.")


if __name__ == "__main__":
    main()
