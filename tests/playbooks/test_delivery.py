# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows a new key pair: the summary, delivery.md beside the worksheet, and the list of a fleet."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.server import Handle

from .controller import BIN, REWST, Controller, paste_pair

SITE, ROTATE, OFFBOARD = (f"playbooks/{name}.yml" for name in ("site", "rotate_keys", "offboard"))
ALL_THREE = ["rewst", "deskdirector", "ninjaone"]


def delivery(controller: Controller, host: str, vendor: str, kind: str = "md") -> Path:
    return controller.output / host / vendor / f"delivery.{kind}"


def kept(controller: Controller, host: str, vendor: str) -> dict[str, Any]:
    document: dict[str, Any] = controller.stored(host, vendor)["cw_credentials"]
    return document


def written(controller: Controller) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(controller.output.rglob("*")) if path.is_file()}


def test_rewst_from_the_key_to_its_product_and_back(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_web_site="https://psa.acme.example/")
    assert not delivery(controller, "acme", "rewst").exists()
    controller.run(REWST, "--check").expect(0)
    assert not delivery(controller, "acme", "rewst").exists()

    run = controller.run(REWST).expect(0)
    pair = kept(controller, "acme", "rewst")
    api_host = extended.connection["site"].removeprefix("http://")
    run.says(
        "next steps for Rewst on acme: Configuration > Integrations > ConnectWise Manage",
        "API Member ID: Rewst",
        f"Company ID: {extended.connection['company']}",
        f"Hostname: {api_host} or psa.acme.example (Rewst's guide doesn't say which of the two it means)",
        f"Public API Key: {pair['public_key']}",
        "Company Query Conditions (optional)",
        'Run the Crate "Configure Organization Variables"',
        "Your own workflows may need more.",
        str(delivery(controller, "acme", "rewst")),
    )
    page = delivery(controller, "acme", "rewst").read_text()
    found = json.loads(delivery(controller, "acme", "rewst", "json").read_text())
    command = found["command"]
    assert f"`{command}`" in page and command in run.summary
    shown = subprocess.run(
        [str(BIN / shlex.split(command)[0]), *shlex.split(command)[1:]],
        env=controller.environment(), cwd="/", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert pair["private_key"] in shown.stdout
    everything = run.printed.encode() + b"".join(written(controller).values())
    assert str(pair["private_key"]).encode() not in everything

    before = written(controller)
    assert controller.run(REWST).expect(0).changed("acme") == 0
    # another password source shows it as well as the first
    assert controller.run(REWST, "--vault-id", f"other@{controller.password_file}").expect(0).changed("acme") == 0
    assert written(controller) == before

    controller.add("acme", extended, cw_web_site="login.acme.example")
    foretold = controller.run(REWST, "--check", "--diff").expect(0)
    assert foretold.changed("acme") == 1 and written(controller) == before
    assert controller.run(REWST).expect(0).changed("acme") == 1
    assert "`login.acme.example`" in delivery(controller, "acme", "rewst").read_text()

    # it is ticked off by deleting it, and comes back with another pair only
    delivery(controller, "acme", "rewst").unlink()
    assert controller.run(REWST).expect(0).changed("acme") == 0
    assert not delivery(controller, "acme", "rewst").exists()
    where = ("-e", "target=acme", "-e", "vendor=rewst")
    rotated = controller.run(ROTATE, *where, "-e", "rotate_max_age=0").expect(0)
    rotated.says(f"Public API Key: {kept(controller, 'acme', 'rewst')['public_key']}")
    assert "The old key works until" in delivery(controller, "acme", "rewst").read_text()

    controller.run(OFFBOARD, *where, "-e", "offboard_hosts=acme").expect(0)
    assert not delivery(controller, "acme", "rewst").exists()
    assert not delivery(controller, "acme", "rewst", "json").exists()


def test_a_fleet_gets_one_list(controller: Controller, new_instance: Callable[..., Handle]) -> None:
    """With three vendors each; what AWX would carry on has no private half either."""
    hosts = ["acme", "globex"]
    for host in hosts:
        controller.add(host, new_instance(edition="extended"), cw_vendors=ALL_THREE, deskdirector_profile="derived")
    listed = controller.output / "delivery.md"
    shown = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    controller.run(SITE, "--check", env=shown).expect(0)
    assert not listed.exists()
    run = controller.run(SITE, env=shown).expect(0)
    run.says(f"next steps for the new key pairs: {listed}")
    assert "API Member ID" not in run.summary
    text = listed.read_text()
    pairs = [kept(controller, host, vendor) for host in hosts for vendor in ALL_THREE]
    for pair in pairs:
        assert f"`{pair['public_key']}`" in text
    for said in (
        "Admin Console > System > PSA Integration", "email DeskDirector's support", "delete the integrator login",
        "in the sign-up form instead", "NinjaOne asks for both halves when you enable",
        "Configure Organization Variables",
    ):  # fmt: skip
        assert said in text, said
    results = json.loads((controller.output / "results.json").read_text())
    found = {one["delivery"] for each in results["instances"] for one in each["integrations"]}
    assert found == {str(delivery(controller, host, vendor)) for host in hosts for vendor in ALL_THREE}
    run.says("cw_deliveries:", "NinjaOne on acme: enter the key pair")
    everything = run.printed.encode() + b"".join(written(controller).values())
    assert not [pair for pair in pairs if str(pair["private_key"]).encode() in everything]

    before = {path: content for path, content in written(controller).items() if path.name.startswith("delivery")}
    again = controller.run(SITE, env=shown).expect(0)
    assert [again.changed(host) for host in hosts] == [0, 0]
    assert "next steps" not in again.summary
    assert {path: path.read_bytes() for path in before} == before

    delivery(controller, "acme", "ninjaone").unlink()
    controller.run(SITE).expect(0)
    assert str(kept(controller, "acme", "ninjaone")["public_key"]) not in listed.read_text()
    assert str(kept(controller, "globex", "ninjaone")["public_key"]) in listed.read_text()


def test_a_key_before_the_levels_and_a_file_in_the_way(controller: Controller, published: Handle) -> None:
    """A run that waits tells of the pair that it stored meanwhile; what is in the way is named, and tried again."""
    acme = published
    controller.add("acme", acme, onboard_handover="wait", onboard_handover_interval=0.2, onboard_handover_timeout=1)
    controller.run(REWST).expect(2)
    paste_pair(controller.hand_in("acme", "rewst"), *acme.make_key("Rewst", "Rewst API"))
    own = delivery(controller, "acme", "rewst")
    own.write_text("mine")
    first = controller.run(REWST).expect(2)
    said = f"{own} exists and isn't a delivery of rewst on acme, so it wasn't overwritten."
    # a warning is broken in the middle of a path by older versions of Ansible
    assert "".join(said.split()) in "".join(first.printed.split()), first.printed
    assert own.read_text() == "mine" and "next steps" not in first.summary
    own.unlink()
    second = controller.run(REWST).expect(2)
    second.says("next steps for Rewst on acme", f"Public API Key: {kept(controller, 'acme', 'rewst')['public_key']}")
    assert own.exists() and controller.worksheet("acme", "rewst").exists()
