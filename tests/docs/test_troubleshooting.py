# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The troubleshooting guide has every kind of failure, and quotes only what the collection or Ansible still says."""

from __future__ import annotations

import re

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors
from docs_pages import ROOT, prose

PAGE = prose(ROOT / "docs" / "troubleshooting.md")
#: Kinds that only ever come with a sentence of their own, which the guide has instead.
ONLY_RAISED_BY_NAME = {"RequestFailed"}
KINDS = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.RequestFailed)),
    key=lambda kind: kind.__name__,
)
#: What Ansible itself says.
ANSIBLE_SAYS = (
    "missing required arguments: site,",
    "Failed to import the required Python library (requests)",
    "Completely failed to parse inventory source",
    "Ansible is being run in a world writable directory (", "), ignoring it as an ansible.cfg source",
    "couldn't resolve module/action 'msp.connectwise", "the role 'msp.connectwise",
    "may have been in progress in another thread when fork() was called",
    "Failed to create the directory", ".ansible", "Unable to use multiprocessing",
)  # fmt: skip


def code() -> str:
    """The text of the plugins, roles and playbooks, with strings of several lines joined."""
    folders = [ROOT / name for name in ("plugins", "roles", "playbooks")]
    paths = [path for folder in folders for path in folder.rglob("*.*") if path.suffix in (".py", ".yml", ".j2")]
    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in paths)
    return re.sub(r"[\"'] ?\+? ?f?[\"']", "", text)


def quoted() -> list[str]:
    """The messages in the first column of the tables, each longer than a variable's name."""
    cells = re.findall(r"^\| ([^|\n]+) \|", PAGE, re.M)
    return [span for cell in cells for span in re.findall(r"`([^`]+)`", cell) if " " in span]


def parts(message: str) -> list[str]:
    """A message of the guide as the parts between its dots."""
    return [part.strip() for part in re.split(r"'?\.\.\.'?", message) if part.strip()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_failed_request_is_explained(kind: type[errors.RequestFailed]) -> None:
    if kind.__name__ in ONLY_RAISED_BY_NAME:
        return
    assert kind.what in PAGE, kind.what
    assert re.search(rf"\b{kind.__name__}\b", PAGE), "the guide doesn't name the kind, which a playbook may look at"


def test_every_quoted_message_is_still_said() -> None:
    said = code() + " ".join(f"{kind.what} on" for kind in KINDS)
    assert len(quoted()) > 60
    stale = [part for entry in quoted() for part in parts(entry) if part not in said and part not in ANSIBLE_SAYS]
    assert not stale
