#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_run_check
short_description: Check the variables of a playbook of this collection
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Reads the variables that control a playbook, on all hosts of the play, and fails if they make no sense, before
    anything is read or changed. The collection's playbooks begin with it. Run it once for all hosts.
  - For each variable, null and an empty string mean the default.
  - An extra variable that looks like one of this collection's but isn't is refused.
  - Variables that end an integration, or stop a key at once, count only as extra variables (C(-e)). In an inventory or
    a playbook they are ignored.
  - Always runs on the controller, and sends no request to ConnectWise.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
options:
  purpose:
    description:
      - V(any) checks only the extra variables, and that no host has a variable that once decided what happens to an
        integration (C(cw_state), C(onboard_state)). All others do that too.
      - V(onboard) reads C(vendor).
      - V(rotate) reads C(vendor), else C(cw_vendors); C(rotate_max_age), else C(cw_max_key_age), else 90;
        C(rotate_keep_old_for), else C(cw_keep_old_key_for), else 7; and the extra variable C(rotate_now), which is
        short for 0 and 0. If both are 0, the extra variables C(target) and C(vendor) are required. With
        C(rotate_at_most), it reads the ages from the stores, and selects only the oldest keys that are due.
      - V(offboard) requires the extra variables C(target) and C(vendor), and someone at a terminal who answers V(yes)
        or, without a terminal, the extra variable C(offboard_hosts) with exactly the hosts of the play. Check mode
        requires neither an answer nor C(offboard_hosts).
      - V(site) reads C(fleet_vendors), else C(cw_vendors), and the extra variable C(fleet_only).
      - V(adopt) reads C(vendor) and C(adopt_member).
      - V(move) reads C(vendor), else C(cw_vendors), and the extra variable C(move_from), the store to move key pairs
        out of. They go where a run would store them.
      - V(audit) reads only the variables C(audit_*). The role audit begins with it, in any play.
      - V(first_contact) reads the extra variables C(first_contact_writes) and C(first_contact_member), which require
        C(target) and a single host. If C(target) is a single host and neither is set, it asks at the terminal.
    type: str
    choices: [any, onboard, rotate, offboard, site, adopt, move, audit, first_contact]
    default: any
  vendor:
    description: The vendor, for a playbook of a single vendor.
    type: str
notes:
  - The question for V(purpose=offboard) shows the hosts of the play, including those that failed before.
seealso:
  - module: msp.connectwise.cw_onboard
  - module: msp.connectwise.cw_run_report
"""

EXAMPLES = r"""
- name: Check which vendors to onboard
  msp.connectwise.cw_run_check:
    purpose: onboard
  run_once: true
  register: checked
"""

RETURN = r"""
started:
  description: When the run began, in ISO 8601 and UTC.
  returned: success
  type: str
  sample: "2026-11-22T20:15:00Z"
only:
  description: The vendors that the run is limited to (C(fleet_only)). Empty means all.
  returned: success
  type: list
  elements: str
  sample: []
problems:
  description: What is wrong, one sentence for each host, or for each vendor if only that vendor is stopped.
  returned: success
  type: list
  elements: str
  sample: ["globex: cw_client_id is missing or empty"]
new_pair_file:
  description: >-
    The file with a pair to replace the automation's own (C(cw_new_pair_file), only as an extra variable). Empty if
    there is none.
  returned: with O(purpose=any)
  type: str
  sample: ""
consent:
  description: Which objects a first contact may create.
  returned: with O(purpose=first_contact)
  type: dict
  contains:
    writes:
      description: Whether it may create a security role.
      type: bool
      returned: always
      sample: false
    member:
      description: Whether it may create an API member.
      type: bool
      returned: always
      sample: false
left:
  description: >-
    The keys that are due and left for a later run (C(rotate_at_most)), one sentence for each. They aren't among the
    vendors of their hosts.
  returned: success
  type: list
  elements: str
  sample: []
hosts:
  description: What to do on each host of the play. Empty with V(purpose=any).
  returned: success
  type: dict
  contains:
    vendors:
      description: The vendors, in lower case, without duplicates.
      type: list
      elements: str
      returned: always
      sample: [rewst, hudu]
    vendor_dir:
      description: The folder with vendor lists of your own (C(cw_vendor_dir)). Empty if there is none.
      type: str
      returned: always
      sample: ""
    problem:
      description: Why the host can't be used. Empty if it can.
      type: str
      returned: always
      sample: ""
    site:
      description: Host name of the instance.
      type: str
      returned: always
      sample: na.myconnectwise.net
    company:
      description: The company id of the instance.
      type: str
      returned: always
      sample: acme
    max_age:
      description: Maximum age in days; older keys are replaced. Null except with V(purpose=rotate).
      type: float
      returned: always
      sample: 90
    keep_old_for:
      description: Days for which a replaced key keeps working. Null except with V(purpose=rotate).
      type: float
      returned: always
      sample: 7
    keep_end:
      description: Whether RV(hosts.keep_old_for) is a default, which doesn't apply to keys that were replaced earlier.
      type: bool
      returned: always
      sample: true
    at_once:
      description: Whether to stop all earlier keys in this run.
      type: bool
      returned: always
      sample: false
    adopt_member:
      description: The API member to take over. Null except with V(purpose=adopt).
      type: str
      returned: always
      sample: null
    catalogue:
      description: A catalogue of your own (C(audit_catalogue)), or null.
      type: list
      elements: dict
      returned: with V(purpose=audit)
      sample: null
    audit_map:
      description: The vendors of members, by their identifiers.
      type: dict
      returned: with V(purpose=audit)
      sample: {}
    credentials_dir:
      description: The folder of the host's key pairs. Null if they aren't tried.
      type: str
      returned: with V(purpose=audit)
      sample: /srv/connectwise/credentials/acme
    moves:
      description: >-
        The pairs to move, with C(vendor), C(member), and the options C(store) and C(to) of
        M(msp.connectwise.cw_credentials). Empty except with V(purpose=move).
      type: list
      elements: dict
      returned: always
      sample: []
  sample: {acme: {vendors: [rewst], problem: "", site: na.myconnectwise.net, company: acme}}
audit:
  description: How to write the report of an audit, as options of M(msp.connectwise.cw_audit_report).
  returned: with V(purpose=audit)
  type: dict
  sample:
    output_dir: /srv/connectwise/audit
    formats: [json, html]
    generated: "2026-11-22T04:00:00Z"
    since:
    fail_on: [none]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import run_check


def main() -> None:
    module = AnsibleModule(argument_spec=run_check.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="This module runs on the controller only, as an action plugin.")


if __name__ == "__main__":
    main()
