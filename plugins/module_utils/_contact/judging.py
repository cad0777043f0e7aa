# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges each statement by an instance's answers. PRIVATE to this collection.

Details only contain numbers, statuses and our own words, so a report reveals nothing about the instance.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from dataclasses import dataclass

from .._client import purposes, routes
from .._client.routes import Route
from .._domain.levels import LEVELS, VERBS, level_from_api, verb_to_api
from .._domain.names import FunctionName
from .._domain.naming import ALL, ORDINARY, Key, Naming, Votes
from .._domain.statements import NOT_TRIED, OTHERWISE, SEEN
from .._domain.wording import counted
from .._resources.records import Record, record_id, reference_of, text_of
from .gathering import Gathered
from .looks import Listing, Look

_LEVELS = ("None", "My", "All")
_NUMBERS = {0: "None", 1: "My", 2: "All"}
# of a new member, as ConnectWise's page asks for them
REFERENCES = ("structureLevel", "securityLocation", "defaultLocation", "defaultDepartment", "salesDefaultLocation")
_VERSION = re.compile(r"v?\d{1,4}([._]\d{1,6}){1,3}/?")
_REGIONS = ("NA", "EU", "AU", "AUS", "ZA", "STAGING")


@dataclass(frozen=True)
class Verdict:
    """``outcome`` is one of OUTCOMES, ``detail`` the evidence for it."""

    outcome: str
    detail: str = ""


Verdicts = t.Dict[str, Verdict]


def known_names() -> list[FunctionName]:
    """Functions that ConnectWise is known to have."""
    needs = {function for needed in purposes.NEEDS.values() for function, _verb in needed}
    return [FunctionName(*function.split(" / ", 1)) for function in sorted(needs)]


def structural(value: t.Any) -> str | None:
    """The value if it is a version and nothing else."""
    return value if isinstance(value, str) and _VERSION.fullmatch(value) else None


def region(value: t.Any) -> str | None:
    """The value if it is a known region of the cloud."""
    return value if value in _REGIONS else None


def judge(found: Gathered, names: t.Iterable[FunctionName] = ()) -> Verdicts:
    """A verdict for each statement that reading requests can check. ``names`` are known functions."""
    rows = _Rows(found, {name.key for name in [*known_names(), *names]})
    return {
        **_of_levels(found, rows),
        **_of_rows(found, rows),
        **_of_names(rows),
        **_of_members(found),
        **_of_keys(found),
        **_of_address(found),
        **_of_rights(found, rows),
        "reports-levels": _reports(found, rows),
        "page-cap": _caps(found),
        "conditions": _conditions(found),
        "customize-items": _customize(found.customize),
        "error-missing": _missing(found),
    }


def _when(otherwise: bool, detail: str) -> Verdict:
    return Verdict(OTHERWISE if otherwise else SEEN, detail)


def _unknown(detail: str) -> Verdict:
    return Verdict(NOT_TRIED, detail)


class _Rows:
    """The rows of all lists of levels, by the names that the instance uses."""

    def __init__(self, found: Gathered, known: set[Key]) -> None:
        self.lists = [listing.rows for listing in found.settings.values() if listing.ok]
        mine = found.my_security.rows if found.my_security.ok else []
        self.mine = [row for row in mine if any(verb_to_api(verb) in row for verb in VERBS)]
        self.every = [*self.lists, *([self.mine] if self.mine else [])]
        self.all = [row for rows in self.every for row in rows]
        self.known = known
        self.naming = Votes().count(self.all, known)
        self.matched = self.matches(self.naming)

    def matches(self, naming: Naming) -> int:
        named = {name.key for name in map(naming.name, self.all) if name}
        return len(named & self.known)

    def name(self, row: Record) -> Key | None:
        name = self.naming.name(row)
        return name.key if name else None

    def level(self, name: str, verb: str) -> str | None:
        """The key's own level; None if the instance doesn't show it."""
        key = FunctionName(*name.split(" / ", 1)).key
        return next((level_from_api(row.get(verb_to_api(verb))) for row in self.mine if self.name(row) == key), None)


def _of_levels(found: Gathered, rows: _Rows) -> Verdicts:
    cells = [(row, verb_to_api(verb)) for row in rows.all for verb in VERBS]
    there = [row[member] for row, member in cells if member in row]
    words = [value for value in there if value is not None]
    odd = [value for value in words if value not in _LEVELS]
    nulls = len(there) - len(words)
    if not cells:
        why = _unknown("no row of levels could be read")
        unread = ("levels-words", "levels-null", "levels-null-lacks", "levels-member", "my-all-flag")
        return {**dict.fromkeys(unread, why), "levels-read": _read(found)}
    missing = len(cells) - len(there)
    return {
        "levels-read": _read(found),
        "levels-words": _when(bool(odd), f"{len(odd)} of {counted(len(words), 'level')} have another text"),
        "levels-null": Verdict(SEEN, f"{nulls} of {counted(len(cells), 'cell')} are null")
        if nulls
        else _unknown(f"none of {counted(len(cells), 'cell')} is null"),
        "levels-null-lacks": _nulls(found, rows),
        "levels-member": _when(missing > 0, f"{missing} of {counted(len(cells), 'cell')} have no field"),
        "my-all-flag": _flags(rows),
    }


def _read(found: Gathered) -> Verdict:
    if not found.roles.ok:
        return _unknown(f"the list of roles: {found.roles.first.summary}")
    if not found.settings:
        return _unknown("the list of roles is empty")
    ok = [each for each in found.settings.values() if each.ok]
    if ok:
        return Verdict(SEEN, f"{counted(len(ok), 'role')} read, {max(len(each.rows) for each in ok)} rows at most")
    return Verdict(OTHERWISE, f"settings: {next(iter(found.settings.values())).first.summary}")


def _nulls(found: Gathered, rows: _Rows) -> Verdict:
    """A cell that is null in one role and a level in another exists in the function."""
    values: dict[tuple[Key, str], set[bool]] = {}
    writes_none = admin_has_null = False
    twins = {name for each in rows.every for name, number in Counter(map(rows.name, each)).items() if number > 1}
    for each in rows.every:
        writes_none = writes_none or any(row.get(verb_to_api(verb)) == "None" for row in each for verb in VERBS)
        for row in each:
            name = rows.name(row)
            if name is None or name in twins:
                continue
            for verb in VERBS:
                if verb_to_api(verb) in row:
                    values.setdefault((name, verb), set()).add(row[verb_to_api(verb)] is None)
    for role in found.admins:
        listing = found.settings.get(role)
        for row in listing.rows if listing and listing.ok else ():
            admin_has_null = admin_has_null or any(row.get(verb_to_api(verb), "") is None for verb in VERBS)
    nulls = [cell for cell, kinds in values.items() if True in kinds]
    both = [cell for cell in nulls if values[cell] == {True, False}]
    if not nulls:
        return _unknown("no cell is null")
    if both:
        return Verdict(
            OTHERWISE, f"{len(both)} of {counted(len(nulls), 'cell')} that are null have a level in another role"
        )
    if writes_none and admin_has_null and len(rows.every) > 1:
        return Verdict(
            SEEN, f"{counted(len(nulls), 'cell')} null in each role, an Admin role included; None is written out"
        )
    return _unknown(
        f"{counted(len(nulls), 'cell')} null in each role; "
        + ("no Admin role was read" if writes_none else "None isn't written out")
    )


def _flags(rows: _Rows) -> Verdict:
    number = Counter(
        str(row.get("myAllFlag")).lower() if row.get("myAllFlag") is not None else "null" for row in rows.all
    )
    flags = ", ".join(f"{number[value]} {value}" for value in ("true", "false", "null") if number[value])
    mine = [row for row in rows.all if any(row.get(verb_to_api(verb)) == "My" for verb in VERBS)]
    against = sum(row.get("myAllFlag") is not True for row in mine)
    if not mine:
        return _unknown(f"no role that was read has a level My; flags: {flags}")
    return _when(
        against > 0, f"{against} of {counted(len(mine), 'row')} with My have another flag than true; flags: {flags}"
    )


def _of_rows(found: Gathered, rows: _Rows) -> Verdicts:
    if not rows.all:
        return dict.fromkeys(
            ("rows-twins", "rows-all", "rows-named", "setting-ids"), _unknown("no row of levels could be read")
        )
    twins = sum(
        number - 1
        for each in rows.lists
        for name, number in Counter(map(rows.name, each)).items()
        if name and number > 1
    )
    nameless = [row for row in rows.all if rows.name(row) is None]
    return {
        "rows-twins": _when(
            twins > 0, f"{counted(twins, 'row')} with the name of another, in {counted(len(rows.lists), 'role')}"
        )
        if rows.lists
        else _unknown("no role could be read"),
        "rows-named": _when(bool(nameless), f"{len(nameless)} of {counted(len(rows.all), 'row')} have no name"),
        "rows-all": _whole(found, rows),
        "setting-ids": _ids(found),
    }


def _whole(found: Gathered, rows: _Rows) -> Verdict:
    universe = {name for each in rows.every for name in map(rows.name, each) if name}
    short = [each for each in rows.lists if universe - set(map(rows.name, each))]
    flickering = max((each.flickering for each in (*found.settings.values(), found.my_security)), default=0)
    grants_nothing = any(
        all(row.get(verb_to_api(verb)) in (None, "None") for verb in VERBS) for each in rows.lists for row in each
    )
    shown = "rows that grant nothing are shown" if grants_nothing else "no row that grants nothing is shown"
    if flickering:
        return Verdict(OTHERWISE, f"two readings of one list differ by {counted(flickering, 'row')}; {shown}")
    if not rows.lists:
        return _unknown("no role could be read")
    if short:
        return Verdict(
            OTHERWISE,
            f"{len(short)} of {counted(len(rows.lists), 'list')} leave out functions that others have; {shown}",
        )
    if not grants_nothing:
        return _unknown(f"{counted(len(rows.lists), 'list')}; {shown}")
    return Verdict(SEEN, f"{counted(len(rows.lists), 'list')} of {counted(len(universe), 'function')}; {shown}")


def _ids(found: Gathered) -> Verdict:
    lists = [{record_id(row) for row in each.rows} - {None} for each in found.settings.values() if each.ok]
    lists = [ids for ids in lists if ids]
    if len(lists) < 2:
        return _unknown(f"{counted(len(lists), 'role')} with ids of settings")
    number = Counter(each for ids in lists for each in ids)
    shared = sum(times > 1 for times in number.values())
    return _when(shared > 0, f"{shared} of {counted(len(number), 'id')} are in more than one of {len(lists)} roles")


def _of_names(rows: _Rows) -> Verdicts:
    modules: dict[str, set[str]] = {}
    for name in map(rows.name, rows.all):
        if name:
            modules.setdefault(name[1], set()).add(name[0])
    several = sum(len(found) > 1 for found in modules.values())
    twice = (
        Verdict(SEEN, f"{counted(several, 'name')} in several modules")
        if several
        else _unknown("no name is in two modules")
    )
    if not rows.matched:
        return {"names-twice": twice, "names-member": _unknown("none of the names that are known was found")}
    best = max(map(rows.matches, ALL))
    empty = [
        field
        for field in (*_texts("module"), *_texts("moduleFunction"))
        if not any(text_of(row, field) for row in rows.all)
    ]
    texts = f"{rows.matched} known names stand in {' and '.join(rows.naming.fields)}"
    detail = texts + (f"; {', '.join(empty)} hold nothing" if empty else "")
    return {"names-twice": twice, "names-member": _when(rows.naming != ORDINARY or best > rows.matched, detail)}


def _texts(what: str) -> tuple[str, ...]:
    return f"{what}Name", f"{what}Description", f"{what}Identifier"


def _of_members(found: Gathered) -> Verdicts:
    identifiers = [text_of(each, "identifier") for each in found.api_members.rows]
    names = [text_of(each, "name") for each in (*found.api_members.rows, *found.roles.rows)]
    longest = max(map(len, identifiers), default=0), max(map(len, names), default=0)
    lengths = f"the longest identifier has {longest[0]} characters, the longest name {longest[1]}"
    verdicts: Verdicts = {
        "lengths": _when(longest[0] > 15 or longest[1] > 30, lengths)
        if any(longest)
        else _unknown("no list could be read"),
        "default-member": _default(found.default),
        "members-inactive": _inactive_members(found),
        "roles-inactive": _inactive_roles(found),
    }
    if not (found.api_members.ok and identifiers and found.members.ok):
        which = found.members if found.api_members.ok and identifiers else found.api_members
        why = _unknown("there is no API member" if which.ok else f"the list: {which.first.summary}")
        return {**verdicts, "member-ids": why, "members-api": why}
    people = {text_of(each, "identifier").casefold(): record_id(each) for each in found.members.rows}
    common = [each for each in found.api_members.rows if text_of(each, "identifier").casefold() in people]
    same = sum(people[text_of(each, "identifier").casefold()] == record_id(each) for each in common)
    missing = len(found.api_members.rows) - len(common)
    verdicts["members-api"] = _when(
        missing > 0, f"{missing} of {counted(len(found.api_members.rows), 'API member')} aren't there"
    )
    verdicts["member-ids"] = (
        _when(same < len(common), f"{same} of {counted(len(common), 'member')} have the same id in both")
        if common
        else _unknown("no member is in both lists")
    )
    return verdicts


def _inactive_members(found: Gathered) -> Verdict:
    if not found.api_members.ok:
        return _unknown(f"the list: {found.api_members.first.summary}")
    inactive = sum(each.get("inactiveFlag") is True for each in found.api_members.rows)
    listed = {text_of(each, "identifier").casefold() for each in found.api_members.rows}
    left_out = [
        each
        for each in found.members.rows
        if each.get("licenseClass") == "A" and each.get("inactiveFlag") is True
        if text_of(each, "identifier").casefold() not in listed
    ]
    if left_out:
        return Verdict(
            OTHERWISE, f"{counted(len(left_out), 'inactive API member')} of /system/members left out, {inactive} shown"
        )
    return Verdict(SEEN, f"{inactive} shown") if inactive else _unknown("no inactive API member was found")


def _inactive_roles(found: Gathered) -> Verdict:
    if not found.roles.ok:
        return _unknown(f"the list: {found.roles.first.summary}")
    inactive = sum(each.get("inactiveFlag") is True for each in found.roles.rows)
    left_out = [each for each in found.unlisted_roles if each.ok and isinstance(each.value, dict)]
    hidden = sum(each.value.get("inactiveFlag") is True for each in left_out)
    if hidden:
        return Verdict(OTHERWISE, f"{counted(hidden, 'inactive role')} that members have left out, {inactive} shown")
    return Verdict(SEEN, f"{inactive} shown") if inactive else _unknown("no inactive role was found")


def _default(look: Look) -> Verdict:
    if not look.asked:
        return _unknown(look.summary)
    if not look.ok or not isinstance(look.value, dict):
        return Verdict(OTHERWISE, look.summary)
    ids = {name: record_id(reference_of(look.value, name)) for name in REFERENCES}
    lacking = {name: "id 0" if number == 0 else "nothing" for name, number in ids.items() if not number}
    detail = "; ".join(f"{name}: {what}" for name, what in lacking.items())
    return _when(bool(lacking), detail or f"all {len(REFERENCES)} are there")


def _of_keys(found: Gathered) -> Verdicts:
    first = found.keys.first
    verdicts: Verdicts = {}
    if not first.asked:
        verdicts["keys-route"] = _unknown("not requested: undocumented routes are off, or no API member is known")
    elif found.keys.ok and (found.keys.rows or first.value == []):
        verdicts["keys-route"] = Verdict(OTHERWISE, first.summary)
    elif first.no_route:
        verdicts["keys-route"] = Verdict(SEEN, first.summary)
    else:
        verdicts["keys-route"] = _unknown(f"{first.summary}, which is inconclusive")
    keys = [each for each in found.keys.rows if text_of(each, "publicKey")] if found.keys.ok else []
    shape = sum(re.fullmatch(r"[A-Za-z0-9]{16}", text_of(each, "publicKey")) is not None for each in keys)
    ends = sum(any(re.search("expir|validUntil|endDate", name, re.IGNORECASE) for name in each) for each in keys)
    if not keys:
        unread = ("keys-several", "keys-shape", "keys-end")
        return {**verdicts, **dict.fromkeys(unread, _unknown("no key could be read"))}
    several = Verdict(SEEN, f"{len(keys)} of one member") if len(keys) > 1 else _unknown("the member has one key")
    return {
        **verdicts,
        "keys-several": several,
        "keys-shape": _when(shape < len(keys), f"{shape} of {counted(len(keys), 'key')}"),
        "keys-end": _when(ends > 0, f"{ends} of {counted(len(keys), 'key')} have a field that looks like an expiry"),
    }


def _of_address(found: Gathered) -> Verdicts:
    info = found.info.value if isinstance(found.info.value, dict) else {}
    company = found.company.value if isinstance(found.company.value, dict) else {}
    cloud = info.get("isCloud")
    host = "its host begins with api-" if found.site_host.startswith("api-") else "its host doesn't begin with api-"
    own = company.get("Codebase")
    codebase = _unknown(found.company.summary)
    if found.company.ok:
        path = "v{year}_{release}/" if structural(own) else "something else" if isinstance(own, str) else "nothing"
        codebase = _when(structural(own) is None, f"it names {path}")
    return {
        "host-api": _when(not found.site_host.startswith("api-"), host)
        if cloud is True
        else _unknown("it isn't in the cloud" if cloud is False else "it doesn't say whether it is in the cloud"),
        "path-alias": _when(
            found.alias.status != 200, "it still answers" if found.alias.status == 200 else "it no longer answers"
        )
        if found.alias.ok
        else _unknown(found.alias.summary),
        "codebase": codebase,
        "version-unknown": _old_version(found.old_version),
    }


def _old_version(look: Look) -> Verdict:
    if look.kind == "VersionUnsupported":
        return Verdict(SEEN, look.summary)
    if look.ok or look.kind == "Rejected":
        return Verdict(OTHERWISE, look.summary)
    return _unknown(look.summary)


def _of_rights(found: Gathered, rows: _Rows) -> Verdicts:
    my = found.my_security.first
    named = any(reference_of(row, "member") for row in rows.mine)
    verdicts: Verdicts = {
        "my-security": _when(
            not rows.mine, my.summary if not found.my_security.rows else f"{counted(len(rows.mine), 'row')}"
        )
        if my.asked and my.status is not None
        else _unknown(my.summary),
        "my-security-member": _when(not named, "the rows name a member" if named else "no row names a member")
        if rows.mine
        else _unknown("no row could be read"),
        "boards-need-tables": _guarded(rows, [(routes.TABLE_SETUP, found.lookups.get(routes.BOARDS, Look()))]),
    }
    by_function: dict[str, list[tuple[str, Look]]] = {}
    asked: list[tuple[Route, Look]] = found.answers
    for route, look in asked:
        if route.function and route.grade == routes.PUBLISHED:
            by_function.setdefault(route.function, []).append((route.function, look))
    for name, function in (
        ("right-members", routes.MEMBER_MAINTENANCE),
        ("right-roles", routes.SECURITY_ROLES),
        ("right-company", routes.MY_COMPANY),
        ("right-tables", routes.TABLE_SETUP),
    ):
        verdicts[name] = _guarded(rows, by_function.get(function, []))
    return verdicts


def _guarded(rows: _Rows, asked: t.Sequence[tuple[str, Look]]) -> Verdict:
    """Whether routes are refused without Inquire on a function, and answered with it."""
    if not asked:
        return _unknown("nothing was asked")
    level = rows.level(asked[0][0], "inquire")
    answered = sum(look.ok for _function, look in asked)
    refused = sum(look.kind == "Forbidden" for _function, look in asked)
    shown = level.capitalize() if level in LEVELS else "no known level"
    counts = f"the key has {shown}: {answered} of {len(asked)} answered, {refused} refused"
    if level == "none" and answered + refused:
        return _when(answered > 0, counts)
    if level == "all" and refused and not answered:
        return Verdict(OTHERWISE, counts)
    return _unknown(counts + (", which is inconclusive" if level in ("my", "all") else ""))


def _reports(found: Gathered, rows: _Rows) -> Verdict:
    first = found.reports.first
    if not first.asked or first.status is None or first.kind == "Forbidden":
        return _unknown(first.summary)
    if not found.reports.ok:
        return Verdict(OTHERWISE, first.summary)
    numbered = [
        row for row in found.reports.rows if isinstance(_numbered(row, "inquire"), int) and text_of(row, "Module_Name")
    ]
    if not numbered:
        return Verdict(
            OTHERWISE, f"{counted(len(found.reports.rows), 'row')}, none of them with a name and levels as numbers"
        )
    by_name: dict[str, list[Record]] = {}
    own = {text_of(reference_of(row, "member"), "identifier").casefold() for row in rows.mine} - {""}
    for row in rows.mine:
        for field in _texts("moduleFunction"):
            by_name.setdefault(text_of(row, field).casefold(), []).append(row)
    same = compared = 0
    for row in numbered:
        found_rows = by_name.get(text_of(row, "Module_Name").casefold(), [])
        if text_of(row, "Member_ID").casefold() not in own or len({record_id(each) for each in found_rows}) != 1:
            continue
        for verb in VERBS:
            compared += 1
            same += _NUMBERS.get(_numbered(row, verb), "") == (found_rows[0].get(verb_to_api(verb)) or "None")
    if not compared:
        return _unknown(f"{counted(len(numbered), 'row')} with numbers, none comparable with mySecurity")
    return _when(same < compared, f"{same} of {counted(compared, 'level')} agree, with 0, 1 and 2 as None, My and All")


def _numbered(row: Record, verb: str) -> t.Any:
    return row.get(f"{verb.capitalize()}_Level")


def _caps(found: Gathered) -> Verdict:
    lists = {
        "roles": [found.roles],
        "settings": list(found.settings.values()),
        "mySecurity": [found.my_security],
        "apiMembers": [found.api_members],
        "members": [found.members],
    }
    capped = {
        name: max(each.cap for each in listed) for name, listed in lists.items() if any(each.cap for each in listed)
    }
    if capped:
        return Verdict(OTHERWISE, "; ".join(f"{name}: {cap} at most, without a Link" for name, cap in capped.items()))
    longest = max((len(each.rows) for listed in lists.values() for each in listed), default=0)
    return Verdict(SEEN, f"the longest list has {counted(longest, 'row')}") if longest else _unknown("no list has rows")


def _conditions(found: Gathered) -> Verdict:
    details, refused, answered = [], 0, 0
    for what, (look, right) in found.conditions.items():
        if look.ok and isinstance(look.value, list):
            answered += 1
            details.append(f"{what}: " + ("the right rows" if right > 0 else "no row" if right == 0 else "wrong rows"))
        else:
            refused += look.status == 400
            details.append(f"{what}: {look.summary}")
    detail = "; ".join(details)
    if not refused and not answered:
        return _unknown(detail or "no record to search for")
    return _when(not refused, detail)


def _customize(look: Look) -> Verdict:
    if not look.asked or look.status is None:
        return _unknown(look.summary)
    if not look.ok or not isinstance(look.value, list):
        return Verdict(OTHERWISE, look.summary)
    return Verdict(SEEN, f"{counted(len(look.value), 'item')} of the key's own member")


def _missing(found: Gathered) -> Verdict:
    look = found.missing_record
    if not look.asked or look.status is None or look.kind == "Forbidden":
        return _unknown(look.summary)
    return _when(not (look.status == 404 and look.code == "NotFound"), look.summary)


def listings(found: Gathered) -> t.Iterator[Listing]:
    """All lists that were read."""
    yield from (found.roles, found.my_security, found.api_members, found.members, found.keys, *found.settings.values())
