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
  - Returns roles with their levels in the very shape that the option C(permissions) of
    M(msp.connectwise.cw_security_role) takes, so that a role can be exported, edited, and applied elsewhere.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  name:
    description: Name or id of one role. Without it all roles are returned.
    type: str
  levels:
    description: Whether to read the levels too, which is one request for each role.
    type: bool
    default: true
  users:
    description: Whether to tell who has each role, API members and people, which is two requests.
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
  description: The roles, none where O(name) doesn't exist.
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
      description: All functions that grant anything. Only where O(levels) is true.
      type: list
      elements: dict
      sample: [{module: Companies, function: Contacts, add: all, edit: all, delete: none, inquire: all}]
    used_by:
      description:
        - Identifiers of the API members and people that have the role, inactive ones too. Only where O(users) is true.
        - It is null where they can't be read.
      type: list
      elements: str
      sample: [Rewst]
error:
  description: What failed, for playbooks that tell failures apart. A sentence for people is in C(msg).
  returned: when an operation failed
  type: dict
  contains:
    kind:
      description: Name of the failure, such as V(Forbidden). The troubleshooting guide of the collection lists them.
      type: str
      sample: Unauthorized
    scope:
      description:
        - V(instance) where every other integration on this instance would meet the same failure, such as a refused
          login.
        - V(object) where it concerns this task alone.
      type: str
      sample: instance
    transient:
      description: Whether running the same again later may help.
      type: bool
      sample: false
    instance:
      description: The instance that a request failed on.
      returned: when a request failed
      type: str
      sample: acme at api-na.myconnectwise.net
    method:
      description: Method of the request.
      returned: when a request failed
      type: str
      sample: GET
    path:
      description: Path of the request.
      returned: when a request failed
      type: str
      sample: /system/mySecurity
    status:
      description: Status of the answer, null where none came.
      returned: when a request failed
      type: int
      sample: 401
    code:
      description: ConnectWise's own code of the failure.
      returned: when a request failed
      type: str
      sample: Unauthorized
    message:
      description: ConnectWise's own message, or what the network said.
      returned: when a request failed
      type: str
      sample: Invalid credentials
    fields:
      description: ConnectWise's complaints about single fields.
      returned: when a request failed
      type: list
      elements: str
      sample: []
requests:
  description: How many requests were made. C(retried) counts the repetitions.
  returned: always
  type: dict
  sample: {read: 2, written: 0, retried: 0}
"""
