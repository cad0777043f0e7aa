#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_api_member_info
short_description: Read API members of ConnectWise PSA
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns API members, with names as the options of M(msp.connectwise.cw_api_member) take them.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  identifier:
    description: Identifier or id of one member. Without it, all members are returned.
    type: str
seealso:
  - module: msp.connectwise.cw_api_member
"""

EXAMPLES = r"""
- name: Read all API members
  msp.connectwise.cw_api_member_info:
  register: member_info
"""

RETURN = r"""
members:
  description: The members. Empty if O(identifier) doesn't exist.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the member.
      type: int
      sample: 512
    identifier:
      description: Its identifier.
      type: str
      sample: Rewst
    active:
      description: Whether it is active.
      type: bool
    security_role_id:
      description: Id of its role.
      type: int
      sample: 71
    security_role:
      description: Name of its role. The other options of M(msp.connectwise.cw_api_member) are returned in the same way.
      type: str
      sample: Rewst API
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
  sample: {read: 1, written: 0, retried: 0}
"""
