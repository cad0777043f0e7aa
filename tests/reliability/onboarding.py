# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first onboarding of Rewst in this process: the operation of cw_integration, with a vault file for the pair."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.msp.connectwise.plugins.module_utils._client.client import Client
from ansible_collections.msp.connectwise.plugins.module_utils._client.connection import Connection
from ansible_collections.msp.connectwise.plugins.module_utils._client.scrub import Scrubber
from ansible_collections.msp.connectwise.plugins.module_utils._client.site import parse_site
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import PairInbox
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops import integration, run
from ansible_collections.msp.connectwise.plugins.module_utils._ops.context import Context, Params, Result
from ansible_collections.msp.connectwise.plugins.plugin_utils._vault_store import CredentialsFile, Vault
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
    """The outcome of one run."""

    result: Result = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)

    @property
    def failure(self) -> str:
        """The message of a failure; empty if there is none."""
        return str(self.result["msg"]) if self.result.get("failed") else ""

    @property
    def error(self) -> str:
        """The kind of that failure."""
        return str(self.result.get("error", {}).get("kind", ""))

    @property
    def state(self) -> str:
        """failed, handed over, or converged: all levels set, the pair stored and verified."""
        return "failed" if self.failure else str(self.result["outcome"]["state"])

    @property
    def changed(self) -> bool:
        return bool(self.result["changed"])

    @property
    def requests(self) -> int:
        """The number of requests sent, including repetitions."""
        return sum(self.result.get("requests", {}).values())

    @property
    def repeated(self) -> int:
        return int(self.result.get("requests", {}).get("retried", 0))

    @property
    def printed(self) -> str:
        """Everything that a user could see of it."""
        return "\n".join([json.dumps(self.result, ensure_ascii=False), repr(self.result), *self.trace])


class Onboarding:
    """Runs against one instance, with its own folder for the pair. ``options`` are further options of the task."""

    def __init__(self, instance: Handle, folder: Path, **options: Any) -> None:
        self.instance = instance
        self.folder = folder
        self.file = folder / "credentials" / "rewst.yml"
        self.options = {"timeout": 30, **instance.connection, **options}
        self.inbox: PairInbox | None = None
        self.secrets = [("default", VaultSecret(VAULT_PASSWORD.encode()))]

    def run(self, check_mode: bool = False) -> Outcome:
        """The task of the role onboard, with its options."""
        options = {
            **{"security_role": ROLE, "member": MEMBER, "name": MATRIX["member_name"], "key_description": KEY},
            **{"structure_level": MATRIX["structure_level"], "permissions": PERMISSIONS, "on_unwritable": "report"},
            "credentials_file": str(self.file),
        }
        checked = ArgumentSpecValidator(integration.argument_spec()).validate({**options, **self.options})
        assert not checked.error_messages, checked.error_messages
        outcome = Outcome()

        def client(connection: Connection, scrubber: Scrubber) -> Client:
            return Client(connection, scrubber, outcome.trace.append)

        outcome.result = run.execute(
            self._perform, checked.validated_parameters, check_mode, diff_mode=True, make_client=client
        )
        return outcome

    def _perform(self, params: Params, context: Context) -> Result:
        return integration.run(params, context, self._store(), self.inbox)

    def _store(self) -> DocumentStore:
        site, company = parse_site(self.options["site"]).kept_as, self.options["company"]
        return DocumentStore(CredentialsFile(str(self.file), Vault(self.secrets)), site, company, MEMBER)

    def stored(self) -> dict[str, str] | None:
        """The stored pair, decrypted; None if there is none."""
        if not self.file.exists():
            return None
        document = yaml.safe_load(VaultLib(self.secrets).decrypt(self.file.read_bytes()))
        pair: dict[str, str] = document["cw_credentials"]
        return pair
