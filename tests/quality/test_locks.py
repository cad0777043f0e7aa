# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks are complete: each requirement of each package is met, whatever is published later.

That the install command of the Makefile keeps to them is tested in test_installing.py; that every supported pip
installs them on every Python, by ``make installs``.
"""

from __future__ import annotations

import ast
import importlib.metadata
import sys

import locks
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from reviewed import ROOT

NAMES = ("demo", "build", "dev")
HERE = dict(default_environment())


@pytest.mark.parametrize("name", NAMES)
def test_every_package_is_pinned_with_its_hashes(name):
    locked = locks.lock(name)
    assert locked and [line.name for line in locked if not line.hashes] == []


@pytest.mark.parametrize("platform", locks.PLATFORMS)
@pytest.mark.parametrize("python", locks.PYTHONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_lock_is_closed(name, python, platform):
    environment = locks.environment(python, platform)
    found = locks.close(locks.lock(name), locks.asked(name), environment, locks.installed)
    assert found.gaps == []
    # The requirements of a package that is for another Python or platform alone can't be read here. That is tested
    # where it is installed: each Python of CI runs this test, and make installs ends each installation in pip check.
    assert [line.name for line in found.unread if line.on(HERE)] == []


def test_all_of_the_lock_can_be_read_here():
    """So the test above looks at what this Python installs, and leaves nothing of it out."""
    found = locks.close(locks.lock("dev"), locks.asked("dev"), HERE, locks.installed)
    assert found.gaps == [] and found.unread == [] and len(found.reached) > 100


@pytest.mark.parametrize("name", ["demo", "build"])
def test_a_small_lock_is_a_part_of_the_full_one(name):
    full = locks.lock("dev")
    for python in locks.PYTHONS:
        for platform in locks.PLATFORMS:
            environment = locks.environment(python, platform)
            there = {line.name: (line.version, line.hashes) for line in full if line.on(environment)}
            for line in locks.lock(name):
                if line.on(environment):
                    assert there.get(line.name) == (line.version, line.hashes), f"{line.name} on {python}, {platform}"


def test_the_demo_has_what_it_needs_and_nothing_else():
    locked, asked = locks.lock("demo"), locks.asked("demo")
    found = locks.close(locked, asked, HERE, locks.installed)
    assert {line.name for line in locked if line.on(HERE)} == found.reached
    assert len(found.reached) < 25


def imported(files):
    """The modules of others that files import, wherever in the file."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add((node.module or "").partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"simulator"}


def test_what_the_demo_and_the_simulator_import_is_in_the_small_lock():
    wanted = imported([ROOT / "tests" / "demo.py", *(ROOT / "tests" / "simulator").rglob("*.py")])
    packages = importlib.metadata.packages_distributions()
    locked = {line.name for line in locks.lock("demo")}
    assert {"flask", "cryptography"} <= wanted
    assert {name for name in wanted if not locked & {canonicalize_name(one) for one in packages.get(name, ())}} == set()


# what is said of a lock that isn't closed


A, B = "a" * 64, "b" * 64
CASES = {
    "nothing": ("pkg==1 --hash=sha256:" + A + "\nneeded==2 --hash=sha256:" + B, []),
    "lacking": ("pkg==1", ["pkg requires needed>=2, which isn't in the lock"]),
    "too old": ("pkg==1\nneeded==1.9", ["pkg requires needed>=2, the lock has 1.9"]),
    "for another Python": (
        "pkg==1\nneeded==2 ; python_version < '3.12'",
        ["pkg requires needed>=2, which isn't in the lock"],
    ),
    "twice": ("pkg==1\nneeded==2\nneeded==3 ; python_version > '3.8'", ["needed is pinned 2 times"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_gap_is_found(case):
    text, gaps = CASES[case]
    known = {"pkg": ["needed>=2", "old; python_version < '3.8'", "more; extra == 'full'"], "needed": []}
    found = locks.close(
        locks.read(text),
        [Requirement("pkg")],
        locks.environment("3.12.0", "linux"),
        lambda name, _version: [Requirement(line) for line in known[name]],
    )
    assert found.gaps == gaps


@pytest.mark.parametrize("asked", [["pkg[full]"], ["pkg", "other"]])
def test_a_gap_of_an_extra_is_found_whoever_asks_for_it(asked):
    known = {"pkg": ["more[deep]>=1; extra == 'full'"], "more": ["deeper; extra == 'deep'"], "other": ["pkg[full]"]}
    found = locks.close(
        locks.read("pkg==1\nmore==1\nother==1" if "other" in asked else "pkg==1\nmore==1"),
        [Requirement(one) for one in asked],
        locks.environment("3.14.0", "linux"),
        lambda name, _version: [Requirement(line) for line in known[name]],
    )
    assert found.gaps == ["more[deep] requires deeper, which isn't in the lock"]


def test_a_package_that_cannot_be_read_is_named():
    found = locks.close(
        locks.read("pkg==1"), [Requirement("pkg")], locks.environment("3.13.0", "macos"), lambda *_package: None
    )
    assert ([line.name for line in found.unread], found.gaps) == (["pkg"], [])
    assert locks.installed(canonicalize_name("pytest"), Version("0.1")) is None
    assert locks.installed(canonicalize_name("there-is-no-such-package"), Version("1")) is None


@pytest.mark.parametrize("line", ["pkg>=1", "pkg", "pkg[extra]==1", "pkg==1,!=2"])
def test_what_pins_nothing_is_no_lock(line):
    with pytest.raises(ValueError, match="doesn't pin one version"):
        locks.read(line)
