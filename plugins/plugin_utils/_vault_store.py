# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores a key pair in an ansible-vault file on the controller. PRIVATE to this collection."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted, match_encrypt_secret

from ..module_utils._keys.pair import KeyPair
from ..module_utils._keys.ports import PairInbox, StoreError
from ._damaged import damage, vault_damage
from ._file_place import RESTORE, FilePlace, read, remove
from ._hand_in import decoded, read_halves

_AGAIN = "Write both halves of the pair into it again."


class Vault:
    """Encrypts and decrypts with the vault passwords that Ansible was started with."""

    def __init__(self, secrets: t.Sequence[t.Any] | None, vault_id: str | None = None) -> None:
        self._secrets = list(secrets or [])
        self._vault_id = vault_id or C.DEFAULT_VAULT_ENCRYPT_IDENTITY

    def encrypt(self, text: str) -> bytes:
        """Raises StoreError if no password is configured, or the vault id is unknown."""
        if not self._secrets:
            raise StoreError(
                "No vault password is configured, so a private key can't be stored. Give one with"
                " --vault-password-file, ANSIBLE_VAULT_PASSWORD_FILE or --ask-vault-pass. Nothing was changed."
            )
        try:
            vault_id, secret = match_encrypt_secret(self._secrets, encrypt_vault_id=self._vault_id)
            return bytes(VaultLib(self._secrets).encrypt(text, secret, vault_id))
        except AnsibleError as exc:
            raise StoreError(f"Vault id {self._vault_id!r} can't be used to encrypt: {exc}") from None

    def decrypt(self, content: bytes, place: str, advice: str = RESTORE) -> str:
        """Raises StoreError for content that is damaged, not encrypted, or encrypted with another password.

        ``advice`` says what to do about a damaged file.
        """
        wrong = damage(content) or vault_damage(content)
        if wrong:
            raise StoreError(f"{place} {wrong}. {advice}")
        if not is_encrypted(content):
            raise StoreError(f"{place} isn't encrypted. Encrypt it with: ansible-vault encrypt {place}")
        if not self._secrets:
            raise StoreError(
                f"{place} is encrypted, but this run has no vault password. Give it with --vault-password-file,"
                " ANSIBLE_VAULT_PASSWORD_FILE or --ask-vault-pass."
            )
        try:
            return str(VaultLib(self._secrets).decrypt(content), "utf-8")
        except (AnsibleError, UnicodeDecodeError):
            raise StoreError(
                f"{place} can't be decrypted with the vault passwords of this run. Give the one that it was encrypted"
                " with. If you did, the file was changed since then: restore it from a backup."
            ) from None


class CredentialsFile(FilePlace):
    """An encrypted file that holds one variable, cw_credentials."""

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
    """A file with both halves, plain or vault-encrypted, that a person fills in; see _hand_in.py for its shapes."""

    def __init__(self, path: str, vault: Vault) -> None:
        self.place = path
        self._vault = vault

    def read(self) -> KeyPair | None:
        content = read(self.place)
        if content is None or not content.strip():
            return None
        encrypted = is_encrypted(content)
        text = self._vault.decrypt(content, self.place, _AGAIN) if encrypted else decoded(content, self.place)
        halves = read_halves(text, self.place)
        return KeyPair(*halves) if halves else None

    def clear(self, pair: KeyPair) -> str:
        try:
            found = self.read()
        except StoreError as exc:
            return f"{exc} It was left as it is, since a pair is already stored. Delete it if you don't need it."
        if found is None:
            return ""
        if not any(_is_same(way, pair) for way in (found, found.swapped)):
            return (
                f"{self.place} holds a different pair from the stored one, so it was left."
                " Delete it if you don't need it."
            )
        if os.path.islink(self.place):
            return (
                f"{self.place} is a link, so it was left. The pair is stored, but the link's target still holds the"
                " private key in plain text: delete both by hand."
            )
        mode = stat.S_IMODE(os.stat(self.place).st_mode)
        encrypted = is_encrypted(read(self.place) or b"")
        remove(self.place)
        if mode & 0o077 and not encrypted:
            return (
                f"{self.place} was readable by users other than its owner (mode {mode:04o}), so they may know the key."
                " If this machine has other users, replace the key: run rotate_keys with -e rotate_now=true."
                " Run chmod 600 on such a file before you write the next pair into it."
            )
        return ""


def _is_same(found: KeyPair, pair: KeyPair) -> bool:
    return found.public_key == pair.public_key and pair.private_key in ("", found.private_key)
