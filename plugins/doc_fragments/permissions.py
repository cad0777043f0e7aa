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
      - The functions and their levels. A verb that isn't set is V(none).
      - Functions are matched by module and function, ignoring case, kinds of dashes, and the spaces around dashes. The
        instance determines which functions exist.
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
        description: Whether the function may be missing, as in some editions of the product.
        type: bool
        default: false
      id:
        description:
          - Id of the row to use if the instance has several rows of the same name. The error message lists the ids.
          - It can come from this role or from another role of the same instance.
        type: int
  unlisted:
    description:
      - What happens to functions that O(permissions) doesn't list.
      - V(none) sets them to None, as least privilege requires. V(keep) leaves them unchanged.
    type: str
    choices: [none, keep]
    default: none
"""
