# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matrices as files: those of the collection's own roles, and a user's. PRIVATE to this collection."""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"

_LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"([a-z][a-z0-9_]*)_matrix")
_FIELDS = ("product", "role_name", "member_identifier", "date", "status", "source")
_ROW = ("module", "function", "add", "edit", "delete", "inquire", "optional", "since")

Matrix = t.Dict[str, t.Any]


class MatrixFileError(ValueError):
    """A file of matrices that can't be read."""


def matrices(directories: t.Iterable[str], chosen: t.Collection[str] = ()) -> dict[str, Matrix]:
    """{vendor: matrix} of the collection's roles and of the YAML files in the directories.

    A user's own matrix goes before the collection's of the same name. ``chosen``: only these vendors.
    Raises MatrixFileError.
    """
    found: dict[str, Matrix] = {}
    for path in [*_roles(chosen), *_files(directories)]:
        found.update(_read(path))
    unknown = [name for name in chosen if name not in found]
    if unknown:
        raise MatrixFileError(f"no matrix of {', '.join(unknown)} was found")
    return {name: matrix for name, matrix in found.items() if not chosen or name in chosen}


@functools.cache
def role_matrix(vendor: str) -> Matrix:
    """The matrix of a vendor's role of this collection, read once in a process. Raises MatrixFileError."""
    return matrices((), (vendor,))[vendor]


def leaves_choice(matrix: Matrix) -> bool:
    """Whether its role asks for more than names and rows: a profile, or a list of tables that isn't published."""
    return bool(matrix.get("profiles")) or bool(matrix["table_setup"].get("unreadable"))


def _roles(chosen: t.Collection[str]) -> list[Path]:
    files = sorted(ROLES.glob("*/vars/main.yml"))
    return [path for path in files if not chosen or path.parent.parent.name in chosen]


def _files(directories: t.Iterable[str]) -> list[Path]:
    files: list[Path] = []
    for directory in map(Path, directories):
        if not directory.is_dir():
            raise MatrixFileError(f"{directory} isn't a folder")
        files += sorted(path for path in directory.iterdir() if path.suffix in (".yml", ".yaml") and path.is_file())
    return files


def _read(path: Path) -> dict[str, Matrix]:
    """The variables of a file that are called <vendor>_matrix."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # a safe loader, in C where there is one
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise MatrixFileError(f"{path} can't be read: {exc}") from None
    found = {}
    for name, value in document.items() if isinstance(document, dict) else ():
        match = _VARIABLE.fullmatch(str(name))
        if match and isinstance(value, dict) and isinstance(value.get("permissions"), list):
            found[match.group(1)] = value
    return found


def catalogue_entry(vendor: str, matrix: Matrix) -> dict[str, t.Any]:
    """What the option ``catalogue`` of cw_audit_info takes: names, dates, and rows without their purposes."""
    entry: dict[str, t.Any] = {"vendor": vendor}
    entry.update((name, str(matrix[name])) for name in _FIELDS if matrix.get(name) is not None)
    entry["permissions"] = [_row(row) if isinstance(row, dict) else row for row in matrix["permissions"]]
    return entry


def _row(row: Matrix) -> Matrix:
    trimmed = {name: row[name] for name in _ROW if name in row}
    if "since" in trimmed:
        trimmed["since"] = str(trimmed["since"])
    note = row.get("note") or "; ".join(_remarks(row))
    return {**trimmed, "note": note} if note else trimmed


def _remarks(row: Matrix) -> list[str]:
    """What makes a row of a vendor less than certain."""
    remarks = []
    if row.get("feature"):
        remarks.append(f"only for {row['feature']}")
    if row.get("assumed"):
        remarks.append(f"the vendor names {', '.join(map(str, row['assumed']))} without a level")
    if row.get("evidence"):
        remarks.append(f"derived, evidence {row['evidence']}")
    return remarks
