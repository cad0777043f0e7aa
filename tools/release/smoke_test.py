# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the collection, installs it into an empty environment, and runs the demo from there.

    python tools/release/smoke_test.py                         with the newest ansible-core that this Python takes
    python tools/release/smoke_test.py "ansible-core==2.20.*"  with another

The environment is new and has only ansible-core and requests. Of the installed collection, everything is deleted
except meta, plugins, roles and playbooks, since a collection must work without the rest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checkout
from release import build_artifact

NEEDED = {"FILES.json", "MANIFEST.json", "meta", "playbooks", "plugins", "roles"}


def main() -> int:
    core = sys.argv[1] if len(sys.argv) > 1 else "ansible-core"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        binaries = environment(place / "venv", core)
        install(build_artifact.build(place / "dist"), binaries, place)
        (place / "work").mkdir()
        return run_demo(place / "work", binaries, place / "collections")


def environment(folder: Path, core: str) -> Path:
    """Create a virtual environment with what a user installs; returns its folder of commands."""
    python = str(folder / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    options = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", "install", *options, core, "requests"], check=True)
    return folder / "bin"


def install(artifact: Path, binaries: Path, place: Path) -> None:
    command: list[str | Path] = [binaries / "ansible-galaxy", "collection", "install", "--offline", artifact]
    command += ["-p", place / "collections"]
    subprocess.run(command, cwd=place, env=clean(binaries), check=True)
    installed = place / "collections" / "ansible_collections" / "msp" / "connectwise"
    for path in installed.iterdir():
        if path.name in NEEDED:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def run_demo(work: Path, binaries: Path, collections: Path) -> int:
    """Run the demo in a folder with only a one-line playbook, as in an AWX project."""
    (work / "playbooks").mkdir()
    (work / "playbooks" / "onboard_rewst.yml").write_text("- import_playbook: msp.connectwise.onboard_rewst\n")
    os.environ.update({**clean(binaries), "ANSIBLE_COLLECTIONS_PATH": str(collections)})
    sys.path.insert(0, str(checkout.ROOT / "tests"))
    import demo

    return int(demo.main(work, binaries))


def clean(binaries: Path) -> dict[str, str]:
    """The environment of a user: only the new commands, and no settings of Ansible or Python."""
    for name in [name for name in os.environ if name.startswith(("ANSIBLE_", "PYTHON"))]:
        del os.environ[name]
    return {**os.environ, "PATH": os.pathsep.join([str(binaries), "/usr/local/bin", "/usr/bin", "/bin"])}


if __name__ == "__main__":
    sys.exit(main())
