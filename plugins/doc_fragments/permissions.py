# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that describe levels."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  permissions:
    description:
      - The functions and their levels. A verb that isn't given is V(none).
      - Functions are matched on module and function, whatever the case, the kind of dash and the spaces around it.
        The functions that exist are the instance's own.
    type: list
    elements: dict
    suboptions:
      module:
        description: The module that the function belongs to, such as V(Service Desk).
        type: str
        required: true
      function:
        description: The function, such as V(Service Tickets).
        type: str
        required: true
      add:
        description: Level for adding.
        type: str
        choices: [none, my, all]
        default: none
      edit:
        description: Level for editing.
        type: str
        choices: [none, my, all]
        default: none
      delete:
        description: Level for deleting.
        type: str
        choices: [none, my, all]
        default: none
      inquire:
        description: Level for reading.
        type: str
        choices: [none, my, all]
        default: none
      optional:
        description: Whether the function may be absent, since an edition of the product lacks it.
        type: bool
        default: false
      id:
        description:
          - Id of the row that is meant, where the instance has several with one name. The error message names the ids.
          - It is that of the row in this role or in another role of the same instance.
        type: int
  unlisted:
    description:
      - What becomes of the functions that O(permissions) doesn't list.
      - V(none) sets them to none, which is what least privilege means. V(keep) leaves them alone.
    type: str
    choices: [none, keep]
    default: none
"""
