# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait until a write is visible: its pauses, its end, and its option."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors
from ansible_collections.msp.connectwise.plugins.module_utils._client.connection import connection_from_params
from ansible_collections.msp.connectwise.plugins.module_utils._resources import settling


class Clock:
    """Time that only passes by sleeping."""

    def __init__(self):
        self.naps = []

    def monotonic(self):
        return sum(self.naps)

    def sleep(self, seconds):
        self.naps.append(seconds)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(settling, "time", made)
    return made


def shown_after(clock, seconds):
    def read():
        if clock.monotonic() < seconds:
            raise errors.RecordNotFound("acme", "GET", "/x", 404)
        return "there"

    return read


def test_what_is_there_is_not_waited_for(clock):
    assert settling.settled(shown_after(clock, 0), 10) == ("there", True)
    assert clock.naps == []


@pytest.mark.parametrize("seconds", [0.1, 2, 7.5, 10])
def test_the_pauses_grow_until_it_shows(clock, seconds):
    assert settling.settled(shown_after(clock, seconds), 10) == ("there", True)
    assert clock.naps[:-1] == sorted(clock.naps[:-1]) and sum(clock.naps) <= 10


def test_it_ends_after_the_time_with_what_was_read_last(clock):
    assert settling.settled(shown_after(clock, 10.1), 10) == (None, False)
    assert sum(clock.naps) == pytest.approx(10) and len(clock.naps) < 12
    assert settling.settled(lambda: "old", 3, lambda seen: seen == "new") == ("old", False)


def test_a_clock_that_does_not_move_ends_it_too(clock, monkeypatch):
    monkeypatch.setattr(clock, "monotonic", lambda: 0.0)
    assert settling.settled(lambda: 1, 10, lambda _seen: False) == (1, False)


def test_other_failures_are_no_delay(clock):
    def read():
        raise errors.Forbidden("acme", "GET", "/x", 403)

    with pytest.raises(errors.Forbidden):
        settling.settled(read, 10)
    assert clock.naps == []


LOGIN = {
    "site": "na.myconnectwise.net", "company": "acme", "public_key": "p", "private_key": "q", "api_version": "2025.1",
    "client_id": "01234567-89ab-cdef-0123-456789abcdef", "timeout": 30, "retries": 0, "validate_certs": True,
    "probe_undocumented": True,
}  # fmt: skip


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e9])
def test_a_time_that_is_none_is_refused(seconds):
    with pytest.raises(errors.InputError, match="settle_timeout must be between 0 and"):
        connection_from_params({**LOGIN, "settle_timeout": seconds})


def test_the_time_is_ten_seconds_unless_it_is_given():
    assert connection_from_params(LOGIN).settle_timeout == 10
    assert connection_from_params({**LOGIN, "settle_timeout": 0}).settle_timeout == 0
