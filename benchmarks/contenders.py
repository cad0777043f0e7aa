# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contenders that are measured side by side, each as the command that a user would type."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from world import Hosts

HERE = Path(__file__).resolve().parent
OURS, URI, SCRIPT, THREADS, EMPTY = "a", "b", "c", "c*", "d"
NAMES = {
    OURS: "this collection",
    URI: "ansible.builtin.uri",
    SCRIPT: "script, one after another",
    THREADS: "script, threads",
    EMPTY: "as many empty tasks",
}
_PLAYBOOKS = {"onboard": "playbooks/onboard_rewst.yml", "audit": "playbooks/audit.yml"}
PASSWORD = "benchmark"


@dataclass(frozen=True)
class Place:
    """The files of one world: ``checkout`` is the collection that is measured."""

    folder: Path
    checkout: Path
    forks: int

    @property
    def inventory(self) -> str:
        return str(self.folder / "inventory.json")

    @property
    def password(self) -> str:
        return str(self.folder / "password")

    @property
    def credentials(self) -> str:
        return str(self.folder / "credentials")

    def prepare(self, hosts: Hosts) -> None:
        python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}  # spares the modules a search
        inventory = {"connectwise": {"hosts": {name: {**hosts[name], **python} for name in hosts}}}
        Path(self.inventory).write_text(json.dumps(inventory), encoding="utf-8")
        Path(self.password).write_text(PASSWORD, encoding="utf-8")


def command(contender: str, work: str, place: Place, tasks: int = 0) -> list[str]:
    """The command for ``work``, onboard or audit; ``tasks`` is the number of empty tasks to run."""
    if contender == OURS:
        return _playbook(_PLAYBOOKS[work], place)
    if contender == URI:
        return _playbook(str(HERE / "uri" / f"{work}.yml"), place)
    if contender == EMPTY:
        return _playbook(_empty_tasks(place, tasks), place)
    threads = str(place.forks if contender == THREADS else 1)
    return [sys.executable, str(HERE / "script.py"), work, place.inventory, "--credentials", place.credentials,
            "--password-file", place.password, "--threads", threads]  # fmt: skip


def _playbook(path: str, place: Place) -> list[str]:
    return [
        str(Path(sys.executable).parent / "ansible-playbook"), path, "-i", place.inventory,
        "--vault-password-file", place.password, "--forks", str(place.forks),
        "-e", f"cw_credentials_dir={place.credentials}", "-e", f"cw_output_dir={place.folder}/handover",
        "-e", f"audit_output_dir={place.folder}/audit", "-e", f"vault_password_path={place.password}",
    ]  # fmt: skip


def _empty_tasks(place: Place, tasks: int) -> str:
    """A playbook of tasks that set a fact to a constant: an action without a module, so the minimum cost of a task."""
    play = {
        "name": "Run empty tasks",
        "hosts": "connectwise",
        "connection": "local",
        "gather_facts": False,
        "tasks": [{"name": f"Task {number}", "ansible.builtin.set_fact": {"floor": True}} for number in range(tasks)],
    }
    path = place.folder / f"empty-{tasks}.yml"
    path.write_text(json.dumps([play]), encoding="utf-8")
    return str(path)


def tasks_of(output: str) -> int:
    """The number of tasks in a playbook's output."""
    return len(re.findall(r"^(?:TASK|RUNNING HANDLER) \[", output, re.MULTILINE))
