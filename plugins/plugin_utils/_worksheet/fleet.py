# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worksheets of all instances on one page: open ones, and those that the last runs found done. PRIVATE."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import typing as t
from datetime import datetime

from ...module_utils._domain.shown import json_text
from .._own_files import Diff, OwnFile, write_all
from . import pages, sheet

FORMAT, VERSION = "msp.connectwise.fleet_worksheets", 1

_MARK = f"<!-- {FORMAT} -->"
_OURS = {
    "json": re.compile(rb'\{\s*"format": "msp\.connectwise\.fleet_worksheets"'),
    "html": re.compile(re.escape(_MARK.encode())),
    "md": re.compile(re.escape(_MARK.encode())),
}
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

Document = t.Dict[str, t.Any]


def collect(folder: str, results: t.Mapping[str, t.Any], keep_done_days: float) -> Document:
    """The worksheets below ``folder``, and those of the previous page that are done according to ``results``.

    ``results`` has ``run.finished`` and, for each of ``instances``, ``instance`` and ``integrations`` with ``vendor``
    and ``state``. A sheet that is done stays for ``keep_done_days``. The document has ``format``, ``version``,
    ``generated``, ``counts`` (open, done) and ``sheets``: each as its own file has it, with id, host, vendor, state
    (open or done), since, verified, folder and, if done, done. Raises OSError.
    """
    root, finished = os.path.realpath(folder), results["run"]["finished"]
    states = {
        _id(instance["instance"], one["vendor"]): one["state"]
        for instance in results["instances"]
        for one in instance["integrations"]
    }
    earlier = _earlier(root)
    opened = {old["id"]: old for old in earlier if old["state"] == "open"}
    sheets = [_open(found, root, opened, states, finished) for found in _found(root)]
    open_ids = {found["id"] for found in sheets}
    for old in earlier:
        if old["id"] in open_ids or (old["state"] == "open" and not _converged(states.get(old["id"], ""))):
            continue
        done = old.get("done", finished)
        if (_time(finished) - _time(done)).total_seconds() <= float(keep_done_days) * 86400:
            sheets.append({**old, "state": "done", "done": done})
    return {
        "format": FORMAT,
        "version": VERSION,
        "generated": finished,
        "counts": {"open": len(open_ids), "done": len(sheets) - len(open_ids)},
        "sheets": sorted(sheets, key=lambda each: (each["id"].lower(), each["id"])),
    }


def render(document: Document) -> dict[str, str]:
    """The text of each kind of file: json, html and md."""
    shown = {**document, "sheets": [sheet.completed(each) for each in document["sheets"]]}
    instances: dict[str, list[sheet.Sheet]] = {}
    for each in shown["sheets"]:
        instances.setdefault(each["host"], []).append(each)
    products = {each["vendor"]: each["product"] for each in shown["sheets"]}
    context = {
        "document": shown,
        "instances": list(instances.items()),
        "products": sorted(products.items(), key=lambda pair: (pair[1].lower(), pair)),
    }
    texts = {kind: pages.page("fleet", kind, _MARK, **context) for kind in ("html", "md")}
    return {"json": json_text(document) + "\n", **texts}


def write(folder: str, document: Document, check_mode: bool) -> list[Diff]:
    """Bring the files of the page to the document; a diff for each that changes. Raises InTheWay and OSError.

    Without any sheet, now or before, there is no page.
    """
    files = _files(os.path.realpath(folder))
    if not document["sheets"] and all(file.content() is None for file in files.values()):
        return []
    texts = render(document)
    return write_all({file: texts[kind] for kind, file in files.items()}, check_mode)


def _files(root: str) -> dict[str, OwnFile]:
    return {
        kind: OwnFile(
            root,
            os.path.join(root, f"worksheets.{kind}"),
            functools.partial(_is_ours, kind),
            "the worksheets of a fleet",
        )
        for kind in _OURS
    }


def _is_ours(kind: str, content: bytes) -> bool:
    return _OURS[kind].match(content) is not None


def _earlier(root: str) -> list[sheet.Sheet]:
    """The sheets of the page that the last run wrote."""
    try:
        document = json.loads(_files(root)["json"].content() or b"null")
    except (ValueError, RecursionError):
        return []
    if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (FORMAT, VERSION):
        return []
    sheets = document.get("sheets")
    return [each for each in sheets if _is_whole(each)] if isinstance(sheets, list) else []


def _is_whole(old: t.Any) -> bool:
    if not isinstance(old, dict) or not all(isinstance(old.get(name), str) for name in ("id", "host", "vendor")):
        return False
    moments = ["since", "verified", *(["done"] if old.get("state") == "done" else [])]
    return (
        old["id"] == _id(old["host"], old["vendor"])
        and old.get("instance") == old["host"]
        and old.get("state") in ("open", "done")
        and all(_is_moment(old.get(name)) for name in moments)
        and sheet.has_shape(sheet.completed(old))
    )


def _found(root: str) -> t.Iterator[sheet.Sheet]:
    """Our worksheets in their own folders. No link is followed."""
    for host in _folders(root):
        for vendor in _folders(os.path.join(root, host)):
            path = os.path.join(root, host, vendor, "worksheet.json")
            content = OwnFile(root, path, bool, "a worksheet").content()
            found = sheet.parse(content, host, vendor) if content else None
            if found:
                yield found


def _folders(path: str) -> list[str]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    return []


def _open(
    found: sheet.Sheet,
    root: str,
    opened: t.Mapping[str, sheet.Sheet],
    states: t.Mapping[str, str],
    finished: str,
) -> sheet.Sheet:
    host, vendor = found["instance"], found["vendor"]
    name = _id(host, vendor)
    old = opened.get(name, {"since": finished, "verified": finished})
    state = states.get(name, "")
    return {
        **found,
        "fill": bool(found["fill"]) or None,  # only the page of one instance has the script
        "id": name,
        "host": host,
        "vendor": vendor,
        "state": "open",
        "since": old["since"],
        "verified": finished if state == "handed over" or _converged(state) else old["verified"],
        "folder": os.path.join(root, host, vendor),
    }


def _converged(state: str) -> bool:
    """Including converged with an unconfirmed Customize list."""
    return state.startswith("converged")


def _id(host: str, vendor: str) -> str:
    return f"{host}/{vendor}"


def _time(moment: str) -> datetime:
    return datetime.strptime(moment, _MOMENT)


def _is_moment(value: t.Any) -> bool:
    try:
        _time(value)
    except (TypeError, ValueError):
        return False
    return True
