# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's controller: an inventory, folders for worksheets and key pairs, a vault password."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from simulator.server import Handle

ROOT = Path(__file__).resolve().parents[2]
PLAYS = Path(__file__).resolve().parent / "plays"
BIN = Path(sys.executable).parent
REWST, NINJAONE, DESKDIRECTOR = (
    f"playbooks/onboard_{vendor}.yml" for vendor in ("rewst", "ninjaone", "deskdirector")
)

_STATUS = re.compile(r"^(ok|changed|skipping|fatal|failed): \[([\w.-]+)", re.MULTILINE)
_RECAP = re.compile(r"^([\w.-]+)\s+:\s+(ok=\d+.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """A finished ansible-playbook: its exit status and what it printed."""

    rc: int
    stdout: str
    stderr: str

    @property
    def printed(self) -> str:
        return self.stdout + self.stderr

    @property
    def flat(self) -> str:
        """The output as one line: YAML breaks long messages between words, and doubles apostrophes."""
        return " ".join(self.printed.split()).replace("''", "'")

    @property
    def summary(self) -> str:
        """The playbook's own summary, as one line."""
        return " ".join(self.text_of("Show each instance").split()).replace("''", "'")

    @cached_property
    def recap(self) -> dict[str, dict[str, int]]:
        """{host: {ok, changed, unreachable, failed, skipped, rescued, ignored}}."""
        text = self.stdout[self.stdout.rfind("PLAY RECAP") :]
        return {
            host: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", counts)}
            for host, counts in _RECAP.findall(text)
        }

    @cached_property
    def tasks(self) -> list[tuple[str, str]]:
        """(name, output) of the tasks, in order."""
        parts = re.split(r"^TASK \[(.*)\] \*+$", self.stdout[: self.stdout.rfind("PLAY RECAP")], flags=re.MULTILINE)
        return list(zip(parts[1::2], parts[2::2], strict=True))

    def statuses(self, host: str) -> dict[str, str]:
        """{task: status} of the tasks that ran on a host (for a loop, of the last item)."""
        return {
            name.rpartition(" : ")[2]: status
            for name, text in self.tasks
            for status, where in _STATUS.findall(text)
            if where == host
        }

    def text_of(self, task: str) -> str:
        """The output of a task."""
        return next(text for name, text in self.tasks if name.endswith(task))

    def changed(self, host: str) -> int:
        return self.recap[host]["changed"]

    def says(self, *texts: str) -> None:
        """Assert that each text was printed, wherever its lines were broken."""
        lacking = [text for text in texts if text not in self.flat]
        assert not lacking, f"not printed: {lacking}\n{self.printed}"

    def expect(self, rc: int = 0) -> Run:
        """Assert the exit status; returns itself."""
        assert self.rc == rc, f"exit status {self.rc}, not {rc}\n{self.stderr}\n{self.stdout[-6000:]}"
        return self


class Controller:
    """Everything of one user, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.credentials = folder / "credentials"
        self.output = folder / "handover"
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.inventory = folder / "inventory.yml"
        self.password = secrets.token_urlsafe(24)
        self.password_file = folder / "vault-password"
        self.password_file.write_text(self.password + "\n")
        self.variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "cw_credentials_dir": str(self.credentials),
            "cw_output_dir": str(self.output),
        }
        self._hosts: dict[str, dict[str, Any]] = {}

    def add(self, host: str, instance: Handle, **variables: Any) -> None:
        """Add an inventory host for an instance; ``variables`` take precedence."""
        connection = {f"cw_{option}": value for option, value in instance.connection.items()}
        self._hosts[host] = {**connection, **variables}
        self._write_inventory()

    def _write_inventory(self) -> None:
        document = {"connectwise": {"hosts": self._hosts, "vars": self.variables}}
        self.inventory.write_text(yaml.safe_dump(document, allow_unicode=True))

    def set(self, **variables: Any) -> None:
        """Set variables for all hosts."""
        self.variables.update(variables)
        self._write_inventory()

    def environment(self, **extra: str) -> dict[str, str]:
        """The process environment without settings of Ansible, the modules or a proxy."""
        steering = re.compile(r"ANSIBLE_|CW_|PYTEST_|PYTHONPATH$|COLUMNS$|.*_PROXY$|REQUESTS_CA_BUNDLE$", re.IGNORECASE)
        kept = {name: value for name, value in os.environ.items() if not steering.match(name)}
        own = {"HOME": str(self.home), "ANSIBLE_ASYNC_DIR": str(self.home / "async"), "PYTHONUNBUFFERED": "1"}
        return {**kept, **own, **extra}

    def command(self, playbook: str | Path, *options: str, vault: bool = True) -> list[str]:
        vault_options = ["--vault-password-file", str(self.password_file)] if vault else []
        return [
            str(BIN / "ansible-playbook"), str(playbook), "-i", str(self.inventory), *vault_options, *options
        ]  # fmt: skip

    def start(
        self,
        playbook: str | Path,
        *options: str,
        vault: bool = True,
        env: dict[str, str] | None = None,
        cwd: Path = ROOT,
        stderr: int = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        """Start ansible-playbook as the leader of its own process group."""
        return subprocess.Popen(
            self.command(playbook, *options, vault=vault),
            cwd=cwd,
            env=self.environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )

    def run(self, playbook: str | Path, *options: str, timeout: float = 300, **how: Any) -> Run:
        """Run ansible-playbook from the top of the checkout, to its end; ``how`` as in ``start``."""
        return finish(self.start(playbook, *options, **how), timeout)

    def pair_file(self, host: str, vendor: str) -> Path:
        """The path of a vendor's encrypted pair."""
        return self.credentials / host / f"{vendor}.yml"

    def hand_in(self, host: str, vendor: str) -> Path:
        """The path of the hand-in file for a pair that a person created."""
        return self.credentials / host / f"{vendor}.handin.yml"

    def worksheet(self, host: str, vendor: str, kind: str = "json") -> Path:
        return self.output / host / vendor / f"worksheet.{kind}"

    def worksheets(self, host: str, vendor: str) -> list[str]:
        """The names of the existing files of a worksheet; a delivery is beside them."""
        return sorted(path.name for path in self.worksheet(host, vendor).parent.glob("worksheet.*"))

    def stored(self, host: str, vendor: str) -> dict[str, Any]:
        """The variables of a pair's file, decrypted with this controller's password."""
        vault = VaultLib([("default", VaultSecret(self.password.encode()))])
        document: dict[str, Any] = yaml.safe_load(vault.decrypt(self.pair_file(host, vendor).read_bytes()))
        return document

    def store(self, host: str, vendor: str, document: dict[str, Any]) -> None:
        """Replace the variables of a pair's file."""
        text = VaultLib([("default", VaultSecret(self.password.encode()))]).encrypt(yaml.safe_dump(document))
        self.pair_file(host, vendor).write_bytes(text)


def finish(process: subprocess.Popen[str], timeout: float = 300) -> Run:
    """Wait for the process; it is ended if it takes too long."""
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        kill(process)
        raise
    return Run(process.returncode, stdout, stderr or "")


def kill(process: subprocess.Popen[str]) -> None:
    """Kill the process and all that it started, with no chance to clean up.

    Not by the process group alone: the workers of newer versions of Ansible have groups of their own.
    """
    for pid in [process.pid, *descendants(process.pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate()


def descendants(pid: int) -> list[int]:
    """The descendants of a process, in any process group."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, path.read_text().split()):
                found += [child, *descendants(child)]
    return found


def matrix(vendor: str) -> dict[str, Any]:
    """The data of a vendor's role."""
    variables: dict[str, Any] = yaml.safe_load((ROOT / "roles" / vendor / "vars" / "main.yml").read_text())
    found: dict[str, Any] = variables[f"{vendor}_matrix"]
    return found


def cells(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], str]:
    """{(module, function, verb): level} of the granted cells of a matrix."""
    return {
        (row["module"], row["function"], verb): row[verb]
        for row in rows
        for verb in ("add", "edit", "delete", "inquire")
        if row.get(verb, "none") != "none"
    }


def granted(instance: Handle, role: str) -> dict[tuple[str, str, str], str]:
    """{(module, function, verb): level} of the granted cells of a role."""
    return {
        (module, function, verb): level.lower()
        for (module, function), levels in instance.levels(role).items()
        for verb, level in levels.items()
        if level not in (None, "None")
    }


def writes(instance: Handle) -> list[tuple[str, str]]:
    """(method, path) of the write requests so far."""
    return [(entry["method"], entry["path"]) for entry in instance.log if entry["method"] != "GET"]


def active_keys(instance: Handle, member: str) -> list[str]:
    """The public halves of a member's active keys."""
    return [key["publicKey"] for key in instance.keys(member) if not key["inactiveFlag"]]


def do_worksheet(instance: Handle, sheet: dict[str, Any]) -> None:
    """Set the levels that a worksheet asks for, in the pages."""
    instance.set_levels(
        sheet["role"],
        [
            {**{part: cell[part] for part in ("module", "function", "verb")}, "level": cell["should_be"].title()}
            for cell in sheet["levels"]
        ],
    )


def paste_pair(path: Path, public_key: str, private_key: str) -> None:
    """Fill in the hand-in file as a person does."""
    path.write_text(f"---\npublic_key: '{public_key}'\nprivate_key: '{private_key}'\n")


def unused_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
