# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores a pair in HashiCorp Vault or OpenBao, KV version 2. PRIVATE to this collection.

It uses the lookup plugins of community.hashi_vault, in this process: no private key is ever in the arguments of a
module or a command. Address and login are that collection's own configuration.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader

from ..module_utils._keys.document import check
from ..module_utils._keys.ports import StoreError
from ._leased_note import LeasedNotePlace, Note

COLLECTION = "community.hashi_vault"
_INSTALL = (
    f"The store hashi_vault needs the collection {COLLECTION} and the Python library hvac on the controller. Run:"
    f" ansible-galaxy collection install {COLLECTION} && pip install hvac. Nothing was changed."
)
_LOST_RACE = "check-and-set"
_MISSING = ("invalid or missing path", "doesn't seem to exist")
_FORBIDDEN = "permission denied"
_WRITE = {"create", "read", "update"}  # what a token needs to store a secret


class Missing(StoreError):
    """There is nothing at this path."""


class Lookups:
    """Runs the lookup plugins with the variables of the task."""

    def __init__(self, action: ActionBase, task_vars: t.Mapping[str, t.Any]) -> None:
        self._action = action
        own = {name: value for name, value in task_vars.items() if str(name).startswith("ansible_hashi_vault_")}
        self._variables = action._templar.template(own)

    def __call__(self, name: str, term: str, **options: t.Any) -> dict[str, t.Any]:
        plugin = self._plugin(name)
        try:
            found = plugin.run([term], variables=self._variables, **options)
        except Exception as exc:  # including those of hvac and requests, which only that collection imports
            raise _told(exc, term) from None
        return dict(found[0] or {}) if found and isinstance(found[0], dict) else {}

    def _plugin(self, name: str) -> t.Any:
        try:
            plugin = lookup_loader.get(
                f"{COLLECTION}.{name}", loader=self._action._loader, templar=self._action._templar
            )
        except AnsibleError as exc:
            raise StoreError(f"{_INSTALL} ({exc})") from None
        if plugin is None:
            raise StoreError(_INSTALL)
        return plugin


def _told(exc: Exception, term: str) -> StoreError:
    text = str(exc).strip() or type(exc).__name__
    if any(part in text.lower() for part in _MISSING):
        return Missing(f"{term} doesn't exist.")
    if _FORBIDDEN in text.lower():
        return StoreError(
            f"The vault's token may not use {term}: permission denied. See the policy in docs/credentials.md."
        )
    if "sealed" in text.lower():
        return StoreError("The vault is sealed. Unseal it and run again.")
    return StoreError(f"The vault can't be used for {term}: {text}")


class KvPath(LeasedNotePlace):
    """The document at ``mount``/``path``, and beside it the recovery note (``.recovery``) and the record (``.record``).

    Every write names the version that it replaces (compare-and-set), so two runs can't overwrite each other.
    """

    def __init__(self, lookup: t.Callable[..., dict[str, t.Any]], path: str, mount: str, lease: float) -> None:
        super().__init__()
        self._lookup = lookup
        self._mount, self._path = mount.strip("/"), path.strip("/")
        self._note_path = f"{self._path}.recovery"
        self._record_path = f"{self._path}.record"
        self.lease = lease
        self.place = f"{self._mount}/{self._path}"
        self._versions: dict[str, int] = {}

    def exists(self) -> bool:
        return bool(self._get(self._path))

    def document(self) -> dict[str, t.Any] | None:
        secret = self._get(self._path)
        return check(secret, self.place) if secret else None

    def write(self, document: t.Mapping[str, t.Any]) -> None:
        if self._path not in self._versions:
            self._get(self._path)
        self._put(self._path, dict(document))

    def remove(self) -> None:
        """Destroy all versions, then write an empty one: no private key stays in the history."""
        self._get(self._path)
        last = self._versions[self._path]
        self._lookup("vault_write", self._at("destroy", self._path), data={"versions": list(range(1, last + 1))})
        self._put(self._path, {})

    def check_removable(self, archives: bool = False) -> None:
        self._check({self._at("data", self._path): _WRITE, self._at("destroy", self._path): {"update"}})

    def archive(self, stamp: str, check_mode: bool) -> str:
        folder, name = posixpath.split(self._path)
        target = posixpath.join(folder, "archive", f"{name}-{stamp}")
        secret = self._get(self._path)
        if self._get(target):
            raise StoreError(f"{self._mount}/{target} already exists. Nothing was changed.")
        self._check_capabilities([target])
        if not check_mode:
            self._put(target, secret)
            if self._get(target) != secret:
                raise StoreError(f"{self._mount}/{target} reads back differently from what was written.")
            self.remove()
        return f"{self._mount}/{target}"

    def check_writable(self) -> None:
        self._check_mount()
        self._check_capabilities([self._path, self._note_path, self._record_path])

    def _check_mount(self) -> None:
        answer = self._lookup("vault_read", f"sys/internal/ui/mounts/{self._mount}")
        about = answer.get("data") or answer
        options = about.get("options") or {}
        if about.get("type") != "kv" or str(options.get("version")) != "2":
            raise StoreError(f"{self._mount} isn't a KV version 2 secrets engine. Give another mount.")

    def _check_capabilities(self, paths: t.Sequence[str]) -> None:
        self._check({self._at("data", path): _WRITE for path in paths})

    def _check(self, wanted: t.Mapping[str, set[str]]) -> None:
        """Ask what the token may do, which writes nothing. Raises StoreError."""
        answer = self._lookup("vault_write", "sys/capabilities-self", data={"paths": list(wanted)})
        told = answer.get("data") or answer
        for path, needed in wanted.items():
            may = set(told.get(path) or ())
            lacking = sorted(needed - may)
            if lacking and "root" not in may:
                raise StoreError(f"The vault's token lacks {', '.join(lacking)} on {path}. Nothing was changed.")

    def record(self) -> dict[str, t.Any] | None:
        return self._get(self._record_path) or None

    def write_record(self, record: t.Mapping[str, t.Any]) -> None:
        if self._record_path not in self._versions:
            self._get(self._record_path)
        self._put(self._record_path, dict(record))

    def remove_record(self) -> None:
        if self._get(self._record_path):
            self._put(self._record_path, {})

    def _load_note(self) -> Note | None:
        return self._get(self._note_path) or None

    def _save_note(self, note: Note) -> None:
        self._put(self._note_path, note)

    def _remove_note(self) -> None:
        if self._note_path not in self._versions:
            self._get(self._note_path)
        if self._versions[self._note_path]:
            self._put(self._note_path, {})

    def _get(self, path: str) -> dict[str, t.Any]:
        """The secret, empty if there is none; notes its version."""
        try:
            found = self._lookup("vault_kv2_get", path, engine_mount_point=self._mount)
        except Missing:
            self._versions[path] = self._deleted_version(path)
            return {}
        self._versions[path] = int(found["metadata"]["version"])
        return dict(found["secret"] or {})

    def _deleted_version(self, path: str) -> int:
        """The version of a secret that somebody deleted, which still counts; 0 for one that never was."""
        try:
            answer = self._lookup("vault_read", self._at("metadata", path))
        except StoreError:
            return 0  # a policy needn't allow it; a write then fails instead of overwriting anything
        return int((answer.get("data") or {}).get("current_version") or 0)

    def _put(self, path: str, secret: dict[str, t.Any]) -> None:
        body = {"data": secret, "options": {"cas": self._versions[path]}}
        try:
            answer = self._lookup("vault_write", self._at("data", path), data=body)
        except StoreError as exc:
            if _LOST_RACE in str(exc):
                raise StoreError(f"Another run has just written {self._mount}/{path}. Run again.") from None
            raise
        self._versions[path] = int((answer.get("data") or answer)["version"])

    def _at(self, kind: str, path: str) -> str:
        return f"{self._mount}/{kind}/{path}"
