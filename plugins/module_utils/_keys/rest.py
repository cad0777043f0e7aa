# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys over REST. PRIVATE to this collection.

No published version of the API has a route for keys. Those used here are undocumented (see routes) and
only believed where an instance answers them.
"""

from __future__ import annotations

import typing as t

from .._client import errors, routes
from .._client.client import Client
from .._client.scrub import Scrubber
from .._domain.compare import plan_levels
from .._domain.matrix import Permission
from .._resources import api_members, instances
from .._resources.records import record_id, text_of
from .pair import KeyInfo, KeyPair, KeyStatus, Proof
from .ports import Keys


class RestKeys(Keys):
    """Keys of ``member`` (an identifier), by the automation's own ``client``.

    ``permissions`` (None: not asked for) and ``unlisted`` are what a login must be able to do. ``member_id`` is that
    of a member known to be active, which spares a look for it.
    """

    def __init__(
        self,
        client: Client,
        scrubber: Scrubber,
        member: str,
        permissions: t.Sequence[Permission] | None,
        unlisted: str,
        member_id: int | None = None,
    ) -> None:
        self._client = client
        self._scrubber = scrubber
        self._member = member
        self._permissions = permissions
        self._unlisted = unlisted
        self._member_id = self._active_id = member_id

    def login(self, pair: KeyPair) -> Proof:
        connection = self._client.connection.with_pair(pair.public_key, pair.private_key)
        client = Client(connection, self._scrubber, self._client.trace)
        client.counts = self._client.counts
        try:
            return self._look_around(client)
        except errors.Unauthorized as exc:
            return Proof(False, reason=str(exc))
        except errors.WrongAddress as exc:
            # the cloud's answer to a key it doesn't know; an outage may look alike, so our own key tells
            self._client.get(routes.INFO)
            return Proof(False, reason=str(exc))

    def _look_around(self, client: Client) -> Proof:
        try:
            security = instances.read_my_security(client)
        except (errors.Forbidden, errors.EndpointMissing):
            instances.read_info(client)  # needs no right at all, so this is a login and no more
            return Proof(True)
        if self._permissions is None:
            return Proof(True, security.identifier)
        plan = plan_levels(security.rows, self._permissions, self._unlisted)
        missing = [str(change) for change in plan.changes if change.is_missing] + list(plan.problems)
        excess = [str(change) for change in plan.changes if not change.is_missing]
        matrix = "differs" if missing or excess else "exact"
        return Proof(True, security.identifier, matrix, tuple(missing), tuple(excess))

    def status(self) -> KeyStatus:
        active = self._find_member()
        try:
            # id 0 can't exist: asked so, a check run learns whether a new member's keys could be made
            listed = self._client.get_all(routes.KEYS, member=self._member_id or 0)
        except errors.RecordNotFound:
            return KeyStatus(self._member_id, True, member_active=active)
        except errors.EndpointMissing:
            return KeyStatus(self._member_id, False, (), "this instance's REST API makes no keys", active)
        except errors.Forbidden as exc:
            return KeyStatus(self._member_id, False, (), str(exc), active)
        return KeyStatus(self._member_id, True, tuple(info for info in map(_key_info, listed) if info), "", active)

    def _find_member(self) -> bool:
        """Notes its id, None where there is none; whether it is active, or may be made so."""
        if self._active_id is not None:
            return True
        member = api_members.find_member(api_members.list_members(self._client), self._member)
        self._member_id = record_id(member)
        return member is None or api_members.is_active(member)

    def create(self, description: str) -> KeyPair:
        try:
            answer = self._client.send(routes.KEY_CREATE, {"description": description}, member=self._id())
        except (errors.EndpointMissing, errors.RecordNotFound, errors.Rejected, errors.Forbidden) as exc:
            raise errors.KeyRefused(str(exc)) from None
        public_key, private_key = text_of(answer, "publicKey"), text_of(answer, "privateKey")
        if not public_key or not private_key:
            raise errors.AnswerLost(
                self._client.connection.instance,
                "POST",
                routes.KEY_CREATE.template,
                detail="the answer held no key pair",
            )
        self._scrubber.add_login(self._client.connection.company, public_key, private_key)
        return KeyPair(public_key, private_key, record_id(answer))

    def retire(self, key_id: int) -> None:
        try:
            self._client.send(routes.KEY_DELETE, member=self._id(), key=key_id)
        except errors.RecordNotFound:
            return
        except (errors.EndpointMissing, errors.Rejected, errors.Forbidden):
            operations = [{"op": "replace", "path": "inactiveFlag", "value": True}]
            self._client.send(routes.KEY_DEACTIVATE, operations, member=self._id(), key=key_id)
        left = [info for info in self.status().keys if info.key_id == key_id and info.active]
        if left:
            raise errors.NotKept(
                self._client.connection.instance,
                "DELETE",
                routes.KEY_DELETE.path(member=self._id(), key=key_id),
                detail=f"key {key_id} is still active",
                fix="Delete it in System > Members > API Members, on the tab API Keys",
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
