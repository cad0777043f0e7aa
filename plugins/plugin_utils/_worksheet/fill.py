# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that fills a worksheet's levels into ConnectWise's page: its job and its text. PRIVATE.

The job is data (``Job``) in the worksheet; the script itself is always the same.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import typing as t
from urllib.parse import quote

from ...module_utils._domain.shown import shown

VERBS = ("add", "edit", "delete", "inquire")
WORDS = {"none": "None", "my": "My", "all": "All"}
PAUSE = 500  # milliseconds before a level is read back

_PLACE = "const JOB = null;"
_HERE = os.path.dirname(os.path.abspath(__file__))

Job = t.Dict[str, t.Any]
Row = t.Mapping[str, t.Any]
Cell = t.Mapping[str, t.Any]


def job(page: t.Mapping[str, t.Any], confirmed: bool, **about: str) -> Job | None:
    """The job of the script; None if no level needs to change.

    ``page`` is that of the role (``_domain/role_page.py``), ``about`` its instance, company, host and role. Until the
    script is ``confirmed`` for an instance, the job is one row (``first``) that shows whether levels land in the right
    columns.
    """
    rows = [_row(row) for row in page.get("rows") or () if row["is"] != row["should_be"]]
    if not rows:
        return None
    return {
        **about,
        "patient": False,
        "first": not confirmed,
        "pause": PAUSE,
        "modules": page["modules"],
        "null_is_none": page["null_is_none"],
        "rows": rows if confirmed else [max(rows, key=_unevenness)],
    }


def _row(row: Row) -> Job:
    return {
        "module": row["module_name"],
        "function": row["function_description"],
        "names": row["names"],
        "shared": row["shared"],
        "seen": {verb: _word(row["is"][verb]) for verb in VERBS},
        "wanted": {verb: _word(row["should_be"][verb]) for verb in VERBS},
    }


def _word(level: str | None) -> str | None:
    return level if level is None else WORDS.get(level, level)


def _unevenness(row: Row) -> tuple[bool, bool, int, int]:
    """A rank of how well a row shows whether its levels land in the right columns; the highest is tried first."""
    wanted, seen = row["wanted"], row["seen"]
    pairs = sum(one != other for one, other in itertools.combinations([wanted[verb] for verb in VERBS], 2))
    whole = all(seen[verb] is not None for verb in VERBS)
    return whole and pairs > 0, not row["shared"], pairs, sum(wanted[verb] != seen[verb] for verb in VERBS)


def page_now(page: t.Mapping[str, t.Any], differing: t.Iterable[Cell]) -> dict[str, t.Any]:
    """The page as of now: ``differing`` are all levels that differ from what they should be."""
    left = {(cell["module"], cell["function"], cell["verb"]): cell for cell in differing}
    rows = []
    for row in page.get("rows") or ():
        now, wanted = dict(row["is"]), dict(row["should_be"])
        for verb in VERBS:
            cell = left.get((row["module"], row["function"], verb))
            if cell is None:
                now[verb] = wanted[verb]
            elif now[verb] is not None or cell["is"] != "none":
                now[verb], wanted[verb] = cell["is"], cell["should_be"]
        rows.append({**row, "is": now, "should_be": wanted})
    return {**page, "rows": rows}


def is_confirmed(tried: t.Any, page: t.Mapping[str, t.Any], **about: str) -> bool:
    """Whether the one row of ``tried``, a worksheet's job for the same page, now has the wanted levels."""
    if not isinstance(tried, dict) or not tried.get("first") or {part: tried.get(part) for part in about} != about:
        return False
    now = {(row["module"], row["function"]): row["wanted"] for row in tried["rows"]}
    same = [
        row
        for row in map(_row, (row for row in page.get("rows") or () if row["is"] == row["should_be"]))
        if now.get((row["module"], row["function"])) == row["seen"]
    ]
    return bool(now) and len(same) == len(now)


def is_job(value: t.Any) -> bool:
    """Whether a job in a worksheet is valid; somebody may have edited its file."""
    if value is None or isinstance(value, bool):
        return True
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(part), str) for part in ("instance", "company", "host", "role"))
        and all(isinstance(value.get(part), list) for part in ("modules", "rows"))
        and all(map(_is_row, value["rows"]))
    )


def _is_row(row: t.Any) -> bool:
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(part), str) for part in ("module", "function"))
        and all(isinstance(row.get(part), dict) for part in ("seen", "wanted"))
    )


def text(found: Job, mark: str) -> str:
    """The script with this job. ``mark`` is its first line."""
    return f"{mark}\n{_script().replace(_PLACE, f'const JOB = {_json(found)};')}"


def user_script(found: Job, mark: str, product: str) -> str:
    """The same as a user script, for an extension that runs it on this host; it waits for the page of the role."""
    header = {
        "name": f"Levels of {shown(product)} on {shown(found['instance'])}",
        "namespace": "msp.connectwise",
        "version": "1",
        "match": f"https://{found['host']}/*",
        "grant": "none",
        "run-at": "document-idle",
    }
    lines = ["// ==UserScript==", *(f"// @{name} {value}" for name, value in header.items()), "// @noframes"]
    return "\n".join([*lines, "// ==/UserScript==", text({**found, "patient": True}, mark)])


def address(script: str) -> str:
    """The javascript: address that runs exactly this script."""
    return f"javascript:{quote(script, safe='')}"


def _json(found: Job) -> str:
    """The job as JSON that is safe in a script, an address and a page: ASCII, without special characters.

    Each row is on its own line, for people who read the script before they run it.
    """
    rows = ",\n".join(f"      {json.dumps(row)}" for row in found["rows"])
    about = json.dumps({part: value for part, value in found.items() if part != "rows"})
    encoded = f'{about[:-1]}, "rows": [\n{rows}\n  ]}}'
    for letter in "<>&'%#":
        encoded = encoded.replace(letter, f"\\u{ord(letter):04x}")
    return encoded


@functools.cache
def _script() -> str:
    with open(os.path.join(_HERE, "fill.js"), encoding="utf-8") as file:
        return file.read()
