# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worksheet of one vendor on one instance as data, and the texts of its files. PRIVATE to this collection."""

from __future__ import annotations

import typing as t

from ...module_utils._domain.shown import json_text, shown
from . import fill, marks, pages, words

FORMAT, VERSION = "msp.connectwise.worksheet", 1
SCRIPTS = ("fill.js", "fill.user.js")
KINDS = ("html", "md", "json", *SCRIPTS)
LIST_MODES = ("allow", "disallow")

Sheet = t.Dict[str, t.Any]

_EMPTY: t.Mapping[str, t.Any] = {
    **dict.fromkeys(("company", "api", "web", "role", "member", "key_description", "keeps_role"), ""),
    **dict.fromkeys(("pair_file", "command", "templates"), ""),
    "levels": [],
    "not_offered": [],
    "customize": [],
    "member_needs": {},
    "key_steps": [],
    "replaces": None,
    "on_awx": False,
    "fill": None,
}


def document(sheet: t.Mapping[str, t.Any], host: str, vendor: str) -> Sheet:
    """The worksheet as in its JSON file: ``sheet`` with format, version, instance and vendor."""
    return {**marks.head(FORMAT, VERSION, host, vendor), **sheet}


def parse(content: bytes, host: str, vendor: str) -> Sheet | None:
    """The worksheet in a JSON file; None if it isn't ours, or belongs to another host or vendor.

    Missing fields are empty.
    """
    sheet = marks.parsed(content, marks.head(FORMAT, VERSION, host, vendor))
    if sheet is None:
        return None
    whole = completed(sheet)
    return whole if has_shape(whole) else None


def completed(sheet: t.Mapping[str, t.Any]) -> Sheet:
    """The sheet with every field that a page needs; missing ones are empty."""
    return {**_EMPTY, "product": sheet.get("vendor"), **sheet}


def has_shape(sheet: t.Mapping[str, t.Any]) -> bool:
    """Whether a completed sheet can be rendered; somebody may have edited its file."""
    lists, needs, levels = sheet["customize"], sheet["member_needs"], sheet["levels"]
    return (
        all(isinstance(sheet[name], str) for name in ("product", *(part for part in _EMPTY if _EMPTY[part] == "")))
        and isinstance(levels, list)
        and all(map(_is_level, levels))
        and isinstance(sheet["not_offered"], list)
        and all(_is_level(level) and isinstance(level.get("reason"), str) for level in sheet["not_offered"])
        and isinstance(lists, list)
        and all(map(_is_list, lists))
        and isinstance(needs, dict)
        and set(needs) <= set(words.MEMBER_NEEDS)
        and marks.is_texts(list(needs.values()))
        and marks.is_texts(sheet["key_steps"])
        and fill.is_job(sheet["fill"])
    )


def _is_level(level: t.Any) -> bool:
    names = ("module", "function", "verb", "is", "should_be")
    return (
        isinstance(level, dict)
        and all(isinstance(level.get(name), str) for name in names)
        and level["verb"] in pages.VERBS
    )


def _is_list(each: t.Any) -> bool:
    return (
        isinstance(each, dict)
        and all(isinstance(each.get(name), str) for name in ("module", "function"))
        and each.get("mode") in LIST_MODES
        and marks.is_texts(each.get("entries"))
        and isinstance(each.get("described") or "", str)
    )


def is_ours(kind: str, host: str, vendor: str, content: bytes) -> bool:
    """Whether the content of a file is a worksheet of this host and vendor."""
    if kind == "json":
        return parse(content, host, vendor) is not None
    if kind in SCRIPTS:
        return marks.is_marked_script(content, marks.script_mark(FORMAT, VERSION, host, vendor))
    return marks.is_marked(content, marks.mark(FORMAT, VERSION, host, vendor))


def merged(new: Sheet, known: t.Collection[str], earlier: Sheet | None, public_key: str | None) -> Sheet:
    """``new``, plus the steps of ``earlier`` that this run couldn't verify.

    Those are the parts that aren't ``known``, and the steps of a rotation as long as the pair to replace (``replaces``)
    is the current one (``public_key``).
    """
    if not earlier:
        return new
    found = dict(new)
    kept = [part for part in ("levels", "customize", "member_needs") if part not in known and earlier.get(part)]
    if kept:
        found.update({part: earlier[part] for part in kept}, role=earlier.get("role"))
    if "levels" not in known:
        found.update(not_offered=earlier.get("not_offered") or [], fill=earlier.get("fill"))
    rotates = bool(public_key) and earlier.get("replaces") == public_key and earlier.get("member") == new["member"]
    if not new["key_steps"] and (rotates or "key_steps" not in known):
        found.update({part: earlier.get(part) for part in ("key_steps", "replaces")})
    return found


def lists_anything(sheet: Sheet) -> bool:
    return any(sheet[part] for part in ("levels", "key_steps", "customize", "member_needs"))


def render(sheet: Sheet) -> dict[str, str]:
    """{kind of file: its text}. Pages and scripts begin with a comment that marks them as ours."""
    texts = {kind: _page("worksheet", kind, sheet) for kind in ("html", "md")}
    return {**texts, "json": json_text(sheet, indent=4) + "\n", **scripts(sheet)}


def scripts(sheet: Sheet) -> dict[str, str]:
    """{kind of file: text of the fill script}; empty if the sheet has no job for one."""
    job = sheet.get("fill")
    if not job:
        return {}
    line = marks.script_mark(FORMAT, VERSION, sheet["instance"], sheet["vendor"])
    return dict(zip(SCRIPTS, (fill.text(job, line), fill.user_script(job, line, completed(sheet)["product"]))))


def page(sheet: Sheet) -> str:
    """Only the HTML page."""
    return _page("worksheet", "html", sheet)


def done(sheet: Sheet) -> str:
    """The HTML page of a sheet without any step left."""
    return _page("done", "html", sheet)


def _page(template: str, kind: str, sheet: Sheet) -> str:
    line = marks.mark(FORMAT, VERSION, sheet["instance"], sheet["vendor"])
    script = scripts(sheet).get("fill.js", "")
    return pages.page(template, kind, line, sheet=completed(sheet), fill_script=script)


def layout(member: str, host: str) -> str:
    """The file for a pair created by hand, before anyone fills it in."""
    return (
        f"---\n# The key pair of API member {shown(member)} on {shown(host)}, created by hand as the worksheet says.\n"
        "# Paste both halves here and run the playbook again (a run that is waiting picks them up).\n"
        "# This file is removed once the pair is verified and stored.\n"
        "public_key:\nprivate_key:\n"
    )
