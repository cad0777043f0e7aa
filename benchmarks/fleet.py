# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs site.yml on a simulated fleet, and checks what it reports of each instance. The figures are in docs/fleet.md.

    PYTHONPATH=tests python benchmarks/fleet.py [--instances 300] [--forks 20] [--latency 0.02] [--memory 30,100,300]
    PYTHONPATH=tests python benchmarks/fleet.py --strategies

Without options: 300 instances with three vendors each, ten of them faulty in ten ways. First run, second run (which
must change nothing), and the peak memory of all processes at three sizes. It fails on any unexpected result.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENDORS = ["rewst", "ninjaone", "hudu"]
REQUESTS = 5
FAULTY = {
    "wrong_key": "The login was refused",
    "refused": "The instance can't be reached",
    "no_name": "The instance can't be reached",
    "slow": "The instance didn't answer in time",
    "html": "The answer isn't what the API sends",
    "fault": "The instance returned a server error",
    "reader": "Permission denied",
    "taken": "belongs to the automation's own member",
    "odd": "The answer isn't what the API sends",
    "company": "The login was refused",
}


@dataclass
class Served:
    """A simulator in its own process, used through its control plane."""

    process: subprocess.Popen[str]
    url: str
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        import requests

        answer = requests.request(method, f"{self.url}/_control{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def requests(self, company: str) -> int:
        return len(self.call("GET", f"/instances/{company}/log"))


def serve() -> Served:
    command = [sys.executable, "-m", "simulator", "--port", "0", "--instance", "unused"]
    process = subprocess.Popen(command, cwd=ROOT / "tests", stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return Served(process, json.loads(process.stdout.readline())["url"])


def build(served: Served, instances: int, latency: float, faulty: bool) -> None:
    """The fleet as inventory hosts; the first ones are replaced by the faulty ones."""
    names = [*(FAULTY if faulty else ()), *(f"good{number:03}" for number in range(instances))][:instances]
    for name in names:
        company = name.replace("_", "-")
        role = "Automation Reader" if name == "reader" else "Automation"
        options = {"company": company, "edition": "extended", "latency": latency, "automation_role": role}
        have = served.call("POST", "/instances", options)
        served.hosts[name] = {f"cw_{option}": value for option, value in have.items()}
    if not faulty:
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served.hosts["wrong_key"]["cw_private_key"] = "not-the-private-key"
    served.hosts["refused"]["cw_site"] = f"http://127.0.0.1:{port}"
    served.hosts["no_name"]["cw_site"] = "no-such-instance.invalid"
    served.hosts["company"]["cw_company"] = "nobody"
    served.hosts["slow"].update(cw_timeout=5, cw_retries=1)
    served.hosts["taken"]["rewst_role_name"] = "Automation"
    faults: dict[str, dict[str, Any]] = {
        "slow": {"kind": "delay", "seconds": 30},
        "html": {"kind": "html", "status": 200},
        "fault": {"kind": "status", "status": 500},
        "odd": {"kind": "status", "status": 200, "json": {"odd": True}, "method": "GET", "path": "securityroles$"},
    }
    for name, fault in faults.items():
        served.call("POST", f"/instances/{name}/faults", {"times": None, **fault})


@dataclass
class Measured:
    seconds: float
    cpu: float
    rss: int
    main_rss: int
    rc: int
    output: str


def measure(served: Served, folder: Path, forks: int, playbook: str = "playbooks/site.yml") -> Measured:
    """A whole run, with the peak memory of its processes; shared pages count once."""
    inventory, password = folder / "inventory.json", folder / "password"
    variables = {
        "ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "cw_vendors": VENDORS, "cw_confirmed": VENDORS, "cw_retries": 1,
        "cw_credentials_dir": str(folder / "credentials"), "cw_output_dir": str(folder / "handover"),
    }  # fmt: skip
    inventory.write_text(json.dumps({"connectwise": {"hosts": served.hosts, "vars": variables}}), encoding="utf-8")
    password.write_text("benchmark", encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"), playbook, "-i", str(inventory),
        "--vault-password-file", str(password), "--forks", str(forks),
    ]  # fmt: skip
    before, started = os.times(), time.monotonic()
    with (folder / "output").open("w+") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        peak = [0, 0]
        watch = threading.Thread(target=watch_memory, args=(process, peak))
        watch.start()
        rc = process.wait()
        watch.join()
        output.seek(0)
        text = output.read()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Measured(time.monotonic() - started, cpu, peak[0], peak[1], rc, text)


def watch_memory(process: subprocess.Popen[Any], peak: list[int]) -> None:
    while process.poll() is None:
        sizes = [pss_of(pid) for pid in [process.pid, *descendants(process.pid)]]
        peak[0], peak[1] = max(peak[0], sum(sizes)), max(peak[1], sizes[0])
        time.sleep(0.5)


def pss_of(pid: int) -> int:
    """Kilobytes of a process, including its share of shared memory."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    paths: list[Path] = []
    with contextlib.suppress(OSError):  # it has just ended
        paths = list(Path(f"/proc/{pid}/task").glob("*/children"))
    for path in paths:
        try:
            children = [int(child) for child in path.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def check(served: Served, folder: Path, run: Measured, faulty: bool, second: bool) -> None:
    """Check everything that the run reports."""
    document = json.loads((folder / "handover" / "results.json").read_text())
    for instance in document["instances"]:
        name, reasons = instance["instance"], [one["reason"] for one in instance["integrations"]]
        if faulty and name in FAULTY:
            expect(FAULTY[name] in reasons[0], f"{name}: {reasons}")
            expect(not instance["complete"], f"{name} is complete")
            continue
        expect(all(one["state"] == "converged" for one in instance["integrations"]), f"{name}: {reasons}")
        if second:
            expect(not instance["changed"], f"{name} was changed")
            asked = served.requests(served.hosts[name]["cw_company"])
            expect(asked == REQUESTS * len(VENDORS), f"{name}: {asked} requests")
    expect(len(document["instances"]) == len(served.hosts), "an instance is missing")
    expect(run.rc == (2 if faulty else 0), f"exit status {run.rc}")
    if second:
        recap = run.output[run.output.rfind("PLAY RECAP") :]
        good = [line for line in recap.splitlines() if line.startswith("good")]
        expect(bool(good) and all(" changed=0 " in line for line in good), "a second run changed something")


def expect(right: bool, message: str) -> None:
    if not right:
        sys.exit(f"not as it should be: {message}")


def bench(instances: int, forks: int, latency: float, faulty: bool, playbook: str = "playbooks/site.yml") -> None:
    served = serve()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            build(served, instances, latency, faulty)
            for what in ("first run", "second run"):
                for host in served.hosts.values():
                    if host["cw_company"] != "nobody":
                        served.call("DELETE", f"/instances/{host['cw_company']}/log")
                run = measure(served, folder, forks, playbook)
                check(served, folder, run, faulty, what == "second run")
                print(
                    f"{what:11} {instances:4} instances, {len(FAULTY) if faulty else 0:2} faulty, forks {forks:3}: "
                    f"{run.seconds:7.1f} s, {run.cpu:7.1f} s of CPU, peak {run.rss / 1024:6.0f} MB in all, "
                    f"{run.main_rss / 1024:6.0f} MB in the main process",
                    flush=True,
                )
    finally:
        served.process.terminate()
        served.process.wait()


def strategies(forks: int, latency: float) -> None:
    """The same fleet of 30 with ten faulty ones, under each strategy for the work."""
    text = (ROOT / "playbooks" / "site.yml").read_text()
    for strategy in ("host_pinned", "free", "linear"):
        copy = ROOT / "playbooks" / f".site_{strategy}.yml"
        copy.write_text(text.replace("ansible.builtin.host_pinned", f"ansible.builtin.{strategy}"))
        print(strategy, flush=True)
        try:
            bench(30, forks, latency, True, str(copy))
        finally:
            copy.unlink()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instances", type=int, default=300)
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.02, help="seconds added to every answer")
    parser.add_argument("--memory", default="30,100", help="further sizes, whose memory is measured without faults")
    parser.add_argument("--strategies", action="store_true")
    options = parser.parse_args()
    if options.strategies:
        strategies(options.forks, options.latency)
        return 0
    for size in filter(None, options.memory.split(",")):
        bench(int(size), options.forks, options.latency, faulty=False)
    bench(options.instances, options.forks, options.latency, faulty=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
