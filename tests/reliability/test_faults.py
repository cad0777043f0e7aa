# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault, at the requests of a first onboarding: the run converges or fails clearly, and the next one converges.

What is asserted of each trial stands in ``trial.py``. RELIABILITY=all tries every request, else a few stand for all.
"""

from __future__ import annotations

import pytest

from .fault_kinds import KINDS, MODES, Kind, Point
from .plan import chosen, distinct, representative
from .trial import Laboratory, perform


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_faults(laboratory: Laboratory, points: list[Point], kind: Kind, mode: str) -> None:
    rows = [perform(laboratory, kind, mode, point) for point in chosen(points, kind, mode)]
    wrong = [f"{row.number} {row.request}: {fault}" for row in rows for fault in row.faults]
    assert not wrong, "\n".join(wrong)
    assert {row.then for row in rows} == {"converged"}


def test_the_few_meet_every_step_and_each_fault_every_creation(points: list[Point]) -> None:
    met = {
        (kind.name, point.number) for kind in KINDS for mode in MODES for point in representative(points, kind, mode)
    }
    assert {number for _kind, number in met} == {point.number for point in distinct(points)}
    creations = {point.number for point in points if point.method == "POST"}
    assert len(creations) == 3
    assert all((kind.name, number) in met for kind in KINDS for number in creations)


def test_an_onboarding_is_the_requests_that_it_is_known_to_be(points: list[Point]) -> None:
    """A new request needs a name in ``trial.py``, and the table of docs/reliability.md needs to be written again."""
    assert not [point.label for point in points if "/" in point.label]
    assert len(points) > 30
