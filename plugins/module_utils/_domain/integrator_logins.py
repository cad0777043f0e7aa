# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A legacy integrator login: a user name and a password that no security role limits. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class IntegratorLogin:
    """``apis`` are the names of the APIs that it may use; ``all_apis``: it may use all. ``member`` is who it acts as.

    ``all_records``: it sees all records, not only those that it created.
    """

    username: str
    active: bool
    all_apis: bool = False
    all_records: bool = False
    apis: tuple[str, ...] = ()
    member: str = ""

    @property
    def sentence(self) -> str:
        apis = "all APIs" if self.all_apis else f"the APIs {', '.join(self.apis)}" if self.apis else "no API"
        records = "all records" if self.all_records else "the records that it created"
        who = f", as member {self.member}" if self.member else ""
        return f"Legacy integrator login {self.username} is active. It may use {apis} on {records}{who}."

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "username": self.username,
            "active": self.active,
            "all_apis": self.all_apis,
            "all_records": self.all_records,
            "apis": list(self.apis),
            "member": self.member or None,
        }
