# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as one self-contained HTML page. PRIVATE to this collection.

The page has the document as JSON, which ``page.js`` draws; for readers without scripts, the figures and the table of
members are rendered here. Names come from the instances, so none is trusted, and both show them escaped.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import re
import typing as t

import jinja2
from markupsafe import Markup

from ...module_utils._domain.audit_document import FORMAT, VERSION, grouped, left_out_sentence
from ...module_utils._domain.shown import shown_all

_HERE = os.path.dirname(os.path.abspath(__file__))
# ends a script element, begins a comment or a reference, or ended a line of JavaScript once
_ESCAPED = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}

_MOST_FINDINGS = 200  # without scripts

_MOMENT = re.compile(r"\A(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ\Z")

Entry = t.Dict[str, t.Any]


def embed(value: t.Any) -> str:
    """JSON that is safe in a script element, whatever it contains."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.translate(_ESCAPED)


def can_delete(member: Entry) -> bool:
    """Whether a member can delete anything at all: an inactive one can't even log in."""
    return bool(member["active"] and (member["admin"] or member["grants"]["delete"]))


def render(document: t.Mapping[str, t.Any]) -> str:
    """The page of an audit document. Equal documents give equal pages.

    Raises ValueError for a document of another format or version.
    """
    if (document.get("format"), document.get("version")) != (FORMAT, VERSION):
        raise ValueError(f"This isn't a document of the format {FORMAT}, version {VERSION}.")
    # plain strings, so that no subclass can call itself safe markup
    audit = shown_all(json.loads(embed(document)))
    data = embed(audit)
    style, script = _read("page.css"), _read("page.js")
    products = {entry["vendor"]: entry["product"] or entry["vendor"] for entry in audit["catalogue"]}
    groups = grouped(audit)
    rows = [_row(instance, member, products) for instance in audit["instances"] for member in instance["members"]]
    return _template().render(
        style=Markup(style),
        script=Markup(script),
        style_hash=_digest(style),
        script_hash=_digest(script),
        data=Markup(data),
        generated=_MOMENT.sub(r"\1 \2 UTC", audit["generated"]),
        summary=audit["summary"],
        deleting=sum(row["deletes"] for row in rows),
        unknown=sum(row["active"] and row["vendor"] is None and not row["own"] for row in rows),
        findings=groups[:_MOST_FINDINGS],
        more_findings=max(0, len(groups) - _MOST_FINDINGS),
        rows=rows,
        left_out=left_out_sentence(audit),
        unreadable=[instance for instance in audit["instances"] if instance["error"] is not None],
        catalogue=audit["catalogue"],
    )


def _row(instance: Entry, member: Entry, products: t.Mapping[str, str]) -> Entry:
    vendor = member["vendor"]
    return {
        "instance": instance["name"],
        "member": member["identifier"],
        "role": member["role"],
        "vendor": None if vendor is None else products.get(vendor, vendor),
        "active": member["active"],
        "own": member["own"],
        "admin": member["admin"],
        "missing": member["counts"]["missing"],
        "excess": member["counts"]["excess"],
        "delete": member["grants"]["delete"],
        "deletes": can_delete(member),
        "power": member["power"],
    }


def _digest(text: str) -> str:
    """The hash of a script or style, as a Content-Security-Policy allows it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def _read(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_read("page.html.j2"))
