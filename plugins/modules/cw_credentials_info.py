#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_credentials_info
short_description: Read whose key pair a store holds and how old it is, and check that the store can be used
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns whose key pair M(msp.connectwise.cw_api_key) stored there, without the private half unless requested. Also
    returns whether a pair could be stored there, so that a run can stop before it changes anything.
  - Always runs on the controller, where the vault passwords are. It sends no request to ConnectWise and writes nothing.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.credentials_store
options:
  path:
    description: The file, encrypted by ansible-vault. It doesn't have to exist yet. Short form of O(store).
    type: path
  vault_id:
    description: The vault id to encrypt with. By default, Ansible chooses it.
    type: str
  member:
    description: Identifier of the API member that the pair, if there is one, must belong to.
    type: str
  return_private_key:
    description:
      - Whether to return the private key, to copy it elsewhere. The result of the task is then never shown.
    type: bool
    default: false
seealso:
  - module: msp.connectwise.cw_api_key
  - module: msp.connectwise.cw_credentials
"""

EXAMPLES = r"""
- name: Check that a key could be stored there
  msp.connectwise.cw_credentials_info:
    path: credentials/acme/rewst.yml
  register: place
  failed_when: not place.ready

- name: Read how old the pair is
  msp.connectwise.cw_credentials_info:
    store:
      type: hashi_vault
      path: connectwise/acme/rewst
  register: stored
"""

RETURN = r"""
exists:
  description: Whether the store holds anything.
  returned: success
  type: bool
ready:
  description: Whether a pair could be stored there, and what is there can be read.
  returned: success
  type: bool
msg:
  description: Why the store isn't ready. Empty if it is.
  returned: success
  type: str
  sample: No vault password is configured
stored_in:
  description: The store, as messages name it.
  returned: success
  type: str
  sample: /srv/credentials/acme/rewst.yml
private_key:
  description: Private half of the pair. A result that contains it is hidden.
  returned: when O(return_private_key) is true, and there is a pair that the store returns
  type: str
  sample: (hidden)
credentials:
  description:
    - The stored pair, without private keys. Null if there is nothing that can be read.
    - C(made), C(age_days) and C(retire_after) are null if unknown. C(previous) lists replaced pairs whose retirement
      isn't verified. C(fingerprint) is null if the store doesn't return private keys.
  returned: success
  type: dict
  sample:
    site: api-na.myconnectwise.net
    company: acme
    member: Rewst
    public_key: aB3dE5fG7hI9jK1l
    fingerprint: 0f1e2d3c4b5a6978
    made: "2026-11-22T06:01:16Z"
    age_days: 12
    retire_after: "2026-11-24T06:01:16Z"
    previous:
      - public_key: zY9xW8vU7tS6rQ5p
        made: "2026-08-20T09:00:00Z"
error:
  description: What failed, for playbooks that handle errors. C(msg) has the same for people.
  returned: when an operation failed
  type: dict
  contains:
    kind:
      description: Name of the error, such as V(Forbidden). The collection's troubleshooting guide lists them.
      type: str
      sample: StoreError
    scope:
      description:
        - V(instance) if every other integration on this instance would fail the same way, as after a refused login.
        - V(object) if it affects only this task.
      type: str
      sample: object
    transient:
      description: Whether a later run of the same may succeed.
      type: bool
      sample: false
"""
