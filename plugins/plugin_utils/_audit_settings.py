# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of an audit: the variables audit_*, of the whole run and of each host. PRIVATE to this collection."""

from __future__ import annotations

import datetime
import os
import typing as t

from ..module_utils._domain.audit_document import DocumentError
from ..module_utils._domain.catalogue import parse_catalogue
from ..module_utils._domain.matrix import MatrixError
from ..module_utils._domain.names import fold, near_names
from ..module_utils._keys.document import time_text, utc_now
from . import _vendors
from ._report.audit import earlier
from ._variables import NotAsked, Variables, is_blank, is_on_awx

Settings = t.Dict[str, t.Any]


def of_run(variables: Variables) -> Settings:
    """The settings of the one report, as options of cw_audit_report. Raises NotAsked."""
    since = variables.value("audit_since")
    generated = str(variables.value("audit_generated") or time_text(utc_now()))
    try:
        datetime.datetime.fromisoformat(generated)
    except ValueError:
        raise NotAsked(
            f"audit_generated must be a time in ISO 8601, such as 2026-11-22T04:00:00Z, not {generated!r}."
        ) from None
    try:
        if since:
            earlier(os.path.abspath(since))
    except DocumentError as exc:
        raise NotAsked(f"audit_since can't be used: {exc}.") from None
    return {
        "output_dir": os.path.realpath(_folder(variables)),
        "formats": list(dict.fromkeys(variables.value("audit_formats"))),
        "generated": generated,
        "since": os.path.abspath(since) if since else None,
        "fail_on": list(dict.fromkeys(variables.value("audit_fail_on"))),
    }


def _folder(variables: Variables) -> str:
    """In AWX, by default ``audit`` in the folder of all other output: the working folder is lost with the job."""
    folder: str = variables.value("audit_output_dir")
    given = {name: not is_blank(variables.get(f"{name}_output_dir")) for name in ("audit", "cw")}
    if is_on_awx(variables.raw) and given["cw"] and not given["audit"]:
        return os.path.join(variables.value("cw_output_dir"), folder)
    return folder


def of_host(host: str, variables: Variables) -> Settings:
    """The lists to compare the members of a host with, and the folder of its key pairs. Raises NotAsked."""
    folder = _vendors.checked_folder(variables)
    own = variables.value("audit_catalogue")
    known = _named(own) if own else tuple(_vendors.matrices(folder))
    # a catalogue of one's own is taken as it is
    vendors = [] if own else [str(name).lower() for name in variables.value("audit_vendors")]
    _check(vendors, known, "audit_vendors")
    by_hand = variables.value("audit_map")
    chosen = vendors or known
    _check([str(vendor) for vendor in by_hand.values() if vendor], chosen, "audit_map")
    pairs = variables.value("audit_credentials_dir") if variables.value("audit_check_credentials") else None
    return {
        "vendors": vendors,
        "vendor_dir": folder,
        "catalogue": own,
        "audit_map": by_hand,
        "credentials_dir": os.path.realpath(os.path.join(pairs, host)) if pairs else None,
        "company": _company(variables),
    }


def _company(variables: Variables) -> str | None:
    try:
        found = variables.value("cw_company")
    except NotAsked:
        return None  # the login needs it and reports it
    return None if found is None else str(found)


def _named(catalogue: t.Sequence[t.Any]) -> tuple[str, ...]:
    try:
        return tuple(matrix.vendor for matrix in parse_catalogue(catalogue))
    except MatrixError as exc:
        raise NotAsked(f"audit_catalogue can't be used: {exc}.") from None


def _check(asked: t.Iterable[str], known: t.Sequence[str], variable: str) -> None:
    """Raises NotAsked for an unknown vendor."""
    names = {fold(name): name for name in known}
    unknown = [name for name in dict.fromkeys(asked) if fold(name) not in names]
    if unknown:
        near = near_names(unknown, known)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise NotAsked(
            f"Unknown vendor: {', '.join(unknown)} ({variable}).{meant} Known vendors: {', '.join(known)}."
        )
