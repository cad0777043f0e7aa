# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every vendor's list on one instance of each edition: the simulator's role grants exactly what the data says."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.vault import VaultSecret
from ansible_collections.msp.connectwise.plugins.module_utils._domain.levels import VERBS
from ansible_collections.msp.connectwise.plugins.module_utils._domain.vendor import integration_of
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops import integration, run
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._vault_store import CredentialsFile, Vault


def onboard(instance, folder, wanted):
    """Run cw_integration for one integration, with a vault file for its pair."""
    given = {
        "member": wanted.member_identifier,
        "name": wanted.member_name,
        "security_role": wanted.role_name,
        "permissions": wanted.permissions,
        "manage_role": wanted.manage_role,
        "structure_level": wanted.structure_level,
        "key_description": wanted.key_description,
        "customize": wanted.customize,
        "product": wanted.product,
        "credentials_file": str(folder / f"{wanted.vendor}.yml"),
        "on_unwritable": "report",
    }
    checked = ArgumentSpecValidator(integration.argument_spec()).validate(
        {**instance.connection, "timeout": 5, **{option: value for option, value in given.items() if value is not None}}
    )
    assert not checked.error_messages, checked.error_messages

    def perform(params, context):
        place = CredentialsFile(given["credentials_file"], Vault([("default", VaultSecret(b"secret"))]))
        try:
            company = context.client.connection.company
            return integration.run(params, context, DocumentStore(place, "site", company, wanted.vendor), None)
        finally:
            place.close()

    return run.execute(perform, checked.validated_parameters, False, False)


def granted(instance, role):
    return {
        (module, function, verb): level.lower()
        for (module, function), levels in instance.levels(role).items()
        for verb, level in levels.items()
        if level not in (None, "None")
    }


@pytest.mark.parametrize("edition", ["extended", "published"])
def test_every_vendor_onboards_on_an_instance_that_has_all_others(edition, make_instance, tmp_path):
    instance = make_instance(edition=edition)
    wrong = []
    for vendor in _vendors.names():
        matrix = _vendors.matrix(vendor)
        listed = [profile["name"] for profile in matrix.get("profiles", ()) if "role" not in profile]
        wanted = integration_of(vendor, matrix, {"profile": listed[0]} if listed else {})
        outcome = onboard(instance, tmp_path, wanted)["outcome"]
        rights = {
            (row["module"], row["function"], verb): row[verb]
            for row in matrix["permissions"]
            for verb in VERBS
            if row.get(verb, "none") != "none"
        }
        lists = [f"{each['module']} / {each['function']}" for each in wanted.customize]
        if outcome["unconfirmed"] != lists:
            wrong.append(f"{vendor}: lists {outcome['unconfirmed']}")
        if instance.member(wanted.member_identifier)["name"] != matrix["member_name"]:
            wrong.append(f"{vendor}: member")
        if edition == "extended":
            proven = outcome["state"].startswith("converged") and outcome["proof"]["matrix"] == "exact"
            if not proven or granted(instance, wanted.role_name) != rights:
                wrong.append(f"{vendor}: {outcome['state']}, {outcome['proof']}")
        elif outcome["state"] != "handed over" or outcome["levels_pending"] != len(rights):
            wrong.append(f"{vendor}: {outcome['state']}, {outcome['levels_pending']} of {len(rights)} left")
    assert wrong == []
    assert {path.stem for path in tmp_path.glob("*.yml")} >= set(_vendors.names() if edition == "extended" else ())
