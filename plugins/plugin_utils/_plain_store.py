# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores a pair in a plain-text file that only its owner can read. PRIVATE to this collection."""

from __future__ import annotations

import os
import stat
import subprocess
import typing as t

from ..module_utils._keys.ports import StoreError
from ._file_place import FilePlace


class PlainFile(FilePlace):
    """Used only if chosen by name, and never in a git work tree that could commit it."""

    def encode(self, text: str) -> bytes:
        return text.encode()

    def decode(self, content: bytes) -> str:
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise StoreError(f"{self.place} isn't a text file.") from None

    def document(self) -> dict[str, t.Any] | None:
        self._check_private()
        return super().document()

    def check_writable(self) -> None:
        self._check_private()
        super().check_writable()

    def _check_private(self) -> None:
        folder, name = os.path.split(self.place)
        folder = os.path.realpath(folder)  # a link may lead into a work tree
        tree = _work_tree(folder)
        if tree and not _is_ignored(tree, os.path.join(folder, name)):
            raise StoreError(
                f"{self.place} would be a private key in plain text in the git work tree {tree}. Give a path outside"
                " it, add it to .gitignore, or use the store vault_file. Nothing was changed."
            )
        if os.path.isfile(self.place) and stat.S_IMODE(os.stat(self.place).st_mode) & 0o077:
            raise StoreError(f"{self.place} can be read by users other than its owner. Run: chmod 600 {self.place}")

    def archive(self, stamp: str, check_mode: bool) -> str:
        raise StoreError(f"{self.place} is plain text, but archives are encrypted. Remove it instead (state absent).")


def _work_tree(folder: str) -> str | None:
    """The nearest folder above that git works in."""
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def _is_ignored(tree: str, path: str) -> bool:
    """Whether git ignores the path; False without git."""
    command = ["git", "-C", tree, "check-ignore", "--quiet", "--", path]
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
