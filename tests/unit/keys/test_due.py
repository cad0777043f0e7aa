# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys a run with a maximum age replaces."""

from __future__ import annotations

import random
from datetime import datetime, timezone

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._due import Due, left_over


def due(host, year=None, vendor="rewst", is_kept=True):
    return Due(host, vendor, datetime(year, 1, 1, tzinfo=timezone.utc) if year else None, is_kept, vendor.capitalize())


IN_ORDER = [
    due("globex"),  # of unknown age
    due("acme", 2023),
    due("acme", 2024, "hudu"),
    due("acme", 2024, "rewst"),
    due("beta", 2024, "hudu"),
    due("acme", is_kept=False),
]


@pytest.mark.parametrize("at_most", range(8))
def test_the_oldest_of_all_hosts_whatever_their_order(at_most):
    shuffled = random.Random(at_most).sample(IN_ORDER, len(IN_ORDER))
    assert left_over(shuffled, at_most) == IN_ORDER[at_most:]


def test_what_is_said_of_each():
    assert [str(each).partition(": its key is due ")[2].partition(",")[0] for each in IN_ORDER[:2] + IN_ORDER[-1:]] == [
        "(of unknown age)", "(created on 2023-01-01)", "(not created yet)",
    ]  # fmt: skip
