#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_api_key
short_description: Create, store, verify and rotate an API key of a ConnectWise PSA member
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Ensures that an API member has a working key pair, and that it is stored.
  - No published version of the API can create a key. If an instance offers it anyway, the key is created over REST.
    Otherwise a pair that was created by hand is verified by logging in with it, then stored.
  - With O(credentials_file) or O(store), the store is checked before a key is created, and the private key never
    appears in a result. If the pair can't be stored, the key is retired again.
  - If the member has an active key with this O(description) that the store doesn't know, no other key is created unless
    O(force) is true.
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
    description: Description of the key. Required to create one.
    type: str
  state:
    description:
      - V(present) ensures that a working pair is stored. It also finishes an earlier rotation once the old pair is due.
      - V(rotated) replaces the stored pair if it is too old, see O(max_age). The new pair is stored next to the old one
        and verified by logging in. The old key is then retired (see O(keep_old_for)), which the member's list of keys
        and a refused login confirm, and the old pair is dropped. If the new pair doesn't log in, the old one is
        restored. The next run finishes an interrupted one. While an old pair remains, a run finishes that rotation
        instead of starting another, unless O(at_once) is true.
      - If the instance can't create keys over REST, RV(pending) lists the manual steps, first to create the new key and
        later to delete the old one. The run verifies both.
      - V(absent) retires the keys selected by O(key_id), O(pair_public_key), the pairs in O(credentials_file) or
        O(store), or O(description). Stored pairs stay; M(msp.connectwise.cw_credentials) removes them.
    type: str
    choices: [present, rotated, absent]
    default: present
  max_age:
    description:
      - Maximum age in days; O(state=rotated) replaces older pairs. V(0) replaces the pair now.
      - A pair of unknown age, such as one written by hand, counts as too old. So does one dated in the future, which
        only a wrong clock writes; a warning reports it.
      - Required when O(state=rotated), unless O(at_once) is true.
    type: float
  keep_old_for:
    description:
      - Days for which the old key keeps working after O(state=rotated) replaced it. A later run then retires it.
      - If two runs set different values for one rotation, the later one applies; see O(keep_end).
    type: float
    default: 0
  keep_end:
    description:
      - Whether O(keep_old_for) applies only to keys that this run replaces. A key that was replaced earlier keeps the
        end set by that rotation.
    type: bool
    default: false
  at_once:
    description:
      - With O(state=rotated), whether to stop all earlier keys of the member in this run, because one has leaked.
        O(max_age) isn't required then.
      - Keys of the member that aren't stored are listed and retired as well.
      - If REST can't retire a key, the member is made inactive, which stops all of its keys, until a new pair is handed
        in and the old keys are gone. The run then verifies both and makes the member active again.
      - Refused if another stored pair belongs to the same member.
    type: bool
    default: false
  credentials_file:
    description:
      - A file on the controller, encrypted by ansible-vault, that stores the pair. It holds one variable,
        C(cw_credentials), with C(site), C(company), C(member), C(public_key), C(private_key) and the time C(made), and
        until an old pair is retired, C(previous) and C(retire_after).
      - Short form of O(store).
      - If the pair in it still logs in as the member, there is nothing to do.
    type: path
  vault_id:
    description: The vault id to encrypt with. By default, Ansible chooses it.
    type: str
  pair_public_key:
    description:
      - Public half of a pair created by hand. It is verified, and stored if O(credentials_file) or O(store) is set.
    type: str
  pair_private_key:
    description: Private half of that pair.
    type: str
  pair_file:
    description:
      - A YAML file on the controller with C(public_key) and C(private_key), in plain text or encrypted by
        ansible-vault, to hand in a pair created by hand. Until then it may be missing or empty.
      - Once the pair is stored in O(credentials_file) or O(store), this file is removed.
    type: path
  return_private_key:
    description:
      - Whether to return the private key, to store it yourself. The result of the task is then never shown.
      - Without O(credentials_file) and O(store), an active key with this O(description) counts as yours, and its
        private half can't be returned again.
    type: bool
    default: false
  force:
    description:
      - Whether to create another key even if there is one that works, or one that the store doesn't know.
      - The old key isn't retired. The store keeps listing it until a run with O(state=rotated) retires it.
    type: bool
    default: false
  owner_confirmed:
    description:
      - Confirms that the pair that was supplied or handed in belongs to O(member). Required once for a pair if the
        instance neither names the member of a key nor lists the keys of a member.
    type: bool
    default: false
  key_id:
    description: Id of the key to retire.
    type: int
  permissions:
    description: What the key must be able to do, verified by logging in with it. RV(proof) has the outcome.
seealso:
  - module: msp.connectwise.cw_api_member
  - module: msp.connectwise.cw_credentials
  - module: msp.connectwise.cw_credentials_info
"""

EXAMPLES = r"""
- name: Create a key and store it in a vault file
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    credentials_file: credentials/acme/rewst.yml

- name: Verify and store a pair that was created by hand
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    credentials_file: credentials/acme/rewst.yml
    pair_public_key: "{{ public_key }}"
    pair_private_key: "{{ private_key }}"

- name: Create a key and store it yourself
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    return_private_key: true
  register: new_key

- name: Replace a key that is 90 days old, and keep the old one working for two more days
  msp.connectwise.cw_api_key:
    member: Rewst
    description: Rewst API
    credentials_file: credentials/acme/rewst.yml
    state: rotated
    max_age: 90
    keep_old_for: 2

- name: Replace a key now, and store the new one in HashiCorp Vault or OpenBao
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
  description: Public half of the pair. Null if there is none yet.
  returned: when O(state) isn't V(absent)
  type: str
  sample: aB3dE5fG7hI9jK1l
private_key:
  description: Private half of the pair. A result that contains it is hidden.
  returned: when O(return_private_key) is true and there is a pair
  type: str
  sample: (hidden)
key_id:
  description: Id of the key, if known.
  returned: when O(state) isn't V(absent)
  type: int
  sample: 2001
stored_in:
  description: Where the pair is stored.
  returned: when O(state) isn't V(absent)
  type: str
  sample: credentials/acme/rewst.yml
fingerprint:
  description: Fingerprint of the pair, to compare pairs without revealing them.
  returned: when O(state) isn't V(absent)
  type: str
  sample: 0f1e2d3c4b5a6978
rotated:
  description: Whether this run replaced a pair that was too old.
  returned: when O(state) isn't V(absent)
  type: bool
  sample: true
stopped:
  description: Whether the member is inactive because REST couldn't retire its old keys. See O(at_once).
  returned: when O(state) isn't V(absent)
  type: bool
  sample: false
undecided:
  description: In check mode, whether only a write can tell if REST creates the key or someone has to create it by hand.
  returned: when O(state) isn't V(absent)
  type: bool
  sample: false
previous_public_key:
  description: Public half of the replaced pair, until its retirement is verified. Null otherwise.
  returned: when O(state) isn't V(absent)
  type: str
  sample: zY9xW8vU7tS6rQ5p
made:
  description: When the stored pair was created, or first seen. Null if unknown.
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
    - When the replaced pair is due to be retired. Null if there is none, or if it was replaced outside of a rotation,
      so that only O(state=rotated) retires it.
  returned: when O(state) isn't V(absent)
  type: str
  sample: "2026-11-24T06:01:16Z"
unverified:
  description: Why no login with the stored pair was tried, if its store doesn't return private keys. Null otherwise.
  returned: when O(state) isn't V(absent)
  type: str
  sample: AWX credential Rewst of acme doesn't return private keys; acme at host lists it as active
proof:
  description: What logging in with the pair showed. Null if there was nothing to log in with.
  returned: when O(state) isn't V(absent)
  type: dict
  contains:
    logs_in:
      description: Whether the login was accepted.
      type: bool
    member:
      description: The member that the instance names for the key. Null if it names none.
      type: str
      sample: Rewst
    matrix:
      description:
        - V(exact), V(differs), V(unverified), or V(limited) if it is exact except for what this instance doesn't offer.
        - V(unverified) if O(permissions) wasn't set, or if the levels can't be read with the key.
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
      description: Cells that this instance doesn't seem to offer. They count as neither missing nor excess.
      type: list
      elements: str
      sample: ["System / API Reports, add: none -> all"]
pending:
  description: The manual steps.
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
  description: The instance's answer for each key that it didn't retire, by C(key) and its id.
  returned: when O(state=absent) and there is one
  type: dict
  sample: {key 2001: "The REST API can't do this on acme: DELETE /system/apiMembers/514/apiKeys/2001 returned 500."}
reason:
  description: Why there are manual steps. Null if there are none.
  returned: always
  type: str
  sample: this instance's REST API creates no keys
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
  sample: {read: 1, written: 0, retried: 0}
"""
