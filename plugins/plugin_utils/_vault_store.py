# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a key pair in an ansible-vault file on the controller. PRIVATE to this collection.

Beside the file, and only while a key is being made, stands ``<file>.recovery`` (mode 0600, no secret in
it): it names the keys that there were before, so that the next run can tell and retire a key whose
private half was lost. It is locked by the run that wrote it.
"""

from __future__ import annotations

import fcntl
import json
import os
import typing as t

import yaml
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted, match_encrypt_secret

from ..module_utils._domain.names import same_name
from ..module_utils._keys.pair import KeyPair
from ..module_utils._keys.ports import Credentials, HandIn, Leftover, Store, StoreError
from ._files import make_folder, write_atomically

VARIABLE = "cw_credentials"
_FIELDS = ("site", "company", "member", "public_key", "private_key")


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


class CredentialsFile(Credentials):
    """An encrypted file that holds one variable, cw_credentials, whoever's it is."""

    def __init__(self, path: str, vault: Vault) -> None:
        self.place = os.path.abspath(path)
        self._vault = vault

    def exists(self) -> bool:
        return os.path.lexists(self.place)

    def describe(self) -> dict[str, str] | None:
        document = self.document()
        if document is None:
            return None
        pair = KeyPair(document["public_key"], document["private_key"])
        shown = {name: document[name] for name in _FIELDS if name != "private_key"}
        return {**shown, "fingerprint": pair.fingerprint}

    def document(self) -> dict[str, str] | None:
        """All fields, the private key too; None where there is no file. Raises StoreError."""
        content = _read(self.place)
        if content is None:
            return None
        document = _mapping(self._vault.decrypt(content, self.place), self.place).get(VARIABLE)
        if not isinstance(document, dict) or not all(_text(document.get(name)) for name in _FIELDS):
            raise StoreError(f"{self.place} doesn't hold a variable {VARIABLE} with {', '.join(_FIELDS)}.")
        return {name: _text(document[name]) for name in _FIELDS}

    def prove(self, check_mode: bool) -> None:
        probe = "can this be kept?"
        if self._vault.decrypt(self._vault.encrypt(probe), self.place) != probe:
            raise StoreError("The vault doesn't give back what it is given.")
        if os.path.islink(self.place) or (os.path.exists(self.place) and not os.path.isfile(self.place)):
            raise StoreError(f"{self.place} isn't an ordinary file.")
        folder = os.path.dirname(self.place)
        if check_mode:
            _check_folder(folder)
            return
        try:
            make_folder(folder)
            write_atomically(f"{self.place}.probe", b"x")
            os.unlink(f"{self.place}.probe")
        except OSError as exc:
            raise StoreError(f"{folder} can't be written to: {exc.strerror or exc}. No key was made.") from None

    def write(self, document: t.Mapping[str, str]) -> None:
        """Encrypt and write all fields, atomically. Raises StoreError."""
        text = yaml.safe_dump({VARIABLE: {name: str(document[name]) for name in _FIELDS}}, sort_keys=False)
        try:
            write_atomically(self.place, self._vault.encrypt("---\n" + text))
        except OSError as exc:
            raise StoreError(f"{self.place} can't be written: {exc.strerror or exc}") from None


class VaultStore(Store):
    """The pair of this ``site``, ``company`` and ``member`` in a credentials file."""

    def __init__(self, path: str, vault: Vault, site: str, company: str, member: str) -> None:
        self._file = CredentialsFile(path, vault)
        self.place = self._file.place
        self._owner = {"site": site, "company": company, "member": member}
        self._recovery_path = f"{self.place}.recovery"
        self._recovery: t.IO[str] | None = None

    def prove(self, check_mode: bool) -> None:
        self._file.prove(check_mode)

    def load(self) -> KeyPair | None:
        document = self._file.document()
        if document is None:
            return None
        for name, mine in self._owner.items():
            if not same_name(document[name], mine):
                raise StoreError(
                    f"{self.place} holds the key of another {name}: {document[name]!r}, not {mine!r}."
                    " Give another credentials_file."
                )
        return KeyPair(document["public_key"], document["private_key"])

    def leftover(self) -> Leftover | None:
        file = self._lock(create=False)
        if file is None:
            return None
        file.seek(0)
        try:
            known = json.loads(file.read())["known_ids"]
            return Leftover(tuple(int(key_id) for key_id in known))
        except (ValueError, KeyError, TypeError):
            # died while writing it, which is before a key was made: there is nothing to clean up
            return None

    def begin(self, known_ids: t.Sequence[int]) -> None:
        file = t.cast("t.IO[str]", self._lock(create=True))
        try:
            file.seek(0)
            file.truncate()
            json.dump({**self._owner, "known_ids": list(known_ids)}, file)
            file.flush()
            os.fsync(file.fileno())
        except OSError as exc:
            raise self._unusable("written", exc) from None

    def _lock(self, create: bool) -> t.IO[str] | None:
        """The recovery file, open and locked until it is forgotten: what a run at work left isn't a leftover.

        None where there is none and none is to be made.
        """
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | (os.O_CREAT if create else 0)
        while self._recovery is None:
            try:
                file = os.fdopen(os.open(self._recovery_path, flags, 0o600), "r+", encoding="utf-8")
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except FileNotFoundError:
                return None
            except BlockingIOError:
                where = f"{self._recovery_path} is locked"
                raise StoreError(f"Another run is making this key right now ({where}).") from None
            except OSError as exc:
                raise self._unusable("opened", exc) from None
            if os.fstat(file.fileno()).st_nlink:
                self._recovery = file
            else:
                file.close()  # a run that has just ended well took it away: look again
        return self._recovery

    def _unusable(self, what: str, exc: OSError) -> StoreError:
        return StoreError(f"{self._recovery_path} can't be {what}: {exc.strerror or exc}. No key was made.")

    def keep(self, pair: KeyPair) -> None:
        self._file.write({**self._owner, "public_key": pair.public_key, "private_key": pair.private_key})
        kept = self.load()
        if kept is None or kept.fingerprint != pair.fingerprint:
            raise StoreError(f"{self.place} reads back differently from what was written")

    def forget_leftover(self) -> None:
        _remove(self._recovery_path)
        self._unlock()

    def _unlock(self) -> None:
        if self._recovery:
            self._recovery.close()
            self._recovery = None


class FileHandIn(HandIn):
    """A YAML file with public_key and private_key, plain or vault-encrypted, that a person fills in."""

    def __init__(self, path: str, vault: Vault) -> None:
        self.place = path
        self._vault = vault

    def read(self) -> KeyPair | None:
        content = _read(self.place)
        if content is None or not content.strip():
            return None
        text = self._vault.decrypt(content, self.place) if is_encrypted(content) else content.decode("utf-8", "replace")
        document = _mapping(text, self.place)
        public_key, private_key = (_text(document.get(name)) for name in ("public_key", "private_key"))
        if not public_key and not private_key:
            return None
        if not public_key or not private_key:
            raise StoreError(f"{self.place} needs both public_key and private_key.")
        return KeyPair(public_key, private_key)

    def clear(self) -> None:
        _remove(self.place)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise StoreError(f"{path} can't be removed: {exc.strerror or exc}. Remove it by hand.") from None


def _text(value: t.Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StoreError(f"{path} can't be read: {exc.strerror or exc}") from None


def _mapping(text: str, place: str) -> dict[str, t.Any]:
    """The YAML mapping with every value as the text that stands there: a key of digits is no number."""
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # BaseLoader makes strings, lists and dicts only
    except yaml.YAMLError:
        raise StoreError(f"{place} isn't valid YAML.") from None
    if document in (None, ""):
        return {}
    if not isinstance(document, dict):
        raise StoreError(f"{place} isn't a YAML mapping.")
    return document


def _check_folder(folder: str) -> None:
    """Without making anything: the nearest folder that exists can be written to."""
    while not os.path.isdir(folder):
        if os.path.lexists(folder):
            raise StoreError(f"{folder} isn't a folder.")
        folder = os.path.dirname(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"{folder} can't be written to. No key was made.")
