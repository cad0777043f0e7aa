# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of worksheets: one set of templates for one instance and for a fleet. PRIVATE to this collection.

An HTML page is self-contained. It is readable without its script, which saves ticks and filters sheets.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import re
import typing as t
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from . import fill, words

VERBS = ("add", "edit", "delete", "inquire")

_HERE = os.path.dirname(os.path.abspath(__file__))


def page(name: str, kind: str, mark: str, **context: t.Any) -> str:
    """The text of the template ``name`` for ``kind``, html or md. It begins with the line ``mark``."""
    text = _environment(kind).get_template(f"{name}.{kind}.j2").render(**context)
    if kind == "md":
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"  # no value contains a line break
    return f"{mark}\n{text}"


def link(host: str, vendor: str) -> Markup:
    """The relative link from a fleet's page to one sheet; names are quoted, so none ends a part or begins a scheme."""
    return Markup("/".join(quote(part, safe="", errors="surrogateescape") for part in (host, vendor, "worksheet.html")))


def tick_place(sheet: t.Mapping[str, t.Any]) -> str:
    """The key of a sheet's ticks in the browser, the same on its own page and on the fleet's."""
    return json.dumps([sheet["instance"], sheet["vendor"], sheet["company"], sheet["api"]])


def names(sheet: t.Mapping[str, t.Any]) -> list[tuple[str, str]]:
    """The names in a sheet's steps, for copying: (label, name). The file is included if a step mentions it."""
    steps = sheet["key_steps"]
    shown = {
        "role": sheet["levels"] or sheet["customize"],
        "member": steps or sheet["member_needs"],
        "key_description": steps,
        "pair_file": any(sheet["pair_file"] in step for step in steps),
    }
    return [(words.LABELS[part], sheet[part]) for part, wanted in shown.items() if wanted and sheet[part]]


def rows(sheet: t.Mapping[str, t.Any]) -> list[tuple[str, list[tuple[str, list[tuple[str, t.Any]]]]]]:
    """The levels of a sheet in its order: (module, [(function, [(verb, its cell or None)])])."""
    modules: dict[str, dict[str, dict[str, t.Any]]] = {}
    for cell in sheet["levels"]:
        modules.setdefault(cell["module"], {}).setdefault(cell["function"], {})[cell["verb"]] = cell
    return [
        (module, [(function, [(verb, cells.get(verb)) for verb in VERBS]) for function, cells in functions.items()])
        for module, functions in modules.items()
    ]


def steps(sheet: t.Mapping[str, t.Any]) -> int:
    """The number of tick boxes of a sheet."""
    cells = sum(bool(cell) for _module, functions in rows(sheet) for _name, verbs in functions for _verb, cell in verbs)
    entries = sum(len(list_steps(each)) for each in sheet["customize"])
    return cells + len(sheet["key_steps"]) + entries + len(sheet["member_needs"])


def list_steps(each: t.Mapping[str, t.Any]) -> list[str]:
    """The tick boxes of one Customize list."""
    return [*each["entries"], *([each["described"]] if each.get("described") else [])]


@functools.cache
def _environment(kind: str) -> jinja2.Environment:
    writer: words.Writer = words.Html() if kind == "html" else words.Markdown()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,  # in Markdown, values are escaped before
        undefined=jinja2.StrictUndefined,
        finalize=writer.value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(say=writer.say, verbs=VERBS, link=link)
    environment.filters.update(time=writer.time, tick_place=tick_place, names=names, rows=rows, steps=steps)
    environment.filters.update(list_steps=list_steps)
    environment.filters.update(address=lambda script: Markup(fill.address(script)), as_it_is=escape)
    if isinstance(writer, words.Markdown):
        environment.filters["code"] = writer.code
        environment.filters["cell"] = lambda value: writer.value(value) if "|" in value else writer.code(value)
        environment.globals["hashes"] = lambda depth: Markup("#" * depth)
    else:
        style, script = _read("page.css"), _read("page.js")
        environment.globals.update(
            style=Markup(style), script=Markup(script), style_hash=_digest(style), script_hash=_digest(script)
        )
    return environment


def _digest(text: str) -> str:
    """The hash of a script or style, as a Content-Security-Policy allows it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()
