# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the commands of docs/playbooks/*.md against the simulator, and writes what they print into the pages.

    python tools/generate/playbook_pages.py

A page stays as it is if only times, ids or keys differ.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "docs")]
importlib.import_module("conftest")  # makes the collection importable under its own name

import playbook_runs as runs  # noqa: E402
from simulator import Simulator  # noqa: E402


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        outputs = runs.run_all(Path(folder), simulator)
    for name, output in outputs.items():
        page = runs.FOLDER / f"{name}.md"
        if runs.plain(output) != runs.plain(runs.shown(page)):
            runs.write(page, output)
            print(f"written: {page}")


if __name__ == "__main__":
    main()
