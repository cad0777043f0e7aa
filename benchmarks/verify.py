# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that all contenders did the same work. If not, the benchmark fails, since their times mean nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from contenders import NAMES, PASSWORD, Place
from world import World

Outcome = dict[str, Any]
Reads = dict[str, set[str]]


def outcome(world: World, place: Place) -> Outcome:
    """The current state of the instances. The stored pair must be the only active key of the member."""
    found: Outcome = {}
    for company, state in world.outcome().items():
        if not state:
            sys.exit(f"{company} has no role and member of Rewst after the run.")
        kept = _pair(Path(place.credentials) / company / "rewst.yml")
        if state.pop("keys") != [kept["public_key"]] or not kept["private_key"]:
            sys.exit(f"The pair kept for {company} isn't the only active key of its member.")
        found[company] = state
    return found


def _pair(path: Path) -> dict[str, str]:
    text = VaultLib([("default", VaultSecret(PASSWORD.encode()))]).decrypt(path.read_bytes())
    pair: dict[str, str] = yaml.safe_load(text)["cw_credentials"]
    return pair


def same(outcomes: dict[str, Outcome]) -> None:
    """Check that all contenders left all instances in the same state."""
    (first, wanted), *others = outcomes.items()
    for name, found in others:
        for company, state in wanted.items():
            different = [part for part in state if found[company][part] != state[part]]
            for part in different:
                print(f"{part}: {_apart(found[company][part], state[part])}", file=sys.stderr)
            if different:
                sys.exit(f"{NAMES[name]} left {company} otherwise than {NAMES[first]}.")


def _apart(one: Any, other: Any) -> str:
    """The difference of two parts; for mappings, the entries that differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        return "; ".join(f"{name}: {one.get(name)} and {other.get(name)}" for name in names)
    return f"{one} and {other}"


def reads(world: World) -> Reads:
    """{company: paths read} since the last mark. A write is an error, since an audit only reads."""
    found: Reads = {}
    for company, method, path in world.requests():
        if method != "GET":
            sys.exit(f"An audit sent {method} {path} to {company}.")
        found.setdefault(company, set()).add(path.casefold())
    return found


def same_reads(read: dict[str, Reads]) -> None:
    """Check that all contenders read the settings of the same roles."""
    (first, wanted), *others = read.items()
    for name, found in others:
        for company, paths in wanted.items():
            settings = {path for path in paths if path.endswith("/settings")}
            missing = settings.symmetric_difference(path for path in found[company] if path.endswith("/settings"))
            if missing:
                sys.exit(f"{NAMES[name]} and {NAMES[first]} haven't read the same of {company}: {sorted(missing)}")
