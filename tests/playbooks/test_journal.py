# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a host: every write to its instance, with the previous values."""

from __future__ import annotations

import getpass
import json
import operator
import os
from pathlib import Path
from typing import Any

import pytest
from simulator.server import Handle

from .controller import PLAYS, REWST, Controller, writes

ROTATE, OFFBOARD = "playbooks/rotate_keys.yml", "playbooks/offboard.yml"
WHERE = ("-e", "target=acme", "-e", "vendor=rewst")


def journal(controller: Controller, host: str = "acme") -> Path:
    return controller.output / host / "journal.jsonl"


def entries(controller: Controller, host: str = "acme") -> list[dict[str, Any]]:
    path = journal(controller, host)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def requests(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(method, the end of the path) of each entry, as the simulator's own log has them."""
    return [(method, path.lower()) for method, path in (entry["request"].split(" ", 1) for entry in found)]


def sent(instance: Handle) -> list[tuple[str, str]]:
    """What the instance was asked to change. The question about record 0 changes nothing."""
    paths = [(method, path.split("/apis/3.0", 1)[-1].lower()) for method, path in writes(instance)]
    return [(method, path) for method, path in paths if "/0/settings/0" not in path]


def test_every_write_of_every_playbook_is_in_it(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(REWST, "--check").expect(0)
    assert not journal(controller).exists() and sent(extended) == []
    controller.run(REWST).expect(0)
    controller.run(ROTATE, *WHERE, "-e", "rotate_now=true").expect(0)
    controller.run(OFFBOARD, *WHERE, "-e", "offboard_hosts=acme").expect(0)
    found = entries(controller)
    assert sorted(requests(found)) == sorted(sent(extended))
    assert {entry["playbook"] for entry in found} == {REWST, ROTATE, OFFBOARD}
    for entry in found:
        assert entry["who"] == getpass.getuser() and entry["host"] == "acme" and entry["vendor"] == "rewst"
        assert extended.connection["company"] in entry["instance"] and entry["time"].endswith("Z")
    # the instance keeps a role that an inactive member has
    assert [entry["request"].split()[0] for entry in found if entry["outcome"] != "accepted"] == ["DELETE"]
    assert journal(controller).stat().st_mode & 0o777 == 0o600


def test_it_says_what_was_there_before(controller: Controller, extended: Handle) -> None:
    """A level and a name that somebody set are found in it again."""
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    extended.set_levels("Rewst API", {"Companies / Contacts": {"delete": "All"}})
    member = extended.instance.find_member("Rewst")
    assert member is not None
    member.name = "Somebody's"
    before = len(entries(controller))
    controller.run(REWST).expect(0)
    level, name = sorted(entries(controller)[before:], key=lambda entry: entry["object"], reverse=True)
    assert "Rewst API" in level["object"] and "Companies / Contacts" in level["object"]
    assert level["before"]["delete"] == "all" and level["after"]["delete"] == "none"
    assert "API member 'Rewst'" in name["object"] and name["before"] == {"name": "Somebody's"}


def test_a_refused_write_is_in_it_and_a_key_that_was_lost(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_retries=0)
    refusal = {"code": "InvalidObject", "message": "the name is odd", "errors": []}
    extended.fault("status", method="POST", path="apiMembers$", status=400, json=refusal)
    controller.run(REWST).expect(2)
    assert entries(controller)[-1]["outcome"] == "refused: 400 InvalidObject"
    extended.fault("reset", method="POST", path="apiKeys$")
    controller.run(REWST).expect(2)
    assert "unknown: no answer came" in [
        entry["outcome"] for entry in entries(controller) if entry["request"].endswith("apiKeys")
    ]


def test_in_awx_its_lines_are_in_the_output_as_well(controller: Controller, extended: Handle) -> None:
    """The folders of such a job go with its container."""
    controller.add("acme", extended, cw_credentials_persistent=True)
    run = controller.run(REWST, "-e", "awx_job_id=7", "-e", "awx_user_name=somebody").expect(0)
    shown = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"time"')]
    key = operator.itemgetter("request", "object")
    assert sorted(shown, key=key) == sorted(entries(controller), key=key) != []
    assert {entry["who"] for entry in shown} == {"somebody"}
    assert not any(line.startswith('{"time"') for line in controller.run(REWST).expect(0).stdout.splitlines())


def test_a_module_of_a_play_of_ones_own_has_it_too(controller: Controller, extended: Handle) -> None:
    controller.set(result_file=str(controller.folder / "results.json"))
    controller.add("globex", extended)
    controller.run(PLAYS / "scenario.yml").expect(0)
    assert sorted(requests(entries(controller, "globex"))) == sorted(sent(extended))


@pytest.mark.parametrize(
    "what", ["a file in place of all output", "a file in place of the folder", "a folder", "a link", "a pipe"]
)
def test_without_a_journal_nothing_is_changed(
    controller: Controller, extended: Handle, tmp_path: Path, what: str
) -> None:
    controller.add("acme", extended)
    path = journal(controller)
    output = path.parent.parent
    if what == "a file in place of all output":
        output.write_text("not ours")
    elif what == "a file in place of the folder":
        output.mkdir(exist_ok=True)
        path.parent.write_text("not ours")
    else:
        path.parent.mkdir(parents=True)
        make = {"a folder": Path.mkdir, "a link": lambda at: at.symlink_to(tmp_path / "x"), "a pipe": os.mkfifo}
        make[what](path)
    run = controller.run(REWST).expect(2)
    run.says("journal.jsonl can't be written", "nothing was changed")
    assert sent(extended) == [] and not (tmp_path / "x").exists()
