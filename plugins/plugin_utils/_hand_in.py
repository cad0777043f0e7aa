# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a pair that a person pasted into a file, in many notations. PRIVATE to this collection.

Messages have line numbers, but nothing of the file's content.
"""

from __future__ import annotations

import codecs
import re
import typing as t

import yaml

from ..module_utils._client.login import QUOTES, text_problem
from ..module_utils._keys.ports import StoreError

HALVES = ("public", "private")
_LABEL = re.compile(r"(public|private)[\s_-]*key", re.IGNORECASE)
_BEHIND_LABEL = re.compile(rf"[\"'{QUOTES}*]*\s*(?:\([^)]*\))?\s*[:=]?\s*")
_NOTHING = re.compile(r"\s*(#.*|-{3}|\{\s*\}|null|~)?\s*\Z")


class _Half(t.NamedTuple):
    """``line`` is 0 if unknown."""

    text: str
    line: int


def decoded(content: bytes, place: str) -> str:
    """The text of a file, as editors of any system write it. Raises StoreError."""
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise StoreError(f"{place} isn't a text file.") from None


def read_halves(text: str, place: str) -> tuple[str, str] | None:
    """Public and private key; None if nothing is filled in yet. Raises StoreError.

    Read as YAML or JSON, or else as the text after the label of each half, or on the line below it, as on
    ConnectWise's page.
    """
    lines = text.splitlines()
    halves = {name: _half(name, text, lines, place) for name in HALVES}
    found = {name: half for name, half in halves.items() if half}
    if not found:
        number = next((at for at, line in enumerate(lines, 1) if not _NOTHING.match(line) and not _is_label(line)), 0)
        if number:
            raise StoreError(
                f"{place} needs both public_key and private_key. Line {number} holds something else: write each"
                " on its own line, after its name and a colon."
            )
        return None
    for name in HALVES:
        if name not in found:
            (other, half), = found.items()
            raise StoreError(
                f"{place} needs both public_key and private_key. Line {half.line} has the {other} key, but the"
                f" {name} key is missing."
            )
    for name, half in found.items():
        problem = text_problem(f"the {name} key", half.text)
        if problem:
            raise StoreError(f"{place} has an invalid key. Line {half.line}: {problem}.")
    public_key, private_key = (found[name].text for name in HALVES)
    if public_key == private_key:
        raise StoreError(
            f"{place} has the same key twice, in lines {found['public'].line} and {found['private'].line}. Copy both"
            " from the page."
        )
    return public_key, private_key


def _half(name: str, text: str, lines: list[str], place: str) -> _Half | None:
    labelled = list(_labelled(name, lines))
    in_yaml = _of_yaml(name, text)
    if not all(isinstance(value, str) for value in in_yaml):
        raise StoreError(f"{place} has something other than text for the {name} key.")
    values = dict.fromkeys(_unquoted(value) for value in in_yaml)
    if not any(values):
        values = dict.fromkeys(half.text for half in labelled)
    given = [value for value in values if value]
    if len(given) > 1:
        raise StoreError(f"{place} holds more than one {name} key. Keep only one pair in it.")
    return _Half(given[0], labelled[0].line if labelled else 1) if given else None


def _of_yaml(name: str, text: str) -> list[t.Any]:
    """The values of a half in a mapping, in a list of them, or one level below."""
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # BaseLoader creates only strings, lists and dicts
    except yaml.YAMLError:
        return []
    level = document if isinstance(document, list) else [document]
    level = [item for item in level if isinstance(item, dict)]
    level += [value for item in level for value in item.values() if isinstance(value, dict)]
    return [value for item in level for key, value in item.items() if _is_name(name, str(key))]


def _is_name(name: str, key: str) -> bool:
    """Whether a key of a mapping is public_key, publicKey, "Public Key", onboard_public_key and the like."""
    return re.sub(r"[\W_]", "", key).casefold().endswith(f"{name}key")


def _labelled(name: str, lines: list[str]) -> t.Iterator[_Half]:
    for at, line in enumerate(lines):
        label = _LABEL.search(line)
        if not label or line.lstrip().startswith("#") or label.group(1).casefold() != name:
            continue
        value = _unquoted(line[t.cast("re.Match[str]", _BEHIND_LABEL.match(line, label.end())).end() :])
        below = next(((number, text) for number, text in enumerate(lines[at + 1 :], at + 1) if text.strip()), None)
        if not value and below and not _NOTHING.match(below[1]) and not _is_label(below[1]):
            value = _unquoted(below[1])
        yield _Half(value, at + 1)


def _is_label(line: str) -> bool:
    return _LABEL.search(line) is not None


def _unquoted(value: str) -> str:
    """Without a trailing comma and surrounding quotes, including typographic ones."""
    value = value.strip().rstrip(",").strip()
    if len(value) > 1 and value[0] in QUOTES + "\"'`" and value[-1] in QUOTES + "\"'`":
        value = value[1:-1].strip()
    return value
