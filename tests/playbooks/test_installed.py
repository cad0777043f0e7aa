# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built collection, installed, works from an empty directory."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from simulator.server import Handle

from .controller import BIN, ROOT, Controller


def test_installed_collection(controller: Controller, extended: Handle, tmp_path: Path) -> None:
    source, built, installed, empty = (tmp_path / name for name in ("source", "built", "installed", "empty"))
    empty.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(".collections/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    galaxy = str(BIN / "ansible-galaxy")
    environment = controller.environment()
    for command in (
        [galaxy, "collection", "build", str(source), "--output-path", str(built)],
        [galaxy, "collection", "install", "--offline", "-p", str(installed), "--no-deps"],
    ):
        archive = [str(path) for path in built.glob("*.tar.gz")] if "install" in command else []
        done = subprocess.run(
            [*command, *archive], cwd=empty, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    inside = {path.relative_to(installed).parts[3] for path in installed.glob("ansible_collections/msp/connectwise/*")}
    assert {"plugins", "roles", "playbooks", "meta", "MANIFEST.json"} <= inside
    assert not inside & {".git", ".collections", ".venv", "credentials", "handover"}

    controller.add("globex", extended)
    how = {"cwd": empty, "env": {"ANSIBLE_COLLECTIONS_PATH": str(installed)}}
    first = controller.run("msp.connectwise.onboard_rewst", **how).expect(0)
    assert "globex: Rewst: converged (changed)" in first.summary
    assert controller.run("msp.connectwise.onboard_rewst", **how).expect(0).changed("globex") == 0
    assert list(empty.iterdir()) == []
