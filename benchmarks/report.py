# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the figures as tables, and says whether they meet the goals."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

from contenders import EMPTY, NAMES, OURS, SCRIPT, URI

WORKS = {"first": "first onboarding", "converged": "converged re-run", "audit": "audit"}
GOAL_LATENCY = 20
BEGIN, END = "<!-- figures: benchmarks/bench.py --docs -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Figure:
    """One row: ``ratio`` is its wall time divided by that of (a)."""

    work: str
    instances: int
    latency: int
    contender: str
    wall: float
    cpu: float
    requests: int
    forks: int | None
    programs: int | None
    simulator: float
    runs: int
    ratio: float = 1.0


def order(figure: Figure) -> tuple[int, int]:
    return list(WORKS).index(figure.work), list(NAMES).index(figure.contender)


def with_ratios(figures: t.Sequence[Figure]) -> list[Figure]:
    ours = {figure.work: figure.wall for figure in figures if figure.contender == OURS}
    return [replace(figure, ratio=figure.wall / ours[figure.work]) for figure in figures]


def heading() -> str:
    return (
        f"{'work':17} {'inst.':>5} {'ms':>4}    {'':25} {'wall s':>7} {'CPU s':>7} {'requests':>8} {'forks':>6}"
        f" {'programs':>8} {'/ (a)':>6} {'sim. CPU':>8}"
    )


def line(figure: Figure) -> str:
    return (
        f"{WORKS[figure.work]:17} {figure.instances:5} {figure.latency:4} {figure.contender:>2}"
        f" {NAMES[figure.contender]:25} {figure.wall:7.2f} {figure.cpu:7.2f} {figure.requests:8}"
        f" {_count(figure.forks):>6} {_count(figure.programs):>8} {figure.ratio:6.2f} {figure.simulator:8.2f}"
    )


def _count(number: int | None) -> str:
    return "-" if number is None else str(number)


def markdown(figures: t.Sequence[Figure], about: t.Mapping[str, t.Any]) -> str:
    """All tables, as in docs/performance.md between the two marks."""
    parts = [
        f"{about['cores']} cores, ansible-core {about['core']}, Python {about['python']}, {about['forks']} forks,"
        f" load at the end {about['load'][0]}. Seconds; the median where a row has more than one run. An audited"
        f" instance has {about['members']} vendors' members.\n"
    ]
    for latency in sorted({figure.latency for figure in figures}):
        parts.append(f"### {latency} ms added to each answer\n")
        parts.append(_table([figure for figure in figures if figure.latency == latency]))
    parts.append("### Goals\n")
    parts.append(_goals_table(figures))
    return "\n".join(parts)


def write_into(page: Path, text: str) -> None:
    """Put the tables between the two marks of the page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def _table(figures: t.Sequence[Figure]) -> str:
    rows = [
        "| Work | Instances | | Wall | CPU | Requests | Forks | Programs | Times (a) |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    rows += [
        f"| {WORKS[f.work]} | {f.instances} | ({f.contender}) {NAMES[f.contender]} | {f.wall:.2f} | {f.cpu:.2f}"
        f" | {f.requests} | {_count(f.forks)} | {_count(f.programs)} | {f.ratio:.2f} |".replace("c*", "c\\*")
        for f in figures
    ]
    return "\n".join(rows) + "\n"


class Goal(t.TypedDict):
    """``wall`` and ``cpu`` are the results for each kind of time; the goal is for wall time."""

    goal: str
    wanted: str
    wall: float | None
    cpu: float | None
    met: bool | None


Seconds = t.Dict[t.Tuple[str, int, str], float]
Rule = t.Callable[[Seconds], float]


def goals(figures: t.Sequence[Figure]) -> list[Goal]:
    """Each goal of the project with its result; None if it wasn't measured."""
    chosen = [figure for figure in figures if figure.latency == GOAL_LATENCY]
    wall = {(figure.work, figure.instances, figure.contender): figure.wall for figure in chosen}
    cpu = {(figure.work, figure.instances, figure.contender): figure.cpu for figure in chosen}
    found: list[Goal] = []
    for name, at_least, wanted, rule in _rules():
        in_wall, in_cpu = _applied(rule, wall), _applied(rule, cpu)
        met = None if in_wall is None else in_wall >= wanted if at_least else in_wall <= wanted
        sign = "≥" if at_least else "≤"
        found.append({"goal": name, "wanted": f"{sign} {wanted:g}", "wall": in_wall, "cpu": in_cpu, "met": met})
    return found


def _rules() -> t.Iterator[tuple[str, bool, float, Rule]]:
    """(name, whether more is better, the goal, how it is computed)."""
    for work, instances, times in (
        ("first", 1, 8.0), ("first", 10, 12.0), ("first", 100, 15.0), ("converged", 1, 2.5), ("converged", 100, 6.0),
    ):  # fmt: skip
        yield f"{WORKS[work]} of {instances}: times faster than (b)", True, times, _times_faster(work, instances)
    for work in ("first", "converged"):
        yield f"{WORKS[work]} of 1: times (c) + (d)", False, 1.5, _over_floor(work)
    for work in ("first", "converged"):
        for instances in (10, 100):
            yield f"{WORKS[work]}, each further of {instances}: times (c)", False, 2.0, _further(work, instances)


def _applied(rule: Rule, seconds: Seconds) -> float | None:
    try:
        return rule(seconds)
    except KeyError:
        return None


def _times_faster(work: str, instances: int) -> Rule:
    return lambda seconds: seconds[work, instances, URI] / seconds[work, instances, OURS]


def _over_floor(work: str) -> Rule:
    return lambda seconds: seconds[work, 1, OURS] / (seconds[work, 1, SCRIPT] + seconds[work, 1, EMPTY])


def _further(work: str, instances: int) -> Rule:
    """The cost of each instance after the first, as a multiple of the script's."""

    def more(seconds: Seconds, contender: str) -> float:
        return seconds[work, instances, contender] - seconds[work, 1, contender]

    return lambda seconds: more(seconds, OURS) / more(seconds, SCRIPT)


def _shown(found: float | None) -> str:
    return "-" if found is None else f"{found:.2f}"


def _verdict(goal: Goal) -> str:
    return "not measured" if goal["met"] is None else "met" if goal["met"] else "not met"


def goals_text(figures: t.Sequence[Figure]) -> str:
    rows = [f"{f'Goals, at {GOAL_LATENCY} ms':50} {'wanted':>6} {'wall':>6} {'CPU':>6}"]
    rows += [
        f"{g['goal']:50} {g['wanted']:>6} {_shown(g['wall']):>6} {_shown(g['cpu']):>6}  {_verdict(g)}"
        for g in goals(figures)
    ]
    return "\n".join(rows)


def _goals_table(figures: t.Sequence[Figure]) -> str:
    rows = [
        f"At {GOAL_LATENCY} ms added to each answer. The goals are of wall time; CPU time stands beside it.\n",
        "| Goal | Wanted | Wall | CPU | |",
        "|---|--:|--:|--:|---|",
    ]
    rows += [
        f"| {g['goal']} | {g['wanted']} | {_shown(g['wall'])} | {_shown(g['cpu'])} | {_verdict(g)} |"
        for g in goals(figures)
    ]
    return "\n".join(rows) + "\n"
