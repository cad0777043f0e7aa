# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the trials."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fault_kinds import Point
from .trial import Laboratory


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory() as made:
        yield made


@pytest.fixture(scope="session")
def points(laboratory: Laboratory) -> list[Point]:
    """The requests of a first onboarding."""
    return laboratory.points()


@pytest.fixture(autouse=True)
def _no_login_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove keys and proxies from the environment of the person who runs the tests."""
    for name in ("CW_PRIVATE_KEY", "CW_PRIVATE_KEY_FILE", "HTTP_PROXY", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
