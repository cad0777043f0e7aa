# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one reader of vendors' data: the matrices of the collection's roles, and a user's own files. PRIVATE."""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import yaml

from ..module_utils._domain.delivery import Delivery, delivery_of
from ..module_utils._domain.matrix import MatrixError, adjust
from ..module_utils._domain.names import near_names
from ..module_utils._domain.vendor import Integration, VendorError, collisions, integration_of, variable_names
from ._variables import NotAsked, Variables

ROLES = Path(__file__).resolve().parents[2] / "roles"
PARTIAL = Path(__file__).with_name("partial_vendors")  # lists known in part: for audits alone

_LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"([a-z][a-z0-9_]*)_matrix")
_FIELDS = ("product", "role_name", "member_identifier", "member_name", "date", "status", "source", "missing")
_ROW = ("module", "function", "add", "edit", "delete", "inquire", "optional", "id", "since", "unknown")

Matrix = t.Dict[str, t.Any]


class MatrixFileError(ValueError):
    """A file of matrices that can't be read."""


def matrices(directories: t.Iterable[str], chosen: t.Collection[str] = ()) -> dict[str, Matrix]:
    """{vendor: matrix} of the collection's roles and partial lists, and of the YAML files in the directories.

    A user's own matrix goes before the collection's of the same name. ``chosen``: only these vendors.
    Raises MatrixFileError.
    """
    found: dict[str, Matrix] = {}
    for path in sorted((*_partial(chosen), *_roles(chosen)), key=_vendor_of):
        found.update(_kept(path))
    for path in _files(directories):
        found.update(_read(path))
    unknown = [name for name in chosen if name not in found]
    if unknown:
        near = near_names(unknown, [*names(), *(path.stem for path in _partial(()))])
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise MatrixFileError(f"no matrix of {', '.join(unknown)} was found{meant}")
    return {name: matrix for name, matrix in found.items() if not chosen or name in chosen}


@functools.cache
def names() -> tuple[str, ...]:
    """The vendors that have a role in this collection."""
    found = {path.parent.parent.name: path for path in _roles(())}
    return tuple(name for name, path in found.items() if f"\n{name}_matrix:".encode() in path.read_bytes())


@functools.cache
def matrix(vendor: str) -> Matrix:
    """The matrix of a vendor's role, read once in a process. Raises MatrixFileError."""
    return matrices((), (vendor,))[vendor]


def product(vendor: str) -> str:
    """What people call it; the name itself where there is no such role."""
    return str(matrix(vendor)["product"]) if vendor in names() else vendor


def delivery(vendor: str) -> Delivery:
    """Where its product takes a pair; empty where the vendor doesn't say, or there is no such role."""
    return delivery_of(matrix(vendor)) if vendor in names() else Delivery()


class Chosen(t.NamedTuple):
    """The integrations of a host that can be worked on, and {vendor: why not} of the others."""

    integrations: list[Integration]
    refused: dict[str, str]


def integrations(vendors: t.Iterable[str], variables: Variables) -> Chosen:
    """What is to be created for these vendors on a host, as its own variables have it."""
    found: list[Integration] = []
    refused: dict[str, str] = {}
    for vendor in vendors:
        if vendor not in names():
            refused[vendor] = f"There is no role for {vendor}."
            continue
        try:
            found.append(integration_of(vendor, matrix(vendor), own_values(vendor, matrix(vendor), variables)))
        except (VendorError, MatrixFileError, NotAsked) as exc:
            refused[vendor] = f"The options of {vendor} can't be used, so nothing was changed for it: {exc}."
    for vendor, why in collisions(found).items():
        refused[vendor] = f"Nothing was changed for {vendor}: {why}."
    return Chosen([each for each in found if each.vendor not in refused], refused)


def own_values(vendor: str, of: Matrix, variables: Variables) -> dict[str, t.Any]:
    """{option: value} of what a host says of a vendor in variables of its own, such as rewst_role_name.

    Raises NotAsked where one can't be templated.
    """
    return {name: variables.get(variable) for name, variable in variable_names(vendor, of).items()}


def _roles(chosen: t.Collection[str]) -> list[Path]:
    files = sorted(ROLES.glob("*/vars/main.yml"))
    return [path for path in files if not chosen or path.parent.parent.name in chosen]


def _partial(chosen: t.Collection[str]) -> list[Path]:
    return [path for path in sorted(PARTIAL.glob("*.yml")) if not chosen or path.stem in chosen]


def _vendor_of(path: Path) -> str:
    return path.stem if path.parent == PARTIAL else path.parent.parent.name


def _files(directories: t.Iterable[str]) -> list[Path]:
    files: list[Path] = []
    for directory in map(Path, directories):
        if not directory.is_dir():
            raise MatrixFileError(f"{directory} isn't a folder")
        files += sorted(path for path in directory.iterdir() if path.suffix in (".yml", ".yaml") and path.is_file())
    return files


@functools.cache
def _kept(path: Path) -> dict[str, Matrix]:
    return _read(path)


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
    entry.update({"maker": matrix["vendor"]} if matrix.get("vendor") else {})
    entry.update({"aliases": list(matrix["aliases"])} if matrix.get("aliases") else {})
    entry["permissions"] = [_row(row) if isinstance(row, dict) else row for row in matrix["permissions"]]
    return entry


def adjusted(directories: t.Iterable[str], chosen: t.Collection[str], host: Variables) -> list[dict[str, t.Any]]:
    """The entries of the catalogue as the host's own variables change them. Raises MatrixFileError and NotAsked."""
    found = matrices(directories, chosen)
    return [_adjusted(vendor, of, host) for vendor, of in found.items()]


def _adjusted(vendor: str, of: Matrix, host: Variables) -> dict[str, t.Any]:
    """One entry; rows that stay keep what is known of them."""
    entry = catalogue_entry(vendor, of)
    try:
        own = own_values(vendor, of, host)
        texts = {name: str(own[name]) for name in ("role_name", "member_identifier") if own[name]}
        extra, without = own["permissions_extra"] or (), own["permissions_without"] or ()
        if not extra and not without:
            return {**entry, **texts}
        rows = adjust(entry["permissions"], extra, without, prefix=f"{vendor}_")
    except (MatrixError, NotAsked) as exc:
        raise NotAsked(f"The matrix of {vendor} can't be adjusted: {exc}") from None
    known = {(row["module"], row["function"]): row for row in entry["permissions"]}
    return {**entry, **texts, "permissions": [_remarked(row, known) for row in rows]}


def _remarked(row: Matrix, known: t.Mapping[tuple[str, str], Matrix]) -> Matrix:
    before = known.get((row["module"], row["function"]), {})
    return {**row, **{name: before[name] for name in ("since", "note", "unknown") if name in before}}


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
