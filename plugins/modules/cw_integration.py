#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_integration
short_description: Onboard, rotate or offboard an integration on ConnectWise PSA in one task
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Combines M(msp.connectwise.cw_security_role), M(msp.connectwise.cw_api_member) and M(msp.connectwise.cw_api_key), in
    this order, in one process and one session. The roles of this collection use it.
  - First checks whether the role and the member can be created as described and whether the key pair can be stored. All
    problems are reported together, before anything is written.
  - An existing API member or security role that isn't in the integration's record is used as it is if nothing has to
    change. Otherwise it is left alone, and the task fails. The record is stored next to the key pair and lists what
    this module created.
  - What somebody stopped on purpose stays stopped, and the task fails. This covers an inactive member, a member with a
    security role that isn't its own, a role with every wanted level set to None, and a key that used to work and is now
    refused.
  - An active member that gets another security role keeps its current one until the levels of the new one read back as
    wanted.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
  - msp.connectwise.permissions
  - msp.connectwise.credentials_store
  - msp.connectwise.handover.wait
options:
  member:
    description: Identifier of the API member, 15 characters at most.
    type: str
    required: true
  state:
    description:
      - V(present) ensures that the role has exactly O(permissions), that the member exists as described and has the
        role, and that a working key pair of the member is stored.
      - V(rotated) creates a new key if the stored one is older than O(max_age), verifies it and retires the old one.
        Role and member aren't changed.
      - V(absent) retires the member's keys, makes the member inactive, verifies that the stored pair is refused, and
        deletes the role unless somebody else has it. The stored pair stays.
    type: str
    choices: [present, rotated, absent]
    default: present
  security_role:
    description: Name of the security role, 30 characters at most.
    type: str
  manage_role:
    description:
      - Whether to create the role and set its levels. With V(false), the member gets an existing role, which isn't
        changed.
    type: bool
    default: true
  name:
    description: Name of the member. Defaults to O(member) for a new member.
    type: str
  email:
    description: Email address of the member.
    type: str
  notes:
    description: Notes of the member.
    type: str
  structure_level:
    description: Structure level of the member, by name or id; V(highest) is the top of the instance's own structure.
    type: str
  security_location:
    description: Location next to the structure level, by name or id.
    type: str
  default_location:
    description: Default location, by name or id.
    type: str
  default_department:
    description: Default department, by name or id.
    type: str
  default_territory:
    description: Default territory, by name or id.
    type: str
  excluded_boards:
    description: The service boards that the member has no access to. An empty list excludes none.
    type: list
    elements: str
  time_zone:
    description: Time zone, by name or id.
    type: str
  default_board:
    description: Default service board, by name or id.
    type: str
  key_description:
    description: Description of the API key.
    type: str
    required: true
  credentials_file:
    description:
      - A file on the controller, encrypted by ansible-vault, that stores the pair, as in M(msp.connectwise.cw_api_key).
      - Short form of O(store). One of the two is required.
    type: path
  vault_id:
    description: The vault id to encrypt with. By default, Ansible chooses it.
    type: str
  max_age:
    description:
      - Maximum age in days; O(state=rotated) replaces older pairs. V(0) replaces the pair now. Required when
        O(state=rotated), unless O(at_once) is true.
    type: float
  keep_old_for:
    description: Days for which the old key keeps working after O(state=rotated) replaced it.
    type: float
    default: 0
  keep_end:
    description:
      - Whether O(keep_old_for) applies only to keys that this run replaces, as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  at_once:
    description:
      - Whether O(state=rotated) stops all earlier keys of the member in this run, as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  pair_public_key:
    description: Public half of a pair created by hand, to verify and store.
    type: str
  pair_private_key:
    description: Private half of that pair.
    type: str
  pair_file:
    description: A file to hand in a pair created by hand, as in M(msp.connectwise.cw_api_key).
    type: path
  owner_confirmed:
    description:
      - Confirms that the pair that was supplied or handed in belongs to O(member). Required once for a pair if the
        instance neither names the member of a key nor lists the keys of a member.
    type: bool
    default: false
  on_unwritable:
    description:
      - What to do when the API can't make a change and someone has to make it by hand.
      - V(fail) does everything it can, then fails. V(report) succeeds; check RV(finished).
    type: str
    choices: [fail, report]
    default: fail
  product:
    description: Name of the integration in RV(outcome). Defaults to O(member).
    type: str
  customize:
    description:
      - The lists behind the Customize links of the role's functions, which REST can neither set nor read.
      - Until a list is confirmed as set (O(confirmed)), RV(outcome) lists its function as unconfirmed. The record notes
        a confirmed list, so it needs another confirmation only when it changes.
    type: list
    elements: dict
    suboptions:
      module:
        description: Module of the function.
        type: str
        required: true
      function:
        description: The function, such as Table Setup.
        type: str
        required: true
      mode:
        description: V(allow) allows only these entries, V(disallow) allows all others.
        type: str
        choices: [allow, disallow]
        required: true
      entries:
        description: The entries. Write those of Table Setup as C(Category / Table).
        type: list
        elements: str
        default: []
      described:
        description: A sentence about further entries that can't be listed by name.
        type: str
  confirmed:
    description: Whether the lists of O(customize) have been set by hand.
    type: bool
    default: false
  adopt:
    description: Whether to take over an existing API member and security role that this module didn't create.
    type: bool
    default: false
  restore:
    description: Whether to bring back what somebody stopped on the instance, and to replace a key that is now refused.
    type: bool
    default: false
  keep_offboarded:
    description:
      - Whether to leave an integration alone that was offboarded with O(state=absent).
      - Otherwise O(state=present) brings it back.
    type: bool
    default: false
seealso:
  - module: msp.connectwise.cw_security_role
  - module: msp.connectwise.cw_api_member
  - module: msp.connectwise.cw_api_key
"""

EXAMPLES = r"""
- name: Onboard an integration of your own with exactly the permissions that it needs
  msp.connectwise.cw_integration:
    security_role: Reporting
    permissions:
      - {module: Service Desk, function: Service Tickets, inquire: all}
      - {module: Companies, function: Company Maintenance, inquire: all}
    member: Reporting
    structure_level: highest
    key_description: Reporting API
    credentials_file: credentials/acme/reporting.yml

- name: Offboard it
  msp.connectwise.cw_integration:
    state: absent
    security_role: Reporting
    member: Reporting
    key_description: Reporting API
    credentials_file: credentials/acme/reporting.yml
"""

RETURN = r"""
finished:
  description: Whether there are no manual steps left, and the key was verified to have exactly the wanted permissions.
  returned: success
  type: bool
  sample: true
reason:
  description: The manual steps or differences that are left. Empty if RV(finished) is true.
  returned: success
  type: str
  sample: ""
outcome:
  description: A short result, for a list of many instances.
  returned: always
  type: dict
  contains:
    product:
      description: Name of the integration, from O(product).
      returned: always
      type: str
      sample: Reporting
    member:
      description: Identifier of the API member.
      returned: always
      type: str
      sample: Reporting
    state:
      description:
        - V(converged), V(handed over), V(offboarded) or V(failed). V(converged, Table Setup unconfirmed) if this list
          of O(customize) isn't confirmed. In check mode, C(would be) precedes a state that would change; C(would be
          converged or handed over) means that only a write can tell whether REST does the work on this instance.
      returned: always
      type: str
      sample: converged
    changed:
      description: Whether something was changed, or would be in check mode.
      returned: always
      type: bool
      sample: false
    reason:
      description: Why it isn't complete. Empty if it is.
      returned: always
      type: str
      sample: "API member 'Reporting' on acme is inactive."
    role:
      description: Name of the security role.
      returned: unless it was left alone or failed
      type: str
      sample: Reporting
    role_id:
      description: Id of the security role that the member has.
      returned: unless it was left alone or failed
      type: int
      sample: 71
    keeps_role:
      description: The security role that the member keeps until the levels of the wanted one are set.
      returned: when O(state=present)
      type: str
      sample: null
    new_functions:
      description: Functions in O(permissions) that are new since the last run of this module.
      returned: when O(state=present)
      type: list
      elements: str
      sample: []
    levels_set:
      description: How many levels this run set.
      returned: unless it was left alone or failed
      type: int
      sample: 0
    levels_pending:
      description: How many levels are left to set by hand.
      returned: unless it was left alone or failed
      type: int
      sample: 0
    levels_undecided:
      description:
        - In check mode, how many levels REST sets if this instance allows it, and someone sets by hand otherwise.
      returned: unless it was left alone or failed
      type: int
      sample: 0
    key_undecided:
      description:
        - In check mode, whether only a write can tell if REST creates the key or someone has to create it by hand.
      returned: unless it was left alone or failed
      type: bool
      sample: false
    not_offered:
      description:
        - The wanted levels that this instance doesn't seem to offer. They are skipped and block nothing.
        - RV(role) has a C(reason) for each.
      returned: unless it was left alone or failed
      type: list
      elements: str
      sample: ["System / API Reports, add: none -> all"]
    names:
      description:
        - Which fields of its rows this instance uses for the names of functions. Empty if they are the usual ones.
      returned: unless it was left alone or failed
      type: str
      sample: ""
    public_key:
      description: Public half of the stored pair.
      returned: unless it was left alone or failed
      type: str
      sample: aB3dE5fG7hI9jK1l
    stored_in:
      description: Where the pair is stored.
      returned: unless it was left alone or failed
      type: str
      sample: /srv/credentials/acme/reporting.yml
    proof:
      description: What a login with the pair showed, as C(proof) of M(msp.connectwise.cw_api_key).
      returned: unless it was left alone or failed
      type: dict
      contains:
        logs_in:
          description: Whether the pair logs in.
          returned: always
          type: bool
          sample: true
        member:
          description: The API member that it logs in as. Null if the instance doesn't name it.
          returned: always
          type: str
          sample: Reporting
        matrix:
          description:
            - V(exact), V(differs), V(unverified), or V(limited) if it is exact except for what this instance doesn't
              offer.
          returned: always
          type: str
          sample: exact
        missing:
          description: What the key should be able to do but can't.
          returned: always
          type: list
          elements: str
          sample: []
        excess:
          description: What the key can do but shouldn't.
          returned: always
          type: list
          elements: str
          sample: []
        not_offered:
          description: What this instance doesn't seem to offer. It counts as neither missing nor excess.
          returned: always
          type: list
          elements: str
          sample: []
    worksheet:
      description: The page of manual steps that M(msp.connectwise.cw_onboard) wrote. Empty if there is none.
      returned: by M(msp.connectwise.cw_onboard)
      type: str
      sample: ""
    delivery:
      description:
        - The page that M(msp.connectwise.cw_onboard) wrote for a new pair, with the values to enter in the product.
      returned: by M(msp.connectwise.cw_onboard), for a new pair
      type: str
      sample: /srv/connectwise/handover/acme/rewst/delivery.md
    rotated:
      description: Whether the key was replaced, or would be.
      returned: when O(state=rotated) and it was
      type: bool
      sample: true
    stopped:
      description: Whether the member is inactive because REST couldn't retire its old keys.
      returned: when O(at_once) and it is
      type: bool
      sample: true
    previous_public_key:
      description: Public half of the pair that was replaced and still works.
      returned: when O(state=rotated) and there is one
      type: str
      sample: zY9xW8vU7tS6rQ5p
    age_days:
      description: Age of the stored pair in days.
      returned: when it is known
      type: int
      sample: 12
    retire_after:
      description: Until when the replaced key keeps working.
      returned: when O(keep_old_for) isn't 0
      type: str
      sample: "2026-11-24T06:01:16Z"
    retired:
      description: The keys that were retired.
      returned: when there are any
      type: list
      elements: dict
      sample: [{id: 2001, public_key: zY9xW8vU7tS6rQ5p}]
    refused:
      description: Whether a login with the stored pair was seen to be refused.
      returned: when O(state=absent)
      type: bool
      sample: true
    left:
      description: Keys that couldn't be retired and are stopped only because the member is inactive.
      returned: when O(state=absent)
      type: list
      elements: str
      sample: []
    archived_in:
      description: Where the stored pair was moved to.
      returned: by M(msp.connectwise.cw_onboard), when O(state=absent)
      type: str
      sample: /srv/credentials/acme/archive/reporting-20261122T060116Z.yml
    adopted:
      description: What was taken over, and the variables to add to the inventory.
      returned: by M(msp.connectwise.cw_onboard), with O(msp.connectwise.cw_onboard#module:adopt_member)
      type: list
      elements: str
      sample: ["Reporting of acme keeps its name, and keeps security role Reporting."]
    unverified:
      description: What REST can't verify.
      returned: when it didn't fail
      type: list
      elements: str
      sample: []
    unconfirmed:
      description: The functions whose list of O(customize) isn't confirmed.
      returned: unless it was left alone or failed
      type: list
      elements: str
      sample: ["System / Table Setup"]
    member_needs:
      description: What the vendor requires and the API member doesn't have, C(email) or C(excluded_boards).
      returned: by M(msp.connectwise.cw_onboard), unless it was left alone or failed
      type: list
      elements: str
      sample: [email]
    asked_identifier:
      description: The identifier that the vendor asks for, if it is longer than ConnectWise allows. Empty otherwise.
      returned: by M(msp.connectwise.cw_onboard), unless it was left alone or failed
      type: str
      sample: ""
    missing_rights:
      description: The permissions that the automation's own key lacks.
      returned: unless it was left alone or failed
      type: list
      elements: str
      sample: []
    kept_off:
      description: The date on which the integration was offboarded. It stays offboarded.
      returned: when O(keep_offboarded) is true and it was offboarded
      type: str
      sample: "2026-11-22"
    role_kept:
      description: Why the security role wasn't deleted.
      returned: when O(state=absent)
      type: str
      sample: null
    member_kept:
      description: Why the API member stays active.
      returned: when O(state=absent) and another stored pair uses the member
      type: str
      sample: it is used by the pair stored in /srv/credentials/acme/other.yml
instance:
  description: The instance, and what the automation's own key lacks, as M(msp.connectwise.cw_instance_info) returns it.
  returned: when the instance was reached
  type: dict
  sample: {company: acme, api: "https://na.myconnectwise.net", member: {id: 9, identifier: me}, missing_rights: []}
role:
  description:
    - What M(msp.connectwise.cw_security_role) returned; C(pending) lists the levels to set by hand.
    - With O(state=absent), C(kept) says why the role stays, if it does.
  returned: when O(manage_role) is true and the run got that far
  type: dict
  sample: {changed: true, created: true, role: {id: 71, name: Reporting}, levels_set: 2, pending: []}
member:
  description: What M(msp.connectwise.cw_api_member) returned.
  returned: when the run got that far
  type: dict
  sample: {changed: true, created: true, member: {id: 512, identifier: Reporting, active: true}}
key:
  description:
    - What M(msp.connectwise.cw_api_key) returned, without a private key.
    - With O(state=absent), C(retired) lists the retired keys, C(left) those that couldn't be retired and are stopped
      only because the member is inactive, and C(refused) is true once a login with the stored pair was refused.
  returned: when the run got that far
  type: dict
  sample: {changed: true, public_key: aB3dE5fG7hI9jK1l, stored_in: /srv/credentials/acme/reporting.yml, pending: []}
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
