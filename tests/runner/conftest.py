# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests that run jobs as AWX does: the collection from its archive, and AWX's project."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playbooks.controller import BIN, ROOT, Controller
from simulator import Simulator
from simulator.server import Handle

from .awx import AWX, Awx

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, built from the files of the checkout that git doesn't ignore."""
    folder = tmp_path_factory.mktemp("build")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    source = folder / "source"
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith((".collections/", "tests/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    _galaxy(folder, "collection", "build", str(source), "--output-path", str(folder))
    (built,) = folder.glob("*.tar.gz")
    return built


@pytest.fixture(scope="session")
def collections(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path with the archive installed, as by a project's requirements."""
    folder = tmp_path_factory.mktemp("requirements_collections")
    _galaxy(folder, "collection", "install", "--offline", "--no-deps", "-p", str(folder), str(archive))
    return folder


def _galaxy(folder: Path, *arguments: str) -> None:
    """Run ansible-galaxy in a folder outside of the checkout, away from its ansible.cfg."""
    home = folder / "user"
    done = subprocess.run(
        [str(BIN / "ansible-galaxy"), *arguments],
        cwd=folder, env=Controller(home).environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    shutil.rmtree(home)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def awx(tmp_path: Path, collections: Path) -> Awx:
    return Awx(tmp_path / "awx", AWX / "project", collections)


@pytest.fixture
def new_instance(simulator: Simulator) -> Callable[..., Handle]:
    """Creates new instances; options as in ``Simulator.add_instance``."""

    def make(**options: object) -> Handle:
        return simulator.add_instance(f"runner{next(_numbers)}", **options)

    return make
