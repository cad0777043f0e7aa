# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from simulator import Simulator
from simulator.server import Handle

from .controller import Controller

_numbers = itertools.count(1)


@pytest.fixture
def published(simulator: Simulator) -> Handle:
    """A new instance that offers only the published API."""
    return simulator.add_instance(f"published{next(_numbers)}", edition="published")


@pytest.fixture
def extended(simulator: Simulator) -> Handle:
    """A new instance that also offers the undocumented routes."""
    return simulator.add_instance(f"extended{next(_numbers)}", edition="extended")


@pytest.fixture
def new_instance(simulator: Simulator) -> Callable[..., Handle]:
    """Creates new instances; options as in ``Simulator.add_instance``."""

    def make(**options: object) -> Handle:
        return simulator.add_instance(f"instance{next(_numbers)}", **options)

    return make


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path / "controller")
