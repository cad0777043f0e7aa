# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the collection, and the documentation in them, for the checklist."""

from __future__ import annotations

import ast
import importlib.util
import sys
import typing as t
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
MODULES = sorted((PLUGINS / "modules").glob("*.py"))
KINDS = ("modules", "filter", "inventory", "lookup", "test")
DOCUMENTED = sorted(path for kind in KINDS for path in (PLUGINS / kind).glob("*.py"))
PYTHON = sorted(PLUGINS.rglob("*.py"))
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))


def name_of(path: Path) -> str:
    """The id of a test."""
    return str(path.relative_to(ROOT))


def tool(name: str) -> t.Any:
    """Import a file of tools as a module."""
    if name in sys.modules:
        return sys.modules[name]
    folder = str(ROOT / "tools")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def read_yaml(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def texts(path: Path) -> dict[str, t.Any]:
    """DOCUMENTATION, EXAMPLES and RETURN of a plugin, without running it."""
    found = {}
    for node in tree(path).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        name = ast.unparse(node.targets[0])
        if name in ("DOCUMENTATION", "EXAMPLES", "RETURN"):
            found[name] = yaml.safe_load(t.cast(str, node.value.value))
    return found


@cache
def fragment(name: str) -> dict[str, t.Any]:
    """A documentation fragment by the name that plugins use for it."""
    _namespace, _collection, file, *part = name.split(".")
    wanted = (part[0] if part else "documentation").upper()
    for node in ast.walk(tree(PLUGINS / "doc_fragments" / f"{file}.py")):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == wanted:
            return t.cast("dict[str, t.Any]", yaml.safe_load(t.cast(ast.Constant, node.value).value))
    raise AssertionError(f"there is no documentation fragment {name}")


def fragments(path: Path) -> list[str]:
    names = texts(path)["DOCUMENTATION"].get("extends_documentation_fragment", [])
    return [names] if isinstance(names, str) else names


def options(path: Path) -> dict[str, t.Any]:
    """The documented options of a plugin, including those of its fragments."""
    found: dict[str, t.Any] = {}
    for name in fragments(path):
        found.update(fragment(name).get("options", {}))
    for option, text in (texts(path)["DOCUMENTATION"].get("options") or {}).items():
        found[option] = {**found.get(option, {}), **text}
    return found


def attributes(path: Path) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {}
    for name in fragments(path):
        for attribute, text in fragment(name).get("attributes", {}).items():
            found[attribute] = {**found.get(attribute, {}), **text}
    for attribute, text in texts(path)["DOCUMENTATION"].get("attributes", {}).items():
        found[attribute] = {**found.get(attribute, {}), **text}
    return found


def every_option(found: dict[str, t.Any], below: str = "suboptions", place: str = "") -> t.Iterator[tuple[str, t.Any]]:
    """All options and suboptions, each with its place."""
    for option, text in found.items():
        yield f"{place}{option}", text
        yield from every_option(text.get(below) or {}, below, f"{place}{option}.")


def tasks(path: Path) -> t.Iterator[dict[str, t.Any]]:
    """Every task of a file of tasks or plays, including those in blocks."""
    yield from _tasks(read_yaml(path) or [])


NESTING = ("block", "rescue", "always", "pre_tasks", "tasks", "post_tasks", "handlers")


def _tasks(items: list[dict[str, t.Any]]) -> t.Iterator[dict[str, t.Any]]:
    for item in items:
        inner = [key for key in NESTING if key in item]
        for key in inner:
            yield from _tasks(item[key])
        if not inner and "hosts" not in item:
            yield item


def role_tasks(role: Path) -> list[tuple[Path, dict[str, t.Any]]]:
    return [(path, task) for path in sorted((role / "tasks").glob("*.yml")) for task in tasks(path)]


KEYWORDS = {
    "always", "any_errors_fatal", "args", "async", "become", "become_user", "block", "changed_when", "check_mode",
    "connection", "delay", "delegate_facts", "delegate_to", "diff", "environment", "failed_when", "ignore_errors",
    "ignore_unreachable", "loop", "loop_control", "module_defaults", "name", "no_log", "notify", "poll", "register",
    "rescue", "retries", "run_once", "tags", "throttle", "until", "vars", "when",
}  # fmt: skip


def actions(task: dict[str, t.Any]) -> list[str]:
    return [key for key in task if key not in KEYWORDS]
