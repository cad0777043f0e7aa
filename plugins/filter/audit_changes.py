# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter audit_changes; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.audit_changes import changes
from ..module_utils._domain.audit_document import DocumentError
from ..module_utils._domain.shown import shown

DOCUMENTATION = r"""
name: audit_changes
short_description: Compare two audits
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Compares two C(audit.json) documents of M(msp.connectwise.cw_audit_report).
  - If one of them couldn't read an instance, only its findings are compared.
positional: before
options:
  _input:
    description: The later document.
    type: dict
    required: true
  before:
    description: The earlier document.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what changed since Monday
  ansible.builtin.debug:
    msg: >-
      {{ (lookup('ansible.builtin.file', 'friday/audit.json') | from_json
          | msp.connectwise.audit_changes(lookup('ansible.builtin.file', 'monday/audit.json') | from_json)).lines }}
"""

RETURN = r"""
_value:
  description: What changed.
  type: dict
  contains:
    since:
      description: When the earlier document was generated.
      type: str
      sample: "2026-11-16T04:00:00Z"
    until:
      description: When the later document was generated.
      type: str
      sample: "2026-11-20T04:00:00Z"
    changed:
      description: Whether anything changed.
      type: bool
    not_in_before:
      description: Hosts that the earlier run left out (C(--limit), C(target)). That isn't a change.
      type: list
      elements: str
      sample: []
    not_in_after:
      description: Hosts that the later run left out.
      type: list
      elements: str
      sample: [globex]
    lines:
      description: Each change as a line of text.
      type: list
      elements: str
      sample: ["acme: Rewst: Finance / Agreements, delete: none -> all"]
    instances:
      description:
        - The instances with changes. C(state) is C(kept), C(new) or C(gone).
        - Members are matched by identifier, findings by rule and member or role.
      type: list
      elements: dict
      sample:
        - name: acme
          state: kept
          members_new: [Rewst]
          members_gone: []
          members_activated: []
          members_deactivated: []
          roles_changed: [{member: OldTool, was: Admin, is: Old Tool API}]
          cells_changed:
            - members: [Rewst]
              cells: [{module: Finance, function: Agreements, verb: delete, was: none, is: all}]
          findings_new: []
          findings_solved: []
"""


def audit_changes(after: t.Any, before: t.Any) -> dict[str, t.Any]:
    try:
        return changes(before, after)
    except DocumentError as exc:
        raise AnsibleFilterError(shown(f"The audits can't be compared: {exc}")) from None


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"audit_changes": audit_changes}
