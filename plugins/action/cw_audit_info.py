# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_audit_info, which also tries stored pairs; see its documentation."""

from __future__ import annotations

import os
import sys
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.parsing.vault import is_encrypted

from ..module_utils._client.connection import Connection
from ..module_utils._client.purposes import PURPOSES
from ..module_utils._domain.names import same_name
from ..module_utils._keys.pair import KeyPair
from ..module_utils._keys.ports import StoreError
from ..module_utils._ops import audit_info
from ..module_utils._ops.audit_info import StoredPair
from ..module_utils._ops.context import Context, Params, Result
from ..plugin_utils import _asked, _vendors
from ..plugin_utils._action import OperationAction
from ..plugin_utils._audit_repairs import Repairs
from ..plugin_utils._file_place import FilePlace, read
from ..plugin_utils._plain_store import PlainFile
from ..plugin_utils._variables import NotAsked, Variables, is_on_awx
from ..plugin_utils._vault_store import CredentialsFile, Vault

_HANDED_IN = ".handin.yml"

# Read here, in the process that forks the workers: else each worker reads all of them again.
_vendors.matrices()


class ActionModule(OperationAction):
    spec = staticmethod(audit_info.argument_spec)

    def run_here(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        if params["catalogue"] is None:
            host = Variables(task_vars, self._templar.template)
            try:
                folder = os.path.realpath(params["vendor_dir"]) if params["vendor_dir"] else _vendors.folder_of(host)
                params = {**params, "catalogue": _vendors.adjusted(folder, params["vendors"], host)}
            except _vendors.MatrixFileError as exc:
                raise AnsibleActionFail(f"The catalogue can't be read: {exc}") from None
            except NotAsked as exc:
                raise AnsibleActionFail(str(exc)) from None
        result: Result = super().run_here(params, task_vars)
        return result

    def operation(self, params: Params, context: Context) -> Result:
        stored = self._stored(params["credentials_dir"], context)
        repairs = Repairs(
            sys.argv,
            str(self._task_vars["inventory_hostname"]),
            is_on_awx(self._task_vars),
            kept={_vendor_of(pair): pair.member for pair in stored},
            wanted=self._wanted(),
            offered=self._offered(),
        )
        return audit_info.run(params, context, stored, PURPOSES, repairs)

    def _wanted(self) -> list[str] | None:
        """The vendors that the inventory names for this host; None if it names none."""
        try:
            named = Variables(self._task_vars, self._templar.template).get("cw_vendors")
            return None if named is None or named == "" else _asked.vendor_names(named)
        except NotAsked:
            return None

    def _offered(self) -> t.Sequence[str]:
        """The vendors that can be onboarded on this host, including those of the user's folder."""
        try:
            return _vendors.names(_vendors.folder_of(Variables(self._task_vars, self._templar.template)))
        except (NotAsked, _vendors.MatrixFileError):
            return ()

    def _stored(self, folder: str | None, context: Context) -> list[StoredPair]:
        """The pairs of this instance in the folder's files. Warns of each file that can't be opened."""
        if not folder or not os.path.isdir(folder):
            return []
        vault = Vault(self._loader._vault.secrets)
        found = []
        for name in sorted(os.listdir(folder)):
            if name.startswith(".") or name.endswith(_HANDED_IN) or not name.endswith(".yml"):
                continue
            try:
                document = _place(os.path.join(folder, name), vault).document()
            except StoreError as exc:
                context.warn(f"A stored pair can't be tried: {exc}")
                continue
            if document and _is_of(document, context.client.connection):
                pair = KeyPair(document["public_key"], document["private_key"])
                context.scrubber.add_login(document["company"], pair.public_key, pair.private_key)
                found.append(StoredPair(document["member"], os.path.join(folder, name), pair))
        return found


def _vendor_of(pair: StoredPair) -> str:
    """Files of pairs are named after their vendors."""
    return os.path.basename(pair.place).removesuffix(".yml")


def _place(path: str, vault: Vault) -> FilePlace:
    """The reader for the kind of file at ``path``: encrypted or plain."""
    return CredentialsFile(path, vault) if is_encrypted(read(path) or b"") else PlainFile(path)


def _is_of(document: dict[str, str], connection: Connection) -> bool:
    same_site = same_name(document["site"], connection.site.kept_as)
    return same_site and same_name(document["company"], connection.company)
