# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options for what REST can't do."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  on_unwritable:
    description:
      - What to do where the instance's REST API doesn't let the work be done and a person must do it.
      - V(fail) fails, after all that can be done is done. V(report) succeeds. Both return RV(pending).
    type: str
    choices: [fail, report]
    default: fail
"""

    WAIT = r"""
options:
  wait_timeout:
    description: Seconds to wait for a person to do it, asking again and again. V(0) doesn't wait.
    type: float
    default: 0
  wait_interval:
    description: Seconds between two questions while waiting.
    type: float
    default: 10
"""
