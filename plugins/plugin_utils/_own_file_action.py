# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugins that write and remove files of our own, and so always run on the controller. PRIVATE."""

from __future__ import annotations

import json
import typing as t
from abc import abstractmethod

from ansible.plugins.action import ActionBase

from ._own_files import InTheWay


class OwnFileAction(ActionBase):  # type: ignore[misc]
    """Set ``spec`` and ``operate``."""

    _supports_check_mode = True
    _requires_connection = False

    spec: t.Callable[[], dict[str, t.Any]]

    @abstractmethod
    def operate(self, params: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
        """What the module does. Raises InTheWay and OSError."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, checked = self.validate_argument_spec(argument_spec=self.spec())
        params = json.loads(json.dumps(checked, default=str))  # plain texts, without what Ansible notes beside them
        try:
            result = self.operate(params, bool(self._task.check_mode))
        except InTheWay as exc:
            return {"failed": True, "changed": False, "msg": str(exc)}
        except OSError as exc:
            where = exc.filename or params["path"]
            return {"failed": True, "changed": False, "msg": f"{where} can't be written: {exc.strerror or exc}."}
        if not self._task.diff:
            result.pop("diff", None)
        return result
