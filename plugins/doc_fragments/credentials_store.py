# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the option for where a pair is stored."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  store:
    description:
      - Where to store the pair, if not in an encrypted file of its own.
      - Before a key is created, the store is checked to be writable. C(docs/credentials.md) of
        U(https://github.com/msp-connectwise/msp.connectwise) describes all stores.
    type: dict
    suboptions:
      type:
        description:
          - V(vault_file) is a file on the controller that ansible-vault encrypts.
          - V(plain_file) is a plain-text file on the controller, readable only by its owner (mode 0600). It is refused
            in a git work tree, unless git ignores it.
          - V(hashi_vault) is a secret of HashiCorp Vault or OpenBao, KV version 2. It needs the collection
            C(community.hashi_vault) and its library C(hvac) on the controller. Address and login are that
            collection's own, such as C(VAULT_ADDR) or C(ansible_hashi_vault_url).
          - V(awx_credential) is a credential of AWX or Automation Controller. It needs the collection C(awx.awx) on the
            controller. Address and login are that collection's own, such as C(CONTROLLER_HOST). AWX doesn't return
            private keys, so a pair stored there can't be used to log in again.
        type: str
        choices: [vault_file, plain_file, hashi_vault, awx_credential]
        default: vault_file
      path:
        description: The file of V(vault_file) or V(plain_file), or the path of V(hashi_vault) below its mount.
        type: str
      vault_id:
        description: The vault id to encrypt a V(vault_file) with. By default, Ansible chooses it.
        type: str
      mount:
        description: Where the secrets engine of V(hashi_vault) is mounted. Defaults to V(secret).
        type: str
      name:
        description: Name of the V(awx_credential).
        type: str
      organization:
        description: Organization that the V(awx_credential) belongs to.
        type: str
      credential_type:
        description:
          - Name of the credential type of the V(awx_credential). Defaults to V(ConnectWise PSA API key), which is in
            C(awx/credential_types/connectwise_key_pair.yml) of this collection.
          - The type must have the fields C(site), C(company), C(member), C(public_key), and C(private_key) as a secret.
        type: str
      lease:
        description:
          - Seconds for which a V(hashi_vault) or V(awx_credential) belongs to a run that creates a key there. Another
            run waits this long, then assumes the first one crashed. Defaults to 60.
        type: float
"""
