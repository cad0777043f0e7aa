# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One trial: a fault at one request of a first onboarding, then a run without it, and the results of both."""

from __future__ import annotations

import base64
import contextlib
import gc
import itertools
import json
import logging
import re
import socket
import tempfile
import threading
import time
import types
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from unittest import mock

import simulator.app
from simulator import Simulator
from simulator.server import Handle

from .fault_kinds import MODES, ONCE, RETRY_AFTER, Kind, Point, on_the_way, play
from .onboarding import KEY, MEMBER, PERMISSIONS, ROLE, VAULT_PASSWORD, Onboarding, Outcome

_numbers = itertools.count(1)
_INFRASTRUCTURE = ("Traceback (most", "Internal error in msp.connectwise", " object at 0x", "<bound method")
_NEXT_STEP = re.compile(
    r"(?:^|[.;] |\((?=set cw_))(?:set|Run|Check|Try|Give|Wait|Look|Set|If|Make|Delete|Ask|The company)\b"
)
# what a request is, from its method and the form of its path
_LABELS = (
    ("GET", r"/system/mySecurity$", "read the key's own levels"),
    ("GET", r"/system/securityroles$", "list the roles"),
    ("GET", r"/system/securityroles/\d+/settings$", "read a role's levels"),
    ("POST", r"/system/securityroles$", "create the role"),
    ("PATCH", r"/settings/\d+$", "write the levels of a function"),
    ("GET", r"/system/apiMembers$", "list the API members"),
    ("GET", r"/system/members$", "list all members"),
    ("GET", r"/system/apiMembers/default$", "read the default member"),
    ("GET", r"/corporateStructureLevels$", "list the structure levels"),
    ("POST", r"/system/apiMembers$", "create the member"),
    ("GET", r"/system/apiMembers/\d+$", "read the member back"),
    ("PATCH", r"/system/apiMembers/\d+$", "write the member's notes"),
    ("GET", r"/apiKeys$", "list the member's keys"),
    ("POST", r"/apiKeys$", "create the key"),
)


@dataclass(frozen=True)
class Row:
    """The outcome of a trial. ``sent`` counts requests and repetitions; ``then`` is the next run's state."""

    kind: str
    mode: str
    number: int
    request: str
    result: str
    error: str
    sent: int
    then: str
    duplicates: int
    lost: int
    leaks: int
    faults: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Laboratory:
    """Two simulators (one with TLS), an address that must get no request, and time that passes at once."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self.waits: list[float] = []

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        self.plain, self.tls, self.other = enter(Simulator()), enter(Simulator(tls=True)), Simulator(tls=True)
        self._stack.callback(self.other.stop)
        self.trap = enter(socket.create_server(("127.0.0.1", 0)))
        self.trap.setblocking(False)
        self.folder = Path(enter(tempfile.TemporaryDirectory(prefix="reliability-")))
        self._gates: list[threading.Event] = []
        return self

    def __exit__(self, *_exc: object) -> None:
        self.open_gates()
        self._stack.close()

    @contextlib.contextmanager
    def instantly(self) -> Iterator[None]:
        """Inside of it nothing waits: ``waits`` lists the pauses, and held answers need ``open_gates``."""
        self.waits.clear()
        self._gates.append(threading.Event())
        held = types.SimpleNamespace(sleep=self._hold)
        with mock.patch.object(time, "sleep", self.waits.append), mock.patch.object(simulator.app, "time", held):
            yield

    def _hold(self, seconds: float) -> None:
        """Replaces the simulator's sleep: holds an answer until the gates open."""
        self._gates[-1].wait(seconds)

    def open_gates(self) -> None:
        for gate in self._gates:
            gate.set()

    @property
    def elsewhere(self) -> str:
        """The address that a redirect leads to, on another host (or port)."""
        return f"http://127.0.0.1:{self.trap.getsockname()[1]}/v4_6_release/apis/3.0/system/info"

    def was_called(self) -> bool:
        """Whether anything was sent to the address that must get no request."""
        with contextlib.suppress(BlockingIOError):
            self.trap.accept()[0].close()
            return True
        return False

    def onboarding(self, kind: Kind | None = None) -> Onboarding:
        """A new instance, and everything needed to onboard on it."""
        name = f"acme{next(_numbers)}"
        options: dict[str, Any] = {}
        where = self.plain
        if kind and kind.way == "tls":
            where = self.tls
            options["ca_path"] = where.ca_path
        if kind and kind.slow:
            options.update(timeout=1.0, retries=1)
        folder = self.folder / name
        folder.mkdir()
        return Onboarding(where.add_instance(name, edition="extended"), folder, **options)

    def points(self) -> list[Point]:
        """The requests of a first onboarding without faults."""
        onboarding = self.onboarding()
        with self.instantly():
            outcome = onboarding.run()
        assert outcome.state == "converged", outcome.failure
        seen: dict[tuple[str, str], int] = {}
        points = []
        for number, entry in enumerate(onboarding.instance.log):
            method, path = entry["method"], entry["path"]
            earlier = seen.get((method, path), 0)
            seen[method, path] = earlier + 1
            points.append(Point(number, method, path, earlier, label_of(method, path)))
        return points


def label_of(method: str, path: str) -> str:
    for verb, pattern, label in _LABELS:
        if verb == method and re.search(pattern, path, re.IGNORECASE):
            return label
    return f"{method} {path}"


def perform(laboratory: Laboratory, kind: Kind, mode: str, point: Point) -> Row:
    """Run with the fault, then without it. ``faults`` of the row lists everything that was wrong."""
    with laboratory.instantly():
        return _Trial(laboratory, kind, mode, point).row()


class _Trial:
    def __init__(self, laboratory: Laboratory, kind: Kind, mode: str, point: Point) -> None:
        assert mode in MODES, mode
        self.laboratory, self.kind, self.mode, self.point = laboratory, kind, mode, point
        self.onboarding = laboratory.onboarding(kind)
        self.instance = self.onboarding.instance
        self.others = _others(self.instance)
        self.faults: list[str] = []
        self.logged: list[str] = []

    def row(self) -> Row:
        first = self._run_with_fault()
        second = self._run_again()
        leaks = self._leaks(first, second)
        duplicates, lost = self._duplicates(), self._lost()
        self._expect(not leaks, f"leaked: {leaks}")
        self._expect(not duplicates, f"{duplicates} duplicates: {self._inventory()}")
        self._expect(not lost, f"{lost} keys whose private half nobody has: {self._inventory()}")
        return Row(
            self.kind.name, self.mode, self.point.number, self.point.label, first.state, first.error, first.requests,
            second.state, duplicates, lost, len(leaks), tuple(self.faults),
        )  # fmt: skip

    def _expect(self, good: object, fault: str) -> None:
        if not good:
            self.faults.append(fault)

    def _run_with_fault(self) -> Outcome:
        laboratory = self.laboratory
        if not self.kind.way:
            play(self.kind, self.mode, self.point, self.instance, laboratory.elsewhere)
        with (
            on_the_way(self.kind, self.mode, self.point, str(laboratory.other.ca_path)) as way,
            _logging(self.logged),
        ):
            outcome = self.onboarding.run()
        self._expect(way.played or any(entry["fault"] for entry in self.instance.log), "the fault wasn't played")
        self._judge(outcome)
        self.instance.clear_faults()
        laboratory.open_gates()
        self._settle()
        return outcome

    def _settle(self) -> None:
        """Wait until held requests are carried out."""
        for _turn in range(2000):
            if all(entry["status"] or entry["fault"] == "reset" for entry in self.instance.log):
                return
            threading.Event().wait(0.005)
        self.faults.append("a held request was never carried out")

    def _judge(self, outcome: Outcome) -> None:
        log = self.instance.log
        # success without a key pair: a person makes the key, and is told that one may exist
        without_pair = self.point.label == "create the key" and self.kind.name in ("null", "empty", "gateway")
        # ConnectWise's own error: no key was created
        refused = self.point.label == "create the key" and self.kind.name.startswith("500")
        # an undocumented route that fails before it has worked isn't offered to this run
        unoffered = self.point.label in ("list the member's keys", "write the levels of a function")
        is_theirs = without_pair or refused or unoffered
        allowed = ("converged", "failed", "handed over") if is_theirs else ("converged", "failed")
        self._expect(outcome.state in allowed, f"it is {outcome.state}")
        if outcome.state == "failed":
            self._judge_message(outcome)
        elif outcome.state == "handed over" and without_pair:
            self._expect("may have a key" in str(outcome.result["key"]["reason"]), "no word that a key may exist")
        elif outcome.state == "converged":
            self._expect(not self._unfinished(), f"claims to have converged: {self._unfinished()}")
        if self.kind.harmless or (self.mode == ONCE and self.kind.name == "busy"):
            self._expect(outcome.state == "converged", f"a harmless fault ended it: {outcome.failure}")
        self._expect(not self.laboratory.was_called(), "another host was called")
        self._expect(len(self._count("role")) <= 1 and len(self._count("member")) <= 1, "made twice")
        active = [key for key in self._keys() if key["active"]]
        self._expect(len(active) <= 1, f"{len(active)} active keys after the run with the fault")
        self._judge_posts(log)
        if self.kind.name == "busy":
            asked = self.laboratory.waits.count(RETRY_AFTER)
            self._expect(asked == outcome.repeated > 0, f"waited {asked} times for {outcome.repeated} repetitions")
        if not self.kind.way:
            self._expect(outcome.requests == len(log), f"counted {outcome.requests}, sent {len(log)}")

    def _judge_message(self, outcome: Outcome) -> None:
        message = outcome.failure
        for text in _INFRASTRUCTURE:
            self._expect(text not in outcome.printed, f"{text!r} in {outcome.printed}")
        company = str(self.onboarding.options["company"])
        self._expect(company in message, f"no instance in: {message}")
        names = ("/system/", repr(ROLE), repr(MEMBER), f"{MEMBER} on", str(self.onboarding.file))
        named = any(name in message for name in names)
        self._expect(named, f"no object in: {message}")
        self._expect(_NEXT_STEP.search(message), f"no next step in: {message}")
        self._expect(outcome.error, f"no kind of error with: {message}")

    def _judge_posts(self, log: list[dict[str, Any]]) -> None:
        """A POST is only repeated if the first wasn't processed, or its object no longer exists."""
        for path in {entry["path"] for entry in log if entry["method"] == "POST"}:
            sent = [entry for entry in log if entry["path"].lower() == path.lower()]
            posts = [number for number, entry in enumerate(sent) if entry["method"] == "POST"]
            for first, again in itertools.pairwise(posts):
                turned_away = sent[first]["fault"] and self.kind.known_unprocessed
                looked = any(e["method"] == "GET" and e["status"] == 200 for e in sent[first + 1 : again])
                self._expect(turned_away or looked, f"POST {path} was sent again without a look")

    def _run_again(self) -> Outcome:
        gc.collect()  # the process of the first run has ended, and with it its lock on the recovery file
        outcome = self.onboarding.run()
        self._expect(outcome.state == "converged", f"the next run is {outcome.state}: {outcome.failure}")
        self._expect(not self._unfinished(), f"after the next run: {self._unfinished()}")
        self._expect(_others(self.instance) == self.others, "something else on the instance changed")
        left = sorted(path.name for path in self.onboarding.file.parent.iterdir())
        name = self.onboarding.file.name
        self._expect(left == [name, f"{name}.record"], f"files left behind: {left}")
        return outcome

    def _unfinished(self) -> list[str]:
        """What is missing on the instance and in the vault file for a complete onboarding."""
        lacking = []
        if len(self._count("role")) != 1 or len(self._count("member")) != 1:
            lacking.append(f"not one role and one member: {self._inventory()}")
        elif granted(self.instance) != wanted():
            lacking.append("the role's levels aren't the matrix")
        member = self.instance.member(MEMBER)
        if not member or (member["securityRole"] or {}).get("name") != ROLE:
            lacking.append("the member hasn't the role")
        pair = self.onboarding.stored()
        private = {key.public: key.private for key in self.instance.instance.store.keys.values() if not key.inactive}
        if not pair or private.get(pair["public_key"]) != pair["private_key"]:
            lacking.append("the stored pair doesn't log in")
        return lacking

    def _count(self, what: str) -> list[str]:
        state = self.instance.state
        if what == "role":
            return [role["name"] for role in state["roles"] if role["name"].casefold() == ROLE.casefold()]
        return [one["identifier"] for one in state["members"] if one["identifier"].casefold() == MEMBER.casefold()]

    def _keys(self) -> list[dict[str, Any]]:
        """The keys with our description, and whether each is active and stored."""
        if not self.instance.member(MEMBER):
            return []
        pair = self.onboarding.stored() or {}
        return [
            {"active": not key["inactiveFlag"], "kept": key["publicKey"] == pair.get("public_key")}
            for key in self.instance.keys(MEMBER)
            if key["description"] == KEY
        ]

    def _duplicates(self) -> int:
        """Roles, members and active keys of ours beyond the first."""
        active = [key for key in self._keys() if key["active"]]
        return sum(max(0, len(found) - 1) for found in (self._count("role"), self._count("member"), active))

    def _lost(self) -> int:
        return sum(key["active"] and not key["kept"] for key in self._keys())

    def _inventory(self) -> str:
        return json.dumps([self._count("role"), self._count("member"), self._keys()])

    def _leaks(self, *outcomes: Outcome) -> list[str]:
        """The places that contain a secret and must not."""
        places = {"the results": "\n".join(outcome.printed for outcome in outcomes), "the log": "\n".join(self.logged)}
        for path in self.onboarding.folder.rglob("*"):
            if path.is_file():
                places[path.name] = path.read_bytes().decode("utf-8", "replace")
        company = str(self.onboarding.options["company"])
        forms = [VAULT_PASSWORD]
        for key in self.instance.instance.store.keys.values():
            logins = (f"{company}+{key.public}:{key.private}", f"{key.public}:{key.private}", key.private)
            forms += [key.private, *(base64.b64encode(login.encode()).decode().rstrip("=") for login in logins)]
        return [place for place, text in places.items() if any(form in text for form in forms)]


@contextlib.contextmanager
def _logging(lines: list[str]) -> Iterator[None]:
    """Everything that any library logs, as text, since a record would keep its exception's locals alive."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    root = logging.getLogger()
    level = root.level
    with mock.patch.object(root, "handlers", [Keep()]):
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.setLevel(level)


def wanted() -> dict[tuple[str, str, str], str]:
    """{(module, function, verb): level} of the cells that the matrix grants."""
    return {
        (row["module"], row["function"], verb): row[verb]
        for row in PERMISSIONS
        for verb in ("add", "edit", "delete", "inquire")
        if row.get(verb, "none") != "none"
    }


def granted(instance: Handle) -> dict[tuple[str, str, str], str]:
    """The same for the role on the instance."""
    return {
        (module, function, verb): level.lower()
        for (module, function), levels in instance.levels(ROLE).items()
        for verb, level in levels.items()
        if level not in (None, "None")
    }


def _others(instance: Handle) -> list[Any]:
    """Everything on an instance that the onboarding must not touch."""
    state = instance.state
    return [
        [role for role in state["roles"] if role["name"] != ROLE],
        [member for member in state["members"] if member["identifier"] != MEMBER],
    ]
