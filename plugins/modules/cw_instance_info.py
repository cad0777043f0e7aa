#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_instance_info
short_description: Read what a ConnectWise PSA instance is and what the key may do there
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns the instance's version and region, the member behind the key with its effective levels, and which of the
    undocumented writes the instance offers.
  - Whether it lets levels be written is asked by a change with nothing in it to a role that can't exist, so nothing
    is ever changed. Turn that off with O(probe_undocumented=false).
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  gather:
    description: What to ask for. V(version) and V(rights) are one request each, V(writes) is two or three.
    type: list
    elements: str
    choices: [version, rights, writes]
    default: [version, rights, writes]
"""

EXAMPLES = r"""
- name: Does the key work, and what may it do?
  msp.connectwise.cw_instance_info:
  register: info
"""

RETURN = r"""
instance:
  description: The instance.
  returned: success
  type: dict
  contains:
    company:
      description: The company id.
      type: str
      sample: acme
    api:
      description: Address of the REST API.
      type: str
      sample: https://api-na.myconnectwise.net
    version:
      description: Version of the product. With V(version) in O(gather), as C(region), C(cloud) and C(time_zone).
      type: str
      sample: v2025.1.10675
    region:
      description: Region of the cloud.
      type: str
      sample: NA
    cloud:
      description: Whether the instance is in ConnectWise's cloud.
      type: bool
    time_zone:
      description: Time zone of the server.
      type: str
      sample: Eastern Standard Time
    member:
      description: The member behind the key. With V(rights) in O(gather). Its values are null where the instance
        doesn't tell.
      type: dict
      sample: {id: 101, identifier: automation}
    permissions:
      description:
        - The effective levels of the key, in the shape of the option C(permissions). With V(rights) in O(gather).
      type: list
      elements: dict
      sample: [{module: System, function: Member Maintenance, add: all, edit: all, delete: none, inquire: all}]
    missing_rights:
      description: What onboarding needs and the key's role doesn't grant. With V(rights) in O(gather).
      type: list
      elements: str
      sample: ["System / Member Maintenance, add (is none)"]
    writes:
      description:
        - Which undocumented writes the instance offers, null where that can't be told. With V(writes) in O(gather).
      type: dict
      sample: {role_levels: false, api_keys: false}
requests:
  description: How many requests were made. C(retried) counts the repetitions.
  returned: always
  type: dict
  sample: {read: 3, written: 1, retried: 0}
"""
