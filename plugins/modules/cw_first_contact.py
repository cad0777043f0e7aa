#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_first_contact
short_description: Check how an instance of ConnectWise PSA really behaves
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Checks an instance against what the collection assumes about ConnectWise's API, statement by statement, and writes
    C(first-contact.md) and C(first-contact.json) to the host's folder below C(cw_output_dir). They contain no name, id,
    key, host or company of the instance.
  - Stores in C(profile.json) next to them which undocumented routes the instance has. Later runs use it and don't probe
    again until the version of the instance changes.
  - By default it sends only read requests. Every answer goes into the report; only a failed login ends the task.
  - The playbook C(msp.connectwise.first_contact) asks before anything is created.
  - If the variable C(first_contact_page) names the saved page of a role, or C(first_contact_har) the recording of one
    Save, the report includes their structure, without texts.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  writes:
    description:
      - Whether to also create a security role, change one of its levels, and delete it. Its name begins with C(First
        contact).
      - Anything that an interrupted run left is found by that name, and removed first.
      - Ignored in check mode.
    type: bool
    default: false
  member:
    description:
      - Whether to also create an API member with that role. ConnectWise can't delete a member, so it is made inactive
        afterwards, and stays. Requires O(writes).
    type: bool
    default: false
seealso:
  - module: msp.connectwise.cw_instance_info
"""

EXAMPLES = r"""
- name: Check how the instance behaves
  msp.connectwise.cw_first_contact:
  register: contact

- name: Show what differs from what was assumed
  ansible.builtin.debug:
    msg: "{{ contact.statements | selectattr('outcome', 'eq', 'seen otherwise') }}"
"""

RETURN = r"""
statements:
  description: All statements, including those that weren't checked.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the statement.
      type: str
      sample: rows-all
    statement:
      description: What the collection assumes.
      type: str
      sample: The list of a role has a row for each function, None or not.
    grade:
      description: How well it was known before, as V(known), V(reported) or V(guessed).
      type: str
      sample: guessed
    outcome:
      description: One of V(seen), V(seen otherwise) and V(not tried).
      type: str
      sample: seen
    detail:
      description: The evidence. All it contains from the instance are numbers, statuses and versions.
      type: str
      sample: 6 lists of 109 functions; rows that grant nothing are shown
counts:
  description: How many statements had each outcome.
  returned: success
  type: dict
  sample: {seen: 28, seen_otherwise: 3, not_tried: 21}
problems:
  description: Why the given page or recording can't be used, one sentence for each.
  returned: success
  type: list
  elements: str
  sample: []
lines:
  description: The same as text. It names the instance.
  returned: success
  type: list
  elements: str
  sample: ["acme at api-na.myconnectwise.net: 28 statements seen, 3 seen otherwise, 21 not tried"]
paths:
  description: The files that were written, or would be in check mode.
  returned: success
  type: dict
  contains:
    page:
      description: The report as Markdown.
      type: str
      sample: handover/acme/first-contact.md
    document:
      description: The report as JSON.
      type: str
      sample: handover/acme/first-contact.json
    profile:
      description: What later runs use.
      type: str
      sample: handover/acme/profile.json
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
  sample: {read: 45, written: 0, retried: 0}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import first_contact


def main() -> None:
    module = AnsibleModule(argument_spec=first_contact.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="This module runs on the controller only, as an action plugin.")


if __name__ == "__main__":
    main()
