# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the automation is on an instance, and the one guard of its member, role and keys. PRIVATE to this collection.

Every operation asks this guard before it changes anything. What couldn't be read never counts as "isn't ours".
"""

from __future__ import annotations

import typing as t

from .._client import errors
from .._client.client import Client
from .._domain.names import same_name
from .._resources import api_members, instances
from .._resources.instances import MySecurity
from .._resources.role_users import RoleUsers

_LOCKED_OUT = "could lock the automation out"


class Identity:
    """The member whose key the automation uses: as mySecurity names it, else as ``named`` (cw_own_member) does.

    Each question is asked once for a run, and only where somebody wants the answer.
    """

    def __init__(self, client: Client, named: str, warn: t.Callable[[str], None]) -> None:
        self._client, self._named, self._warn = client, named.strip(), warn
        self._security: MySecurity | None = None
        self._asked = self._settled = False
        self._identifier = ""
        self._why = ""  # why the instance doesn't name the member

    @property
    def _instance(self) -> str:
        return self._client.connection.instance

    def security(self) -> MySecurity | None:
        """What mySecurity answers to the automation's key; None where it isn't answered, for the reason ``why``."""
        if not self._asked:
            self._asked = True
            try:
                self._security = instances.read_my_security(self._client)
            except instances.UNREADABLE as exc:
                self._why = str(exc)
                if not isinstance(exc, errors.Forbidden):
                    self._prove_login()
            except instances.DOUBTFUL as exc:
                self._prove_login()
                self._why = str(errors.NotOffered.of(exc))  # its own text doubts the login, which is proven now
            except errors.RequestFailed as exc:
                exc.scope = errors.INSTANCE  # asked for each vendor, before anything else
                raise
        return self._security

    def _prove_login(self) -> None:
        """Raises what the address or the login is refused with."""
        try:
            instances.prove_login(self._client)
        except errors.RequestFailed as exc:
            exc.scope = errors.INSTANCE
            raise

    @property
    def why(self) -> str:
        return self._why or f"{self._instance} doesn't say in mySecurity whose key asks"

    def identifier(self) -> str:
        """The own member's identifier; empty where it isn't known. Raises InputError for one that doesn't exist."""
        if not self._settled:
            security = self.security()
            told = security.identifier if security else ""
            if told and self._named and not same_name(told, self._named):
                self._warn(
                    f"{self._instance} says that the automation is {told!r}; cw_own_member {self._named!r} is ignored."
                )
            elif not told and self._named:
                self._check_named()
            self._identifier = told or self._named
            self._settled = True
        return self._identifier

    def _check_named(self) -> None:
        if api_members.find_member(api_members.list_members(self._client), self._named):
            return
        if api_members.find_member(api_members.list_people(self._client), self._named):
            return
        problem = f"cw_own_member {self._named!r} isn't a member of {self._instance}"
        raise errors.InputError([problem], scope=errors.INSTANCE)

    def guard_member(self, identifier: str, what: str, ours: bool = False) -> None:
        """Raises Refused where this existing member may be the automation's own.

        ``what`` is what would be done to it ("its role would be changed"). ``ours``: this collection created it.
        """
        own = self.identifier()
        if own and same_name(own, identifier):
            raise errors.Refused(
                f"API member {own!r} on {self._instance} is the automation's own: {what}, which {_LOCKED_OUT}."
                " Nothing was changed. Give the integration a member of its own."
            )
        if not own and not ours:
            raise self._unknown(f"API member {identifier!r}", what)

    def guard_role(self, role: str, role_id: int | None, users: RoleUsers, what: str, ours: bool = False) -> None:
        """Raises Refused where this existing security role may be that of the automation's own member."""
        own = self.identifier()
        if own and any(same_name(own, user.identifier) for user in users.of(role_id)):
            raise errors.Refused(
                f"Security role {role!r} on {self._instance} is that of the automation's own member {own!r}: {what},"
                f" which {_LOCKED_OUT}. Nothing was changed. Give the integration a role of its own."
            )
        if ours:
            return
        if own and not users.has_read(own):
            raise errors.Refused(
                f"Whether security role {role!r} on {self._instance} is that of the automation's own member {own!r}"
                f" can't be told, since the key may not read members: {what}. Nothing was changed. Give the"
                " automation's role Inquire All on System / Member Maintenance."
            )
        if not own and (users.of(role_id) or not users.complete):
            raise self._unknown(f"Security role {role!r}", what)

    def _unknown(self, subject: str, what: str) -> errors.Refused:
        return errors.Refused(
            f"{subject} on {self._instance} may be the automation's own: {what}, and {self.why.rstrip('.')}. Nothing"
            " was changed. If you know which member the automation's key belongs to, set cw_own_member."
        )
