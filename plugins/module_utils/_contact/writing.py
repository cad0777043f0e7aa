# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests what only writes show, on a security role and an API member of its own, and undoes it. PRIVATE.

Both have names that nobody else uses, so a later run finds what an interrupted one left.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._client import routes
from .._client.client import Client
from .._client.journal import Change
from .._client.profile import Profile, name_of
from .._client.routes import Route
from .._client.scrub import Scrubber
from .._domain.levels import VERBS, level_from_api, verb_to_api
from .._domain.names import same_name
from .._domain.statements import NOT_TRIED, OTHERWISE, SEEN
from .._resources import settling
from .._resources.records import Record, record_id, reference_of, text_of
from .gathering import Gathered
from .judging import REFERENCES, Verdict, Verdicts
from .looks import Look, Looker

ROLE_NAME = "First contact, may be deleted"  # 30 characters at most
MEMBER = "FirstContactAPI"  # 15 characters at most
MEMBER_NAME = "First contact, stays inactive"
_NOTES = "Created by msp.connectwise to see what the API does. Nothing uses it."
_NO_DELETE = "ConnectWise can't delete members"
_BY_HAND = "delete it in System > Security Roles"
_UNKNOWN_MEMBER = "firstContactUnknown"
# fields of records that a refusal may name; other texts are the instance's
_FIELDS = frozenset((
    "adminFlag", "defaultDepartment", "defaultLocation", "emailAddress", "id", "identifier", "inactiveFlag",
    "licenseClass", "name", "notes", "officeEmail", "roleType", "salesDefaultLocation", "securityLocation",
    "securityRole", "serviceDefaultBoard", "structureLevel", "timeZone", "workRole",
))  # fmt: skip


@dataclass
class Outcome:
    """``left`` is what couldn't be undone: {words for the report: the same with its name, for a person}.

    ``missing`` and ``worked`` are the routes that proved to be missing, or to work.
    """

    verdicts: Verdicts = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    worked: set[str] = field(default_factory=set)
    stages: list[str] = field(default_factory=list)

    def profile(self, version: str) -> Profile:
        return Profile(version, frozenset(self.missing), frozenset(self.worked))


def leftovers(found: Gathered) -> dict[str, str]:
    """What an interrupted first contact left, according to the lists; in the form of ``Outcome.left``."""
    left = {}
    if any(_is_ours(each) and each.get("inactiveFlag") is not True for each in found.api_members.rows):
        left["an API member, active"] = f"API member {MEMBER}, active"
    if any(_is_our_role(each) and not _stays(each, found.api_members.rows) for each in found.roles.rows):
        left["a security role"] = f"security role {ROLE_NAME!r}"
    return left


def _is_our_role(role: Record) -> bool:
    return text_of(role, "name").casefold().startswith(ROLE_NAME.casefold())


def _stays(role: Record, members: t.Sequence[Record]) -> bool:
    """Whether only our inactive member has the role, so the instance may refuse to delete it."""
    held = [each for each in members if record_id(reference_of(each, "securityRole")) == record_id(role)]
    return bool(held) and all(_is_ours(each) and each.get("inactiveFlag") is True for each in held)


def _is_ours(member: Record) -> bool:
    """Whether the member is ours: the identifier is not enough, since somebody else may use it."""
    marked = text_of(member, "name") == MEMBER_NAME or _NOTES in text_of(member, "notes")
    plain = not text_of(member, "name") or same_name(text_of(member, "name"), MEMBER)
    return same_name(text_of(member, "identifier"), MEMBER) and (marked or plain)


class Writer:
    """Writes, checks, and undoes. Whatever the answers, it undoes what it created as far as possible.

    Raises a CwError only if nothing may be written at all, such as without a journal.
    """

    def __init__(self, client: Client, scrubber: Scrubber, found: Gathered, own: str) -> None:
        """``own`` is the automation's own member, if known."""
        self._own = own
        self._client, self._scrubber, self._found = client, scrubber, found
        self._looker = Looker(client)
        self._role: int | None = None
        self._kept_role: int | None = None
        self._member: int | None = None
        self.outcome = Outcome()

    def run(self, with_member: bool) -> Outcome:
        if self._clean_up():
            try:
                self._look_at_role(with_member)
            finally:
                self._undo()
        return self.outcome

    # what was left

    def _clean_up(self) -> bool:
        """Undo what an earlier run left. Returns whether nothing of it is in the way any more."""
        lists = [self._looker.list(route) for route in (routes.API_MEMBERS, routes.MEMBERS)]
        members = lists[0].rows
        ours = [each for each in members if _is_ours(each) and not same_name(MEMBER, self._own)]
        for member in ours:
            if member.get("inactiveFlag") is not True:
                self._member = record_id(member)
                self._deactivate()
                self._member = None
        if ours:
            self._leave("an API member, inactive", f"API member {MEMBER}, inactive ({_NO_DELETE})")
        others = [each for listed in lists for each in listed.rows if not self._is_one_of(each, ours)]
        held = {record_id(reference_of(each, "securityRole")) for each in others}
        can_tell = all(listed.ok for listed in lists)  # otherwise the role's members aren't known
        deleted = False
        for role in filter(_is_our_role, self._listed(routes.ROLES)):
            if can_tell and record_id(role) not in held:
                deleted = self._delete_role(record_id(role)).ok or deleted
        wait = self._client.connection.settle_timeout if deleted else 0
        rest = settling.settled(self._our_roles, wait, lambda roles: not roles)[0] or []
        if len(rest) == 1 and _stays(rest[0], self._listed(routes.API_MEMBERS)):
            self._kept_role = record_id(rest[0])
        elif rest:
            self._leave("a security role of an earlier first contact", f"security role {ROLE_NAME!r}: {_BY_HAND}")
        return not rest or self._kept_role is not None

    def _our_roles(self) -> list[Record]:
        return [role for role in self._listed(routes.ROLES) if _is_our_role(role)]

    @staticmethod
    def _is_one_of(member: Record, ours: t.Sequence[Record]) -> bool:
        return any(same_name(text_of(member, "identifier"), text_of(each, "identifier")) for each in ours)

    def _leave(self, words: str, named: str) -> None:
        self.outcome.left[words] = named

    def _listed(self, route: Route) -> list[Record]:
        return self._looker.list(route).rows

    # the role

    def _look_at_role(self, with_member: bool) -> None:
        self.outcome.stages.append("role")
        verdicts = self.outcome.verdicts
        too_long = {"name": f"{ROLE_NAME}, and this name is too long"}
        refused = self._post_role(too_long)
        verdicts["error-fields"] = _refusal(refused, refused.status == 400 and bool(refused.fields))
        self._delete_accepted(refused)
        unknown = self._post_role({"name": ROLE_NAME, _UNKNOWN_MEMBER: True})
        verdicts["error-unknown"] = _refusal(unknown, unknown.status == 400)
        self._delete_accepted(unknown)
        rows = self._rows_of_new() if self._kept_role is None else self._rows_of_kept()
        if self._role is None:
            return
        twice = self._post_role({"name": ROLE_NAME})
        verdicts["name-twice"] = _refusal(twice, 400 <= (twice.status or 0) < 500)
        self._delete_accepted(twice)
        self._look_at_levels(rows)
        if with_member:
            self._look_at_member()

    def _rows_of_kept(self) -> list[Record]:
        """The rows of the role that an earlier first contact had to leave."""
        self._role = self._kept_role
        self.outcome.verdicts.pop("error-unknown")
        return self._rows()

    def _rows_of_new(self) -> list[Record]:
        verdicts = self.outcome.verdicts
        created = self._post_role({"name": ROLE_NAME})
        self._role = record_id(created.value) if created.ok else None
        if self._role is None:
            self._role = record_id(next(filter(_is_our_role, self._listed(routes.ROLES)), None))
        verdicts["role-create"] = Verdict(SEEN, "accepted") if created.ok else _refusal_of_documented(created)
        if self._role is None:
            if created.kind == "AnswerLost":
                self._leave("perhaps a security role", f"perhaps security role {ROLE_NAME!r}: {_BY_HAND}")
            return []
        verdicts["settling"] = self._settle()
        rows = self._rows()
        verdicts["new-role-none"] = _all_none(rows)
        return rows

    def _post_role(self, body: Record) -> Look:
        return self._send(routes.ROLE_CREATE, Change(f"security role {body['name']!r}", None, body), body)

    def _delete_accepted(self, look: Look) -> None:
        """Delete a role whose creation should have been refused but wasn't."""
        if look.ok and record_id(look.value) is not None:
            self._delete_role(record_id(look.value))

    def _settle(self) -> Verdict:
        seconds = self._client.connection.settle_timeout
        passed = settling.time_to_show(
            lambda: self._looker.look(routes.ROLE, role=self._role), seconds, lambda look: look.ok
        )
        if passed is None:
            return Verdict(OTHERWISE, f"not visible after {seconds:g} s")
        return Verdict(OTHERWISE, f"visible after {passed:.1f} s") if passed else Verdict(SEEN, "at the first read")

    def _rows(self) -> list[Record]:
        return self._looker.list(routes.SETTINGS, role=self._role).rows

    def _look_at_levels(self, rows: t.Sequence[Record]) -> None:
        row = next((each for each in rows if each.get("inquireLevel") == "None" and record_id(each) is not None), None)
        for name, route in (("levels-write", routes.SETTING_WRITE), ("levels-put", routes.SETTING_PUT)):
            if row is None:
                self.outcome.verdicts[name] = Verdict(NOT_TRIED, "the new role shows no row with Inquire None")
            elif not self._client.connection.probe_undocumented:
                self.outcome.verdicts[name] = Verdict(NOT_TRIED, "undocumented routes are turned off")
            else:
                self.outcome.verdicts[name] = self._write_level(route, row)
        self._set_back(row)

    def _set_back(self, row: Record | None) -> None:
        """Set the level back: the role may have to stay, and must then grant nothing."""
        worked = [each for each in (routes.SETTING_WRITE, routes.SETTING_PUT) if name_of(each) in self.outcome.worked]
        if row is None or not worked:
            return
        now = next((each for each in self._rows() if record_id(each) == record_id(row)), {})
        if now.get("inquireLevel") == "All":
            self._write_level(worked[0], row)

    def _write_level(self, route: Route, row: Record) -> Verdict:
        """Change Inquire of one row, and read it back."""
        number = record_id(row)
        before = next((each for each in self._rows() if record_id(each) == number), row)
        level = "None" if before.get("inquireLevel") == "All" else "All"
        body: t.Any = [{"op": "replace", "path": "inquireLevel", "value": level}]
        if route.method == "PUT":
            body = {**before, "inquireLevel": level}
        change = Change(
            f"security role {ROLE_NAME!r} (id {self._role}): one row of settings",
            {"inquire": level_from_api(before.get("inquireLevel"))},
            {"inquire": level.lower()},
        )
        look = self._looker.attempt(lambda: self._tried(route, change, body, role=self._role, setting=number))
        if look.no_route:
            self.outcome.missing.add(name_of(route))
            return Verdict(SEEN, look.summary)
        if not look.ok:
            return Verdict(NOT_TRIED, f"{look.summary}, which is inconclusive")
        shown = settling.settled(
            self._rows,
            self._client.connection.settle_timeout,
            lambda rows: any(record_id(each) == number and each.get("inquireLevel") == level for each in rows),
        )[1]
        # some lists omit rows that are None
        if not shown and level == "All":
            return Verdict(NOT_TRIED, "accepted, but without a visible effect")
        if level == "All":
            self.outcome.worked.add(name_of(route))
        return Verdict(OTHERWISE, "accepted, and read back" if shown else "accepted; the row isn't listed afterwards")

    # the member

    def _look_at_member(self) -> None:
        verdicts = self.outcome.verdicts
        listed = [*self._listed(routes.API_MEMBERS), *self._listed(routes.MEMBERS)]
        if any(same_name(text_of(each, "identifier"), MEMBER) for each in listed):
            words = "a member with this identifier already exists"
            for name in ("member-create", "member-required"):
                verdicts[name] = Verdict(NOT_TRIED, words)
            return
        self.outcome.stages.append("member")
        least = self._post_member({"identifier": MEMBER})
        verdicts["member-required"] = Verdict(SEEN, "accepted") if least.ok else _needs_more(least)
        created = least if least.ok else self._post_member(self._whole_member())
        self._member = record_id(created.value) if created.ok else None
        if self._member is None:
            again = self._listed(routes.API_MEMBERS)
            self._member = record_id(next(filter(_is_ours, again), None))
        failed = Verdict(NOT_TRIED, _refused(created).detail)
        verdicts["member-create"] = Verdict(SEEN, "accepted") if created.ok else failed
        if self._member is None:
            return
        member, visible = settling.settled(self._read_member, self._client.connection.settle_timeout, bool)
        if not member or not visible:
            return
        identifier = text_of(member, "identifier")
        kept = "kept as it is" if identifier == MEMBER else "kept in upper case" if identifier.isupper() else "changed"
        verdicts["identifier-case"] = Verdict(SEEN if identifier == MEMBER else OTHERWISE, kept)
        self._look_at_its_role(member, asked=created is not least)
        self._look_at_key()
        self._look_at_role_in_use()

    def _post_member(self, body: Record) -> Look:
        return self._send(routes.API_MEMBER_CREATE, Change(f"API member {MEMBER!r}", None, body), body)

    def _whole_member(self) -> Record:
        """The fields that the page requires, from the instance's own default member."""
        default = self._found.default.value if isinstance(self._found.default.value, dict) else {}
        ids = {name: record_id(reference_of(default, name)) for name in REFERENCES}
        references = {name: {"id": number} for name, number in ids.items() if number}
        role = {"securityRole": {"id": self._role}}
        return {"identifier": MEMBER, "name": MEMBER_NAME, "notes": _NOTES, **role, **references}

    def _read_member(self) -> Record:
        look = self._looker.look(routes.API_MEMBER, member=self._member)
        return look.value if look.ok and isinstance(look.value, dict) else {}

    def _look_at_its_role(self, member: Record, asked: bool) -> None:
        role = record_id(reference_of(member, "securityRole"))
        if asked:
            came = "the one that was asked for" if role == self._role else "another one" if role else "none"
            self.outcome.verdicts["member-role"] = Verdict(SEEN if role == self._role else OTHERWISE, came)
        if role != self._role:
            self._patch_member({"securityRole": {"id": self._role}}, {"securityRole": role})

    def _patch_member(self, values: Record, before: Record) -> Look:
        operations = [{"op": "replace", "path": name, "value": value} for name, value in values.items()]
        change = Change(f"API member {MEMBER!r} (id {self._member})", before, values)
        return self._send(routes.API_MEMBER_PATCH, change, operations, member=self._member)

    def _look_at_key(self) -> None:
        """Create a key, discard the pair, and retire the key."""
        verdicts = self.outcome.verdicts
        if not self._client.connection.probe_undocumented:
            verdicts["keys-create"] = Verdict(NOT_TRIED, "undocumented routes are turned off")
            return
        body = {"description": "First contact"}
        change = Change(f"API key 'First contact' of API member {MEMBER!r} (id {self._member})", None, body)
        look = self._looker.attempt(lambda: self._tried(routes.KEY_CREATE, change, body, member=self._member))
        if not look.ok:
            inconclusive = Verdict(NOT_TRIED, f"{look.summary}, which is inconclusive")
            verdicts["keys-create"] = Verdict(SEEN, look.summary) if look.no_route else inconclusive
            if look.kind == "AnswerLost":
                self._key_may_be_left()
            return
        answer = look.value if isinstance(look.value, dict) else {}
        self._scrubber.add(text_of(answer, "privateKey"))
        halves = [name for name in ("publicKey", "privateKey") if text_of(answer, name)]
        if not halves:
            verdicts["keys-create"] = Verdict(NOT_TRIED, "accepted, but no key was returned")
            self._key_may_be_left()
            return
        verdicts["keys-create"] = Verdict(OTHERWISE, f"accepted, with {' and '.join(halves)}")
        self._end_key(record_id(answer))

    def _end_key(self, key: int | None) -> None:
        if key is not None:
            about = f"API key 'First contact' of API member {MEMBER!r} (id {key})"
            deleted = self._looker.attempt(
                lambda: self._tried(
                    routes.KEY_DELETE, Change(about, {"id": key}, None), None, member=self._member, key=key
                )
            )
            if deleted.ok:
                return
            off = [{"op": "replace", "path": "inactiveFlag", "value": True}]
            change = Change(about, {"inactiveFlag": False}, {"inactiveFlag": True})
            self._looker.attempt(lambda: self._tried(routes.KEY_DEACTIVATE, change, off, member=self._member, key=key))
        self._key_may_be_left()

    def _key_may_be_left(self) -> None:
        self._leave("perhaps an API key of that member", f"perhaps an API key 'First contact' of {MEMBER}")

    def _look_at_role_in_use(self) -> None:
        verdicts = self.outcome.verdicts
        look = self._delete_role(self._role)
        if look.ok and self._is_gone():
            verdicts["role-in-use"] = Verdict(OTHERWISE, "deleted")
            verdicts["role-delete"] = Verdict(SEEN, "deleted, though a member had it")
            self._role = None
        elif look.ok:
            verdicts["role-in-use"] = Verdict(NOT_TRIED, "accepted, but the role still exists")
        elif 400 <= (look.status or 0) < 500 and look.kind != "Forbidden":
            verdicts["role-in-use"] = Verdict(SEEN, _refused(look).detail)
        else:
            verdicts["role-in-use"] = Verdict(NOT_TRIED, look.summary)

    # undoing

    def _undo(self) -> None:
        self._looker = Looker(self._client)  # an instance that stopped answering may answer again
        verdicts = self.outcome.verdicts
        has_member = self._member is not None or self._kept_role is not None
        if self._member is not None:
            is_inactive = self._deactivate()
            detail = "read back" if is_inactive else "it doesn't read as inactive"
            verdicts["member-inactive"] = Verdict(SEEN if is_inactive else OTHERWISE, detail)
            words = "inactive" if is_inactive else "perhaps active"
            self._leave(f"an API member, {words}", f"API member {MEMBER}, {words} ({_NO_DELETE})")
        if self._role is None:
            return
        look = self._delete_role(self._role)
        if look.ok and self._is_gone():
            verdicts["role-delete"] = Verdict(SEEN, "deleted")
            return
        if look.ok:
            verdicts["role-delete"] = Verdict(OTHERWISE, "accepted, but the role still exists")
        elif has_member:
            verdicts["role-delete"] = Verdict(NOT_TRIED, f"{_refused(look).detail}: an inactive member has the role")
        else:
            verdicts["role-delete"] = _refusal_of_documented(look)
        self._leave("a security role", f"security role {ROLE_NAME!r}, which grants nothing: {_BY_HAND}")

    def _is_gone(self) -> bool:
        """Whether the role is gone; reads again for up to ``settle_timeout``."""
        return settling.settled(
            lambda: self._looker.look(routes.ROLE, role=self._role),
            self._client.connection.settle_timeout,
            lambda look: look.status == 404,
        )[1]

    def _deactivate(self) -> bool:
        self._patch_member({"inactiveFlag": True}, {"inactiveFlag": False})
        return settling.settled(
            self._read_member, self._client.connection.settle_timeout, lambda each: each.get("inactiveFlag") is True
        )[1]

    def _delete_role(self, role: int | None) -> Look:
        change = Change(f"security role {ROLE_NAME!r} (id {role})", {"name": ROLE_NAME}, None)
        return self._send(routes.ROLE_DELETE, change, None, role=role)

    # requests

    def _send(self, route: Route, change: Change, body: t.Any, **ids: object) -> Look:
        return self._looker.attempt(lambda: Look(None, self._client.send(route, change, body, **ids), ""))

    def _tried(self, route: Route, change: Change, body: t.Any, **ids: object) -> Look:
        return Look(None, self._client.try_once(route, change, body, **ids), "")


def _fields(look: Look) -> str:
    """The published fields that a refusal names, and how many others."""
    named = {each.split(":", 1)[0].strip().split("/")[0] for each in look.fields}
    known = sorted(named & _FIELDS)
    others = len(named - _FIELDS)
    return ", ".join([*known, *([f"{others} that aren't published"] if others else [])])


def _refused(look: Look) -> Verdict:
    fields = _fields(look)
    return Verdict(OTHERWISE, f"{look.summary} ({fields})" if fields else look.summary)


def _needs_more(look: Look) -> Verdict:
    """A verdict on a member that was refused with only its identifier."""
    if look.status != 400 or any(each.startswith("identifier") for each in look.fields):
        return Verdict(NOT_TRIED, _refused(look).detail)
    return _refused(look)


def _refusal_of_documented(look: Look) -> Verdict:
    """A verdict on something that should work."""
    unknown = look.status is None or look.kind in ("Forbidden", "ServerFailed", "NotConnectWise")
    return Verdict(NOT_TRIED, look.summary) if unknown else _refused(look)


def _refusal(look: Look, as_stated: bool) -> Verdict:
    """A verdict on something that should be refused."""
    if look.ok:
        return Verdict(OTHERWISE, "accepted")
    if not look.asked or look.status is None or look.kind in ("Forbidden", "ServerFailed"):
        return Verdict(NOT_TRIED, look.summary)
    return Verdict(SEEN if as_stated else OTHERWISE, _refused(look).detail)


def _all_none(rows: t.Sequence[Record]) -> Verdict:
    if not rows:
        return Verdict(NOT_TRIED, "the new role shows no row")
    granted = sum(row.get(verb_to_api(verb)) not in (None, "None") for row in rows for verb in VERBS)
    return Verdict(OTHERWISE if granted else SEEN, f"{granted} cells of {len(rows)} rows grant something")
