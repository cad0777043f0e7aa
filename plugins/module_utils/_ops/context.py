# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operation gets besides its parameters. PRIVATE to this collection."""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass, field

from .._client import errors
from .._client.client import Client
from .._client.deadline import Budget
from .._client.scrub import Scrubber
from .._domain.change import CellChange
from .._domain.names import record_key
from .._domain.shown import shown
from .identity import Identity

Params = t.Mapping[str, t.Any]
Result = t.Dict[str, t.Any]


def _silent(_line: str) -> None:
    return None


class Watched(t.NamedTuple):
    """What a run sees while it waits for manual steps: ``levels`` are all that differ now, including those that nobody
    asked to change; ``seconds`` is the time left to wait."""

    levels: t.Sequence[CellChange]
    seconds: float


def _unwatched(_seen: Watched) -> None:
    return None


class RoleRegistry:
    """The security roles that a run creates, by name: a member can be planned before its role exists."""

    def __init__(self) -> None:
        self._ids: dict[str, int | None] = {}

    def expect(self, name: str, role_id: int | None = None) -> None:
        """Note that this run creates the role; ``role_id`` once it exists."""
        self._ids[record_key(name)] = role_id

    def exists(self, name: str) -> None:
        """Note that the instance has the role, so this run doesn't create it."""
        del self._ids[record_key(name)]

    def is_pending(self, name: str) -> bool:
        return record_key(name) in self._ids

    def created_id(self, name: str) -> int | None:
        """The id of a role that this run creates; None until it exists."""
        return self._ids[record_key(name)]


@dataclass
class Context:
    """One run of one operation.

    ``warnings`` are shown to the user. ``secret_results`` are merged into the result after scrubbing: only for values
    that a playbook asked for by name. ``partial`` is what was done so far, to report with a failure. ``progress`` shows
    a line while the run waits for manual steps; ``watch`` gets what the run sees then. ``own_member`` is the
    automation's own member as the inventory names it (cw_own_member); ``identity`` is what is known of it. ``roles``
    are the security roles that this run creates. ``role_page`` is what ConnectWise's page of the role shows
    (``_domain/role_page.py``); it is in no result.
    """

    client: Client
    scrubber: Scrubber
    check_mode: bool = False
    progress: t.Callable[[str], None] = _silent
    watch: t.Callable[[Watched], None] = _unwatched
    warnings: list[str] = field(default_factory=list)
    secret_results: Result = field(default_factory=dict)
    partial: Result = field(default_factory=dict)
    own_member: str = ""
    role_page: Result = field(default_factory=dict)
    roles: RoleRegistry = field(default_factory=RoleRegistry)
    identity: Identity = field(init=False)

    def __post_init__(self) -> None:
        self.identity = Identity(self.client, self.own_member, self.warn)

    @property
    def instance(self) -> str:
        return self.client.connection.instance

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def wait_until(
    done: t.Callable[[], bool],
    timeout: float,
    interval: float,
    budget: Budget | None = None,
    tell: t.Callable[[float], None] | None = None,
) -> bool:
    """Wait for manual steps: ask ``done`` every ``interval`` seconds, for at most ``timeout`` seconds.

    Returns whether it became true. ``tell`` is called before each pause with the seconds left. A transient error
    doesn't end the wait. The time doesn't count against ``budget``.
    """
    with budget.paused() if budget else contextlib.nullcontext():
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if tell:
                tell(deadline - time.monotonic())
            time.sleep(max(0.05, min(interval, deadline - time.monotonic())))
            try:
                if done():
                    return True
            except errors.CwError as exc:
                if not exc.transient:
                    raise
        return False


def line_diff(title: str, lines: t.Sequence[tuple[str, t.Any, t.Any]]) -> dict[str, str]:
    """An Ansible diff with one line per change: (what, before, after)."""

    def text(index: int) -> str:
        return "".join(f"{shown(f'{line[0]}: {line[index]}')}\n" for line in lines)

    return {"before_header": title, "after_header": title, "before": text(1), "after": text(2)}
