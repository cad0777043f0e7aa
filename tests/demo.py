# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: onboards Rewst on two simulated instances of ConnectWise.

globex answers the undocumented routes too and needs nobody. acme has the published API only: there the playbook hands
over to a person, a simulated administrator does what the worksheet says, and the same command goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import textwrap
import threading
import typing as t
from collections import Counter
from pathlib import Path

import yaml
from requests.utils import get_environ_proxies
from simulator import Simulator

#: As the user typed it: a checkout may be made of links.
ROOT = Path(__file__).absolute().parent.parent
PLAYBOOK = "playbooks/onboard_rewst.yml"
HOSTS = ("acme", "globex")
#: The first line of an inventory that may be replaced, and with it all that MADE names.
MARK = "# Written by the demo. The next demo replaces this file.\n"
#: What the runs of the demo make in its folder, beside the inventory. The vault password is made once and stays:
#: whoever goes on playing may have encrypted more with it.
MADE = (
    "worksheet.html",
    "run-[123].log",
    *(f"credentials/{host}/rewst*" for host in HOSTS),
    *(f"handover/{host}/rewst/{name}.*" for host in HOSTS for name in ("worksheet", "delivery")),
    *(f"handover/{host}/journal.jsonl" for host in HOSTS),
)
#: Beginnings of variables that the commands don't see: how to find the simulator, and how somebody likes to see runs.
LEFT_OUT = ("PYTHONPATH", "ANSIBLE_STDOUT_CALLBACK", "ANSIBLE_CALLBACK_", "ANSIBLE_DISPLAY_", "ANSIBLE_FORCE_COLOR")

#: Seconds that an interrupted run gets to tidy up.
PATIENCE = 10.0


class Failed(Exception):
    """The demo can't go on, for the reason given."""


def main(root: Path = ROOT, binaries: Path = Path(sys.executable).parent, keep: bool = False) -> int:
    """Run the demo in ``root``, with the ansible-playbook in ``binaries``; the exit status.

    Everything that it writes lies in ``root/demo``. With ``keep``, it serves the instances until it is interrupted.
    """
    with Simulator() as simulator:
        try:
            demo = Demo(root, binaries, simulator)
            demo.prepare()
            try:
                demo.show()
            finally:
                demo.remove_empty_folders()
            demo.close(keep)
            if keep:
                threading.Event().wait()
        except Failed as exc:
            print(exc, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 0 if keep else 130
    return 0


class Demo:
    def __init__(self, root: Path, binaries: Path, simulator: Simulator) -> None:
        self.root = root
        self.folder = root / "demo"
        self.sheet = self.folder / "handover" / "acme" / "rewst" / "worksheet.json"
        self.acme = simulator.add_instance("acme", edition="published")
        self.globex = simulator.add_instance("globex", edition="extended")
        program = os.path.relpath(binaries / "ansible-playbook", root)
        if program.startswith(".."):
            program = str(binaries / "ansible-playbook")
        self.words = [
            program, PLAYBOOK, "-i", "demo/inventory.yml", "--vault-password-file", "demo/vault-password"
        ]  # fmt: skip
        self.variables = {"no_proxy": "127.0.0.1"} if get_environ_proxies(simulator.url) else {}
        assignments = [f"{name}={value}" for name, value in self.variables.items()]
        self.command = " ".join([*assignments, shlex.join(self.words)])
        self.runs = 0

    def prepare(self) -> None:
        """Clear away what an earlier demo made, and write the inventory and the vault password."""
        inventory = self.folder / "inventory.yml"
        own = inventory.is_file() and inventory.read_text(encoding="utf-8", errors="replace").startswith(MARK)
        found = sorted(path for pattern in MADE for path in self.folder.glob(pattern))
        if not own and (inventory.exists() or found):
            name = (found or [inventory])[0].relative_to(self.root)
            raise Failed(f"The demo would replace {name}, which it didn't make. Move it, and run the demo again.")
        for path in found:
            path.unlink()
        self.remove_empty_folders()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        password = self.folder / "vault-password"
        if not password.exists():
            write(password, secrets.token_urlsafe(24) + "\n")
        hosts = {
            name: {f"cw_{option}": value for option, value in handle.connection.items()}
            for name, handle in zip(HOSTS, (self.acme, self.globex), strict=True)
        }
        common = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "cw_credentials_dir": "demo/credentials",
            "cw_output_dir": "demo/handover",
        }
        write(inventory, MARK + yaml.safe_dump({"connectwise": {"hosts": hosts, "vars": common}}, sort_keys=False))

    def remove_empty_folders(self) -> None:
        own = ("handover/{}/rewst", "handover/{}", "credentials/{}", "handover", "credentials")
        for name in [name.format(host) for name in own for host in HOSTS]:
            with contextlib.suppress(OSError):
                (self.folder / name).rmdir()

    def show(self) -> None:
        say(
            "Onboards Rewst on two simulated instances of ConnectWise. Each command can be typed again in this folder.",
            "Of each run you see the playbook's summary, with paths as from here. Its log has the full output.",
        )
        title("1. globex lets REST do everything. acme has the published API only, and needs manual steps.")
        self.run(rc=2, changed=True)

        title("2. A simulated administrator works through acme's worksheet. demo/worksheet.html is a copy.")
        self.work_through_worksheet()

        title("3. The same command verifies what was done on acme, and stores its key.")
        self.run(rc=0, changed=True)

        title("4. From now on, the same command finds nothing to change.")
        self.run(rc=0, changed=False)

    def run(self, rc: int, changed: bool) -> None:
        """Run the command as it is printed. A worksheet belongs to exit status 2.

        :raises Failed: if the run didn't end as expected; its full output has been shown then.
        """
        self.runs += 1
        log = self.folder / f"run-{self.runs}.log"
        say(f"$ {self.command}")
        with log.open("w", encoding="utf-8") as file:
            environment = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
            process = subprocess.Popen(
                self.words, cwd=self.root, env={**environment, **self.variables}, stdout=file, stderr=subprocess.STDOUT
            )
            try:
                process.wait()
            except KeyboardInterrupt:
                end(process)
                raise
        printed = log.read_text(encoding="utf-8", errors="replace")
        recap = counts(printed)
        ended = outcome(process.returncode, any(host["changed"] for host in recap.values()), self.sheet.exists())
        expected = outcome(rc, changed, rc == 2)
        if ended != expected or set(recap) != set(HOSTS):
            say(printed)
            raise Failed(f"This run ended with {ended}; expected was {expected}. All that it printed stands above.")
        say(*map(self.short, summary(printed) or [printed]))
        told = ", ".join(f"{host} changed={recap[host]['changed']} failed={recap[host]['failed']}" for host in HOSTS)
        why = ": manual steps are left" if rc == 2 else ""
        say(f"{told}; exit status {rc}{why}; log: demo/{log.name}")

    def short(self, text: str) -> str:
        """The text, with paths as from the folder of the demo's commands."""
        return text.replace(f"{self.root.resolve()}/", "")

    def work_through_worksheet(self) -> None:
        """What a person does: reads the worksheet, clicks in ConnectWise, and pastes the pair."""
        shutil.copyfile(self.sheet.with_suffix(".html"), self.folder / "worksheet.html")
        sheet = json.loads(self.sheet.read_text(encoding="utf-8"))
        for module, count in Counter(cell["module"] for cell in sheet["levels"]).items():
            self.acme.set_levels(sheet["role"], levels(sheet, module))
            act(f"sets {count} levels of security role {sheet['role']} in {module}")
        public_key, private_key = self.acme.make_key(sheet["member"], sheet["key_description"])
        pair_file = Path(sheet["pair_file"])
        write(pair_file, f"public_key: '{public_key}'\nprivate_key: '{private_key}'\n")
        place = self.short(str(pair_file))
        act(f"creates key {public_key} of API member {sheet['member']}, and pastes it into {place}")

    def close(self, keep: bool) -> None:
        """Say what is there now, and how to go on."""
        title("Done. What is in demo/ now:")
        say(
            "  inventory.yml    both instances",
            "  credentials/     their key pairs for Rewst, encrypted with vault-password",
            "  worksheet.html   what the administrator worked through: open it in a browser",
            "  run-*.log        the full output of each run; handover/ has a journal of each instance's changes",
            "Next: onboard Rewst on an instance of your own, as docs/quick-start.md says.",
        )
        if keep:
            say("The simulated instances stay up: type the command in another terminal. Ctrl-C here stops them.")
        else:
            say("The simulated instances are gone, so the command reaches nothing now. To keep them: make demo KEEP=1")


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for an ansible-playbook that was interrupted too and tidies up; end it where it doesn't.

    ansible-core 2.19 waits for ever if the interrupted worker held the lock of the queue for results.
    """
    for insist in (process.terminate, process.kill):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=PATIENCE)
            return
        insist()
    process.wait()


def outcome(rc: int, changed: bool, worksheet: bool) -> str:
    """How a run ended, in words."""
    return f"exit status {rc}, {'something' if changed else 'nothing'} changed, {'a' if worksheet else 'no'} worksheet"


def levels(sheet: dict[str, t.Any], module: str) -> list[dict[str, str]]:
    """The cells of a worksheet in one module, as the simulator sets them."""
    return [
        {**{part: cell[part] for part in ("module", "function", "verb")}, "level": cell["should_be"].title()}
        for cell in sheet["levels"]
        if cell["module"] == module
    ]


def summary(printed: str) -> list[str]:
    """What a run says to its user, line by line."""
    return [line for _host, lines in messages(printed) for line in lines]


def messages(printed: str) -> list[tuple[str, list[str]]]:
    """(host, lines) of each ``msg`` that isn't a failure's, shown as YAML or as JSON, in order."""
    said: list[tuple[str, list[str]]] = []
    for host, text in re.findall(r"^ok: \[([^\]]+)\] => ?(.+?)(?=\n[^\s}]|\n\n|\Z)", printed, re.M | re.S):
        try:
            document = yaml.safe_load(textwrap.dedent(text.lstrip("\n")))
        except yaml.YAMLError:
            continue
        lines = document.get("msg") if isinstance(document, dict) else None
        if isinstance(lines, list):
            said.append((host, lines))
    return said


def counts(printed: str) -> dict[str, dict[str, int]]:
    """{host: {ok, changed, failed, ...}} of the recap."""
    _before, _title, recap = printed.rpartition("PLAY RECAP")
    return {
        host: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line)}
        for host, line in re.findall(r"^(\S+) +: (ok=.*)$", recap, re.M)
    }


def write(path: Path, text: str) -> None:
    """Write a file that nobody else can read."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def title(line: str) -> None:
    say("", line)


def act(what: str) -> None:
    say(f"administrator: {what}")


def say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the simulated instances up until interrupted")
    sys.exit(main(keep=parser.parse_args().keep))
