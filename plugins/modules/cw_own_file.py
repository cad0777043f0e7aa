#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_own_file
short_description: Write or remove a file on the controller, only if it is one's own
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Writes a file atomically, with mode 0600. It replaces only an earlier one of the same kind, which it knows by its
    content.
  - A file with other content is neither replaced nor removed, and neither is a link nor a folder.
  - Always runs on the controller. It makes no request to ConnectWise.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
options:
  path:
    description: The file.
    type: path
    required: true
  state:
    description: Whether the file is written or removed. V(absent) leaves a file that isn't one's own, without an error.
    type: str
    choices: [present, absent]
    default: present
  content:
    description: The content. A list or a dictionary is written as JSON.
    type: raw
  ours:
    description: A regular expression of Python that the content of one's own file matches from its beginning.
    type: str
    required: true
  what:
    description: What an error calls the file, such as V(the results of a run).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Write the list of hosts, but over no other file
  msp.connectwise.cw_own_file:
    path: handover/failed.hosts
    content: "acme\nglobex\n"
    ours: '(\S+\n)*\Z'
    what: a list of hosts
"""

RETURN = r"""
path:
  description: The file, with the links on the way to its folder resolved.
  returned: success
  type: str
  sample: /home/me/handover/failed.hosts
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msp.connectwise.plugins.module_utils._ops import own_file


def main() -> None:
    module = AnsibleModule(argument_spec=own_file.argument_spec(), supports_check_mode=True)
    module.fail_json(msg="The file is the controller's, so this runs there only, as an action plugin.")


if __name__ == "__main__":
    main()
