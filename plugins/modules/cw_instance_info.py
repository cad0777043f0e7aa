#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_instance_info
short_description: Read facts about a ConnectWise PSA instance and what the key can do there
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns the instance's version and region, the member behind the key with its effective levels, what these lack for
    onboarding, audits and rotations, and which of the undocumented writes the instance offers.
  - The playbook C(msp.connectwise.check) prints the result.
  - To find out whether levels can be written, it sends an empty change to a role that can't exist, so nothing is ever
    changed. Turn this off with O(probe_undocumented=false).
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  gather:
    description: What to read. V(version) and V(rights) take one request each, V(writes) takes two or three.
    type: list
    elements: str
    choices: [version, rights, writes]
    default: [version, rights, writes]
  new_pair_file:
    description:
      - A file with a key pair to replace the automation's own, as lines with C(public_key) and C(private_key). It may
        be encrypted by ansible-vault.
      - The pair is tried on this instance, and RV(instance.new_pair) says whether the automation could use it. Nothing
        is changed, and the file stays.
    type: path
"""

EXAMPLES = r"""
- name: Check the key and read its permissions
  msp.connectwise.cw_instance_info:
  register: info

- name: Show the result
  ansible.builtin.debug:
    msg: "{{ info.instance.lines }}"
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
      description: Version of the product. With V(version) in O(gather), like C(region), C(cloud) and C(time_zone).
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
      description:
        - The member behind the key. With V(rights) in O(gather). Its values are null if the instance doesn't report
          them.
      type: dict
      sample: {id: 101, identifier: automation}
    permissions:
      description:
        - The effective levels of the key, in the format of the option C(permissions). With V(rights) in O(gather).
      type: list
      elements: dict
      sample: [{module: System, function: Member Maintenance, add: all, edit: all, delete: none, inquire: all}]
    missing_rights:
      description: What onboarding needs and the key's role doesn't grant. With V(rights) in O(gather).
      type: list
      elements: str
      sample: ["System / Member Maintenance, add (is none)"]
    rights:
      description: The same for each kind of run. With V(rights) in O(gather).
      type: dict
      contains:
        onboarding: &purpose
          description: What this kind of run needs, compared with what the key can do.
          type: dict
          contains:
            state:
              description:
                - V(granted) means that nothing is missing.
                - V(missing) means that the key's role lacks a permission.
                - V(limited) means that nothing is missing, but the instance doesn't list everything that is needed.
                - V(unknown) means that the permissions of the key can't be read.
              type: str
              sample: missing
            missing:
              description: The levels to set in the role of the key's member, in System > Security Roles.
              type: list
              elements: dict
              sample: [{module: System, function: Member Maintenance, verb: add, is: none, should_be: all}]
            not_offered:
              description: What is needed but the instance doesn't list.
              type: list
              elements: dict
              sample: []
        audit: *purpose
        rotation: *purpose
    ready:
      description:
        - Whether the key has every permission that onboarding needs. Null if its permissions can't be read. With
          V(rights) in O(gather).
      type: bool
      sample: true
    new_pair:
      description: Whether the automation could use the pair in O(new_pair_file) in place of its own.
      returned: with O(new_pair_file)
      type: dict
      contains:
        logs_in:
          description: Whether the instance accepts it.
          type: bool
          sample: true
        reason:
          description: Why the instance doesn't accept it. Empty if it does.
          type: str
          sample: ""
        public_key:
          description: Its public half. Null if it doesn't log in.
          type: str
          sample: 52qZ4G2oUNc37OIH
        member:
          description: The member behind it. Null if the instance doesn't name it.
          type: dict
          sample: {id: 101, identifier: automation}
        same_member:
          description: Whether that is the member of the current key. Null if the instance doesn't name it.
          type: bool
          sample: true
        rights:
          description: As RV(instance.rights), for this pair. Null if it doesn't log in.
          type: dict
          sample: {}
        ready:
          description:
            - Whether it logs in and has every permission that onboarding needs. Null if its permissions can't be read.
          type: bool
          sample: true
    writes:
      description:
        - Which undocumented writes the instance offers. With V(writes) in O(gather).
        - True after a write that worked, false if the instance answers that there is no such route. Null otherwise, as
          is C(role_levels) in check mode, which sends only read requests.
      type: dict
      contains:
        role_levels:
          description: Whether the levels of a role can be written. Null if unknown.
          type: bool
          sample: false
        api_keys:
          description: Whether keys can be created. Null if unknown.
          type: bool
          sample: false
    lines:
      description: The same as text, one line each.
      type: list
      elements: str
      sample:
        - "acme at api-na.myconnectwise.net: the key logs in as automation; ConnectWise v2025.1.10675"
        - "  onboarding: the key has every permission that it needs"
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
  sample: {read: 3, written: 1, retried: 0}
"""
