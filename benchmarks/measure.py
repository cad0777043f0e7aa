# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one command, and measures its wall time, the CPU time of all its processes, and how many it started."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_STARTED = re.compile(r"\b(?P<call>clone3?|v?fork|execve)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)")
_RESUMED = re.compile(r"<\.\.\. (?P<call>clone3?|v?fork|execve) resumed>(?P<arguments>.*)\)\s+= (?P<result>-?\d+)")


@dataclass(frozen=True)
class Run:
    wall: float
    cpu: float
    output: str


def run(command: list[str], folder: Path) -> Run:
    """Run the command to its end; exits if it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _pid, status, usage = os.wait4(process.pid, 0)  # its own processes are in it: it waits for each
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{text}")
    return Run(wall, usage.ru_utime + usage.ru_stime, text)


def environment() -> dict[str, str]:
    """The user's environment, without Ansible settings and proxies, which would change what is measured."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CW_"))}
    ours = {name: value for name, value in ours.items() if not name.lower().endswith("_proxy")}
    return {**ours, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{ours.get('PATH', os.defpath)}"}


def process_starts(command: list[str], folder: Path) -> tuple[int, int] | None:
    """(forks, programs started) of a run of the command, by strace; None if they can't be counted."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r", suffix=".strace", encoding="utf-8", errors="replace") as trace:
        traced = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=clone,clone3,fork,vfork,execve", "-e",
                  "signal=none", "-s", "0", "-o", trace.name, *command]  # fmt: skip
        result = subprocess.run(traced, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
        if result.returncode:
            return None
        return _count(trace)


def _count(lines: Iterable[str]) -> tuple[int, int]:
    forks = programs = 0
    for line in lines:
        found = _STARTED.search(line) or _RESUMED.search(line)
        if not found or int(found["result"]) < 0 or "CLONE_THREAD" in line:
            continue
        if found["call"] == "execve":
            programs += 1
        else:
            forks += 1
    return forks, programs - 1  # the command itself is no start of its own
