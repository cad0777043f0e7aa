# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The current files of the checkout, and a copy of them where Ansible looks for a collection."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# files that a run leaves behind; only used without git, which knows what belongs to the checkout
LEFT_BEHIND = {
    ".git", ".hypothesis", ".sanity", ".venv", "__pycache__", "audit", "build", "collections", "context", "credentials",
    "demo", "dist", "handover", "my",
}  # fmt: skip


def files() -> list[str]:
    """All files except the links of ``.collections``, through which Ansible would see the collection twice."""
    return sorted(name for name in _listed() if not name.startswith(".collections/") and (ROOT / name).is_file())


def copy_to(folder: Path) -> Path:
    """Copy the checkout to ``folder/ansible_collections/msp/connectwise`` and return that."""
    target = folder / "ansible_collections" / "msp" / "connectwise"
    for name in files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return target


def _listed() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return _walked()
    return [name for name in listed.split("\0") if name]


def _walked() -> list[str]:
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT_BEHIND and not name.endswith("_cache")]
        found += [str((Path(folder) / name).relative_to(ROOT)) for name in names]
    return found
