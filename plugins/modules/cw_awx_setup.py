#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_awx_setup
short_description: Set up AWX as this collection's folder awx describes it
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Creates what is missing in AWX or Automation Controller, and changes what differs. This covers an execution
    environment, a project, an inventory, credential types, credentials, notification templates, job templates with
    their surveys, workflows and schedules.
  - Has no options. It reads the variables C(awx_setup_*), which the role C(awx_setup) describes, and the address and
    login of the collection C(awx.awx), which it requires.
  - Looks for each object within the organization, so several organizations of one AWX can use the same names.
  - Continues if AWX refuses a single object. RV(left) then lists what couldn't be done, and who can do it.
  - Always runs on the controller.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
options: {}
seealso:
  - module: msp.connectwise.cw_run_check
"""

EXAMPLES = r"""
- name: Set up AWX
  msp.connectwise.cw_awx_setup:
  vars:
    awx_setup_host: https://awx.example.com
    awx_setup_project_url: https://git.example.com/connectwise-awx.git
    awx_setup_image: registry.example.com/msp-connectwise-ee:1.0.0
  register: setup
"""

RETURN = r"""
changes:
  description: The objects that were created or changed; in check mode, those that would be.
  returned: when AWX could be reached
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the object, such as C(job template).
      type: str
      returned: always
      sample: job template
    name:
      description: Its name.
      type: str
      returned: always
      sample: ConnectWise audit
    state:
      description: V(created) or V(changed).
      type: str
      returned: always
      sample: changed
    fields:
      description: The fields that were changed. Empty if it was created.
      type: list
      elements: str
      returned: always
      sample: [limit, survey]
  sample: [{kind: job template, name: ConnectWise audit, state: changed, fields: [limit]}]
left:
  description: What couldn't be done, one sentence for each cause.
  returned: when AWX could be reached
  type: list
  elements: str
  sample: ["inventory source ConnectWise inventory: it can't be synced: it ended as failed: open the job"]
why:
  description: Why a playbook should fail now. Empty if nothing is left.
  returned: when AWX could be reached
  type: str
  sample: ""
lines:
  description: The report as text.
  returned: when AWX could be reached
  type: list
  elements: str
  sample:
    - "created: job template ConnectWise audit"
    - "31 objects in the organization Default: 1 created, 0 changed, 30 as described"
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import awx_setup


def main() -> None:
    module = AnsibleModule(argument_spec=awx_setup.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="This module runs on the controller only, as an action plugin.")


if __name__ == "__main__":
    main()
