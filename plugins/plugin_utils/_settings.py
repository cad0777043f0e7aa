# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a run: where files and key pairs go, and how to handle manual steps. PRIVATE."""

from __future__ import annotations

import os
import typing as t
import unicodedata
from dataclasses import dataclass, field, replace

from ..module_utils._client.site import SiteError, parse_web_host
from ..module_utils._ops.credentials_store import FILES, chosen_store
from ._asked import words
from ._variables import NotAsked, Variables, is_blank

_MEMBER = (
    "security_location",
    "default_location",
    "default_department",
    "default_territory",
    "time_zone",
    "email",
)
_TYPED = (
    "output_dir",
    "credentials_dir",
    "vault_id",
    "stored_pair",
    "handover",
    "handover_timeout",
    "handover_interval",
    "copy_tasks",
    "fill_helper",
)


@dataclass(frozen=True)
class Settings:
    """The settings of one host. ``member`` has the options of new API members; ``confirmed``: whether the
    vendor's Customize lists are set; if None, ``confirmed_vendors`` counts. ``web_host``: host where people log in,
    empty for that of the site."""

    output_dir: str
    credentials_dir: str
    vault_id: str | None
    stored_pair: str
    handover: str
    handover_timeout: float
    handover_interval: float
    copy_tasks: str | None
    fill_helper: bool
    store: t.Mapping[str, t.Any]
    member: t.Mapping[str, t.Any]
    confirmed: bool | None
    confirmed_vendors: frozenset[str]
    public_key: str | None
    private_key: str | None = field(repr=False)
    web_host: str = ""

    def store_of(self, host: str, vendor: str) -> dict[str, t.Any]:
        """The option ``store`` for the pair of one vendor on one host."""
        kind = self.store.get("type") or "vault_file"
        if kind == "awx_credential":
            return {**self.store, "name": " ".join((self.store.get("name") or "ConnectWise", host, vendor))}
        if kind == "hashi_vault":
            return {**self.store, "path": "/".join((self.store.get("path") or "connectwise", host, vendor))}
        found = {**self.store, "type": kind, "path": f"{self._pair(host, vendor)}.yml"}
        if self.vault_id and kind == "vault_file":
            found.setdefault("vault_id", self.vault_id)
        return found

    def chosen_store(self, host: str, vendor: str) -> dict[str, t.Any]:
        """The same with all that a place needs. Raises InputError."""
        return chosen_store({"store": self.store_of(host, vendor)}, "path") or {}

    def moved_from(self, store: t.Mapping[str, t.Any], host: str, vendor: str) -> dict[str, t.Any]:
        """The option ``store`` for the pair of one vendor on one host, in another store than this one."""
        folder = store.get("path") if (store.get("type") or "vault_file") in FILES else None
        there = replace(self, store=store, credentials_dir=os.path.expanduser(folder or self.credentials_dir))
        return there.store_of(host, vendor)

    def inbox(self, host: str, vendor: str) -> str:
        """The file for a pair that a person created."""
        return f"{self._pair(host, vendor)}.handin.yml"

    def _pair(self, host: str, vendor: str) -> str:
        return os.path.join(self.credentials_dir, host, vendor)

    def confirms(self, vendor: str) -> bool:
        """Whether the vendor's Customize lists are confirmed as set."""
        return vendor in self.confirmed_vendors if self.confirmed is None else self.confirmed


def is_folder_name(name: str) -> bool:
    """Whether a name is safe as a folder's: it leads nowhere else and has no invisible characters."""
    odd = any(letter in "/\\" or unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in name)
    return not odd and name.strip() == name and name not in ("", ".", "..")


def read_settings(variables: Variables) -> Settings:
    """The settings of a host. Raises NotAsked with all problems."""
    problems: list[str] = []

    def read(name: str) -> t.Any:
        try:
            return variables.value(f"onboard_{name}")
        except NotAsked as exc:
            problems.append(str(exc))
            return None

    values = {name: read(name) for name in _TYPED}
    store = read("store") or {}
    member = {name: read(name) for name in _MEMBER}
    confirmed = None if is_blank(variables.get("onboard_confirmed")) else read("confirmed")
    keys = {name: read(name) for name in ("public_key", "private_key")}
    web_host = ""
    try:
        web_host = parse_web_host(variables.value("cw_web_site") or "") if variables.value("cw_web_site") else ""
    except (NotAsked, SiteError) as exc:
        problems.append(f"{str(exc).rstrip('.')}.")
    if values["copy_tasks"] and store.get("type") == "awx_credential":
        problems.append(
            "onboard_copy_tasks needs a store that returns private keys, and an AWX credential doesn't. Leave it"
            " out, or choose another store (onboard_store)."
        )
    if problems:
        raise NotAsked(" ".join(problems))
    if values["stored_pair"] is None:
        # a plain-text file can't be archived
        values["stored_pair"] = "kept" if store.get("type") == "plain_file" else "archived"
    return Settings(
        **values,
        store=store,
        member={name: value for name, value in member.items() if value is not None},
        confirmed=confirmed,
        confirmed_vendors=frozenset(words(variables.get("cw_confirmed"))),
        **keys,
        web_host=web_host,
    )
