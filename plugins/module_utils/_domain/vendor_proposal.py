# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proposes a vendor's file from a table, with open questions at the place of their answers. PRIVATE."""

from __future__ import annotations

import re
import typing as t

from .levels import VERBS
from .rights_table import Proposal, Row
from .shown import shown, yaml_scalar
from .wording import counted

FIELDS = ("product", "source", "date")
_LONGEST_NAME, _LONGEST_IDENTIFIER = 30, 15


def render(vendor: str, proposal: Proposal, table: str, about: t.Mapping[str, str | None]) -> str:
    """The YAML text of the file. ``table`` is the name of its source; ``about`` may have FIELDS.

    Its status is partial until all questions are answered.
    """
    product = about.get("product") or vendor.replace("_", " ").title()
    source = about.get("source")
    lines = ["---", *(f"# {line}" for line in _head(proposal, table)), f"{vendor}_matrix:"]
    fields = {"vendor": product, "product": product, "status": "published" if source else "own"}
    if proposal.asked:
        fields["status"] = "partial"
        fields["missing"] = f"{counted(len(proposal.asked), 'question')} about the vendor's table, marked ASK."
    fields.update({name: str(about[name]) for name in ("source", "date") if about.get(name)})
    fields.update(
        role_name=_cut(f"{product} API", _LONGEST_NAME),
        member_identifier=re.sub(r"[^A-Za-z0-9]", "", product)[:_LONGEST_IDENTIFIER],
        member_name=_cut(product, _LONGEST_NAME),
        key_description=f"{product} API",
    )
    lines += [f"  {name}: {_scalar(name, value)}" for name, value in fields.items()]
    lines += [f"  # ASK: {shown(question)}" for question in proposal.questions]
    placed = [row for row in proposal.rows if row.name.module]
    for row in proposal.rows:
        if row not in placed:
            lines += [f"  # ASK: {shown(question)} Its row: {_levels_of(row)}" for question in row.questions]
    lines.append("  permissions:" if placed else "  permissions: []")
    for row in placed:
        lines += _row(row)
    return "\n".join(lines) + "\n"


def summary(proposal: Proposal) -> list[str]:
    """The result of reading the table, one line each, for the user."""
    lines = [f"{counted(len(proposal.rows), 'function')}, {counted(len(proposal.asked), 'question')}"]
    lines += [f"ASK: {question}" for question in proposal.asked]
    lines += [f"NOTE: {note}" for note in proposal.notes]
    return [*lines, *(f"NOT READ: {passed}" for passed in proposal.passed)]


def _head(proposal: Proposal, table: str) -> list[str]:
    nothing = f" Left out: {counted(proposal.without, 'row')} without a level." if proposal.without else ""
    lines = [f"Proposed from {shown(table)}: {counted(len(proposal.rows), 'function')}.{nothing}"]
    if proposal.asked:
        lines += [
            f"{counted(len(proposal.asked), 'question')}, marked ASK. To answer one: correct the row, give each verb",
            "in unknown a level or remove it, and delete the line. Once all are answered, delete missing, and set",
            "status to own, or to published with source and date.",
        ]
    lines += [f"NOTE: {shown(note)}" for note in proposal.notes]
    return [*lines, *(f"NOT READ: {shown(passed)}" for passed in proposal.passed)]


def _row(row: Row) -> list[str]:
    lines = [f"    # ASK: {shown(question)}" for question in row.questions]
    fields = {"module": row.name.module, "function": row.name.function, **row.levels}
    texts = [f"{name}: {_scalar(name, value)}" for name, value in fields.items()]
    listed = {"assumed": row.assumed, "unknown": row.unknown}
    texts += [f"{name}: [{', '.join(verbs)}]" for name, verbs in listed.items() if verbs]
    return [*lines, f"    - {texts[0]}", *(f"      {text}" for text in texts[1:])]


def _levels_of(row: Row) -> str:
    known = [f"{verb} {row.levels[verb]}" for verb in VERBS if verb in row.levels]
    return ", ".join([*known, *(f"{verb} unknown" for verb in row.unknown)])


def _scalar(name: str, value: str) -> str:
    return f'"{value}"' if name == "date" else yaml_scalar(value)


def _cut(text: str, most: int) -> str:
    return text[:most].strip()
