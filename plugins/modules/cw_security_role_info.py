#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_security_role_info
short_description: Read security roles of ConnectWise PSA with their levels
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns roles with their levels in the format of the option C(permissions) of M(msp.connectwise.cw_security_role),
    so you can export a role, edit it, and apply it elsewhere.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  name:
    description: Name or id of one role. Without it, all roles are returned.
    type: str
  levels:
    description: Whether to read the levels too. This takes one request for each role.
    type: bool
    default: true
  users:
    description: Whether to return who has each role, API members and people. This takes two requests.
    type: bool
    default: false
seealso:
  - module: msp.connectwise.cw_security_role
"""

EXAMPLES = r"""
- name: Read a role from one instance
  msp.connectwise.cw_security_role_info:
    name: Rewst API
  register: role_info

- name: Apply its levels to another instance
  msp.connectwise.cw_security_role:
    site: eu.myconnectwise.net
    name: Rewst API
    permissions: "{{ role_info.roles[0].permissions }}"
"""

RETURN = r"""
roles:
  description: The roles. Empty if O(name) doesn't exist.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the role.
      type: int
      sample: 71
    name:
      description: Name of the role.
      type: str
      sample: Rewst API
    admin:
      description: Whether it is a built-in Admin role.
      type: bool
    active:
      description: Whether the role is active.
      type: bool
    permissions:
      description: All functions that grant anything. Only if O(levels) is true.
      type: list
      elements: dict
      sample: [{module: Companies, function: Contacts, add: all, edit: all, delete: none, inquire: all}]
    used_by:
      description:
        - Identifiers of the API members and people that have the role, inactive ones too. Only if O(users) is true.
        - Null if they can't be read.
      type: list
      elements: str
      sample: [Rewst]
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
