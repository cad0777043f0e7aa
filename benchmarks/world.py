# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated instances in their own process, so that they share no interpreter with what is measured."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.connection import Connection
from typing import Any, Self

from simulator import Simulator
from simulator.server import Handle

SEED = 20260101
Hosts = dict[str, dict[str, Any]]


class World:
    """``instances`` simulated instances that add ``latency`` seconds to each answer.

    With ``members``, each instance has as many vendors' members, each with a role of its own that grants a dozen
    cells at random.
    """

    def __init__(self, instances: int, latency: float, members: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, instances, latency, members), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self.hosts: Hosts = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._ask("stop")
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()

    def mark(self) -> None:
        """Forget the requests so far, and count CPU seconds from now."""
        self._ask("mark")

    def requests(self) -> list[tuple[str, str, str]]:
        """(company, method, path) of all requests since the last mark."""
        found: list[tuple[str, str, str]] = self._ask("requests")
        return found

    def cpu(self) -> float:
        """CPU seconds that the simulator took since the last mark."""
        return float(self._ask("cpu"))

    def outcome(self) -> dict[str, Any]:
        """{company: what onboarding left there}: levels of the role, the member, its keys."""
        found: dict[str, Any] = self._ask("outcome")
        return found


def _serve(pipe: Connection, instances: int, latency: float, members: int) -> None:
    chance = random.Random(SEED)
    with Simulator() as simulator:
        handles = [
            simulator.add_instance(f"c{number}", edition="extended", latency=latency) for number in range(instances)
        ]
        for handle in handles:
            _add_members(handle, members, chance)
        pipe.send({handle.connection["company"]: _variables(handle) for handle in handles})
        since = time.process_time()
        while True:
            what = pipe.recv()
            if what == "mark":
                since = time.process_time()
                for handle in handles:
                    handle.clear_log()
            pipe.send(_answer(what, handles, since))
            if what == "stop":
                return


def _answer(what: str, handles: list[Handle], since: float) -> Any:
    if what == "cpu":
        return time.process_time() - since
    if what == "requests":
        return [(handle.instance.company, item["method"], item["path"]) for handle in handles for item in handle.log]
    if what == "outcome":
        return {handle.instance.company: _outcome(handle) for handle in handles}
    return None


def _variables(handle: Handle) -> dict[str, Any]:
    return {f"cw_{name}": value for name, value in handle.connection.items()}


def _add_members(handle: Handle, members: int, chance: random.Random) -> None:
    for number in range(members):
        functions = chance.sample(sorted(handle.levels("Admin")), 12)
        levels = {" / ".join(name): {"inquire": "All"} for name in functions}
        handle.add_role(f"Role {number}", levels=levels)
        handle.add_member(f"member{number}", f"Role {number}", name=f"Member {number}")


def _outcome(handle: Handle) -> dict[str, Any]:
    """Rewst's objects, without what differs from run to run: ids, dates and the keys themselves."""
    member = handle.member("Rewst")
    if member is None or handle.role("Rewst API") is None:
        return {}
    keys = [key["publicKey"] for key in member["keys"] if not key["inactiveFlag"]]
    shown = {name: value for name, value in member.items() if name not in ("id", "_info", "keys", "inactiveDate")}
    shown["securityRole"] = (member["securityRole"] or {}).get("name")
    descriptions = [key["description"] for key in member["keys"]]
    return {"levels": handle.levels("Rewst API"), "member": shown, "descriptions": descriptions, "keys": keys}
