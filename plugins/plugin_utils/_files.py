# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller that only their owner can read. PRIVATE to this collection."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import tempfile
import typing as t


def write_atomically(path: str, content: bytes) -> None:
    """Atomically: a reader finds the old content or the new, never a part. Mode 0600 from the start."""
    remove_staged(path)
    handle, temporary = _stage(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.replace(temporary, path)  # while it is open, and so locked
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def prove_writable(path: str) -> None:
    """Check that the file could be written, with a temporary file next to it. Raises OSError."""
    remove_staged(path)
    handle, temporary = _stage(path)
    with os.fdopen(handle, "wb") as file:
        try:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
        finally:
            os.unlink(temporary)


def remove_staged(path: str) -> None:
    """Remove leftovers of killed writers of this file; running ones hold a lock on theirs.

    Only an ordinary file of this user under a name that ``_stage`` gives: it has no content to be known by.
    """
    folder, name = os.path.split(path)
    staged = re.compile(rf"\.{re.escape(name)}\.[a-z0-9_]{{8}}\.new")
    for entry in filter(staged.fullmatch, os.listdir(folder)):
        with contextlib.suppress(OSError), open(os.path.join(folder, entry), "rb+", opener=without_links) as file:
            about = os.fstat(file.fileno())
            if stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(file.name)


def without_links(path: str, flags: int) -> int:
    return without_waiting(path, flags | os.O_NOFOLLOW)


def without_waiting(path: str, flags: int) -> int:
    """An opener that doesn't block on a pipe that nobody writes to."""
    return os.open(path, flags | os.O_NONBLOCK)


def _stage(path: str) -> tuple[int, str]:
    """A new file beside this one, open and locked. Raises OSError."""
    folder, name = os.path.split(path)
    while True:
        handle, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".new", dir=folder)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, temporary
        os.close(handle)  # another writer took it for a leftover before it was locked


def folder_obstacle(folder: str) -> str:
    """What keeps files from being written to a folder, which may not exist yet; empty if nothing does.

    Nothing is created: the nearest existing folder must be writable.
    """
    while not os.path.isdir(folder):
        if os.path.lexists(folder):
            return f"{folder} isn't a folder"
        folder = os.path.dirname(folder)
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} can't be written to"


@contextlib.contextmanager
def locked(folder: str) -> t.Iterator[None]:
    """Lock a folder for one run at a time, also across machines that share it. No lock if the file system has none."""
    make_folder(folder)
    with open(os.path.join(folder, ".lock"), "a", encoding="utf-8", opener=_private) as file:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def make_folder(folder: str) -> None:
    """Create the folder and its missing parents, readable only by the owner."""
    if os.path.isdir(folder):
        return
    make_folder(os.path.dirname(folder))
    try:
        os.mkdir(folder, mode=0o700)
    except FileExistsError:  # the run for another host was quicker
        if not os.path.isdir(folder):
            raise
