# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first task of each playbook names the ansible-core that it needs, and runs even on an old one.

AWX's own image has ansible-core 2.15: it reads a playbook and all that it imports before the first task, so a keyword
that it doesn't know would end the run with words that don't say why.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.action import cw_run_check
from ansible_collections.msp.connectwise.plugins.plugin_utils import _core
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import NotAsked
from playbooks.controller import ROOT

# what ansible-core 2.15 knows (ansible/playbook: base.py, block.py, conditional.py, delegatable.py, loop_control.py,
# notifiable.py, play.py, taggable.py, task.py)
LOOP_CONTROL = {"loop_var", "index_var", "label", "pause", "extended", "extended_allitems"}
BASE = {
    "name", "connection", "port", "remote_user", "vars", "module_defaults", "environment", "no_log", "run_once",
    "ignore_errors", "ignore_unreachable", "check_mode", "diff", "any_errors_fatal", "throttle", "timeout", "debugger",
    "become", "become_method", "become_user", "become_flags", "become_exe", "when", "tags", "collections",
}  # fmt: skip
TASK = BASE | {
    "block", "rescue", "always", "args", "action", "async", "changed_when", "delay", "failed_when", "loop",
    "loop_control", "poll", "register", "retries", "until", "notify", "listen", "delegate_to", "delegate_facts",
}  # fmt: skip
PLAY = BASE | {
    "hosts", "gather_facts", "gather_subset", "gather_timeout", "fact_path", "vars_files", "vars_prompt", "roles",
    "handlers", "pre_tasks", "post_tasks", "tasks", "force_handlers", "max_fail_percentage", "serial", "strategy",
    "order",
}  # fmt: skip


def tasks(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in entries:
        yield each
        for part in ("block", "rescue", "always"):
            yield from tasks(each.get(part) or [])


def unknown(task: dict[str, Any]) -> set[str]:
    """The keywords of a task that 2.15 doesn't know; a module has dots in its name."""
    loop = set(task.get("loop_control") or {}) - LOOP_CONTROL
    return {name for name in task if "." not in name and not name.startswith("with_")} - TASK | loop


def files(pattern: str) -> list[Path]:
    return sorted(ROOT.glob(pattern))


@pytest.mark.parametrize("path", files("playbooks/*.yml"), ids=lambda path: path.stem)
def test_an_old_ansible_reads_each_playbook(path: Path) -> None:
    for play in yaml.safe_load(path.read_text()):
        if "hosts" in play:
            assert set(play) <= PLAY
        for part in ("pre_tasks", "tasks", "post_tasks"):
            assert [found for task in tasks(play.get(part) or []) if (found := unknown(task))] == []


def test_an_old_ansible_reads_each_role() -> None:
    found = files("roles/*/tasks/*.yml")
    assert len(found) > 40
    read = {path: yaml.safe_load(path.read_text()) or [] for path in found}
    assert {path: lost for path, entries in read.items() for task in tasks(entries) if (lost := unknown(task))} == {}


def test_a_keyword_that_came_later_is_noticed() -> None:
    assert unknown({"ansible.builtin.debug": {}, "loop": [], "loop_control": {"break_when": ["x"]}}) == {"break_when"}


@pytest.mark.parametrize("path", files("playbooks/*.yml"), ids=lambda path: path.stem)
def test_each_playbook_begins_with_the_check(path: Path) -> None:
    first = yaml.safe_load(path.read_text())[0]
    if "ansible.builtin.import_playbook" in first:
        return
    assert "msp.connectwise.cw_run_check" in first["tasks"][0]
    assert "when" not in first["tasks"][0] and "roles" not in first and "pre_tasks" not in first


@pytest.mark.parametrize("found", ["2.15.13", "2.9.27", "2.17.14", "1.9", "2.17.0rc1"])
def test_an_ansible_core_that_is_too_old_is_named(found: str) -> None:
    with pytest.raises(NotAsked) as at_a_terminal:
        _core.check_core({}, found)
    needed = f"This run has ansible-core {found}, but the collection needs 2.18 or newer."
    assert str(at_a_terminal.value) == f'{needed} Install it: pip install "ansible-core>=2.18".'
    with pytest.raises(NotAsked, match="Choose an execution environment that has it") as in_awx:
        _core.check_core({"awx_job_id": 7}, found)
    assert str(in_awx.value).startswith(needed)


@pytest.mark.parametrize("found", ["2.18.0", "2.19.14", "2.22.0rc1", "2.100.1", "3.0.0b1"])
def test_one_that_is_new_enough_passes(found: str) -> None:
    _core.check_core({}, found)


def test_the_first_task_refuses_before_it_reads_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cw_run_check, "check_core", lambda variables: _core.check_core(variables, "2.15.13"))
    task = types.SimpleNamespace(args={}, check_mode=False, diff=False, async_val=0, delegate_to=None)
    shell = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="none"))
    templar = types.SimpleNamespace(template=lambda value: value)
    action = cw_run_check.ActionModule(task, shell, None, None, templar, None)
    monkeypatch.setattr(cw_run_check, "extra_variables", lambda loader: {"targte": "acme"})
    result = action.run(task_vars={"hostvars": types.SimpleNamespace(raw_get=dict)})
    assert result["failed"] and result["msg"].startswith("Nothing was changed. This run has ansible-core 2.15.13")
