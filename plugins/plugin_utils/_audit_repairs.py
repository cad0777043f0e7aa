# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repair of an audit finding: what to type or do. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from ..module_utils._domain.audit_findings import BRING, CONFIRM, REPLACE
from ..module_utils._domain.names import same_name
from ..module_utils._domain.shown import yaml_scalar
from . import _command


class Repairs:
    """The repairs of one host.

    ``kept`` maps the vendors with a stored pair for this host to the members of these pairs: this collection created
    those integrations. ``wanted`` are the vendors that the inventory names for the host (None: it names none).
    ``offered`` are the vendors that can be onboarded.
    """

    def __init__(
        self,
        arguments: t.Sequence[str],
        host: str,
        on_awx: bool,
        kept: t.Mapping[str, str],
        wanted: t.Collection[str] | None,
        offered: t.Collection[str],
    ) -> None:
        self._arguments, self._host, self._on_awx = arguments, host, on_awx
        self._kept, self._wanted, self._offered = kept, wanted, offered

    def __call__(self, how: str, vendor: str, member: str) -> str:
        if how == CONFIRM:
            return f"If that is right, add to audit_map of {self._host}: {yaml_scalar(member)}: {vendor}"
        if vendor not in self._offered:
            return ""
        of = {"target": self._host, "vendor": vendor}
        if how == REPLACE:
            if self._wanted is not None and vendor not in self._wanted:
                return self._run("offboard", vendor, of)
            return self._run("onboard", vendor, {"onboard_restore": "true", **of})
        if how == BRING and same_name(self._kept.get(vendor), member):
            return self._run("onboard", vendor, of)
        return self._run("adopt", vendor, {**of, "adopt_member": member})

    def _run(self, name: str, vendor: str, extra: t.Mapping[str, str]) -> str:
        if self._on_awx:
            said = ", ".join(f"{each} {value}" for each, value in extra.items())
            return f"Launch the job template ConnectWise {name} with {said}"
        return _command.playbook(self._arguments, name, vendor, extra)
