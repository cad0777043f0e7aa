# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the optional collections that this one can use."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def folder() -> Path:
    """The folder for ANSIBLE_COLLECTIONS_PATH. Fails if it is missing, so that nothing is silently skipped."""
    found = Path(os.environ.get("OPTIONAL_COLLECTIONS") or Path(sys.prefix) / "optional-collections")
    for name in ("awx/awx", "community/hashi_vault"):
        if not (found / "ansible_collections" / name).is_dir():
            raise RuntimeError(f"{found} lacks {name}. Run: python tools/check/optional_collections.py")
    return found


def load() -> None:
    """Make them importable in this process."""
    import ansible_collections

    place = str(folder() / "ansible_collections")
    if place not in ansible_collections.__path__:
        ansible_collections.__path__.append(place)
