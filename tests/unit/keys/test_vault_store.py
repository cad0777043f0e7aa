# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault file and the hand-in file on a real file system."""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import os
import pathlib
import socket
import stat
import tempfile

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret, is_encrypted
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.plugin_utils import _file_place as file_place
from ansible_collections.msp.connectwise.plugins.plugin_utils import _files as files
from ansible_collections.msp.connectwise.plugins.plugin_utils._vault_store import CredentialsFile, FileHandIn, Vault

PAIR = KeyPair("public", "private-key-1", 7)
SECRETS = (("default", VaultSecret(b"password")), ("prod", VaultSecret(b"other")))


def vault(secrets=SECRETS, vault_id=None):
    return Vault(secrets, vault_id)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "credentials" / "acme" / "rewst.yml")


@pytest.fixture
def make_store(path):
    """Stores of one file; ``died()`` ends the processes that they stand for."""
    made = []

    def make(vault=vault(), site="host", company="acme", member="Rewst", place=None):  # noqa: B008
        made.append(DocumentStore(CredentialsFile(place or path, vault), site, company, member))
        return made[-1]

    def died():
        for store in made:
            store.at.close()

    make.died = died
    yield make
    died()


def content(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, text, encrypt=True):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = text.encode()
    if encrypt:
        data = VaultLib(SECRETS).encrypt(data, SECRETS[0][1])
    with open(path, "wb") as file:
        file.write(data)


def document(**changed):
    fields = {
        "site": "host",
        "company": "acme",
        "member": "Rewst",
        "public_key": "public",
        "private_key": "p",
        **changed,
    }
    return yaml.safe_dump({"cw_credentials": fields})


def fail_with(number):
    def fail(*_args, **_kwargs):
        raise OSError(number, os.strerror(number))

    return fail


# the credentials file


def test_a_pair_is_kept_encrypted_for_the_owner_alone(make_store, path):
    store = make_store()
    store.prepare()
    store.keep(PAIR)
    assert is_encrypted(content(path))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    assert os.listdir(os.path.dirname(path)) == ["rewst.yml"]
    assert yaml.safe_load(VaultLib(SECRETS).decrypt(content(path))) == {
        "cw_credentials": {
            "site": "host",
            "company": "acme",
            "member": "Rewst",
            "public_key": "public",
            "private_key": "private-key-1",
        }
    }
    assert make_store().load() == KeyPair("public", "private-key-1")


@pytest.mark.parametrize(
    "text",
    [
        "0123",
        "1e5",
        "0x1F",
        "1_000",
        "yes",
        "null",
        "~",
        "12:30:45",
        "2026-01-01",
        "- a",
        "'quoted\"",
        "a: b #c",
        "\u00e4\u20ac\U0001f511",
        "!tag",
        "{{ x }}",
    ],
)
def test_keys_of_any_look_come_back_as_they_are(make_store, text):
    store = make_store()
    store.prepare()
    store.keep(KeyPair(text, text))
    assert make_store().load() == KeyPair(text, text)


def test_numeric_keys_written_bare_by_a_person_keep_their_digits(make_store, path):
    write(path, "cw_credentials: {site: host, company: acme, member: Rewst, public_key: 0123, private_key: 1e5}")
    assert make_store().load() == KeyPair("0123", "1e5")


def test_preparing_the_place_creates_its_folder_and_leaves_no_file(make_store, path):
    make_store().prepare()
    assert os.listdir(os.path.dirname(path)) == []


def test_checking_the_place_creates_nothing(make_store, tmp_path):
    make_store().check_writable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["rewst.yml", "new/rewst.yml", "./new/deep/rewst.yml"])
def test_a_relative_path_is_one_of_the_current_folder(make_store, monkeypatch, tmp_path, place):
    monkeypatch.chdir(tmp_path)
    store = make_store(place=place)
    store.check_writable()
    store.prepare()
    store.keep(PAIR)
    assert (tmp_path / place).exists()


def test_a_file_in_place_of_a_folder_is_refused_before_a_key_is_made(make_store, tmp_path):
    (tmp_path / "credentials").write_text("x")
    for check in (make_store().check_writable, make_store().prepare):
        with pytest.raises(StoreError):
            check()


def test_a_folder_that_looks_as_if_it_cannot_be_written_to_is_refused(make_store, monkeypatch):
    monkeypatch.setattr(file_place.os, "access", lambda *_args: False)
    with pytest.raises(StoreError, match=r"can't be written to. No key was created"):
        make_store().check_writable()


def test_a_folder_that_refuses_a_write_is_refused_before_a_key_is_created(make_store, monkeypatch):
    monkeypatch.setattr(tempfile, "mkstemp", fail_with(errno.EROFS))
    with pytest.raises(StoreError, match=r"Read-only file system. No key was created"):
        make_store().prepare()


def test_a_symlink_or_folder_in_place_of_the_file_is_refused(make_store, path, tmp_path):
    os.makedirs(os.path.dirname(path))
    os.symlink(tmp_path / "elsewhere", path)
    with pytest.raises(StoreError, match="isn't an ordinary file"):
        make_store().check_writable()
    os.unlink(path)
    os.mkdir(path)
    with pytest.raises(StoreError, match="isn't an ordinary file"):
        make_store().check_writable()


@pytest.mark.parametrize("what", ["os.replace", "os.fsync"])
def test_a_write_that_fails_leaves_the_old_content_and_no_other_file(make_store, path, monkeypatch, what):
    store = make_store()
    store.prepare()
    store.keep(PAIR)
    before = content(path)
    with monkeypatch.context() as patch:
        patch.setattr(file_place.os, what.split(".")[1], fail_with(errno.ENOSPC))
        with pytest.raises(StoreError, match="No space left"):
            store.keep(KeyPair("new", "private-key-2"))
    assert content(path) == before
    assert os.listdir(os.path.dirname(path)) == ["rewst.yml"]


def test_a_process_that_is_stopped_while_writing_leaves_the_old_content(make_store, path, monkeypatch):
    store = make_store()
    store.prepare()
    store.keep(PAIR)

    def stop(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(file_place.os, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            store.keep(KeyPair("new", "private-key-2"))
    assert make_store().load() == KeyPair("public", "private-key-1")
    assert os.listdir(os.path.dirname(path)) == ["rewst.yml"]


def test_no_file_of_the_users_own_is_taken_for_a_leftover(make_store, path, tmp_path):
    folder = pathlib.Path(path).parent
    folder.mkdir(parents=True)
    (tmp_path / "own").write_text("mine")
    (folder / ".rewst.yml.ab_cdef1.new").symlink_to(tmp_path / "own")
    names = (".rewst.yml.backup.new", ".rewst.yml.old.new", "rewst.yml.probe", "rewst.yml.bak")
    own = [folder / name for name in names]
    for file in own:
        file.write_text("mine")
    make_store().prepare()
    make_store().keep(PAIR)
    assert [file.read_text() for file in own] == ["mine"] * 4
    assert (folder / ".rewst.yml.ab_cdef1.new").read_text() == "mine"


@pytest.mark.parametrize("what", ["remove", "archive"])
def test_a_link_is_neither_removed_nor_archived(make_store, path, tmp_path, what):
    make_store().prepare()
    make_store().keep(PAIR)
    os.rename(path, tmp_path / "own.yml")
    os.symlink(tmp_path / "own.yml", path)
    place = make_store().at
    with pytest.raises(StoreError, match="isn't an ordinary file"):
        place.remove() if what == "remove" else place.archive("stamp", False)
    assert os.path.islink(path) and make_store().load().fingerprint == PAIR.fingerprint


@pytest.mark.parametrize("step", ["prove", "keep", "forget"])
def test_what_a_killed_writer_left_is_removed_by_the_next(make_store, path, step):
    store = make_store()
    store.prepare()
    store.write_recovery_note([])
    left = os.path.join(os.path.dirname(path), ".rewst.yml.ab_cdef1.new")
    others = os.path.join(os.path.dirname(path), ".other.yml.ab_cdef1.new")
    for file in (left, others):
        with open(file, "w") as opened:
            opened.write("half")
    {"prove": lambda: store.prepare(), "keep": lambda: store.keep(PAIR), "forget": store.clear_recovery_note}[step]()
    assert not os.path.exists(left) and os.path.exists(others)


def test_what_a_writer_at_work_has_staged_stays(make_store, path):
    store = make_store()
    store.prepare()
    handle, staged = files._stage(path)
    with os.fdopen(handle, "wb"):
        store.keep(PAIR)
        assert os.path.exists(staged)
    store.keep(PAIR)
    assert not os.path.exists(staged)


@pytest.mark.parametrize(
    "layout",
    [
        "---\n# whose it is\nours: 1\n{block}\n# told on the phone\nnote: |\n  two\n  lines\n",
        "{block}",
        "{block}...\n",
        "note: no line break at the end\n{block}# at the end",
    ],
)
def test_what_a_person_wrote_beside_the_pair_stays(make_store, path, layout):
    make_store().prepare()
    make_store().keep(PAIR)
    block = vault().decrypt(content(path), path).removeprefix("---\n")
    write(path, layout.format(block=block))
    make_store().keep(KeyPair("new", "private-key-2"))
    text = vault().decrypt(content(path), path)
    assert make_store().load() == KeyPair("new", "private-key-2")
    head, _block, tail = layout.partition("{block}")
    assert text.startswith(head + "cw_credentials:") and text.endswith(tail)
    assert PAIR.private_key not in text


def test_other_variables_stay_however_the_pair_is_written(make_store, path):
    make_store().prepare()
    make_store().keep(PAIR)
    document = yaml.safe_load(vault().decrypt(content(path), path))
    write(path, json.dumps({**document, "note": "mine"}))
    make_store().keep(KeyPair("new", "private-key-2"))
    assert yaml.safe_load(vault().decrypt(content(path), path))["note"] == "mine"
    assert make_store().load().public_key == "new"


def test_what_reads_back_differently_is_not_kept(make_store, path, monkeypatch):
    store = make_store()
    store.prepare()
    monkeypatch.setattr(file_place.os, "replace", lambda temporary, _path: os.unlink(temporary))
    with pytest.raises(StoreError, match="reads back differently"):
        store.keep(PAIR)


def test_no_file_is_no_pair(make_store):
    assert make_store().load() is None
    assert make_store().read_recovery_note() is None


def test_without_a_vault_password_nothing_is_begun(make_store, tmp_path):
    with pytest.raises(StoreError, match="No vault password is configured"):
        make_store(vault=vault([])).check_writable()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_password_is_told(make_store, path):
    write(path, document())
    with pytest.raises(StoreError, match="can't be decrypted"):
        make_store(vault=vault([("default", VaultSecret(b"wrong"))])).load()


def _cut_within_a_byte(text):
    return text.rstrip()[:-1]


DAMAGED = {
    "empty": (lambda text: b"", "is empty"),
    "line breaks alone": (lambda text: b"\n\r\n", "is empty"),
    "both sides of a merge": (
        lambda text: b"<<<<<<< HEAD\n" + text + b"=======\n" + text + b">>>>>>> main\n",
        "has the marks of a merge conflict, the first in line 1",
    ),
    "a merge within": (
        lambda text: text.replace(b"\n", b"\n<<<<<<< HEAD\n", 1),
        "has the marks of a merge conflict, the first in line 2",
    ),
    "the header alone": (lambda text: text.splitlines(keepends=True)[0], "is damaged: its end is missing"),
    "cut after some lines": (lambda text: b"".join(text.splitlines(keepends=True)[:4]), "is damaged: its end is"),
    "cut within a byte": (_cut_within_a_byte, "is damaged: its end is missing"),
    "a letter that is no digit": (lambda text: text[:60] + b"x" + text[61:], "is damaged: there is something else"),
    "a byte order mark": (lambda text: b"\xef\xbb\xbf" + text, "has something before its first line"),
    "a comment above": (lambda text: b"# Rewst\n" + text, "has something before its first line"),
}


@pytest.mark.parametrize(("change", "why"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_told_from_one_of_another_password(make_store, path, change, why):
    store = make_store()
    store.prepare()
    store.keep(PAIR)
    before = content(path)
    pathlib.Path(path).write_bytes(change(before))
    with pytest.raises(StoreError) as caught:
        make_store().load()
    assert f"{path} {why}" in str(caught.value) and "Restore it from a backup" in str(caught.value)
    assert "password" not in str(caught.value) and "ansible-vault encrypt" not in str(caught.value)
    assert content(path) == change(before), "what may still be mended is left"


@pytest.mark.parametrize(
    "text", ["", "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> main\n", "{"], ids=["empty", "merge", "cut"]
)
def test_a_damaged_record_is_told(make_store, path, text):
    store = make_store()
    store.prepare()
    store.keep(PAIR)
    pathlib.Path(f"{path}.record").write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=r"rewst\.yml\.record (is empty|has the marks|can't be read)"):
        make_store().record()


def test_a_plain_file_is_told_how_to_encrypt_it(make_store, path):
    write(path, document(private_key="hush-hush"), encrypt=False)
    with pytest.raises(StoreError, match="ansible-vault encrypt") as caught:
        make_store().load()
    assert "hush" not in str(caught.value)


def test_the_vault_id_chooses_the_password(make_store, path):
    store = make_store(vault=vault(vault_id="prod"))
    store.prepare()
    store.keep(PAIR)
    assert b";prod\n" in content(path)
    assert make_store(vault=vault([("prod", VaultSecret(b"other"))])).load() == KeyPair("public", "private-key-1")


def test_an_unknown_vault_id_is_told(make_store):
    with pytest.raises(StoreError, match="Vault id 'nope' can't be used"):
        make_store(vault=vault(vault_id="nope")).check_writable()


@pytest.mark.parametrize(("field", "value"), [("site", "other"), ("company", "globex"), ("member", "Other")])
def test_the_key_of_another_instance_or_member_is_refused(make_store, path, field, value):
    write(path, document(**{field: value, "private_key": "hush-hush"}))
    with pytest.raises(StoreError, match=f"another {field}: '{value}'") as caught:
        make_store().load()
    assert "hush" not in str(caught.value)


def test_the_owner_is_compared_whatever_the_case(make_store, path):
    write(path, document(company="ACME", member=" rewst "))
    assert make_store().load() == KeyPair("public", "p")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "text",
        "cw_credentials: text",
        "cw_credentials: [a]",
        "{}",
        "a: {unclosed",
        "cw_credentials: {site: x}",
        document(private_key=""),
        document(site=["a"]),
        document(private_key={"a": "b"}),
        "? [a]\n: b",
        "\x00",
    ],
)
def test_a_file_of_another_shape_is_told(make_store, path, text):
    write(path, text)
    with pytest.raises(StoreError):
        make_store().load()


def test_a_file_that_cannot_be_read_is_told(make_store, path):
    os.makedirs(path)
    with pytest.raises(StoreError, match="can't be read"):
        make_store().load()


# the recovery file


def test_the_recovery_file_holds_the_known_keys_and_no_secret(make_store, path):
    store = make_store()
    store.prepare()
    store.write_recovery_note([3, 5])
    recovery = content(f"{path}.recovery")
    assert stat.S_IMODE(os.stat(f"{path}.recovery").st_mode) == 0o600
    assert b"private" not in recovery and b"[3, 5]" in recovery
    make_store.died()
    assert make_store().read_recovery_note().known_ids == (3, 5)


def test_a_recovery_file_is_gone_once_it_is_forgotten(make_store, path):
    store = make_store()
    store.prepare()
    store.write_recovery_note([])
    store.clear_recovery_note()
    assert os.listdir(os.path.dirname(path)) == []
    store.clear_recovery_note()


def test_a_run_at_work_is_not_disturbed(make_store):
    first, second = make_store(), make_store()
    first.prepare()
    first.write_recovery_note([1])
    for question in (second.read_recovery_note, lambda: second.write_recovery_note([])):
        with pytest.raises(StoreError, match="Another run is creating this key right now"):
            question()
    assert first.read_recovery_note().known_ids == (1,)
    first.clear_recovery_note()
    assert second.read_recovery_note() is None


def test_a_run_that_found_a_leftover_has_the_place_to_itself(make_store):
    make_store().prepare()
    make_store().write_recovery_note([1, 2])
    make_store.died()
    gc.collect()
    first = make_store()
    assert first.read_recovery_note().known_ids == (1, 2)
    with pytest.raises(StoreError, match="Another run"):
        make_store().write_recovery_note([])
    first.write_recovery_note([9])
    make_store.died()
    assert make_store().read_recovery_note().known_ids == (9,)


def test_a_leftover_of_a_run_that_finished_meanwhile_is_none(make_store, monkeypatch):
    """The other run is at its end just as this one looks: it keeps its pair and takes the file away."""
    other, this = make_store(), make_store()
    other.prepare()
    other.write_recovery_note([])
    real = file_place.fcntl.flock

    def flock(file, how):
        if other.at._note and file is not other.at._note:
            monkeypatch.setattr(file_place.fcntl, "flock", real)
            other.keep(PAIR)
            other.clear_recovery_note()
        return real(file, how)

    monkeypatch.setattr(file_place.fcntl, "flock", flock)
    with contextlib.suppress(StoreError):
        assert this.read_recovery_note() is None


@pytest.mark.parametrize("text", ["", "{", "{}", '{"known_ids": 5}', '{"known_ids": ["x"]}', "{\udcff"])
def test_a_recovery_file_that_was_never_finished_is_no_leftover(make_store, path, text):
    os.makedirs(os.path.dirname(path))
    with open(f"{path}.recovery", "wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
    assert make_store().read_recovery_note() is None


def test_a_file_of_the_users_own_in_place_of_the_recovery_file_is_left(make_store, path):
    os.makedirs(os.path.dirname(path))
    own = pathlib.Path(f"{path}.recovery")
    own.write_bytes(b"how to recover the vault \xff\n")
    for use in (make_store().read_recovery_note, lambda: make_store().write_recovery_note([])):
        with pytest.raises(StoreError, match="isn't a recovery note of ours"):
            use()
    assert own.read_bytes() == b"how to recover the vault \xff\n"


def test_a_symlink_in_place_of_the_recovery_file_is_refused(make_store, path, tmp_path):
    os.makedirs(os.path.dirname(path))
    victim = tmp_path / "victim"
    victim.write_text("precious")
    os.symlink(victim, f"{path}.recovery")
    with pytest.raises(StoreError):
        make_store().write_recovery_note([])
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("what", ["os.open", "os.fsync"])
def test_a_recovery_file_that_cannot_be_written_is_told_before_a_key_is_made(make_store, monkeypatch, what):
    store = make_store()
    store.prepare()
    with monkeypatch.context() as patch:
        patch.setattr(file_place.os, what.split(".")[1], fail_with(errno.ENOSPC))
        with pytest.raises(StoreError, match="No key was created"):
            store.write_recovery_note([])


def test_a_recovery_file_that_cannot_be_removed_is_told(make_store, monkeypatch):
    store = make_store()
    store.prepare()
    store.write_recovery_note([])
    with monkeypatch.context() as patch:
        patch.setattr(file_place.os, "unlink", fail_with(errno.EROFS))
        with pytest.raises(StoreError):
            store.clear_recovery_note()


# the person's file


@pytest.fixture
def hand_in(tmp_path):
    return FileHandIn(str(tmp_path / "acme" / "pair.yml"), vault())


def test_a_handed_in_pair_is_read_plain_or_encrypted_and_removed(hand_in):
    for encrypt in (False, True):
        write(hand_in.place, "public_key: ' 0123 '\nprivate_key: 1e5\n", encrypt)
        assert hand_in.read() == KeyPair("0123", "1e5")
    assert hand_in.clear(KeyPair("0123", "1e5")) == ""
    assert not os.path.exists(hand_in.place)
    assert hand_in.clear(KeyPair("0123", "1e5")) == ""


@pytest.mark.parametrize(
    "text",
    [None, "", " \n", "# only a comment", "{}", "public_key:\nprivate_key:\n", "public_key: ''\nprivate_key: ''"],
)
def test_a_pair_that_is_not_there_yet_is_none(hand_in, text):
    if text is not None:
        write(hand_in.place, text, encrypt=False)
    assert hand_in.read() is None


@pytest.mark.parametrize(
    "text",
    [
        "public_key: hush",
        "private_key: hush",
        "[hush]",
        "hush",
        "public_key: {hush",
        "public_key: a\nprivate_key: [hush]",
    ],
)
def test_half_a_pair_or_another_shape_is_told_without_what_it_holds(hand_in, text):
    write(hand_in.place, text, encrypt=False)
    with pytest.raises(StoreError) as caught:
        hand_in.read()
    assert "hush" not in str(caught.value)


def test_a_handed_in_pair_of_another_password_is_told(hand_in, tmp_path):
    write(hand_in.place, "public_key: a\nprivate_key: b")
    with pytest.raises(StoreError, match="can't be decrypted"):
        FileHandIn(hand_in.place, vault([("default", VaultSecret(b"wrong"))])).read()


def test_a_persons_file_that_cannot_be_removed_is_told(hand_in, monkeypatch):
    write(hand_in.place, "public_key: a\nprivate_key: b", encrypt=False)
    with monkeypatch.context() as patch:
        patch.setattr(file_place.os, "unlink", fail_with(errno.EROFS))
        with pytest.raises(StoreError, match="can't be removed"):
            hand_in.clear(KeyPair("a", "b"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("public_key: a\nprivate_key: hush", "holds a different pair"),
        ("public_key: c\nprivate_key: b", "holds a different pair"),
        ("public_key: a", "needs both"),
        ("my own notes: [hush", "Line 1 holds something else"),
        ("# nothing yet\npublic_key:\nprivate_key:\n", ""),
    ],
)
def test_only_the_pair_that_is_kept_is_cleared(hand_in, text, told):
    write(hand_in.place, text, encrypt=False)
    said = hand_in.clear(KeyPair("a", "b"))
    assert told in said and bool(told) == bool(said) and "hush" not in said
    assert os.path.exists(hand_in.place)


def test_a_pair_behind_a_link_is_left(hand_in, tmp_path):
    write(hand_in.place, "public_key: a\nprivate_key: b", encrypt=False)
    os.rename(hand_in.place, tmp_path / "own.yml")
    os.symlink(tmp_path / "own.yml", hand_in.place)
    assert "is a link" in hand_in.clear(KeyPair("a", "b"))
    assert os.path.islink(hand_in.place) and hand_in.read() == KeyPair("a", "b")


PUBLIC, PRIVATE = "Pub4C9gV2g78LXeHT", "Prv+/=2g78%LXeHTq"


@pytest.mark.parametrize(
    "text",
    [
        "Public Key: {public}\nPrivate Key: {private}\n",
        "publicKey: {public}\nprivateKey: {private}\n",
        "public-key: {public}\nPRIVATE-KEY: {private}\n",
        "Public Key\n{public}\nPrivate Key\n{private}\n",
        "API Keys\n\nDescription\tRewst API\nPublic Key\t{public}\nPrivate Key\t{private}\n",
        "Public Key (shown always): {public}\r\n\r\nPrivate Key (shown once):\r\n{private}\r\n",
        "public_key:'{public}'\nprivate_key:'{private}'\n",
        "public_key:{public}\nprivate_key:{private}\n",
        "public_key = {public}\nprivate_key = {private}\n",
        'export CW_PUBLIC_KEY="{public}"\nexport CW_PRIVATE_KEY="{private}"\n',
        "public_key: \u201c{public}\u201d\nprivate_key: \u201e{private}\u201c\n",
        "public_key: \u00ab{public}\u00bb\nprivate_key: \u2018{private}\u2019\n",
        '{{"publicKey": "{public}", "privateKey": "{private}"}}',
        '{{\n  "publicKey": "{public}",\n  "privateKey": "{private}",\n}}\n',
        '[{{"id": 7, "publicKey": "{public}", "privateKey": "{private}"}}]',
        "rewst:\n  public_key: {public}\n  private_key: {private}\n",
        "onboard_private_key: {private}\nonboard_public_key: {public}\n",
        "---\n# from the page\n- public key: {public}\n- private key: {private}\n",
        "\ufeffpublic_key: {public}\nprivate_key: {private}\n",
        "public_key: {public}\nprivate_key:{private}\n",
        "  Public  Key:   {public}   \n\n\n  Private_Key:   {private}\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_pair_is_read_in_the_words_and_shapes_that_people_copy(hand_in, text, encoding):
    write(hand_in.place, "", encrypt=False)
    filled = text.format(public=PUBLIC, private=PRIVATE)
    with open(hand_in.place, "wb") as file:
        file.write((filled if encoding == "utf-8" else filled.removeprefix("\ufeff")).encode(encoding))
    assert hand_in.read() == KeyPair(PUBLIC, PRIVATE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Public Key: {public}\n", "Line 1 has the public key, but the private key is missing"),
        ("---\n\nprivateKey = {private}\n", "Line 3 has the private key, but the public key is missing"),
        ("Public Key\n{public}\nPrivate Key\n", "Line 1 has the public key, but the private key is missing"),
        ("{public}\n{private}\n", "Line 1 holds something else"),
        ("# mine\n\nkey: {public}\nsecret: {private}\n", "Line 3 holds something else"),
        ("public_key: {public}\nprivate_key: {public}\n", "the same key twice, in lines 1 and 2"),
        ("Public Key\n{private}\nPrivate Key\n{private}\n", "the same key twice, in lines 1 and 3"),
        ("public_key: {public}\nprivate_key: {private}\u200b\n", "Line 2: the private key contains a zero width space"),
        ("public_key: a b {public}\nprivate_key: {private}\n", "Line 1: the public key contains a space"),
        ("public_key: {public}, private_key: {private}\n", "needs both public_key and private_key"),
        ("a: {{public_key: {public}}}\nb: {{public_key: {private}}}\n", "more than one public key"),
        ("public_key: {public}\nprivate_key: [{private}]\n", "something other than text for the private key"),
    ],
)
def test_what_is_wrong_with_a_handed_in_file_is_told_with_its_line(hand_in, text, told):
    write(hand_in.place, text.format(public=PUBLIC, private=PRIVATE), encrypt=False)
    with pytest.raises(StoreError) as caught:
        hand_in.read()
    assert told in str(caught.value) and hand_in.place in str(caught.value)
    assert PUBLIC not in str(caught.value) and PRIVATE not in str(caught.value)


def test_a_file_that_is_no_text_is_told(hand_in):
    write(hand_in.place, "", encrypt=False)
    with open(hand_in.place, "wb") as file:
        file.write(b"public_key: \xfc\nprivate_key: \xe4\n")
    with pytest.raises(StoreError, match="isn't a text file"):
        hand_in.read()


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_told_and_nobody_waits_for_it(tmp_path, kind):
    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(str(path))
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(StoreError, match=r"isn't an ordinary file|can't be read"):
        FileHandIn(str(path), vault()).read()
    with pytest.raises(StoreError, match=r"isn't an ordinary file|can't be read"):
        CredentialsFile(str(path), vault()).document()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o600, 0o400])
@pytest.mark.parametrize("encrypt", [True, False])
def test_a_pair_that_others_could_read_is_used_and_told(hand_in, mode, encrypt):
    write(hand_in.place, f"public_key: {PUBLIC}\nprivate_key: {PRIVATE}\n", encrypt)
    os.chmod(hand_in.place, mode)
    said = hand_in.clear(KeyPair(PUBLIC, PRIVATE))
    assert bool(said) == (mode not in (0o600, 0o400) and not encrypt)
    assert not said or (f"(mode {mode:04o})" in said and "rotate_now=true" in said and "chmod 600" in said)
    assert not os.path.exists(hand_in.place)


def test_a_pair_with_its_halves_swapped_is_cleared_once_it_is_kept(hand_in):
    write(hand_in.place, f"public_key: {PRIVATE}\nprivate_key: {PUBLIC}\n", encrypt=False)
    os.chmod(hand_in.place, 0o600)
    assert hand_in.clear(KeyPair(PUBLIC, PRIVATE)) == ""
    assert not os.path.exists(hand_in.place)
