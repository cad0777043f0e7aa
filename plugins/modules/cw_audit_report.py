#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_audit_report
short_description: Write the report of an audit of ConnectWise PSA instances
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Combines the audits of many instances in one document, and writes it in several formats.
  - C(audit.json) is the document itself, C(audit.md) is for tickets and wikis, C(audit.html) is one page for people,
    C(audit.sarif) is SARIF 2.1.0, and C(audit.xml) is JUnit with a test case for each active member.
  - Files for readers with size limits stay within them, with the most serious findings first, and RV(bounds) says what
    they hold. C(audit.md) has at most 60,000 characters, C(audit.sarif) 5,000 results and 10 MB compressed,
    C(audit.xml) 20,000 cases.
  - Always runs on the controller and sends no request. Files are written atomically, with mode 0600.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
options:
  audits:
    description:
      - The instances, each as M(msp.connectwise.cw_audit_info) returns it in C(audit).
      - An instance that couldn't be read has C(name) and C(error), and C(company) and C(api) if known.
    type: list
    elements: dict
    required: true
  output_dir:
    description: The folder for the files. Created if it doesn't exist.
    type: path
    required: true
  generated:
    description: When the audit ran, in ISO 8601.
    type: str
    required: true
  catalogue:
    description: The catalogue that the audits used; the report names its vendors and their dates.
    type: list
    elements: dict
    default: []
  left_out:
    description:
      - Hosts of the inventory that weren't part of the run. The document names them, so that a comparison doesn't
        report them as gone.
      - If the C(audit.json) in O(output_dir) covers one of them, the files go into the folder C(partial) there, and
        those of the whole fleet stay.
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - The rules whose findings are returned as RV(failures), and are failures in C(audit.xml). The module itself
        doesn't fail.
      - V(error) means all findings of that level.
      - With any value but V(none), an instance that couldn't be read counts as one too.
    type: list
    elements: str
    choices: [error, excess, missing, admin, none]
    default: [none]
  since:
    description: An earlier C(audit.json), for RV(changes). It may be the file that is overwritten.
    type: path
  formats:
    description: The files to write.
    type: list
    elements: str
    choices: [json, md, html, sarif, xml]
    default: [json, md, html, sarif, xml]
seealso:
  - module: msp.connectwise.cw_audit_info
"""

EXAMPLES = r"""
- name: Write the report of all instances
  msp.connectwise.cw_audit_report:
    audits: "{{ ansible_play_hosts | map('extract', hostvars, ['audited', 'audit']) }}"
    catalogue: "{{ query('msp.connectwise.vendor_catalogue') }}"
    output_dir: audit
    generated: "{{ now(utc=true).strftime('%Y-%m-%dT%H:%M:%SZ') }}"
    fail_on: [excess, admin]
  run_once: true
  register: report
"""

RETURN = r"""
paths:
  description: The files, by format.
  returned: success
  type: dict
  sample: {json: /home/me/audit/audit.json}
summary:
  description: Figures of all instances. Only active members count.
  returned: success
  type: dict
  sample: {instances: 2, unreadable: 0, members: 9, matched: 7, admins: 1, missing: 0, excess: 3, absent: 0,
    unknown: 0, integrator_logins: 0}
partial:
  description: Whether the files went into the folder C(partial) (O(left_out)).
  returned: success
  type: bool
  sample: false
bounds:
  description: What each file holds that doesn't hold everything, by format.
  returned: success
  type: dict
  sample: {}
failures:
  description: The findings that O(fail_on) names.
  returned: success
  type: list
  elements: dict
  sample:
    - instance: acme
      rule: admin
      level: error
      member: OldTool
      role: Admin
      login:
      message: "OldTool has the built-in Admin role Admin: it can do everything."
      repair: ""
changes:
  description:
    - What changed since O(since), as the filter P(msp.connectwise.audit_changes#filter) returns it. Null without
      O(since).
  returned: success
  type: dict
  sample: {since: "2026-11-16T04:00:00Z", until: "2026-11-20T04:00:00Z", changed: false, not_in_before: [],
    not_in_after: [], instances: [], lines: []}
"""
