# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an audit: where they go and what they replace. PRIVATE to this collection."""

from __future__ import annotations

import json
import os
import typing as t

from ...module_utils._domain.audit_document import FORMAT, DocumentError, check_document
from ...module_utils._domain.shown import json_text
from ...module_utils._ops import audit_report
from . import html, junit, markdown, sarif
from .bounded import Bounded
from .files import write_files

PARTIAL = "partial"

Result = t.Dict[str, t.Any]


def earlier(path: str) -> Result:
    """An earlier document. Raises DocumentError with its path."""
    try:
        with open(path, encoding="utf-8") as file:
            return check_document(json.load(file))
    except OSError as exc:
        raise DocumentError(f"{path} can't be read: {exc.strerror or exc}") from None
    except ValueError as exc:
        why = f"can't be compared: {exc}" if isinstance(exc, DocumentError) else "isn't valid JSON"
        raise DocumentError(f"{path} {why}") from None


def covered(folder: str) -> set[str] | None:
    """The hosts that the report in a folder covers; None if there is one whose hosts can't be read."""
    try:
        with open(os.path.join(folder, audit_report.FORMATS["json"]), encoding="utf-8") as file:
            document = json.load(file)
        if document["format"] != FORMAT:
            return None
        return {str(instance["name"]) for instance in document["instances"]}
    except (FileNotFoundError, NotADirectoryError):
        there = any(os.path.lexists(os.path.join(folder, name)) for name in audit_report.FORMATS.values())
        return None if there else set()
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(params: t.Mapping[str, t.Any], check_mode: bool, diff: bool) -> tuple[Result, Result]:
    """The document, and what was written. ``params`` are the options of cw_audit_report.

    A run without some hosts that the report in the folder covers doesn't replace it: its own report goes into the
    subfolder ``partial``. Raises DocumentError, MatrixError, InTheWay and OSError.
    """
    folder = os.path.realpath(params["output_dir"])
    # read first: it may be the file that is written now
    before = earlier(params["since"]) if params["since"] else None
    document = audit_report.document_of(params)
    result = audit_report.describe(document, params, before)
    known = covered(folder) if document["left_out"] else set()
    partial = known is None or bool(known.intersection(document["left_out"]))
    place = os.path.join(folder, PARTIAL) if partial else folder
    files = _contents(document, result["failures"], params["formats"])
    names = {name: audit_report.FORMATS[name] for name in files}
    diffs = write_files(place, {names[name]: file.text for name, file in files.items()}, check_mode)
    paths = {name: os.path.join(place, names[name]) for name in files}
    holds = {name: file.holds for name, file in files.items() if file.holds}
    result = {**result, "partial": partial, "changed": bool(diffs), "paths": paths, "bounds": holds}
    return document, {**result, **({"diff": diffs} if diff else {})}


def _contents(
    document: Result, failed: t.Sequence[t.Mapping[str, t.Any]], formats: t.Collection[str]
) -> dict[str, Bounded]:
    render: dict[str, t.Callable[[], Bounded]] = {
        "json": lambda: Bounded(json_text(document, indent=1) + "\n"),
        "md": lambda: markdown.render(document),
        "html": lambda: Bounded(html.render(document)),
        "sarif": lambda: sarif.render(document),
        "xml": lambda: junit.render(document, failed),
    }
    return {name: render[name]() for name in audit_report.FORMATS if name in formats}
