# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a folder outlives the job that writes to it. PRIVATE to this collection.

An AWX job runs in a container: its folder, and everything in the container that isn't a mount, are gone when it ends.
A key stored there would be lost, and each job would create another.
"""

from __future__ import annotations

import os
import typing as t

_GONE_WITH_IT = ("overlay", "fuse-overlayfs", "fuse.fuse-overlayfs", "tmpfs", "ramfs")


class Mount(t.NamedTuple):
    """Where a file system is mounted, and its type."""

    point: str
    kind: str


def reason_not_persistent(
    folder: str, environment: t.Mapping[str, str], mounts: t.Sequence[Mount] | None = None
) -> str:
    """Why files in the folder don't outlive this AWX job; empty if they do, or if this isn't an AWX job."""
    if not (environment.get("AWX_HOST") and environment.get("JOB_ID")):
        return ""
    path = os.path.realpath(folder)
    own = environment.get("AWX_ISOLATED_DATA_DIR")  # <the job's folder>/artifacts/<job>
    if own and _inside(path, os.path.dirname(os.path.dirname(os.path.realpath(own)))):
        return "it is in the job's own folder"
    mount = _mount_of(path, _mounts() if mounts is None else mounts)
    if mount.point == "/":
        return "it is in the container itself"
    return f"it is on a {mount.kind}" if mount.kind in _GONE_WITH_IT else ""


def _mount_of(path: str, mounts: t.Sequence[Mount]) -> Mount:
    """The innermost one; of two at the same place the later, which hides the other."""
    found = Mount("/", "")
    for mount in mounts:
        if _inside(path, mount.point) and len(mount.point) >= len(found.point):
            found = mount
    return found


def _mounts() -> list[Mount]:
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.split() for line in file]
    except OSError:
        return []
    return [Mount(_unescaped(line[1]), line[2]) for line in lines]


def _unescaped(point: str) -> str:
    """Decode spaces and the like, which /proc has as three octal digits."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, character)
    return point


def _inside(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder
