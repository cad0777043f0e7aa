# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a key pair in an ansible-vault file on the controller. PRIVATE to this collection."""

from __future__ import annotations

import os
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted, match_encrypt_secret

from ..module_utils._keys.document import text_of
from ..module_utils._keys.pair import KeyPair
from ..module_utils._keys.ports import PairInbox, StoreError
from ._file_place import FilePlace, mapping, read, remove


class Vault:
    """Encrypts and decrypts with the vault passwords that Ansible was started with."""

    def __init__(self, secrets: t.Sequence[t.Any] | None, vault_id: str | None = None) -> None:
        self._secrets = list(secrets or [])
        self._vault_id = vault_id or C.DEFAULT_VAULT_ENCRYPT_IDENTITY

    def encrypt(self, text: str) -> bytes:
        """Raises StoreError where no password is configured, or the vault id is unknown."""
        if not self._secrets:
            raise StoreError(
                "No vault password is configured, so there is nowhere to keep a private key. Give one with"
                " --vault-password-file, ANSIBLE_VAULT_PASSWORD_FILE or --ask-vault-pass. Nothing was changed."
            )
        try:
            vault_id, secret = match_encrypt_secret(self._secrets, encrypt_vault_id=self._vault_id)
            return bytes(VaultLib(self._secrets).encrypt(text, secret, vault_id))
        except AnsibleError as exc:
            raise StoreError(f"Vault id {self._vault_id!r} can't be used to encrypt: {exc}") from None

    def decrypt(self, content: bytes, place: str) -> str:
        """Raises StoreError where the content isn't encrypted, or with another password."""
        if not is_encrypted(content):
            raise StoreError(f"{place} isn't encrypted. Encrypt it with: ansible-vault encrypt {place}")
        try:
            return str(VaultLib(self._secrets).decrypt(content), "utf-8")
        except (AnsibleError, UnicodeDecodeError):
            raise StoreError(f"{place} can't be decrypted with the vault passwords that are configured.") from None


class CredentialsFile(FilePlace):
    """An encrypted file that holds one variable, cw_credentials, whoever's it is."""

    def __init__(self, path: str, vault: Vault) -> None:
        super().__init__(path)
        self._vault = vault

    def encode(self, text: str) -> bytes:
        return self._vault.encrypt(text)

    def decode(self, content: bytes) -> str:
        return self._vault.decrypt(content, self.place)

    def is_own_kind(self, content: bytes) -> bool:
        return bool(is_encrypted(content))


class FileHandIn(PairInbox):
    """A YAML file with public_key and private_key, plain or vault-encrypted, that a person fills in."""

    def __init__(self, path: str, vault: Vault) -> None:
        self.place = path
        self._vault = vault

    def read(self) -> KeyPair | None:
        content = read(self.place)
        if content is None or not content.strip():
            return None
        text = self._vault.decrypt(content, self.place) if is_encrypted(content) else content.decode("utf-8", "replace")
        document = mapping(text, self.place)
        public_key, private_key = (text_of(document.get(name)) for name in ("public_key", "private_key"))
        if not public_key and not private_key:
            return None
        if not public_key or not private_key:
            raise StoreError(f"{self.place} needs both public_key and private_key.")
        return KeyPair(public_key, private_key)

    def clear(self, pair: KeyPair) -> str:
        try:
            found = self.read()
        except StoreError as exc:
            return f"{exc} It was left as it is, since a pair is kept already. Delete it if it isn't needed."
        if found is None:
            return ""
        if found.public_key != pair.public_key or (pair.private_key and found.private_key != pair.private_key):
            return (
                f"{self.place} holds another pair than the one that is kept, so it was left."
                " Delete it if it isn't needed."
            )
        if os.path.islink(self.place):
            return (
                f"{self.place} is a link, so it was left. The pair is kept, but what the link leads to still holds the"
                " private key in plain text: delete both by hand."
            )
        remove(self.place)
        return ""
