# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewst on an instance without REST writes of levels, from the playbook to converged, with the script in a browser."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

from playbooks.controller import REWST, Controller, cells, finish, granted, matrix, paste_pair
from simulator import Simulator
from simulator.server import Handle

from .browser import Browser
from .fill_pages import VERBS, Levels, Server, wait

PAUSE = 60  # milliseconds; 500 as the worksheet has it


def save_to(instance: Handle) -> t.Callable[[dict[str, Levels]], None]:
    """Save of the page, which is of the simulated instance."""

    def save(model: dict[str, Levels]) -> None:
        known = [
            {"module": module, "function": function, "verb": verb, "level": level}
            for name, levels in model.items()
            for module, function in [name.split(" / ", 1)]
            for verb, level in levels.items()
            if level is not None
        ]
        instance.set_levels("Rewst API", known)

    return save


def rows_of(instance: Handle) -> list[dict[str, t.Any]]:
    return [
        {
            "moduleName": module,
            "moduleFunctionDescription": function,
            **{f"{verb}Level": levels[verb] for verb in VERBS},
        }
        for (module, function), levels in instance.levels("Rewst API").items()
    ]


def script_of(path: Path, first: bool) -> str:
    """The script of the worksheet, once the run has written it."""
    marker = f'"first": {str(first).lower()}'
    for _again in range(300):
        if path.exists() and marker in path.read_text(encoding="utf-8"):
            return path.read_text(encoding="utf-8").replace('"pause": 500', f'"pause": {PAUSE}')
        time.sleep(0.1)
    raise AssertionError(f"no script in {path}")


def test_from_the_playbook_to_converged(browser: Browser, simulator: Simulator, tmp_path: Path) -> None:
    """The run that waits confirms one row, then offers the rest, and goes on once that is saved and a key is there."""
    instance, controller, server = simulator.add_instance("filled"), Controller(tmp_path / "controller"), Server()
    server.saved = save_to(instance)
    controller.set(onboard_handover="wait", onboard_handover_interval=0.3, onboard_handover_timeout=120)
    controller.add("acme", instance, onboard_fill_helper=True, cw_web_site=server.host)
    process = controller.start(REWST)
    script, profile = controller.worksheet("acme", "rewst", "fill.js"), controller.output / "acme" / "profile.json"
    try:
        text = script_of(script, first=True)
        assert not profile.exists()
        server.rows = rows_of(instance)
        browser.visit(f"http://{server.host}/walk.html")
        for turn, first in enumerate((True, False), 1):
            text = text if first else script_of(script, first=False)
            browser.run(text)
            browser.click("#cw-fill-start")
            found = wait(browser, 120)
            results = {cell["result"] for cell in found["cells"]}
            assert (found["state"], results) == ("done", {"set", "right"}), browser.text("#cw-fill")
            browser.click("button")  # Save
            for _again in range(50):
                if browser.run("return window.SAVED") == turn:
                    break
                time.sleep(0.1)
        assert json.loads(profile.read_text())["fill_confirmed"]
        paste_pair(controller.hand_in("acme", "rewst"), *instance.make_key("Rewst", "Rewst API"))
        run = finish(process).expect(0)
    finally:
        process.kill()
        server.stop()
    assert "acme: Rewst: converged" in run.summary and "the key logs in as Rewst, matrix exact" in run.summary
    assert granted(instance, "Rewst API") == cells(matrix("rewst")["permissions"])
    assert browser.run("return [PRESSED.save, PRESSED.other]") == [2, 0]
    assert controller.worksheets("acme", "rewst") == ["worksheet.html"], "the script goes with what it did"
