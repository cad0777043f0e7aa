# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only reader of vendors' data. PRIVATE to this collection.

The data is in three places: in the vendors' roles, in ``partial_vendors`` if only part of a list is known, and in the
user's own folder (``cw_vendor_dir``). ``folder`` is that folder, as from ``folder_of``; empty if there is none.
"""

from __future__ import annotations

import functools
import os
import typing as t
from pathlib import Path

from ..module_utils._domain.delivery import Delivery, delivery_of
from ..module_utils._domain.matrix import MatrixError, adjust
from ..module_utils._domain.names import FunctionName, near_names
from ..module_utils._domain.vendor import Integration, VendorError, collisions, integration_of, variable_names
from ._variables import NotAsked, Variables
from ._vendor_files import MatrixFileError as MatrixFileError
from ._vendor_files import read_folder, read_matrix

ROLES = Path(__file__).resolve().parents[2] / "roles"
PARTIAL = Path(__file__).resolve().with_name("partial_vendors")

_FIELDS = ("product", "role_name", "member_identifier", "member_name", "date", "status", "source", "missing")
_ROW = ("module", "function", "add", "edit", "delete", "inquire", "optional", "id", "since", "unknown")

Matrix = t.Dict[str, t.Any]


def folder_of(variables: Variables) -> str:
    """The real path of ``cw_vendor_dir``; empty if it isn't set. Raises NotAsked."""
    found = variables.value("cw_vendor_dir")
    return os.path.realpath(found) if found else ""


def checked_folder(variables: Variables) -> str:
    """The same, after reading its files. Raises NotAsked with every error in every file."""
    folder = folder_of(variables)
    try:
        own(folder)
    except MatrixFileError as exc:
        raise NotAsked(f"cw_vendor_dir can't be used: {exc}.") from None
    return folder


@functools.cache
def own(folder: str) -> dict[str, Matrix]:
    """{vendor: matrix} of the user's folder, read once per process. Raises MatrixFileError with all errors."""
    return read_folder(folder) if folder else {}


def matrices(folder: str = "", chosen: t.Collection[str] = ()) -> dict[str, Matrix]:
    """{vendor: matrix} of all known lists, including partial ones. ``chosen``: only these vendors.

    A user's own list replaces the collection's of the same name. Raises MatrixFileError.
    """
    places: dict[str, Path | None] = {**_places(), **dict.fromkeys(own(folder))}
    unknown = [name for name in chosen if name not in places]
    if unknown:
        near = near_names(unknown, places)
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise MatrixFileError(f"no matrix found for {', '.join(unknown)}{meant}")
    return {vendor: _read(vendor, path, folder) for vendor, path in places.items() if not chosen or vendor in chosen}


def names(folder: str = "") -> tuple[str, ...]:
    """The vendors that can be onboarded: those with a complete list. Raises MatrixFileError."""
    known = dict.fromkeys(_roles(), True)
    known.update((vendor, not is_partial(of)) for vendor, of in own(folder).items())
    return tuple(sorted(vendor for vendor, whole in known.items() if whole))


def replaced(folder: str) -> list[str]:
    """The vendors of the collection that a list in the user's folder replaces."""
    return [vendor for vendor in own(folder) if vendor in _places()]


def is_partial(matrix: Matrix) -> bool:
    """Whether only a part of the vendor's list is known."""
    return bool(matrix.get("status") == "partial")


def why_not(vendor: str, folder: str = "") -> str:
    """Why a vendor can't be onboarded, as a sentence; empty if it can. Raises MatrixFileError."""
    if vendor in names(folder):
        return ""
    return why_partial(vendor, folder) or f"Unknown vendor: {vendor}."


def why_partial(vendor: str, folder: str = "") -> str:
    """A sentence that says that a vendor's list is only partly known; empty if it is complete.

    Raises MatrixFileError.
    """
    of = matrix(vendor, folder) if vendor in own(folder) or vendor in _places() else {}
    if not is_partial(of):
        return ""
    missing = str(of["missing"]).rstrip(".")
    return f"The list of {of['product']} is known only in part, so nothing is created from it: {missing}."


def matrix(vendor: str, folder: str = "") -> Matrix:
    """The matrix of a vendor. Raises MatrixFileError."""
    return matrices(folder, (vendor,))[vendor]


def product(vendor: str, folder: str = "") -> str:
    """The product's name; the vendor's own name if it is unknown."""
    try:
        return str(matrix(vendor, folder)["product"])
    except MatrixFileError:
        return vendor


def delivery(vendor: str, folder: str = "") -> Delivery:
    """Where its product takes a pair; empty if the vendor doesn't say or is unknown."""
    return delivery_of(matrix(vendor, folder)) if vendor in names(folder) else Delivery()


def functions(folder: str = "") -> list[FunctionName]:
    """The functions in any vendor's list: each exists in ConnectWise. Raises MatrixFileError."""
    rows = [row for of in matrices(folder).values() for row in of["permissions"]]
    found = (FunctionName(str(row["module"]), str(row["function"])) for row in rows)
    return list({name.key: name for name in found}.values())


class Chosen(t.NamedTuple):
    """The integrations of a host that can be worked on, and {vendor: why not} of the others."""

    integrations: list[Integration]
    refused: dict[str, str]


def integrations(vendors: t.Iterable[str], variables: Variables) -> Chosen:
    """The integrations of these vendors on a host, adjusted by its own variables."""
    found: list[Integration] = []
    refused: dict[str, str] = {}
    try:
        folder = checked_folder(variables)
    except NotAsked as exc:
        return Chosen([], dict.fromkeys(vendors, f"Nothing was changed. {exc}"))
    for vendor in vendors:
        why = why_not(vendor, folder)
        if why:
            refused[vendor] = why
            continue
        try:
            of = matrix(vendor, folder)
            found.append(integration_of(vendor, of, own_values(vendor, of, variables)))
        except (VendorError, MatrixFileError, NotAsked) as exc:
            refused[vendor] = f"The options of {vendor} are invalid, so nothing was changed for it: {exc}."
    for vendor, why in collisions(found).items():
        refused[vendor] = f"Nothing was changed for {vendor}: {why}."
    return Chosen([each for each in found if each.vendor not in refused], refused)


def own_values(vendor: str, of: Matrix, variables: Variables) -> dict[str, t.Any]:
    """{option: value} of a vendor's variables on a host, such as rewst_role_name.

    Raises NotAsked if one can't be templated.
    """
    return {name: variables.get(variable) for name, variable in variable_names(vendor, of).items()}


@functools.cache
def _roles() -> dict[str, Path]:
    """{vendor: file} of the vendors that have a role in this collection."""
    found = {path.parent.parent.name: path for path in sorted(ROLES.glob("*/vars/main.yml"))}
    return {name: path for name, path in found.items() if f"\n{name}_matrix:".encode() in path.read_bytes()}


@functools.cache
def _places() -> dict[str, Path]:
    """{vendor: file} of the vendors of this collection."""
    found = {**{path.stem: path for path in PARTIAL.glob("*.yml")}, **_roles()}
    return dict(sorted(found.items()))


def _read(vendor: str, path: Path | None, folder: str) -> Matrix:
    return own(folder)[vendor] if path is None else _of_collection(path, vendor)


@functools.cache
def _of_collection(path: Path, vendor: str) -> Matrix:
    return read_matrix(path, vendor)


def catalogue_entry(vendor: str, matrix: Matrix) -> dict[str, t.Any]:
    """What the option ``catalogue`` of cw_audit_info takes: names, dates, and rows without their purposes."""
    entry: dict[str, t.Any] = {"vendor": vendor}
    entry.update((name, str(matrix[name])) for name in _FIELDS if matrix.get(name) is not None)
    entry.update({"maker": matrix["vendor"]} if matrix.get("vendor") else {})
    entry.update({"aliases": list(matrix["aliases"])} if matrix.get("aliases") else {})
    entry["permissions"] = [_row(row) if isinstance(row, dict) else row for row in matrix["permissions"]]
    return entry


def adjusted(folder: str, chosen: t.Collection[str], host: Variables) -> list[dict[str, t.Any]]:
    """The entries of the catalogue as the host's own variables change them. Raises MatrixFileError and NotAsked."""
    found = matrices(folder, chosen)
    return [_adjusted(vendor, of, host) for vendor, of in found.items()]


def _adjusted(vendor: str, of: Matrix, host: Variables) -> dict[str, t.Any]:
    """One entry; remaining rows keep their remarks."""
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
    """Why a vendor's row is uncertain."""
    remarks = []
    if row.get("feature"):
        remarks.append(f"only for {row['feature']}")
    if row.get("assumed"):
        remarks.append(f"the vendor names {', '.join(map(str, row['assumed']))} without a level")
    if row.get("evidence"):
        remarks.append(f"derived, evidence {row['evidence']}")
    return remarks
