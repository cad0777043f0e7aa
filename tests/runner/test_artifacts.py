# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worksheets as job artifacts, if there are more than AWX should carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .awx import Awx, Job

PLAY = """---
- name: Hand over the worksheets that are there
  hosts: connectwise
  connection: local
  gather_facts: false
  tasks:
    - name: Put the results together
      msp.connectwise.cw_run_report:
        checked:
          hosts: "{{ dict(ansible_play_hosts | zip([asked] * ansible_play_hosts | length)) }}"
      vars:
        asked: {vendors: [rewst], problem: ""}
      run_once: true
"""


def fleet(folder: Path, hosts: int, size: int) -> dict[str, Any]:
    """Instances, each with a worksheet of about ``size`` characters as an earlier task left it."""
    found: dict[str, Any] = {}
    for number in range(hosts):
        sheets = folder / f"brand{number:02}" / "rewst"
        sheets.mkdir(parents=True)
        level = {"module": "Finance", "function": "{{ 6 * 7 }}", "verb": "add", "is": "none", "should_be": "all"}
        data = {"instance": f"brand{number:02}", "levels": [{**level, "reason": "why"}], "key_steps": []}
        (sheets / "worksheet.json").write_text(json.dumps(data))
        (sheets / "worksheet.md").write_text("# Rewst: \u2192 \"odd\" {{ 6 * 7 }}\n" + "x" * size)
        found[sheets.parent.name] = done(f"{sheets}/worksheet.html", "handed over")
    return {**found, "done": done("", "converged"), "untouched": {}}


def done(worksheet: str, state: str) -> dict[str, Any]:
    """What a host has once its vendors were worked on."""
    outcome = {"product": "Rewst", "state": state, "changed": False, "worksheet": worksheet, "reason": ""}
    return {"onboard__done": {"results": {"rewst": outcome}}}


def hand_over(tmp_path: Path, collections: Path, hosts: dict[str, Any]) -> dict[str, Any]:
    project = tmp_path / "project"
    project.mkdir()
    (project / "play.yml").write_text(PLAY)
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    job = Job("play.yml", {"hosts": hosts, "vars": variables})
    return Awx(tmp_path / "awx", project, collections).run(job).expect().artifacts


def test_content(tmp_path: Path, collections: Path) -> None:
    """No template in a worksheet is carried out, and the reasons, which are alike, are left out."""
    artifacts = hand_over(tmp_path, collections, fleet(tmp_path / "sheets", hosts=1, size=1))
    sheet = artifacts["cw_worksheets"]["brand00"]["rewst"]
    assert sheet["text"].startswith('# Rewst: \u2192 "odd" {{ 6 * 7 }}\n')
    assert sheet["levels"] == [
        {"module": "Finance", "function": "{{ 6 * 7 }}", "verb": "add", "is": "none", "should_be": "all"}
    ]
    assert set(artifacts["cw_worksheets"]) == {"brand00"}
    assert artifacts["cw_worksheets_left_out"] == []


def test_too_many(tmp_path: Path, collections: Path) -> None:
    artifacts = hand_over(tmp_path, collections, fleet(tmp_path / "sheets", hosts=12, size=50_000))
    assert sorted(artifacts["cw_worksheets"]) == [f"brand{number:02}" for number in range(7)]
    assert artifacts["cw_worksheets_left_out"] == [f"brand{number:02}/rewst" for number in range(7, 12)]
    assert len(json.dumps(artifacts)) < 420_000


def test_none_left(tmp_path: Path, collections: Path) -> None:
    """An empty artifact takes the place of an earlier node's."""
    artifacts = hand_over(tmp_path, collections, {"done": done("", "converged")})
    assert artifacts == {
        "cw_worksheets": {}, "cw_worksheets_left_out": [], "cw_deliveries": {}, "cw_deliveries_left_out": []
    }  # fmt: skip
