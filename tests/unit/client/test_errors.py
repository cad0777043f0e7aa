# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each failure reports: what it affects, and whether waiting helps."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from ansible_collections.msp.connectwise.plugins import module_utils
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors
from ansible_collections.msp.connectwise.plugins.module_utils._client.connection import connection_from_params
from ansible_collections.msp.connectwise.plugins.module_utils._keys.apply import NewKeyRejected
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.retiring import NotRetired
from ansible_collections.msp.connectwise.plugins.plugin_utils._one_pair import SharedPair

OBJECT, INSTANCE = "object", "instance"
#: What every failure means; one that isn't decided here fails the test below.
MEANING = {
    errors.CwError: (OBJECT, False),
    errors.InputError: (OBJECT, False),
    errors.Refused: (OBJECT, False),
    errors.TakenAway: (OBJECT, False),
    errors.KeyRefused: (OBJECT, False),
    errors.KeyNotShown: (OBJECT, False),
    errors.PairRefused: (OBJECT, False),
    NewKeyRejected: (OBJECT, False),
    NotRetired: (OBJECT, False),
    errors.RequestFailed: (OBJECT, False),
    errors.Unreachable: (INSTANCE, True),
    errors.TimedOut: (INSTANCE, True),
    errors.TooLarge: (INSTANCE, True),
    errors.OutOfTime: (INSTANCE, True),
    errors.TlsFailed: (INSTANCE, False),
    errors.ProxyFailed: (INSTANCE, True),
    errors.RedirectRefused: (INSTANCE, False),
    errors.Unauthorized: (INSTANCE, False),
    errors.Forbidden: (OBJECT, False),
    errors.RecordNotFound: (OBJECT, False),
    errors.NotOffered: (OBJECT, False),
    errors.EndpointMissing: (OBJECT, False),
    errors.WrongAddress: (INSTANCE, False),
    errors.VersionUnsupported: (INSTANCE, False),
    errors.Rejected: (OBJECT, False),
    errors.RateLimited: (INSTANCE, True),
    errors.ServerFailed: (OBJECT, True),
    errors.UnexpectedAnswer: (INSTANCE, True),
    errors.NotConnectWise: (INSTANCE, True),
    errors.AnswerLost: (OBJECT, True),
    errors.NotKept: (OBJECT, False),
    errors.NotVisible: (OBJECT, True),
    errors.KeyNotVisible: (OBJECT, True),
    StoreError: (OBJECT, False),
    SharedPair: (INSTANCE, False),
}


def _all_below(kind):
    return {kind}.union(*map(_all_below, kind.__subclasses__()))


@pytest.mark.parametrize(("kind", "meaning"), MEANING.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_failure_says_whom_it_concerns_and_whether_waiting_helps(kind, meaning):
    assert (kind.scope, kind.transient) == meaning


def test_no_failure_is_undecided():
    folder = Path(next(iter(module_utils.__path__)))
    for path in folder.rglob("*.py"):  # so that each class there is known
        importlib.import_module(".".join([module_utils.__name__, *path.relative_to(folder).with_suffix("").parts]))
    # what other tests have imported of plugin_utils inherits what a StoreError means
    found = {each for each in _all_below(errors.CwError) if each.__module__.startswith(module_utils.__name__)}
    assert found - set(MEANING) == set()


@pytest.mark.parametrize("kind", [kind for kind in MEANING if issubclass(kind, errors.RequestFailed)])
def test_one_failure_can_concern_more_than_its_kind(kind):
    failure, other = (kind("acme at psa.example.com", "GET", "/system/mySecurity") for _each in range(2))
    failure.scope = INSTANCE
    assert failure.scope == INSTANCE and other.scope == kind.scope == MEANING[kind][0]


def test_options_of_the_connection_concern_every_vendor():
    with pytest.raises(errors.InputError) as caught:
        connection_from_params({"site": "ftp://x", "timeout": 0, "retries": -1})
    assert caught.value.scope == INSTANCE and not caught.value.transient
