# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback plugin that writes everything it receives: the arguments and variables of each task, and each result."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: dump
type: notification
short_description: Write down everything, for a test
description: Each event with the task's arguments and the whole result goes to the file that DUMP_FILE names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "dump"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._write("start", task.args, task.vars)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        self._write("include", included_file._args, included_file._vars)

    def _write(self, event: str, *what: Any) -> None:
        with open(os.environ["DUMP_FILE"], "a", encoding="utf-8") as file:
            print(event, *map(repr, what), file=file)


def _result_event(name: str) -> Any:
    def event(self: CallbackModule, result: Any, *more: Any, **also: Any) -> None:
        self._write(name, result._task.args, result._result, more, also)

    return event


for _name in (
    "runner_on_ok", "runner_on_failed", "runner_on_skipped", "runner_on_unreachable", "runner_retry",
    "runner_item_on_ok", "runner_item_on_failed", "runner_item_on_skipped", "on_file_diff",
):  # fmt: skip
    setattr(CallbackModule, f"v2_{_name}", _result_event(_name))
