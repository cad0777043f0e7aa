# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a report: written only where they differ, at once as a whole, for their owner alone. PRIVATE."""

from __future__ import annotations

import os
import stat
import typing as t

from .._files import make_folder, write_atomically

MODE = 0o600
_MOST_DIFF = 100_000  # bytes; Ansible's own limit for the diff of a file
_FOR_PEOPLE = (".md", ".json")  # the others say the same in more words

Diff = t.Dict[str, t.Any]


def write_files(folder: str, contents: t.Mapping[str, str], check_mode: bool) -> list[Diff]:
    """Bring the files to their contents; a diff for each that changes. Raises OSError."""
    if not check_mode:
        make_folder(folder)
    diffs = []
    for name, text in contents.items():
        path, content = os.path.join(folder, name), text.encode("utf-8", "backslashreplace")
        before = _read(path)
        if before == content and _mode(path) == MODE:
            continue
        diffs.append(_diff(path, before, content))
        if not check_mode:
            write_atomically(path, content)
    return diffs


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _mode(path: str) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


def _diff(path: str, before: bytes | None, after: bytes) -> Diff:
    diff: Diff = {"before_header": path, "after_header": path}
    if not path.endswith(_FOR_PEOPLE):
        return {**diff, "before": "" if before is None else "a report\n", "after": "this report\n"}
    if max(len(before or b""), len(after)) > _MOST_DIFF:
        return {**diff, "dst_larger": _MOST_DIFF}
    if before == after:
        return {**diff, "before": "mode: another\n", "after": f"mode: {MODE:04o}\n"}
    return {**diff, "before": (before or b"").decode("utf-8", "replace"), "after": after.decode("utf-8")}
