# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the guides are valid: YAML parses; modules, options, choices and variables exist."""

from __future__ import annotations

import functools
import typing as t

import pytest
import yaml
from ansible.plugins.loader import fragment_loader, module_loader
from ansible.utils.plugin_docs import get_docstring
from docs_pages import ROOT, all_of, blocks
from test_commands import public_variables

EXAMPLES = [block for block in all_of(blocks) if block.language in ("yaml", "yml")]
ROLE_ACTIONS = ("ansible.builtin.include_role", "ansible.builtin.import_role")
#: Keys of a play or a task that aren't a module.
KEYWORDS = {
    "name", "when", "loop", "loop_control", "register", "vars", "no_log", "hosts", "gather_facts", "tasks", "block",
    "rescue", "always", "delegate_to", "run_once", "become", "connection", "strategy", "tags", "until", "retries",
    "delay", "changed_when", "failed_when", "environment", "module_defaults", "throttle", "serial", "diff",
    "check_mode", "any_errors_fatal", "roles", "async", "poll", "port", "remote_user",
}  # fmt: skip


class Lenient(yaml.SafeLoader):
    """Reads ``!vault`` and the like as text."""


Lenient.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))


@functools.cache
def options(module: str) -> dict[str, t.Any]:
    """The documented options of a module, those of its fragments too."""
    path = module_loader.find_plugin(module)
    assert path, f"there is no module {module}"
    docs = get_docstring(path, fragment_loader, collection_name=module.rpartition(".")[0])[0]
    return docs.get("options", {})


def tasks(document: t.Any) -> t.Iterator[dict[str, t.Any]]:
    """The tasks of a playbook, or of a list of tasks, blocks opened."""
    for item in document if isinstance(document, list) else []:
        if not isinstance(item, dict):
            continue
        for part in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always"):
            yield from tasks(item.get(part))
        if any("." in str(key) for key in item):
            yield item


def faults(task: dict[str, t.Any]) -> t.Iterator[str]:
    actions = [key for key in task if key not in KEYWORDS]
    if len(actions) != 1 or "." not in actions[0]:
        yield f"keys that are no module by its full name: {actions}"
        return
    action, arguments = actions[0], task[actions[0]]
    if action.startswith("ansible.builtin.import_playbook"):
        return
    if not isinstance(arguments, dict):
        return
    known = options(action)
    names = {alias: name for name, about in known.items() for alias in (name, *(about.get("aliases") or ()))}
    for option, value in arguments.items():
        if option not in names:
            # set_fact and include_vars take any name
            if action not in ("ansible.builtin.set_fact", "ansible.builtin.add_host"):
                yield f"{action} has no option {option}"
            continue
        choices = known[names[option]].get("choices")
        if choices and "{{" not in str(value) and value not in choices:
            yield f"{action}, {option}: {value} is none of {list(choices)}"
        yield from row_faults(action, option, known[names[option]].get("suboptions"), value)
    if action in ROLE_ACTIONS:
        yield from role_faults(arguments, task.get("vars", {}))


def row_faults(action: str, option: str, suboptions: t.Any, value: t.Any) -> t.Iterator[str]:
    if not suboptions or not isinstance(value, list):
        return
    for row in value:
        for key, cell in row.items() if isinstance(row, dict) else ():
            choices = suboptions.get(key, {}).get("choices")
            if key not in suboptions:
                yield f"{action}, {option}: {key} is unknown"
            elif choices and cell not in choices:
                yield f"{action}, {option}: {key} {cell}"


def role_faults(arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> t.Iterator[str]:
    role = ROOT / "roles" / str(arguments.get("name", "")).removeprefix("msp.connectwise.")
    entry = arguments.get("tasks_from", "main").removesuffix(".yml")
    if not (role / "tasks" / f"{entry}.yml").exists():
        yield f"role {role.name} has no task file {entry}"
    yield from variable_faults(variables)


def variable_faults(variables: t.Any) -> t.Iterator[str]:
    """Variables that look like the collection's and that nothing reads."""
    prefixes = tuple(f"{path.name}_" for path in ROOT.glob("roles/*"))
    for name in variables if isinstance(variables, dict) else ():
        if name.startswith(("cw_", *prefixes)) and name not in public_variables():
            yield f"no role has the variable {name}"


def test_there_are_examples():
    assert len(EXAMPLES) > 25 and sum(1 for block in EXAMPLES for _task in tasks(yaml.load(block.text, Lenient))) > 10


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_an_example_is_what_ansible_would_take(block):
    document = yaml.load(block.text, Lenient)
    found = [fault for task in tasks(document) for fault in faults(task)]
    assert not found
    assert not list(variable_faults(document))


@pytest.mark.parametrize(
    "text, said",
    [
        ("- {name: X, msp.connectwise.cw_api_key: {membr: Rewst}}", "has no option membr"),
        ("- {name: X, msp.connectwise.cw_api_member: {identifier: X, state: gone}}", "is none of"),
        ("- {name: X, ansible.builtin.copy: {src: a, dst: b}}", "has no option dst"),
        ("- {name: X, ansible.builtin.import_role: {name: msp.connectwise.onboard}, vars: {onboard_x: 1}}", "no role"),
        ("- {name: X, debug: {msg: a}, a.b.c: {}}", "no module"),
    ],
)
def test_a_fault_in_an_example_is_found(text, said):
    assert any(said in fault for task in tasks(yaml.safe_load(text)) for fault in faults(task))
