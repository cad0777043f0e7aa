# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of one instance: roles with their settings, members, keys and lookup tables."""

from __future__ import annotations

import contextlib
import copy
import datetime
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .catalogue import VERBS, Function
from .habits import Habits

# Year -> its last release that is named anywhere in public; those of 2017 and 2023 are a guess.
RELEASES = {2017: 6, 2018: 6, 2019: 5, 2020: 4, 2021: 3, 2022: 2, 2023: 3, 2024: 3, 2025: 16, 2026: 4}
FIRST_VERSION = "3.0.0"  # what clients sent before versions were named after years


def now() -> str:
    """UTC, to the second, as ``_info.lastUpdated`` is written."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Setting:
    """One row of a role: the levels of one function.  A verb the function lacks has level None (null)."""

    id: int
    function: Function
    levels: dict[str, str | None]
    updated: str = field(default_factory=now)
    updated_by: str = "system"


@dataclass
class Customisation:
    """What a person chose behind "Customize" of a function: ``allow`` or ``disallow`` a list."""

    mode: str
    items: list[str]


@dataclass
class Role:
    """A security role and its rows."""

    id: int
    name: str
    settings: list[Setting]
    admin: bool = False
    inactive: bool = False
    role_type: str | None = None
    customised: dict[tuple[str, str], Customisation] = field(default_factory=dict)
    updated: str = field(default_factory=now)
    updated_by: str = "system"

    def setting(self, key: tuple[str, str]) -> Setting | None:
        """The row of a function by its canonical key."""
        return next((row for row in self.settings if row.function.key == key), None)


@dataclass
class Member:
    """An API member (license class A) or a person (F).  ``refs`` maps reference fields to ids."""

    id: int
    identifier: str
    name: str
    refs: dict[str, int | None]
    license_class: str = "A"
    email: str = ""
    notes: str = ""
    inactive: bool = False
    inactive_date: str | None = None
    excluded_boards: list[int] = field(default_factory=list)
    block_price: bool = False
    block_cost: bool = False
    updated: str = field(default_factory=now)
    updated_by: str = "system"


@dataclass
class ApiKey:
    """A key pair of a member.  The private half leaves the simulator once, when it is created."""

    id: int
    member_id: int
    description: str
    public: str
    private: str = field(repr=False)
    inactive: bool = False
    updated: str = field(default_factory=now)


@dataclass
class Store:
    """All records of an instance that requests can change."""

    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    keys: dict[int, ApiKey] = field(default_factory=dict)


@dataclass
class Clock:
    """The time of an instance, in seconds: real time unless it ``stands``; tests can advance it."""

    stands: bool = False
    moved: float = 0.0

    def now(self) -> float:
        """Seconds since an unknown moment."""
        return self.moved + (0.0 if self.stands else time.monotonic())

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self.moved += seconds


@dataclass
class Options(Habits):
    """How an instance behaves.  See ``seed.build`` for the data options."""

    edition: str = "published"
    codebase: str = "v2025_1/"
    alias: bool = True
    version: str = "v2025.1.10675"
    accept_versions: tuple[str, ...] = ()  # none: all published ones
    cloud: bool = False
    bad_login_status: int = 401
    my_security_member: bool = True
    nulls_as_none: bool = False
    empty_default: bool = False
    inactive_holds_role: bool = True
    latency: float = 0.0

    def accepts(self, version: str) -> bool:
        """Whether the API can be requested in a version."""
        if self.accept_versions:
            return version in self.accept_versions
        year, _dot, release = version.partition(".")
        if not (year.isdigit() and release.isdigit()):
            return version == FIRST_VERSION
        return 1 <= int(release) <= RELEASES.get(int(year), 0)

    @property
    def api_version(self) -> str:
        """The version that the server itself has."""
        return ".".join(self.version.removeprefix("v").split(".")[:2])


@dataclass
class Instance:
    """One company's server."""

    company: str
    client_id: str
    options: Options
    functions: list[Function]
    shown: dict[tuple[str, str], tuple[str, str]]
    lookups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    template: dict[str, int | None] = field(default_factory=dict)
    own_key: ApiKey | None = None
    private_halves: list[str] = field(default_factory=list)  # of the next keys that are made; then random ones
    store: Store = field(default_factory=Store)
    log: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock)
    counters: dict[str, Iterator[int]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    past: list[tuple[float, Store]] = field(default_factory=list)

    def next_id(self, kind: str) -> int:
        """The next free id of a kind of record; ids are never used twice."""
        starts = {"role": 71, "setting": 4001, "member": 512, "key": 9001, "person": 176}
        return next(self.counters.setdefault(kind, itertools.count(starts.get(kind, 1))))

    def visible(self) -> Store:
        """What reads and logins see: everything except recent writes (``visible_after``)."""
        self.past = [(until, store) for until, store in self.past if until > self.clock.now()]
        return self.past[0][1] if self.past else self.store

    @contextlib.contextmanager
    def carrying_out(self, method: str) -> Iterator[None]:
        """Around a request: a read finds what is visible, a write is remembered until it is."""
        kept, self.store = self.store, self.visible() if method == "GET" else self.store
        before = copy.deepcopy(kept) if method != "GET" and self.options.visible_after else None
        try:
            yield
        finally:
            if method == "GET":
                self.store = kept
        if before:
            self.past.append((self.clock.now() + self.options.visible_after, before))

    def display(self, function: Function) -> tuple[str, str]:
        """The (module, name) this instance shows for a function."""
        return self.shown.get(function.key, function.key)

    def find_function(self, module: str, name: str) -> Function | None:
        """A function by the names shown here, or by its canonical names; case does not matter."""
        wanted = module.casefold(), name.casefold()
        for function in self.functions:
            names = {tuple(part.casefold() for part in pair) for pair in (function.key, self.display(function))}
            if wanted in names:
                return function
        return None

    def find_role(self, name: str) -> Role | None:
        """A role by name; case does not matter (guess: the collation of the database)."""
        return next((r for r in self.store.roles.values() if r.name.casefold() == name.casefold()), None)

    def find_member(self, identifier: str) -> Member | None:
        """A member by identifier; case does not matter (guess)."""
        wanted = identifier.casefold()
        return next((m for m in self.store.members.values() if m.identifier.casefold() == wanted), None)

    def member_keys(self, member_id: int) -> list[ApiKey]:
        """The keys of a member, oldest first."""
        return [key for key in self.store.keys.values() if key.member_id == member_id]

    def lookup(self, table: str, record_id: object) -> dict[str, Any] | None:
        """A row of a lookup table by id."""
        return next((row for row in self.lookups[table] if row["id"] == record_id), None)

    def new_rows(self, level: str = "None") -> list[Setting]:
        """Rows for a new role: every function at ``level`` (None for a new role is reported)."""
        rows = []
        twins = [item for item in self.functions if " / ".join(item.key) in self.options.twins]
        for function in (*self.functions, *twins):
            levels = {verb: level if verb in function.verbs else None for verb in VERBS}
            rows.append(Setting(self.next_id("setting"), function, levels))
        return rows


def level_problem(function: Function, verb: str, level: object) -> str | None:
    """Why a level cannot be set, or nothing (that ``My`` needs myAllFlag is a guess)."""
    if verb not in function.verbs:
        return None if level in (None, "None") else f"The function has no {verb} level."
    if level not in ("None", "My", "All"):
        return f"The value {level!r} is not one of None, My, All."
    if level == "My" and not function.my:
        return "The function does not offer My."
    return None


def set_level(row: Setting, verb: str, level: object) -> None:
    """Store a level that ``level_problem`` has accepted."""
    if verb in row.function.verbs:
        row.levels[verb] = str(level)
