# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys over REST. PRIVATE to this collection.

No published version of the API has a route for keys. The routes used here are undocumented (see routes), and each
instance must show that it has them.
"""

from __future__ import annotations

import typing as t

from .._client import errors, routes
from .._client.client import Client
from .._client.journal import Change
from .._client.scrub import Scrubber
from .._domain.attempt import Attempt, attempt_in, with_attempt
from .._domain.compare import plan_levels
from .._domain.matrix import Permission
from .._domain.settings import SettingRow, merged
from .._resources import api_members, instances
from .._resources.records import NOT_RECORDED, Record, Recorded, record_id, text_of
from .._resources.settling import settled
from .pair import KeyInfo, KeyPair, KeyStatus, Proof
from .ports import Keys

_NO_KEYS = "this instance's REST API creates no keys"
# answers that mean that no key was created
_CREATES_NONE = (
    errors.EndpointMissing, errors.RecordNotFound, errors.Rejected, errors.Forbidden, errors.Unauthorized,
    errors.ServerFailed, errors.WrongAddress, errors.VersionUnsupported,
)  # fmt: skip


def client_with(client: Client, scrubber: Scrubber, pair: KeyPair) -> Client:
    """A client for the same instance with another pair; its requests count as those of ``client``."""
    other = Client(client.connection.with_pair(pair.public_key, pair.private_key), scrubber, client.trace)
    other.counts, other.budget = client.counts, client.budget
    other.functions = client.functions
    return other


class RestKeys(Keys):
    """Keys of ``member`` (an identifier), by the automation's own ``client``.

    ``permissions`` (None: not checked) and ``unlisted`` are what a login must be able to do. ``known`` is the member as
    just read, if it is active; it needn't be looked up then. ``recorded`` is the member that we created.
    """

    def __init__(
        self,
        client: Client,
        scrubber: Scrubber,
        member: str,
        permissions: t.Sequence[Permission] | None,
        unlisted: str,
        known: Record | None = None,
        recorded: Recorded = NOT_RECORDED,
    ) -> None:
        self._client = client
        self._scrubber = scrubber
        self._member = member
        self._permissions = permissions
        self._unlisted = unlisted
        self._recorded = recorded
        self._member_id = self._active_id = record_id(known)
        self._notes = text_of(known, "notes") if known else None  # as last read; None: not read yet

    def login(self, pair: KeyPair) -> Proof:
        client = client_with(self._client, self._scrubber, pair)
        try:
            proof = self._look_around(client)
            if proof is None:
                instances.prove_login(client)
        except (errors.Unauthorized, errors.WrongAddress) as exc:
            # The cloud answers 404 to a key that it doesn't know. So may an outage, which our own key shows.
            self._client.get(routes.INFO)
            return Proof(False, reason=str(exc))
        self._scrubber.release(pair.public_key)
        return proof or Proof(True)

    def _look_around(self, client: Client) -> Proof | None:
        """None if this pair can't read its levels, which says nothing about the login."""
        client.functions.expect(permission.name for permission in self._permissions or ())
        try:
            security = instances.read_my_security(client)
        except (*instances.UNREADABLE, *instances.DOUBTFUL):
            return None
        if not security.rows:
            return None
        if self._permissions is None:
            return Proof(True, security.identifier)
        plan = plan_levels(self._proven_rows(client, security.rows), self._permissions, self._unlisted)
        missing = [str(change) for change in plan.changes if change.is_missing] + list(plan.problems)
        excess = [str(change) for change in plan.changes if not change.is_missing]
        not_offered = tuple(map(str, plan.not_offered))
        matrix = "differs" if missing or excess else "limited" if not_offered else "exact"
        return Proof(True, security.identifier, matrix, tuple(missing), tuple(excess), not_offered=not_offered)

    def _proven_rows(self, client: Client, rows: t.Sequence[SettingRow]) -> list[SettingRow]:
        """The rows to compare; if the list left out any, it is read once more."""
        wanted = self._permissions or []
        if client.functions.hidden(rows, wanted):
            rows = merged(rows, instances.read_my_security(client).rows)
        return client.functions.proven(rows, wanted)

    def status(self) -> KeyStatus:
        active = self._find_member()
        if self._member_id is None:
            # id 0 can't exist; the answer shows check mode whether keys of a new member could be created
            may = instances.may_offer(self._client, routes.KEYS, member=0) is not False
            return KeyStatus(None, may, (), "" if may else _NO_KEYS, active)
        try:
            listed = self._client.get_all(routes.KEYS, member=self._member_id)
        except errors.RecordNotFound:
            return KeyStatus(self._member_id, True, member_active=active)
        except errors.NotOffered as exc:
            reason = _NO_KEYS if isinstance(exc, errors.EndpointMissing) else str(exc)
            return KeyStatus(self._member_id, False, (), reason, active)
        return KeyStatus(self._member_id, True, tuple(info for info in map(_key_info, listed) if info), "", active)

    def _find_member(self) -> bool:
        """Find the member and note its id, None if it doesn't exist. Returns whether it is active or doesn't exist."""
        if self._active_id is not None:
            return True
        member = api_members.look_for(self._client, self._member, self._recorded).member
        self._member_id = record_id(member)
        self._notes = text_of(member, "notes") if member else None
        return member is None or api_members.is_active(member)

    def create(self, description: str) -> KeyPair:
        try:
            body = {"description": description}
            change = Change(f"API key of API member {self._member!r}", None, body)
            answer = self._client.send(routes.KEY_CREATE, change, body, member=self._id())
        except _CREATES_NONE as exc:
            refusal = exc if isinstance(exc, errors.EndpointMissing) else errors.NotOffered.of(exc)
            # the instance may have created the key before it failed: the caller looks for it
            kind = errors.KeyNotShown if isinstance(exc, errors.ServerFailed) else errors.KeyRefused
            raise kind(str(refusal)) from None
        except errors.AnswerLost as exc:
            raise errors.AnswerLost(
                exc.instance, exc.method, exc.path, exc.status, exc.code, exc.detail, exc.fields,
                "It is unknown whether a key was created. Run again: the run looks for it and retires it. If this"
                " instance always answers so, set cw_probe_undocumented: false and create keys by hand",
            ) from None  # fmt: skip
        public_key, private_key = text_of(answer, "publicKey"), text_of(answer, "privateKey")
        if not public_key or not private_key:
            raise errors.KeyNotShown(
                f"{self._client.connection.instance} reported success but returned no key pair, so API member"
                f" {self._member!r} may have a key that nobody can use. Delete it on the tab API Keys"
            )
        self._scrubber.add_login(self._client.connection.company, public_key, private_key)
        return KeyPair(public_key, private_key, record_id(answer))

    def attempt(self) -> Attempt | None:
        return attempt_in(self._read_notes())

    def announce(self, attempt: Attempt | None) -> None:
        before = self._read_notes()
        after = with_attempt(before, attempt)
        self._notes = None  # read them afresh next time
        if after == before:
            return
        answer = api_members.patch_member(self._client, self._as_read(notes=before), {"notes": after})
        if attempt is None and "notes" in answer and attempt_in(text_of(answer, "notes")) is None:
            return  # nothing else in this run depends on when that becomes visible
        seen, visible = api_members.read_written(
            self._client, self._id(), lambda member: attempt_in(text_of(member, "notes")) == attempt
        )
        is_unchanged = seen is not None and attempt_in(text_of(seen, "notes")) == attempt_in(before)
        if not visible and is_unchanged and attempt_in(text_of(answer, "notes")) == attempt:
            self._notes = after  # the instance has it but doesn't show it yet; nobody else has written there
        elif not visible:
            raise errors.NotKept(
                self._client.connection.instance,
                "PATCH",
                routes.API_MEMBER_PATCH.path(member=self._id()),
                detail="the notes read back differently, so another run may be active",
            )

    def _as_read(self, **values: t.Any) -> Record:
        return {"id": self._id(), "identifier": self._member, **values}

    def _read_notes(self) -> str:
        if self._notes is None:
            self._notes = text_of(api_members.read_member(self._client, self._id()), "notes")
        return self._notes

    def retire(self, key_id: int) -> None:
        name = f"API key {key_id} of API member {self._member!r}"
        try:
            self._client.send(routes.KEY_DELETE, Change(name, {"active": True}, None), member=self._id(), key=key_id)
        except errors.RecordNotFound:
            return
        except (errors.NotOffered, errors.Rejected):
            operations = [{"op": "replace", "path": "inactiveFlag", "value": True}]
            change = Change(name, {"inactiveFlag": False}, {"inactiveFlag": True})
            self._client.send(routes.KEY_DEACTIVATE, change, operations, member=self._id(), key=key_id)
        gone = settled(
            self.status,
            self._client.connection.settle_timeout,
            lambda status: not any(info.key_id == key_id and info.active for info in status.keys),
        )[1]
        if not gone:
            raise errors.NotKept(
                self._client.connection.instance,
                "DELETE",
                routes.KEY_DELETE.path(member=self._id(), key=key_id),
                detail=f"key {key_id} is still active",
                fix="Delete it in System > Members > API Members, tab API Keys",
            )

    def set_active(self, active: bool) -> None:
        self._active_id = None
        before = self._as_read(inactiveFlag=active)
        api_members.patch_member(self._client, before, {"inactiveFlag": not active})
        _member, visible = api_members.read_written(
            self._client, self._id(), lambda member: api_members.is_active(member) is active
        )
        if not visible:
            raise errors.NotKept(
                self._client.connection.instance,
                "PATCH",
                routes.API_MEMBER_PATCH.path(member=self._id()),
                detail=f"API member {self._member!r} reads back as {'inactive' if active else 'active'}",
            )

    def _id(self) -> int:
        if self._member_id is None:
            self.status()
        if self._member_id is None:
            raise errors.Refused(f"API member {self._member!r} doesn't exist on {self._client.connection.instance}.")
        return self._member_id


def _key_info(record: t.Any) -> KeyInfo | None:
    key_id = record_id(record)
    if key_id is None:
        return None
    active = record.get("inactiveFlag") is not True
    return KeyInfo(key_id, text_of(record, "publicKey"), text_of(record, "description"), active)
