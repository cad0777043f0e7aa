#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_onboard
short_description: Bring the integrations of an instance of ConnectWise PSA to a state
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Does for each vendor what M(msp.connectwise.cw_integration) does, over one session, and writes a worksheet of what a
    person has to do by hand. If one fails, the others have their turn all the same, unless the instance itself can't be
    worked with.
  - A vendor's security role, API member and permissions come from the data of this collection. The variables
    C(<vendor>_role_name) and the like of the host change them; docs/variables.md lists them.
  - Where pairs and worksheets go, and what to do about manual steps, is read from the variables of the role
    P(msp.connectwise.onboard#role), such as C(onboard_credentials_dir) and C(onboard_handover).
  - For each new pair it writes beside the worksheet what the vendor's product is given, C(delivery.md), without the
    private key and with the command that shows it.
  - Two vendors with one security role or one API member are both refused.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  vendors:
    description: The vendors, as the names of their roles in this collection.
    type: list
    elements: str
  integration:
    description: An integration of your own. One of this and O(vendors) is needed.
    type: dict
    suboptions:
      vendor:
        description: Short name of the integration. Its files are named after it.
        type: str
        required: true
      product:
        description: Name of the product. Without it, O(integration.vendor).
        type: str
      role_name:
        description: Name of the security role, 30 characters at most.
        type: str
        required: true
      manage_role:
        description: With V(false) the member gets a role that exists, and the role isn't touched.
        type: bool
        default: true
      permissions:
        description: The matrix. Each function that it doesn't list is none.
        type: list
        elements: dict
        suboptions:
          module: {description: Module of the function., type: str, required: true}
          function: {description: The function., type: str, required: true}
          add: {description: Level for adding., type: str, choices: [none, my, all], default: none}
          edit: {description: Level for editing., type: str, choices: [none, my, all], default: none}
          delete: {description: Level for deleting., type: str, choices: [none, my, all], default: none}
          inquire: {description: Level for reading., type: str, choices: [none, my, all], default: none}
          optional: {description: Whether an instance may lack the function., type: bool, default: false}
          id: {description: "Id of the row that is meant, where the instance has several with one name.", type: int}
      customize:
        description:
          - What the Customize links of the role's functions open, which REST can neither set nor read.
        type: list
        elements: dict
        suboptions:
          module:
            description: Module of the function.
            type: str
            required: true
          function:
            description: The function, such as Table Setup.
            type: str
            required: true
          mode:
            description: V(allow) is only these entries, V(disallow) is all but these.
            type: str
            choices: [allow, disallow]
            required: true
          entries:
            description: The entries; those of Table Setup as C(Category / Table).
            type: list
            elements: str
            default: []
          described:
            description: A sentence on entries that nobody names and that belong to the others.
            type: str
      member_identifier:
        description: Identifier of the API member, 15 characters at most.
        type: str
        required: true
      member_name:
        description: Name of the API member. Without it, O(integration.member_identifier).
        type: str
      structure_level:
        description: Structure level of the member; V(highest) is the top of the instance's own structure.
        type: str
      key_description:
        description: Description of the API key.
        type: str
        required: true
  state:
    description: As in M(msp.connectwise.cw_integration).
    type: str
    choices: [present, rotated, absent]
    default: present
  max_age:
    description: Age in days from which on O(state=rotated) replaces a pair. It is needed there.
    type: float
  keep_old_for:
    description: Days for which the old key keeps working after O(state=rotated) replaced it.
    type: float
    default: 0
  keep_end:
    description: Whether O(keep_old_for) is only for what this run replaces, as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  at_once:
    description: Whether no earlier key may work after O(state=rotated), as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  adopt_member:
    description:
      - Take over this API member and its security role, which were made by hand. For one vendor.
      - The member keeps its identifier, its name and its structure level. It keeps its role, unless that is a built-in
        Admin role, is inactive or is shared.
    type: str
  keep_offboarded:
    description: Leave an integration alone that O(state=absent) took off.
    type: bool
    default: false
  on_incomplete:
    description:
      - What to do where an integration failed, or something is left to a person and C(onboard_handover) isn't
        V(report).
      - V(fail) fails the task after every vendor had its turn. V(report) succeeds, and RV(results) tells it.
    type: str
    choices: [fail, report]
    default: fail
seealso:
  - module: msp.connectwise.cw_integration
"""

EXAMPLES = r"""
- name: Two vendors of the collection
  msp.connectwise.cw_onboard:
    vendors: [rewst, hudu]

- name: An integration of your own
  msp.connectwise.cw_onboard:
    integration:
      vendor: timesheets
      product: Timesheets
      role_name: Timesheets API
      member_identifier: Timesheets
      key_description: Timesheets API
      permissions:
        - {module: Time & Expense, function: Time Entry, inquire: all}
"""

RETURN = r"""
results:
  description: The outcome of each vendor, as RV(msp.connectwise.cw_integration#module:outcome).
  returned: always
  type: dict
  sample: {rewst: {product: Rewst, member: Rewst, state: converged, changed: false, reason: ""}}
down:
  description: Why the instance itself couldn't be worked with. Empty where it could.
  returned: always
  type: str
  sample: ""
copies:
  description: The stored pairs that are still to be copied to a place of your own (C(onboard_copy_tasks)).
  returned: always
  type: list
  elements: dict
  sample: []
requests:
  description: How many requests were made. C(retried) counts the repetitions.
  returned: always
  type: dict
  sample: {read: 5, written: 0, retried: 0}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import onboard


def main() -> None:
    module = AnsibleModule(argument_spec=onboard.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="This runs on the controller only, as an action plugin.")


if __name__ == "__main__":
    main()
