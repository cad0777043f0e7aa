# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option store: what each kind accepts and requires."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client.errors import InputError
from ansible_collections.msp.connectwise.plugins.module_utils._ops.credentials_store import TYPES, chosen_store


@pytest.mark.parametrize(
    ("store", "filled"),
    [
        ({"type": "vault_file", "path": "x"}, {"type": "vault_file", "path": "x", "vault_id": "prod"}),
        ({"type": "vault_file", "path": "x", "vault_id": "a"}, {"type": "vault_file", "path": "x", "vault_id": "a"}),
        ({"type": "plain_file", "path": "x"}, {"type": "plain_file", "path": "x"}),
        (
            {"type": "hashi_vault", "path": "x"},
            {"type": "hashi_vault", "path": "x", "mount": "secret", "lease": 60.0},
        ),
        (
            {"type": "awx_credential", "name": "x", "organization": "Default", "lease": 5.0},
            {
                "type": "awx_credential",
                "name": "x",
                "organization": "Default",
                "credential_type": "ConnectWise PSA API key",
                "lease": 5.0,
            },
        ),
    ],
)
def test_what_is_not_given_is_filled_in(store, filled):
    assert chosen_store({"store": store, "vault_id": "prod"}, "path") == filled


@pytest.mark.parametrize(
    ("params", "parts"),
    [
        ({"store": {"type": "vault_file"}}, ["store of type vault_file requires path"]),
        ({"store": {"type": "vault_file", "path": "x", "mount": "y"}}, ["takes no mount"]),
        ({"store": {"type": "plain_file", "path": "x", "vault_id": "y"}}, ["takes no vault_id"]),
        ({"store": {"type": "hashi_vault", "name": "x"}}, ["requires path", "takes no name"]),
        ({"store": {"type": "awx_credential", "path": "x"}}, ["requires name", "requires organization", "no path"]),
        ({"store": {"type": "vault_file", "path": "x"}, "path": "y"}, ["path is the short form of store"]),
    ],
)
def test_what_does_not_fit_is_told_together(params, parts):
    with pytest.raises(InputError) as caught:
        chosen_store(params, "path")
    assert len(caught.value.problems) == len(parts)
    assert all(part in str(caught.value) for part in parts)


def test_the_short_form_is_a_vault_file():
    assert chosen_store({"path": "x", "vault_id": "a"}, "path") == {"type": "vault_file", "path": "x", "vault_id": "a"}
    assert TYPES[0] == "vault_file"
