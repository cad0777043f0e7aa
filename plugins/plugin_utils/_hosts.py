# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a run, checked before the first request: missing values and collisions. PRIVATE."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ..module_utils._client.login import login_problems, pair_problems, read_private_key
from ..module_utils._client.site import SiteError, parse_site
from ..module_utils._domain.names import lookalike
from ..module_utils._domain.vendor import misread
from ._settings import is_folder_name, read_settings
from ._variables import NotAsked, Variables, is_blank


@dataclass
class Host:
    """What a run does on one host, and the problems that prevent it.

    ``refused`` has {vendor: why not} for vendors that are refused singly. ``login`` identifies instance and company.
    ``max_age`` and ``keep_old_for`` are days; with ``keep_end``, the latter is a default and doesn't apply to keys that
    were replaced earlier. ``at_once``: no former key may work. ``vendor_dir`` is the folder of the user's own lists.
    ``moves`` are pairs to move: vendor, member, and the options ``store`` and ``to`` of cw_credentials.
    """

    name: str
    vendor_dir: str = ""
    vendors: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    login: str = ""
    site: str = ""
    company: str = ""
    folder: str = ""
    max_age: float | None = None
    keep_old_for: float | None = None
    keep_end: bool = False
    at_once: bool = False
    adopt_member: str | None = None
    moves: list[dict[str, t.Any]] = field(default_factory=list)

    @property
    def problem(self) -> str:
        return "; ".join(self.problems)

    def as_result(self) -> dict[str, t.Any]:
        rotation = ("max_age", "keep_old_for", "keep_end", "at_once")
        shown = ("vendors", "vendor_dir", "problem", "site", "company", *rotation, "adopt_member", "moves")
        return {name: getattr(self, name) for name in shown}


def host_problems(variables: Variables, host: Host) -> None:
    """Record problems of the host's own variables. A mistake in one vendor's options stops only that vendor."""
    if not is_folder_name(host.name):
        host.problems.append("its name can't be a folder name, and its key pairs and worksheets need one")
    needed = ("site", "company", "public_key", "client_id")
    login = {name: _login(variables, name, host) for name in needed}
    login["private_key"] = _login(variables, "private_key")
    if not login["private_key"]:
        file = _login(variables, "private_key_file")
        if not file:
            _login(variables, "private_key", host, ", and there is no cw_private_key_file")
        elif not os.path.exists(os.path.expanduser(file)):
            host.problems.append(f"the file {file} of cw_private_key_file is missing")
        else:
            login["private_key"], problem = read_private_key(file)
            host.problems += [f"cw_{problem}"] if problem else []
    odd = login_problems(login)
    host.problems += odd
    pair = [_text(variables, f"onboard_{half}_key") for half in ("public", "private")]
    host.problems += pair_problems(pair[0], pair[1], "onboard_")
    try:
        host.folder = read_settings(variables).credentials_dir
    except NotAsked as exc:
        host.problems.append(str(exc))
    host.site, host.company = login["site"], login["company"]
    try:
        address = parse_site(host.site).host.removeprefix("api-") if host.site else ""
    except SiteError as exc:
        address = host.site.strip().lower()
        host.problems += [str(exc)] if not odd else []
    if address or host.company:
        host.login = f"{address} company {host.company.strip().lower()}"


def yet_to_come(task_vars: t.Mapping[str, t.Any], done: t.Mapping[str, t.Any]) -> set[str]:
    """The hosts that a later batch of the play has (``serial``); ``done`` has the results of the others."""
    batch = {str(host) for host in task_vars["ansible_play_batch"]}
    return {host for host in map(str, task_vars["ansible_play_hosts"]) if host not in batch and not done.get(host)}


def left_out(task_vars: t.Mapping[str, t.Any], hosts: t.Collection[str], known: t.Iterable[str] = ()) -> list[str]:
    """The hosts of the inventory's group connectwise that a run over ``hosts`` left out, and those of ``known``.

    Without such a group, all hosts of the inventory count.
    """
    groups = task_vars.get("groups") or {}
    everyone = {str(host) for host in groups.get("all", ())}
    meant = {str(host) for host in groups.get("connectwise", everyone)} | everyone.intersection(known)
    return sorted(meant.difference(hosts))


def _text(variables: Variables, name: str) -> str:
    """The text; empty if there is none, or if it can't be read, which read_settings reports."""
    try:
        value = variables.get(name)
    except NotAsked:
        return ""
    return "" if is_blank(value) else str(value).strip()


def _login(variables: Variables, name: str, host: Host | None = None, more: str = "") -> str:
    """A part of the connection, from the inventory or the environment. Records in ``host`` if it is missing."""
    try:
        value, why = variables.get(f"cw_{name}"), ""
    except NotAsked as exc:
        value, why = None, f" ({exc})"
    wrong = misread(f"cw_{name}", value)
    if wrong:
        problems = host.problems if host else []
        problems.append(wrong)
        return ""
    found = str(os.environ.get(f"CW_{name.upper()}", "") if is_blank(value) else value)
    if host and not found:
        host.problems.append(f"cw_{name} is missing or empty{more}{why}")
    return found


def collided(hosts: t.Sequence[Host]) -> None:
    """Record on each host what collides with others: the same instance, or a name with the same files."""
    for key_of, say in (
        (lambda host: host.login, "it is the same instance as {others}: {key}"),
        (lambda host: f"{host.folder}/{lookalike(host.name)}", "its files would mix with those of {others}: rename it"),
    ):
        sharing: dict[str, list[Host]] = {}
        for host in hosts:
            sharing.setdefault(key_of(host), []).append(host)
        for key, group in sharing.items():
            for host in group if key and len(group) > 1 else ():
                others = " and ".join(other.name for other in group if other is not host)
                host.problems.append(say.format(others=others, key=key))
