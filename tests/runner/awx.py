# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job as AWX 24 runs it: its private data directory, its credentials, and ansible-runner's three processes.

AWX's own code is the model (``awx/main/tasks/jobs.py``, ``tasks/receptor.py`` and ``models/credential.py``). What it
does and this doesn't is to start a container: the worker's folder stands for ``/runner``.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from ansible_runner.utils import args2cmdline
from jinja2.sandbox import ImmutableSandboxedEnvironment
from playbooks.controller import BIN, ROOT, Controller, kill

STREAM = Path(__file__).with_name("stream.py")
AWX = ROOT / "awx"
TIMEOUT = 600

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ids = itertools.count(101)


class _UnsafeDumper(yaml.SafeDumper):
    """Texts as ``!unsafe``: AWX accepts no templates through a survey."""


_UnsafeDumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


@dataclass(frozen=True)
class Credential:
    """A credential of a type of ``awx/credential_types``, with what a person typed into it."""

    kind: str
    inputs: dict[str, str]

    @cached_property
    def definition(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((AWX / "credential_types" / f"{self.kind}.yml").read_text())
        return found


@dataclass
class Job:
    """The settings of a job template, an inventory and a launch, combined."""

    playbook: str
    inventory: dict[str, Any]
    extra_vars: dict[str, Any] = field(default_factory=dict)
    credentials: list[Credential] = field(default_factory=list)
    vault_passwords: dict[str, str] = field(default_factory=dict)  # {vault id, or nothing: password}
    verbosity: int = 0
    diff: bool = False
    check: bool = False
    fact_cache: bool = False
    limit: str = ""
    forks: int = 0
    slice_number: int = 1
    slice_count: int = 1
    workflow: int = 0  # the workflow job that it is a part of, as each slice is
    number: int = field(default_factory=lambda: next(_ids))


@dataclass(frozen=True)
class Finished:
    """What AWX has of a job after it has ended."""

    job: Job
    folder: Path

    @property
    def controller_dir(self) -> Path:
        """The private data directory, as the process phase leaves it."""
        return self.folder / "controller"

    @property
    def worker_dir(self) -> Path:
        """The container's ``/runner``; AWX has deleted it by now."""
        return self.folder / "worker"

    @property
    def artifact_dir(self) -> Path:
        return self.controller_dir / "artifacts" / str(self.job.number)

    @cached_property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "record.json").read_text())
        return found

    @property
    def status(self) -> str:
        return str(self.record["status"])

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        found = [json.loads(path.read_text()) for path in (self.artifact_dir / "job_events").glob("*.json")]
        return sorted(found, key=lambda event: int(event["counter"]))

    @cached_property
    def stdout(self) -> str:
        """What AWX shows while the job runs, without the colours."""
        return _COLOUR.sub("", "\n".join(event["stdout"] for event in self.events if event.get("stdout")))

    @property
    def flat(self) -> str:
        return " ".join(self.stdout.split()).replace("''", "'")

    @cached_property
    def _stats(self) -> dict[str, Any]:
        found: dict[str, Any] = next(
            event["event_data"] for event in self.events if event["event"] == "playbook_on_stats"
        )
        return found

    @property
    def artifacts(self) -> dict[str, Any]:
        """What AWX shows as the job's artifacts, and gives to the next node of a workflow."""
        found: dict[str, Any] = self._stats["artifact_data"]
        return found

    def changed(self, host: str) -> int:
        return int(self._stats["changed"].get(host, 0))

    @property
    def hosts(self) -> set[str]:
        return set(self._stats["processed"])

    def failures(self) -> list[str]:
        """The messages of the failed tasks; for a loop, those of its items."""
        failed = [event for event in self.events if event["event"] in ("runner_on_failed", "runner_item_on_failed")]
        results = [event["event_data"]["res"] for event in failed]
        return [str(result.get("msg", "")) for result in results if "results" not in result]

    @property
    def report(self) -> str:
        """What the playbook reports of all instances at its end, as one line."""
        (shown,) = [
            event["event_data"]["res"]["msg"]
            for event in self.events
            if event["event"] == "runner_on_ok" and event["event_data"]["task"] == "Show each instance"
        ]
        return " ".join(" ".join(shown).split())

    def expect(self, status: str = "successful") -> Finished:
        assert self.status == status, f"{self.status}, not {status}\n{self.record['messages']}\n{self.stdout[-6000:]}"
        return self


class Awx:
    """Runs jobs of one project, with the collection that its requirements installed."""

    def __init__(self, folder: Path, project: Path, collections: Path) -> None:
        self.folder = folder
        self._project = project
        self._collections = collections
        self._controller = Controller(folder / "user")

    def run(self, job: Job, **environment: str) -> Finished:
        with self.start(job, **environment) as running:
            return running.finish()

    @contextlib.contextmanager
    def start(self, job: Job, **environment: str) -> Iterator[Running]:
        """Three processes in a row; they are ended with the block."""
        running = Running(Finished(job, self.folder / f"job-{job.number}"))
        parameters = self._lay_out(job, running.finished, environment)
        parameters_file = running.finished.folder / "parameters.json"
        parameters_file.write_text(json.dumps(parameters))
        os.chmod(parameters_file, 0o600)
        try:
            running.start(parameters_file, self._controller.environment(PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}"))
            yield running
        finally:
            running.end()

    def _lay_out(self, job: Job, finished: Finished, environment: Mapping[str, str]) -> dict[str, Any]:
        """The private data directory; the parameters of ansible-runner."""
        private, runner = finished.controller_dir, finished.worker_dir
        for path in (private, private / "inventory", private / "env", runner):
            path.mkdir(parents=True, mode=0o700)
        shutil.copytree(self._project, private / "project")
        shutil.copytree(self._collections, private / "requirements_collections", symlinks=True)
        _write(private / "env" / "extravars", "".join(_extra_vars(job)))
        arguments = _arguments(job)
        variables = {**_job_environment(job, private, runner), **environment}
        for credential in job.credentials:
            arguments += _inject(credential, variables, private, runner)
        _write(private / "env" / "cmdline", args2cmdline(*arguments))
        _write(private / "env" / "settings", json.dumps({"job_timeout": 0, "suppress_ansible_output": True}))
        _write(private / "inventory" / "hosts", _inventory_script(_slice(job)), mode=0o700)
        return {
            "ident": job.number,
            "private_data_dir": str(private),
            "playbook": job.playbook,
            "inventory": str(private / "inventory" / "hosts"),
            "passwords": _passwords(job),
            "suppress_env_files": True,
            "envvars": variables,
            "fact_cache_type": "jsonfile" if job.fact_cache else "",
        }


class Running:
    """A running job."""

    def __init__(self, finished: Finished) -> None:
        self.finished = finished
        self._processes: list[subprocess.Popen[Any]] = []

    def start(self, parameters: Path, environment: dict[str, str]) -> None:
        folder = self.finished.folder
        python = [sys.executable, str(STREAM)]
        worker = [str(BIN / "ansible-runner"), "worker", "--private-data-dir", str(self.finished.worker_dir)]
        commands = (
            [*python, "transmit", str(parameters)],
            worker,
            [*python, "process", str(parameters), str(folder / "record.json")],
        )
        source = None
        for name, command in zip(("transmit", "worker", "process"), commands, strict=True):
            source = self._start_one(name, command, environment, source, last=name == "process")

    def _start_one(
        self, name: str, command: list[str], environment: dict[str, str], source: Any, last: bool
    ) -> Any:
        """A process, and ``tee`` behind it, so that the stream itself can be searched."""
        folder = self.finished.folder
        with (folder / f"{name}.stderr").open("wb") as errors:
            process = subprocess.Popen(
                command, env=environment, stdin=source or subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
        self._processes.append(process)
        if source:
            source.close()
        if last:
            return process.stdout
        tee = subprocess.Popen(["tee", str(folder / f"{name}.stream")], stdin=process.stdout, stdout=subprocess.PIPE)
        self._processes.append(tee)
        assert process.stdout
        process.stdout.close()
        return tee.stdout

    def finish(self) -> Finished:
        for process in reversed(self._processes):
            process.wait(TIMEOUT)
        return self.finished

    def end(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                kill(process)
            for pipe in (process.stdout, process.stdin):
                if pipe:
                    pipe.close()


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    path.touch(mode=mode)
    path.write_text(text)


def _extra_vars(job: Job) -> Iterator[str]:
    """The answers of the survey and AWX's own variables."""
    own = {f"{prefix}_job_id": job.number for prefix in ("awx", "tower")}
    own |= {f"{prefix}_job_launch_type": "manual" for prefix in ("awx", "tower")}
    if job.workflow:
        own |= {f"{prefix}_workflow_job_id": job.workflow for prefix in ("awx", "tower")}
    for name, value in {**job.extra_vars, **own}.items():
        yield yaml.dump({name: value}, Dumper=_UnsafeDumper, default_flow_style=False, allow_unicode=True)


def _arguments(job: Job) -> list[str]:
    arguments = ["--check"] if job.check else []
    arguments += ["-u", "root"]
    arguments += ["--diff"] if job.diff else []
    for vault_id in job.vault_passwords:
        arguments += ["--vault-id", f"{vault_id}@prompt"] if vault_id else ["--ask-vault-pass"]
    arguments += [f"--forks={job.forks}"] if job.forks else []
    arguments += ["-l", job.limit] if job.limit else []
    arguments += ["-" + "v" * min(5, job.verbosity)] if job.verbosity else []
    return arguments


def _passwords(job: Job) -> dict[str, str]:
    """{prompt: answer}; AWX keeps vault passwords out of files and arguments."""
    prompts = {"BECOME password.*:\\s*?$": "", "SSH password:\\s*?$": "", "Password:\\s*?$": ""}
    for vault_id, password in job.vault_passwords.items():
        prompts[f"Vault password \\({vault_id}\\):\\s*?$" if vault_id else "Vault password:\\s*?$"] = password
    return prompts


def _job_environment(job: Job, private: Path, runner: Path) -> dict[str, str]:
    return {
        "ANSIBLE_FORCE_COLOR": "True",
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
        "AWX_PRIVATE_DATA_DIR": str(private),
        "JOB_ID": str(job.number),
        "INVENTORY_ID": "1",
        "PROJECT_REVISION": "0" * 40,
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "MAX_EVENT_RES": "700000",
        "AWX_HOST": "https://awx.example.com",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{runner}/cp",
        "ANSIBLE_COLLECTIONS_PATH": f"{runner}/requirements_collections:~/.ansible/collections",
        "ANSIBLE_ROLES_PATH": f"{runner}/requirements_roles:~/.ansible/roles",
    }


def _inject(credential: Credential, variables: dict[str, str], private: Path, runner: Path) -> list[str]:
    """Files into ``env/``, variables into the environment, extra variables into a file; the arguments for it."""
    sandbox = ImmutableSandboxedEnvironment()
    injectors = credential.definition["injectors"]
    namespace: dict[str, Any] = {name: value for name, value in credential.inputs.items() if value}
    names: dict[str, str] = {}
    for label, template in injectors.get("file", {}).items():
        path = _temporary(private, sandbox.from_string(template).render(**namespace))
        names[label.partition(".")[2]] = _inside(path, private, runner)
    namespace["tower"] = {"filename": names.get("", names)}
    for name, template in injectors.get("env", {}).items():
        assert not name.startswith("ANSIBLE_"), f"AWX refuses {name}"
        variables[name] = sandbox.from_string(template).render(**namespace)
    extra = {
        name: sandbox.from_string(template).render(**namespace)
        for name, template in injectors.get("extra_vars", {}).items()
    }
    if not extra:
        return []
    path = _temporary(private, yaml.dump(extra, Dumper=_UnsafeDumper, default_flow_style=False))
    return ["-e", f"@{_inside(path, private, runner)}"]


def _temporary(private: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=private / "env")  # mkstemp makes it 0600, and AWX sets that once more
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return Path(name)


def _inside(path: Path, private: Path, runner: Path) -> str:
    return str(runner / path.relative_to(private))


def _slice(job: Job) -> dict[str, Any]:
    """The share of a slice: every n-th host by name, and all groups."""
    hostvars = job.inventory["hosts"]
    mine = sorted(hostvars)[job.slice_number - 1 :: job.slice_count]
    towervars = {"remote_tower_enabled": "true", "remote_host_enabled": "true"}
    return {
        "all": {"hosts": [], "vars": {}, "children": ["connectwise"]},
        "connectwise": {"hosts": mine, "vars": job.inventory.get("vars", {})},
        "_meta": {"hostvars": {host: {**hostvars[host], **towervars} for host in mine}},
    }


def _inventory_script(data: dict[str, Any]) -> str:
    return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(data)!r})\n"
