# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the checks against an independent description of the API."""

from __future__ import annotations

import pathlib
import sys

import pytest

TESTS = str(pathlib.Path(__file__).resolve().parents[1])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)


@pytest.fixture(scope="session")
def tls_sim():
    """A simulator over TLS: the client under test knows no other scheme."""
    from simulator import Simulator

    with Simulator(tls=True) as running:
        yield running
