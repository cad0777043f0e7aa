# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses a handed-in key pair that would go to more than one vendor or host. PRIVATE to this collection.

Tried on a second host, the private half of one client would reach the server of another. Each host comes to the same
decision from the same data, so none sends a request before another refuses.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ..module_utils._client.errors import INSTANCE

PUBLIC, PRIVATE = HALVES = ("onboard_public_key", "onboard_private_key")
_SHOWN = 5
_Values = t.Mapping[str, t.Any]


class SharedPair(AnsibleActionFail):  # type: ignore[misc]
    """The pair would reach more than one, or is incomplete; the message doesn't contain it."""

    scope = INSTANCE
    transient = False


def check(
    host: str,
    values: _Values,
    extra: t.Collection[str],
    vendors: t.Sequence[str],
    task_vars: _Values,
    from_inventory: bool,
) -> None:
    """Raise SharedPair if the pair of this host would reach other hosts or vendors, or isn't complete.

    ``values`` has the halves on this host (None: not given), ``extra`` the halves that are extra variables. With
    ``from_inventory``, those of the inventory and the play count too. ``vendors`` are those of this host.
    """
    given = [name for name in HALVES if not _blank(values[name])]
    if not given or not (from_inventory or set(given) & set(extra)):
        return
    for name in set(HALVES) - set(given):
        raise SharedPair(
            f"{name} is missing: only half a key pair was handed in ({given[0]}). No request was sent."
            " Give both halves, or neither, and run again."
        )
    hosts = _hosts(host, values, extra, task_vars)
    if len(hosts) > 1:
        raise SharedPair(_refusal(f"reach {len(hosts)} hosts", hosts, "instance", f"-e target={host}"))
    if len(vendors) > 1:
        command = f"the playbook onboard with -e target={host} -e vendor={vendors[0]}"
        raise SharedPair(_refusal(f"go to {len(vendors)} vendors", vendors, "vendor", command))


def _refusal(where: str, names: t.Sequence[str], owner: str, command: str) -> str:
    shown = [*names[:_SHOWN], *(["…"] if len(names) > _SHOWN else [])]
    return (
        f"The handed-in key pair ({PUBLIC}, {PRIVATE}) would {where} ({', '.join(shown)}), but it belongs"
        f" to one {owner}. No request was sent. Run it for only that one, such as: {command}"
    )


def _hosts(host: str, values: _Values, extra: t.Collection[str], task_vars: _Values) -> list[str]:
    """The hosts of the play that either half would reach."""
    matched = [str(each) for each in task_vars.get("ansible_play_hosts_all") or [host]]
    hostvars = task_vars.get("hostvars") or {}
    # what the inventory doesn't have for the host is the play's or the role's, so all hosts have it
    if set(extra) & set(HALVES) or any(_known(hostvars, host, name) != values[name] for name in HALVES):
        return matched
    return [each for each in matched if each == host or _reaches(hostvars, each, values)]


def _reaches(hostvars: _Values, other: str, values: _Values) -> bool:
    """Whether another host has one of the halves; True if its variables can't be read."""
    try:
        return any(_known(hostvars, other, name) == values[name] for name in HALVES)
    except Exception:
        return True


def _known(hostvars: _Values, host: str, name: str) -> t.Any:
    found = hostvars[host].get(name) if host in hostvars else None
    return None if _blank(found) else found


def _blank(value: t.Any) -> bool:
    return value is None or str(value).strip() == ""
