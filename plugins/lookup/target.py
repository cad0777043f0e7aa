# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup target; see its documentation."""

from __future__ import annotations

DOCUMENTATION = r"""
name: target
short_description: Return the host pattern of a play, and fail if it matches no host
version_added: 1.0.0
author: msp.connectwise contributors (@msp-connectwise)
description:
  - Returns a host pattern for C(hosts) of a play, after checking that the pattern, together with C(--limit), matches a
    host of the inventory. Without this lookup, Ansible skips a play that matches no host and exits with status 0, so a
    scheduled run with a misspelt host or an inventory that can't be read does nothing and looks fine.
  - Every plain name in the pattern must be a host or a group of the inventory, even in an exclusion such as
    C(connectwise:!acme), which would exclude nothing if misspelt.
  - Nothing is checked with C(--syntax-check), C(--list-tasks) and C(--list-tags), which need no inventory.
options:
  _terms:
    description:
      - A host pattern, or a list of them.
      - Null, an empty string, an empty list and a single comma mean O(default).
    required: true
    type: raw
  default:
    description: The pattern to use if none is given.
    type: str
    default: connectwise
"""

EXAMPLES = r"""
- name: Onboard Rewst
  hosts: "{{ lookup('msp.connectwise.target', target | default(none)) }}"
  gather_facts: false
  tasks:
    - name: Onboard Rewst on this instance
      ansible.builtin.import_role:
        name: msp.connectwise.rewst
"""

RETURN = r"""
_raw:
  description: The pattern, as one text.
  type: list
  elements: str
  sample: [connectwise]
"""

import re
import typing as t

from ansible import constants, context
from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.plugins.lookup import LookupBase

from ..module_utils._domain.names import near_names
from ..module_utils._domain.shown import shown
from ..module_utils._domain.wording import counted
from ..plugin_utils._asked import from_json

# enough to recognise one's inventory, and little enough for one message
_SHOWN = 10
_EVERY_INVENTORY_HAS = ("all", "ungrouped")

Groups = t.Mapping[str, t.Sequence[str]]


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: t.Sequence[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return self._checked(terms, variables or {})
        except AnsibleLookupError as exc:  # names of hosts and groups may contain anything
            raise AnsibleLookupError(shown(exc.message)) from None

    def _checked(self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any]) -> list[str]:
        given = _pattern(terms)
        pattern = given or self.get_option("default")
        if not any(context.CLIARGS.get(listing) for listing in ("syntax", "listtasks", "listtags")):
            self._check(pattern, bool(given), variables.get("groups") or {})
        return [pattern]

    def _check(self, pattern: str, given: bool, groups: Groups) -> None:
        """Raises AnsibleLookupError if pattern and limit leave no host, or if a name in the pattern is unknown."""
        limit = context.CLIARGS.get("subset")
        inventory = self._inventory(groups)
        hosts = set(inventory.hosts)
        asked = f"target {pattern!r}" if given else f"the default target {pattern!r}"
        unknown = [name for name in _plain_names(pattern) if name not in {*groups, *hosts, *constants.LOCALHOST}]
        matched = [str(host) for host in inventory.list_hosts(pattern)]
        inventory.subset(limit)
        if matched and not unknown and inventory.list_hosts(pattern):
            return
        if not hosts and not matched:
            raise AnsibleLookupError(
                f"There is no host to work on for {asked}, because no inventory was read. Give one with -i, such as"
                " -i my/inventory.yml. If you did, the warnings above say why it can't be used."
            )
        if unknown or not matched:
            what = f"No host or group of the inventory is named {_listed(unknown)}" if unknown else "No host matches"
            how = "" if given else " Say where to work with -e target=..."
            near = _near(unknown, {*groups, *hosts})
            raise AnsibleLookupError(f"{what} ({asked}).{near} {_there(groups, hosts)}{how}")
        raise AnsibleLookupError(
            f"No host matches both {asked} and --limit {limit!r}. The target alone matches {_listed(matched)}."
            f" {_there(groups, hosts)}"
        )

    def _inventory(self, groups: Groups) -> t.Any:
        """Ansible's own inventory of these groups, because only Ansible knows all rules of its patterns."""
        made = InventoryManager(self._loader, sources=None, parse=False)
        for group, hosts in groups.items():
            made.add_group(group)
            for host in hosts:
                made.add_host(host, group)
        return made


def _pattern(terms: t.Sequence[t.Any]) -> str:
    """The pattern of the terms as one string, empty if there is none. Raises AnsibleLookupError."""
    terms = [from_json(term) for term in terms]
    if len(terms) == 1 and isinstance(terms[0], str):
        return terms[0].strip() if split_host_pattern(terms[0]) else ""
    # Ansible takes colons as separators only in a text without commas, so they can't stay in one that is joined
    parts: list[str] = []
    for term in terms:
        items = term if isinstance(term, (list, tuple)) else [term]
        if any(isinstance(item, (bool, dict, list, tuple)) for item in items):
            raise AnsibleLookupError(f"target must be a host pattern or a list of host patterns, not {term!r}.")
        for item in items:
            parts += [] if item is None else split_host_pattern(str(item))
    return ",".join(parts)


def _plain_names(pattern: str) -> list[str]:
    """The names of hosts and groups in a pattern, without wildcards and regular expressions."""
    parts = [re.sub(r"(?<=.)\[-?\d*:?-?\d*\]\Z", "", part.lstrip("&!")) for part in split_host_pattern(pattern)]
    return [part for part in parts if part and not part.startswith("~") and not re.search(r"[?*\[]", part)]


def _near(unknown: t.Iterable[str], names: t.Collection[str]) -> str:
    near = near_names(unknown, names, 0.7)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _there(groups: t.Iterable[str], hosts: t.Collection[str]) -> str:
    own = sorted(set(groups) - {*_EVERY_INVENTORY_HAS})
    return f"The inventory has {_counted(sorted(hosts), 'host')} and {_counted(own, 'group')}."


def _counted(names: t.Sequence[str], what: str) -> str:
    return counted(len(names), what) + (f" ({_listed(names)})" if names else "")


def _listed(names: t.Sequence[str]) -> str:
    """The names, or the first of them and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
