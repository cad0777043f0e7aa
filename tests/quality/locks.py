# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the locks, and finds missing requirements, by the metadata of the packages that are installed here."""

from __future__ import annotations

import functools
import importlib.metadata
import re
import typing as t
from dataclasses import dataclass

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from reviewed import ROOT

#: The first and a late patch release of each Python, since a lock may tell them apart.
PYTHONS = [f"3.{minor}.{patch}" for minor in (11, 12, 13, 14) for patch in (0, 9)]
PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "linux-arm": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
}
Environment = dict[str, str]
#: What a package of this name and version requires; None where that isn't known here.
Requires = t.Callable[[NormalizedName, Version], "list[Requirement] | None"]


@dataclass(frozen=True)
class Locked:
    """One line of a lock."""

    name: NormalizedName
    version: Version
    marker: Marker | None
    hashes: tuple[str, ...]

    def on(self, environment: Environment) -> bool:
        return self.marker is None or self.marker.evaluate(t.cast("dict[str, t.Any]", environment))


def read(text: str) -> list[Locked]:
    """The lines of a lock; a line that doesn't pin one version is a ValueError."""
    found = []
    for entry in text.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.startswith("#"):
            continue
        requirement = Requirement(entry.partition("--hash")[0].strip())
        versions = [part.version for part in requirement.specifier if part.operator == "=="]
        if len(versions) != 1 or len(requirement.specifier) != 1 or requirement.extras:
            raise ValueError(f"{entry.strip()} doesn't pin one version")
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry))
        found.append(Locked(canonicalize_name(requirement.name), Version(versions[0]), requirement.marker, hashes))
    return found


def lock(name: str) -> list[Locked]:
    return read((ROOT / f"requirements-{name}.txt").read_text(encoding="utf-8"))


def asked(name: str) -> list[Requirement]:
    """The requirements that a lock was generated from, including those of other files."""
    found = []
    for line in (ROOT / f"requirements-{name}.in").read_text(encoding="utf-8").splitlines():
        included = re.fullmatch(r"-r requirements-(\w+)\.in", line)
        if included:
            found += asked(included[1])
        elif line.strip() and not line.startswith("#"):
            found.append(Requirement(line))
    return found


def environment(python: str, platform: str) -> Environment:
    """The environment for markers on CPython of this version."""
    version = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "implementation_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
    }
    return {**t.cast(Environment, default_environment()), **version, **PLATFORMS[platform]}


@functools.cache
def installed(name: NormalizedName, version: Version) -> list[Requirement] | None:
    """The requirements of a package installed here; None if it isn't installed, or in another version."""
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    if Version(found.version) != version:
        return None
    return [Requirement(line) for line in found.requires or []]


@dataclass
class Closure:
    """The packages that a lock installs in one environment.

    ``gaps`` are requirements that it doesn't meet, each with who has it; ``reached`` the names that are required, by
    those who asked or by a package; ``unread`` the lines whose packages' requirements aren't known here.
    """

    gaps: list[str]
    reached: set[NormalizedName]
    unread: list[Locked]


def close(locked: list[Locked], wanted: list[Requirement], environment: Environment, requires: Requires) -> Closure:
    """Follow the requirements through the lock, including extras."""
    lines: dict[NormalizedName, list[Locked]] = {}
    for line in locked:
        if line.on(environment):
            lines.setdefault(line.name, []).append(line)
    gaps = [f"{name} is pinned {len(found)} times" for name, found in lines.items() if len(found) != 1]
    here = {name: found[0] for name, found in lines.items()}
    reached: set[NormalizedName] = set()
    # every line is followed, so that one that nothing asks for can't hide a gap: pip check sees those too
    waiting = [("the lock", Requirement(name)) for name in here] + [("the .in file", item) for item in wanted]
    done: set[tuple[NormalizedName, str]] = set()
    while waiting:
        who, requirement = waiting.pop()
        if requirement.marker is not None and not applies(requirement.marker, environment, ""):
            continue
        name = canonicalize_name(requirement.name)
        if who != "the lock":
            reached.add(name)
        if name not in here:
            gaps.append(f"{who} requires {requirement}, which isn't in the lock")
            continue
        line = here[name]
        if not requirement.specifier.contains(line.version, prereleases=True):
            gaps.append(f"{who} requires {requirement}, the lock has {line.version}")
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in done:
                continue
            done.add((name, extra))
            for inner in requires(name, line.version) or []:
                without = inner.marker is None or applies(inner.marker, environment, "")
                # what an extra adds; what is required without it is followed once, by the name alone
                if (without and not extra) or (extra and not without and applies(inner.marker, environment, extra)):
                    plain = Requirement(str(inner))
                    plain.marker = None
                    waiting.append((f"{name}[{extra}]" if extra else name, plain))
    unread = [line for line in here.values() if requires(line.name, line.version) is None]
    return Closure(sorted(set(gaps)), reached, unread)


def applies(marker: Marker | None, environment: Environment, extra: str) -> bool:
    return marker is None or marker.evaluate({**environment, "extra": extra})
