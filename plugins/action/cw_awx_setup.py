# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_awx_setup, which always runs on the controller; see its documentation."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._client.scrub import Scrubber
from ..module_utils._domain.shown import shown_all
from ..module_utils._keys.ports import StoreError
from ..module_utils._ops import awx_setup
from ..plugin_utils._awx_setup import described, report
from ..plugin_utils._awx_setup.awx import Awx, AwxError, Unusable
from ..plugin_utils._awx_setup.kit import Kit
from ..plugin_utils._variables import NotAsked, Variables

Result = t.Dict[str, t.Any]


class ActionModule(ActionBase):  # type: ignore[misc]
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        self.validate_argument_spec(argument_spec=awx_setup.argument_spec())
        scrubber = Scrubber()
        try:
            wanted = described.read(Variables(task_vars or {}, self._templar.template))
            scrubber.add(*wanted.secrets)
            result = self._bring(wanted, task_vars or {})
        except NotAsked as exc:
            result = {"failed": True, "changed": False, "msg": f"Nothing was changed. {exc}"}
        cleaned: Result = shown_all(scrubber.clean(result))
        return cleaned

    def _bring(self, wanted: described.Described, task_vars: t.Mapping[str, t.Any]) -> Result:
        check_mode = bool(self._task.check_mode)
        try:
            awx = Awx(self, task_vars, **wanted.login)
        except StoreError as exc:
            return {"failed": True, "changed": False, "msg": str(exc)}
        kit = Kit(awx, wanted, check_mode)
        try:
            kit.bring()
        except (AwxError, Unusable) as exc:
            done = report.result(kit)
            return {**done, "failed": True, "msg": report.unusable(awx.address, str(exc), done["changed"])}
        finally:
            awx.close()
        done = report.result(kit)
        return {**done, **({"diff": kit.objects.diffs} if self._task.diff and kit.objects.diffs else {})}
