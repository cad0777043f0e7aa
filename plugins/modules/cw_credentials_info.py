#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_credentials_info
short_description: Read what a credentials file of this collection holds, and whether a key could be kept there
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Tells whose key pair an ansible-vault encrypted file holds that M(msp.connectwise.cw_api_key) keeps, without its
    private half; and whether a pair could be kept there, so that a run can stop before it changes anything.
  - Always runs on the controller, where the vault passwords are. It makes no request and writes nothing.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
options:
  path:
    description: The file. It may be absent as yet.
    type: path
    required: true
  vault_id:
    description: The vault id to encrypt with. Without it, Ansible's own choice.
    type: str
  member:
    description: Identifier of the API member whose pair must be there, if there is one.
    type: str
seealso:
  - module: msp.connectwise.cw_api_key
"""

EXAMPLES = r"""
- name: Could a key be kept there?
  msp.connectwise.cw_credentials_info:
    path: credentials/acme/rewst.yml
  register: place
  failed_when: not place.ready
"""

RETURN = r"""
exists:
  description: Whether the file is there.
  returned: success
  type: bool
ready:
  description: Whether a pair could be kept there, and what is there can be read.
  returned: success
  type: bool
msg:
  description: Why it isn't ready. It is empty where O(path) is ready.
  returned: success
  type: str
  sample: No vault password is configured
credentials:
  description: What the file holds, without the private key. It is null where there is nothing that can be read.
  returned: success
  type: dict
  sample:
    site: api-na.myconnectwise.net
    company: acme
    member: Rewst
    public_key: aB3dE5fG7hI9jK1l
    fingerprint: 0f1e2d3c4b5a6978
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import credentials_info


def main() -> None:
    module = AnsibleModule(argument_spec=credentials_info.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="The vault passwords are on the controller, so this runs there only, as an action plugin.")


if __name__ == "__main__":
    main()
