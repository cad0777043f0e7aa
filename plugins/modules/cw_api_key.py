#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_api_key
short_description: Make, keep, prove and rotate an API key of a member of ConnectWise PSA
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Makes sure that an API member has a key pair that works, and that it is kept.
  - No published version of the API can make a key. Where an instance offers it all the same, the key is made over
    REST. Where it doesn't, a pair that a person made is verified by logging in with it, and kept.
  - With O(credentials_file) or O(store) the place is proven before a key is made, and the private key never passes
    through a result. If the pair can't be kept, the key is retired again.
  - Where the member has an active key with this O(description) that the place doesn't know, no other is made unless
    O(force) says so.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.attributes.actiongroup
  - msp.connectwise.connection
  - msp.connectwise.credentials_store
  - msp.connectwise.handover
  - msp.connectwise.handover.wait
  - msp.connectwise.permissions
options:
  member:
    description: Identifier of the API member.
    type: str
    required: true
  description:
    description: Description of the key. It is needed to make one.
    type: str
  state:
    description:
      - V(present) makes sure that a working pair is kept. It also finishes a rotation that was begun, as soon as the
        old pair is due.
      - V(rotated) makes another key where the pair that is kept is too old, see O(max_age). The new pair is kept beside
        the old one and proven by logging in; then the old key is retired, see O(keep_old_for), which is proven by the
        member's list of keys and by a login that is refused; then the old pair is forgotten. Where the new pair doesn't
        log in, the old one is kept again. A run that ends anywhere is finished by the next one. As long as an old pair
        is still there, that rotation is finished and no other begun, unless O(at_once) says so.
      - Where the instance makes no keys, RV(pending) has the steps of a person, to make the new key and later to delete
        the old one. The run verifies both.
      - V(absent) retires keys, chosen by O(key_id), O(pair_public_key), the pairs in O(credentials_file) or O(store),
        or O(description). What is kept stays; M(msp.connectwise.cw_credentials) removes it.
    type: str
    choices: [present, rotated, absent]
    default: present
  max_age:
    description:
      - Age in days from which on O(state=rotated) replaces a pair. V(0) replaces it now.
      - A pair of unknown age, such as one that was written by hand, counts as too old. So does one whose date is in the
        future, which only a wrong clock writes; a warning says so.
      - It is needed with O(state=rotated).
    type: float
  keep_old_for:
    description:
      - Days for which the old key goes on working after O(state=rotated) replaced it. Any later run retires it then.
      - Of two different values for one rotation, the later run's counts, see O(keep_end).
    type: float
    default: 0
  keep_end:
    description:
      - Whether O(keep_old_for) is only for what this run replaces. A key that was replaced earlier ends when that
        rotation said.
    type: bool
    default: false
  at_once:
    description:
      - With O(state=rotated), whether no key of the member from before this run may work afterwards, because one has
        leaked. It needs no O(max_age).
      - Keys of the member that aren't stored are named and retired as well.
      - Where REST can't retire a key, the member is made inactive, which stops all of its keys, until a new pair is
        handed in and the old keys are gone. The run then proves both and makes the member active again.
      - A member that another stored pair belongs to is refused.
    type: bool
    default: false
  credentials_file:
    description:
      - A file on the controller, encrypted by ansible-vault, that keeps the pair. It holds one variable,
        C(cw_credentials), with C(site), C(company), C(member), C(public_key) and C(private_key), the time C(made), and
        while an old pair isn't retired, C(previous) and C(retire_after).
      - It is the short form of O(store).
      - A pair in it that still logs in as the member means that there is nothing to do.
    type: path
  vault_id:
    description: The vault id to encrypt with. Without it, Ansible's own choice.
    type: str
  pair_public_key:
    description:
      - Public half of a pair that a person made, to be verified, and kept where O(credentials_file) or O(store) is
        given.
    type: str
  pair_private_key:
    description: Private half of that pair.
    type: str
  pair_file:
    description:
      - A YAML file on the controller with C(public_key) and C(private_key), plain or encrypted by ansible-vault,
        where a person leaves the pair that they made. It may be absent or empty as yet.
      - Once the pair is kept in O(credentials_file) or O(store), this file is removed.
    type: path
  return_private_key:
    description:
      - Whether to return the private key, for a place of your own. The result of the task is then never shown.
      - Without O(credentials_file) and O(store), an active key with this O(description) counts as yours, and its
        private half can't be returned again.
    type: bool
    default: false
  force:
    description:
      - Whether to make another key even though there is one that works, or one that the place doesn't know.
      - The old one isn't retired. The place goes on naming it, until a run with O(state=rotated) retires it.
    type: bool
    default: false
  owner_confirmed:
    description:
      - A person confirms that the pair that was supplied or handed in is that of O(member). It is needed once for a
        pair where the instance neither names the member of a key nor lists the keys of a member.
    type: bool
    default: false
  key_id:
    description: Id of the key to retire.
    type: int
  permissions:
    description: What the key must be able to do, to be proven by logging in with it. RV(proof) has the outcome.
seealso:
  - module: msp.connectwise.cw_api_member
  - module: msp.connectwise.cw_credentials
  - module: msp.connectwise.cw_credentials_info
"""

EXAMPLES = r"""
- name: A key for the member, kept in a vault file
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    credentials_file: credentials/acme/rewst.yml

- name: Verify and keep a pair that a person made
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    credentials_file: credentials/acme/rewst.yml
    pair_public_key: "{{ public_key }}"
    pair_private_key: "{{ private_key }}"

- name: A key for a place of your own
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    return_private_key: true
  register: new_key

- name: Replace a key that is 90 days old, and let the old one work for two more days
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    credentials_file: credentials/acme/rewst.yml
    state: rotated
    max_age: 90
    keep_old_for: 2

- name: Replace a key now, and keep it in HashiCorp Vault or OpenBao
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    store:
      type: hashi_vault
      mount: secret
      path: connectwise/acme/rewst
    state: rotated
    max_age: 0

- name: Retire the key
  msp.connectwise.cw_api_key:
    member: Rewst
    state: absent
    credentials_file: credentials/acme/rewst.yml
"""

RETURN = r"""
public_key:
  description: Public half of the pair. It is null where there is none yet.
  returned: when O(state) isn't V(absent)
  type: str
  sample: aB3dE5fG7hI9jK1l
private_key:
  description: Private half of the pair. The whole result is hidden where this is in it.
  returned: when O(return_private_key) is true and there is a pair
  type: str
  sample: (hidden)
key_id:
  description: Id of the key, where it is known.
  returned: when O(state) isn't V(absent)
  type: int
  sample: 2001
stored_in:
  description: Where the pair is kept.
  returned: when O(state) isn't V(absent)
  type: str
  sample: credentials/acme/rewst.yml
fingerprint:
  description: Tells whether two pairs are the same without telling what they are.
  returned: when O(state) isn't V(absent)
  type: str
  sample: 0f1e2d3c4b5a6978
rotated:
  description: Whether this run put a new pair in the place of one that was too old.
  returned: when O(state) isn't V(absent)
  type: bool
  sample: true
stopped:
  description: Whether the member is inactive, since REST couldn't retire its old keys. See O(at_once).
  returned: when O(state) isn't V(absent)
  type: bool
  sample: false
undecided:
  description: Whether, in check mode, REST creates the key if this instance lets it, and a person otherwise.
  returned: when O(state) isn't V(absent)
  type: bool
  sample: false
previous_public_key:
  description: Public half of the pair that was replaced, as long as it isn't proven to be retired. Null otherwise.
  returned: when O(state) isn't V(absent)
  type: str
  sample: zY9xW8vU7tS6rQ5p
made:
  description: When the pair that is kept was made, or first seen. It is null where that isn't known.
  returned: when O(state) isn't V(absent)
  type: str
  sample: "2026-11-22T06:01:16Z"
age_days:
  description: Full days since RV(made).
  returned: when O(state) isn't V(absent)
  type: int
  sample: 0
retire_after:
  description:
    - When the replaced pair is due to be retired. Null where there is none, or where it was replaced outside of a
      rotation, so that only O(state=rotated) retires it.
  returned: when O(state) isn't V(absent)
  type: str
  sample: "2026-11-24T06:01:16Z"
unverified:
  description: Why nothing logged in with the pair that is kept, where its place doesn't give it back. Null otherwise.
  returned: when O(state) isn't V(absent)
  type: str
  sample: AWX credential Rewst of acme doesn't return private keys; acme at host lists it as active
proof:
  description: What logging in with the pair showed. It is null where there was nothing to log in with.
  returned: when O(state) isn't V(absent)
  type: dict
  contains:
    logs_in:
      description: Whether the login was taken.
      type: bool
    member:
      description: The member that the instance says it is, null where it doesn't say.
      type: str
      sample: Rewst
    matrix:
      description:
        - V(exact), V(differs), V(unverified), or V(limited) where it is exact but for what this instance doesn't offer.
        - It is unverified where O(permissions) wasn't given, or where the levels can't be read with the key.
      type: str
      sample: exact
    missing:
      description: Cells that grant less than O(permissions).
      type: list
      elements: str
      sample: ["Service Desk / Service Tickets, add: none -> all"]
    excess:
      description: Cells that grant more.
      type: list
      elements: str
      sample: ["Finance / Agreements, delete: all -> none"]
    not_offered:
      description: Cells that this instance doesn't seem to offer, so they are neither missing nor too much.
      type: list
      elements: str
      sample: ["System / API Reports, add: none -> all"]
pending:
  description: The steps that a person has to take.
  returned: always
  type: list
  elements: str
  sample: ["Open System > Members > API Members > Rewst, tab API Keys."]
retired:
  description: The keys that were retired.
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: [{id: 2001, public_key: aB3dE5fG7hI9jK1l, description: Rewst API, active: true}]
not_retired:
  description: What the instance answered for each key that it didn't retire, by C(key) and its id.
  returned: when O(state=absent) and there is one
  type: dict
  sample: {key 2001: "The REST API can't do this on acme: DELETE /system/apiMembers/514/apiKeys/2001 returned 500."}
reason:
  description: Why manual steps are left. Null where there are none.
  returned: always
  type: str
  sample: this instance's REST API creates no keys
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
  sample: {read: 1, written: 0, retried: 0}
"""
