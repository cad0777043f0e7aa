# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run checks its variables before the first request: names, collisions of vendors and hosts, tags."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator.server import Handle

from .controller import REWST, ROOT, Controller, Run

NewInstance = Callable[..., Handle]
SITE, ONBOARD, ROTATE = (f"playbooks/{name}.yml" for name in ("site", "onboard", "rotate_keys"))
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml") if not path.stem.startswith("onboard_"))


def given(variables: dict[str, Any]) -> tuple[str, str]:
    return "-e", json.dumps(variables)


@pytest.mark.parametrize("playbook", [*PLAYBOOKS, "onboard_rewst"])
def test_a_misspelt_extra_variable_is_refused_by_every_playbook(
    controller: Controller, extended: Handle, playbook: str
) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    run = controller.run(f"playbooks/{playbook}.yml", "-e", "targte=acme", "-e", "vendor=rewst")
    assert run.rc != 0
    run.says("Unknown extra variable: targte (did you mean target?)")
    assert extended.log == []


def test_an_extra_variable_of_ones_own_and_what_awx_passes_on_are_no_matter(
    controller: Controller, extended: Handle
) -> None:
    controller.add("acme", extended)
    passed = {"awx_job_template_name": "x", "tower_user_name": "x", "fleet_result": {}, "ticket": 4711}
    controller.run(REWST, *given(passed)).expect(0)


@pytest.mark.parametrize(
    "options",
    [
        {"rewst_role_name": "Integrations", "ninjaone_role_name": "integrations"},
        {"rewst_member_identifier": "Shared", "ninjaone_member_identifier": "Sh\u0430red"},
    ],
    ids=["one role", "one member"],
)
@pytest.mark.parametrize("playbook", [SITE, ONBOARD])
def test_two_vendors_that_would_be_one_are_refused_and_the_third_goes_on(
    controller: Controller, extended: Handle, playbook: str, options: dict[str, str]
) -> None:
    vendors = ["rewst", "ninjaone", "hudu"]
    controller.add("acme", extended, cw_vendors=vendors, **options)
    run = controller.run(playbook, "-e", f"vendor={','.join(vendors)}").expect(2)
    run.says("with ninjaone", "with rewst", "Each integration needs its own")
    assert {member["identifier"] for member in extended.state["members"]} & {"Rewst", "Shared", "NinjaOne"} == set()
    assert extended.member("Hudu API") is not None
    assert not controller.pair_file("acme", "rewst").exists() and controller.pair_file("acme", "hudu").exists()


def test_a_mistake_in_one_vendors_options_stops_that_vendor_alone(controller: Controller, extended: Handle) -> None:
    wrong = {"rewst_permissions_without": [{"module": "Nowhere", "function": "None"}], "rewst_role_name": "x" * 31}
    controller.add("acme", extended, cw_vendors=["rewst", "hudu"], **wrong)
    run = controller.run(SITE).expect(2)
    run.says("rewst_permissions_without: Nowhere / None can't be removed: the matrix has no such row")
    run.says("rewst_role_name 'xxx", "has 31 characters; at most 30 are allowed")
    assert extended.member("Rewst") is None and extended.member("Hudu API") is not None


@pytest.mark.parametrize("playbook", [SITE, REWST, ROTATE])
def test_two_hosts_for_one_instance_are_refused_and_the_others_go_on(
    controller: Controller, new_instance: NewInstance, playbook: str
) -> None:
    shared, other = new_instance(edition="extended"), new_instance(edition="extended")
    controller.set(cw_vendors=["rewst"])
    controller.add("one", shared)
    controller.add("two", shared)
    controller.add("three", other)
    run = controller.run(playbook).expect(2)
    run.says("one: failed: it is the same instance as two", "two: failed: it is the same instance as one")
    assert shared.log == [] and other.log != []


@pytest.mark.parametrize("names", [("acme", "ACME"), ("acme", "\u0430cme"), ("acme/x", "globex"), ("..", "globex")])
def test_hosts_whose_files_could_not_be_told_apart(
    controller: Controller, new_instance: NewInstance, names: tuple[str, str]
) -> None:
    instances = [new_instance(edition="extended") for _name in names]
    for name, instance in zip(names, instances, strict=True):
        controller.add(name, instance)
    run = controller.run(REWST).expect(2)
    refused = [name for name in names if f"{name}: failed: " in run.flat]
    assert names[0] in refused
    assert all((instance.log == []) == (name in refused) for name, instance in zip(names, instances, strict=True))
    assert {path.name for path in controller.folder.iterdir()} >= {"inventory.yml"}
    assert not list(controller.folder.glob("rewst.yml")) and not (controller.credentials / "x").exists()


def test_a_playbook_of_one_vendor_is_for_no_other(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST, "-e", "vendor=hudu").expect(2).says("This playbook onboards rewst", "-e vendor=hudu")
    assert extended.log == []
    controller.run(REWST, "-e", "vendor=rewst").expect(0)


@pytest.mark.parametrize("playbook", ["site", "onboard_rewst", "audit", "check"])
@pytest.mark.parametrize("tags", ["rewst", "tagged"])
def test_tags_that_would_let_nothing_run_are_refused(
    controller: Controller, extended: Handle, playbook: str, tags: str
) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    run = controller.run(f"playbooks/{playbook}.yml", "--tags", tags).expect(2)
    run.says("have no tags", f"--tags {tags}")
    assert extended.log == []


def test_tags_of_a_playbook_of_ones_own_are_its_own_matter(
    controller: Controller, extended: Handle, tmp_path: Path
) -> None:
    own = tmp_path / "own.yml"
    play = {"hosts": "connectwise", "gather_facts": False, "tasks": [{"name": "X", "debug": {}, "tags": ["infra"]}]}
    own.write_text(yaml.safe_dump([play, {"name": "Y", "import_playbook": str(ROOT / REWST)}]))
    controller.add("acme", extended)
    controller.run(own, "--tags", "infra").expect(0)
    assert extended.log == []


def failures(run: Run, host: str) -> int:
    return run.stdout.count(f"fatal: [{host}]")


def test_a_hand_over_is_one_block_at_the_end(controller: Controller, new_instance: NewInstance) -> None:
    """Each path and reason once, each host red once, and the command that goes on, last on the screen."""
    controller.set(cw_vendors=["rewst"])
    hosts = ("acme", "globex", "initech")
    for host in hosts:
        controller.add(host, new_instance(edition="published"))
    controller.add("done", new_instance(edition="extended"))
    run = controller.run(REWST).expect(2)
    assert [failures(run, host) for host in (*hosts, "done")] == [1, 1, 1, 0]
    block = run.text_of("Show each instance")
    assert run.tasks[-1][1] == block
    for host in hosts:
        assert run.flat.count(str(controller.worksheet(host, "rewst", "html"))) == 1
        assert run.flat.count(f"Rewst on {host} needs manual steps") == 1
    assert run.flat.count("Then run this again to verify and continue:") == 1
    again = f"ansible-playbook {REWST} -i {controller.inventory} --vault-password-file {controller.password_file}"
    assert " ".join(block.split()).rstrip("'\"").endswith(again)


def test_the_command_that_goes_on_holds_no_secret(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    secret = "Str0ng&Secret-of-somebody"
    pair = {"onboard_public_key": "PUBLICHALF000001", "onboard_private_key": secret}
    run = controller.run(REWST, "--check", "--diff", "-e", "target=acme", *given(pair))
    assert secret not in run.printed
    fleet = controller.run(SITE, "-e", "fleet_only=rewst", "-e", f"ticket={secret}", *given({"cw_vendors": ["rewst"]}))
    fleet.expect(2).says("-e fleet_only=rewst", "worksheets: ")
    assert secret not in fleet.printed


def test_with_handover_report_a_hand_over_is_a_success(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    run = controller.run(REWST, "-e", "onboard_handover=report").expect(0)
    run.says("handed over (changed)", "Then run this again", "-e onboard_handover=report")
    assert failures(run, "acme") == 0


def test_a_matrix_that_grew_is_said(controller: Controller, extended: Handle) -> None:
    """Once, by the first run that grants it; check mode says it before."""
    row = {"module": "Sales", "function": "Opportunity", "inquire": "all"}
    controller.add("acme", extended, cw_vendors=["rewst"], rewst_permissions_without=[])
    first = controller.run(SITE).expect(0)
    assert "new in its matrix" not in first.flat
    controller.add("acme", extended, cw_vendors=["rewst"], rewst_permissions_extra=[row])
    foretold = controller.run(SITE, "--check").expect(0)
    foretold.says("Rewst: new in its matrix, and would be granted on 1 instance: Sales / Opportunity")
    controller.run(REWST, "--check").expect(0).says("new in its matrix since the last run: Sales / Opportunity")
    controller.run(SITE).expect(0).says("Rewst: new in its matrix, and now granted on 1 instance: Sales / Opportunity")
    again = controller.run(SITE).expect(0)
    assert "new in its matrix" not in again.flat and again.changed("acme") == 0


def test_what_no_login_can_have_is_told_of_all_hosts_before_the_first_write(
    controller: Controller, new_instance: NewInstance, tmp_path: Path
) -> None:
    """One sentence for each host; the values, which may be keys, are never shown."""
    pipe, noted = tmp_path / "pipe", tmp_path / "noted"
    os.mkfifo(pipe)
    noted.write_text("Ab3dE5fG7h\n\nAutomation of acme\n")
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "acme": ({"cw_private_key": "Ab3dE5fG7h\u200b"}, "cw_private_key contains a zero width space"),
        "globex": ({"cw_public_key": "\u00abAb3dE5fG7h\u00bb"}, "cw_public_key contains a typographic quotation mark"),
        "initech": ({"cw_company": "Ab3dE5fG7h\u200e"}, "cw_company contains a direction mark"),
        "umbrella": ({"cw_client_id": "Ab3dE5fG7h"}, "cw_client_id isn't a GUID"),
        "hooli": ({"cw_client_id": "CLIENT_ID"}, "cw_client_id is still CLIENT_ID (a GUID"),
        "vehement": ({"cw_private_key": "", "cw_private_key_file": str(noted)}, "contains a line break and a space"),
        "massive": ({"cw_private_key": "", "cw_private_key_file": str(pipe)}, f"{pipe} isn't an ordinary file"),
        "stark": ({"cw_site": "na my.example.com"}, "is not a host name or URL"),
        "wayne": ({"cw_public_key": "'Ab3dE5fG7h'"}, "cw_public_key has quotation marks around it"),
    }
    instances = {name: new_instance(edition="extended") for name in (*wrong, "good")}
    for name, instance in instances.items():
        controller.add(name, instance, cw_vendors=["rewst"], **wrong.get(name, ({}, ""))[0])
    run = controller.run(SITE).expect(2)
    run.says(*(said for _variables, said in wrong.values()))
    assert "Ab3dE5fG7h" not in run.printed
    assert [name for name, instance in instances.items() if instance.log] == ["good"]


@pytest.mark.parametrize(
    "sites",
    [
        ("cw.example.com", "https://CW.example.com:443/v4_6_release/apis/3.0"),
        ("na.myconnectwise.net", "https://api-na.myconnectwise.net:443/"),
        ("cw.example.com.", "cw.example.com"),
    ],
)
def test_two_spellings_of_one_site_are_one_instance(controller: Controller, extended: Handle, sites: list[str]) -> None:
    for name, site in zip(("acme", "globex"), sites, strict=True):
        controller.add(name, extended, cw_site=site, cw_vendors=["rewst"])
    controller.run(SITE).expect(2).says("acme: it is the same instance as globex", "globex: it is the same instance as")


NAMES = (
    "../acme", "/tmp/acme-of-tests", " acme", "acme ", "a\\b", "..", "ac\u200bme", "ac\u202eme", "ac\u0007me",
    "a/../../b",
)  # fmt: skip


@pytest.mark.parametrize("playbook", [SITE, ROTATE, "own play"])
def test_a_host_that_is_no_name_of_a_folder_is_refused_before_the_first_request(
    controller: Controller, extended: Handle, tmp_path: Path, playbook: str
) -> None:
    """In our playbooks, and in a play that has the module alone."""
    for name in NAMES:
        controller.add(name, extended, cw_vendors=["rewst"], cw_output_dir=str(tmp_path / "out" / "put"))
    own = tmp_path / "own.yml"
    module = {"msp.connectwise.cw_onboard": {"vendors": ["rewst"]}}
    own.write_text(json.dumps([{"hosts": "connectwise", "gather_facts": False, "tasks": [module]}]))
    before = set(tmp_path.rglob("*"))
    run = controller.run(own if playbook == "own play" else playbook).expect(2)
    assert run.flat.count("can't be a folder name") >= len(NAMES)
    assert extended.log == []
    written = {path for path in set(tmp_path.rglob("*")) - before if controller.home not in path.parents}
    assert [path for path in written if "rewst" in path.name or "acme" in path.name] == []


@pytest.mark.parametrize("what", ["a file", "below a file", "a link to nothing"])
def test_a_fleet_without_a_place_for_its_results_is_refused_before_the_first_request(
    controller: Controller, extended: Handle, tmp_path: Path, what: str
) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    place = tmp_path / "results"
    place.write_text("mine") if what != "a link to nothing" else place.symlink_to("/dev/null/x")
    folder = place / "deeper" if what == "below a file" else place
    run = controller.run(SITE, "-e", f"fleet_output_dir={folder}").expect(2)
    run.says("Nothing was changed. The results of this run couldn't be written: ", "isn't a folder")
    assert extended.log == []


@pytest.mark.parametrize("how", ["variable", "environment"])
def test_checks_of_certificates_that_are_off_are_told_once(
    controller: Controller, extended: Handle, how: str
) -> None:
    off: dict[str, Any] = {"cw_validate_certs": "no"} if how == "variable" else {}
    for name in ("acme", "globex", "initech"):
        site = {"cw_site": f"https://{name}.invalid", "cw_retries": 0, "cw_timeout": 1}
        controller.add(name, extended, **site, **off)
    env = {} if off else {"CW_VALIDATE_CERTS": "false"}
    run = controller.run(ONBOARD, "-e", "vendor=rewst", env=env).expect(2)
    assert run.flat.count("cw_validate_certs is false: certificates aren't checked") == 1
    quiet = controller.run(ONBOARD, "-e", "vendor=rewst", "-e", "cw_validate_certs=true").expect(2)
    assert "cw_validate_certs is false" not in quiet.printed
