# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's skeleton: AWX offers every playbook of the collection, and each runs with what is installed."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from playbooks.controller import BIN, ROOT, Controller

from .standin.app import playbooks_of

PROJECT = ROOT / "awx" / "project"
# a vendor's is onboard.yml with the vendor named, which is a survey's question; awx_setup is run from outside; a first
# contact and an import are for files on the controller, which a job loses, and pairs are moved out of such files
NOT_FOR_AWX = {
    "awx_setup.yml", "first_contact.yml", "move_pairs.yml", "import_vendor.yml",
    *(f"onboard_{vendor}.yml" for vendor in _vendors.names()),
}  # fmt: skip
PLAYBOOKS = sorted({path.name for path in (ROOT / "playbooks").glob("*.yml")} - NOT_FOR_AWX)


def test_awx_offers_every_playbook() -> None:
    offered = playbooks_of(PROJECT)
    # AWX takes a YAML inventory for a playbook too, because it has a line that begins with hosts
    assert [name for name in offered if not name.startswith("inventory/")] == PLAYBOOKS


def test_each_calls_the_playbook_of_its_name() -> None:
    for name in PLAYBOOKS:
        (play,) = yaml.safe_load((PROJECT / name).read_text())
        assert play["ansible.builtin.import_playbook"] == f"msp.connectwise.{name.removesuffix('.yml')}"


def test_each_playbook_has_a_job_template() -> None:
    templates = yaml.safe_load((ROOT / "awx" / "job_templates.yml").read_text())
    assert {each["playbook"] for each in templates} == set(PLAYBOOKS)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as AWX gets it: built of the checkout, and installed."""
    top = tmp_path_factory.mktemp("collection")
    source, built, place = (top / name for name in ("source", "built", "installed"))
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith((".collections/", "tests/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    environment = Controller(top / "controller").environment()
    subprocess.run([*galaxy, "build", str(source), "--output-path", str(built)], env=environment, check=True, cwd=top)
    archive = next(built.glob("*.tar.gz"))
    install = [*galaxy, "install", "--offline", "--no-deps", "-p", str(place), str(archive)]
    subprocess.run(install, env=environment, check=True, cwd=top)
    with tarfile.open(archive) as packed:
        assert {"awx/job_templates.yml", "awx/project/ansible.cfg", "awx/project/inventory/instances.yml"} <= set(
            packed.getnames()
        )
    return place


def test_each_playbook_is_found_with_the_collection_installed(installed: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    controller = Controller(tmp_path / "controller")
    environment = controller.environment(ANSIBLE_COLLECTIONS_PATH=str(installed))
    command = [str(BIN / "ansible-playbook"), "--syntax-check", "-i", "inventory", *PLAYBOOKS]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in PLAYBOOKS if f"playbook: {name}" not in done.stdout] == []


def test_a_playbook_that_the_collection_lacks_is_noticed(installed: Path, tmp_path: Path) -> None:
    """So that the test before this one can fail."""
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    (project / "gone.yml").write_text("- name: Gone\n  ansible.builtin.import_playbook: msp.connectwise.gone\n")
    environment = Controller(tmp_path / "controller").environment(ANSIBLE_COLLECTIONS_PATH=str(installed))
    command = [str(BIN / "ansible-playbook"), "--syntax-check", "-i", "inventory", "gone.yml"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_the_inventory_is_read(tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    command = [str(BIN / "ansible-inventory"), "-i", "inventory", "--host", "acme"]
    done = subprocess.run(
        command, cwd=project, env=Controller(tmp_path / "c").environment(), capture_output=True, text=True, check=True
    )
    found = yaml.safe_load(done.stdout)
    assert (found["ansible_connection"], found["cw_company"]) == ("local", "acme")
    assert found["ansible_python_interpreter"] == "{{ ansible_playbook_python }}"


def test_the_requirements_take_this_version() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    wanted = yaml.safe_load((PROJECT / "collections" / "requirements.yml").read_text())["collections"]
    assert [each["name"] for each in wanted] == ["msp.connectwise"]
    from ansible.galaxy.dependency_resolution.versioning import meets_requirements

    assert meets_requirements(version, wanted[0]["version"])
