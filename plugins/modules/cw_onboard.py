#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_onboard
short_description: Onboard, rotate or offboard integrations on an instance of ConnectWise PSA
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Does the work of M(msp.connectwise.cw_integration) for each vendor, in one session, and writes a worksheet of the
    manual steps. If one vendor fails, the run continues with the others, unless the instance itself can't be used.
  - A vendor's security role, API member and permissions come from the data of this collection. Host variables such as
    C(<vendor>_role_name) change them; docs/variables.md lists them.
  - The variables of the role P(msp.connectwise.onboard#role), such as C(onboard_credentials_dir) and
    C(onboard_handover), say where pairs and worksheets go and what to do about manual steps.
  - For each new pair it writes C(delivery.md) next to the worksheet, with the values to enter in the vendor's product.
    In place of the private key, it has the command that shows it.
  - Two vendors that share a security role or an API member are both refused.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  vendors:
    description: The vendors, by the names of their Ansible roles in this collection.
    type: list
    elements: str
  integration:
    description: An integration of your own. Either this or O(vendors) is required.
    type: dict
    suboptions:
      vendor:
        description: Short name of the integration. Its files are named after it.
        type: str
        required: true
      product:
        description: Name of the product. Defaults to O(integration.vendor).
        type: str
      role_name:
        description: Name of the security role, 30 characters at most.
        type: str
        required: true
      manage_role:
        description:
          - Whether to create the role and set its levels. With V(false), the member gets an existing role, which isn't
            changed.
        type: bool
        default: true
      permissions:
        description: The matrix. Every function that it doesn't list is None.
        type: list
        elements: dict
        suboptions:
          module: {description: Module of the function., type: str, required: true}
          function: {description: The function., type: str, required: true}
          add: {description: Level for adding., type: str, choices: [none, my, all], default: none}
          edit: {description: Level for editing., type: str, choices: [none, my, all], default: none}
          delete: {description: Level for deleting., type: str, choices: [none, my, all], default: none}
          inquire: {description: Level for reading., type: str, choices: [none, my, all], default: none}
          optional: {description: Whether the function may be missing on an instance., type: bool, default: false}
          id: {description: Id of the row to use if the instance has several rows of the same name., type: int}
      customize:
        description:
          - The lists behind the Customize links of the role's functions, which REST can neither set nor read.
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
            description: V(allow) allows only these entries, V(disallow) allows all others.
            type: str
            choices: [allow, disallow]
            required: true
          entries:
            description: The entries. Write those of Table Setup as C(Category / Table).
            type: list
            elements: str
            default: []
          described:
            description: A sentence about further entries that can't be listed by name.
            type: str
      member_identifier:
        description: Identifier of the API member, 15 characters at most.
        type: str
        required: true
      member_name:
        description: Name of the API member. Defaults to O(integration.member_identifier).
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
    description:
      - Maximum age in days; O(state=rotated) replaces older pairs. Required when O(state=rotated), unless O(at_once) is
        true.
    type: float
  keep_old_for:
    description: Days for which the old key keeps working after O(state=rotated) replaced it.
    type: float
    default: 0
  keep_end:
    description:
      - Whether O(keep_old_for) applies only to keys that this run replaces, as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  at_once:
    description:
      - Whether O(state=rotated) stops all earlier keys of the member in this run, as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  adopt_member:
    description:
      - An API member that was created by hand, to take over with its security role. For a single vendor.
      - The member keeps its identifier, its name and its structure level. It keeps its role, unless that is a built-in
        Admin role, is inactive or is shared.
    type: str
  keep_offboarded:
    description: Whether to leave an integration alone that was offboarded with O(state=absent).
    type: bool
    default: false
  on_incomplete:
    description:
      - What to do if an integration failed, or if manual steps are left and C(onboard_handover) isn't V(report).
      - V(fail) fails the task after it has worked through every vendor. V(report) succeeds; RV(results) has the
        details.
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
  description: Why the instance itself couldn't be used. Empty if it could.
  returned: always
  type: str
  sample: ""
copies:
  description: The stored pairs that your own tasks still have to copy (C(onboard_copy_tasks)).
  returned: always
  type: list
  elements: dict
  sample: []
requests:
  description: How many requests were sent. C(retried) counts the retries.
  returned: always
  type: dict
  sample: {read: 5, written: 0, retried: 0}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import onboard


def main() -> None:
    module = AnsibleModule(argument_spec=onboard.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="This module runs on the controller only, as an action plugin.")


if __name__ == "__main__":
    main()
