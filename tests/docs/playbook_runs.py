# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands of the playbooks' pages print, typed as the pages have them, with the simulator as the instances.

acme offers the published API only, globex the undocumented routes too. Each run builds on those before it, in the order
of SCENES.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml
from awx.standin import AwxStandIn
from docs_pages import ROOT, blocks, commands
from playbooks.controller import BIN, Controller
from simulator import Simulator
from stores import optional_collections

import demo

FOLDER = ROOT / "docs" / "playbooks"
#: Where the pages show the commands as typed.
SHOWN_FOLDER = "/srv/cw"
SHOWN_SITE = "api-na.myconnectwise.net"
PART = re.compile(r"(<!-- begin output: .* -->\n)(.*?)(<!-- end output -->)", re.S)
KEY_AGE = timedelta(days=100)  # as the page of rotate_keys says


@dataclass
class Laboratory:
    """A user's folder, with two instances in its inventory."""

    folder: Path
    simulator: Simulator

    def __post_init__(self) -> None:
        self.controller = Controller(self.folder / "my")
        self.controller.set(audit_output_dir=str(self.folder / "my" / "audit"))
        self.acme = self.simulator.add_instance("acme", edition="published")
        self.globex = self.simulator.add_instance("globex", edition="extended")
        self.controller.add("acme", self.acme, cw_vendors=["rewst"])
        self.controller.add("globex", self.globex, cw_vendors=["rewst", "hudu"])
        self.environment: dict[str, str] = {}

    def nothing(self, _page: Path) -> None:
        pass

    def age_key(self, _page: Path) -> None:
        document = self.controller.stored("globex", "rewst")
        document["cw_credentials"]["made"] = f"{datetime.now(timezone.utc) - KEY_AGE:%Y-%m-%dT%H:%M:%SZ}"
        self.controller.store("globex", "rewst", document)

    def add_old_member(self, _page: Path) -> None:
        self.acme.add_member("OldHudu", role="Admin")

    def save_table(self, page: Path) -> None:
        (table,) = (block for block in blocks(page) if block.language == "markdown")
        (self.folder / "acmebackup.md").write_text(table.text, encoding="utf-8")
        (self.folder / "my" / "vendors").mkdir()

    def name_new_store(self, _page: Path) -> None:
        self.controller.set(cw_credentials_dir=str(self.folder / "my" / "pairs"))

    @contextmanager
    def awx(self, page: Path) -> Iterator[None]:
        (settings,) = (block for block in blocks(page) if block.language == "yaml")
        (self.folder / "awx.yml").write_text(settings.text, encoding="utf-8")
        project = Path(shutil.copytree(ROOT / "awx" / "project", self.folder / "project"))
        with AwxStandIn({yaml.safe_load(settings.text)["awx_setup_project_url"]: project}) as running:
            # ansible reads all certificates anew for each request, http or not
            self.environment = {**running.environment, "SSL_CERT_FILE": os.devnull}
            yield
            self.environment = {}

    def output(self, page: Path) -> str:
        """What the last command above the page's marker shows at its end."""
        line = [text for block, text in commands(page) if block.line < marker_line(page)][-1]
        paths = os.pathsep.join([str(ROOT / ".collections"), str(optional_collections.folder())])
        settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": paths}
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        environment = self.controller.environment(**settings, **self.environment, PATH=path)
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        shown = self.as_shown(last_messages(done.stdout))
        assert shown, f"{line}\n{done.stdout}{done.stderr}"
        return f"```text\n{shown}\n```\n\nExit status: {done.returncode}.\n"

    def as_shown(self, messages: dict[str, list[str]]) -> str:
        """As Ansible prints it, with the lines broken where they are with the paths and names shown."""
        parts = []
        for host, lines in sorted(messages.items()):
            text = yaml.safe_dump({"msg": [self.renamed(line) for line in lines]}, allow_unicode=True, indent=4)
            parts.append(f"ok: [{host}] =>\n{textwrap.indent(text.rstrip(), '    ')}" if lines else f"changed: {host}")
        return "\n".join(parts)

    def renamed(self, line: str) -> str:
        line = line.replace(str(self.folder), SHOWN_FOLDER)
        return re.sub(r"(https?://)?127\.0\.0\.1:\d+", SHOWN_SITE, line)


Scene = Callable[[Laboratory, Path], None]
#: What is done before the command of each page, in the order of the runs.
SCENES: dict[str, Scene] = {
    "check": Laboratory.nothing,
    "onboard_vendor": Laboratory.nothing,
    "onboard": Laboratory.nothing,
    "site": Laboratory.nothing,
    "rotate_keys": Laboratory.age_key,
    "audit": Laboratory.add_old_member,
    "adopt": Laboratory.nothing,
    "offboard": Laboratory.nothing,
    "first_contact": Laboratory.nothing,
    "import_vendor": Laboratory.save_table,
    "move_pairs": Laboratory.name_new_store,
}
WITH_AWX = "awx_setup"


def run_all(folder: Path, simulator: Simulator) -> dict[str, str]:
    """{page: its output now}."""
    laboratory = Laboratory(folder, simulator)
    outputs = {}
    for name, prepare in SCENES.items():
        page = FOLDER / f"{name}.md"
        prepare(laboratory, page)
        outputs[name] = laboratory.output(page)
    page = FOLDER / f"{WITH_AWX}.md"
    with laboratory.awx(page):
        outputs[WITH_AWX] = laboratory.output(page)
    return outputs


def last_messages(printed: str) -> dict[str, list[str]]:
    """{host: lines} of the last task that showed a message; if none did, the items that the last task changed."""
    tasks = re.split(r"^TASK \[.*\] \*+\n", printed.partition("PLAY RECAP")[0], flags=re.M)
    for text in reversed(tasks):
        messages = demo.messages(text)
        if messages:
            return dict(messages)
    changed = re.findall(r"^changed: (\[.*)$", printed, re.M)
    return {line: [] for line in changed}


def marker_line(page: Path) -> int:
    text = page.read_text(encoding="utf-8")
    found = PART.search(text)
    assert found, f"{page}: no place for the output"
    return text.count("\n", 0, found.start()) + 1


def shown(page: Path) -> str:
    """The output in the page."""
    found = PART.search(page.read_text(encoding="utf-8"))
    assert found
    return found[2]


def write(page: Path, output: str) -> None:
    text = page.read_text(encoding="utf-8")
    page.write_text(PART.sub(lambda found: f"{found[1]}{output}{found[3]}", text), encoding="utf-8")


def plain(text: str) -> str:
    """Output as one line, without what differs from one run to another."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{8}T\d{6}Z", "TIME", text)
    text = re.sub(r"\d{4}-\d\d-\d\d", "DATE", text)
    text = re.sub(r"\b(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{16}\b", "KEY", text)
    text = re.sub(r"\(id \d+\)|(?<=securityroles/)\d+", "(id N)", text)
    return " ".join(text.split())
