# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""--check --diff shows what the run then does, and writes nothing."""

from __future__ import annotations

import re

import pytest
from simulator.server import Handle

from .controller import REWST, Controller, Run, writes

TASK = "Bring each vendor on this instance to the wanted state"


def diffs(run: Run) -> list[str]:
    """The diffs of role, member and key that were printed."""
    printed = run.text_of(TASK).splitlines()
    return [line for line in printed if re.match(r"(---|\+\+\+|@@|[-+ ])(?! {3,})", line)]


@pytest.mark.main
@pytest.mark.parametrize("edition", ["published", "extended"])
def test_check_mode_foretells_the_run(
    controller: Controller, published: Handle, extended: Handle, edition: str
) -> None:
    instance = extended if edition == "extended" else published
    controller.add("acme", instance, onboard_handover="report")
    before = instance.state
    check = controller.run(REWST, "--check", "--diff").expect(0)
    assert writes(instance) == []
    assert instance.state == before
    assert not controller.credentials.exists()
    assert not controller.output.exists()

    run = controller.run(REWST, "--diff").expect(0)
    assert check.statuses("acme")[TASK] == run.statuses("acme")[TASK] == "changed"
    titles = [line for line in diffs(run) if line.startswith("---")]
    assert any("API member" in title for title in titles)
    assert "53 levels to set by REST if this instance allows it, else by hand" in check.summary
    levels = [line for line in diffs(check) if line.startswith("+") and ": all" in line]
    assert len(levels) > 40
    if edition == "extended":
        assert diffs(check) == diffs(run)
        assert "acme: Rewst: would be converged or handed over" in check.summary
        assert "key to create by REST if this instance allows it, else by hand" in check.summary
    else:
        assert not set(levels) & set(diffs(run))
        assert "acme: Rewst: would be handed over" in check.summary

    instance.clear_log()
    again = controller.run(REWST, "--check", "--diff").expect(0)
    if edition == "extended":
        assert again.changed("acme") == 0 and "acme: Rewst: converged" in again.summary
    else:
        assert "53 levels to set by REST if this instance allows it, else by hand" in again.summary
    assert writes(instance) == []


def test_check_mode_of_a_drift(controller: Controller, extended: Handle) -> None:
    """The cells that somebody changed, and only those."""
    controller.add("globex", extended)
    controller.run(REWST).expect(0)
    extended.set_levels("Rewst API", {"Finance / Agreements": {"inquire": "None", "delete": "All"}})
    extended.clear_log()
    check = controller.run(REWST, "--check", "--diff").expect(0)
    assert writes(extended) == []
    run = controller.run(REWST, "--diff").expect(0)
    assert diffs(check) == diffs(run)
    assert [line for line in diffs(run) if line[0] in "+-" and line[1] not in "+-"] == [
        "-Finance / Agreements, delete: all",
        "-Finance / Agreements, inquire: none",
        "+Finance / Agreements, delete: none",
        "+Finance / Agreements, inquire: all",
    ]
    assert check.statuses("globex")[TASK] == run.statuses("globex")[TASK] == "changed"
