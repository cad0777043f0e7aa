#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_integration
short_description: Onboard an integration on ConnectWise PSA, or take it off, in one task
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Does what M(msp.connectwise.cw_security_role), M(msp.connectwise.cw_api_member) and M(msp.connectwise.cw_api_key)
    do, in this order, in one process and over one session. The roles of this collection use it.
  - Looks first whether role and member can be made as described and whether the key pair can be kept. All that is wrong
    is told together, before anything is written.
  - An API member or a security role that exists already and isn't in its record is taken as it is where nothing has to
    change, and otherwise left alone with an error. The record stands beside the key pair, and names what this module
    created.
  - What somebody stopped on purpose stays stopped, with an error. That is an inactive member, a member with a security
    role that isn't its own, a role of which every wanted level was set to None, or a key that worked and is refused
    now.
  - An active member that is to get another security role keeps the one that it has until the levels of the new one read
    back as wanted.
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
      - V(present) makes sure that the role shows exactly O(permissions), that the member exists as described and has
        the role, and that a working key pair of it is kept.
      - V(rotated) makes a new key where the one that is kept is older than O(max_age), proves it and retires the old
        one. Role and member aren't touched.
      - V(absent) retires the member's keys, makes the member inactive, proves that the pair that was kept is refused,
        and deletes the role unless somebody else has it. What is kept stays.
    type: str
    choices: [present, rotated, absent]
    default: present
  security_role:
    description: Name of the security role, 30 characters at most.
    type: str
  manage_role:
    description: With V(false) the member gets a role that exists, and the role isn't touched.
    type: bool
    default: true
  name:
    description: Name of the member. Without it, a new member is called as O(member).
    type: str
  email:
    description: Address of the member.
    type: str
  notes:
    description: Notes of the member.
    type: str
  structure_level:
    description: Structure level of the member, by name or id; V(highest) is the top of the instance's own structure.
    type: str
  security_location:
    description: Location beside the level, by name or id.
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
      - A file on the controller, encrypted by ansible-vault, that keeps the pair, as in M(msp.connectwise.cw_api_key).
      - It is the short form of O(store). One of them is needed.
    type: path
  vault_id:
    description: The vault id to encrypt with. Without it, Ansible's own choice.
    type: str
  max_age:
    description: Age in days from which on O(state=rotated) replaces a pair. V(0) replaces it now. It is needed there.
    type: float
  keep_old_for:
    description: Days for which the old key goes on working after O(state=rotated) replaced it.
    type: float
    default: 0
  keep_end:
    description: Whether O(keep_old_for) is only for what this run replaces, as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  at_once:
    description: Whether no earlier key may work after O(state=rotated), as in M(msp.connectwise.cw_api_key).
    type: bool
    default: false
  pair_public_key:
    description: Public half of a pair that a person made, to be verified and kept.
    type: str
  pair_private_key:
    description: Private half of that pair.
    type: str
  pair_file:
    description: A file where a person leaves the pair that they made, as in M(msp.connectwise.cw_api_key).
    type: path
  owner_confirmed:
    description:
      - A person confirms that the pair that was supplied or handed in is that of O(member). It is needed once for a
        pair where the instance neither names the member of a key nor lists the keys of a member.
    type: bool
    default: false
  on_unwritable:
    description:
      - What to do where the instance's REST API doesn't let the work be done and a person must do it.
      - V(fail) fails, after all that can be done is done. V(report) succeeds. RV(finished) tells it.
    type: str
    choices: [fail, report]
    default: fail
  product:
    description: What the integration is called in RV(outcome). Without it, O(member).
    type: str
  customize:
    description:
      - What the Customize links of the role's functions open, which REST can neither set nor read.
      - Until somebody says that a list is set (O(confirmed)), RV(outcome) names its function as unconfirmed. A
        confirmed list is noted in the record, so that it is asked for again only when it changes.
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
        description: V(allow) is only these entries, V(disallow) is all but these.
        type: str
        choices: [allow, disallow]
        required: true
      entries:
        description: The entries; those of Table Setup as C(Category / Table).
        type: list
        elements: str
        default: []
      described:
        description: A sentence on entries that nobody names and that belong to the others.
        type: str
  confirmed:
    description: Whether a person has set the lists of O(customize).
    type: bool
    default: false
  adopt:
    description: Take over an API member and a security role that exist already and weren't created by this module.
    type: bool
    default: false
  restore:
    description: Bring back what somebody stopped on the instance, and replace a key that is refused now.
    type: bool
    default: false
  keep_offboarded:
    description:
      - Leave an integration alone that O(state=absent) took off.
      - Otherwise O(state=present) brings it back.
    type: bool
    default: false
seealso:
  - module: msp.connectwise.cw_security_role
  - module: msp.connectwise.cw_api_member
  - module: msp.connectwise.cw_api_key
"""

EXAMPLES = r"""
- name: An integration of your own, with exactly the rights that it needs
  msp.connectwise.cw_integration:
    security_role: Reporting
    permissions:
      - {module: Service Desk, function: Service Tickets, inquire: all}
      - {module: Companies, function: Company Maintenance, inquire: all}
    member: Reporting
    structure_level: highest
    key_description: Reporting API
    credentials_file: credentials/acme/reporting.yml

- name: Take it off again
  msp.connectwise.cw_integration:
    state: absent
    security_role: Reporting
    member: Reporting
    key_description: Reporting API
    credentials_file: credentials/acme/reporting.yml
"""

RETURN = r"""
finished:
  description: Whether nothing is left to a person, and the key was proven to be able to do what it should and no more.
  returned: success
  type: bool
  sample: true
reason:
  description: What is left to a person, or differs. It is empty where RV(finished) is true.
  returned: success
  type: str
  sample: ""
outcome:
  description: The result in short, for a list of many instances.
  returned: always
  type: dict
  contains:
    product:
      description: What O(product) calls the integration.
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
        - V(converged), V(handed over), V(offboarded) or V(failed). V(converged, Table Setup unconfirmed) where nobody
          said that this list of O(customize) is set. In check mode C(would be) stands before what would change, and it
          is C(would be converged or handed over) where only a write tells whether REST does the work here.
      returned: always
      type: str
      sample: converged
    changed:
      description: Whether something was changed, or would be in check mode.
      returned: always
      type: bool
      sample: false
    reason:
      description: Why it isn't complete. Empty where it is.
      returned: always
      type: str
      sample: "API member 'Reporting' on acme is inactive."
    role:
      description: Name of the security role.
      returned: when it wasn't left alone and didn't fail
      type: str
      sample: Reporting
    role_id:
      description: Id of the security role that the member has.
      returned: when it wasn't left alone and didn't fail
      type: int
      sample: 71
    keeps_role:
      description: The security role that the member keeps until the levels of the wanted one are set.
      returned: when O(state=present)
      type: str
      sample: null
    new_functions:
      description: The functions of O(permissions) that weren't there when this module was run last.
      returned: when O(state=present)
      type: list
      elements: str
      sample: []
    levels_set:
      description: How many levels this run set.
      returned: when it wasn't left alone and didn't fail
      type: int
      sample: 0
    levels_pending:
      description: How many levels are left to set by hand.
      returned: when it wasn't left alone and didn't fail
      type: int
      sample: 0
    levels_undecided:
      description: In check mode, how many levels REST sets if this instance lets it, and a person otherwise.
      returned: when it wasn't left alone and didn't fail
      type: int
      sample: 0
    key_undecided:
      description: Whether, in check mode, REST creates the key if this instance lets it, and a person otherwise.
      returned: when it wasn't left alone and didn't fail
      type: bool
      sample: false
    not_offered:
      description:
        - The wanted levels that this instance doesn't seem to offer. They are left, and stop nothing.
        - RV(role) has a C(reason) for each.
      returned: when it wasn't left alone and didn't fail
      type: list
      elements: str
      sample: ["System / API Reports, add: none -> all"]
    names:
      description: Which texts of its rows this instance calls functions by. Empty where it is the ordinary ones.
      returned: when it wasn't left alone and didn't fail
      type: str
      sample: ""
    public_key:
      description: Public half of the stored pair.
      returned: when it wasn't left alone and didn't fail
      type: str
      sample: aB3dE5fG7hI9jK1l
    stored_in:
      description: Where the pair is stored.
      returned: when it wasn't left alone and didn't fail
      type: str
      sample: /srv/credentials/acme/reporting.yml
    proof:
      description: What a login with the pair showed, as C(proof) of M(msp.connectwise.cw_api_key).
      returned: when it wasn't left alone and didn't fail
      type: dict
      contains:
        logs_in:
          description: Whether the pair logs in.
          returned: always
          type: bool
          sample: true
        member:
          description: The API member that it logs in as, null where the instance doesn't tell.
          returned: always
          type: str
          sample: Reporting
        matrix:
          description:
            - V(exact), V(differs), V(unverified), or V(limited) where it is exact but for what this instance doesn't
              offer.
          returned: always
          type: str
          sample: exact
        missing:
          description: What the key can't do and should.
          returned: always
          type: list
          elements: str
          sample: []
        excess:
          description: What the key can do and shouldn't.
          returned: always
          type: list
          elements: str
          sample: []
        not_offered:
          description: What this instance doesn't seem to offer, so it is neither missing nor too much.
          returned: always
          type: list
          elements: str
          sample: []
    worksheet:
      description: The page of manual steps that M(msp.connectwise.cw_onboard) wrote. Empty where there is none.
      returned: by M(msp.connectwise.cw_onboard)
      type: str
      sample: ""
    delivery:
      description: The page that M(msp.connectwise.cw_onboard) wrote for a new pair, with what the product is given.
      returned: by M(msp.connectwise.cw_onboard), for a new pair
      type: str
      sample: /srv/connectwise/handover/acme/rewst/delivery.md
    rotated:
      description: Whether the key was replaced, or would be.
      returned: when O(state=rotated) and it was
      type: bool
      sample: true
    stopped:
      description: The member is inactive, since REST couldn't retire its old keys.
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
      description: Whether the stored pair was seen to be refused.
      returned: when O(state=absent)
      type: bool
      sample: true
    left:
      description: What couldn't be retired and is stopped with the member alone.
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
      description: What was taken over, and the variables to keep in the inventory.
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
      description: The functions whose list of O(customize) nobody said to be set.
      returned: when it wasn't left alone and didn't fail
      type: list
      elements: str
      sample: ["System / Table Setup"]
    member_needs:
      description: What the vendor asks of the API member and it doesn't have, C(email) or C(excluded_boards).
      returned: by M(msp.connectwise.cw_onboard), when it wasn't left alone and didn't fail
      type: list
      elements: str
      sample: [email]
    asked_identifier:
      description: The identifier that the vendor asks for, where it is longer than ConnectWise takes; else empty.
      returned: by M(msp.connectwise.cw_onboard), when it wasn't left alone and didn't fail
      type: str
      sample: ""
    missing_rights:
      description: The rights that the automation's own key lacks.
      returned: when it wasn't left alone and didn't fail
      type: list
      elements: str
      sample: []
    kept_off:
      description: The day on which the integration was taken off. It stays off.
      returned: when O(keep_offboarded) is true and it was taken off
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
  description: The instance, and what the automation's own key lacks, as M(msp.connectwise.cw_instance_info) tells it.
  returned: when the instance was reached
  type: dict
  sample: {company: acme, api: "https://na.myconnectwise.net", member: {id: 9, identifier: me}, missing_rights: []}
role:
  description:
    - What M(msp.connectwise.cw_security_role) returned, C(pending) for what a person has to set.
    - Where O(state=absent), C(kept) says why the role stays, if it does.
  returned: when O(manage_role) is true and it came to that
  type: dict
  sample: {changed: true, created: true, role: {id: 71, name: Reporting}, levels_set: 2, pending: []}
member:
  description: What M(msp.connectwise.cw_api_member) returned.
  returned: when it came to that
  type: dict
  sample: {changed: true, created: true, member: {id: 512, identifier: Reporting, active: true}}
key:
  description:
    - What M(msp.connectwise.cw_api_key) returned, without a private key.
    - Where O(state=absent), C(retired) lists the keys, C(left) says what couldn't be retired and is stopped with the
      member alone, and C(refused) is true once the pair that was kept was seen not to log in.
  returned: when it came to that
  type: dict
  sample: {changed: true, public_key: aB3dE5fG7hI9jK1l, stored_in: /srv/credentials/acme/reporting.yml, pending: []}
error:
  description: What failed, for playbooks that tell failures apart. A sentence for people is in C(msg).
  returned: when an operation failed
  type: dict
  contains:
    kind:
      description: Name of the failure, such as V(Forbidden). The troubleshooting guide of the collection lists them.
      type: str
      sample: Unauthorized
    scope:
      description:
        - V(instance) where every other integration on this instance would meet the same failure, such as a refused
          login.
        - V(object) where it concerns this task alone.
      type: str
      sample: instance
    transient:
      description: Whether running the same again later may help.
      type: bool
      sample: false
    instance:
      description: The instance that a request failed on.
      returned: when a request failed
      type: str
      sample: acme at api-na.myconnectwise.net
    method:
      description: Method of the request.
      returned: when a request failed
      type: str
      sample: GET
    path:
      description: Path of the request.
      returned: when a request failed
      type: str
      sample: /system/mySecurity
    status:
      description: Status of the answer, null where none came.
      returned: when a request failed
      type: int
      sample: 401
    code:
      description: ConnectWise's own code of the failure.
      returned: when a request failed
      type: str
      sample: Unauthorized
    message:
      description: ConnectWise's own message, or what the network said.
      returned: when a request failed
      type: str
      sample: Invalid credentials
    fields:
      description: ConnectWise's complaints about single fields.
      returned: when a request failed
      type: list
      elements: str
      sample: []
requests:
  description: How many requests were made. C(retried) counts the repetitions.
  returned: always
  type: dict
  sample: {read: 5, written: 0, retried: 0}
"""
