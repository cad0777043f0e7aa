#!/usr/bin/python
# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cw_credentials
short_description: Remove, archive or move the key pair of a member
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Removes, archives or moves the key pair that M(msp.connectwise.cw_api_key) stored for an API member.
  - Doesn't retire the key; M(msp.connectwise.cw_api_key) does, with O(msp.connectwise.cw_api_key#module:state=absent).
  - Always runs on the controller, where the vault passwords are, and sends no request to ConnectWise.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.credentials_store
options:
  path:
    description: The file, encrypted by ansible-vault. Short form of O(store).
    type: path
  vault_id:
    description: The vault id of the file. By default, Ansible chooses it.
    type: str
  member:
    description: Identifier of the API member that the pair must belong to. The pair of another member is refused.
    type: str
    required: true
  company:
    description: Company of the instance that the pair must belong to. The pair of another instance is refused.
    type: str
  state:
    description:
      - V(absent) removes the pair, and in HashiCorp Vault or OpenBao destroys all versions of it.
      - V(archived) stores it encrypted under a name with the time, in the folder C(archive) next to a file, under
        C(archive/) next to a path of HashiCorp Vault or OpenBao, or as a renamed AWX credential. A plain-text file is
        refused.
      - V(copied) notes with the pair that it was copied by your own tasks, and leaves it where it is.
      - V(moved) moves the pair and its record to the store O(to), without a new key. It is written there and read back,
        then removed here. If this was interrupted, running it again finishes it. A pair in an AWX credential can't be
        moved, because AWX doesn't return its private key.
    type: str
    choices: [absent, archived, copied, moved]
    required: true
  to:
    description: The store that O(state=moved) moves the pair to, with the same suboptions as O(store).
    type: dict
    suboptions:
      type:
        description: Kind of the store.
        type: str
        choices: [vault_file, plain_file, hashi_vault, awx_credential]
        default: vault_file
      path:
        description: The file of V(vault_file) or V(plain_file), or the path of V(hashi_vault) below its mount.
        type: str
      vault_id:
        description: The vault id to encrypt a V(vault_file) with. Defaults to O(vault_id).
        type: str
      mount:
        description: Where the secrets engine of V(hashi_vault) is mounted. Defaults to V(secret).
        type: str
      name:
        description: Name of the V(awx_credential). AWX doesn't return private keys, so only the rest is read back.
        type: str
      organization:
        description: Organization that the V(awx_credential) belongs to.
        type: str
      credential_type:
        description: Credential type of the V(awx_credential). Defaults to V(ConnectWise PSA API key).
        type: str
      lease:
        description: Seconds for which a V(hashi_vault) or V(awx_credential) belongs to a run. Defaults to 60.
        type: float
seealso:
  - module: msp.connectwise.cw_api_key
  - module: msp.connectwise.cw_credentials_info
"""

EXAMPLES = r"""
- name: Archive the pair of a former vendor
  msp.connectwise.cw_credentials:
    path: credentials/acme/rewst.yml
    member: Rewst
    state: archived
  register: moved

- name: Remove a pair from HashiCorp Vault or OpenBao
  msp.connectwise.cw_credentials:
    store:
      type: hashi_vault
      path: connectwise/acme/rewst
    member: Rewst
    state: absent

- name: Move a pair from a file to HashiCorp Vault or OpenBao
  msp.connectwise.cw_credentials:
    path: credentials/acme/rewst.yml
    member: Rewst
    state: moved
    to:
      type: hashi_vault
      path: connectwise/acme/rewst
"""

RETURN = r"""
stored_in:
  description: The store, as messages name it. With O(state=moved), the store that the pair is in now.
  returned: success
  type: str
  sample: /srv/credentials/acme/rewst.yml
archived_in:
  description: Where the pair was archived. Null if it wasn't.
  returned: success
  type: str
  sample: /srv/credentials/acme/archive/rewst-20261122T060116Z.yml
public_key:
  description: Public half of the pair that was stored. Null if there was none.
  returned: success
  type: str
  sample: aB3dE5fG7hI9jK1l
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
