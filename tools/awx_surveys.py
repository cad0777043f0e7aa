# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what AWX needs beside the playbooks: surveys from the roles' argument specs, and the project's playbooks.

    python tools/awx_surveys.py write       write what is out of date
    python tools/awx_surveys.py --check     say what is out of date, and exit with 1

tools/awx_surveys.yml says which variables a survey asks for; everything else of a question comes from
roles/*/meta/argument_specs.yml. AWX runs only playbooks of its project, so each playbook of the collection has a file
in awx/project that imports it.
"""

from __future__ import annotations

import argparse
import re
import sys
import typing as t
from pathlib import Path

import written
import yaml

HOME = Path(__file__).resolve().parent
HEAD = "---\n# SPDX-License-Identifier: GPL-3.0-or-later\n# Written by tools/awx_surveys.py.\n"
COLLECTION = "msp.connectwise"
# Set AWX up: not for AWX itself.
OUTSIDE = ("awx_setup.yml",)
LONGEST = {"text": 1024, "textarea": 4096, "password": 1024}
NUMBERS = {"int": "integer", "float": "float"}
TRUTH = ["true", "false"]

Spec = dict[str, t.Any]


class Refusal(Exception):
    """Why nothing was written; one sentence for each fault."""

    def __init__(self, faults: t.Sequence[str]) -> None:
        super().__init__("\n".join(faults))


def plain(text: str) -> str:
    """Without Ansible's semantic markup, such as V(none) or P(a.b.c#role); of O(a.b.c#role:variable) the variable."""
    return re.sub(r"\b[VOPCE]\((?:[^():]*:)?([^()#]*?)(?:#\w+)?\)", r"\1", text)


def described(spec: Spec) -> str:
    """The description as one paragraph."""
    found = spec.get("description", [])
    return plain(" ".join([found] if isinstance(found, str) else found))


class Specs:
    """The argument specs of the roles below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, Spec] = {}

    def option(self, role: str, variable: str) -> Spec:
        """The spec of one variable; of a role, or of one of its entry points as role/entry point."""
        name, _slash, entry = role.partition("/")
        if name not in self._read:
            path = self.root / "roles" / name / "meta" / "argument_specs.yml"
            if not path.exists():
                raise Refusal([f"there is no role {name} with argument specs, to say what {variable} is"])
            self._read[name] = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        options = self._read[name].get(entry or "main", {}).get("options", {})
        if variable not in options:
            raise Refusal([f"{role} has no variable {variable}"])
        found: Spec = options[variable]
        return found

    def vendors(self) -> list[str]:
        document = yaml.safe_load((self.root / "playbooks/vars/vendors.yml").read_text(encoding="utf-8"))
        return list(document["onboard_products"])


def kind_of(spec: Spec, variable: str) -> str:
    """The type of the question for a variable."""
    of = spec.get("type", "str")
    if spec.get("no_log"):
        return "password"
    if of == "list" and spec.get("elements", "str") == "str":
        return "multiselect" if "choices" in spec else "textarea"
    if "choices" in spec or of == "bool":
        return "multiplechoice"
    if of in NUMBERS:
        return NUMBERS[of]
    if of in ("str", "path", "raw"):
        return "text"
    raise Refusal([f"{variable} is a {of}, which no question of a survey can ask for"])


def default_of(kind: str, default: t.Any) -> t.Any:
    """A default as the type of question has it: choices are texts, several of them lines."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list):
        return "\n".join(str(each) for each in default)
    return default if kind in ("integer", "float") else str(default)


def question(given: Spec, specs: Specs) -> Spec:
    """One question of a survey."""
    variable = given["variable"]
    spec = dict(specs.option(given["role"], str(given.get("option", variable)))) if "role" in given else {}
    if "choices" in given:
        spec["choices"] = given["choices"]
    if given.get("vendors"):
        spec["choices"] = specs.vendors()
    if spec.get("type") == "bool":
        spec["choices"] = TRUTH
    kind = given.get("type") or kind_of(spec, variable)
    asked: Spec = {
        "question_name": given.get("question") or variable.partition("_")[2].replace("_", " ").capitalize(),
        "question_description": given.get("description") or described(spec),
        "variable": variable,
        "type": kind,
        "required": given.get("required", spec.get("required", False)),
    }
    if kind in LONGEST:
        asked.update(min=0, max=LONGEST[kind])
    if kind in ("multiplechoice", "multiselect"):
        asked["choices"] = [str(each) for each in spec["choices"] if each not in given.get("without", ())]
    default = given.get("default", spec.get("default"))
    if default not in (None, "", []) and kind != "password":
        asked["default"] = default_of(kind, default)
    if not (asked["required"] or "default" in asked or given.get("blank") or kind in ("multiselect", "password")):
        raise Refusal([f"{variable} is optional and has no default: AWX's pages would send an empty text"])
    return asked


def surveys(root: Path) -> dict[str, str]:
    """{path: text} of all surveys."""
    specs, files, problems = Specs(root), {}, []
    for name, given in yaml.safe_load((root / "tools/awx_surveys.yml").read_text(encoding="utf-8")).items():
        try:
            spec = [question(each, specs) for each in given["questions"]]
        except Refusal as exc:
            problems.append(f"survey {name}: {exc}")
            continue
        survey = {"name": given["name"], "description": given["description"], "spec": spec}
        files[f"awx/surveys/{name}.yml"] = HEAD + _dump(survey)
    if problems:
        raise Refusal(problems)
    return files


class _Dumper(written.IndentedDumper):
    """Nothing is an alias."""

    def ignore_aliases(self, data: t.Any) -> bool:
        return True


def _dump(document: Spec) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


def playbooks(root: Path) -> dict[str, str]:
    """{path: text} of the project's playbooks: one for each playbook of the collection."""
    files = {}
    for path in sorted(root.glob("playbooks/*.yml")):
        if path.name in OUTSIDE:
            continue
        name = yaml.safe_load(path.read_text(encoding="utf-8"))[0]["name"]
        imported = f"- name: {name}\n  ansible.builtin.import_playbook: {COLLECTION}.{path.stem}\n"
        files[f"awx/project/{path.name}"] = HEAD + imported
    return files


def stale(root: Path) -> dict[str, str]:
    """{path: text} of the files that are out of date; one of ours that nothing asks for any more has no text."""
    found = [path for folder in ("awx/surveys", "awx/project") for path in (root / folder).glob("*.yml")]
    there = [path for path in found if path.read_text(encoding="utf-8").startswith(HEAD)]
    return written.stale(root, {**surveys(root), **playbooks(root)}, there)


def write(root: Path) -> list[str]:
    """Bring all files to their sources; what was written or removed."""
    found = stale(root)
    for path in [path for path, text in found.items() if not text]:
        (root / path).unlink()
    written.write(root, {path: text for path, text in found.items() if text})
    return [f"{'written' if text else 'removed'}: {path}" for path, text in found.items()]


def main(arguments: t.Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write AWX's surveys and playbooks from roles and playbooks.")
    parser.add_argument("what", nargs="?", choices=["write"], help="write what is out of date, as without any option")
    parser.add_argument("--check", action="store_true", help="only say what is out of date, and exit with 1")
    parser.add_argument("--root", type=Path, default=HOME.parent, help="top of the checkout")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            found = stale(options.root)
            said = [f"{'out of date' if text else 'asked for by nothing'}: {path}" for path, text in found.items()]
        else:
            found, said = {}, write(options.root)
    except Refusal as exc:
        print(exc, file=sys.stderr)
        return 1
    print("\n".join(said) or "all up to date")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
