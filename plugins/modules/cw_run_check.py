#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_run_options
short_description: Check what a playbook of this collection was asked to do
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Reads the variables that tell a playbook what to do, and fails where they can't be meant, before anything is read or
    changed. The collection's playbooks begin with it.
  - Null and an empty text mean the default for each variable.
  - What ends an integration, or stops a key at once, counts only as an extra variable (C(-e)). What an inventory or a
    playbook says of it is ignored.
  - Always runs on the controller, and makes no request to ConnectWise.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
options:
  purpose:
    description:
      - V(any) makes sure that no host of the play has a variable that once decided what becomes of an integration
        (C(cw_state), C(onboard_state)), and that no internal variable is given as an extra variable. Run it once for
        all hosts.
      - V(onboard) reads C(vendor).
      - V(rotate) reads C(vendor), else C(cw_vendors); C(rotate_max_age), else C(cw_max_key_age), else 90;
        C(rotate_keep_old_for), else C(cw_keep_old_key_for), else 7; and the extra variable C(rotate_now), which is
        short for 0 and 0. Where both are 0, the extra variables C(target) and C(vendor) are needed.
      - V(offboard) does what V(any) does. It needs the extra variables C(target) and C(vendor), and a person at a
        terminal who answers V(yes); without a terminal, the extra variable C(offboard_hosts) with exactly the hosts of
        the play. Check mode needs neither. Run it once for all hosts.
    type: str
    choices: [any, onboard, rotate, offboard]
    default: any
  products:
    description: The vendors that there are, and the names of their products.
    type: dict
    default: {}
notes:
  - The question for V(purpose=offboard) shows the hosts of the play, those that failed before included.
"""

EXAMPLES = r"""
- name: Check which vendors are asked for
  msp.connectwise.cw_run_options:
    purpose: onboard
    products: {rewst: Rewst, hudu: Hudu}
  register: asked
"""

RETURN = r"""
vendors:
  description: The vendors that are asked for, in lower case and each once. Empty with V(purpose=any).
  returned: success
  type: list
  elements: str
  sample: [rewst, hudu]
max_age:
  description: The age in days from which on a key is replaced. Null unless with V(purpose=rotate).
  returned: success
  type: raw
  sample: 90
keep_old_for:
  description: The days for which a replaced key goes on working. Null unless with V(purpose=rotate).
  returned: success
  type: raw
  sample: 7
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import run_options


def main() -> None:
    module = AnsibleModule(argument_spec=run_options.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="A run's variables are known on the controller, so this runs there only, as an action plugin.")


if __name__ == "__main__":
    main()
