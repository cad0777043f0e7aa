# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a role as an instance shows them. PRIVATE to this collection.

Row shape: SecurityRoleSetting and MySecurity of the published API. What a null level means isn't published: either the
function has no such verb, or null is another spelling of None. A null counts as "the function lacks this verb" only if
the answer also contains None, or if the role is an Admin role, which has every permission. Otherwise it counts as none.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field, replace

from .levels import VERBS, level_from_api, verb_to_api
from .names import FunctionName
from .naming import ORDINARY, Naming

NO_MODULE = "(no module)"  # the module of a row without a name


class RowTexts(t.NamedTuple):
    """The texts of a row that ConnectWise's page may show, unchanged; each may be empty."""

    module: str = ""
    module_description: str = ""
    function: str = ""
    function_description: str = ""


_TEXTS = ("moduleName", "moduleDescription", "moduleFunctionName", "moduleFunctionDescription")


@dataclass(frozen=True)
class SettingRow:
    """One function of a role on an instance.

    ``levels`` maps the verbs to none, my or all; ``lacking`` are the verbs that the function doesn't have, ``nulls``
    those whose level is null. ``row_id`` is the setting's id, None if the instance hasn't shown a row for this role
    yet. ``texts`` are the row's texts.

    If several rows of a role have the same name, ``name`` includes the position of each, ``plain`` is the name without
    it, and ``ids`` are the ids of the row at this position in all roles that were read.
    """

    name: FunctionName
    levels: t.Mapping[str, str] = field(hash=False)
    lacking: frozenset[str] = frozenset()
    offers_my: bool = True
    row_id: int | None = None
    sort_order: int = 0
    plain: FunctionName | None = None
    ids: frozenset[int] = frozenset()
    nulls: frozenset[str] = frozenset()
    texts: RowTexts = field(default=RowTexts(), compare=False)

    @property
    def shown_name(self) -> FunctionName:
        """The name on the instance."""
        return self.plain or self.name

    @property
    def key(self) -> tuple[str, str]:
        """The key by which a matrix finds the row."""
        return self.shown_name.key

    @property
    def nameless(self) -> bool:
        return self.name.module == NO_MODULE

    @property
    def grants(self) -> bool:
        return any(level != "none" for level in self.levels.values())

    @property
    def page_order(self) -> tuple[str, int, str]:
        """Sort key for the order of ConnectWise's page: by module, then as the module orders its functions."""
        return self.name.module.casefold(), self.sort_order, self.name.function.casefold()

    def blank(self) -> SettingRow:
        """The same function in a new role: every level none, no row of its own yet."""
        return replace(self, levels=dict.fromkeys(VERBS, "none"), row_id=None)

    def with_level(self, verb: str, level: str) -> SettingRow:
        return replace(self, levels={**self.levels, verb: level})


def parse_settings(
    answer: t.Iterable[t.Any], admin: bool = False, naming: Naming = ORDINARY
) -> list[SettingRow]:
    """Rows for the JSON objects of a settings or mySecurity answer, read leniently.

    Objects without a module or function name are skipped if they grant nothing; otherwise they get a name that no
    matrix can list. ``admin``: the role is a built-in Admin role. ``naming`` says which texts are the names.
    """
    objects = [item for item in answer if isinstance(item, dict)]
    cells = [item.get(verb_to_api(verb)) for item in objects for verb in VERBS]
    null_is_lacking = admin or "none" in (level_from_api(cell) for cell in cells)
    rows = [_parse_setting(item, null_is_lacking, naming) for item in objects]
    return _with_positions(sorted((row for row in rows if row), key=lambda row: row.page_order))


def _with_positions(rows: t.Sequence[SettingRow]) -> list[SettingRow]:
    """The rows; those with the same name get their position as part of it."""
    number = Counter(row.name for row in rows)
    if len(number) == len(rows):
        return list(rows)
    places: Counter[FunctionName] = Counter()
    found = []
    for row in rows:
        if number[row.name] > 1:
            places[row.name] += 1
            text = f"{row.name.function} ({places[row.name]} of {number[row.name]})"
            row = replace(row, name=replace(row.name, function=text), plain=row.name)
            row = replace(row, ids=frozenset(each for each in [row.row_id] if each))
        found.append(row)
    return found


def _parse_setting(item: dict[str, t.Any], null_is_lacking: bool, naming: Naming) -> SettingRow | None:
    raw = {verb: level_from_api(item.get(verb_to_api(verb))) for verb in VERBS}
    name = naming.name(item)
    if name is None and set(raw.values()) <= {None, "none"}:
        return None
    lacking = frozenset(verb for verb in VERBS if null_is_lacking and item.get(verb_to_api(verb)) is None)
    if len(lacking) == len(VERBS):
        lacking = frozenset()  # no function lacks all verbs: these nulls mean None
    row_id, order = item.get("id"), item.get("sortOrder")
    return SettingRow(
        name=name or FunctionName(NO_MODULE, f"(no name, id {row_id})"),
        levels={verb: raw[verb] or "none" for verb in VERBS},
        lacking=lacking,
        offers_my=item.get("myAllFlag") is not False or "my" in raw.values(),
        row_id=int(str(row_id)) if str(row_id).isdecimal() else None,
        sort_order=order if isinstance(order, int) else 0,
        nulls=frozenset(verb for verb in VERBS if item.get(verb_to_api(verb)) is None),
        texts=RowTexts(*(text.strip() if isinstance(text, str) else "" for text in map(item.get, _TEXTS))),
    )


def merged(rows: t.Sequence[SettingRow], again: t.Iterable[SettingRow]) -> list[SettingRow]:
    """The rows of a list that was read twice, including those that only the second read has."""
    shown = {row.name for row in rows}
    return [*rows, *(row for row in again if row.name not in shown)]


def permission_row(row: SettingRow) -> dict[str, t.Any]:
    """The row in the shape that the option ``permissions`` takes."""
    name = row.shown_name
    found = {"module": name.module, "function": name.function, **{verb: row.levels[verb] for verb in VERBS}}
    return {**found, "id": row.row_id} if row.plain and row.row_id else found


def export_permissions(rows: t.Iterable[SettingRow]) -> list[dict[str, t.Any]]:
    """All functions that grant anything, in the shape that the option ``permissions`` takes."""
    return [permission_row(row) for row in rows if row.grants]
