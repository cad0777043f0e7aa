#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_run_report
short_description: Combine the results of a run over many hosts
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Writes one report of what M(msp.connectwise.cw_onboard), or M(msp.connectwise.cw_first_contact), returned on each
    host, registered as C(onboard__done). The collection's playbooks end with it. Run it once for all hosts.
  - With V(purpose=site), it writes the results, the lists of hosts to run again, and the page of all worksheets to
    C(fleet_output_dir). Files there that it didn't write are left alone.
  - The report ends with the values to enter in the product of each new pair. If that is too long, and always with
    V(purpose=site), it names the list of all of them, C(delivery.md) in C(fleet_output_dir).
  - With V(purpose=audit), it writes the report of what M(msp.connectwise.cw_audit_info) returned on each host,
    registered as C(audit_result). In a play with C(serial), it does so once, after the last batch.
  - Passes the results to the next job of an AWX workflow, as C(ansible.builtin.set_stats) does.
  - Always runs on the controller, and sends no request to ConnectWise.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
options:
  purpose:
    description: What the run was for, as in M(msp.connectwise.cw_run_check).
    type: str
    choices: [onboard, rotate, offboard, site, adopt, audit, first_contact]
    default: onboard
  checked:
    description: What M(msp.connectwise.cw_run_check) returned.
    type: dict
    required: true
seealso:
  - module: msp.connectwise.cw_onboard
"""

EXAMPLES = r"""
- name: Combine the results
  msp.connectwise.cw_run_report:
    checked: "{{ checked }}"
  run_once: true
  register: report

- name: Show the report
  ansible.builtin.debug:
    msg: "{{ report.lines }}"
  run_once: true
"""

RETURN = r"""
lines:
  description: The report as text.
  returned: success
  type: list
  elements: str
  sample: ["acme: Rewst: converged", "  member Rewst, key aB3dE5fG7hI9jK1l, stored in credentials/acme/rewst.yml"]
open:
  description: The hosts that aren't complete, or whose pairs still have to be copied (C(onboard_copy_tasks)).
  returned: success
  type: list
  elements: str
  sample: []
incomplete:
  description: The hosts that aren't complete.
  returned: success
  type: list
  elements: str
  sample: []
why:
  description: Why C(audit_fail_on) fails the run. Empty if it doesn't.
  returned: with V(purpose=audit)
  type: str
  sample: ""
paths:
  description: The files of the audit, by format. Empty until the last batch of hosts.
  returned: with V(purpose=audit)
  type: dict
  sample: {json: /srv/connectwise/audit/audit.json}
partial:
  description:
    - Whether they are in the folder C(partial), because the run left out hosts that the existing report covers.
  returned: with V(purpose=audit)
  type: bool
  sample: false
bounds:
  description: What each file holds that doesn't hold everything, by format.
  returned: with V(purpose=audit)
  type: dict
  sample: {}
summary:
  description: Figures of all instances, as M(msp.connectwise.cw_audit_report) returns them.
  returned: with V(purpose=audit)
  type: dict
  sample: {instances: 2, unreadable: 0, members: 9, matched: 7, admins: 1, missing: 0, excess: 3, absent: 0}
failures:
  description: The findings that fail the run.
  returned: with V(purpose=audit)
  type: list
  elements: dict
  sample: []
changes:
  description:
    - What changed, as the filter P(msp.connectwise.audit_changes#filter) returns it. Null without C(audit_since).
  returned: with V(purpose=audit)
  type: dict
  sample: null
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import run_report


def main() -> None:
    module = AnsibleModule(argument_spec=run_report.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="This module runs on the controller only, as an action plugin.")


if __name__ == "__main__":
    main()
