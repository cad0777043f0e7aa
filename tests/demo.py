# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the main job on a simulated ConnectWise: Rewst onboarded on two instances.

The first, acme, is of the published edition: levels and keys are a person's work. A simulated
administrator reads the worksheet and does what it says while the playbook waits. The second, globex,
offers the undocumented routes too, and is onboarded unattended. Then both are run again.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml
from simulator import Simulator
from simulator.server import Handle

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "demo"


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(mode=0o700)
    (FOLDER / "vault-password").write_text(secrets.token_urlsafe(24))
    (FOLDER / "vault-password").chmod(0o600)
    with Simulator() as simulator:
        acme = simulator.add_instance("acme", edition="published")
        globex = simulator.add_instance("globex", edition="extended")
        write_inventory({"acme": acme, "globex": globex})

        say("1. acme, published API only: the playbook waits while an administrator works through the worksheet")
        administrator = threading.Thread(target=work_through_worksheet, args=(acme,), daemon=True)
        administrator.start()
        first = playbook("acme", "-e", "onboard_handover=wait", "-e", "onboard_handover_interval=1")
        administrator.join(timeout=10)

        say("2. acme again: nothing is left to change")
        second = playbook("acme")

        say("3. globex, which lets levels be written and keys be made: unattended")
        third = playbook("globex")

        say("4. globex again: nothing is left to change")
        fourth = playbook("globex")
    return report([first, second, third, fourth])


def write_inventory(instances: dict[str, Handle]) -> None:
    hosts = {
        name: {f"cw_{option}": value for option, value in handle.connection.items()}
        for name, handle in instances.items()
    }
    common = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory = {"connectwise": {"hosts": hosts, "vars": common}}
    path = FOLDER / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory))
    path.chmod(0o600)


def work_through_worksheet(instance: Handle) -> None:
    """What a person does: reads the worksheet, clicks in ConnectWise, and pastes the pair."""
    path = FOLDER / "handover" / "acme" / "rewst" / "worksheet.json"
    pair_file = FOLDER / "credentials" / "acme" / "rewst.handin.yml"
    while not (path.exists() and pair_file.exists()):
        time.sleep(0.2)
    sheet = json.loads(path.read_text())
    for module in dict.fromkeys(cell["module"] for cell in sheet["levels"]):
        time.sleep(0.3)
        cells = [
            {**{part: cell[part] for part in ("module", "function", "verb")}, "level": cell["should_be"].title()}
            for cell in sheet["levels"]
            if cell["module"] == module
        ]
        instance.set_levels(sheet["role"], cells)
    public_key, private_key = instance.make_key(sheet["member"], sheet["key_description"])
    pair_file.write_text(f"public_key: '{public_key}'\nprivate_key: '{private_key}'\n")


def playbook(target: str, *options: str) -> dict[str, int]:
    """Run the playbook as a user does; its last recap, as counts, with the exit status as ``rc``."""
    command = [
        "ansible-playbook", "playbooks/onboard_rewst.yml", "-i", str(FOLDER / "inventory.yml"),
        "-e", f"target={target}", "-e", f"cw_credentials_dir={FOLDER / 'credentials'}",
        "-e", f"cw_output_dir={FOLDER / 'handover'}", "--vault-password-file", str(FOLDER / "vault-password"), *options,
    ]  # fmt: skip
    print(f"$ ansible-playbook playbooks/onboard_rewst.yml -e target={target} {' '.join(options)}\n", flush=True)
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True
    )
    printed = ""
    for line in process.stdout or ():
        printed += line
        print(line, end="", flush=True)
    counts = {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", printed[printed.rfind("PLAY RECAP") :])}
    return {**counts, "rc": process.wait()}


def report(runs: list[dict[str, int]]) -> int:
    say("Result")
    names = ("acme, first run", "acme, second run", "globex, first run", "globex, second run")
    for name, run in zip(names, runs):
        print(f"  {name}: {'ok' if run['rc'] == 0 else 'FAILED'}, changed={run.get('changed')}")
    good = all(run["rc"] == 0 for run in runs) and runs[1]["changed"] == runs[3]["changed"] == 0
    print(f"\n  Key pairs, encrypted: {FOLDER.relative_to(ROOT)}/credentials/<instance>/rewst.yml")
    print("  " + ("Both second runs changed nothing." if good else "Something went wrong: see above."))
    return 0 if good else 1


def say(line: str) -> None:
    print(f"\n{'=' * len(line)}\n{line}\n{'=' * len(line)}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
