# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries every fault at every request of an onboarding, and writes the tables of docs/reliability.md.

    python tools/generate/reliability_table.py write [--jobs 2] [--few] [--rows rows.json] [--kind reset ...]
    python tools/generate/reliability_table.py habits  only the table of habits of instances

Exits with 1, and writes nothing, if anything was wrong with a trial. With --kind it only runs the trials.
With --few, it runs the trials of each build, at a few requests.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path.insert(0, str(TESTS))
importlib.import_module("conftest")  # makes the collection importable under its own name

from reliability import habits, table  # noqa: E402
from reliability.fault_kinds import BY_NAME, KINDS, MODES  # noqa: E402
from reliability.plan import representative  # noqa: E402
from reliability.trial import Laboratory, Row, perform  # noqa: E402
from simulator import Simulator  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["write", "habits"])
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side")
    parser.add_argument("--few", action="store_true", help="the trials of each build")
    parser.add_argument("--rows", type=Path, help="also write each trial to this file, as JSON")
    parser.add_argument("--kind", action="append", choices=list(BY_NAME), help="this fault only")
    options = parser.parse_args(arguments)
    if options.what == "habits":
        write({"habits": tried_habits()})
        return 0
    kinds = options.kind or [kind.name for kind in KINDS]
    started = time.monotonic()
    work = [(kind, mode, options.few) for kind in kinds for mode in MODES]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        rows = [row for found in pool.imap_unordered(try_all, work, chunksize=1) for row in found]
    rows.sort(key=lambda row: (kinds.index(row.kind), list(MODES).index(row.mode), row.number))
    if options.rows:
        options.rows.write_text(json.dumps([row.as_dict() for row in rows], indent=1) + "\n")
    wrong = [f"{row.kind} {row.mode}, {row.number} {row.request}: {fault}" for row in rows for fault in row.faults]
    print(f"{len(rows)} trials in {time.monotonic() - started:.0f} s, {len(wrong)} faults", *wrong, sep="\n")
    if wrong or options.kind:
        return int(bool(wrong))
    parts = {
        "extent": table.extent(rows, options.few),
        "summary": table.summary(rows),
        "steps": table.steps(rows),
    }
    write({**parts, "habits": tried_habits()})
    return 0


def write(parts: dict[str, str]) -> None:
    page = table.PAGE.read_text(encoding="utf-8")
    table.PAGE.write_text(table.render(page, {**table.parts_of(page), **parts}), encoding="utf-8")


def tried_habits() -> str:
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        return str(habits.table(simulator, Path(folder)))


def try_all(task: tuple[str, str, bool]) -> list[Row]:
    """Every request of an onboarding with one fault, in a process of its own."""
    kind, mode, few = task
    with Laboratory() as laboratory:
        points = laboratory.points()
        if few:
            points = representative(points, BY_NAME[kind], mode)
        return [perform(laboratory, BY_NAME[kind], mode, point) for point in points]


if __name__ == "__main__":
    sys.exit(main())
