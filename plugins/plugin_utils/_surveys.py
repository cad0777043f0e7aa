# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's surveys, from the list of public variables, the roles' argument specs and the vendors' data. PRIVATE."""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import yaml

from . import _vendors
from ._variables import declared

_LONGEST = {"text": 1024, "textarea": 4096, "password": 1024}
_NUMBERS = {"int": "integer", "float": "float"}
_TRUTH = ["true", "false"]

Spec = t.Dict[str, t.Any]


class SurveyError(ValueError):
    """A question that can't be asked; the text says which and why."""


def survey(name: str, folder: str, vendors: t.Sequence[str] | None = None) -> Spec:
    """The survey of this name in ``surveys.yml`` of a folder, as AWX takes it.

    ``vendors`` can be chosen, by default the collection's. Raises SurveyError and OSError.
    """
    text = (Path(folder).expanduser() / "surveys.yml").read_text(encoding="utf-8")
    described = yaml.safe_load(text) or {}
    if name not in described:
        raise SurveyError(f"{folder}/surveys.yml has no survey {name}. It has {', '.join(described)}.")
    given = described[name]
    spec = [question(each, vendors) for each in given["questions"]]
    return {"name": given["name"], "description": given["description"], "spec": spec}


def question(given: Spec, vendors: t.Sequence[str] | None = None) -> Spec:
    """One question; fields of ``given`` take precedence over the variable's spec. Raises SurveyError."""
    variable = given["variable"]
    spec = _spec(variable)
    if "choices" in given:
        spec["choices"] = given["choices"]
    if given.get("vendors"):
        spec["choices"] = list(_vendors.names() if vendors is None else vendors)
    if spec.get("type") == "bool":
        spec["choices"] = _TRUTH
    kind = given.get("type") or _kind_of(spec, variable)
    asked: Spec = {
        "question_name": given.get("question") or variable.partition("_")[2].replace("_", " ").capitalize(),
        "question_description": given.get("description") or _described(spec),
        "variable": variable,
        "type": kind,
        "required": given.get("required", spec.get("required", False)),
    }
    if kind in _LONGEST:
        # AWX accepts an empty text as an answer, so a required one needs a minimum length
        asked.update(min=int(asked["required"]), max=_LONGEST[kind])
    if kind in ("multiplechoice", "multiselect"):
        asked["choices"] = [str(each) for each in spec["choices"] if each not in given.get("without", ())]
    default = given.get("default", None if given.get("blank") else spec.get("default"))
    if default not in (None, "", []) and kind != "password":
        asked["default"] = _default_of(kind, default)
    if not (asked["required"] or "default" in asked or given.get("blank") or kind in ("multiselect", "password")):
        raise SurveyError(f"{variable} is optional and has no default: AWX's pages would send an empty text")
    return asked


def _spec(variable: str) -> Spec:
    """The spec of a variable: its role's argument spec, overridden by its entry in the list."""
    if variable not in declared():
        raise SurveyError(f"there is no variable {variable}")
    about = dict(declared()[variable])
    if "role" not in about:
        return about
    found: Spec = _options(_vendors.ROLES / about["role"] / "meta" / "argument_specs.yml")[variable]
    if found.get("type") == "raw":  # a role that takes blank values leaves the types to the list
        return {**found, **{field: about[field] for field in ("type", "choices", "default") if field in about}}
    return dict(found)


@functools.cache
def _options(path: Path) -> t.Mapping[str, Spec]:
    """A role's argument spec. Raises OSError."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return t.cast("t.Mapping[str, Spec]", found["argument_specs"]["main"]["options"])


def _kind_of(spec: Spec, variable: str) -> str:
    """The type of the question for a variable."""
    of = spec.get("type", "str")
    if spec.get("no_log") or spec.get("secret"):
        return "password"
    if of == "list" and spec.get("elements", "str") == "str":
        return "multiselect" if "choices" in spec else "textarea"
    if "choices" in spec or of == "bool":
        return "multiplechoice"
    if of in _NUMBERS:
        return _NUMBERS[of]
    if of in ("str", "path", "raw"):
        return "text"
    raise SurveyError(f"{variable} is a {of}, which no question of a survey can ask for")


def _default_of(kind: str, default: t.Any) -> t.Any:
    """A default as the type of question has it: choices are texts, several of them lines."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list):
        return "\n".join(str(each) for each in default)
    return default if kind in ("integer", "float") else str(default)


def _described(spec: Spec) -> str:
    """The description as one paragraph, without Ansible's markup; of O(a.b#role:main:variable) the variable."""
    found = spec.get("description", [])
    text = " ".join([found] if isinstance(found, str) else found)
    text = re.sub(r"\bO\([^()#]*#\w+:(?:\w+:)?([^()]*)\)", r"\1", text)
    return re.sub(r"\b[VOPCE]\(([^()#]*)(?:#\w+)?\)", r"\1", text)
