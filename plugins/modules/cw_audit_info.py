#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_audit_info
short_description: Hold the API members of ConnectWise PSA against what vendors ask for
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Reads all security roles, all API members, and the levels of each role that an active API member has. Each active
    member is matched to a vendor, and its role is compared with the vendor's matrix, cell by cell.
  - The automation's own member is held against what onboarding, audit, rotation and offboarding need. Legacy integrator
    logins are listed with the APIs that they may use.
  - It only reads. It makes four requests, one more for each role in use, and one for each stored pair that is tried.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  name:
    description: What the instance is called in the result, such as the inventory host. Without it, the company id.
    type: str
  catalogue:
    description:
      - What vendors ask for, as the lookup P(msp.connectwise.vendor_catalogue#lookup) gives it. Each entry has
        C(vendor), C(product), C(maker), C(aliases), C(role_name), C(member_identifier), C(member_name),
        C(permissions), C(date), C(status), C(missing) and C(source); only C(vendor) is needed.
      - By default what that lookup gives for O(vendors) and O(vendor_dir), with the host's own variables such as
        C(rewst_permissions_extra). An empty list is no vendor at all.
      - The rows of C(permissions) are those of M(msp.connectwise.cw_security_role), with C(since) (when the vendor
        added the right) and C(note) if they are known. C(unknown) lists the verbs of a row of which nobody knows the
        level.
      - With C(status) V(partial), only a part of the vendor's list is known. Functions without a row, and verbs that
        are C(unknown), count neither as excess nor as right.
    type: list
    elements: dict
  vendors:
    description: Without O(catalogue), only these vendors, by the names of their roles. All of them if it is empty.
    type: list
    elements: str
    default: []
  vendor_dir:
    description:
      - Without O(catalogue), the folder of vendors' lists of your own. By default the variable C(cw_vendor_dir).
    type: path
  audit_map:
    description:
      - The vendor of a member, by its identifier, where neither the member nor its role is called as in the catalogue.
      - With an empty vendor, a member belongs to none, whatever it and its role are called.
    type: dict
    default: {}
  credentials_dir:
    description:
      - A folder on the controller with credentials files of M(msp.connectwise.cw_api_key). Each pair of this
        instance in it is logged in with, and one that is refused is a finding. Nothing is written.
      - A file that can't be decrypted, or that is of another instance, is left out.
    type: path
notes:
  - Names are compared as functions are, whatever their case, kind of dash and spaces. What O(audit_map) says goes
    before the identifier of the member, and that before the name of its role.
  - A member that belongs to no vendor and whose names look like one's gets a suggestion with the reason. It counts for
    nothing until O(audit_map) confirms it.
  - An answer of 403 or 404 to the own levels or the legacy logins ends nothing. It is in C(not_looked_at).
  - C(power) is the sum over all cells of 4 for delete, 3 for add, 2 for edit and 1 for inquire, times 1 for My and 2
    for All, times 2 in the modules System and Finance. It ranks members and means nothing else.
  - A built-in Admin role counts as able to do everything.
seealso:
  - module: msp.connectwise.cw_audit_report
  - plugin: msp.connectwise.vendor_catalogue
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Audit an instance
  msp.connectwise.cw_audit_info:
    name: "{{ inventory_hostname }}"
    catalogue: "{{ query('msp.connectwise.vendor_catalogue') }}"
    audit_map:
      OldRewst: rewst
  register: audited

- name: Show what was found
  ansible.builtin.debug:
    msg: "{{ audited.audit.findings | map(attribute='message') }}"
"""

RETURN = r"""
audit:
  description: The instance as it stands in C(audit.json) of M(msp.connectwise.cw_audit_report).
  returned: success
  type: dict
  contains:
    name:
      description: O(name), or the company id.
      type: str
      sample: acme
    company:
      description: Company id.
      type: str
      sample: acme
    api:
      description: Address of the REST API.
      type: str
      sample: https://api-na.myconnectwise.net
    error:
      description: Always null here. A report has a sentence where an instance couldn't be read.
      type: str
      sample: null
    own:
      description:
        - The automation's own member, as the instance or C(cw_own_member) names it; null where neither does.
        - C(purposes) say what it lacks, C(enough) what all purposes together need, each at All.
      type: dict
      sample:
        member: automation
        known_by: mySecurity
        role: Automation
        admin: false
        purposes: [{purpose: audit, missing: [], not_offered: []}]
        excess: 0
        enough: [{module: System, function: Security Roles, verbs: [add, edit, delete, inquire]}]
    functions:
      description: All functions of the instance, in the order of ConnectWise's page.
      type: list
      elements: dict
      sample: [{module: Companies, function: Contacts}]
    roles:
      description:
        - All security roles. C(levels) has one word for each of C(functions), with a letter for add, edit, delete and
          inquire. C(A) is all, C(M) is my, C(-) is none, and a dot stands where the function lacks the verb.
        - C(levels) is empty for a role that no active API member has.
      type: list
      elements: dict
      sample: [{id: 71, name: Rewst API, admin: false, active: true, levels: [AA-A], members: [Rewst]}]
    comparisons:
      description:
        - Each role that was held against the matrix of a vendor, once for all members that have this role and vendor.
        - C(cells) are the cells that aren't as the matrix says. Their C(kind) is C(missing), C(excess), or C(absent)
          where the instance doesn't offer what the matrix asks for.
        - C(unknown) are the cells that grant something, and nobody knows whether the vendor asks for it.
      type: list
      elements: dict
      sample:
        - role_id: 71
          vendor: rewst
          cells:
            - module: Finance
              function: Agreements
              verb: delete
              is: all
              should_be: none
              kind: excess
              since:
              note:
          unknown: []
    members:
      description:
        - All API members. Active ones come first, those that can do most before the others. Inactive ones aren't
          compared.
        - C(comparison) is the place in C(comparisons) of what the member differs in, null where there is none. The
          members with the same role are in C(roles).
        - C(own) is true for the automation's own member. C(suggestion) has C(vendor) and C(reason) where a member
          without a vendor looks like one's.
      type: list
      elements: dict
      sample:
        - id: 512
          identifier: Rewst
          name: Rewst
          active: true
          role_id: 71
          role: Rewst API
          admin: false
          vendor: rewst
          matched_by: member
          own: false
          suggestion:
          comparison: 0
          counts: {missing: 0, excess: 1, absent: 0, unknown: 0}
          grants: {add: 12, edit: 15, delete: 6, inquire: 20}
          power: 245
    integrator_logins:
      description: Legacy logins with a password, which no security role limits. C(member) is who they act as.
      type: list
      elements: dict
      sample:
        - username: oldsync
          active: true
          all_apis: false
          all_records: true
          apis: [Company, Service ticket]
          member:
    not_looked_at:
      description: What the instance didn't tell, with the reason. Nothing is concluded from it.
      type: list
      elements: dict
      sample: []
    findings:
      description:
        - What is wrong, the gravest first. C(level) is C(error), C(warning) or C(note).
        - C(repair) is the command that repairs it, or what else to do; empty where nothing of this collection does.
          C(login) is the legacy login that it is about.
      type: list
      elements: dict
      sample:
        - rule: excess
          level: warning
          member: Rewst
          role: Rewst API
          login:
          message: "Rewst has 1 level more than Rewst asks for: Finance / Agreements, delete: all -> none."
          repair: ansible-playbook msp.connectwise.onboard -i inventory.yml -e target=acme -e vendor=rewst
error:
  description: What failed, for playbooks that handle errors. C(msg) has the same for people.
  returned: when an operation failed
  type: dict
  contains:
    kind:
      description: Name of the error, such as V(Forbidden). The collection's troubleshooting guide lists them.
      type: str
      sample: Unauthorized
    scope:
      description:
        - V(instance) if every other integration on this instance would fail the same way, as after a refused login.
        - V(object) if it affects only this task.
      type: str
      sample: instance
    transient:
      description: Whether a later run of the same may succeed.
      type: bool
      sample: false
    instance:
      description: The instance that a request failed on.
      returned: when a request failed
      type: str
      sample: acme at api-na.myconnectwise.net
    method:
      description: HTTP method of the request.
      returned: when a request failed
      type: str
      sample: GET
    path:
      description: Path of the request.
      returned: when a request failed
      type: str
      sample: /system/mySecurity
    status:
      description: HTTP status of the response. Null if there was none.
      returned: when a request failed
      type: int
      sample: 401
    code:
      description: ConnectWise's own error code.
      returned: when a request failed
      type: str
      sample: Unauthorized
    message:
      description: ConnectWise's own error message, or the network error.
      returned: when a request failed
      type: str
      sample: Invalid credentials
    fields:
      description: ConnectWise's errors for single fields.
      returned: when a request failed
      type: list
      elements: str
      sample: []
requests:
  description: How many requests were sent. C(retried) counts the retries.
  returned: always
  type: dict
  sample: {read: 5, written: 0, retried: 0}
"""
