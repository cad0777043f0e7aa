# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_audit_report, which always runs on the controller; see its documentation."""

from __future__ import annotations

import json
import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._domain.audit_document import DocumentError
from ..module_utils._domain.matrix import MatrixError
from ..module_utils._domain.shown import json_text, shown, shown_all
from ..module_utils._ops import audit_report
from ..plugin_utils._own_files import InTheWay
from ..plugin_utils._report import html, junit, markdown, sarif
from ..plugin_utils._report.files import write_files


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, checked = self.validate_argument_spec(argument_spec=audit_report.argument_spec())
        params = json.loads(json.dumps(checked, default=str))
        folder = os.path.abspath(params["output_dir"])
        try:
            # first: it may be the very file that is written now
            before = _earlier(params["since"]) if params["since"] else None
            document = audit_report.document_of(params)
            result = audit_report.describe(document, params, before)
            contents = _contents(document, result["failures"], params["formats"])
            diffs = write_files(folder, contents, self._task.check_mode)
        except (DocumentError, MatrixError) as exc:
            raise AnsibleActionFail(shown(f"The report can't be made: {exc}.")) from None
        except InTheWay as exc:
            raise AnsibleActionFail(shown(exc)) from None
        except OSError as exc:
            raise AnsibleActionFail(shown(f"The report can't be written to {folder}: {exc.strerror or exc}.")) from None
        names = {name: os.path.join(folder, audit_report.FORMATS[name]) for name in params["formats"]}
        said = {**result, "changed": bool(diffs), "paths": names, **({"diff": diffs} if self._task.diff else {})}
        return t.cast("dict[str, t.Any]", shown_all(said))


def _earlier(path: str) -> t.Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as exc:
        raise DocumentError(f"{path} can't be read: {exc.strerror or exc}") from None
    except ValueError:
        raise DocumentError(f"{path} isn't valid JSON") from None


def _contents(
    document: dict[str, t.Any], failed: t.Sequence[t.Mapping[str, t.Any]], formats: t.Collection[str]
) -> dict[str, str]:
    render: dict[str, t.Callable[[], str]] = {
        "json": lambda: json_text(document, indent=1) + "\n",
        "md": lambda: markdown.render(document),
        "html": lambda: html.render(document),
        "sarif": lambda: sarif.render(document),
        "xml": lambda: junit.render(document, failed),
    }
    return {file: render[name]() for name, file in audit_report.FORMATS.items() if name in formats}
