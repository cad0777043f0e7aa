# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proposes a vendor's file from a table, for cw_vendor_import and ``make vendor``. PRIVATE."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from ..module_utils._domain import rights_table, vendor_proposal
from ..module_utils._domain.rights_table import Proposal
from . import _vendors
from ._vendor_files import MatrixFileError, missing_library, name_fault
from ._vendor_schema import faults

LARGEST = 2_000_000  # bytes


class ImportFault(ValueError):
    """Why no file can be proposed; the text is for the user."""


def propose(vendor: str, table: str, about: t.Mapping[str, str | None], folder: str = "") -> tuple[str, Proposal]:
    """(text of the file, the parsed table). ``table`` is the path of the table. Raises ImportFault."""
    wrong = name_fault(vendor)
    if wrong:
        raise ImportFault(wrong)
    try:
        proposal = rights_table.read(_text(table), _vendors.functions(folder))
    except (rights_table.TableError, MatrixFileError) as exc:
        raise ImportFault(f"{table} can't be used: {exc}") from None
    if not proposal.rows:
        raise ImportFault(f"{table} can't be used: none of its rows has a level")
    text = vendor_proposal.render(vendor, proposal, Path(table).name, about)
    try:
        problems = faults(yaml.safe_load(text)[f"{vendor}_matrix"])
    except ImportError:
        raise ImportFault(missing_library()) from None
    if problems:
        raise ImportFault("; ".join(problems))
    return text, proposal


def _text(table: str) -> str:
    try:
        with open(table, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as exc:
        raise ImportFault(f"{table} can't be read: {exc.strerror or exc}") from None
    if len(data) > LARGEST:
        raise ImportFault(f"{table} is larger than {LARGEST // 1_000_000} MB: give only the table")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFault(f"{table} can't be read: it isn't UTF-8. Save it as UTF-8") from None
