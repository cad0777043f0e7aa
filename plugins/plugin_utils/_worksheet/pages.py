# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of worksheets: one set of templates for one instance and for a fleet. PRIVATE to this collection.

A page of HTML needs nothing but itself. It reads without its script, which keeps ticks and finds sheets.
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
        text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"  # no value holds the end of a line
    return f"{mark}\n{text}"


def link(host: str, vendor: str) -> Markup:
    """From the page of a fleet to the page of one sheet; no name in it ends a part or begins a scheme."""
    return Markup("/".join(quote(part, safe="", errors="surrogateescape") for part in (host, vendor, "worksheet.html")))


def tick_place(sheet: t.Mapping[str, t.Any]) -> str:
    """Whose ticks a browser keeps: those of a page of one instance show in the page of its fleet too."""
    return json.dumps([sheet["instance"], sheet["vendor"], sheet["company"], sheet["api"]])


def names(sheet: t.Mapping[str, t.Any]) -> list[tuple[str, str]]:
    """What the steps of a sheet name, to copy it from: label and name. The file is named where a step names it."""
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
    """How many boxes a sheet has to tick."""
    cells = sum(bool(cell) for _module, functions in rows(sheet) for _name, verbs in functions for _verb, cell in verbs)
    entries = sum(len(list_steps(each)) for each in sheet["customize"])
    return cells + len(sheet["key_steps"]) + entries + len(sheet["member_needs"])


def list_steps(each: t.Mapping[str, t.Any]) -> list[str]:
    """What is to be ticked of one Customize list."""
    return [*each["entries"], *([each["described"]] if each.get("described") else [])]


@functools.cache
def _environment(kind: str) -> jinja2.Environment:
    writer: words.Writer = words.Html() if kind == "html" else words.Markdown()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,  # in Markdown, each value is markup by then
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
    """How a Content-Security-Policy names the one script, or style, that it lets through."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()
