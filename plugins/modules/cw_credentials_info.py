#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_credentials_info
short_description: Read whose key pair is kept in a store, how old it is, and whether one could be kept there
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Tells whose key pair a store holds that M(msp.connectwise.cw_api_key) keeps, without its private half unless asked;
    and whether a pair could be kept there, so that a run can stop before it changes anything.
  - Always runs on the controller, where the vault passwords are. It makes no request to ConnectWise and writes nothing.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.info
  - msp.connectwise.credentials_store
options:
  path:
    description: The file, encrypted by ansible-vault. It may be absent as yet. It is the short form of O(store).
    type: path
  vault_id:
    description: The vault id to encrypt with. Without it, Ansible's own choice.
    type: str
  member:
    description: Identifier of the API member whose pair must be there, if there is one.
    type: str
  return_private_key:
    description:
      - Whether to return the private key, for a copy in a place of your own. The result of the task is then never
        shown.
    type: bool
    default: false
seealso:
  - module: msp.connectwise.cw_api_key
  - module: msp.connectwise.cw_credentials
"""

EXAMPLES = r"""
- name: Could a key be kept there?
  msp.connectwise.cw_credentials_info:
    path: credentials/acme/rewst.yml
  register: place
  failed_when: not place.ready

- name: How old is the pair?
  msp.connectwise.cw_credentials_info:
    store:
      type: hashi_vault
      path: connectwise/acme/rewst
  register: kept
"""

RETURN = r"""
exists:
  description: Whether there is anything.
  returned: success
  type: bool
ready:
  description: Whether a pair could be kept there, and what is there can be read.
  returned: success
  type: bool
msg:
  description: Why it isn't ready. It is empty where the store is ready.
  returned: success
  type: str
  sample: No vault password is configured
stored_in:
  description: What messages call the store.
  returned: success
  type: str
  sample: /srv/credentials/acme/rewst.yml
private_key:
  description: Private half of the pair. The whole result is hidden where this is in it.
  returned: when O(return_private_key) is true, and there is a pair that the store gives back
  type: str
  sample: (hidden)
credentials:
  description:
    - What is kept, without private keys. It is null where there is nothing that can be read.
    - C(made), C(age_days) and C(retire_after) are null where they aren't known. C(previous) are the pairs that were
      replaced and aren't proven to be retired. C(fingerprint) is null where the store doesn't give back private keys.
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
  description: What failed, for playbooks that tell failures apart. A sentence for people is in C(msg).
  returned: when an operation failed
  type: dict
  contains:
    kind:
      description: Name of the failure, such as V(Forbidden). The troubleshooting guide of the collection lists them.
      type: str
      sample: StoreError
    scope:
      description:
        - V(instance) where every other integration on this instance would meet the same failure, such as a refused
          login.
        - V(object) where it concerns this task alone.
      type: str
      sample: object
    transient:
      description: Whether running the same again later may help.
      type: bool
      sample: false
"""
