# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the automation is on an instance, and the guard of its member, role and keys. PRIVATE to this collection.

Every operation asks this guard before it changes anything. What can't be read counts as possibly the
automation's own.
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
SET_OWN_MEMBER = "If you know which member the automation's key belongs to, set cw_own_member"


class Identity:
    """The member whose key the automation uses: named by mySecurity, else by ``named`` (cw_own_member).

    Each request is sent once in a run, and only if its answer is needed.
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
        """mySecurity's answer to the automation's key; None if there is none, for the reason ``why``."""
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
                self._why = str(errors.NotOffered.of(exc))  # its own text questions the login, which works
            except errors.RequestFailed as exc:
                exc.scope = errors.INSTANCE  # asked first, for each vendor
                raise
        return self._security

    def _prove_login(self) -> None:
        """Raises the refusal of the address or the login."""
        try:
            instances.prove_login(self._client)
        except errors.RequestFailed as exc:
            exc.scope = errors.INSTANCE
            raise

    @property
    def why(self) -> str:
        return self._why or f"{self._instance} doesn't name the member of the automation's key in mySecurity"

    def identifier(self) -> str:
        """The own member's identifier; empty if it is unknown. Raises InputError if cw_own_member doesn't exist."""
        if not self._settled:
            security = self.security()
            seen = security.identifier if security else ""
            if seen and self._named and not same_name(seen, self._named):
                self._warn(
                    f"{self._instance} names {seen!r} as the automation's own member; cw_own_member {self._named!r} is"
                    " ignored."
                )
            elif not seen and self._named:
                self._check_named()
            self._identifier = seen or self._named
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
        """Raises Refused if this existing member may be the automation's own.

        ``what`` is what would be done to it ("its role would be changed"). ``ours``: this collection created it.
        """
        own = self.identifier()
        if own and same_name(own, identifier):
            raise errors.Refused(
                f"API member {own!r} on {self._instance} is the automation's own: {what}, which {_LOCKED_OUT}."
                " Nothing was changed. Give the integration its own API member."
            )
        if not own and not ours:
            raise self._unknown(f"API member {identifier!r}", what)

    def guard_role(self, role: str, role_id: int | None, users: RoleUsers, what: str, ours: bool = False) -> None:
        """Raises Refused if this existing security role may be that of the automation's own member."""
        own = self.identifier()
        if own and any(same_name(own, user.identifier) for user in users.of(role_id)):
            raise errors.Refused(
                f"Security role {role!r} on {self._instance} belongs to the automation's own member {own!r}: {what},"
                f" which {_LOCKED_OUT}. Nothing was changed. Give the integration its own security role."
            )
        if ours:
            return
        if own and not users.has_read(own):
            raise errors.Refused(
                f"Security role {role!r} on {self._instance} may belong to the automation's own member {own!r}: {what},"
                " and the key has no permission to read members. Nothing was changed. Set System / Member Maintenance,"
                " Inquire to All in the automation's security role."
            )
        if not own and (users.of(role_id) or not users.complete):
            raise self._unknown(f"Security role {role!r}", what)

    def _unknown(self, subject: str, what: str) -> errors.Refused:
        return errors.Refused(
            f"{subject} on {self._instance} may be the automation's own: {what}, and {self.why.rstrip('.')}. Nothing"
            f" was changed. {SET_OWN_MEMBER}."
        )
