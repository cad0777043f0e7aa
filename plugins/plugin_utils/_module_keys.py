# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys through the module cw_api_key on another machine, such as a jump host. PRIVATE to this collection.

The pair is kept on the controller all the same: each step of the workflow is one run of the module.
"""

from __future__ import annotations

import json
import typing as t

from ..module_utils._client.errors import AnswerLost, CwError, KeyRefused, PairRefused
from ..module_utils._keys.pair import KeyInfo, KeyPair, KeyStatus, Proof
from ..module_utils._keys.ports import Keys

RunModule = t.Callable[[t.Dict[str, t.Any], bool], t.Dict[str, t.Any]]

# what concerns the controller or a single step, and is set anew for each
_OWN = (
    "credentials_file", "store", "vault_id", "pair_file", "pair_public_key", "pair_private_key",
    "return_private_key", "max_age", "keep_old_for", "force", "key_id", "state", "wait_timeout", "wait_interval",
    "on_unwritable",
)  # fmt: skip


def _key_info(key: dict[str, t.Any]) -> KeyInfo:
    return KeyInfo(key["id"], key["public_key"], key["description"], key["active"])


class ModuleFailed(CwError):
    """A module failed on the other machine; the text is its own message, ``kind`` the class of its error."""

    def __init__(self, result: t.Mapping[str, t.Any]) -> None:
        super().__init__(str(result.get("msg") or "The module failed without a word."))
        self.kind = kind_told(result) or type(self).__name__


def kind_told(result: t.Mapping[str, t.Any]) -> str:
    """The class of the error that a module's result tells of; empty where it tells of none."""
    return str((result.get("error") or {}).get("kind") or "")


def counted(answer: t.Mapping[str, t.Any], requests: dict[str, int]) -> dict[str, t.Any]:
    """A module's result as plain data, for its strings may be of a class of Ansible's own; its requests are added."""
    result = json.loads(json.dumps(answer, default=str))
    for name, count in (result.get("requests") or {}).items():
        requests[name] += count
    return t.cast("dict[str, t.Any]", result)


def expected(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result of a module that did well. Raises ModuleFailed."""
    if result.get("failed") or result.get("unreachable"):
        raise ModuleFailed(result)
    return result


class ModuleKeys(Keys):
    """``run_module`` takes the module's arguments and whether to run in check mode, and gives its result."""

    def __init__(self, args: t.Mapping[str, t.Any], run_module: RunModule) -> None:
        self._args = {name: value for name, value in args.items() if name not in _OWN}
        self._run_module = run_module
        self.learn: t.Callable[[KeyPair], None] = lambda pair: None  # told of a pair before anything is done with it
        self.requests = {"read": 0, "written": 0, "retried": 0}

    def login(self, pair: KeyPair) -> Proof:
        result = self._run({"pair_public_key": pair.public_key, "pair_private_key": pair.private_key})
        if kind_told(result) == PairRefused.__name__:
            return Proof(False, reason=str(result.get("msg")))
        proof = expected(result)["proof"]
        return Proof(True, proof["member"] or "", proof["matrix"], tuple(proof["missing"]), tuple(proof["excess"]))

    def status(self) -> KeyStatus:
        # the key of an id that can't exist: it retires nothing, and is answered for an inactive member too
        question = {"state": "absent", "key_id": 0, "description": "-", "on_unwritable": "report"}
        result = expected(self._run(question, check_mode=True))
        return KeyStatus(
            result["member_id"],
            result["key_route_offered"],
            tuple(_key_info(key) for key in result["member_keys"]),
            str(result.get("reason") or ""),
            result["member_active"],
        )

    def create(self, description: str) -> KeyPair:
        result = self._run({"description": description, "return_private_key": True, "force": True})
        if result.get("pending"):
            raise KeyRefused(str(result.get("reason") or result.get("msg")))
        if not result.get("private_key"):
            # the module may have made a key before it failed, or before the connection to it broke
            raise AnswerLost(
                str(self._args.get("company")), "POST", "cw_api_key", detail=str(result.get("msg") or "no answer")
            )
        pair = KeyPair(result["public_key"], result["private_key"], result["key_id"])
        self.learn(pair)
        return pair

    def retire(self, key_id: int) -> None:
        expected(self._run({"state": "absent", "key_id": key_id}))

    def _run(self, args: dict[str, t.Any], check_mode: bool = False) -> dict[str, t.Any]:
        return counted(self._run_module({**self._args, **args}, check_mode), self.requests)
