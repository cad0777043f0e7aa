# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches everything that a job leaves behind for secrets, in every encoding."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

from playbooks.test_secrets import spellings
from simulator.server import Handle

from .awx import Finished


class Secrets:
    """{name: secret}, and the encodings to search for."""

    def __init__(self) -> None:
        self.forms: dict[bytes, str] = {}

    def add(self, name: str, secret: str) -> None:
        assert secret
        self.forms |= {form.encode(): f"{name}, {kind}" for kind, form in spellings(secret).items()}

    def add_pair(self, name: str, company: str, public_key: str, private_key: str) -> None:
        """A pair, and the login that it forms."""
        self.add(name, private_key)
        for login in (f"{company}+{public_key}:{private_key}", f"{public_key}:{private_key}"):
            self.forms[base64.b64encode(login.encode()).rstrip(b"=")] = f"{name}, login in base64"
            self.forms[login.encode().hex().encode()] = f"{name}, login in hex"

    def add_instance(self, instance: Handle) -> None:
        """Every key on the instance: the automation's own, and those that jobs created."""
        company = instance.connection["company"]
        for key in instance.instance.store.keys.values():
            self.add_pair(f"key {key.public} of {company}", company, key.public, key.private)

    def leaks(self, *finished: Finished, beside: tuple[Path, ...] = ()) -> list[str]:
        """The secrets found in all that the jobs wrote, with their places; ``beside``: more folders to search."""
        found: list[str] = []
        for one in finished:
            folders = (one.folder, *beside)
            places = [path for folder in folders for path in folder.rglob("*") if _searched(path, one)]
            assert places
            for path in places:
                found += [f"{what}: in {path}" for what in self.found_in(path.read_bytes())]
            found += [f"{what}: in the stream to the worker" for what in self.found_in(_sent_openly(one))]
        return found

    def found_in(self, content: bytes) -> list[str]:
        return [what for form, what in self.forms.items() if form in content]


def _searched(path: Path, one: Finished) -> bool:
    """Everything except the files into which AWX itself writes secrets, only for the worker."""
    return path.is_file() and not path.is_symlink() and path not in awx_writes(one)


def awx_writes(one: Finished) -> set[Path]:
    """Where secrets may be: the file of a credential, the survey's answers, and AWX's own memory of the job."""
    found = {one.folder / "parameters.json", one.folder / "transmit.stream"}
    for folder in (one.controller_dir, one.worker_dir):
        found |= set((folder / "env").glob("tmp*"))
        if any(name.endswith("private_key") for name in one.job.extra_vars):
            found.add(folder / "env" / "extravars")
    for path in found:
        if path.parent.name == "env" and path.exists():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, f"{path} can be read by others"
    return found


def _sent_openly(one: Finished) -> bytes:
    """The head of what goes to the worker, without the passwords; the rest are the files, archived."""
    with (one.folder / "transmit.stream").open("rb") as stream:
        head = json.loads(stream.readline())
    return json.dumps({name: value for name, value in head["kwargs"].items() if name != "passwords"}).encode()
