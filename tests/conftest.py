# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all tests: the collection under its own name, and one running simulator."""

from __future__ import annotations

import itertools
import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parent
IN_PLACE = ROOT.parts[-3:] == ("ansible_collections", "msp", "connectwise")
# a checkout that lies where Ansible looks for collections, as ansible-test wants it, is used as it is
COLLECTIONS = str(ROOT.parents[2] if IN_PLACE else ROOT / ".collections")

if str(TESTS) not in sys.path:
    sys.path.insert(0, str(TESTS))
if IN_PLACE:
    # ansible-test takes each folder for a package, so files beside a test aren't found by their names as usual
    sys.path += [str(path) for path in sorted((TESTS / "unit").iterdir()) if path.is_dir()]
os.environ["ANSIBLE_COLLECTIONS_PATH"] = COLLECTIONS


def _install_finder():
    """Make ``ansible_collections.msp.connectwise`` importable from the checkout, as Ansible itself does."""
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    if "ansible_collections.msp.connectwise" not in sys.modules:
        _AnsibleCollectionFinder(paths=[COLLECTIONS])._install()


_install_finder()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Keep pytest-ansible, if it is installed, from creating a tree of links in the checkout."""
    config.option.ansible_unit_inject_only = True


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    try:
        from hypothesis import settings
    except ImportError:
        return
    settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True, database=None)
    settings.load_profile("quick")


# the folders whose files take longest: they begin first, so that the processes of make test end at about one time
LONG = ("awx", "runner", "playbooks", "fleet", "stores", "quality", "reliability", "property")


def pytest_collection_modifyitems(items):
    folders = {item: item.path.relative_to(TESTS).parts[0] for item in items if TESTS in item.path.parents}
    items.sort(key=lambda item: LONG.index(folders[item]) if folders.get(item) in LONG else len(LONG))


@pytest.fixture
def no_pauses(monkeypatch):
    """No waiting: neither for a write to show, nor for a login, nor between repetitions.

    The time in which a write is waited for passes at once. And no key or proxy of whoever runs the tests is in the
    environment.
    """
    from ansible_collections.msp.connectwise.plugins.module_utils._client import transport
    from ansible_collections.msp.connectwise.plugins.module_utils._keys import proving
    from ansible_collections.msp.connectwise.plugins.module_utils._resources import settling

    class Time:
        def __init__(self):
            self.now, self.instances = 0.0, []

        def monotonic(self):
            return self.now

        def sleep(self, seconds):
            self.now += seconds
            for instance in self.instances:
                instance.advance(seconds)

    passing = Time()
    monkeypatch.setattr(settling, "time", passing)
    monkeypatch.setattr(proving, "PAUSES", (0, 0))
    monkeypatch.setattr(transport._Retry, "sleep", lambda *_args: None)
    for name in ("CW_PRIVATE_KEY", "CW_PRIVATE_KEY_FILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    return passing


@pytest.fixture
def late(no_pauses):
    """``late(instance, seconds)``: from now on, writes there show after so many seconds."""

    def delay(instance, seconds):
        instance.instance.options.visible_after = float(seconds)
        instance.instance.clock.stands = True
        no_pauses.instances.append(instance)

    return delay


@pytest.fixture(scope="session")
def simulator():
    """One simulator for the whole session; each test creates its own instances in it."""
    from simulator import Simulator

    with Simulator() as running:
        yield running


@pytest.fixture(scope="session")
def tls_simulator():
    """A simulator with TLS and a certificate from its own authority (``ca_path``)."""
    from simulator import Simulator

    with Simulator(tls=True) as running:
        yield running


_numbers = itertools.count(1)


@pytest.fixture
def make_instance(simulator):
    """Creates an instance of a company that no other test uses; options as in ``Simulator.add_instance``."""

    def make(**options):
        on = options.pop("on", simulator)
        return on.add_instance(f"company{next(_numbers)}", **options)

    return make
