# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option for where a pair is stored. PRIVATE to this collection.

The doc fragment of the same name documents it; a test keeps the two equal.
"""

from __future__ import annotations

import typing as t

from .._client.errors import InputError

FILES = ("vault_file", "plain_file")
TYPES = (*FILES, "hashi_vault", "awx_credential")
_NEEDS = {
    "vault_file": ("path",),
    "plain_file": ("path",),
    "hashi_vault": ("path", "mount"),
    "awx_credential": ("name", "organization", "credential_type"),
}
_OF_ITS_OWN = {"vault_file": ("vault_id",), "hashi_vault": ("lease",), "awx_credential": ("lease",)}
DEFAULTS: dict[str, t.Any] = {"mount": "secret", "credential_type": "ConnectWise PSA API key", "lease": 60.0}


def store_spec() -> dict[str, t.Any]:
    return {
        "store": {
            "type": "dict",
            "options": {
                "type": {"type": "str", "choices": list(TYPES), "default": "vault_file"},
                "path": {"type": "str"},
                "vault_id": {"type": "str"},
                "mount": {"type": "str"},
                "name": {"type": "str"},
                "organization": {"type": "str"},
                "credential_type": {"type": "str"},
                "lease": {"type": "float"},
            },
        }
    }


def chosen_store(params: t.Mapping[str, t.Any], short: str) -> dict[str, t.Any] | None:
    """The options of the chosen store, set by ``store`` or by the option named ``short``, its short form.

    None if no store was chosen. Raises InputError.
    """
    store = params.get("store")
    if store is None:
        path = params.get(short)
        return {"type": "vault_file", "path": path, "vault_id": params.get("vault_id")} if path else None
    problems = [f"{short} is the short form of store: set only one of them"] if params.get(short) else []
    kind = store["type"]
    given = {**{name: value for name, value in store.items() if value is not None}, "type": kind}
    filled = {**{name: value for name, value in DEFAULTS.items() if name in _takes(kind)}, **given}
    if kind == "vault_file" and params.get("vault_id"):
        filled.setdefault("vault_id", params["vault_id"])
    problems += [f"store of type {kind} requires {name}" for name in _NEEDS[kind] if not filled.get(name)]
    problems += [f"store of type {kind} takes no {name}" for name in given if name not in _takes(kind)]
    if problems:
        raise InputError(problems)
    return {"vault_id": None, **filled} if kind == "vault_file" else filled


def _takes(kind: str) -> tuple[str, ...]:
    return ("type", *_NEEDS[kind], *_OF_ITS_OWN.get(kind, ()))
