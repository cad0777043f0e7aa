# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick start, typed line by line as on the page, with the simulator as the instance.

What the page says is done in ConnectWise's pages, the simulated administrator does; what it shows as output has to be
printed. Afterwards, nothing of it is in the way of git or in a build of the collection.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml
from docs_pages import ROOT, Block, blocks
from playbooks.controller import do_worksheet
from simulator import Simulator

PAGE = ROOT / "docs" / "quick-start.md"
ROTATION = ROOT / "docs" / "rotation.md"
CHECKOUT, TARBALL = "From a checkout", "From a tarball"


def sections() -> dict[str, list[Block]]:
    """The blocks of the page by the heading that they stand below, in order."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    headings = [(number, line.lstrip("# ")) for number, line in enumerate(lines, 1) if re.match(r"##+ ", line)]
    found: dict[str, list[Block]] = {heading: [] for _number, heading in headings}
    for block in blocks(PAGE):
        found[next(heading for number, heading in reversed(headings) if number < block.line)].append(block)
    return found


def text_of(heading: str) -> str:
    """What stands below a heading, blocks too."""
    return PAGE.read_text(encoding="utf-8").partition(f"# {heading}\n")[2].partition("\n## ")[0]


def typed_lines(block: Block) -> list[str]:
    return [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]


def plain(text: str) -> str:
    """Output as one line, without what differs from one instance, machine and minute to another."""
    text = re.sub(r"(https?://)?(127\.0\.0\.1:\d+|[\w-]+\.myconnectwise\.net)", "SITE", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"[^\s'\"]*/my/", "/my/", text)
    text = re.sub(r"\b(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{16}\b", "KEY", text)
    text = re.sub(r"\(id \d+\)", "(id N)", text)
    return " ".join(text.replace("''", "'").split())


class Reader:
    """Somebody at a terminal who types what the page says, in ``folder``."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        self.shell_state: list[str] = []
        self.printed = ""

    def type(self, line: str, pasted: str = "") -> subprocess.CompletedProcess[str]:
        if line == "python3 -m venv my/venv":
            # the packages of this environment, so that nothing has to be loaded from the internet
            (self.folder / "my" / "venv").symlink_to(sys.prefix)
            line = "true"
        steering = re.compile(r"ANSIBLE_|CW_|PYTEST_|PYTHONPATH$|VIRTUAL_ENV$|COLUMNS$|.*_PROXY$", re.IGNORECASE)
        kept = {name: value for name, value in os.environ.items() if not steering.match(name)}
        own = {"HOME": str(self.home), "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(
            ["bash", "-c", "\n".join(["set -e", *self.shell_state, line])],
            cwd=self.folder, env={**kept, **own}, input=pasted, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if re.match(r"(\.|cd|export) ", line):
            self.shell_state.append(line)
        self.printed += done.stdout + done.stderr
        return done

    def follow(self, blocks_: list[Block], rc: int = 0) -> str:
        """Types the first console block of these and takes it off; what it printed holds the block that is shown."""
        block = blocks_.pop(0)
        assert block.language == "console", block
        printed = ""
        for line in typed_lines(block):
            done = self.type(line)
            printed += done.stdout + done.stderr
            assert done.returncode == rc, f"{line}\n{done.returncode}\n{done.stdout}{done.stderr}"
        while blocks_ and blocks_[0].language == "text":
            shown = blocks_.pop(0)
            assert plain(shown.text) in plain(printed), f"{shown} isn't what is printed:\n{plain(printed)}"
        return printed


@functools.cache
def checkout_tool():
    spec = importlib.util.spec_from_file_location("checkout", ROOT / "tools" / "checkout.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=reader", "-c", "user.email=reader@example.com", "-c", "core.excludesFile="]
    command = ["git", *identity, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def built(folder: Path, target: Path) -> dict[str, str]:
    """{name: checksum} of what ``ansible-galaxy collection build`` packs of a checkout."""
    command = [str(Path(sys.executable).parent / "ansible-galaxy"), "collection", "build", "--output-path", str(target)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(next(target.glob("*.tar.gz"))) as archive:
        listed = json.load(archive.extractfile("FILES.json"))
    return {file["name"]: file["chksum_sha256"] for file in listed["files"]}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with a git repository of its own, and what a build packed of it before anything was typed."""
    base = tmp_path_factory.mktemp("reader")
    folder = base / "msp.connectwise"
    for name in checkout_tool()._listed():
        source = ROOT / name
        if source.is_symlink() or source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name, follow_symlinks=False)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "All")
    return folder, built(folder, base / "before")


@pytest.fixture(scope="module")
def acme():
    """The instance, of the published edition: levels and keys are manual steps."""
    with Simulator() as running:
        yield running.add_instance("acme", automation_role="Automation")


def table_of_rights() -> dict[str, dict[str, str]]:
    """The levels that the page says to set in the role of the automation."""
    rows = re.findall(r"^\s*\| (System / [^|]+) \|([^\n]+)\|$", text_of("3. Create the automation's own key"), re.M)
    assert len(rows) == 4
    verbs = ("add", "edit", "delete", "inquire")
    return {name: dict(zip(verbs, (cell.strip() for cell in cells.split("|")), strict=False)) for name, cells in rows}


def set_rights(instance) -> None:
    for name, levels in table_of_rights().items():
        for verb, level in levels.items():
            if instance.levels("Automation")[tuple(name.split(" / "))][verb] is not None:
                instance.set_levels("Automation", {name: {verb: level}})


def fill_in(inventory: Path, instance, vaulted: str) -> None:
    """Puts values in place of the words in capitals, as an editor does."""
    text = inventory.read_text(encoding="utf-8")
    given = {**instance.connection, "client_id": instance.instance.client_id}
    for name in ("client_id", "site", "company", "public_key"):
        before = f"cw_{name}: {name.upper()}\n"
        assert text.count(before) == 1, before
        text = text.replace(before, f"cw_{name}: {given[name]}\n")
    assert text.count("      cw_private_key: PRIVATE_KEY\n") == 1
    text = text.replace("cw_private_key: PRIVATE_KEY\n", vaulted.rstrip("\n") + "\n")
    inventory.write_text(text, encoding="utf-8")


def check_key(reader: Reader, page: dict[str, list[Block]]) -> None:
    reader.follow(page.pop("6. Check the key"))


def encrypt_and_fill_in(reader: Reader, page: dict[str, list[Block]], instance) -> None:
    encrypting, shown = page.pop("5. Fill in the inventory")
    (line,) = typed_lines(encrypting)
    vaulted = reader.type(line, pasted=instance.connection["private_key"] + "\n")
    assert vaulted.returncode == 0 and vaulted.stdout.startswith(shown.text)
    fill_in(reader.folder / "my" / "inventory.yml", instance, vaulted.stdout)


def do_manual_steps(reader: Reader, instance, form: str) -> None:
    """What the worksheet says, by an administrator in the pages; then the pair, in the form that the page shows."""
    sheet = json.loads((reader.folder / "my/handover/acme/rewst/worksheet.json").read_text(encoding="utf-8"))
    do_worksheet(instance, sheet)
    public_key, private_key = instance.make_key(sheet["member"], sheet["key_description"])
    for name, key in {"public_key": public_key, "private_key": private_key}.items():
        form, count = re.subn(rf"(?m)^{name}: .*$", f"{name}: {key}", form)
        assert count == 1
    paste = reader.folder / "my/credentials/acme/rewst.handin.yml"
    assert paste.exists()
    paste.write_text(form, encoding="utf-8")


def test_every_step_works_as_the_page_says(checkout, acme):
    folder, packed = checkout
    reader, page = Reader(folder, folder.parent / "home"), sections()
    reader.home.mkdir()
    del page[TARBALL]
    reader.follow(page.pop(CHECKOUT))
    set_rights(acme)
    reader.follow(page.pop("4. Create a vault password"))
    encrypt_and_fill_in(reader, page, acme)
    check_key(reader, page)

    before = acme.state
    reader.follow(page.pop("7. Run in check mode"))
    assert acme.state == before and "API member 'Rewst' doesn't exist on acme" in reader.printed

    first, told, form, second, *seen = page.pop("8. Run")
    reader.follow([first, told], rc=2)
    do_manual_steps(reader, acme, form.text)
    reader.follow([second, *seen])
    left = {path.name for path in (folder / "my/handover/acme/rewst").iterdir()}
    assert left == {"delivery.md", "delivery.json"}
    assert not (folder / "my/credentials/acme/rewst.handin.yml").exists()

    shown = reader.follow(page.pop("9. Give the key to the vendor"))
    assert yaml.safe_load(shown)["cw_credentials"]["public_key"] in [key["publicKey"] for key in acme.keys("Rewst")]

    acme.clear_log()
    again = reader.follow(page.pop("10. Run it again, at any time"))
    assert re.search(r"^acme +: .*changed=0 +unreachable=0 +failed=0", again, re.M) and len(acme.log) == 5

    more, rotation = page.pop("11. More vendors, and older keys")
    assert "acme: Hudu: handed over (changed)" in reader.follow([more], rc=2)
    acme.clear_log()
    rotated = reader.follow([rotation])
    assert re.search(r"^acme +: .*changed=0 +unreachable=0 +failed=0", rotated, re.M)
    assert {entry["method"] for entry in acme.log} == {"GET"}
    assert not any(page.values()), f"nobody typed {page}"

    # rotation.md has the same inventory and password, and playbooks by their paths
    (line, *_others) = [line for block in blocks(ROTATION) for line in typed_lines(block)]
    assert reader.type(line).returncode == 0

    nothing_private_was_printed(reader, acme)
    nothing_is_left_outside(folder, packed)


def nothing_private_was_printed(reader: Reader, instance) -> None:
    """But for the pair that was asked for by ansible-vault view."""
    assert instance.connection["private_key"] not in reader.printed
    assert (reader.folder / "my/vault-password").read_text(encoding="utf-8").strip() not in reader.printed


def nothing_is_left_outside(folder: Path, packed: dict[str, str]) -> None:
    """Whatever was typed, and a report beside it, is in my/; git and a build pass over it."""
    kept = {path.relative_to(folder / "my").parts[0] for path in (folder / "my").iterdir()}
    assert kept >= {"inventory.yml", "vault-password", "credentials", "handover"}
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "add", "-A", "-n") == ""
    ignored = git(folder, "status", "--porcelain", "--ignored").split("\n")
    assert {line for line in ignored if line} <= {"!! my/", "!! .ansible/"}
    assert built(folder, folder.parent / "after") == packed


def test_what_runs_leave_in_a_checkout_is_never_packed_or_added(checkout, tmp_path):
    """Whichever folder a user keeps: those of the defaults, too."""
    folder, packed = checkout
    private = [
        folder / kept / name
        for kept in ("my", "credentials", "handover", "audit", "demo")
        for name in ("globex/rewst.yml", "host_vars/globex.yml", "password-of-globex")
    ]
    for path in private:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("private", encoding="utf-8")
    try:
        assert git(folder, "add", "-A", "-n") == ""
        assert built(folder, tmp_path / "built") == packed
    finally:
        for path in private:
            path.unlink()


def test_the_way_by_tarball_leads_to_the_same(checkout, acme, tmp_path):
    """Installed from a build into a home of its own, started in a folder of its own."""
    folder, _packed = checkout
    built(folder, tmp_path)
    reader, page = Reader(tmp_path / "connectwise", tmp_path / "home"), sections()
    reader.folder.mkdir()
    reader.home.mkdir()
    commands, settings = page.pop(TARBALL)
    reader.follow([commands])
    assert settings.language == "ini"
    (reader.folder / "ansible.cfg").write_text(settings.text, encoding="utf-8")
    set_rights(acme)
    reader.follow(page.pop("4. Create a vault password"))
    encrypt_and_fill_in(reader, page, acme)
    check_key(reader, page)
    inventory = reader.folder / "my" / "inventory.yml"
    inventory.write_text(inventory.read_text(encoding="utf-8").replace("  hosts:\n", " hosts:\n"), encoding="utf-8")
    broken = reader.type(typed_lines(sections()["6. Check the key"][0])[0])
    assert broken.returncode != 0 and "Completely failed to parse inventory source" in broken.stderr


def test_an_inventory_with_the_example_s_words_is_refused_before_the_first_request(checkout, acme, tmp_path):
    """What is typed in step 6 by somebody who forgot step 5, in whole or in part."""
    folder, _packed = checkout
    reader = Reader(folder, tmp_path)
    reader.shell_state = [f". {sys.prefix}/bin/activate"] if (Path(sys.prefix) / "bin/activate").exists() else []
    (command, *_rest) = typed_lines(sections()["6. Check the key"][0])
    words = ("CLIENT_ID", "SITE", "COMPANY", "PUBLIC_KEY")
    (tmp_path / "vault-password").write_text("x", encoding="utf-8")
    given = {**acme.connection, "client_id": acme.instance.client_id}
    acme.clear_log()
    for left in (words, words[:1], words[2:]):
        text = (ROOT / "inventory/example.yml").read_text(encoding="utf-8")
        for name in ("client_id", "site", "company", "public_key", "private_key"):
            if name.upper() not in left and not (name == "private_key" and left == words):
                text = text.replace(f"cw_{name}: {name.upper()}\n", f"cw_{name}: {given[name]}\n")
        (tmp_path / "inventory.yml").write_text(text, encoding="utf-8")
        done = reader.type(command.replace("my/", f"{tmp_path}/"))
        assert done.returncode == 2
        said = " ".join(done.stdout.split())
        for word in left:
            assert f"cw_{word.lower()} is still {word}" in said
        assert ("cw_private_key is still the example" in said) is (left == words)
    assert acme.log == []


BROKEN = {
    "a column that is misspelt": (
        "Customer,Site\nacme,na.myconnectwise.net\n",
        "plugin: msp.connectwise.cw_csv\nfile: fleet.csv\nhost_column: Name\ncolumns: {Site: cw_site}\n",
    ),
    "a file that isn't there": (None, "plugin: msp.connectwise.cw_csv\nfile: none.csv\nhost_column: Name\n"),
    "YAML that can't be read": (None, "connectwise:\n  hosts:\n   acme: {\n"),
}


@pytest.mark.parametrize("table, text", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("playbook", ["check", "site", "rotate_keys"])
def test_an_inventory_that_can_t_be_read_is_an_error(checkout, tmp_path, table, text, playbook):
    folder, _packed = checkout
    reader = Reader(folder, tmp_path)
    reader.shell_state = [f"export PATH={Path(sys.executable).parent}:$PATH"]
    (tmp_path / "fleet.yml").write_text(text, encoding="utf-8")
    if table:
        (tmp_path / "fleet.csv").write_text(table, encoding="utf-8")
    done = reader.type(f"ansible-playbook msp.connectwise.{playbook} -i {tmp_path}/fleet.yml")
    said = "[ERROR]" if text.startswith("plugin:") else "Completely failed to parse inventory source"
    assert done.returncode != 0 and said in done.stderr
    assert "PLAY RECAP" not in done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "ansible-playbook playbooks/site.yml --syntax-check",
        "ansible-doc -t module msp.connectwise.cw_instance_info",
        "ansible-playbook playbooks/site.yml -i inventory/brands --list-hosts",
        "ansible-playbook playbooks/site.yml -i inventory/csv/fleet.yml --list-hosts",
        "ansible localhost -m ansible.builtin.debug",
    ],
)
def test_what_needs_no_inventory_works_without_one(checkout, tmp_path, line):
    folder, _packed = checkout
    reader = Reader(folder, tmp_path)
    reader.shell_state = [f"export PATH={Path(sys.executable).parent}:$PATH"]
    done = reader.type(line)
    assert done.returncode == 0, done.stdout + done.stderr
