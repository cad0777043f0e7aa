# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first onboarding of Rewst, in this process: the operations of the collection, with a vault file for the pair."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.msp.connectwise.plugins.module_utils._client.client import Client
from ansible_collections.msp.connectwise.plugins.module_utils._client.connection import Connection
from ansible_collections.msp.connectwise.plugins.module_utils._client.scrub import Scrubber
from ansible_collections.msp.connectwise.plugins.module_utils._client.site import parse_site
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_key,
    api_member,
    instance_info,
    run,
    security_role,
)
from ansible_collections.msp.connectwise.plugins.module_utils._ops.context import Context, Params, Result
from ansible_collections.msp.connectwise.plugins.plugin_utils._vault_store import Vault, VaultStore
from simulator.server import Handle

ROOT = Path(__file__).resolve().parents[2]
MATRIX: dict[str, Any] = yaml.safe_load((ROOT / "roles/rewst/vars/main.yml").read_text())["rewst_matrix"]
PERMISSIONS = [
    {name: row[name] for name in ("module", "function", "add", "edit", "delete", "inquire") if name in row}
    for row in MATRIX["permissions"]
]
ROLE, MEMBER, KEY = MATRIX["role_name"], MATRIX["member_identifier"], MATRIX["key_description"]
VAULT_PASSWORD = "correct horse battery staple"


@dataclass
class Outcome:
    """What one run came to: the result of each step that was reached."""

    results: dict[str, Result] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)

    @property
    def failure(self) -> str:
        """The message of the step that failed; empty where none did."""
        return next((str(result["msg"]) for result in self.results.values() if result.get("failed")), "")

    @property
    def error(self) -> str:
        """The kind of that failure."""
        failed = (result for result in self.results.values() if result.get("failed"))
        return next((str(result.get("error", {}).get("kind", "")) for result in failed), "")

    @property
    def state(self) -> str:
        """failed, handed over, or converged: all levels set, the pair kept and proven."""
        if self.failure:
            return "failed"
        if self.results["role"]["pending"] or self.results["key"]["pending"]:
            return "handed over"
        return "converged"

    @property
    def changed(self) -> bool:
        return any(result["changed"] for result in self.results.values())

    @property
    def requests(self) -> int:
        """What was sent, repetitions included."""
        return sum(sum(result.get("requests", {}).values()) for result in self.results.values())

    @property
    def repeated(self) -> int:
        return sum(result.get("requests", {}).get("retried", 0) for result in self.results.values())

    @property
    def printed(self) -> str:
        """All that a user could get to see of it."""
        return "\n".join([json.dumps(self.results, ensure_ascii=False), repr(self.results), *self.trace])


class Onboarding:
    """Runs against one instance, with a folder of its own for the pair. ``options`` go to every step."""

    def __init__(self, instance: Handle, folder: Path, **options: Any) -> None:
        self.instance = instance
        self.folder = folder
        self.file = folder / "credentials" / "rewst.yml"
        self.options = {"timeout": 30, **instance.connection, **options}
        self.secrets = [("default", VaultSecret(VAULT_PASSWORD.encode()))]

    def run(self, check_mode: bool = False) -> Outcome:
        """One run, ended by the first step that fails, as a play is."""
        outcome = Outcome()
        for name, operation, options in self._steps():
            outcome.results[name] = self._execute(operation, options, check_mode, outcome.trace)
            if outcome.failure:
                break
        return outcome

    def _steps(self) -> list[tuple[str, ModuleType, dict[str, Any]]]:
        """The steps of the role onboard, with its options."""
        member = {"identifier": MEMBER, "name": MATRIX["member_name"], "security_role": ROLE}
        shared = {"permissions": PERMISSIONS, "on_unwritable": "report"}
        return [
            ("instance", instance_info, {"gather": ["rights"]}),
            ("role", security_role, {"name": ROLE, "members": [MEMBER], **shared}),
            ("member", api_member, {**member, "structure_level": MATRIX["structure_level"]}),
            ("key", api_key, {"member": MEMBER, "description": KEY, "credentials_file": str(self.file), **shared}),
        ]

    def _execute(self, operation: ModuleType, options: dict[str, Any], check_mode: bool, trace: list[str]) -> Result:
        checked = ArgumentSpecValidator(operation.argument_spec()).validate({**self.options, **options})
        assert not checked.error_messages, checked.error_messages

        def perform(params: Params, context: Context) -> Result:
            if operation is not api_key:
                result: Result = operation.run(params, context)
                return result
            return api_key.run_with(params, context, api_key.rest_keys(params, context), self._store(), None)

        def client(connection: Connection, scrubber: Scrubber) -> Client:
            return Client(connection, scrubber, trace.append)

        return run.execute(perform, checked.validated_parameters, check_mode, diff_mode=True, make_client=client)

    def _store(self) -> VaultStore:
        site, company = parse_site(self.options["site"]).kept_as, self.options["company"]
        return VaultStore(str(self.file), Vault(self.secrets), site, company, MEMBER)

    def stored(self) -> dict[str, str] | None:
        """The pair that is kept, decrypted; None where there is none."""
        if not self.file.exists():
            return None
        document = yaml.safe_load(VaultLib(self.secrets).decrypt(self.file.read_bytes()))
        pair: dict[str, str] = document["cw_credentials"]
        return pair
