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
  - Creates an API member or changes it to match the options, and reads it back.
  - For a new member, options that aren't set are taken from the instance's default member. For an existing member, they
    stay unchanged.
  - Set references to other objects by name (in any case) or by id.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  identifier:
    description: Identifier of the member ("Member ID" in ConnectWise), 15 characters at most.
    type: str
    required: true
  state:
    description:
      - V(present) ensures that the member exists, is active, and matches the options.
      - V(absent) makes it inactive, because the API can't delete a member. Its keys stop working.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the member, 30 characters at most. Defaults to O(identifier) for a new member.
    type: str
  security_role:
    description:
      - The security role. Required for a new member.
      - In check mode the role may be missing, because an earlier task may create it.
    type: str
  structure_level:
    description:
      - The structure level ("Level" in ConnectWise), such as V(Corporate).
      - V(highest) is the level at the top of the instance's own structure.
    type: str
  security_location:
    description: The location next to the structure level ("Name" in ConnectWise).
    type: str
  default_location:
    description: The default location.
    type: str
  default_department:
    description: The default department ("Business Unit" in ConnectWise).
    type: str
  default_territory:
    description: The default territory, which is a location.
    type: str
  time_zone:
    description: The time zone, as named in the instance's setup.
    type: str
  email:
    description: Email address of the member, 250 characters at most.
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
- name: Create an API member with its own security role
  msp.connectwise.cw_api_member:
    identifier: Rewst
    name: Rewst
    security_role: Rewst API
    structure_level: highest
    email: integrations@example.com

- name: Make it inactive
  msp.connectwise.cw_api_member:
    identifier: Rewst
    state: absent
"""

RETURN = r"""
created:
  description: Whether this run created the member.
  returned: success
  type: bool
member:
  description: The member as it is now, or as it would be in check mode.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the member. Null if check mode only plans to create it.
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
      description: Name of its role. The other options are returned under their own names in the same way.
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
