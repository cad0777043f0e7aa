# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_first_contact, which always runs on the controller; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ..module_utils._contact.saved import LARGEST
from ..module_utils._ops import first_contact
from ..module_utils._ops.context import Context, Params, Result
from ..plugin_utils import _profile
from ..plugin_utils._action import OperationAction
from ..plugin_utils._files import without_waiting
from ..plugin_utils._own_files import InTheWay
from ..plugin_utils._settings import is_folder_name
from ..plugin_utils._variables import NotAsked, Variables
from ..plugin_utils._vendors import functions


class ActionModule(OperationAction):
    spec = staticmethod(first_contact.argument_spec)

    def run_here(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        host = str(task_vars["inventory_hostname"])
        try:
            variables = Variables(task_vars, self._templar.template)
            folder = str(variables.value("cw_output_dir"))
            names = ("first_contact_page", "first_contact_har")
            saved = first_contact.Saved(*(_content(name, variables.value(name)) for name in names))
        except NotAsked as exc:
            raise AnsibleActionFail(str(exc)) from None
        if not is_folder_name(host):
            raise AnsibleActionFail(
                f"{host!r} can't be a folder name, and its report and profile need one. Rename it."
            )

        def operation(params: Params, context: Context) -> Result:
            kept = _profile.read(folder, host, context.client.connection.instance)
            return first_contact.run(params, context, kept, functions(), saved)

        result = self.execute(operation, params)
        if result.get("failed"):
            return result
        made, profile = result.pop("report"), result.pop("profile")
        try:
            diffs = _profile.write(folder, host, made, profile, self._task.check_mode)
        except InTheWay as exc:
            raise AnsibleActionFail(str(exc)) from None
        except OSError as exc:
            raise AnsibleActionFail(
                f"The report can't be written to {exc.filename or folder}: {exc.strerror or exc}."
            ) from None
        result.update(
            changed=result["changed"] or bool(diffs),
            statements=made["statements"],
            counts=made["counts"],
            paths=_profile.paths(folder, host),
        )
        return {**result, **({"diff": diffs} if self._task.diff else {})}


def _content(variable: str, path: str | None) -> bytes | None:
    """The content of a file that a person saved; None if none is named. Raises NotAsked."""
    if not path:
        return None
    try:
        with open(path, "rb", opener=without_waiting) as file:
            data = file.read(LARGEST + 1)
    except OSError as exc:
        raise NotAsked(
            f"{variable}: {path} can't be read: {exc.strerror or exc}. Give the path of the saved file."
        ) from None
    if len(data) > LARGEST:
        raise NotAsked(
            f"{variable}: {path} is larger than {LARGEST // 1_000_000} MB. Save one page, or record one Save."
        )
    return data
