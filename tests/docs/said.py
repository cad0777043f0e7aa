# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection can say to a user: the sentences of its errors and warnings, read from its code."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
#: Stands for what is filled in when the sentence is said.
GAP = "…"
#: Errors that reach a user as they are, and the calls that say something beside them.
ERRORS = {
    "AnsibleActionFail", "AnsibleFilterError", "AnsibleLookupError", "DocumentError", "InputError", "KeyRefused",
    "InTheWay", "MatrixFileError", "NotAsked", "PairRefused", "ProxyOptionError", "Refused", "SharedPair", "SiteError",
    "StoreError", "Unusable",
}  # fmt: skip
CALLS = {"warn", "fail_json"}
#: Sentences that are part of another one, or that no user ever sees.
WORDLESS = re.compile(r"^[\s…:;.,()]*$")


def sentences() -> dict[str, str]:
    """Each sentence, with the places of what is filled in as GAP, and where it is said."""
    found = {}
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for text in _said_by(node):
                if text and not WORDLESS.match(text):
                    found[" ".join(text.split())] = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
    return found


def _said_by(node: ast.AST) -> t.Iterator[str | None]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc.func) in ERRORS:
        yield from _texts(node.exc.args[:1])
    elif isinstance(node, ast.Call) and _name(node.func) in CALLS:
        yield from _texts([*node.args[:1], *(word.value for word in node.keywords if word.arg == "msg")])
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        if isinstance(node.targets[0].slice, ast.Constant) and node.targets[0].slice.value == "msg":
            yield from _texts([node.value])
    elif isinstance(node, ast.Call) and _name(node.func) == "append" and _owner(node.func) == "problems":
        yield from _texts(node.args[:1])


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _owner(function: ast.expr) -> str:
    owner = getattr(function, "value", None)
    return owner.id if isinstance(owner, ast.Name) else ""


def _texts(nodes: t.Sequence[ast.expr]) -> t.Iterator[str | None]:
    for node in nodes:
        yield from (_text(item) for item in node.elts) if isinstance(node, (ast.List, ast.Tuple)) else (_text(node),)


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_text(node.left) or GAP) + (_text(node.right) or GAP)
    return None


def role_sentences() -> dict[str, str]:
    """What the tasks of roles and playbooks say where they fail."""
    found = {}
    for path in [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/**/*.yml")]:
        variables = path.parents[1] / "vars" / "main.yml"
        known = yaml.safe_load(variables.read_text(encoding="utf-8")) if variables.exists() else {}
        for text in _fail_messages(yaml.safe_load(path.read_text(encoding="utf-8"))):
            for said in _resolved(text, known or {}):
                found[" ".join(said.split())] = str(path.relative_to(ROOT))
    return found


def _fail_messages(item: t.Any) -> t.Iterator[str]:
    if isinstance(item, list):
        for part in item:
            yield from _fail_messages(part)
    elif isinstance(item, dict):
        for key, value in item.items():
            if key == "ansible.builtin.fail":
                yield str(value["msg"])
            elif key == "ansible.builtin.assert":
                yield str(value["fail_msg"])
            else:
                yield from _fail_messages(value)


def _resolved(text: str, variables: dict[str, t.Any]) -> t.Iterator[str]:
    """The sentences of a message; of one that is only a variable, those of the variables that it is made of."""
    said = re.sub(r"\{\{.*?\}\}", GAP, text, flags=re.S)
    if not WORDLESS.match(said):
        yield said
        return
    for name in re.findall(r"\b[a-z]\w*__\w+\b", text):
        if isinstance(variables.get(name), str) and variables[name] != text:
            yield from _resolved(variables[name], variables)
