# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HashiCorp Vault and OpenBao: permissions, versions, races and outages, against a real OpenBao server."""

from __future__ import annotations

import base64
from datetime import datetime, timezone

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops import credentials
from ansible_collections.msp.connectwise.plugins.plugin_utils import _hashi_vault_store as hashi_vault_store

PAIR = KeyPair("public", "private-key-1")
DOCUMENTED = """
path "secret/data/connectwise/*" { capabilities = ["create", "read", "update"] }
path "secret/destroy/connectwise/*" { capabilities = ["update"] }
path "secret/metadata/connectwise/*" { capabilities = ["read"] }
"""


@pytest.fixture
def backend(make_backend):
    return make_backend("hashi_vault")


@pytest.fixture
def with_policy(backend, openbao, vault_api):
    """Lets the backend's runs have a token with a policy instead of the root's."""

    def use(policy, **options):
        assert vault_api("PUT", "sys/policies/acl/test", policy=policy).status == 204
        token = vault_api("POST", "auth/token/create", policies=["test"], **options).json["auth"]["client_token"]
        backend.variables = openbao.variables(token=token)
        return token

    return use


def store(backend, **options):
    return DocumentStore(backend.place(**options), "host", "acme", "Rewst")


def data(backend):
    return f"secret/data/{backend.options['path']}"


def test_the_documented_policy_is_enough(backend, with_policy):
    with_policy(DOCUMENTED)
    mine = store(backend)
    mine.check_writable()
    mine.prepare()
    mine.write_recovery_note([1])
    mine.keep(PAIR)
    mine.clear_recovery_note()
    assert store(backend).load() == PAIR
    assert "archive/rewst-x" in store(backend).at.archive("x", True)
    store(backend).at.archive("x", False)
    assert store(backend).load() is None


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ('path "cubbyhole/*" { capabilities = ["read"] }', "use sys/internal/ui/mounts/secret: permission denied"),
        ('path "secret/data/connectwise/*" { capabilities = ["read"] }', "lacks create, update on secret/data/"),
        ('path "secret/data/connectwise/+/rewst" { capabilities = ["create", "read", "update"] }', "rewst.recovery"),
    ],
)
def test_a_token_that_may_not_write_is_told_before_anything_is_made(backend, with_policy, vault_api, policy, text):
    with_policy(policy)
    with pytest.raises(StoreError, match=text):
        store(backend).check_writable()
    assert vault_api("GET", data(backend)).status == 404


def test_a_token_that_is_none_is_told(backend, openbao):
    backend.variables = openbao.variables(token="s.nobody")
    with pytest.raises(StoreError, match="permission denied") as caught:
        store(backend).check_writable()
    assert "s.nobody" not in str(caught.value)


def test_a_login_with_a_role_works_as_it_is_configured_in_the_inventory(backend, openbao, vault_api):
    vault_api("POST", "sys/auth/approle", type="approle")
    vault_api("PUT", "sys/policies/acl/approle", policy=DOCUMENTED)
    assert vault_api("POST", "auth/approle/role/automation", token_policies="approle").status == 204
    role = vault_api("GET", "auth/approle/role/automation/role-id").json["data"]["role_id"]
    secret = vault_api("POST", "auth/approle/role/automation/secret-id").json["data"]["secret_id"]
    backend.variables = {
        "ansible_hashi_vault_url": openbao.address,
        "ansible_hashi_vault_auth_method": "approle",
        "ansible_hashi_vault_role_id": role,
        "ansible_hashi_vault_secret_id": secret,
    }
    mine = store(backend)
    mine.prepare()
    mine.keep(PAIR)
    assert store(backend).load() == PAIR


def test_another_engine_is_refused(backend, vault_api):
    vault_api("POST", "sys/mounts/kv1", type="kv", options={"version": "1"})
    for mount, text in (("kv1", "isn't a KV version 2"), ("nowhere", "nowhere"), ("sys", "isn't a KV version 2")):
        with pytest.raises(StoreError, match=text):
            store(backend, mount=mount).check_writable()


def test_of_two_runs_that_write_the_slower_is_refused_by_the_server(backend, vault_api):
    first, second = store(backend), store(backend)
    first.load()
    second.load()
    first.keep(PAIR)
    with pytest.raises(StoreError, match="Another run has just written"):
        second.keep(KeyPair("other", "private-key-2"))
    assert vault_api("GET", data(backend)).json["data"]["data"]["public_key"] == "public"


def test_a_removed_pair_is_in_no_version_any_more(backend, vault_api):
    mine = store(backend)
    for number in range(3):
        mine.keep(KeyPair("public", f"private-key-{number}"))
    mine.at.remove()
    for version in (1, 2, 3):
        answer = vault_api("GET", f"{data(backend)}?version={version}")
        assert answer.json["data"]["metadata"]["destroyed"] and answer.json["data"]["data"] is None
    assert vault_api("GET", data(backend)).json["data"]["data"] == {}


@pytest.mark.parametrize("state", ["absent", "archived"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_pair_that_cannot_be_destroyed_is_left_as_it_is(backend, with_policy, vault_api, state, check_mode):
    store(backend).keep(PAIR)
    with_policy(DOCUMENTED.replace('["update"]', '["read"]'))
    params = {"member": "Rewst", "company": "acme", "state": state}
    with pytest.raises(StoreError, match=r"lacks update on secret/destroy/.* Nothing was changed"):
        credentials.converge(store(backend).at, params, check_mode, datetime.now(timezone.utc))
    assert store(backend).load() == PAIR


def test_a_secret_that_a_person_deleted_is_written_anew(backend, vault_api):
    store(backend).keep(PAIR)
    assert vault_api("DELETE", data(backend)).status == 204
    again = store(backend)
    assert again.load() is None
    again.keep(KeyPair("new", "private-key-2"))
    assert store(backend).load() == KeyPair("new", "private-key-2")


def test_without_the_right_to_see_the_versions_a_deleted_secret_is_not_overwritten(backend, vault_api, with_policy):
    store(backend).keep(PAIR)
    vault_api("DELETE", data(backend))
    with_policy('path "secret/data/connectwise/*" { capabilities = ["create", "read", "update"] }')
    again = store(backend)
    assert again.load() is None
    with pytest.raises(StoreError, match="Another run has just written"):
        again.keep(PAIR)


def test_a_secret_of_another_shape_is_told_and_left_alone(backend, vault_api):
    vault_api("POST", data(backend), data={"password": "hush-hush"})
    with pytest.raises(StoreError, match="must contain site") as caught:
        store(backend).load()
    assert "hush" not in str(caught.value)


def test_a_sealed_vault_is_told(backend, openbao, vault_api):
    assert vault_api("PUT", "sys/seal").status == 204
    try:
        with pytest.raises(StoreError, match="sealed"):
            store(backend).check_writable()
        with pytest.raises(StoreError, match="sealed"):
            store(backend).load()
    finally:
        assert vault_api("PUT", "sys/unseal", key=openbao.unseal_key).status == 200
    store(backend).check_writable()


def test_a_vault_that_cannot_be_reached_is_told(backend, openbao):
    backend.variables = openbao.variables(url="http://127.0.0.1:9", retries=0)
    with pytest.raises(StoreError, match="The vault can't be used for"):
        store(backend).load()


def test_no_error_tells_the_private_key(backend, vault_api, with_policy):
    with_policy('path "secret/data/connectwise/*" { capabilities = ["read"] }')
    with pytest.raises(StoreError) as caught:
        store(backend).keep(PAIR)
    for form in (PAIR.private_key, base64.b64encode(PAIR.private_key.encode()).decode()):
        assert form not in str(caught.value) and form not in repr(caught.value.__context__)


@pytest.mark.parametrize("how", ["collection", "library"])
def test_what_is_missing_is_told_with_what_to_install(backend, monkeypatch, how):
    place = backend.place()
    if how == "collection":
        monkeypatch.setattr(hashi_vault_store.lookup_loader, "get", lambda *_args, **_options: None)
    else:
        monkeypatch.setitem(__import__("sys").modules, "hvac", None)
    with pytest.raises(StoreError, match=r"install community.hashi_vault && pip install hvac"):
        place.check_writable()
