# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller that are for their owner alone. PRIVATE to this collection."""

from __future__ import annotations

import os
import tempfile


def write_atomically(path: str, content: bytes) -> None:
    """Atomically: a reader finds the old content or the new, never a part. Mode 0600 from the start."""
    handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def make_folder(folder: str) -> None:
    """The folder and those above it that don't exist, all of them for the owner alone."""
    if os.path.isdir(folder):
        return
    make_folder(os.path.dirname(folder))
    try:
        os.mkdir(folder, mode=0o700)
    except FileExistsError:  # the run for another host was quicker
        if not os.path.isdir(folder):
            raise
