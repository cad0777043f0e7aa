# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares a release: sets the version, writes the changelog, runs all checks, then commits and tags, both signed.

    python tools/release/release.py 1.1.0        what make release VERSION=1.1.0 runs

It refuses before it writes anything, with all reasons at once. It never pushes. Run it again to resume an interrupted
release: files that are staged unchanged are not written again, and checks that passed are not run again.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checkout

BRANCH = "main"
CHECKS = (("make", "check", "STRICT=--strict"), ("make", "installs", "STRICT=--strict"))
CHANGELOG = "changelogs/changelog.yaml"
VERSION = re.compile(r"(?m)^version: .*$")
# a test runs the commands of the pages, so the archive's name changes there too
ARCHIVE = re.compile(r"msp-connectwise-\d+\.\d+\.\d+\.tar\.gz")
NAMES_ARCHIVE = ("execution-environment.yml", "README.md", "docs")
# the tree that was written, and with which checks have passed
STATE = Path("build", "release")
UNDO = "git reset --hard"


class Refusal(Exception):
    """Why the release can't go on, and what to do; nothing is left half done."""


@dataclasses.dataclass
class Release:
    """One release of the checkout at ``root``. ``checks`` are the commands that must pass before the commit."""

    version: str
    root: Path = checkout.ROOT
    checks: t.Sequence[t.Sequence[str]] = CHECKS

    def run(self) -> None:
        """Bring the release as far as its signed tag. Raises Refusal."""
        committed = self._is_committed()
        written = committed or self._is_written()
        self._refuse([*([] if written else self._first_problems()), *self._problems()])
        if not written:
            self._write()
        if not committed:
            self._check()
            self._sign(["git", "commit", "--quiet", "--gpg-sign", "--message", self._subject])
        self._sign(["git", "tag", "--sign", self.version, "--message", f"msp.connectwise {self.version}"])

    def _first_problems(self) -> list[str]:
        """Why this release can't begin."""
        found = self._version_problems()
        changes = self._git("status", "--porcelain")
        if changes:
            shown = "\n".join(f"    {line}" for line in changes.splitlines()[:10])
            found.append(
                f"The checkout has changes. Commit them, or undo those that a release left: {UNDO}\n{shown}"
            )  # fmt: skip
        fragments = self.root / "changelogs" / "fragments"
        if not [path for path in fragments.glob("*.y*ml") if not path.name.startswith(".")]:
            found.append("No changelog fragment exists in changelogs/fragments, so nothing has changed for a user.")
        return found

    def _problems(self) -> list[str]:
        """Why this release can neither begin nor be resumed."""
        found = []
        branch = self._git("branch", "--show-current")
        if branch != BRANCH:
            found.append(f"The branch is {branch or 'none'}. Release from {BRANCH}: git switch {BRANCH}")
        if not self._ask("rev-parse", "--quiet", "--verify", f"refs/tags/{self.version}").returncode:
            found.append(f"The tag {self.version} exists. If it isn't pushed yet: {self.push}")
        return [*found, *self._key_problems()]

    def _version_problems(self) -> list[str]:
        if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", self.version):
            return [f"{self.version or 'The version'} is not of the form 1.2.3: make release VERSION=1.2.3"]
        released = yaml.safe_load((self.root / CHANGELOG).read_text(encoding="utf-8"))["releases"]
        last = max(released, key=_number, default="")
        if last and _number(self.version) <= _number(last):
            return [f"{self.version} is not higher than {last}, the last version in {CHANGELOG}."]
        return []

    def _key_problems(self) -> list[str]:
        """Signs a commit that no branch has, which git drops later."""
        tried = self._ask("commit-tree", "-S", "-m", "Trial of the signing key", "HEAD^{tree}")
        if not tried.returncode:
            return []
        said = tried.stderr.strip().splitlines()
        return [
            "git can't sign a commit: set user.signingkey to your key (and gpg.format to ssh for an SSH key).\n"
            + "\n".join(f"    {line}" for line in said)
        ]

    def _write(self) -> None:
        print(f"Setting the version {self.version} and writing the changelog", flush=True)
        try:
            self._replace("galaxy.yml", VERSION, f"version: {self.version}")
            for name in self._git("grep", "-l", "msp-connectwise-[0-9]", "--", *NAMES_ARCHIVE).splitlines():
                self._replace(name, ARCHIVE, f"msp-connectwise-{self.version}.tar.gz")
            self._command([sys.executable, "-m", "antsibull_changelog", "release"])
        finally:
            self._git("add", "--all")
        self._note("written")

    def _replace(self, name: str, pattern: re.Pattern[str], new: str) -> None:
        path = self.root / name
        path.write_text(pattern.sub(new, path.read_text(encoding="utf-8")), encoding="utf-8")

    def _check(self) -> None:
        if self._noted("checked"):
            print("The checks have passed already", flush=True)
            return
        for command in self.checks:
            self._command(command)
        if not self._is_staged_alone():
            raise Refusal(
                "Files changed while the checks ran, so what was checked is not what would be released.\n"
                f"{self._git('status', '--short')}\nUndo the release with: {UNDO}\nThen commit what belongs to it, and"
                " release again."
            )
        self._note("checked")

    @property
    def push(self) -> str:
        return f"git push origin {BRANCH} {self.version}"

    @property
    def _subject(self) -> str:
        return f"Release {self.version}"

    def _is_committed(self) -> bool:
        """Whether only the tag is missing."""
        return self._git("log", "-1", "--format=%s") == self._subject and not self._git("status", "--porcelain")

    def _is_written(self) -> bool:
        return self._noted("written") and self._is_staged_alone()

    def _is_staged_alone(self) -> bool:
        """Whether what is staged is all that differs from the last commit."""
        return not [line for line in self._git("status", "--porcelain").splitlines() if line[1] != " "]

    def _note(self, what: str) -> None:
        (self.root / STATE).mkdir(parents=True, exist_ok=True)
        (self.root / STATE / what).write_text(self._state())

    def _noted(self, what: str) -> bool:
        path = self.root / STATE / what
        return path.exists() and path.read_text() == self._state()

    def _state(self) -> str:
        return f"{self.version} on {self._git('rev-parse', 'HEAD')}: {self._git('write-tree')}\n"

    def _sign(self, command: t.Sequence[str]) -> None:
        if subprocess.run(command, cwd=self.root, check=False).returncode:
            raise Refusal(f"Not signed. To sign it, run again: make release VERSION={self.version}")

    def _command(self, command: t.Sequence[str]) -> None:
        shown = " ".join(command)
        print(f"Running {shown}", flush=True)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        if subprocess.run(command, cwd=self.root, env={**os.environ, "PATH": path}, check=False).returncode:
            raise Refusal(
                f"Failed: {shown}\nThe release is staged, not committed. If the checkout is not to blame, run again: "
                f"make release VERSION={self.version}\nTo change the checkout, undo the release first: {UNDO}"
            )

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=False)

    def _git(self, *words: str) -> str:
        done = self._ask(*words)
        if done.returncode:
            raise Refusal(f"Failed: git {' '.join(words)}\n{done.stderr.strip()}")
        return done.stdout.rstrip("\n")

    @staticmethod
    def _refuse(problems: t.Sequence[str]) -> None:
        if problems:
            raise Refusal("Nothing was changed:\n" + "\n".join(f"  - {problem}" for problem in problems))


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def main(arguments: t.Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("version", help="such as 1.1.0")
    release = Release(parser.parse_args(arguments).version)
    try:
        release.run()
    except Refusal as exc:
        print(exc, file=sys.stderr)
        return 1
    tag = release.version
    print(f"{tag} is committed and tagged, but not pushed. Read it (git show {tag}), then:\n\n    {release.push}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
