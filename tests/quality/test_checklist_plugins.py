# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewer's checklist, points 16 to 30: modules and other plugins."""

from __future__ import annotations

import ast
import re
import sys

import ansible.release
import pytest
from packaging.specifiers import SpecifierSet
from reviewed import (
    DOCUMENTED,
    MODULES,
    PLUGINS,
    PYTHON,
    ROOT,
    actions,
    attributes,
    every_option,
    fragment,
    fragments,
    name_of,
    options,
    read_yaml,
    texts,
    tool,
    tree,
)

ON_THE_TARGET = [path for path in PYTHON if path.relative_to(PLUGINS).parts[0] in ("modules", "module_utils")]
INFO = [path for path in MODULES if path.stem.endswith("_info")]


# 16: states, and modules that only read


def test_states_describe_what_is_and_not_what_to_do():
    for path in MODULES:
        states = set(options(path).get("state", {}).get("choices", []))
        assert not states & {"get", "list", "info", "query", "create", "update", "delete"}, name_of(path)
        assert not set(options(path)) & {"action", "command"}, name_of(path)


def test_info_modules_only_read():
    for path in INFO:
        assert attributes(path)["diff_mode"]["support"] == "N/A", name_of(path)
        assert attributes(path)["check_mode"]["support"] == "full", name_of(path)
        assert "state" not in options(path) and "ansible_facts" not in texts(path)["RETURN"], name_of(path)
        assert not path.stem.endswith("_facts"), name_of(path)


# 17: options


def test_options_have_types_lists_have_elements_and_paths_are_paths():
    for path in DOCUMENTED:
        for place, option in every_option(options(path)):
            if place.startswith("_"):
                continue  # what a filter or lookup takes by position
            assert option.get("type"), (name_of(path), place)
            assert option["type"] != "list" or option.get("elements"), (name_of(path), place)
            a_path = "path" in (option["type"], option.get("elements"))
            assert a_path or not re.search(r"_(file|path|dir|dirs)$", place), (name_of(path), place)
            choices = {str(choice).lower() for choice in option.get("choices", ["-"])}
            assert not choices <= {"yes", "no", "true", "false"}, f"{name_of(path)}: {place} is a boolean"


# 18 and 27: ansible-test's own findings are mended, not listed


def test_nothing_is_excused_from_sanity_tests():
    excused = [
        line
        for path in (ROOT / "tests" / "sanity").glob("ignore*.txt")
        for line in path.read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    assert excused == []


def test_no_name_is_one_that_the_slow_sanity_tests_refuse():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("benchmarks", "plugins", "tests", "tools")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "_"
    ]
    assert not found, found


# 20: documentation


def test_modules_say_what_they_support():
    for path in MODULES:
        said = attributes(path)
        assert {"check_mode", "diff_mode", "idempotent"} <= set(said), name_of(path)
        assert all(text.get("support") and text.get("description") for text in said.values()), name_of(path)


def test_plugins_say_since_when_they_are_there_and_by_whom():
    for path in DOCUMENTED:
        documentation = texts(path)["DOCUMENTATION"]
        assert all(documentation[part] for part in ("version_added", "author", "short_description")), name_of(path)


def test_examples_are_named_tasks_with_full_names():
    for path in MODULES:
        examples = texts(path)["EXAMPLES"]
        assert examples, name_of(path)
        for task in examples:
            assert task["name"][0].isupper(), name_of(path)
            for action in actions(task):
                assert action.count(".") >= 2, (name_of(path), action)


METHODS = {"clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"}


def test_return_values_are_described_with_samples():
    for path in DOCUMENTED:
        for place, value in every_option(texts(path).get("RETURN", {}), below="contains"):
            assert value.get("description") and value.get("type"), (name_of(path), place)
            assert "." in place or "returned" in value or place.startswith("_"), (name_of(path), place)
            shown = value.get("contains") or "sample" in value
            assert value["type"] in ("bool", "dict") or shown, (name_of(path), place)
            assert place.rpartition(".")[2] not in METHODS, (name_of(path), place)


# 21: imports of what a machine may lack


def test_only_one_file_imports_what_isnt_pythons_or_ansibles():
    for path in ON_THE_TARGET:
        if path.name == "third_party.py":
            continue
        nodes = list(ast.walk(tree(path)))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
        foreign = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
        assert foreign <= {"ansible", "ansible_collections"}, name_of(path)


def test_that_file_goes_on_without_and_modules_say_that_they_need_it():
    for node in tree(PLUGINS / "module_utils" / "_client" / "third_party.py").body:
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= set(sys.stdlib_module_names)
    connected = [path for path in MODULES if "msp.connectwise.connection" in fragments(path)]
    assert len(connected) >= 6
    needed = fragment("msp.connectwise.connection")["requirements"]
    assert any(line.startswith("requests") for line in needed)


# 22 to 24: what a module may not do or use


def called(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def test_nothing_prints_exits_or_uses_what_ansible_takes_away():
    for path in PYTHON:
        names = [name for _node, name in called(path)]
        assert not {"print", "sys.exit", "exit", "quit", "os._exit"} & set(names), name_of(path)
        assert not [name for name in names if name.endswith(".jsonify")], name_of(path)
        gone = ("ansible.module_utils.six", "ansible.module_utils._text", "ansible.utils.unsafe_proxy")
        gone += ("ansible.module_utils.compat.datetime", "ansible.module_utils.compat.paramiko")
        assert [name for name in imported(path) if name.startswith(gone)] == [], name_of(path)


def imported(path):
    """What is imported, but for what is only imported where its successor isn't there (``except ImportError``)."""
    handlers = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler)]
    older = {inner for handler in handlers for inner in ast.walk(handler)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and not node.level and node not in older:
            yield node.module
        elif isinstance(node, ast.Import) and node not in older:
            yield from (alias.name for alias in node.names)


def test_warnings_go_by_warn_and_failures_say_that_they_are():
    for path in PYTHON:
        for node, name in called(path):
            given = {keyword.arg for keyword in node.keywords}
            if name.endswith(("exit_json", "fail_json")):
                assert not given & {"warnings", "deprecations", "rc"}, (name_of(path), ast.unparse(node))


# 25 and 26: Python


def test_python_is_written_for_the_versions_that_are_promised():
    for path in PYTHON:
        source = path.read_text(encoding="utf-8")
        assert "__metaclass__" not in source, name_of(path)
        if path.name != "__init__.py" or source.strip():
            assert "from __future__ import annotations\n" in source, name_of(path)


def test_ansible_test_holds_modules_against_the_promised_python():
    promised = read_yaml(ROOT / "tests" / "config.yml")["modules"]["python_requires"]
    supported = (ROOT / "docs" / "support.md").read_text(encoding="utf-8")
    oldest = re.search(r"^\| Python of the modules \| (3\.\d+)", supported, re.MULTILINE).group(1)
    assert SpecifierSet(promised) == SpecifierSet(f">={oldest}")
    assert tool("check.test_matrix").TARGETS[0] == oldest


# 28 and 29: each has its documentation


def test_action_plugins_have_the_documentation_of_a_module():
    actions_there = {path.stem for path in (PLUGINS / "action").glob("*.py")}
    assert actions_there <= {path.stem for path in MODULES}


def test_every_plugin_has_documentation_examples_and_return_values():
    for path in DOCUMENTED:
        # an inventory plugin returns nothing
        returned = set() if path.parent.name == "inventory" else {"RETURN"}
        assert {"DOCUMENTATION", "EXAMPLES"} | returned <= set(texts(path)), name_of(path)
        documentation = texts(path)["DOCUMENTATION"]
        assert documentation.get("name", documentation.get("module")) == path.stem


# 30: the Pythons of each ansible-core


def test_the_pythons_that_are_tested_are_those_that_ansible_core_supports():
    core = ".".join(ansible.release.__version__.split(".")[:2])
    constants = pytest.importorskip("ansible_test._util.target.common.constants")
    assert tool("check.test_matrix").SUPPORTED[core] == constants.CONTROLLER_PYTHON_VERSIONS
