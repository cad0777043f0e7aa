# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_audit_report, which always runs on the controller; see its documentation."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._domain.audit_document import DocumentError
from ..module_utils._domain.matrix import MatrixError
from ..module_utils._domain.shown import shown, shown_all
from ..module_utils._ops import audit_report
from ..plugin_utils._own_files import InTheWay
from ..plugin_utils._report.audit import write


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, checked = self.validate_argument_spec(argument_spec=audit_report.argument_spec())
        params = json.loads(json.dumps(checked, default=str))
        try:
            _document, result = write(params, self._task.check_mode, self._task.diff)
        except (DocumentError, MatrixError) as exc:
            raise AnsibleActionFail(shown(f"The report can't be created: {exc}.")) from None
        except InTheWay as exc:
            raise AnsibleActionFail(shown(exc)) from None
        except OSError as exc:
            why = exc.strerror or exc
            raise AnsibleActionFail(shown(f"The report can't be written to {params['output_dir']}: {why}.")) from None
        return t.cast("dict[str, t.Any]", shown_all(result))
