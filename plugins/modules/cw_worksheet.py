#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_worksheet
short_description: Write the worksheet of what is left to a person, or clear it away
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Writes what a run couldn't do over REST as C(worksheet.html), C(worksheet.md) and C(worksheet.json), into the folder
    C(<path>/<host>/<vendor>).
  - Each of the three has a mark with the host and the vendor. Only files with that mark are replaced or removed. Any
    other file stays, and so does its folder.
  - Nothing is written or removed through a link below O(path). O(path) itself may be a link.
  - Always runs on the controller. It makes no request to ConnectWise.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
options:
  path:
    description: The folder of all worksheets. It is created if it is absent.
    type: path
    required: true
  host:
    description: The inventory host that stands for the instance.
    type: str
    required: true
  vendor:
    description: The vendor.
    type: str
    required: true
  state:
    description:
      - V(present) brings the worksheet to what is left. If nothing is left, it removes the worksheet.
      - V(absent) removes the worksheet, whatever it lists.
    type: str
    choices: [present, absent]
    default: present
  sheet:
    description: What is left, and what the worksheet says about it.
    type: dict
    suboptions:
      product:
        description: Name of the vendor's product.
        type: str
        default: ""
      company:
        description: Company of the instance.
        type: str
        default: ""
      api:
        description: What the instance offers.
        type: str
        default: ""
      role:
        description: The security role.
        type: str
        default: ""
      member:
        description: Identifier of the API member.
        type: str
        default: ""
      key_description:
        description: Description of the key.
        type: str
        default: ""
      levels:
        description: The levels to set, as M(msp.connectwise.cw_security_role) returns them in C(pending).
        type: list
        elements: dict
        default: []
      keeps_role:
        description: The security role that the member keeps until the levels are set. Empty where it has O(sheet.role).
        type: str
        default: ""
      table_setup:
        description: The list behind System / Table Setup.
        type: dict
        suboptions:
          mode:
            description: Whether the entries are the tables to allow or to disallow. V(none) if there is no list.
            type: str
            choices: [none, allow, disallow]
            default: none
          entries:
            description: The tables.
            type: list
            elements: str
            default: []
      key_steps:
        description: What to do about the key, as M(msp.connectwise.cw_api_key) returns it in C(pending).
        type: list
        elements: str
        default: []
      pair_file:
        description: Where the worksheet says that the pair goes.
        type: path
      replaces:
        description: Public half of the pair that O(sheet.key_steps) replace, if they rotate one.
        type: str
  knows:
    description:
      - The parts of O(sheet) that this run has looked at. A part that isn't named stays as the worksheet has it, so a
        rotation, which reads no levels, doesn't clear away levels that are still to be set.
      - The steps of a rotation stay in any case as long as O(public_key) is the key that they replace.
    type: list
    elements: str
    choices: [levels, table_setup, key_steps]
    default: [levels, table_setup, key_steps]
  public_key:
    description: Public half of the pair that is kept for the vendor now.
    type: str
  pair_file:
    description:
      - The file for the pair that a person creates. It is laid out if it is absent and O(sheet.key_steps) has steps. It
        is removed again with the steps if nobody has filled it in.
      - With O(state=absent), it is removed whatever is in it. A link is left, with a warning.
    type: path
seealso:
  - module: msp.connectwise.cw_integration
"""

EXAMPLES = r"""
- name: Onboard
  msp.connectwise.cw_integration:
    security_role: Example API
    permissions: "{{ example_permissions }}"
    member: Example
    key_description: Example API
    credentials_file: credentials/acme/example.yml
    on_unwritable: report
  register: onboarded

- name: Write down what is left to a person
  msp.connectwise.cw_worksheet:
    path: handover
    host: acme
    vendor: example
    sheet:
      product: Example
      company: "{{ onboarded.instance.company }}"
      api: "{{ onboarded.instance.api }}"
      role: Example API
      member: Example
      key_description: Example API
      levels: "{{ onboarded.role.pending }}"
      key_steps: "{{ onboarded.key.pending }}"
    public_key: "{{ onboarded.key.public_key }}"
"""

RETURN = r"""
worksheet:
  description: The page, empty if there is no worksheet now. In check mode, the page that there would be.
  returned: success
  type: str
  sample: /home/me/handover/acme/example/worksheet.html
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import worksheet


def main() -> None:
    module = AnsibleModule(argument_spec=worksheet.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="The worksheets are the controller's, so this runs there only, as an action plugin.")


if __name__ == "__main__":
    main()
