# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the optional collections for the tests: awx.awx and community.hashi_vault.

    python tools/check/optional_collections.py [FOLDER]

They are extracted from the package ansible 11, the last with awx.awx. It isn't installed, since it requires another
ansible-core. The file's hash is verified. By default FOLDER is optional-collections in the environment of this
Python, where the tests look for it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "ansible==11.13.0"
HASH = "sha256:7f1c9c6a6026ff214d9240647e4d2b019b2a9d4c7a2bc733932bcf92af80ab04"
COLLECTIONS = ("awx/awx", "community/hashi_vault")
DEFAULT = Path(sys.prefix) / "optional-collections"


def missing(folder: Path) -> list[str]:
    """The collections that are missing in a folder."""
    there = folder / "ansible_collections"
    return [name for name in COLLECTIONS if not (there / name / "MANIFEST.json").exists()]


def download(folder: Path) -> Path:
    """Download the package; pip verifies its hash."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{PACKAGE} --hash={HASH}\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, "-r", str(requirements)], check=True)
    return next(folder.glob("*.whl"))


def unpack(package: Path, folder: Path) -> None:
    """Extract only these collections; the package has about ninety."""
    prefixes = tuple(f"ansible_collections/{name}/" for name in COLLECTIONS)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(prefixes)])


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if missing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as place:
            unpack(download(Path(place)), folder)
    lacking = missing(folder)
    print(f"{folder}: {'lacks ' + ', '.join(lacking) if lacking else 'awx.awx and community.hashi_vault are there'}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
