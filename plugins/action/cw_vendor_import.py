# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_vendor_import, which always runs on the controller; see its documentation."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._domain.shown import shown, shown_all
from ..module_utils._domain.vendor_proposal import FIELDS, summary
from ..module_utils._ops import vendor_import
from ..plugin_utils import _vendors
from ..plugin_utils._own_files import InTheWay, OwnFile, write_all
from ..plugin_utils._variables import NotAsked, Variables
from ..plugin_utils._vendor_import import ImportFault, propose


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(
            argument_spec=vendor_import.argument_spec(), required_by={"source": ["date"], "date": ["source"]}
        )
        try:
            return t.cast("dict[str, t.Any]", shown_all(self._imported(params, task_vars or {})))
        except (ImportFault, NotAsked, InTheWay) as exc:
            raise AnsibleActionFail(shown(f"Nothing was written. {str(exc).rstrip('.')}.")) from None
        except OSError as exc:
            raise AnsibleActionFail(shown(f"{exc.filename} can't be written: {exc.strerror or exc}.")) from None

    def _imported(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        given, vendor = params["vendor_dir"], params["vendor"]
        folder = os.path.realpath(given) if given else _vendors.folder_of(Variables(task_vars, self._templar.template))
        if not folder:
            raise NotAsked("Name the folder for your own lists, such as -e cw_vendor_dir=my/vendors")
        about = {name: params[name] for name in FIELDS}
        text, proposal = propose(vendor, params["src"], about)
        content = text.encode()
        path = os.path.join(folder, f"{vendor}.yml")
        file = OwnFile(folder, path, lambda there: there == content, f"the list of {vendor}")
        diffs = write_all({file: text}, self._task.check_mode)
        first, *others = summary(proposal)
        return {
            "changed": bool(diffs),
            "path": path,
            "functions": len(proposal.rows),
            "questions": proposal.asked,
            "lines": [f"{path}: {first}", *others],
            **({"diff": diffs} if self._task.diff else {}),
        }
