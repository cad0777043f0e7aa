# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vendor's integration: its published matrix with the options of a host applied. PRIVATE to this collection.

OPTIONS is the only schema of a vendor's options. Their variables are named ``<vendor>_<option>``.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .matrix import MatrixError, adjust
from .names import lookalike

Matrix = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Option:
    """An option of each vendor for which ``applies`` is true. ``longest`` is ConnectWise's limit in characters."""

    kind: str
    description: str
    longest: int = 0
    applies: t.Callable[[Matrix], bool] = lambda matrix: True


OPTIONS: t.Mapping[str, Option] = {
    "role_name": Option("text", "Name of the security role.", 30),
    "member_identifier": Option("text", "Identifier of the API member.", 15),
    "member_name": Option("text", "Name of the API member.", 30),
    "key_description": Option("text", "Description of the API key."),
    "structure_level": Option("text", "Structure level of the API member; highest is the top of the structure."),
    "permissions_extra": Option("rows", "Rows to add to the matrix. A row replaces the matrix's row of its function."),
    "permissions_without": Option("rows", "Functions whose rows are removed from the matrix."),
    "profile": Option(
        "profile",
        "Which of the vendor's profiles to use. There is no default.",
        applies=lambda matrix: bool(matrix.get("profiles")),
    ),
    "table_setup_entries": Option(
        "tables",
        "All tables of System / Table Setup on the vendor's page, as Category / Table.",
        applies=lambda matrix: any(each.get("unreadable") for each in matrix.get("customize") or ()),
    ),
    "excluded_boards": Option(
        "names",
        "Names of the service boards that the API member has no access to.",
        applies=lambda matrix: "excluded_boards" in (matrix.get("member_needs") or {}),
    ),
}


class VendorError(ValueError):
    """Invalid options of a vendor; ``problems`` has a sentence for each, with the name of its variable."""

    def __init__(self, problems: t.Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Integration:
    """What is created for a vendor on an instance.

    ``permissions`` has rows in the shape of the option of that name. Without ``manage_role``, the member gets an
    existing security role. ``customize`` has the lists that only a person can set: each has ``module``, ``function``,
    ``mode`` (allow or disallow), ``entries``, and ``described`` for entries that the vendor describes but doesn't name.
    ``member_needs`` is {option of cw_api_member: why, as a sentence} for values that the vendor requires and only the
    user knows. ``asked_identifier`` is the identifier that the vendor asks for, if it is too long for ConnectWise.
    """

    vendor: str
    product: str
    role_name: str
    member_identifier: str
    member_name: str
    key_description: str
    permissions: t.Sequence[t.Mapping[str, t.Any]] = field(hash=False)
    structure_level: str | None = None
    manage_role: bool = True
    customize: t.Sequence[t.Mapping[str, t.Any]] = field(default=(), hash=False)
    member_needs: t.Mapping[str, str] = field(default_factory=dict, hash=False)
    excluded_boards: t.Sequence[str] | None = field(default=None, hash=False)
    asked_identifier: str = ""


def every_variable(vendors: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    """(option, variable) of these vendors, including options that don't apply to them."""
    return ((option, f"{vendor}_{option}") for vendor in vendors for option in OPTIONS)


def variable_names(vendor: str, matrix: Matrix) -> dict[str, str]:
    """{option: variable} of the options that this vendor has."""
    return {name: f"{vendor}_{name}" for name, option in OPTIONS.items() if option.applies(matrix)}


def integration_of(vendor: str, matrix: Matrix, values: t.Mapping[str, t.Any]) -> Integration:
    """The integration of a published matrix. ``values`` are this host's options; null and blank mean the default.

    Raises VendorError with all problems.
    """
    problems: list[str] = []
    given = {name: value for name, value in values.items() if not _is_blank(value)}
    texts = {
        name: _text(f"{vendor}_{name}", given.get(name, matrix.get(name)), option.longest, problems)
        for name, option in OPTIONS.items()
        if option.kind == "text"
    }
    permissions: list[dict[str, t.Any]] = []
    try:
        own = (given.get("permissions_extra", ()), given.get("permissions_without", ()))
        permissions = adjust(matrix["permissions"], *own, prefix=f"{vendor}_")
    except MatrixError as exc:
        problems += exc.problems
    profile = _profile(vendor, matrix, given.get("profile"), problems)
    customize = _customize(vendor, matrix, given.get("table_setup_entries"), problems)
    wrong = f"{vendor}_excluded_boards must be a list of service board names"
    boards = _names(given.get("excluded_boards"), wrong, problems)
    if problems:
        raise VendorError(problems)
    return Integration(
        vendor=vendor,
        product=str(matrix["product"]),
        role_name=profile.get("role") or texts["role_name"],
        member_identifier=texts["member_identifier"],
        member_name=texts["member_name"],
        key_description=texts["key_description"],
        structure_level=texts["structure_level"] or None,
        permissions=permissions,
        manage_role="role" not in profile,
        customize=customize,
        member_needs=dict(matrix.get("member_needs") or {}),
        excluded_boards=boards,
        asked_identifier=_asked_identifier(matrix, texts["member_identifier"]),
    )


def collisions(integrations: t.Sequence[Integration]) -> dict[str, str]:
    """{vendor: reason} for integrations of one instance that share a security role or an API member.

    Names that differ only in case, spaces or look-alike letters count as the same.
    """
    found: dict[str, list[str]] = {}
    for what, option in (("security role", "role_name"), ("API member", "member_identifier")):
        sharing: dict[str, list[Integration]] = {}
        for each in integrations:
            if option != "role_name" or each.manage_role:  # a role that exists may have many members
                sharing.setdefault(lookalike(getattr(each, option)), []).append(each)
        for group in sharing.values():
            for each in group if len(group) > 1 else ():
                others = " and ".join(sorted(other.vendor for other in group if other is not each))
                found.setdefault(each.vendor, []).append(
                    f"it shares {what} {getattr(each, option)!r} with {others}. Each integration needs its own:"
                    f" set {each.vendor}_{option}"
                )
    return {vendor: "; ".join(problems) for vendor, problems in found.items()}


def misread(name: str, value: t.Any) -> str:
    """A sentence without its period if YAML read an unquoted text, such as no or on, as a boolean; else empty."""
    if not isinstance(value, bool):
        return ""
    return f"{name} must be text, but YAML reads it as {value}: put it in quotation marks"


def _is_blank(value: t.Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def _text(variable: str, value: t.Any, longest: int, problems: list[str]) -> str:
    if value is None:
        return ""
    wrong = misread(variable, value)
    if wrong:
        problems.append(wrong)
        return ""
    if isinstance(value, (list, tuple, dict)):
        problems.append(f"{variable} must be text, not {value!r}")
        return ""
    text = str(value).strip()
    if longest and len(text) > longest:
        problems.append(f"{variable} {text!r} has {len(text)} characters; at most {longest} are allowed")
    return text


def _profile(vendor: str, matrix: Matrix, chosen: t.Any, problems: list[str]) -> Matrix:
    profiles = {profile["name"]: profile for profile in matrix.get("profiles") or ()}
    if profiles and (not isinstance(chosen, str) or chosen not in profiles):
        choice = " or ".join(profiles)
        problems.append(
            f"{vendor}_profile must be {choice}, not {chosen!r}" if chosen is not None
            else f"{vendor}_profile is missing: choose {choice}"
        )
    return profiles.get(chosen, {}) if isinstance(chosen, str) else {}


def _customize(vendor: str, matrix: Matrix, entries: t.Any, problems: list[str]) -> list[Matrix]:
    """The Customize lists. A list that the vendor publishes only in part is included once the user completes it."""
    wrong = f"{vendor}_table_setup_entries must be a list of tables, as Category / Table"
    own = _names(entries, wrong, problems)
    found: list[Matrix] = []
    for each in matrix.get("customize") or ():
        if not each.get("unreadable"):
            found.append(dict(each))
        elif own is not None:
            found.append({**{name: each[name] for name in ("module", "function", "mode")}, "entries": own})
    return found


def _names(given: t.Any, wrong: str, problems: list[str]) -> list[str] | None:
    """A list of names, or text with commas as a survey gives it; None if nothing is given."""
    if given is None:
        return None
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and name.strip() for name in names):
        problems.append(wrong)
        return None
    return [name.strip() for name in names]


def _asked_identifier(matrix: Matrix, identifier: str) -> str:
    """The identifier that the vendor asks for, if it is too long and the user chose no other."""
    return str(matrix.get("member_identifier_as_written") or "") if identifier == matrix["member_identifier"] else ""


def list_name(each: Matrix) -> str:
    """The function that a Customize list belongs to, as ``module / function``."""
    return f"{each['module']} / {each['function']}"
