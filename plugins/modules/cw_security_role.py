#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_security_role
short_description: Manage a security role of ConnectWise PSA and its levels
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Creates a security role, sets its levels to a matrix, and verifies them by reading them back.
  - The published API can create and delete a role and read its levels, but not write them. If an instance accepts
    levels anyway, they are written. Otherwise RV(pending) lists each cell to set by hand, and the next run verifies
    them.
  - A built-in Admin role is never changed or deleted.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
  - msp.connectwise.handover
  - msp.connectwise.handover.wait
  - msp.connectwise.permissions
options:
  name:
    description: Name of the role ("Role ID" in ConnectWise), 30 characters at most, or the id of an existing role.
    type: str
    required: true
  state:
    description:
      - V(present) ensures that the role exists and has the levels. Without O(permissions), its levels stay unchanged.
      - V(absent) deletes the role, unless a member still has it.
    type: str
    choices: [present, absent]
    default: present
  members:
    description:
      - Identifiers of the API members that should have this role. A warning names any others that have it before its
        levels change.
      - Without this option, a warning appears if several members share the role.
    type: list
    elements: str
seealso:
  - module: msp.connectwise.cw_security_role_info
  - module: msp.connectwise.cw_api_member
"""

EXAMPLES = r"""
- name: Create a role that can only read companies and work on tickets
  msp.connectwise.cw_security_role:
    name: Example API
    permissions:
      - {module: Companies, function: Company Maintenance, inquire: all}
      - {module: Service Desk, function: Service Tickets, add: all, edit: all, inquire: all}
  module_defaults:
    group/msp.connectwise.manage:
      site: na.myconnectwise.net
      company: "{{ cw_company }}"
      public_key: "{{ cw_public_key }}"
      private_key: "{{ cw_private_key }}"
      client_id: "{{ cw_client_id }}"

- name: Show what would change, cell by cell (run with --check --diff)
  msp.connectwise.cw_security_role:
    name: Example API
    permissions: "{{ permissions }}"
    on_unwritable: report

- name: Delete the role
  msp.connectwise.cw_security_role:
    name: Example API
    state: absent
"""

RETURN = r"""
role:
  description: The role. Its id is null if check mode only plans to create it.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the role.
      type: int
      sample: 71
    name:
      description: Name of the role, as the instance spells it.
      type: str
      sample: Example API
created:
  description: Whether this run created the role.
  returned: when state is present
  type: bool
functions:
  description: How many functions the instance has. 0 if no levels were requested.
  returned: when state is present
  type: int
  sample: 104
levels_set:
  description: How many cells this run set and read back.
  returned: when state is present
  type: int
  sample: 51
levels_undecided:
  description:
    - In check mode, how many cells REST sets if this instance allows it, and someone sets by hand otherwise. Only a
      successful write can tell, and check mode writes nothing. 0 outside of check mode.
  returned: when state is present
  type: int
  sample: 0
pending:
  description: The cells to set by hand, in the order of ConnectWise's own page.
  returned: when state is present
  type: list
  elements: dict
  contains:
    module:
      description: Module of the function.
      type: str
      sample: Service Desk
    function:
      description: The function.
      type: str
      sample: Service Tickets
    verb:
      description: V(add), V(edit), V(delete) or V(inquire).
      type: str
      sample: inquire
    is:
      description: The level now.
      type: str
      sample: none
    should_be:
      description: The wanted level.
      type: str
      sample: all
    reason:
      description: Why REST couldn't set it.
      type: str
      sample: this instance's REST API can't write levels
not_offered:
  description:
    - The wanted levels that this instance doesn't seem to offer. Each has the fields of RV(pending).
    - They are skipped, block nothing, and are never replaced by a higher level.
  returned: when state is present
  type: list
  elements: dict
  sample:
    - module: System
      function: API Reports
      verb: add
      is: none
      should_be: all
      reason: the function has no add level on this instance
names:
  description: Which fields of its rows this instance uses for the names of functions. Empty if they are the usual ones.
  returned: when state is present
  type: str
  sample: functions are matched by moduleDescription and moduleFunctionDescription on this instance
absent_functions:
  description: Optional functions that this instance doesn't have.
  returned: when state is present
  type: list
  elements: dict
  sample: [{module: Finance, function: Agreements}]
error:
  description: What failed, for playbooks that handle errors. C(msg) has the same for people.
  returned: when an operation failed
  type: dict
  contains:
    kind:
      description: Name of the error, such as V(Forbidden). The collection's troubleshooting guide lists them.
      type: str
      sample: Unauthorized
    scope:
      description:
        - V(instance) if every other integration on this instance would fail the same way, as after a refused login.
        - V(object) if it affects only this task.
      type: str
      sample: instance
    transient:
      description: Whether a later run of the same may succeed.
      type: bool
      sample: false
    instance:
      description: The instance that a request failed on.
      returned: when a request failed
      type: str
      sample: acme at api-na.myconnectwise.net
    method:
      description: HTTP method of the request.
      returned: when a request failed
      type: str
      sample: GET
    path:
      description: Path of the request.
      returned: when a request failed
      type: str
      sample: /system/mySecurity
    status:
      description: HTTP status of the response. Null if there was none.
      returned: when a request failed
      type: int
      sample: 401
    code:
      description: ConnectWise's own error code.
      returned: when a request failed
      type: str
      sample: Unauthorized
    message:
      description: ConnectWise's own error message, or the network error.
      returned: when a request failed
      type: str
      sample: Invalid credentials
    fields:
      description: ConnectWise's errors for single fields.
      returned: when a request failed
      type: list
      elements: str
      sample: []
requests:
  description: How many requests were sent. C(retried) counts the retries.
  returned: always
  type: dict
  sample: {read: 2, written: 0, retried: 0}
"""
