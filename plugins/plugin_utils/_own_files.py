# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a run may replace or remove: our own, recognized by name and content. PRIVATE to this collection.

Any other file of such a name stays, and links aren't followed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import typing as t

from ._files import make_folder, remove_staged, without_links, write_atomically

MODE = 0o600
_MOST_DIFF = 100_000  # bytes; Ansible's own limit for the diff of a file
_FOR_PEOPLE = (".md", ".json")  # the others have the same content

Diff = t.Dict[str, t.Any]


class InTheWay(Exception):
    """A foreign file is in the place of ours. The text names it and says what to do."""


class OwnFile(t.NamedTuple):
    """``path`` is below ``root``, a real path. ``ours`` recognizes our content; ``what`` names it in messages."""

    root: str
    path: str
    ours: t.Callable[[bytes], bool]
    what: str

    @property
    def obstacle(self) -> str:
        """Why there can't be an ordinary file here, such as "/x/y is a link"; empty if there can."""
        place = self.root
        for part in os.path.relpath(self.path, self.root).split(os.sep):
            place = os.path.join(place, part)
            try:
                mode = os.lstat(place).st_mode
            except FileNotFoundError:
                return ""
            except NotADirectoryError:  # the root itself
                return f"{self.root} isn't a folder"
            if stat.S_ISLNK(mode):
                return f"{place} is a link"
            if place == self.path and not stat.S_ISREG(mode):
                return f"{place} isn't an ordinary file"
            if place != self.path and not stat.S_ISDIR(mode):
                return f"{place} isn't a folder"
        return ""

    def content(self) -> bytes | None:
        """The content; None if there is no file, or if it isn't ours. Raises OSError."""
        content = None if self.obstacle else _read(self.path)
        return content if content is not None and self.ours(content) else None

    def check(self) -> None:
        """Raises InTheWay if there is a foreign file here that isn't empty, and OSError."""
        if self.obstacle:
            raise InTheWay(f"{self.obstacle}, so {self.what} wasn't written. Move it away, and run again.")
        content = _read(self.path)
        if content and not self.ours(content):
            raise InTheWay(
                f"{self.path} exists and isn't {self.what}, so it wasn't overwritten. Move it away, and run again."
            )


def write_all(contents: t.Mapping[OwnFile, str], check_mode: bool) -> list[Diff]:
    """Write the files' contents. Returns a diff for each that changes.

    Raises InTheWay before any of them is written, and OSError.
    """
    for file in contents:
        file.check()
    diffs = []
    for file, text in contents.items():
        content = text.encode("utf-8", "backslashreplace")
        before = _read(file.path)
        if before == content and _mode(file.path) == MODE:
            continue
        diffs.append(_diff(file.path, before, content))
        if not check_mode:
            make_folder(os.path.dirname(file.path))
            write_atomically(file.path, content)
    return diffs


def remove_all(files: t.Iterable[OwnFile], check_mode: bool) -> list[Diff]:
    """Remove our files, and their empty folders below the root. Returns a diff for each. Raises OSError."""
    diffs = []
    for file in files:
        before = file.content()
        if before is None:
            continue
        diffs.append(_diff(file.path, before, None))
        if not check_mode:
            remove_staged(file.path)
            os.unlink(file.path)
            _remove_empty(file)
    return diffs


def _remove_empty(file: OwnFile) -> None:
    folder = os.path.dirname(file.path)
    with contextlib.suppress(OSError):  # something is in it, or another run was quicker
        while folder != file.root:
            os.rmdir(folder)
            folder = os.path.dirname(folder)


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb", opener=without_links) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _mode(path: str) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


def _diff(path: str, before: bytes | None, after: bytes | None) -> Diff:
    diff: Diff = {"before_header": path, "after_header": path}
    if not path.endswith(_FOR_PEOPLE):
        return {**diff, "before": "" if before is None else "a file\n", "after": "" if after is None else "this file\n"}
    if max(len(before or b""), len(after or b"")) > _MOST_DIFF:
        return {**diff, "dst_larger": _MOST_DIFF}
    if before == after:
        return {**diff, "before": "mode: another\n", "after": f"mode: {MODE:04o}\n"}
    return {**diff, "before": (before or b"").decode("utf-8", "replace"), "after": (after or b"").decode("utf-8")}
