# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, for somebody who has just cloned the repository and reads every line."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

import demo

from .controller import ROOT, cells, kill, matrix, unused_port

COMMAND = re.compile(r"^\$ (.+)$", re.M)
STOPS = "Ctrl-C here stops them."
#: What lies in demo/ and isn't the demo's.
OTHERS = {
    "demo/mine.txt": "mine\n",
    "demo/run-4.log": "mine\n",
    "demo/credentials/acme/hudu.yml": "mine\n",
    "demo/credentials/initech/rewst.yml": "mine\n",
    "demo/handover/initech/rewst/worksheet.md": "mine\n",
}


@dataclass
class Checkout:
    """A checkout of links into this one, so that the demo's folder is its own."""

    folder: Path

    def start(self, *options: str, **environment: str) -> subprocess.Popen[str]:
        """The demo, as the Makefile starts it."""
        return subprocess.Popen(
            [".venv/bin/python", "tests/demo.py", *options],
            cwd=self.folder,
            env=self.environment(PYTHONPATH="tests", **environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def demo(self, **environment: str) -> tuple[int, str]:
        """(exit status, output) of the demo."""
        process = self.start(**environment)
        try:
            printed = process.communicate(timeout=300)[0]
        except subprocess.TimeoutExpired:
            kill(process)
            raise
        return process.returncode, printed

    def type(self, line: str, **environment: str) -> tuple[int, str]:
        """(exit status, output) of a line that is typed in this folder."""
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=self.environment(**environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
        )  # fmt: skip
        return done.returncode, done.stdout

    def environment(self, **extra: str) -> dict[str, str]:
        """A user's, with nothing on the search path or elsewhere that helps the demo."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return {**kept, "PATH": "/usr/local/bin:/usr/bin:/bin", **extra}

    def left(self) -> list[str]:
        """The processes that were started in this folder and don't end."""
        deadline = time.monotonic() + 30
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.running()

    def running(self) -> list[str]:
        """The processes that were started in this folder and haven't ended."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if path.readlink() == self.folder:
                    found.append(path.with_name("cmdline").read_text().replace("\0", " "))
        return found

    def put(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)

    def files(self) -> dict[str, str]:
        """{path: text} of what lies in demo/."""
        found = (path for path in (self.folder / "demo").rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_text() for path in found}


def checkout(folder: Path) -> Checkout:
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in ("demo", ".git", ".venv"):
            (folder / path.name).symlink_to(path)
    (folder / ".venv").symlink_to(sys.prefix)
    return Checkout(folder)


@dataclass
class Kept:
    """A demo that has been run and holds its instances up; ``printed`` is all that it said."""

    checkout: Checkout
    process: subprocess.Popen[str]
    printed: str


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    place = checkout(tmp_path_factory.mktemp("demo") / "msp.connectwise")
    process = place.start("--keep")
    try:
        printed = ""
        for line in process.stdout or ():
            printed += line
            if STOPS in line:
                break
        assert STOPS in printed, printed
        yield Kept(place, process, printed)
    finally:
        if process.poll() is None:
            kill(process)


def private_keys(place: Checkout) -> set[str]:
    """The private keys that the inventory and the encrypted pairs of the demo hold."""
    hosts = yaml.safe_load((place.folder / "demo/inventory.yml").read_text())["connectwise"]["hosts"]
    vault = VaultLib([("default", VaultSecret((place.folder / "demo/vault-password").read_bytes().strip()))])
    pairs = [vault.decrypt((place.folder / f"demo/credentials/{host}/rewst.yml").read_bytes()) for host in hosts]
    stored: list[dict[str, Any]] = [yaml.safe_load(pair)["cw_credentials"] for pair in pairs]
    found = {values["cw_private_key"] for values in hosts.values()} | {pair["private_key"] for pair in stored}
    assert len(found) == 4 and all(len(key) >= 12 for key in found)
    return found


def test_it_is_short_and_ends_well(kept: Kept) -> None:
    assert len(kept.printed.splitlines()) < 82
    assert kept.process.poll() is None and kept.checkout.running()
    said = [line for line in kept.printed.splitlines() if line.startswith(("acme: ", "globex: "))]
    assert said == [
        "acme: Rewst: handed over (changed)", "globex: Rewst: converged (changed)",
        "acme: Rewst: converged (changed)", "globex: Rewst: converged",
        "acme: Rewst: converged", "globex: Rewst: converged",
    ]  # fmt: skip
    assert "acme changed=0 failed=0, globex changed=0 failed=0; exit status 0; log: demo/run-3.log" in kept.printed


def test_each_command_typed_again_works(kept: Kept) -> None:
    lines = COMMAND.findall(kept.printed)
    assert len(lines) == 3
    for line in dict.fromkeys(lines):
        rc, printed = kept.checkout.type(line)
        assert rc == 0, printed
        recap = printed[printed.rindex("PLAY RECAP") :]
        assert re.findall(r"^(\w+) .*changed=(\d+)", recap, re.M) == [("acme", "0"), ("globex", "0")]


def test_the_work_of_the_person_is_seen(kept: Kept) -> None:
    """What the administrator says to have set is what the vendor needs, and the worksheet that says so stays."""
    needed = Counter(module for module, _function, _verb in cells(matrix("rewst")["permissions"]))
    told = re.findall(r"^administrator: sets (\d+) levels of security role Rewst API in (.+)$", kept.printed, re.M)
    assert {module: int(count) for count, module in told} == needed
    key = re.search(r"^administrator: creates key (\w{16}) .* pastes it into (\S+)$", kept.printed, re.M)
    assert key and key[2] == "demo/credentials/acme/rewst.handin.yml"
    assert f"key {key[1]}, stored in demo/credentials/acme/rewst.yml" in kept.printed
    address = re.search(r"(\S+\.html) is a copy", kept.printed)
    assert address
    page = (kept.checkout.folder / address[1]).read_text()
    assert "Rewst API" in page and all(module.replace("&", "&amp;") in page for module in needed)


def test_no_private_key_is_shown(kept: Kept) -> None:
    files = kept.checkout.files()
    logs = [files[f"demo/run-{number}.log"] for number in (1, 2, 3)]
    assert all("PLAY RECAP" in log for log in logs)
    shown = kept.printed + "".join(logs) + files["demo/worksheet.html"]
    assert not [key for key in private_keys(kept.checkout) if key in shown]


def test_it_says_what_stands_in_its_folder(kept: Kept) -> None:
    folder = kept.checkout.folder / "demo"
    assert not [path for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert set(kept.checkout.files()) == {
        "demo/inventory.yml", "demo/vault-password", "demo/worksheet.html",
        "demo/run-1.log", "demo/run-2.log", "demo/run-3.log",
        *(f"demo/credentials/{host}/rewst.yml{ending}" for host in ("acme", "globex") for ending in ("", ".record")),
        *(f"demo/handover/{host}/journal.jsonl" for host in ("acme", "globex")),
        *(f"demo/handover/{host}/rewst/delivery.{kind}" for host in ("acme", "globex") for kind in ("md", "json")),
    }  # fmt: skip
    end = kept.printed[kept.printed.index("What is in demo/ now") :]
    for name in ("inventory.yml", "vault-password", "worksheet.html", "credentials/", "handover/", "run-*.log"):
        assert name in end
    assert "docs/quick-start.md" in end
    for name in ("inventory.yml", "vault-password"):
        assert (folder / name).stat().st_mode & 0o077 == 0


def plain(text: str) -> list[str]:
    """The lines, with one name in place of each random key, and of the port of an instance."""
    lines = [re.sub(r"\b([Kk]ey:?) \w{16}\b", r"\1 KEY", line) for line in text.splitlines()]
    return [re.sub(r"127\.0\.0\.1:\d+", "HOST", line) for line in lines]


def unfolded(printed: str) -> str:
    """Without the line breaks and quotes of YAML."""
    return " ".join(printed.replace("''", "'").split())


def test_the_readme_shows_what_is_printed(kept: Kept) -> None:
    page = (ROOT / "README.md").read_text()
    part = page[page.index("### What you see") : page.index("## Using it for real")]
    shown = re.findall(r"^```(?:console|text)\n(.*?)^```$", part, re.M | re.S)
    assert len(shown) > 1
    printed = "\n".join(plain(kept.printed))
    for block in shown:
        assert "\n".join(plain(block)) in printed


def test_ctrl_c_stops_it_and_the_next_demo_clears_only_its_own_away(kept: Kept) -> None:
    os.killpg(kept.process.pid, signal.SIGINT)
    rest = kept.process.communicate(timeout=30)[0]
    place = kept.checkout
    assert (kept.process.returncode, rest, place.left()) == (0, "", [])
    place.put(OTHERS)
    before = place.files()

    # behind a proxy that knows nothing of this machine
    proxy = {"http_proxy": f"http://127.0.0.1:{unused_port()}"}
    rc, printed = place.demo(**proxy)
    assert rc == 0, printed
    assert len(printed.splitlines()) < 82
    after = place.files()
    assert {name: text for name, text in after.items() if name in OTHERS} == OTHERS
    assert set(after) == set(before)
    assert after["demo/vault-password"] == before["demo/vault-password"]
    assert after["demo/inventory.yml"] != before["demo/inventory.yml"]
    assert private_keys(place)

    # nothing is left running: what is typed now says so plainly
    assert "make demo KEEP=1" in printed
    assert place.left() == []
    (line,) = dict.fromkeys(COMMAND.findall(printed))
    rc, said = place.type(line, **proxy)
    assert rc == 2
    for host in ("acme", "globex"):
        assert f"The instance can't be reached on {host} at 127.0.0.1:" in unfolded(said)
    assert "Traceback" not in said and "no hosts matched" not in said


@pytest.mark.parametrize(
    "name",
    ["inventory.yml", "worksheet.html", "run-1.log", "credentials/acme/rewst.yml", "handover/acme/rewst/worksheet.md"],
)
def test_it_replaces_nothing_that_it_did_not_make(tmp_path: Path, name: str) -> None:
    place = checkout(tmp_path / "checkout")
    place.put({f"demo/{name}": "mine\n"})
    rc, printed = place.demo()
    assert rc == 1
    assert printed == f"The demo would replace demo/{name}, which it didn't make. Move it, and run the demo again.\n"
    assert place.files() == {f"demo/{name}": "mine\n"}


NOTHING_TO_DO = """\
- hosts: connectwise
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: [nothing was done]}
"""
BROKEN = """\
- hosts: connectwise
  gather_facts: false
  tasks:
    - ansible.builtin.command: echo
    - ansible.builtin.fail: {msg: this is why}
"""


@pytest.mark.parametrize(
    "playbook, said, ended",
    [
        (BROKEN, "this is why", "exit status 2, something changed, no worksheet"),
        (NOTHING_TO_DO, "nothing was done", "exit status 0, nothing changed, no worksheet"),
        ("- hosts: nowhere\n", "no hosts matched", "exit status 0, nothing changed, no worksheet"),
        ("- hosts: [\n", "YAML", "exit status 4, nothing changed, no worksheet"),
    ],
)  # fmt: skip
def test_a_failure_shows_everything(tmp_path: Path, playbook: str, said: str, ended: str) -> None:
    place = checkout(tmp_path / "checkout")
    (place.folder / "playbooks").unlink()
    place.put({"playbooks/onboard_rewst.yml": playbook})
    rc, printed = place.demo()
    assert rc == 1
    assert said in printed and f"This run ended with {ended};" in printed.splitlines()[-1]
    assert place.files()["demo/run-1.log"].strip() in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("ignored", ["INT", "INT TERM"])
def test_an_interrupted_run_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, ignored: str) -> None:
    monkeypatch.setattr(demo, "PATIENCE", 0.3)
    script = f"trap '' {ignored}; echo ready; exec sleep 60"
    process = subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    demo.end(process)
    process.stdout.close()
    assert process.returncode == -(signal.SIGTERM if ignored == "INT" else signal.SIGKILL)


def test_an_interrupted_demo_leaves_nothing_running(tmp_path: Path) -> None:
    """Ctrl-C reaches the demo and its run; the next demo isn't hindered by what is left."""
    place = checkout(tmp_path / "checkout")
    place.put(OTHERS)
    process = place.start()
    printed = ""
    for line in process.stdout or ():
        printed += line
        if line.startswith("$ "):
            break
    log = place.folder / "demo/run-1.log"
    deadline = time.monotonic() + 60
    while not (log.exists() and "PLAY [" in log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    printed += process.communicate(timeout=60)[0]
    assert process.returncode == 130 and "Traceback" not in printed, printed
    assert place.left() == []
    (line,) = COMMAND.findall(printed)
    assert "The instance can't be reached" in unfolded(place.type(line)[1])

    # with Ansible's own way to show results, and a way to show runs that isn't made for people
    (place.folder / "ansible.cfg").unlink()
    place.put({"ansible.cfg": "[defaults]\ncollections_path = ./.collections\n"})
    rc, printed = place.demo(ANSIBLE_STDOUT_CALLBACK="json", ANSIBLE_FORCE_COLOR="1")
    assert rc == 0, printed
    assert '    "msg": [' in place.files()["demo/run-3.log"]
    assert "acme: Rewst: handed over (changed)\n  role Rewst API (id 71): 0 levels set" in printed
    assert len(printed.splitlines()) < 82
    assert {name: text for name, text in place.files().items() if name in OTHERS} == OTHERS
