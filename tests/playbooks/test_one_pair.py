# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key pair that is handed in belongs to one vendor on one instance: no other instance ever sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator.server import Handle

from .controller import REWST, Controller, Run, active_keys, do_worksheet
from .test_secrets import spellings

NewInstance = Callable[..., Handle]
ONBOARD, SITE, ADOPT = (f"playbooks/{name}.yml" for name in ("onboard", "site", "adopt"))
DESKDIRECTOR = "playbooks/onboard_deskdirector.yml"
OWN = """---
- name: Onboard a vendor with a pair of the play
  hosts: connectwise
  gather_facts: false
  vars:
    onboard_public_key: {public}
    onboard_private_key: {private}
  roles:
    - role: msp.connectwise.hudu
"""


class Client:
    """Two instances of two clients, and a pair of the first."""

    def __init__(self, controller: Controller, new_instance: NewInstance) -> None:
        self.controller = controller
        self.instances = {host: new_instance(edition="extended") for host in ("acme", "globex")}
        for host, instance in self.instances.items():
            controller.add(host, instance, cw_vendors=["rewst"])
        self.public, self.private = self.instances["acme"].make_key("backupvendor", "made by hand")

    @property
    def pair(self) -> dict[str, Any]:
        return {"onboard_public_key": self.public, "onboard_private_key": self.private}

    def run(self, playbook: str | Path, *options: str, variables: dict[str, Any] | None = None) -> Run:
        """Loud, with extra variables in a file."""
        given = self.controller.folder / "given.yml"
        given.write_text(yaml.safe_dump({"deskdirector_profile": "derived", **(variables or {})}))
        for instance in self.instances.values():
            instance.clear_log()
        return self.controller.run(playbook, "-vvv", "--diff", "-e", f"@{given}", *options)

    def asked(self, host: str) -> list[tuple[str, str]]:
        return [(entry["method"], entry["path"]) for entry in self.instances[host].log]

    def refused(self, run: Run, *said: str) -> None:
        """No request was sent, nothing of the pair was shown, and it says how to go on."""
        assert {host: self.asked(host) for host in self.instances} == {"acme": [], "globex": []}, run.printed[-4000:]
        run.expect(2).says(*said)
        assert self.public not in run.printed
        shown = [kind for kind, form in spellings(self.private).items() if form in run.printed]
        assert shown == []
        assert not self.controller.credentials.exists() or not list(self.controller.credentials.rglob("*.yml"))


@pytest.fixture
def client(controller: Controller, new_instance: NewInstance) -> Client:
    return Client(controller, new_instance)


TWO_HOSTS = "would reach 2 hosts (acme, globex)"
TWO_VENDORS = "would go to 2 vendors (rewst, hudu)"


@pytest.mark.parametrize(
    ("playbook", "options", "said"),
    [
        pytest.param(REWST, (), TWO_HOSTS, id="a vendor's playbook"),
        pytest.param(DESKDIRECTOR, ("-e", "target=a*:g*"), TWO_HOSTS, id="a vendor with a choice, a pattern"),
        pytest.param(ONBOARD, ("-e", "vendor=rewst", "-e", "target=all"), TWO_HOSTS, id="onboard"),
        pytest.param(ONBOARD, ("-e", "vendor=rewst", "--forks", "1"), TWO_HOSTS, id="one host after the other"),
        pytest.param(ONBOARD, ("-e", "vendor=rewst,deskdirector", "--check"), TWO_HOSTS, id="check mode"),
        pytest.param(SITE, (), TWO_HOSTS, id="site"),
        pytest.param(SITE, ("-e", "fleet_serial=1"), TWO_HOSTS, id="site in batches of one"),
        pytest.param(ADOPT, ("-e", "vendor=rewst", "-e", "adopt_member=backupvendor"), TWO_HOSTS, id="adopt"),
        pytest.param(ONBOARD, ("-e", "vendor=rewst,hudu", "-e", "target=acme"), TWO_VENDORS, id="two vendors"),
        pytest.param(ONBOARD, ("-e", "vendor=deskdirector,hudu", "-l", "acme"), "would go to 2 vendors", id="a choice"),
        pytest.param(
            SITE, ("-l", "acme", "-e", '{"cw_vendors": ["rewst", "hudu"]}'), TWO_VENDORS, id="two vendors of site"
        ),
    ],
)
def test_a_pair_for_more_than_one_is_refused(
    client: Client, playbook: str, options: tuple[str, ...], said: str
) -> None:
    client.refused(client.run(playbook, *options, variables=client.pair), said, "No request was sent")


def test_a_pair_of_a_group_is_refused(client: Client) -> None:
    client.controller.set(**client.pair)
    client.refused(client.run(REWST), TWO_HOSTS)


def test_one_half_for_a_group_is_refused(client: Client) -> None:
    """The private half goes with every login, whatever public half it is used with."""
    client.controller.set(onboard_private_key=client.private)
    for host, instance in client.instances.items():
        client.controller.add(host, instance, onboard_public_key=client.public)
    client.refused(client.run(REWST), TWO_HOSTS)


def test_a_pair_of_a_play_is_refused(client: Client) -> None:
    own = client.controller.folder / "own.yml"
    own.write_text(OWN.format(public=client.public, private=client.private))
    client.refused(client.run(own), TWO_HOSTS)


@pytest.mark.parametrize(
    ("half", "other"),
    [
        ("onboard_public_key", {}),
        ("onboard_public_key", {"blank": None}),
        ("onboard_private_key", {"blank": ""}),
        ("onboard_private_key", {"blank": "  "}),
    ],
    ids=str,
)
def test_half_a_pair_is_refused(client: Client, half: str, other: dict[str, Any]) -> None:
    (missing,) = set(client.pair) - {half}
    variables = {half: client.pair[half], **({missing: other["blank"]} if other else {})}
    client.refused(client.run(REWST, "-l", "acme", variables=variables), f"{missing} is missing")


@pytest.mark.parametrize("blank", ["", None], ids=repr)
def test_a_blank_pair_is_none(client: Client, blank: str | None) -> None:
    """As where a form sends what nobody filled in."""
    run = client.run(REWST, variables=dict.fromkeys(client.pair, blank)).expect(0)
    assert [active_keys(each, "Rewst") != [] for each in client.instances.values()] == [True, True], run.printed


def test_a_pair_of_one_host_leaves_the_others_alone(client: Client, new_instance: NewInstance) -> None:
    """It is that host's alone, so the others are onboarded as always, and never see it."""
    acme = client.instances["acme"] = new_instance(edition="published")
    client.controller.add("acme", acme)
    client.run(REWST, "-l", "acme").expect(2)
    do_worksheet(acme, json.loads(client.controller.worksheet("acme", "rewst").read_text()))
    client.public, client.private = acme.make_key("Rewst", "Rewst API")
    client.controller.add("acme", acme, cw_vendors=["rewst"], **client.pair)
    run = client.run(SITE).expect(0)
    assert client.controller.stored("acme", "rewst")["cw_credentials"]["public_key"] == client.public
    assert client.public in [entry["public_key"] for entry in acme.log]
    assert client.public not in [entry["public_key"] for entry in client.instances["globex"].log]
    assert client.private not in run.printed
