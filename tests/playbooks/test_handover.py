# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual steps: the worksheet, the hand-in file, and the three ways to hand over."""

from __future__ import annotations

import html.parser
import json
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from simulator.server import Handle

from .controller import PLAYS, REWST, ROOT, Controller, Run, cells, do_worksheet, finish, granted, matrix, paste_pair

NewInstance = Callable[..., Handle]
Cells = dict[tuple[str, str, str], tuple[str, str]]
VERBS = ("add", "edit", "delete", "inquire")
MATRIX = cells(matrix("rewst")["permissions"])


class Boxes(html.parser.HTMLParser):
    """{data-key of a tick box: the text after it}, and the headings."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, str] = {}
        self.headings: list[str] = []
        self._tag = self._key = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        if tag == "input":
            self._key = dict(attrs).get("data-key") or ""
            self.boxes[self._key] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("label", "td", "li"):
            self._key = ""
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._key:
            self.boxes[self._key] += data
        if self._tag in ("h1", "h2"):
            self.headings.append(data)


def in_json(path: Path) -> Cells:
    sheet = json.loads(path.read_text())
    return {
        (cell["module"], cell["function"], cell["verb"]): (cell["is"], cell["should_be"]) for cell in sheet["levels"]
    }


def in_markdown(path: Path) -> Cells:
    found: Cells = {}
    module = ""
    for line in path.read_text().splitlines():
        if line.startswith("### "):
            module = line[4:]
        elif line.startswith("| [ ] |"):
            function, *levels = [part.strip() for part in line.strip("|").split("|")[1:]]
            for verb, text in zip(VERBS, levels, strict=True):
                if text:
                    was, wanted = re.fullmatch(r"(\w+) → \*\*(\w+)\*\*", text).groups()  # type: ignore[union-attr]
                    found[module, function, verb] = (was.lower(), wanted.lower())
    return found


def in_html(path: Path) -> Cells:
    page = Boxes()
    page.feed(path.read_text())
    found: Cells = {}
    for key, text in page.boxes.items():
        if not key.startswith(("key/", "table/")):
            module, _slash, rest = key.partition("/")
            function, _slash, verb = rest.rpartition("/")
            was, _arrow, wanted = (part.strip().lower() for part in text.rpartition("→"))
            found[module, function, verb] = (was or "none", wanted)
    return found


def sheets(controller: Controller, host: str) -> list[Cells]:
    return [
        read(controller.worksheet(host, "rewst", kind))
        for kind, read in (("json", in_json), ("md", in_markdown), ("html", in_html))
    ]


def sheet_of(controller: Controller, host: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(controller.worksheet(host, "rewst").read_text())
    return document


def test_fail_and_report(controller: Controller, new_instance: NewInstance) -> None:
    """The worksheet shows exactly what must change; a second run leaves every file as it is."""
    failing, reporting, odd = (new_instance() for _instance in range(3))
    controller.add("failing", failing)
    controller.add("reporting", reporting, onboard_handover="report")
    controller.add("odd", odd, onboard_handover="report", rewst_role_name='R&D <b>"Rewst"</b> API')
    first = controller.run(REWST).expect(2)
    first.says(
        "Rewst on failing needs manual steps: set 53 levels of security role Rewst API and create a key for API"
        " member Rewst.",
        f"worksheet: {controller.worksheet('failing', 'rewst', 'html')}",
        "Then run this again to verify and continue:",
        f"ansible-playbook {REWST} -i {controller.inventory} --vault-password-file {controller.password_file}",
    )
    assert {host: counts["failed"] for host, counts in first.recap.items()} == {"failing": 1, "reporting": 0, "odd": 0}
    assert "reporting: Rewst: handed over (changed)" in first.summary
    assert "53 to set by hand" in first.summary
    assert "key not created yet" in first.summary

    expected = {cell: ("none", level) for cell, level in MATRIX.items()}
    assert len(expected) == 53
    for host in ("failing", "reporting", "odd"):
        assert sheets(controller, host) == [expected] * 3
        hand_in = controller.hand_in(host, "rewst")
        assert hand_in.stat().st_mode & 0o777 == 0o600
        assert hand_in.parent.stat().st_mode & 0o777 == 0o700
        assert yaml.safe_load(hand_in.read_text()) == {"public_key": None, "private_key": None}
        assert controller.worksheet(host, "rewst").parent.stat().st_mode & 0o777 == 0o700
    sheet = sheet_of(controller, "failing")
    assert (sheet["instance"], sheet["role"], sheet["member"]) == ("failing", "Rewst API", "Rewst")
    assert sheet["company"] == failing.connection["company"]
    assert any(str(controller.hand_in("failing", "rewst")) in step for step in sheet["key_steps"])
    page = Boxes()
    page.feed(controller.worksheet("odd", "rewst", "html").read_text())
    assert 'Security role R&D <b>"Rewst"</b> API' in " ".join("".join(page.headings).split())
    assert "<b>\"Rewst\"</b>" not in controller.worksheet("odd", "rewst", "html").read_text()

    kept = [path for path in controller.folder.rglob("*") if path.is_file() and path.name != "journal.jsonl"]
    files = {path: path.read_bytes() for path in kept}
    again = controller.run(REWST).expect(2)
    assert [counts["changed"] for counts in again.recap.values()] == [0, 0, 0]
    assert {path: path.read_bytes() for path in files} == files

    reported = controller.run(REWST, "--limit", "reporting").expect(0)
    assert "reporting: Rewst: handed over" in reported.summary


def test_levels_set_wrongly_and_then_right(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    do_worksheet(published, sheet_of(controller, "acme"))
    wrong = [
        ("Companies", "Contacts", "delete", "All"),  # too much
        ("Finance", "Agreements", "inquire", "None"),  # forgotten
        ("Companies", "Manage Attachments", "add", "All"),  # another level
        ("Companies", "Notes", "inquire", "All"),  # another row
    ]
    was = {cell[:3]: MATRIX.get(cell[:3], "none") for cell in wrong}
    assert was["Companies", "Manage Attachments", "add"] == "my"
    names = ("module", "function", "verb", "level")
    published.set_levels("Rewst API", [dict(zip(names, cell, strict=True)) for cell in wrong])
    run = controller.run(REWST).expect(2)
    run.says(f"needs manual steps: set {len(wrong)} levels of security role Rewst API")
    expected = {cell[:3]: (cell[3].lower(), was[cell[:3]]) for cell in wrong}
    assert sheets(controller, "acme") == [expected] * 3

    do_worksheet(published, sheet_of(controller, "acme"))
    only_key = controller.run(REWST).expect(2)
    only_key.says("Rewst on acme needs manual steps: create a key for API member Rewst.")
    assert sheets(controller, "acme") == [{}] * 3
    assert granted(published, "Rewst API") == MATRIX

    public_key, private_key = published.make_key("Rewst", "Rewst API")
    paste_pair(controller.hand_in("acme", "rewst"), public_key, private_key)
    done = controller.run(REWST).expect(0)
    assert "verified: the key logs in as Rewst, matrix exact" in done.summary
    assert controller.worksheets("acme", "rewst") == []
    assert not controller.hand_in("acme", "rewst").exists()
    assert controller.pair_file("acme", "rewst").stat().st_mode & 0o777 == 0o600
    assert controller.pair_file("acme", "rewst").parent.stat().st_mode & 0o777 == 0o700

    # a playbook of the user's own can load it
    loaded = controller.folder / "loaded.json"
    files = {"credentials_path": str(controller.pair_file("acme", "rewst")), "loaded_path": str(loaded)}
    controller.run(PLAYS / "load_credentials.yml", "-e", json.dumps(files)).expect(0)
    pair = json.loads(loaded.read_text())
    assert pair.pop("made")
    assert pair == {
        "site": published.connection["site"],
        "company": published.connection["company"],
        "member": "Rewst",
        "public_key": public_key,
        "private_key": private_key,
    }

    published.set_levels("Rewst API", {"Finance / Agreements": {"delete": "All"}})
    drifted = controller.run(REWST).expect(2)
    drifted.says("needs manual steps: set 1 level of security role Rewst API.")
    assert sheets(controller, "acme") == [{("Finance", "Agreements", "delete"): ("all", "none")}] * 3


def test_pairs_that_are_handed_in(controller: Controller, new_instance: NewInstance) -> None:
    """By file and by variables; a wrong pair and another member's are refused, and nothing is kept."""
    hosts = ("by_file", "by_variables", "wrong", "foreign", "half")
    instances = {host: new_instance() for host in hosts}
    for host, instance in instances.items():
        controller.add(host, instance)
    controller.run(REWST).expect(2)
    pairs = {}
    for host, instance in instances.items():
        do_worksheet(instance, sheet_of(controller, host))
        pairs[host] = instance.make_key("backupvendor" if host == "foreign" else "Rewst", "Rewst API")
    paste_pair(controller.hand_in("by_file", "rewst"), *pairs["by_file"])
    paste_pair(controller.hand_in("wrong", "rewst"), pairs["wrong"][0], "not-the-private-key")
    paste_pair(controller.hand_in("foreign", "rewst"), *pairs["foreign"])
    controller.hand_in("half", "rewst").write_text(f"public_key: {pairs['half'][0]}\nprivate_key:\n")
    run = controller.run(REWST, "--limit", "!by_variables").expect(2)
    assert run.recap["by_file"]["failed"] == 0
    assert "The supplied pair doesn't log in" in run.summary and pairs["wrong"][0] not in run.printed
    assert f"(public key {pairs['foreign'][0]}) belongs to API member 'backupvendor'" in run.summary
    assert "needs both public_key and private_key" in run.summary
    for host in ("wrong", "foreign", "half"):
        assert run.recap[host]["failed"] == 1
        assert not controller.pair_file(host, "rewst").exists()
        assert controller.hand_in(host, "rewst").exists()

    given = controller.folder / "given.yml"
    for pair, rc in ((pairs["wrong"], 2), (pairs["by_variables"], 0)):
        given.write_text(yaml.safe_dump({"onboard_public_key": pair[0], "onboard_private_key": pair[1]}))
        controller.run(REWST, "--limit", "by_variables", "-e", f"@{given}").expect(rc)
    for host in ("by_file", "by_variables"):
        stored = controller.stored(host, "rewst")["cw_credentials"]
        assert (stored["public_key"], stored["private_key"]) == pairs[host]
        assert not controller.hand_in(host, "rewst").exists()
    last = controller.run(REWST, "--limit", "by_variables", "-e", f"@{given}").expect(0)
    assert last.changed("by_variables") == 0


def test_pairs_as_people_paste_them(controller: Controller, new_instance: NewInstance) -> None:
    """Taken, or told with the line before anything is asked of the instance; nothing of them is ever shown."""
    patterns = {
        "labels": "Public Key: {0}\nPrivate Key: {1}\n",
        "page": "Public Key\n{0}\nPrivate Key\n{1}\n",
        "swapped": "public_key: '{1}'\nprivate_key: '{0}'\n",
        "open": "public_key: '{0}'\nprivate_key: '{1}'\n",
        "twice": "Public Key: {1}\nPrivate Key: {1}\n",
        "odd": "public_key: '{0}'\nprivate_key: '{1}\u00ad'\n",
        "bare": "{0}\n{1}\n",
        "pipe": "",
    }
    told = {
        "twice": "has the same key twice, in lines 1 and 2",
        "odd": "Line 2: the private key contains a soft hyphen",
        "bare": "Line 1 holds something else",
        "pipe": "rewst.handin.yml isn't an ordinary file",
    }
    instances = {host: new_instance() for host in patterns}
    for host, instance in instances.items():
        controller.add(host, instance)
    controller.run(REWST).expect(2)
    pairs = {}
    for host, instance in instances.items():
        do_worksheet(instance, sheet_of(controller, host))
        pairs[host] = instance.make_key("Rewst", "Rewst API")
        controller.hand_in(host, "rewst").write_text(patterns[host].format(*pairs[host]), encoding="utf-8")
    controller.hand_in("open", "rewst").chmod(0o644)
    controller.hand_in("pipe", "rewst").unlink()
    os.mkfifo(controller.hand_in("pipe", "rewst"))
    before = {host: len(instance.log) for host, instance in instances.items()}

    run = controller.run(REWST, "-vvv").expect(2)
    run.says(*told.values())
    run.says("The public and private key of the supplied pair were swapped; this run uses them the right way round.")
    run.says(f"{controller.hand_in('open', 'rewst')} was readable by users other than its owner (mode 0644)")
    for host in patterns:
        assert pairs[host][1] not in run.printed, host
        assert run.recap[host]["failed"] == (host in told), host
        assert controller.hand_in(host, "rewst").exists() == (host in told), host
        if host in told:
            assert len(instances[host].log) == before[host] and pairs[host][0] not in run.printed, host
        else:
            stored = controller.stored(host, "rewst")["cw_credentials"]
            assert (stored["public_key"], stored["private_key"]) == pairs[host], host
    for host in told:
        controller.hand_in(host, "rewst").unlink()
    assert [run.changed(host) for host in patterns if host not in told] == [1] * 4


def test_the_halves_of_given_variables(controller: Controller, new_instance: NewInstance, tmp_path: Path) -> None:
    """Swapped, they are used the other way round; one twice or with odd characters is refused before any request."""
    instance = new_instance()
    controller.add("acme", instance)
    controller.run(REWST).expect(2)
    do_worksheet(instance, sheet_of(controller, "acme"))
    public, private = instance.make_key("Rewst", "Rewst API")
    given = tmp_path / "given.json"

    def run(public_key: str, private_key: str) -> Run:
        given.write_text(json.dumps({"onboard_public_key": public_key, "onboard_private_key": private_key}))
        return controller.run(REWST, "-vvv", "-e", f"@{given}")

    before = len(instance.log)
    twice = run(private, private).expect(2)
    twice.says("onboard_public_key and onboard_private_key are the same: give both halves of the pair")
    odd = run(public, f"{private[:5]}\u2060{private[5:]}").expect(2)
    odd.says("onboard_private_key contains a word joiner")
    quoted = run(f'"{public}"', private).expect(2)
    quoted.says("onboard_public_key has quotation marks around it")
    assert len(instance.log) == before
    wrong = run(f"{private}x", public).expect(2)
    wrong.says("The supplied pair doesn't log in, not even with public and private key swapped")
    swapped = run(private, public).expect(0)
    swapped.says("of the supplied pair were swapped")
    for each in (twice, odd, quoted, wrong, swapped):
        assert private not in each.printed
    stored = controller.stored("acme", "rewst")["cw_credentials"]
    assert (stored["public_key"], stored["private_key"]) == (public, private)
    assert run(private, public).expect(0).changed("acme") == 0


def test_waiting_for_a_person(controller: Controller, new_instance: NewInstance) -> None:
    """The run goes on by itself; a wrong pair meanwhile is no end of it, and patience has one."""
    acme, idle = new_instance(), new_instance()
    controller.set(onboard_handover="wait", onboard_handover_interval=0.2, onboard_handover_timeout=40)
    controller.add("acme", acme)
    controller.add("idle", idle, onboard_handover_timeout=1)

    followed: list[str] = []

    def work() -> None:
        path = controller.hand_in("acme", "rewst")
        page = controller.worksheet("acme", "rewst", "html")
        while not path.exists() or "0 of 53 levels are set" not in page.read_text(encoding="utf-8"):
            time.sleep(0.05)
        do_worksheet(acme, sheet_of(controller, "acme"))
        public_key, private_key = acme.make_key("Rewst", "Rewst API")
        paste_pair(path, public_key, "mistyped")
        time.sleep(2)
        followed.append(page.read_text(encoding="utf-8"))
        paste_pair(path, public_key, private_key)

    process = controller.start(REWST)
    administrator = threading.Thread(target=work, daemon=True)
    administrator.start()
    run = finish(process).expect(2)
    administrator.join(timeout=10)
    assert "acme: Rewst: converged" in run.summary, run.printed
    assert run.recap["acme"]["failed"] == 0
    assert "the key logs in as Rewst, matrix exact" in run.summary
    assert "53 of 53 levels are set" in followed[0]
    page = controller.worksheet("acme", "rewst", "html")
    assert controller.worksheets("acme", "rewst") == ["worksheet.html"]
    assert "Done. A run has verified every step" in page.read_text(encoding="utf-8")
    assert controller.run(REWST, "--limit", "acme").expect(0).changed("acme") == 0
    assert controller.worksheets("acme", "rewst") == []
    assert not controller.hand_in("acme", "rewst").exists()
    assert run.recap["idle"]["failed"] == 1
    assert "Rewst on idle needs manual steps: set 53 levels of security role Rewst API" in run.summary
    assert controller.worksheet("idle", "rewst").exists()
    assert "waiting up to" not in run.printed  # nobody sits at a terminal here


def test_a_tilde_means_the_same_folder_to_everything(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    folders = ("-e", "cw_credentials_dir=~/creds", "-e", "cw_output_dir=~/out")
    controller.run(REWST, *folders).expect(2)
    hand_in = controller.home / "creds" / "acme" / "rewst.handin.yml"
    sheet = controller.home / "out" / "acme" / "rewst" / "worksheet.json"
    assert hand_in.exists()
    do_worksheet(published, json.loads(sheet.read_text()))
    paste_pair(hand_in, *published.make_key("Rewst", "Rewst API"))
    controller.run(REWST, *folders).expect(0)
    assert (controller.home / "creds" / "acme" / "rewst.yml").exists()
    assert not hand_in.exists() and not sheet.exists()
    assert not (ROOT / "~").exists()
