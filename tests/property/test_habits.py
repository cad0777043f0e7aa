# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboarding ends well on any instance: converged, handed over, or refused with a reason.

The number of a case is its seed: ``draw_habits(17)`` gives the options of case 17. FUZZ=20 tries 20 times as many.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reliability.habits import Case, World
from reliability.onboarding import Outcome
from simulator import Simulator
from simulator.draw import EDITIONS, HABITS, draw_habits

from .world import FACTOR

SEEDS = range(int(200 * (FACTOR or 1)))
ALONE = {
    f"{name}-{number}-{edition}": {"edition": edition, **options}
    for name, found in HABITS.items()
    for number, options in enumerate(found)
    for edition in EDITIONS
}
RUNS = 3
EITHER = "would be converged or handed over"


@pytest.fixture(name="world")
def _world() -> World:
    return World()


@pytest.fixture(autouse=True)
def _no_pauses(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In place of the other properties' fixture, which takes the pauses away: here they are part of what is tested."""
    for name in ("CW_PRIVATE_KEY", "CW_PRIVATE_KEY_FILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with world.in_place_of_time():
        yield


def assert_kept(promised: Outcome, run: Outcome) -> None:
    """What check mode said would be done by this run wasn't left to a person instead."""
    if promised.failure or run.failure:
        return  # neither of them said that anything is left to a person
    said, came = promised.result["outcome"], run.result["outcome"]
    if said["state"].startswith("would be converged") and said["state"] != EITHER:
        assert came["state"].startswith("converged"), f"check mode said {said['state']!r}, the run is {came['state']!r}"
    told = said["levels_pending"] + said["levels_undecided"]
    levels = f"check mode left {told} levels open or to a person, the run left {came['levels_pending']} to one"
    assert came["levels_pending"] <= told, levels
    assert not said["levels_undecided"] or said["state"] in (EITHER, "would be handed over")


def onboard(simulator: Simulator, world: World, folder: Path, habits: dict[str, Any]) -> list[Outcome]:
    """In check mode, then three times, with what holds after each. A person does what is handed over."""
    print(f"habits: {habits}")
    case = Case(simulator, world, folder, habits)
    before = case.instance.state
    promised = case.run(check_mode=True)
    assert case.instance.state == before, "check mode changed something"
    runs = []
    for _number in range(RUNS):
        runs.append(case.run())
        world.sleep(60)
        if runs[-1].state == "handed over":
            case.person()
    assert_kept(promised, runs[0])
    for outcome in runs:
        assert outcome.failure or outcome.state.startswith("converged") or outcome.result["reason"]
    return [promised, *runs]


@pytest.mark.parametrize("seed", SEEDS)
def test_habits_in_combination(simulator: Simulator, world: World, tmp_path: Path, seed: int) -> None:
    onboard(simulator, world, tmp_path, draw_habits(seed))


@pytest.mark.parametrize("name", ALONE)
def test_a_habit_alone(simulator: Simulator, world: World, tmp_path: Path, name: str) -> None:
    onboard(simulator, world, tmp_path, ALONE[name])


def test_a_seed_always_draws_the_same() -> None:
    assert [draw_habits(seed) for seed in SEEDS] == [draw_habits(seed) for seed in SEEDS]
    drawn = {name for seed in SEEDS for name in draw_habits(seed)}
    assert drawn >= {name for found in HABITS.values() for options in found for name in options}
