# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores a document in a YAML file on the controller. PRIVATE to this collection.

During a change, ``<file>.recovery`` (mode 0600, no secret) exists next to it: it names the keys that existed before, so
the next run can recognize and retire a key whose private half was lost. The run that wrote it holds a lock on it.
``<file>.record`` is permanent: what was created for the integration, without secrets.
"""

from __future__ import annotations

import contextlib
import copy
import fcntl
import json
import os
import stat
import typing as t
from abc import abstractmethod

import yaml

from ..module_utils._keys.document import check
from ..module_utils._keys.ports import PairBackend, StoreError
from ._damaged import damage
from ._files import folder_obstacle, make_folder, prove_writable, remove_staged, without_waiting, write_atomically
from ._persistence import reason_not_persistent

VARIABLE = "cw_credentials"
RESTORE = "Restore it from a backup or from version control."


class FilePlace(PairBackend):
    """A file that holds one variable, cw_credentials. ``encode`` and ``decode`` say how it lies on the disk."""

    known_persistent = False  # whether the user says that the folder outlives the job, although it doesn't look like it

    def __init__(self, path: str) -> None:
        self.place = os.path.abspath(path)
        self._note_path = f"{self.place}.recovery"
        self._record_path = f"{self.place}.record"
        self._note: t.IO[str] | None = None

    @abstractmethod
    def encode(self, text: str) -> bytes:
        """The text as it lies on the disk."""

    @abstractmethod
    def decode(self, content: bytes) -> str:
        """The text of what lies on the disk. Raises StoreError."""

    def exists(self) -> bool:
        return os.path.lexists(self.place)

    def document(self) -> dict[str, t.Any] | None:
        content = read(self.place)
        if content is None:
            return None
        document = mapping(self.decode(content), self.place).get(VARIABLE)
        if not isinstance(document, dict):
            raise StoreError(f"{self.place} doesn't hold a variable {VARIABLE}. {RESTORE}")
        return check(document, self.place)

    def others(self) -> dict[str, dict[str, t.Any]]:
        """The files of pairs in the same folder. Files of another kind are skipped."""
        folder, own = os.path.split(self.place)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        found: dict[str, dict[str, t.Any]] = {}
        for name in names:
            path = os.path.join(folder, name)
            if name == own or not name.endswith((".yml", ".yaml")) or not os.path.isfile(path):
                continue
            content = read(path) or b""
            beside = copy.copy(self)
            beside.place = path
            document = mapping(beside.decode(content), path).get(VARIABLE) if self.is_own_kind(content) else None
            if isinstance(document, dict):
                found[path] = check(document, path)
        return found

    def is_own_kind(self, content: bytes) -> bool:
        """Whether this could be what ``encode`` gave."""
        return VARIABLE.encode() in content

    def check_writable(self) -> None:
        probe = "can this be kept?"
        if self.decode(self.encode(probe)) != probe:
            raise StoreError(f"What is written to {self.place} doesn't read back unchanged.")
        self._check_ordinary()
        folder = os.path.dirname(self.place)
        self._check_persistence(folder)
        obstacle = folder_obstacle(folder)
        if obstacle:
            raise StoreError(f"A pair couldn't be stored: {obstacle}. No key was created.")

    def prepare(self) -> None:
        folder = os.path.dirname(self.place)
        try:
            make_folder(folder)
            prove_writable(self.place)
        except OSError as exc:
            raise StoreError(f"{folder} can't be written to: {exc.strerror or exc}. No key was created.") from None

    def _check_ordinary(self) -> None:
        """The file is replaced, moved and removed: a link would be lost, and its target left behind."""
        if os.path.islink(self.place) or (os.path.exists(self.place) and not os.path.isfile(self.place)):
            raise StoreError(f"{self.place} isn't an ordinary file.")

    def _check_persistence(self, folder: str) -> None:
        why = "" if self.known_persistent else reason_not_persistent(folder, os.environ)
        if why:
            raise StoreError(
                f"{folder} is gone when this AWX job ends ({why}), so a key stored there would be lost."
                " Nothing was changed. Use another store, or set cw_credentials_dir to a folder that is mounted into"
                " the execution environment and persists. If this one does persist, set cw_credentials_persistent to"
                " true."
            )

    def write(self, document: t.Mapping[str, t.Any]) -> None:
        block = yaml.safe_dump({VARIABLE: dict(document)}, sort_keys=False)
        before = read(self.place)
        text = "---\n" + block if before is None else beside(self.decode(before), block, self.place)
        try:
            write_atomically(self.place, self.encode(text))
        except OSError as exc:
            raise StoreError(f"{self.place} can't be written: {exc.strerror or exc}") from None

    def check_removable(self, archives: bool = False) -> None:
        """Removal deletes the whole file, so it must not hold the user's own variables; an archive keeps them."""
        content = None if archives else read(self.place)
        own = [name for name in mapping(self.decode(content), self.place) if name != VARIABLE] if content else []
        if own:
            raise StoreError(
                f"{self.place} also holds variables of your own ({', '.join(map(str, own))}), which would be lost."
                " Nothing was changed here. Move them to another file, then run again."
            )

    def remove(self) -> None:
        self._check_ordinary()
        remove(self.place)

    def archive(self, stamp: str, check_mode: bool) -> str:
        self._check_ordinary()
        folder, name = os.path.split(self.place)
        stem, ending = os.path.splitext(name)
        target = os.path.join(folder, "archive", f"{stem}-{stamp}{ending}")
        if os.path.lexists(target):
            raise StoreError(f"{target} already exists. Nothing was changed.")
        if check_mode:
            return target
        try:
            make_folder(os.path.dirname(target))
            os.rename(self.place, target)
        except OSError as exc:
            raise StoreError(f"{self.place} can't be moved to {target}: {exc.strerror or exc}") from None
        return target

    def read_recovery_note(self) -> dict[str, t.Any] | None:
        file = self._lock(create=False)
        if file is None:
            return None
        file.seek(0)
        try:
            note = json.loads(file.read())
        except ValueError:
            return {}
        return note if isinstance(note, dict) else {}

    def write_recovery_note(self, note: t.Mapping[str, t.Any]) -> None:
        file = t.cast("t.IO[str]", self._lock(create=True))
        try:
            file.seek(0)
            file.truncate()
            json.dump(dict(note), file)
            file.flush()
            os.fsync(file.fileno())
        except OSError as exc:
            raise self._unusable("written", exc) from None

    def clear_recovery_note(self) -> None:
        with contextlib.suppress(OSError):  # without its folder nothing is left in it
            remove_staged(self.place)
        remove(self._note_path)
        self.close()

    def record(self) -> dict[str, t.Any] | None:
        content = read(self._record_path)
        if content is None:
            return None
        try:
            record = json.loads(content)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            wrong = damage(content) or "can't be read: it isn't JSON"
            raise StoreError(
                f"{self._record_path} {wrong}. Restore it from a backup. Or move it away: the next run then trusts only"
                " what it creates itself."
            )
        return record

    def write_record(self, record: t.Mapping[str, t.Any]) -> None:
        try:
            make_folder(os.path.dirname(self.place))
            write_atomically(self._record_path, (json.dumps(dict(record), indent=1) + "\n").encode())
        except OSError as exc:
            raise StoreError(f"{self._record_path} can't be written: {exc.strerror or exc}") from None

    def remove_record(self) -> None:
        remove(self._record_path)

    def close(self) -> None:
        """Release the lock, as the end of the process would; the note stays."""
        if self._note:
            self._note.close()
            self._note = None

    def _lock(self, create: bool) -> t.IO[str] | None:
        """The note, open and locked until it is cleared, so no other run takes it for that of an interrupted one.

        None if there is none and ``create`` is false.
        """
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | (os.O_CREAT if create else 0)
        while self._note is None:
            try:
                file = os.fdopen(os.open(self._note_path, flags, 0o600), "r+", encoding="utf-8")
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except FileNotFoundError as exc:
                if create:
                    raise self._unusable("opened", exc) from None
                return None
            except BlockingIOError:
                where = f"{self._note_path} is locked"
                raise StoreError(f"Another run is creating this key right now ({where}).") from None
            except OSError as exc:
                raise self._unusable("opened", exc) from None
            if file.buffer.read(1) not in (b"", b"{"):  # an unfinished note begins like this too
                file.close()
                raise StoreError(f"{self._note_path} isn't a recovery note of ours. Move it away, and run again.")
            if os.fstat(file.fileno()).st_nlink:
                self._note = file
            else:
                file.close()  # a run that just succeeded removed it: look again
        return self._note

    def _unusable(self, what: str, exc: OSError) -> StoreError:
        return StoreError(f"{self._note_path} can't be {what}: {exc.strerror or exc}. No key was created.")


def remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise StoreError(f"{path} can't be removed: {exc.strerror or exc}. Remove it by hand.") from None


def read(path: str) -> bytes | None:
    try:
        with open(path, "rb", opener=without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise StoreError(f"{path} isn't an ordinary file.")
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StoreError(f"{path} can't be read: {exc.strerror or exc}") from None


def mapping(text: str, place: str) -> dict[str, t.Any]:
    """The YAML mapping with every value as text: a key of digits isn't a number."""
    wrong = damage(text.encode()) if text else ""
    if wrong:
        raise StoreError(f"{place} {wrong}. {RESTORE}")
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # BaseLoader creates only strings, lists and dicts
    except yaml.YAMLError:
        raise StoreError(f"{place} isn't valid YAML.") from None
    if document in (None, ""):
        return {}
    if not isinstance(document, dict):
        raise StoreError(f"{place} isn't a YAML mapping.")
    return document


def beside(text: str, block: str, place: str) -> str:
    """``text`` with our variable replaced by ``block``; anything else in it stays. Raises StoreError."""
    lines = text.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if line.startswith(f"{VARIABLE}:")), None)
    if start is None:  # not written as a block
        others = {name: value for name, value in mapping(text, place).items() if name != VARIABLE}
        return "---\n" + (yaml.safe_dump(others, sort_keys=False) if others else "") + block
    rest = lines[start + 1 :]
    end = next((number for number, line in enumerate(rest) if line.strip() and not line[0].isspace()), len(rest))
    while end and not rest[end - 1].strip():
        end -= 1
    return "".join([*lines[:start], block, *rest[end:]])
