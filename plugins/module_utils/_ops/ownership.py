# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this integration owns on an instance, and what someone took away from it. PRIVATE to this collection.

Both follow from the record next to the pair. An object that isn't in it belongs to someone else and is never changed.
If an object in it was changed by hand so that the integration stops working, that is assumed to be on purpose.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._client import errors
from .._domain.matching import rows_named
from .._domain.names import record_key
from .._domain.wording import counted
from .._keys.document import is_recent, parse_time, utc_now
from .._keys.pair import KeyPair
from .._keys.ports import PairStore
from .._keys.record import Record
from .._resources import api_members
from .._resources.records import Record as ApiObject
from .._resources.records import Recorded, record_id, reference_of, text_of
from .._resources.security_roles import Role
from . import api_member, security_role
from .context import Params

_HOW_TO_RESTORE = (
    "If that was intended, remove the vendor from the list (cw_vendors) or offboard it. To undo it, run the playbook"
    " again with -e onboard_restore=true -e target=<host> -e vendor=<vendor>, or adopt the member"
)


@dataclass
class Ownership:
    """``stored`` is the pair that is stored for this integration.

    ``adopts``: take over what exists. ``restores``: restore what someone took away, or what this collection offboarded.
    """

    store: PairStore
    stored: KeyPair | None
    params: Params
    instance: str

    def __post_init__(self) -> None:
        self.record = self.store.record() or Record()
        self.member = self.params["member"]
        self.adopts = bool(self.params["adopt"])
        self.restores = bool(self.params["restore"] or self.record.offboarded)

    @property
    def public_keys(self) -> frozenset[str]:
        """The public keys of the stored pair and of those that it replaced."""
        pairs = (self.stored, *self.stored.previous) if self.stored else ()
        return frozenset(pair.public_key for pair in pairs)

    def has_member(self, member: ApiObject) -> bool:
        """Whether this collection created this API member, or stores one of its pairs."""
        return self.stored is not None or (self.record.member_id or -1) == record_id(member)

    def has_role(self, role: Role) -> bool:
        """Whether this collection created or adopted this security role."""
        return (self.record.role_id or -1) == role.role_id

    @property
    def recorded_member(self) -> Recorded:
        return Recorded(self.record.member_id, self._is_new)

    @property
    def recorded_role(self) -> Recorded:
        return Recorded(self.record.role_id, self._is_new)

    @property
    def _is_new(self) -> bool:
        """Whether a run has just ended because the instance didn't show yet what it had created."""
        return is_recent(parse_time(self.record.unseen), utc_now())

    def note(self, **values: t.Any) -> None:
        """Record what was just created or set. Raises StoreError."""
        self.record = replace(self.store.record() or Record(), **values)
        self.store.write_record(self.record)

    def check(self, role: security_role.Plan | None, member: api_member.Plan) -> None:
        """Raises Refused for objects of someone else, or taken away on purpose; nothing has been written yet."""
        if not self.adopts:
            self._check_foreign(role, member)
        self._refuse_while_stopped(member.member)
        self._refuse_if(self._member_taken(member.member) or self._levels_taken(role))

    def check_member(self, member: ApiObject | None) -> None:
        """The same for only the member, before it gets another key."""
        if not self.record.stopped:
            self._refuse_if(self._member_taken(member))

    def _refuse_while_stopped(self, member: ApiObject | None) -> None:
        """Raises Refused while our own rotation keeps the member inactive, since an old key may still exist."""
        if self.record.stopped and member and not api_members.is_active(member) and not (self.adopts or self.restores):
            raise errors.Refused(
                f"API member {self.member!r} on {self.instance} has been inactive since {self.record.stopped[:10]}: a"
                " rotation stopped it, because the API can't retire its old keys. Nothing was changed. Hand in a new"
                " pair, and run the playbook rotate_keys again with -e rotate_now=true -e target=<host>"
                " -e vendor=<vendor>."
            )

    def _refuse_if(self, taken: str) -> None:
        if taken and self.stored is not None and not self.adopts and not self.restores:
            raise errors.TakenAway(
                f"Someone stopped {self.member} on {self.instance}: {taken}. Nothing was changed."
                f" {_HOW_TO_RESTORE}."
            )

    def _check_foreign(self, role: security_role.Plan | None, member: api_member.Plan) -> None:
        there = member.member
        if there is not None and member.values and not self.has_member(there):
            changes = "; ".join(f"{what}: {before} -> {after}" for what, before, after in member.lines)
            raise errors.Refused(
                f"API member {text_of(there, 'identifier')!r} exists on {self.instance}, but this collection has no"
                f" record of creating it. Changing it ({changes}) could break what uses it. Nothing was changed. To"
                " take it over, run the playbook adopt with -e target=<host> -e vendor=<vendor> -e"
                f" adopt_member={text_of(there, 'identifier')}; to leave it alone, choose another identifier for the"
                " integration's member (<vendor>_member_identifier)."
            )
        if role is None or role.role is None or role.users is None or self.has_role(role.role):
            return
        mine = [self.member] if there is None or self.has_member(there) else []
        others = security_role.other_users(role.role, role.users, mine)
        if others or not role.users.complete:
            whose = f"used by {', '.join(others)}" if others else "possibly used by members that the key can't read"
            raise errors.Refused(
                f"Security role {role.role.name!r} exists on {self.instance}, but this collection has no record of"
                f" creating it, and it is {whose}: {counted(len(role.levels.changes), 'level')} would be changed."
                " Nothing was changed. Choose another name for the integration's security role (<vendor>_role_name), or"
                " adopt the member."
            )

    def _member_taken(self, member: ApiObject | None) -> str:
        """What someone did to the member that stops the integration; empty for nothing."""
        if member is None:
            return "its API member is gone" if self.record.member_id is not None else ""
        if not api_members.is_active(member):
            return "its API member is inactive"
        now = reference_of(member, "securityRole")
        name = text_of(now, "name") or text_of(now, "identifier")
        wanted = self.params["security_role"]
        recorded = (self.record.role_id, self.record.member_role_id)
        is_its_own = record_id(now) in recorded or record_key(name) == record_key(wanted)
        if not wanted or recorded == (None, None) or is_its_own:
            return ""
        return f"its API member has security role {name or record_id(now)!r}, which isn't its own"

    def _levels_taken(self, role: security_role.Plan | None) -> str:
        if role is None or role.role is None or not self.record.granted:
            return ""
        levels = wanted_levels(role)
        if not levels or any(level != "none" for level in levels):
            return ""
        return f"every level of security role {role.role.name!r} that it needs is None"


def wanted_levels(role: security_role.Plan) -> list[str]:
    """The role's present levels in the cells that the matrix grants.

    A row that isn't shown doesn't count, unless no row is: an instance may leave some out now and then.
    """
    shown = [row for row in role.rows if row.row_id] or role.rows
    return [
        row.levels[verb]
        for permission in role.permissions or []
        for row in rows_named(shown, permission)
        for verb, level in permission.levels.items()
        if level != "none"
    ]
