# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/release/release.py, in a clone of the checkout with a key made for it, and other checks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
import yaml
from reviewed import ROOT, tool

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="OpenSSH is missing, which signs here")

release = tool("release.release")
VERSION = "7.1.0"
ARCHIVE = f"msp-connectwise-{VERSION}.tar.gz"
PASSES, FAILS = [sys.executable, "-c", "pass"], [sys.executable, "-c", "raise SystemExit(1)"]


class Checkout:
    """A repository with the files of this one, committed on main, and a key to sign with."""

    def __init__(self, root, folder):
        self.root, key = root, folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        (folder / "signers").write_text(f"* {key.with_suffix('.pub').read_text()}")
        self.git("init", "--quiet", "--initial-branch", "main")
        for name, value in {
            "user.name": "maintainer", "user.email": "maintainer@example.com", "gpg.format": "ssh",
            "user.signingkey": str(key), "gpg.ssh.allowedSignersFile": str(folder / "signers"),
        }.items():  # fmt: skip
            self.git("config", name, value)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Start")

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.rstrip("\n")

    def release(self, version=VERSION, checks=(PASSES,)):
        release.Release(version, self.root, checks).run()

    def refusal(self, *args, **kwargs):
        with pytest.raises(release.Refusal) as caught:
            self.release(*args, **kwargs)
        return str(caught.value)

    def read(self, name):
        return (self.root / name).read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    root = tmp_path / "checkout"
    for name in (".gitignore", "galaxy.yml", "execution-environment.yml", "README.md"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for folder in ("changelogs", "docs", "meta"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copytree(ROOT / "roles" / "audit", root / "roles" / "audit")
    (root / "plugins" / "modules").mkdir(parents=True)
    fragments = root / "changelogs" / "fragments"
    shutil.rmtree(fragments, ignore_errors=True)
    fragments.mkdir()
    (fragments / "title.yml").write_text("---\nminor_changes:\n  - cw_api_member - add the option ``title``.\n")
    return Checkout(root, tmp_path)


def test_it_ends_with_a_signed_commit_and_a_signed_tag(place):
    place.release()
    place.git("verify-commit", "HEAD")
    place.git("verify-tag", VERSION)
    assert place.git("log", "-1", "--format=%s") == f"Release {VERSION}" and place.git("status", "--porcelain") == ""
    assert place.git("rev-parse", f"{VERSION}^{{commit}}") == place.git("rev-parse", "HEAD")
    assert yaml.safe_load(place.read("galaxy.yml"))["version"] == VERSION
    assert place.read("execution-environment.yml").count(ARCHIVE) == 2 and ARCHIVE in place.read("docs/quick-start.md")
    assert f"v{VERSION}" in place.read("CHANGELOG.rst") and not place.git("ls-files", "changelogs/fragments")


def test_it_refuses_with_all_reasons_at_once_and_changes_nothing(place):
    place.release()
    place.git("switch", "--quiet", "--create", "other")
    place.git("config", "user.signingkey", "/nowhere")
    (place.root / "galaxy.yml").write_text("version: 0.1.0\n")
    before = place.git("status", "--porcelain")
    said = place.refusal()
    for reason in (
        f"{VERSION} is not higher than {VERSION}", f"The tag {VERSION} exists", "The branch is other",
        "The checkout has changes", "M galaxy.yml", "No changelog fragment exists", "git can't sign a commit",
    ):  # fmt: skip
        assert reason in said
    assert place.git("status", "--porcelain") == before and place.read("galaxy.yml") == "version: 0.1.0\n"


@pytest.mark.parametrize("version", ["", "1.2", "v1.2.3", "1.2.3-rc1", "01.2.3"])
def test_a_version_has_three_numbers(place, version):
    assert "is not of the form 1.2.3" in place.refusal(version)


def test_after_a_failed_check_it_is_resumed_without_writing_again(place, capfd):
    assert f"Failed: {' '.join(FAILS)}" in place.refusal(checks=[FAILS])
    assert place.git("log", "-1", "--format=%s") == "Start" and place.git("tag") == ""
    capfd.readouterr()
    place.release()
    assert "Setting the version" not in capfd.readouterr().out
    place.git("verify-tag", VERSION)


def test_after_a_signature_that_failed_the_checks_are_not_run_again(place):
    key = place.git("config", "user.signingkey")
    loses_the_key = ["git", "config", "user.signingkey", "/nowhere"]
    assert f"make release VERSION={VERSION}" in place.refusal(checks=[loses_the_key])
    place.git("config", "user.signingkey", key)
    place.release(checks=[FAILS])
    place.git("verify-tag", VERSION)


def test_after_the_commit_only_the_tag_is_added(place):
    place.release()
    place.git("tag", "--delete", VERSION)
    place.release(checks=[FAILS])
    place.git("verify-tag", VERSION)
    assert place.git("log", "--format=%s") == f"Release {VERSION}\nStart"


def test_a_release_that_is_not_committed_can_be_undone(place):
    said = place.refusal(checks=[FAILS])
    assert said.endswith(f": {release.UNDO}")
    subprocess.run(release.UNDO.split(), cwd=place.root, check=True, capture_output=True)
    assert place.git("status", "--porcelain") == "" and not (place.root / "CHANGELOG.rst").exists()
    place.release()


def test_what_changed_during_the_checks_is_not_released(place):
    adds = [sys.executable, "-c", "open('galaxy.yml', 'a').write('x: y')"]
    said = place.refusal(checks=[adds])
    assert "Files changed while the checks ran" in said and "galaxy.yml" in said
    assert "The checkout has changes" in place.refusal() and place.git("tag") == ""


def test_a_release_of_another_version_is_not_resumed(place):
    place.refusal(checks=[FAILS])
    assert "The checkout has changes" in place.refusal("7.2.0")
