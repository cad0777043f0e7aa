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
  - Returns API members with the names that the options of M(msp.connectwise.cw_api_member) take.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  identifier:
    description: Identifier or id of one member. Without it all are returned.
    type: str
seealso:
  - module: msp.connectwise.cw_api_member
"""

EXAMPLES = r"""
- name: Which API members are there?
  msp.connectwise.cw_api_member_info:
  register: member_info
"""

RETURN = r"""
members:
  description: The members, none where O(identifier) doesn't exist.
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
  sample: {read: 1, written: 0, retried: 0}
"""
