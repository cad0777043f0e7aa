# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys a run with a limit replaces: the oldest of all hosts. PRIVATE.

The ages are those in the stores, read on the controller before the first request to an instance.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ansible.template import Templar

from ..module_utils._client.errors import CwError
from ..module_utils._keys.document import from_document, utc_now
from ..module_utils._keys.pair import KeyPair
from . import _vendors
from ._hosts import Host
from ._settings import read_settings
from ._stores import make_place
from ._variables import Variables

_BEGINNING = datetime.min.replace(tzinfo=timezone.utc)
_END = datetime.max.replace(tzinfo=timezone.utc)


class _Action:
    """The parts of an action plugin that a store needs, with the variables of another host."""

    def __init__(self, loader: t.Any, variables: Variables) -> None:
        self._loader = loader
        self._templar = Templar(loader=loader, variables=dict(variables.raw))


@dataclass(frozen=True)
class Due:
    """A pair that the run would replace. ``made`` is None for an unknown age; ``is_kept``: whether one is stored."""

    host: str
    vendor: str
    made: datetime | None
    is_kept: bool
    product: str

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Unknown ages first, then the oldest; missing pairs last."""
        when = _END if not self.is_kept else self.made or _BEGINNING
        return when, self.host, self.vendor

    def __str__(self) -> str:
        age = "of unknown age" if self.is_kept else "not created yet"
        age = f"created on {self.made:%Y-%m-%d}" if self.made else age
        return f"{self.host}: {self.product}: its key is due ({age}), and is left for a later run"


def due_on(host: Host, variables: Variables, loader: t.Any) -> list[Due]:
    """The keys that are due on a host. Skips stores that can't be read: the run itself reports them.

    Raises NotAsked if the host's settings can't be read.
    """
    settings = read_settings(variables)
    found = []
    for own in _vendors.integrations(host.vendors, variables).integrations:
        with contextlib.suppress(CwError):
            pair = _stored(settings.chosen_store(host.name, own.vendor), loader, variables)
            if pair is None or _is_due(pair, host.max_age or 0):
                made = pair.made if pair and not pair.is_of_the_future(utc_now()) else None
                found.append(Due(host.name, own.vendor, made, pair is not None, own.product))
    return found


def left_over(due: t.Sequence[Due], at_most: int) -> list[Due]:
    """Those that a run which replaces ``at_most`` keys leaves for a later one."""
    return sorted(due, key=lambda each: each.order)[at_most:]


def _stored(store: t.Mapping[str, t.Any], loader: t.Any, variables: Variables) -> KeyPair | None:
    action: t.Any = _Action(loader, variables)
    with contextlib.closing(make_place(store, action, dict(variables.raw))) as place:
        document = place.document()
        return from_document(document) if document else None


def _is_due(pair: KeyPair, max_age: float) -> bool:
    age = pair.age(utc_now())
    return not pair.previous and (age is None or age >= timedelta(days=max_age))
