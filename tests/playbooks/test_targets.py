# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target of a playbook: a run that would do nothing fails, and says what the inventory has."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from simulator.server import Handle

from .controller import REWST, ROOT, Controller, Run, finish

PLAYBOOKS = ("site", "onboard", "rotate_keys", "offboard", "adopt", "audit", "onboard_rewst")
HOSTS = "{{ lookup('msp.connectwise.target', target | default(none)) }}"
LOGIN = {"cw_company": "c", "cw_public_key": "p", "cw_private_key": "s", "cw_client_id": "i"}
UNREACHABLE = {"cw_site": "http://127.0.0.1:9", **LOGIN}


@pytest.fixture
def fleet(controller: Controller, extended: Handle) -> Controller:
    """acme, which answers, globex and initech, and a group emea with acme in it."""
    controller.add("acme", extended)
    document = yaml.safe_load(controller.inventory.read_text())
    document["connectwise"]["hosts"] |= {"globex": UNREACHABLE, "initech": UNREACHABLE}
    document["connectwise"]["children"] = {"emea": {"hosts": {"acme": {}}}}
    document["printers"] = {"hosts": {"printer": {}}}
    controller.inventory.write_text(yaml.safe_dump(document))
    return controller


def hosts_of(run: Run) -> set[str]:
    return set(run.recap)


def without_inventory(controller: Controller, playbook: str, *options: str) -> Run:
    command = [word for word in controller.command(playbook, *options) if word not in ("-i", str(controller.inventory))]
    pipes: dict[str, int] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return finish(subprocess.Popen(command, cwd=ROOT, env=controller.environment(), text=True, **pipes))


def test_every_play_on_instances_takes_its_hosts_from_the_lookup() -> None:
    plays = [
        (path.name, play["hosts"])
        for path in sorted((ROOT / "playbooks").glob("*.yml"))
        for play in yaml.safe_load(path.read_text())
        if "hosts" in play and play["hosts"] != "localhost"
    ]
    assert len(plays) > 8
    assert [(name, hosts) for name, hosts in plays if hosts != HOSTS] == []


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_misspelt_host_fails_in_every_playbook(fleet: Controller, extended: Handle, playbook: str) -> None:
    run = fleet.run(f"playbooks/{playbook}.yml", "-e", "target=acem", "-e", "vendor=rewst")
    assert run.rc != 0
    run.says("named acem (target 'acem')", "Did you mean acme?", "4 hosts (acme, globex, initech, printer)")
    assert extended.log == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-e", "target=emae"), "Did you mean emea?"),
        (("-e", "target=acme,globx"), "named globx (target 'acme,globx'). Did you mean globex?"),
        (("-e", '{"target": ["acme", "Globx"]}'), "named Globx"),
        (("-e", "target=connectwise:!acmee"), "named acmee"),
        (("-e", "target=connectwise:&emeaa"), "named emeaa"),
        (("-e", "target=conectwise[0]"), "named conectwise"),
        (("-e", "target=emea:!acme"), "No host matches (target 'emea:!acme')"),
        (("-e", "target=~^ac$"), "No host matches (target '~^ac$')"),
        (("-e", "target=emea", "--limit", "globex"), "matches both target 'emea' and --limit 'globex'"),
        (("--limit", "printers"), "matches both the default target 'connectwise' and --limit 'printers'"),
        (("--limit", "globexx"), "leaves us with no hosts to target"),
        (("-e", '{"target": {"acme": 1}}'), "must be a host pattern"),
        (("-e", '{"target": true}'), "must be a host pattern"),
    ],
)
def test_what_matches_no_host_fails(fleet: Controller, extended: Handle, options: tuple[str, ...], said: str) -> None:
    run = fleet.run(REWST, *options)
    assert run.rc != 0
    run.says(said)
    assert "PLAY [" not in run.stdout and extended.log == []


def test_a_forgotten_inventory_and_a_table_that_cannot_be_used_fail(controller: Controller, tmp_path: Path) -> None:
    forgotten = without_inventory(controller, REWST)
    assert forgotten.rc != 0
    forgotten.says("no inventory was read", "-i my/inventory.yml")

    (tmp_path / "fleet.csv").write_text("host,cw_site\nacme,na.example.com\nac me,na.example.com\n")
    controller.inventory = tmp_path / "fleet.yml"
    controller.inventory.write_text("plugin: msp.connectwise.cw_csv\nfile: fleet.csv\n")
    broken = controller.run(REWST)
    for settings in ({}, {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false"}):
        broken = controller.run(REWST, env=settings)
        assert broken.rc == 4
        broken.says("none of its hosts was added", "line 3, column 'host': 'ac me' isn't a valid host name")
        assert "Failed to parse" not in broken.printed and "[WARNING]" not in broken.printed


@pytest.mark.parametrize("any_unparsed_is_failed", ["true", "false"])
def test_a_table_that_cannot_be_read_is_never_a_run_that_ends_well(
    controller: Controller, tmp_path: Path, any_unparsed_is_failed: str
) -> None:
    """A misspelt column, and an encrypted table without its password, with the checkout's ansible.cfg and without."""
    table, controller.inventory = tmp_path / "fleet.csv", tmp_path / "fleet.yml"
    controller.inventory.write_text("plugin: msp.connectwise.cw_csv\nfile: fleet.csv\nhost_column: Name\n")
    env = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": any_unparsed_is_failed}
    for content, said in (
        ("Customer,Site\nacme,na.example.com\n", "there is no column 'Name' (there are: 'Customer', 'Site')"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6162\n", "no vault password of this run decrypts it"),
    ):
        table.write_text(content)
        run = controller.run("playbooks/site.yml", env=env, vault=False)
        assert run.rc != 0
        run.says(said)
        assert "PLAY RECAP" not in run.stdout


def test_an_inventory_without_the_default_group_says_what_it_has(controller: Controller) -> None:
    controller.inventory.write_text(yaml.safe_dump({"psa": {"hosts": {f"client{number}": {} for number in range(25)}}}))
    run = controller.run(REWST)
    assert run.rc != 0
    run.says("named connectwise", "25 hosts (client0, client1, client10,", "and 15 more)", "1 group (psa)")
    run.says("Say where to work with -e target=...")
    assert "client9" not in run.flat


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        (("-e", "target=acme,globex"), {"acme", "globex"}),
        (("-e", "target=acme:globex"), {"acme", "globex"}),
        (("-e", '{"target": ["acme", "globex"]}'), {"acme", "globex"}),
        (("-e", '{"target": ["connectwise:!globex", "!initech"]}'), {"acme"}),
        (("-e", "target=connectwise[0]"), {"acme"}),
        (("-e", "target=~^glo"), {"globex"}),
        (("-e", "target=emea"), {"acme"}),
        ((), {"acme", "globex", "initech"}),
        (("-e", "target="), {"acme", "globex", "initech"}),
        (("-e", "target=,"), {"acme", "globex", "initech"}),
        (("-e", '{"target": null}'), {"acme", "globex", "initech"}),
        (("-e", '{"target": []}'), {"acme", "globex", "initech"}),
        (("-e", '{"target": [null, " "]}'), {"acme", "globex", "initech"}),
        (("--limit", "acme,gone"), {"acme"}),
    ],
)
def test_what_matches_is_what_ansible_says(fleet: Controller, options: tuple[str, ...], hosts: set[str]) -> None:
    listed = fleet.run(REWST, "--list-hosts", *options).expect(0)
    lines = listed.stdout.split("hosts (")[1].splitlines()
    assert lines[0].startswith(str(len(hosts))) and {line.strip() for line in lines[1:] if line.strip()} == hosts


def test_a_list_of_hosts_of_an_earlier_run_limits(fleet: Controller, tmp_path: Path) -> None:
    """As failed.hosts of site.yml, with a host that has left the inventory since."""
    again = tmp_path / "failed.hosts"
    again.write_text("acme\nhooli\n")
    run = fleet.run(REWST, "--limit", f"@{again}").expect(0)
    assert hosts_of(run) == {"acme"}
    again.write_text("printer\n")
    assert fleet.run(REWST, "--limit", f"@{again}").rc != 0


@pytest.mark.parametrize("playbook", ["site", "offboard", "onboard_rewst"])
def test_what_needs_no_inventory_works_without_one(controller: Controller, playbook: str) -> None:
    for listing in ("--syntax-check", "--list-tasks", "--list-tags"):
        without_inventory(controller, f"playbooks/{playbook}.yml", listing).expect(0)


def test_a_playbook_of_ones_own_with_several_of_ours(controller: Controller, extended: Handle, tmp_path: Path) -> None:
    controller.add("acme", extended)
    own = tmp_path / "own.yml"

    def write(second: str) -> None:
        own.write_text(
            json.dumps(
                [
                    {"import_playbook": "msp.connectwise.onboard", "vars": {"target": "acme", "vendor": "rewst"}},
                    {"import_playbook": "msp.connectwise.audit", "vars": {"target": second}},
                ]
            )
        )

    write("acme")
    run = controller.run(own).expect(0)
    run.says("acme: Rewst: converged (changed)")
    write("globex")
    wrong = controller.run(own)
    assert wrong.rc != 0
    wrong.says("acme: Rewst: converged", "named globex (target 'globex')")
