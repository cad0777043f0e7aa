# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and report what would change, without changing anything.
  diff_mode:
    description: Returns what changed (or would change in C(check_mode)), with one line for each change.
  idempotent:
    description: A second run with the same options changes nothing.
"""
    WRITES = r"""
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
"""
    INFO = r"""
attributes:
  check_mode:
    support: full
    details: This module changes nothing.
  diff_mode:
    support: N/A
    details: This module changes nothing.
  idempotent:
    support: full
"""
    ACTIONGROUP = r"""
attributes:
  action_group:
    description: Use C(group/msp.connectwise.manage) in C(module_defaults) to give all modules their connection.
    support: full
    membership:
      - msp.connectwise.manage
"""
