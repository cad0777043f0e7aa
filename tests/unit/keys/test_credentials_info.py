# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_credentials_info: what a credentials file holds, and whether a pair can be stored there."""

from __future__ import annotations

import json

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops import credentials_info
from ansible_collections.msp.connectwise.plugins.plugin_utils._vault_store import CredentialsFile, Vault

SECRETS = (("default", VaultSecret(b"password")),)


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "new" / "pair.yml")


def describe(place, secrets=SECRETS):
    return credentials_info.describe(CredentialsFile(place, Vault(secrets)))


def test_a_place_without_a_file_is_ready_and_nothing_is_made(place, tmp_path):
    nothing = {"changed": False, "exists": False, "ready": True, "msg": "", "stored_in": place, "credentials": None}
    assert describe(place) == nothing
    assert list(tmp_path.iterdir()) == []


def test_a_kept_pair_is_described_without_its_private_half(place):
    pair = KeyPair("public", "private-key-1")
    store = DocumentStore(CredentialsFile(place, Vault(SECRETS)), "host", "acme", "Rewst")
    store.prepare()
    store.keep(pair)
    result = describe(place)
    assert result["exists"] and result["ready"]
    assert result["credentials"] == {
        "site": "host",
        "company": "acme",
        "member": "Rewst",
        "public_key": "public",
        "fingerprint": pair.fingerprint,
        "made": None,
        "age_days": None,
        "retire_after": None,
        "previous": [],
    }
    assert "private-key-1" not in json.dumps(result)


@pytest.mark.parametrize("secrets", [[], [("default", VaultSecret(b"wrong"))]])
def test_a_file_that_cannot_be_opened_is_a_problem_and_no_failure(place, secrets):
    store = DocumentStore(CredentialsFile(place, Vault(SECRETS)), "host", "acme", "Rewst")
    store.prepare()
    store.keep(KeyPair("public", "private"))
    result = describe(place, secrets)
    assert (result["exists"], result["ready"], result["credentials"]) == (True, False, None) and result["msg"]
