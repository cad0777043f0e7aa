# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times the playbooks against the simulator, as whole processes, and counts their requests.

    make benchmark

Prints one line for each run: what, instances, milliseconds added to each answer, seconds, requests.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from simulator import Simulator
from simulator.server import Handle

ROOT = Path(__file__).resolve().parent.parent
SEED = 20260101
MEMBERS = 20


def main() -> int:
    print(f"{'what':32} {'instances':>9} {'ms added':>8} {'seconds':>8} {'requests':>8}")
    for instances in (1, 10):
        for latency in (0.0, 0.02):
            onboard(instances, latency)
    audit(50, 0.0)
    return 0


def onboard(instances: int, latency: float) -> None:
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        handles = [
            simulator.add_instance(f"c{number}", edition="extended", latency=latency) for number in range(instances)
        ]
        for what in ("onboard, first run", "onboard, converged"):
            measure(what, Path(folder), handles, latency, "playbooks/onboard_rewst.yml")


def audit(instances: int, latency: float) -> None:
    """Each instance has MEMBERS vendors' members, each with a role of its own that grants a dozen cells at random."""
    chance = random.Random(SEED)
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        handles = [simulator.add_instance(f"c{number}", latency=latency) for number in range(instances)]
        for handle in handles:
            for number in range(MEMBERS):
                functions = chance.sample(sorted(handle.levels("Admin")), 12)
                levels = {" / ".join(name): {"inquire": "All"} for name in functions}
                handle.add_role(f"Role {number}", levels=levels)
                handle.add_member(f"member{number}", f"Role {number}", name=f"Member {number}")
        measure(f"audit, {MEMBERS} members each", Path(folder), handles, latency, "playbooks/audit.yml")


def measure(what: str, folder: Path, handles: list[Handle], latency: float, playbook: str) -> None:
    inventory = folder / "inventory.json"
    hosts = {
        handle.connection["company"]: {f"cw_{name}": value for name, value in handle.connection.items()}
        for handle in handles
    }
    inventory.write_text(json.dumps({"connectwise": {"hosts": hosts}}), encoding="utf-8")
    password = folder / "password"
    password.write_text("benchmark", encoding="utf-8")
    for handle in handles:
        handle.clear_log()
    command = [
        "ansible-playbook", playbook, "-i", str(inventory), "--vault-password-file", str(password), "--forks", "10",
        "-e", f"cw_credentials_dir={folder}/credentials", "-e", f"cw_output_dir={folder}/handover",
        "-e", f"audit_output_dir={folder}/audit",
    ]  # fmt: skip
    started = time.monotonic()
    result = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if result.returncode:
        sys.exit(result.stdout + result.stderr)
    requests = sum(len(handle.log) for handle in handles)
    print(f"{what:32} {len(handles):9} {latency * 1000:8.0f} {seconds:8.2f} {requests:8}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
