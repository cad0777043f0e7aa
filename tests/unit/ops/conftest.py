# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations as a module or an action plugin runs them, against the simulator."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.msp.connectwise.plugins.module_utils._ops import context, run

EDITIONS = ("published", "extended")


@pytest.fixture(params=EDITIONS)
def edition(request):
    return request.param


@pytest.fixture(autouse=True)
def _no_pauses(no_pauses):
    """Applies to all of these tests."""


@pytest.fixture
def execute():
    """``execute(operation, instance, ...)`` runs an operation as its module would."""

    def call(operation, instance, check_mode=False, progress=None, **options):
        validator = ArgumentSpecValidator(operation.argument_spec())
        checked = validator.validate({**instance.connection, "timeout": 5, **options})
        assert not checked.error_messages, checked.error_messages
        return run.execute(operation.run, checked.validated_parameters, check_mode, True, progress=progress)

    return call


def writes(instance):
    """The write requests, except the documented empty change to id 0."""
    return [
        (entry["method"], entry["path"])
        for entry in instance.log
        if entry["method"] != "GET"
        and not (entry["method"] == "PATCH" and entry["path"].endswith("/0/settings/0") and entry["body"] == [])
    ]


@pytest.fixture
def parity(execute):
    """Runs in check mode, asserts that nothing changed, runs for real, and asserts that both reported the same."""

    def both(operation, instance, keys=("changed", "diff", "pending", "created"), **options):
        before = instance.state
        instance.clear_log()
        checked = execute(operation, instance, check_mode=True, **options)
        assert instance.state == before
        assert writes(instance) == []
        assert {entry["method"] for entry in instance.log} <= {"GET"}
        done = execute(operation, instance, **options)
        undecided = checked.get("levels_undecided", 0)
        if undecided:  # whether REST or a person sets them, only the run tells
            assert undecided == done["levels_set"] + len(done["pending"])
            assert (checked["pending"], checked["created"]) == ([], done["created"])
        else:
            assert {key: checked.get(key) for key in keys} == {key: done.get(key) for key in keys}
        assert checked.get("failed") == done.get("failed")
        return done

    return both


@pytest.fixture
def written():
    return writes


@pytest.fixture
def clock(monkeypatch):
    """Time that only passes by sleeping; ``clock.at(n, action)`` acts on the n-th sleep of a wait."""

    class Clock:
        now = 0.0
        naps = 0

        def __init__(self):
            self.actions = {}

        def at(self, nap, action):
            self.actions[nap] = action

        def monotonic(self):
            return self.now

        def sleep(self, seconds):
            self.now += max(seconds, 0.01)
            self.naps += 1
            self.actions.get(self.naps, lambda: None)()

    made = Clock()
    monkeypatch.setattr(context, "time", made)
    return made
