# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result with a private key that a playbook requested: never shown by any callback. PRIVATE."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail


def check_loop(task: t.Any, option: str) -> None:
    """Raises AnsibleActionFail for a loop without no_log: Ansible hides each item's result then, and not the whole."""
    if task.loop is not None and not task.no_log:
        raise AnsibleActionFail(
            f"Nothing was changed: a task with {option} and a loop would show private keys in its result. Add"
            " no_log: true to the task."
        )


def hide(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result, hidden from output if it has a private key; the registered value stays complete."""
    if "private_key" in result:
        result["_ansible_no_log"] = True
    return result
