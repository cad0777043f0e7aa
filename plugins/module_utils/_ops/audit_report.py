# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_audit_report: one document of many audits, with its summary and failures. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from .._domain.audit_changes import changes
from .._domain.audit_document import GATES, DocumentError, failures, make_document
from .._domain.catalogue import parse_catalogue
from .context import Result

FORMATS: t.Mapping[str, str] = {name: f"audit.{name}" for name in ("json", "md", "html", "sarif", "xml")}


def argument_spec() -> dict[str, t.Any]:
    return {
        "audits": {"type": "list", "elements": "dict", "required": True},
        "output_dir": {"type": "path", "required": True},
        "generated": {"type": "str", "required": True},
        "catalogue": {"type": "list", "elements": "dict", "default": []},
        "left_out": {"type": "list", "elements": "str", "default": []},
        "fail_on": {"type": "list", "elements": "str", "choices": list(GATES), "default": ["none"]},
        "since": {"type": "path"},
        "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
    }


def document_of(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The document. Raises DocumentError, and MatrixError for the catalogue."""
    catalogue = parse_catalogue(params["catalogue"])
    return make_document(params["audits"], catalogue, params["generated"], params.get("left_out") or ())


def describe(document: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any], before: t.Any) -> Result:
    """``before`` is an earlier document, or None. Raises DocumentError if it isn't an audit document."""
    return {
        "summary": document["summary"],
        "failures": failures(document, params["fail_on"]),
        "changes": None if before is None else _changes(before, document, params["since"]),
    }


def _changes(before: t.Any, document: t.Mapping[str, t.Any], place: str) -> t.Any:
    try:
        return changes(before, document)
    except DocumentError as exc:
        raise DocumentError(f"{place} can't be compared: {exc}") from None
