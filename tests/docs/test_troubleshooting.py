# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The troubleshooting guide has every kind of failure, and every sentence that a run can end with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors
from docs_pages import ROOT, prose
from said import GAP, role_sentences, sentences

PAGE = prose(ROOT / "docs" / "troubleshooting.md")


def parts(message: str) -> list[str]:
    """A message of the guide as the parts between its dots."""
    return [part.strip() for part in re.split(r"'?\.\.\.'?", message) if part.strip()]


ENTRIES = [parts(span) for span in re.findall(r"`([^`\n]+)`", PAGE) if " " in span]
KINDS = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.RequestFailed)),
    key=lambda kind: kind.__name__,
)
#: Kinds that only ever come with a sentence of their own, which the guide has instead.
ONLY_RAISED_BY_NAME = {"RequestFailed"}


def covered(sentence: str) -> bool:
    """Whether an entry's parts stand in the sentence, in their order. What is filled in may be anything."""
    return any(_stands_in(entry, sentence) for entry in ENTRIES)


def _stands_in(entry: list[str], sentence: str) -> bool:
    if sum(len(part) for part in entry) < 8:
        return False
    place = 0
    for part in entry:
        found = sentence.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return True


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_failed_request_is_explained(kind):
    if kind.__name__ in ONLY_RAISED_BY_NAME:
        return
    assert kind.what in PAGE, kind.what
    assert re.search(rf"\b{kind.__name__}\b", PAGE), "the guide doesn't name the kind, which a playbook may look at"


def test_every_sentence_of_the_plugins_is_explained():
    said = sentences()
    assert len(said) > 80
    missing = {where: sentence for sentence, where in said.items() if not covered(sentence)}
    assert not missing, "\n".join(f"{where}: {sentence}" for where, sentence in missing.items())


def test_every_way_in_which_a_role_or_playbook_fails_is_explained():
    said = role_sentences()
    assert len(said) >= 4
    missing = {where: sentence for sentence, where in said.items() if not covered(sentence)}
    assert not missing, "\n".join(f"{where}: {sentence}" for where, sentence in missing.items())


def test_every_entry_is_of_a_sentence_that_is_still_said():
    """An entry for a message that nobody says any more would only mislead."""
    texts = [*sentences(), *role_sentences(), *(f"{kind.what} on {GAP}" for kind in KINDS)]
    code = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in _sources())
    code = re.sub(r"[\"'] ?\+? ?f?[\"']", "", code)
    rows = re.findall(r"^\| (`[^|\n]+`) \|", PAGE, re.M)
    entries = [parts(span) for row in rows for span in re.findall(r"`([^`]+)`", row)]
    assert len(entries) > 80
    stale = [entry for entry in entries if not any(_stands_in(entry, text) for text in texts) and not _in(code, entry)]
    assert not stale


def _in(code: str, entry: list[str]) -> bool:
    return all(part in code or part in ANSIBLE_SAYS for part in entry)


#: What Ansible itself says of this collection's options and requirements, and a sentence that is put together.
ANSIBLE_SAYS = (
    "missing required arguments: site,",
    "Failed to import the required Python library (requests)",
    "Invalid options, nothing was changed:",
    "Completely failed to parse inventory source",
    "Ansible is being run in a world writable directory (", "), ignoring it as an ansible.cfg source",
    "couldn't resolve module/action 'msp.connectwise", "the role 'msp.connectwise",
    "may have been in progress in another thread when fork() was called",
    "Failed to create the directory", ".ansible", "Unable to use multiprocessing",
)


def _sources() -> list[Path]:
    folders = [ROOT / name for name in ("plugins", "roles", "playbooks")]
    return [path for folder in folders for path in folder.rglob("*.*") if path.suffix in (".py", ".yml", ".j2")]
