# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""move_pairs.yml: moves pairs and records to the store that the inventory names now, without creating a key."""

from __future__ import annotations

import json

from simulator.server import Handle

from .controller import REWST, Controller, active_keys

MOVE = "playbooks/move_pairs.yml"


def from_store(**store: str) -> tuple[str, str]:
    return "-e", json.dumps({"move_from": store})


def test_to_another_store_and_back(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst", "ninjaone"])
    controller.run(REWST).expect(0)
    pair = controller.stored("acme", "rewst")["cw_credentials"]
    old, new = controller.credentials, controller.folder / "plain"
    files = {path.name: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    controller.set(cw_store={"type": "plain_file"}, cw_credentials_dir=str(new))

    state = extended.state
    way = from_store(type="vault_file", path=str(old))
    check = controller.run(MOVE, *way, "--check", "--diff").expect(0)
    assert check.changed("acme") == 1 and not new.exists()
    assert {path.name: path.read_bytes() for path in old.rglob("*") if path.is_file()} == files
    run = controller.run(MOVE, *way, "--diff", "-vv").expect(0)
    check.says(f"pair {pair['public_key']} in {new}/acme/rewst.yml")
    assert str(pair["private_key"]) not in run.printed + check.printed
    assert not [path for path in old.rglob("*") if path.is_file()]
    assert sorted(path.name for path in new.rglob("*") if path.is_file()) == ["rewst.yml", "rewst.yml.record"]
    assert str(pair["private_key"]) in (new / "acme" / "rewst.yml").read_text()
    assert controller.run(MOVE, *way).expect(0).changed("acme") == 0
    assert extended.state == state, "a move asks nothing of an instance"

    # what shows the private half is another command now; nothing else is to be done
    assert controller.run(REWST).expect(0).changed("acme") == 1
    assert f"`cat {new}/acme/rewst.yml`" in (controller.output / "acme" / "rewst" / "delivery.md").read_text()
    assert controller.run(REWST).expect(0).changed("acme") == 0
    assert active_keys(extended, "Rewst") == [pair["public_key"]]

    controller.set(cw_store=None, cw_credentials_dir=str(old))
    controller.run(MOVE, *from_store(type="plain_file", path=str(new)), "-e", "vendor=rewst").expect(0)
    assert controller.stored("acme", "rewst")["cw_credentials"] == pair
    assert not [path for path in new.rglob("*") if path.is_file()]


def test_what_cannot_be_moved_is_said_before_anything_is(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(MOVE).expect(2).says("Name the store that holds the pairs now")
    awx = from_store(type="awx_credential", organization="Default")
    controller.run(MOVE, *awx).expect(2).says("AWX never returns the private key of a credential")
    controller.run(MOVE, *from_store(type="vault_file")).expect(2).says("so the pair can't be moved")
    odd = from_store(type="vault_file", mount="x", path="/nowhere")
    controller.run(MOVE, *odd).expect(2).says("store of type vault_file takes no mount")
