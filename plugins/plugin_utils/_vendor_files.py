# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vendors' data in YAML files: those of the collection, and those of a user's own folder. PRIVATE to this collection.

A file has one variable, ``<vendor>_matrix``, as ``vendor.schema.json`` describes it.
"""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

import yaml
from ansible.parsing.vault import is_encrypted

from ._variables import declared
from ._vendor_schema import faults, schema

_BASE: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENDINGS = (".yml", ".yaml")

# a question that cw_vendor_import wrote
_ASKED = re.compile(r"^\s*# ASK:", re.MULTILINE)

Matrix = t.Dict[str, t.Any]


class MatrixFileError(ValueError):
    """Vendors' files that can't be used; the text names each error with its place."""


class _Loader(_BASE):  # type: ignore[misc]
    """A safe loader that leaves dates as text and refuses duplicate keys, of which YAML would lose one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> t.Any:
        seen: set[str] = set()
        for key, _value in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name} is listed twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    letter: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in _BASE.yaml_implicit_resolvers.items()
}
_Loader.add_constructor("tag:yaml.org,2002:map", lambda self, node: self.construct_mapping(node, True))


def read_matrix(path: Path, vendor: str) -> Matrix:
    """The data of a vendor in one of the collection's own files, which the tests hold against the schema.

    Raises MatrixFileError.
    """
    document = _document(path)
    if not isinstance(document, dict) or not isinstance(document.get(f"{vendor}_matrix"), dict):
        raise MatrixFileError(f"{path} has no {vendor}_matrix")
    found: Matrix = document[f"{vendor}_matrix"]
    return found


def read_folder(folder: str) -> dict[str, Matrix]:
    """{vendor: matrix} of the files in a user's folder. Raises MatrixFileError with every error in every file."""
    found: dict[str, Matrix] = {}
    problems: list[str] = []
    for path in _files(folder):
        vendor = path.stem
        try:
            matrix = _checked(path, vendor)
        except _Faults as exc:
            problems += [f"{path.name}: {fault}" for fault in exc.faults]
            continue
        if vendor in found:
            problems.append(f"{path.name}: {vendor} has another file there; keep one of them")
        found[vendor] = matrix
    if problems:
        raise MatrixFileError(f"the files in {folder} have errors: {'; '.join(problems)}")
    return found


class _Faults(Exception):
    def __init__(self, faults: t.Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = list(faults)


def missing_library() -> str:
    """What to do if jsonschema isn't installed, as a sentence without a full stop."""
    return (
        "your own lists are checked with the library jsonschema, which the Python that runs Ansible lacks. Run:"
        f" {sys.executable} -m pip install 'jsonschema>=4.18'"
    )


def name_fault(vendor: str) -> str:
    """Why a vendor can't have this name; empty if it can."""
    slug = schema()["$defs"]["slug"]
    if not re.search(slug["pattern"], vendor) or "\n" in vendor:
        return f"{vendor!r} can't be a vendor's name: use lower-case letters, digits and underscores"
    if any(name.startswith(f"{vendor}_") for name in declared()):
        why = f"since variables of this collection begin with {vendor}_"
        return f"{vendor} can't be a vendor's name, {why}: give it another"
    return ""


def _files(folder: str) -> list[Path]:
    try:
        found = sorted(Path(folder).iterdir())
    except NotADirectoryError:
        raise MatrixFileError(f"{folder} isn't a folder") from None
    except FileNotFoundError:
        raise MatrixFileError(f"{folder} isn't a folder") from None
    except OSError as exc:
        raise MatrixFileError(f"{folder} can't be read: {exc.strerror or exc}") from None
    return [path for path in found if path.suffix in _ENDINGS and not path.name.startswith(".") and path.is_file()]


def _checked(path: Path, vendor: str) -> Matrix:
    """The data of a user's file. Raises _Faults, and MatrixFileError if nothing can be checked here."""
    wrong = name_fault(vendor)
    if wrong:
        raise _Faults([wrong])
    try:
        document = _document(path)
        asked = _ASKED.search(path.read_text(encoding="utf-8-sig"))
    except MatrixFileError as exc:
        raise _Faults([str(exc).removeprefix(f"{path} ")]) from None
    variable = f"{vendor}_matrix"
    if not isinstance(document, dict) or list(document) != [variable]:
        there = ", ".join(map(str, document)) if isinstance(document, dict) else ""
        raise _Faults([f"its only top-level variable must be {variable}{f', but it has {there}' if there else ''}"])
    try:
        problems = faults(document[variable])
    except ImportError:
        raise MatrixFileError(missing_library()) from None
    if asked and document[variable].get("status") != "partial":
        problems = ["a question (ASK) is still open: answer it and delete its line, or leave status at partial"]
    if problems:
        raise _Faults(problems)
    found: Matrix = document[variable]
    return found


def _document(path: Path) -> t.Any:
    try:
        content = path.read_bytes()
        if is_encrypted(content):
            raise MatrixFileError(f"{path} is encrypted with ansible-vault: decrypt it, it holds no secret")
        return yaml.load(content.decode("utf-8-sig"), Loader=_Loader)  # a safe loader, the C one if available
    except OSError as exc:
        raise MatrixFileError(f"{path} can't be read: {exc.strerror or exc}") from None
    except UnicodeDecodeError:
        raise MatrixFileError(f"{path} can't be read: it isn't UTF-8") from None
    except yaml.YAMLError as exc:
        raise MatrixFileError(f"{path} can't be read: {_where(exc)}") from None


def _where(exc: yaml.YAMLError) -> str:
    """A parser's message on one line."""
    mark, problem = getattr(exc, "problem_mark", None), getattr(exc, "problem", None)
    return f"line {mark.line + 1}: {problem}" if mark and problem else " ".join(str(exc).split())
