# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options for manual steps."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  on_unwritable:
    description:
      - What to do when the API can't make a change and someone has to make it by hand.
      - V(fail) does everything it can, then fails. V(report) succeeds. Both return RV(pending).
    type: str
    choices: [fail, report]
    default: fail
"""

    WAIT = r"""
options:
  wait_timeout:
    description: Seconds to wait for the manual steps, polling every O(wait_interval) seconds. V(0) doesn't wait.
    type: float
    default: 0
  wait_interval:
    description: Seconds between two polls while waiting.
    type: float
    default: 10
"""
