#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_audit_info
short_description: Compare the API members of ConnectWise PSA with what vendors ask for
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Reads all security roles, all API members, and the levels of each role that an active API member has. Each active
    member is matched to a vendor, and its role is compared with the vendor's matrix, cell by cell.
  - The automation's own member is compared with what onboarding, audit, rotation and offboarding need. Legacy
    integrator logins are listed with the APIs that they can use.
  - Only reads. It sends four requests, one more for each role in use, and one for each stored pair that is tried.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
options:
  name:
    description: Name of the instance in the result, such as the inventory host. Defaults to the company id.
    type: str
  catalogue:
    description:
      - What vendors ask for, as the lookup P(msp.connectwise.vendor_catalogue#lookup) returns it. Each entry has
        C(vendor), C(product), C(maker), C(aliases), C(role_name), C(member_identifier), C(member_name), C(permissions),
        C(date), C(status), C(missing) and C(source); only C(vendor) is required.
      - Defaults to what that lookup returns for O(vendors) and O(vendor_dir), with the host's own variables such as
        C(rewst_permissions_extra). An empty list means no vendor at all.
      - The rows of C(permissions) are those of M(msp.connectwise.cw_security_role), with C(since) (when the vendor
        added the permission) and C(note) if known. C(unknown) lists the verbs of a row whose level isn't known.
      - With C(status) V(partial), only part of the vendor's list is known. Functions without a row, and verbs in
        C(unknown), count as neither excess nor correct.
    type: list
    elements: dict
  vendors:
    description: Without O(catalogue), only these vendors, by the names of their Ansible roles. All of them if empty.
    type: list
    elements: str
    default: []
  vendor_dir:
    description:
      - Without O(catalogue), the folder with vendor lists of your own. Defaults to the variable C(cw_vendor_dir).
    type: path
  audit_map:
    description:
      - Maps identifiers of members to vendors, for members whose names and roles match no vendor of the catalogue.
      - A member with an empty vendor belongs to none, whatever the names of the member and its role.
    type: dict
    default: {}
  credentials_dir:
    description:
      - A folder on the controller with credentials files of M(msp.connectwise.cw_api_key). The module logs in with each
        pair of this instance in it; a refused pair is a finding. Nothing is written.
      - Files that can't be decrypted, or that belong to another instance, are skipped.
    type: path
notes:
  - Names are compared like those of functions, ignoring case, kinds of dashes, and spaces. O(audit_map) takes
    precedence over the identifier of the member, which takes precedence over the name of its role.
  - A member that belongs to no vendor but whose names resemble one gets a suggestion with the reason. The suggestion
    has no effect until O(audit_map) confirms it.
  - A response of 403 or 404 for the own levels or the legacy logins doesn't end the audit. C(not_looked_at) lists it.
  - C(power) is the sum over all cells of 4 for delete, 3 for add, 2 for edit and 1 for inquire, times 1 for My and 2
    for All, times 2 in the modules System and Finance. It only serves to rank members.
  - A built-in Admin role counts as granting everything.
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
  description: The instance, as in C(audit.json) of M(msp.connectwise.cw_audit_report).
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
      description: Always null here. In a report, the reason if an instance couldn't be read.
      type: str
      sample: null
    own:
      description:
        - The automation's own member, as the instance or C(cw_own_member) names it. Null if neither does.
        - C(purposes) lists what it lacks, C(enough) what all purposes together need, each at All.
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
          inquire. C(A) is all, C(M) is my, C(-) is none, and a dot means that the function lacks the verb.
        - C(levels) is empty for a role that no active API member has.
      type: list
      elements: dict
      sample: [{id: 71, name: Rewst API, admin: false, active: true, levels: [AA-A], members: [Rewst]}]
    comparisons:
      description:
        - Each role that was compared with a vendor's matrix, once for all members with this role and vendor.
        - C(cells) lists the cells that differ from the matrix. Their C(kind) is C(missing), C(excess), or C(absent) if
          the instance doesn't offer what the matrix asks for.
        - C(unknown) lists the cells that grant something, and it isn't known whether the vendor asks for it.
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
        - All API members. Active ones come first, those that can do most at the top. Inactive ones aren't compared.
        - C(comparison) is the index of the member's comparison in C(comparisons), null if there is none. C(roles) lists
          the members with the same role.
        - C(own) is true for the automation's own member. C(suggestion) has C(vendor) and C(reason) if a member without
          a vendor resembles one.
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
      description:
        - Legacy logins with a password, which no security role limits. C(member) is the member that they act as.
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
      description: What the instance didn't return, with the reason. No conclusion is drawn from it.
      type: list
      elements: dict
      sample: []
    findings:
      description:
        - What is wrong, the most serious first. C(level) is C(error), C(warning) or C(note).
        - C(repair) is the command that repairs it, or what else to do. It is empty if nothing in this collection
          repairs it. C(login) is the legacy login that the finding is about.
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
