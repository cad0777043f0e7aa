# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""execution-environment.yml and ansible-navigator.yml, with the tools that read them; no container engine is needed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from playbooks.controller import BIN, ROOT, Controller
from simulator.server import Handle

from .leaks import Secrets

DEFINITION = ROOT / "execution-environment.yml"
SETTINGS = ROOT / "ansible-navigator.yml"


def tool(name: str) -> str:
    """The command, if it is installed: only these tests need it, and it is large."""
    path = BIN / name
    if not path.exists():
        pytest.skip(f"{name} isn't installed beside pytest")
    return str(path)


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = Controller(folder / "user").environment(PATH=f"{BIN}:/usr/bin:/bin", TERM="dumb", NO_COLOR="1")
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def context(archive: Path, tmp_path: Path) -> Path:
    """The context that ansible-builder creates from the definition."""
    builder = tool("ansible-builder")
    shutil.copy(DEFINITION, tmp_path)
    shutil.copy(archive, tmp_path)
    done = run(builder, "create", "--output-filename", "Containerfile", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    return tmp_path / "context"


def test_the_base_image_is_pinned() -> None:
    """To a release or a digest: a tag that moves would make another image of each build."""
    name = yaml.safe_load(DEFINITION.read_text())["images"]["base_image"]["name"]
    assert re.search(r":\d+\.\d+[\d.-]*$|@sha256:[0-9a-f]{64}$", name), name


def test_builder_makes_a_context(context: Path, archive: Path) -> None:
    containerfile = (context / "Containerfile").read_text()
    definition = yaml.safe_load(DEFINITION.read_text())
    assert f'ARG EE_BASE_IMAGE="{definition["images"]["base_image"]["name"]}"' in containerfile
    wanted = [definition["dependencies"][part]["package_pip"] for part in ("ansible_core", "ansible_runner")]
    assert f'ARG ANSIBLE_INSTALL_REFS="{" ".join(wanted)}"' in containerfile
    assert "introspect.py introspect" in containerfile
    (inside,) = (context / "_build" / "collections").iterdir()
    assert hashlib.sha256(inside.read_bytes()).digest() == hashlib.sha256(archive.read_bytes()).digest()


def test_collection_of_the_context_installs(context: Path) -> None:
    """The step of the image that has something of ours: requirements.yml, from the folder that it is run in."""
    build = context / "_build"
    done = run(
        str(BIN / "ansible-galaxy"), "collection", "install", "--offline", "-r", "requirements.yml", "-p", "there",
        folder=build,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (build / "there" / "ansible_collections" / "msp" / "connectwise" / "MANIFEST.json").exists()


def test_introspect_finds_what_the_collection_needs(collections: Path, tmp_path: Path) -> None:
    builder = tool("ansible-builder")
    done = run(
        builder, "introspect", str(collections), "--write-pip", "pip.txt", "--write-bindep", "bindep.txt",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in (tmp_path / "pip.txt").read_text().splitlines() if line.strip()]
    assert [line.split()[0] for line in lines] == ["requests>=2.31", "jsonschema>=4.18"]
    assert all(line.endswith("# from collection msp.connectwise") for line in lines)
    assert not (tmp_path / "bindep.txt").exists()


def test_versions_agree() -> None:
    """The archive is named by the version, and the image has an Ansible that the collection supports."""
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    name = f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"
    definition = yaml.safe_load(DEFINITION.read_text())
    assert [entry["src"] for entry in definition["additional_build_files"]] == [name]
    assert definition["dependencies"]["galaxy"]["collections"][0]["name"] == f"collections/{name}"
    bound = re.search(r"^requests>=([\d.]+)$", (ROOT / "meta" / "ee-requirements.txt").read_text(), re.MULTILINE)
    fragment = (ROOT / "plugins" / "doc_fragments" / "connection.py").read_text()
    assert bound and f"requests >= {bound[1]}\n" in fragment
    supported = SpecifierSet(yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"])
    core = Requirement(definition["dependencies"]["ansible_core"]["package_pip"]).specifier & supported
    assert list(core.filter(["2.17.9", "2.19.9", "2.20.9", "2.21.9", "2.22.0"])) == ["2.20.9", "2.21.9"]


def test_navigator_takes_the_settings(tmp_path: Path) -> None:
    done = run(tool("ansible-navigator"), "settings", "--schema", "json", "--ee", "false", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    schema = json.loads(done.stdout[done.stdout.index("{") :])
    settings = yaml.safe_load(SETTINGS.read_text())
    jsonschema.validate(settings, schema)
    settings["ansible-navigator"]["no-such-setting"] = True
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(settings, schema)


def test_navigator_runs_and_leaves_no_secret(
    archive: Path, collections: Path, tmp_path: Path, new_instance: Callable[..., Handle]
) -> None:
    """With the shipped settings, but on this machine instead of in an image."""
    navigator = tool("ansible-navigator")
    controller = Controller(tmp_path / "controller")
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(SETTINGS, folder)
    instance = new_instance(edition="extended")
    controller.add("globex", instance)
    done = subprocess.run(
        [
            navigator, "run", "msp.connectwise.onboard_rewst", "--ee", "false", "-i", str(controller.inventory),
            "--vault-password-file", str(controller.password_file), "-vvv",
        ],
        cwd=folder,
        env=controller.environment(PATH=f"{BIN}:/usr/bin:/bin", ANSIBLE_COLLECTIONS_PATH=str(collections)),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "globex: Rewst: converged" in " ".join(done.stdout.split())
    assert [path.name for path in folder.iterdir()] == [SETTINGS.name]
    (folder / "stdout").write_text(done.stdout + done.stderr)
    found = Secrets()
    found.add_instance(instance)
    found.add("vault password", controller.password)
    logged = [path for place in (folder, controller.home) for path in place.rglob("*") if path.is_file()]
    assert any(path.name == "ansible-navigator.log" for path in logged)
    assert not [what for path in logged for what in found.found_in(path.read_bytes())]
