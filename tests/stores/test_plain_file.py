# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain-text file: only on request, and only where nobody else can read it."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import StoreError
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops.credentials_store import chosen_store
from ansible_collections.msp.connectwise.plugins.plugin_utils._plain_store import PlainFile


@pytest.fixture
def place(tmp_path):
    return PlainFile(str(tmp_path / "work" / "acme" / "rewst.yml"))


def git(folder, *options):
    subprocess.run(["git", "-C", str(folder), *options], check=True, capture_output=True)


def test_it_is_for_its_owner_alone(place):
    mine = DocumentStore(place, "host", "acme", "Rewst")
    mine.prepare()
    mine.keep(KeyPair("public", "private-key-1"))
    assert stat.S_IMODE(os.stat(place.place).st_mode) == 0o600
    with open(place.place, encoding="utf-8") as file:
        assert "private-key-1" in file.read()


def test_a_git_work_tree_is_refused_unless_git_ignores_the_file(place, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q")
    with pytest.raises(StoreError, match="in plain text in the git work tree"):
        place.check_writable()
    assert [path.name for path in work.iterdir()] == [".git"]
    (work / ".gitignore").write_text("/acme/\n")
    place.check_writable()


def test_a_link_into_a_git_work_tree_is_refused_too(place, tmp_path):
    (tmp_path / "work" / "secrets").mkdir(parents=True)
    git(tmp_path / "work", "init", "-q")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "work" / "secrets")
    with pytest.raises(StoreError, match="in plain text in the git work tree"):
        type(place)(str(tmp_path / "elsewhere" / "pair.yml")).check_writable()


def test_without_git_it_is_refused_too(place, tmp_path, monkeypatch):
    (tmp_path / "work" / ".git").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="git work tree"):
        place.check_writable()


def test_a_file_that_others_can_read_is_refused(place):
    mine = DocumentStore(place, "host", "acme", "Rewst")
    mine.prepare()
    mine.keep(KeyPair("public", "private-key-1"))
    os.chmod(place.place, 0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        place.check_writable()


def test_nothing_but_its_name_chooses_it():
    assert chosen_store({"credentials_file": "x", "store": None}, "credentials_file")["type"] == "vault_file"
    assert chosen_store({"store": {"type": "plain_file", "path": "x"}}, "path")["type"] == "plain_file"
    assert chosen_store({"store": None, "path": None}, "path") is None
