# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_own_file, which always runs on the controller; see its documentation."""

from __future__ import annotations

import json
import os
import re
import typing as t

from ..module_utils._ops.own_file import argument_spec
from ..plugin_utils._own_file_action import OwnFileAction
from ..plugin_utils._own_files import OwnFile, remove_all, write_all


class ActionModule(OwnFileAction):
    spec = staticmethod(argument_spec)

    def operate(self, params: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
        folder, name = os.path.split(os.path.abspath(params["path"]))
        root = os.path.realpath(folder)
        pattern = re.compile(params["ours"].encode())
        file = OwnFile(root, os.path.join(root, name), lambda content: bool(pattern.match(content)), params["what"])
        if params["state"] == "absent":
            diffs = remove_all([file], check_mode)
        else:
            diffs = write_all({file: _text(params["content"])}, check_mode)
        return {"changed": bool(diffs), "path": file.path, "diff": diffs}


def _text(content: t.Any) -> str:
    if isinstance(content, str):
        return content
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
