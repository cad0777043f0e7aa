# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the properties."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_pauses(no_pauses: None) -> None:
    """Applies to all of these tests."""
