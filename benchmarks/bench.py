# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times onboarding and audit side by side against the simulator, and compares the results with the goals.

    make benchmark                                         1 and 10 instances, 0 and 20 ms: some minutes
    PYTHONPATH=tests python benchmarks/bench.py --long     1, 10 and 100 instances, 0, 20 and 100 ms: an hour or two

See docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import contenders
import report
import verify
from contenders import EMPTY, OURS, SCRIPT, THREADS, URI, Place
from measure import Run, process_starts, run
from report import Figure
from world import World

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Sample:
    run: Run
    requests: int
    simulator: float


def main() -> int:
    options = _options()
    figures = _earlier(options.add)
    print(report.heading(), flush=True)
    for latency in options.latency:
        for instances in options.instances:
            for figure in _onboard(instances, latency, options) + _audit(instances, latency, options):
                figures.append(figure)
    print("\n" + report.goals_text(figures))
    about = _about(options)
    if options.json:
        document = {"about": about, "figures": [asdict(figure) for figure in figures], "goals": report.goals(figures)}
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.docs:
        report.write_into(ROOT / "docs" / "performance.md", report.markdown(figures, about))
    if options.markdown:
        Path(options.markdown).write_text(report.markdown(figures, about), encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--instances", type=_numbers, help="numbers of instances, such as 1,10,100")
    parser.add_argument("--latency", type=_numbers, help="milliseconds added to each answer, such as 0,20,100")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(contenders.NAMES),
                        help="contenders among a,b,c,c*,d; a always runs")  # fmt: skip
    parser.add_argument("--work", type=lambda text: text.split(","), default=["onboard", "audit"])
    parser.add_argument("--repeat", type=int, default=3, help="runs with one instance (for more, see --repeat-all)")
    parser.add_argument("--repeat-all", type=int, default=1, help="runs with more instances; the median counts")
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--members", type=int, default=10, help="vendors' members of each audited instance")
    parser.add_argument("--processes", type=int, default=10, metavar="INSTANCES",
                        help="count process starts up to this many instances, in separate runs")  # fmt: skip
    parser.add_argument("--long", action="store_true", help="1, 10 and 100 instances; 0, 20 and 100 ms: an hour or two")
    parser.add_argument("--checkout", type=Path, default=ROOT, help="another checkout of the collection to measure")
    parser.add_argument("--json", help="write all figures to this file")
    parser.add_argument("--add", action="append", default=[], type=Path, metavar="FILE",
                        help="a file of --json whose figures are added to the tables")  # fmt: skip
    parser.add_argument("--markdown", help="write the tables to this file")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()
    options.instances = options.instances or ([1, 10, 100] if options.long else [1, 10])
    options.latency = options.latency or ([0, 20, 100] if options.long else [0, 20])
    return options


def _earlier(files: list[Path]) -> list[Figure]:
    """The figures of earlier runs."""
    return [Figure(**row) for file in files for row in json.loads(file.read_text(encoding="utf-8"))["figures"]]


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _about(options: argparse.Namespace) -> dict[str, object]:
    from ansible.release import __version__ as core

    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "core": core,
        "forks": options.forks,
        "members": options.members,
        "load": [round(value, 1) for value in os.getloadavg()],
    }


def _onboard(instances: int, latency: int, options: argparse.Namespace) -> list[Figure]:
    """First and converged run of each contender, on its own instances; all must reach the same state."""
    if "onboard" not in options.work:
        return []
    samples: dict[tuple[str, str], list[Sample]] = {}
    starts: dict[tuple[str, str], tuple[int, int] | None] = {}
    outcomes: dict[str, verify.Outcome] = {}
    tasks = {"first": 0, "converged": 0}
    for round_ in range(_repeat(instances, options)):
        for contender in _wanted(options, (OURS, URI, SCRIPT, THREADS)):
            with World(instances, latency / 1000) as world, _place(options) as place:
                place.prepare(world.hosts)
                command = contenders.command(contender, "onboard", place)
                for what in ("first", "converged"):
                    counted = round_ == 0 and instances <= options.processes
                    if counted and what == "first":
                        starts[contender, what] = _starts_elsewhere(contender, "onboard", instances, options)
                    sample = _sample(command, world, place)
                    samples.setdefault((contender, what), []).append(sample)
                    if contender == OURS:
                        tasks[what] = contenders.tasks_of(sample.run.output)
                    if counted and what == "converged":
                        starts[contender, what] = process_starts(command, place.checkout)
                outcomes[contender] = verify.outcome(world, place)
    verify.same(outcomes)
    for what, count in tasks.items():
        if EMPTY in options.only:
            samples[EMPTY, what] = _empty(count, instances, options)
    return _figures(instances, latency, samples, starts)


def _audit(instances: int, latency: int, options: argparse.Namespace) -> list[Figure]:
    if "audit" not in options.work:
        return []
    samples: dict[tuple[str, str], list[Sample]] = {}
    starts: dict[tuple[str, str], tuple[int, int] | None] = {}
    tasks = 0
    for round_ in range(_repeat(instances, options)):
        with World(instances, latency / 1000, options.members) as world, _place(options) as place:
            place.prepare(world.hosts)
            read: dict[str, verify.Reads] = {}
            for contender in _wanted(options, (OURS, URI, SCRIPT, THREADS)):
                command = contenders.command(contender, "audit", place)
                sample = _sample(command, world, place)
                samples.setdefault((contender, "audit"), []).append(sample)
                read[contender] = verify.reads(world)
                if contender == OURS:
                    tasks = contenders.tasks_of(sample.run.output)
                if round_ == 0 and instances <= options.processes:
                    starts[contender, "audit"] = process_starts(command, place.checkout)
            verify.same_reads(read)
    if EMPTY in options.only:
        samples[EMPTY, "audit"] = _empty(tasks, instances, options)
    return _figures(instances, latency, samples, starts)


def _empty(tasks: int, instances: int, options: argparse.Namespace) -> list[Sample]:
    with World(instances, 0.0) as world, _place(options) as place:
        place.prepare(world.hosts)
        command = contenders.command(EMPTY, "onboard", place, tasks)
        return [_sample(command, world, place) for _round in range(_repeat(instances, options))]


def _starts_elsewhere(contender: str, work: str, instances: int, options: argparse.Namespace) -> tuple[int, int] | None:
    """Count on separate instances, since a first run can't be repeated."""
    with World(instances, 0.0) as world, _place(options) as place:
        place.prepare(world.hosts)
        return process_starts(contenders.command(contender, work, place), place.checkout)


def _sample(command: list[str], world: World, place: Place) -> Sample:
    world.mark()
    result = run(command, place.checkout)
    return Sample(result, len(world.requests()), world.cpu())


def _figures(
    instances: int,
    latency: int,
    samples: dict[tuple[str, str], list[Sample]],
    starts: dict[tuple[str, str], tuple[int, int] | None],
) -> list[Figure]:
    figures = []
    for (contender, what), found in samples.items():
        forks, programs = starts.get((contender, what)) or (None, None)
        figures.append(
            Figure(
                what, instances, latency, contender, statistics.median(sample.run.wall for sample in found),
                statistics.median(sample.run.cpu for sample in found), found[0].requests, forks, programs,
                statistics.median(sample.simulator for sample in found), len(found),
            )
        )  # fmt: skip
    figures = report.with_ratios(sorted(figures, key=report.order))
    for figure in figures:
        print(report.line(figure), flush=True)
    return figures


def _wanted(options: argparse.Namespace, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name == OURS or name in options.only]


def _repeat(instances: int, options: argparse.Namespace) -> int:
    return int(options.repeat if instances == 1 else options.repeat_all)


class _place:
    """The files of one world, in a temporary folder."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options

    def __enter__(self) -> Place:
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-")
        return Place(Path(self._folder.name), self._options.checkout.resolve(), self._options.forks)

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


if __name__ == "__main__":
    sys.exit(main())
