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
  - Removes the key pair that M(msp.connectwise.cw_api_key) keeps for an API member, or moves it out of the way.
  - It doesn't retire the key; M(msp.connectwise.cw_api_key) does, with
    O(msp.connectwise.cw_api_key#module:state=absent).
  - Always runs on the controller, where the vault passwords are. It makes no request to ConnectWise.
extends_documentation_fragment:
  - msp.connectwise.attributes
  - msp.connectwise.attributes.writes
  - msp.connectwise.credentials_store
options:
  path:
    description: The file, encrypted by ansible-vault. It is the short form of O(store).
    type: path
  vault_id:
    description: The vault id of the file. Without it, Ansible's own choice.
    type: str
  member:
    description: Identifier of the API member whose pair it must be. The pair of another is refused.
    type: str
    required: true
  company:
    description: Company of the instance whose pair it must be. The pair of another is refused.
    type: str
  state:
    description:
      - V(absent) removes the pair, and in HashiCorp Vault or OpenBao destroys all versions of it.
      - V(archived) keeps it encrypted under a name with the time, in the folder C(archive) beside a file, under
        C(archive/) beside a path of HashiCorp Vault or OpenBao, or as a renamed AWX credential. A file in plain text is
        refused.
      - V(copied) notes beside the pair that it was copied to a place of your own, and leaves it where it is.
      - V(moved) moves the pair and its record to the store O(to), without a new key. It is written there and read back,
        then removed here. Where that was interrupted, the same again finishes it. A pair in an AWX credential can't be
        moved, since AWX doesn't give its private key back.
    type: str
    choices: [absent, archived, copied, moved]
    required: true
  to:
    description: The store that O(state=moved) moves the pair to, as O(store) describes one.
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
        description: The vault id to encrypt a V(vault_file) with. Without it, O(vault_id).
        type: str
      mount:
        description: Where the secrets engine of V(hashi_vault) is mounted. Without it, V(secret).
        type: str
      name:
        description: Name of the V(awx_credential). AWX doesn't show a private key, so the rest alone is read back.
        type: str
      organization:
        description: Organization that the V(awx_credential) belongs to.
        type: str
      credential_type:
        description: Credential type of the V(awx_credential). Without it, V(ConnectWise PSA API key).
        type: str
      lease:
        description: Seconds for which a V(hashi_vault) or V(awx_credential) belongs to a run. Without it, 60.
        type: float
seealso:
  - module: msp.connectwise.cw_api_key
  - module: msp.connectwise.cw_credentials_info
"""

EXAMPLES = r"""
- name: Keep the pair of a former vendor out of the way
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
  description: What messages call the store; with O(state=moved), the one that the pair is in now.
  returned: success
  type: str
  sample: /srv/credentials/acme/rewst.yml
archived_in:
  description: Where the pair was moved to, null where it wasn't.
  returned: success
  type: str
  sample: /srv/credentials/acme/archive/rewst-20261122T060116Z.yml
public_key:
  description: Public half of the pair that was kept, null where there was none.
  returned: success
  type: str
  sample: aB3dE5fG7hI9jK1l
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
