# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs shared by several modules. PRIVATE to this collection.

The doc fragments of the same names (connection, permissions, handover) document them; a test keeps the two equal.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback

from .._client.connection import DEFAULT_API_VERSION, DEFAULT_SETTLE_TIMEOUT
from .._domain.levels import LEVELS, VERBS

Spec = t.Dict[str, t.Any]


def connection_spec() -> Spec:
    """The private key has no fallback here: connection_from_params reads the environment last."""
    return {
        "site": {"type": "str", "required": True, "fallback": (env_fallback, ["CW_SITE"])},
        "company": {"type": "str", "required": True, "fallback": (env_fallback, ["CW_COMPANY"])},
        "public_key": {
            "type": "str",
            "required": True,
            "no_log": False,
            "fallback": (env_fallback, ["CW_PUBLIC_KEY"]),
        },
        "private_key": {"type": "str", "no_log": True},
        "private_key_file": {"type": "path", "no_log": False},
        "client_id": {"type": "str", "required": True, "fallback": (env_fallback, ["CW_CLIENT_ID"])},
        "api_version": {
            "type": "str",
            "default": DEFAULT_API_VERSION,
            "fallback": (env_fallback, ["CW_API_VERSION"]),
        },
        "validate_certs": {"type": "bool", "default": True, "fallback": (env_fallback, ["CW_VALIDATE_CERTS"])},
        "ca_path": {"type": "path", "fallback": (env_fallback, ["CW_CA_PATH"])},
        "timeout": {"type": "float", "default": 30, "fallback": (env_fallback, ["CW_TIMEOUT"])},
        "retries": {"type": "int", "default": 4, "fallback": (env_fallback, ["CW_RETRIES"])},
        "settle_timeout": {
            "type": "float",
            "default": DEFAULT_SETTLE_TIMEOUT,
            "fallback": (env_fallback, ["CW_SETTLE_TIMEOUT"]),
        },
        "probe_undocumented": {
            "type": "bool",
            "default": True,
            "fallback": (env_fallback, ["CW_PROBE_UNDOCUMENTED"]),
        },
        "proxy": {"type": "str", "no_log": True, "fallback": (env_fallback, ["CW_PROXY"])},
        "own_member": {"type": "str", "fallback": (env_fallback, ["CW_OWN_MEMBER"])},
    }


CONNECTION = tuple(connection_spec())


def filled(spec: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> Spec:
    """All options of an operation: its defaults, the connection of ``params``, and the given ``options``."""
    defaults = {name: option.get("default") for name, option in spec.items()}
    return {**defaults, **{name: params[name] for name in CONNECTION}, **options}


def shape_problems(spec: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> list[str]:
    """Problems of options with suboptions whose value has the wrong type, on which ansible-core's validation crashes.

    (It reads suboptions before it checks the type. It first turns a number given for a list into a list of a string.)
    """
    problems = []
    for name, option in spec.items():
        value = options.get(name)
        many = option.get("type") == "list"
        if "options" not in option or value is None or (many and isinstance(value, (int, float))):
            continue
        rows = value if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(row, (dict, list, tuple, str)) for row in rows):
            problems.append(f"{name} takes a list of dictionaries" if many else f"{name} takes a dictionary")
    return problems


def permissions_spec() -> Spec:
    options: Spec = {"module": {"type": "str", "required": True}, "function": {"type": "str", "required": True}}
    options.update({verb: {"type": "str", "choices": list(LEVELS), "default": "none"} for verb in VERBS})
    options["optional"] = {"type": "bool", "default": False}
    options["id"] = {"type": "int"}
    return {
        "permissions": {"type": "list", "elements": "dict", "options": options},
        "unlisted": {"type": "str", "choices": ["none", "keep"], "default": "none"},
    }


def handover_spec() -> Spec:
    return {
        "on_unwritable": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
        "wait_timeout": {"type": "float", "default": 0},
        "wait_interval": {"type": "float", "default": 10},
    }
