# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a vendor's data against ``vendor.schema.json``. PRIVATE to this collection.

It needs jsonschema, which is required only for writing such data.
"""

from __future__ import annotations

import functools
import json
import sys
import typing as t
from pathlib import Path

from ..module_utils._domain.levels import VERBS
from ..module_utils._domain.names import FunctionName

Matrix = t.Dict[str, t.Any]


@functools.cache
def schema() -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(Path(__file__).with_name("vendor.schema.json").read_text(encoding="utf-8"))
    return found


def faults(matrix: t.Any) -> list[str]:
    """The errors in a matrix, each with its place in the data. Raises ImportError without jsonschema."""
    jsonschema = _jsonschema()
    validator = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    found = sorted(validator.iter_errors(matrix), key=lambda error: [str(part).zfill(4) for part in error.path])
    spelt_wrong = {_place(error.path) for error in found if error.validator == "pattern"}
    if found:
        return [
            f"{_place(error.path)}: {_what(error)}"
            for error in found
            if error.validator != "format" or _place(error.path) not in spelt_wrong
        ]
    problems = [*_row_faults(matrix["permissions"]), *_list_faults(matrix)]
    names = [profile["name"] for profile in matrix.get("profiles", ())]
    if len(set(names)) < len(names):
        problems.append("profiles: a name is listed twice")
    return problems


def _jsonschema() -> t.Any:
    """The library, without the check of an unused format that takes seconds to load.

    Raises ImportError.
    """
    unused = "rfc3987_syntax"
    is_new = unused not in sys.modules
    if is_new:
        sys.modules[unused] = t.cast(t.Any, None)  # as if it weren't installed
    try:
        import jsonschema

        return jsonschema
    finally:
        if is_new:
            del sys.modules[unused]


def _row_faults(rows: t.Sequence[Matrix]) -> list[str]:
    problems = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        name = FunctionName(row["module"], row["function"])
        if seen.setdefault(name.key, number) != number:
            problems.append(f"permissions[{number}]: {name} is listed already, as permissions[{seen[name.key]}]")
        if all(row.get(verb, "none") == "none" for verb in VERBS) and not row.get("unknown"):
            problems.append(f"permissions[{number}]: grants nothing: remove the row, a function without one is none")
        wrong = [verb for verb in row.get("assumed", ()) if row.get(verb) != "all"]
        if wrong:
            problems.append(f"permissions[{number}].assumed: {', '.join(wrong)}: an assumed level must be all")
        wrong = [verb for verb in row.get("unknown", ()) if verb in row]
        if wrong:
            problems.append(f"permissions[{number}].unknown: {', '.join(wrong)}: leave an unknown level out")
    return problems


def _list_faults(matrix: Matrix) -> list[str]:
    """A Customize list belongs to a function that the role has, which has one list."""
    problems = []
    granted = {FunctionName(row["module"], row["function"]).key for row in matrix["permissions"]}
    seen: set[tuple[str, str]] = set()
    for number, each in enumerate(matrix.get("customize", ())):
        name = FunctionName(each["module"], each["function"])
        if name.key in seen:
            problems.append(f"customize[{number}]: {name} is listed already")
        if name.key not in granted:
            problems.append(f"customize[{number}]: {name} isn't among the permissions")
        seen.add(name.key)
    return problems


def _place(path: t.Iterable[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "matrix"


def _what(error: t.Any) -> str:
    """The error, with the field's description if that is clearer than the broken rule."""
    said: str = error.message
    described = error.schema.get("description") if isinstance(error.schema, dict) else None
    if error.validator in ("pattern", "not") and described:
        return f"{error.instance!r}: {described}"
    if error.validator == "maxLength":
        return f"{error.instance!r} is {len(error.instance)} characters long; the limit is {error.validator_value}"
    if error.validator == "anyOf" and error.path and error.path[0] == "permissions":
        return "has none of add, edit, delete and inquire"
    return said
