#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_api_member
short_description: Manage an API member of ConnectWise PSA
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Creates an API member or brings it to what is described, and reads it back.
  - For a new member, what isn't given is taken from the instance's own default member. Of a member that exists,
    what isn't given is left alone.
  - Other objects are named by their name (whatever the case) or their id.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  identifier:
    description: Identifier of the member ("Member ID" in the pages), 15 characters at most.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that the member exists, is active, and is as described.
      - V(absent) makes it inactive, since the API can't delete a member. Its keys stop working.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the member, 30 characters at most. A new member without one is named as its identifier.
    type: str
  security_role:
    description:
      - The role. It is needed for a new member.
      - In check mode the role may be absent, since an earlier task may be the one that makes it.
    type: str
  structure_level:
    description:
      - The structure level ("Level" in the pages), such as V(Corporate).
      - V(highest) is the level at the top of the instance's own structure.
    type: str
  security_location:
    description: The location beside the level ("Name" in the pages).
    type: str
  default_location:
    description: The default location.
    type: str
  default_department:
    description: The default department ("Business Unit" in the pages).
    type: str
  default_territory:
    description: The default territory, which is a location.
    type: str
  time_zone:
    description: The time zone, as the instance's own setup names it.
    type: str
  email:
    description: Address of the member, 250 characters at most.
    type: str
  default_board:
    description: The default service board.
    type: str
  excluded_boards:
    description: The service boards that the member has no access to. An empty list excludes none.
    type: list
    elements: str
  notes:
    description: Notes.
    type: str
seealso:
  - module: msp.connectwise.cw_security_role
  - module: msp.connectwise.cw_api_key
"""

EXAMPLES = r"""
- name: An API member with a role of its own
  msp.connectwise.cw_api_member:
    identifier: Rewst
    name: Rewst
    security_role: Rewst API
    structure_level: highest
    email: integrations@example.com

- name: Retire it
  msp.connectwise.cw_api_member:
    identifier: Rewst
    state: absent
"""

RETURN = r"""
created:
  description: Whether the member was made by this run.
  returned: success
  type: bool
member:
  description: The member as it is now, or as it would be in check mode.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the member. It is null where check mode only plans it.
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
      description: Name of its role. The other options are returned by their names in the same way.
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
