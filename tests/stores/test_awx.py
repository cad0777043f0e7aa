# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWX credential as a store: its requests, against a simulated AWX and with the real client of awx.awx."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.plugin_utils import _awx_store as awx_store

PAIR = KeyPair("public", "private-key-1")


@pytest.fixture
def backend(make_backend):
    return make_backend("awx_credential")


def store(backend, **options):
    return DocumentStore(backend.place(**options), "host", "acme", "Rewst")


def credential(awx, backend):
    return awx.credentials[backend.options["name"]]


def test_the_private_key_is_sent_once_and_only_as_the_secret(backend, awx):
    mine = store(backend)
    mine.prepare()
    mine.write_recovery_note([1])
    mine.keep(PAIR)
    mine.clear_recovery_note()
    sent = [each for each in awx.log if PAIR.private_key in json.dumps([each.path, each.query, each.body])]
    assert len(sent) == 1 and sent[0].body["inputs"]["private_key"] == PAIR.private_key
    kept = credential(awx, backend)
    assert kept["inputs"]["private_key"] == PAIR.private_key and PAIR.private_key not in kept["description"]
    assert kept["description"].startswith("Written by msp.connectwise")


def test_what_is_changed_later_leaves_the_secret_and_a_persons_fields_alone(backend, awx):
    mine = store(backend)
    mine.keep(PAIR)
    credential(awx, backend)["inputs"]["key_description"] = "Rewst API"
    again = store(backend)
    loaded = again.load()
    again.write_recovery_note(None)
    again.keep(loaded)
    again.clear_recovery_note()
    assert credential(awx, backend)["inputs"]["private_key"] == PAIR.private_key
    again.keep(KeyPair("new", "private-key-2"))
    inputs = credential(awx, backend)["inputs"]
    assert (inputs["key_description"], inputs["public_key"], inputs["private_key"]) == (
        "Rewst API",
        "new",
        "private-key-2",
    )


def test_a_pair_without_its_private_half_replaces_no_other(backend, awx):
    store(backend).keep(PAIR)
    with pytest.raises(StoreError, match="without its private key"):
        store(backend).keep(KeyPair("new", ""))
    assert credential(awx, backend)["inputs"]["public_key"] == "public"


def test_check_mode_writes_nothing(backend, awx):
    store(backend).check_writable()
    store(backend).load()
    assert awx.writes == []


def test_a_description_that_a_person_wrote_is_no_reason_to_fail(backend, awx):
    store(backend).keep(PAIR)
    for text in ("Rewst's key {see the wiki}", "", "[1]", "{"):
        credential(awx, backend)["description"] = text
        loaded = store(backend).load()
        assert loaded.public_key == "public" and loaded.made is None and loaded.previous == ()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (["site", "company", "public_key"], "has no field member, private_key"),
        (["site", "company", "member", "public_key", "private_key"], "doesn't say that its field private_key is sec"),
    ],
)
def test_a_credential_type_that_does_not_fit_is_refused(backend, awx, fields, text):
    inputs = {"fields": [{"id": name, "label": name, "type": "string"} for name in fields]}
    awx.add("credential_types", name="Other", kind="cloud", inputs=inputs)
    with pytest.raises(StoreError, match=text):
        store(backend, credential_type="Other").check_writable()


@pytest.mark.parametrize("option", ["credential_type", "organization"])
def test_what_awx_does_not_have_is_told(backend, option):
    with pytest.raises(StoreError, match=r"AWX has no .* 'Nobody'"):
        store(backend, **{option: "Nobody"}).check_writable()


def test_a_user_who_may_not_write_is_told_before_anything_is_made(backend, awx, monkeypatch):
    request = awx_store.Controller.request

    def limited(self, method, endpoint, data=None):
        if method == "OPTIONS":
            return {"actions": {"GET": {}}}
        answer = request(self, method, endpoint, data)
        for each in answer.get("results", []):
            each.setdefault("summary_fields", {})["user_capabilities"] = {"edit": False}
        return answer

    monkeypatch.setattr(awx_store.Controller, "request", limited)
    for _round in range(2):
        with pytest.raises(StoreError, match="doesn't allow this user to write"):
            store(backend).check_writable()
        store(backend).keep(PAIR)


def test_a_token_that_is_none_is_told_and_not_shown(backend, monkeypatch):
    monkeypatch.setenv("CONTROLLER_OAUTH_TOKEN", "nobody-s-token")
    with pytest.raises(StoreError, match="Invalid authentication credentials") as caught:
        store(backend).check_writable()
    assert "nobody-s-token" not in str(caught.value)


def test_a_login_by_name_and_password_is_ended(backend, awx, monkeypatch):
    monkeypatch.delenv("CONTROLLER_OAUTH_TOKEN")
    monkeypatch.setenv("CONTROLLER_USERNAME", awx.username)
    monkeypatch.setenv("CONTROLLER_PASSWORD", awx.password)
    mine = store(backend)
    mine.check_writable()
    mine.at.close()
    assert [each.method for each in awx.log if "/tokens/" in each.path] == ["POST", "DELETE"]


def test_an_awx_that_cannot_be_reached_is_told(backend, monkeypatch):
    monkeypatch.setenv("CONTROLLER_HOST", "http://127.0.0.1:9")
    with pytest.raises(StoreError, match="AWX can't be used"):
        store(backend).load()


def test_what_awx_refuses_is_told_without_the_private_key(backend, awx):
    store(backend).keep(PAIR)
    credential(awx, backend)["inputs"]["field_of_an_older_type"] = "x"
    with pytest.raises(StoreError, match="AWX answered 400 to PATCH") as caught:
        store(backend).keep(KeyPair("new", "private-key-2"))
    assert "private-key-2" not in str(caught.value)


def test_a_missing_collection_is_told_with_what_to_install(backend, monkeypatch):
    monkeypatch.setattr(awx_store.lookup_loader, "get", lambda *_args, **_options: None)
    with pytest.raises(StoreError, match=r"ansible-galaxy collection install awx.awx"):
        backend.place()
