# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair created by hand on an instance that doesn't say whose it is: one extra variable confirms it."""

from __future__ import annotations

from collections.abc import Callable

import yaml
from simulator.server import Handle

from .controller import REWST, Controller


def test_an_extra_variable_confirms_whose_a_pair_is(
    controller: Controller, new_instance: Callable[..., Handle]
) -> None:
    instance = new_instance(my_security="no_endpoint")
    controller.add("acme", instance, onboard_handover="report", onboard_confirmed_owner=True)
    controller.run(REWST).expect(0).says("handed over")
    public, private = instance.make_key("Rewst", "Rewst API")
    hand_in = controller.hand_in("acme", "rewst")
    hand_in.write_text(yaml.safe_dump({"public_key": public, "private_key": private}))

    refused = controller.run(REWST).expect(2)
    refused.says("doesn't say which member it belongs to", "-e onboard_confirmed_owner=true")
    assert private not in refused.printed and private in hand_in.read_text(), "the inventory doesn't confirm it"

    taken = controller.run(REWST, "-e", "onboard_confirmed_owner=true").expect(0)
    taken.says(f"key {public}, stored in", "the permissions of the key of Rewst")
    assert not hand_in.exists() or private not in hand_in.read_text()
    controller.run(REWST).expect(0).says(f"key {public}, stored in")
