# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables for users, and their values on a host. PRIVATE to this collection.

``variables.yml`` next to this file is the only list of them.
"""

from __future__ import annotations

import functools
import json
import os
import re
import typing as t

import yaml
from ansible.errors import AnsibleError
from ansible.module_utils.common.validation import (
    check_type_bool,
    check_type_dict,
    check_type_float,
    check_type_int,
    check_type_list,
    check_type_path,
    check_type_str,
)
from ansible.template import Templar
from ansible.utils.vars import load_extra_vars

from ..module_utils._domain.vendor import misread

_HERE = os.path.dirname(os.path.abspath(__file__))
_LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CHECKS: t.Mapping[str, t.Callable[[t.Any], t.Any]] = {
    "str": check_type_str,
    "path": check_type_path,
    "bool": check_type_bool,
    "int": check_type_int,
    "float": check_type_float,
    "dict": check_type_dict,
    "list": lambda value: as_list(value),
    "raw": lambda value: value,
}

Declaration = t.Mapping[str, t.Any]


class NotAsked(ValueError):
    """Why a run can't do what it was asked for, as one sentence for the user."""


@functools.cache
def declared() -> t.Mapping[str, Declaration]:
    """{variable: its entry in variables.yml}."""
    with open(os.path.join(_HERE, "variables.yml"), encoding="utf-8") as file:
        # a safe loader, the C one if available
        return t.cast("dict[str, Declaration]", yaml.load(file, Loader=_LOADER))


def is_secret(name: str) -> bool:
    """Whether a variable is secret or may contain a secret, such as a store with a token."""
    about = declared().get(name, {})
    return bool(about.get("secret")) or about.get("type") == "dict"


def why_untemplated(name: str, raw: t.Any, exc: Exception) -> str:
    """Ansible's message, which repeats the template; for a secret only if the template is an expression."""
    is_expression = re.fullmatch(r"\s*\{\{[^{}]*\}\}\s*", str(raw))
    return str(exc) if is_expression or not is_secret(name) else "it can't be templated"


def extra_variables(loader: t.Any) -> t.Mapping[str, t.Any]:
    """{name: value} of only ``-e``, untemplated: nothing that an inventory or a playbook sets."""
    return t.cast("t.Mapping[str, t.Any]", load_extra_vars(loader))


def is_blank(value: t.Any) -> bool:
    """Whether a value means the default: null, only white space, or an empty list."""
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


class Variables:
    """The variables of one host. ``raw`` has them untemplated; ``template`` fills in a value in this host's context."""

    def __init__(self, raw: t.Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]) -> None:
        self._raw, self._template = raw, template

    @property
    def raw(self) -> t.Mapping[str, t.Any]:
        """All of them, untemplated."""
        return self._raw

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def get(self, name: str) -> t.Any:
        """The value as plain data; None if there is none. Raises NotAsked if it can't be templated."""
        if name not in self._raw:
            return None
        try:
            value = self._template(self._raw[name])
            if value is None or isinstance(value, (bool, int, float)):
                return value
            if value == self._raw.get("omit"):  # 2.18 has a text for it
                return None
            return json.loads(json.dumps(value, default=str))
        except AnsibleError as exc:
            if type(exc).__name__ == "AnsibleValueOmittedError":  # from 2.19 on
                return None
            why = why_untemplated(name, self._raw[name], exc)
            raise NotAsked(f"The variable {name} can't be read: {why}") from None

    def value(self, name: str) -> t.Any:
        """The value of a declared variable, of its type; else that of its inventory variable, else the default.

        Null and blank count as not given. Raises NotAsked for a value of another type.
        """
        about = declared()[name]
        for source in (name, about.get("from")):
            given = self.get(source) if source else None
            if not is_blank(given) and not _is_empty(given, declared()[str(source)]):
                return _typed(str(source), given, declared()[str(source)])
        return about.get("default")


def _is_empty(value: t.Any, about: Declaration) -> bool:
    """Whether a survey or a shell sent nothing: an empty list or mapping as text, separators, a list of empty texts."""
    if isinstance(value, list):
        return all(is_blank(item) for item in value)
    if about["type"] in ("str", "raw") or not isinstance(value, str):
        return False
    return re.fullmatch(r"[\s,;]*|\[[\s,]*\]|\{\s*\}", value) is not None


def as_list(value: t.Any) -> list[t.Any]:
    """A list, or a text with commas, semicolons or line breaks between the items, or JSON. Raises TypeError."""
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            try:
                value = yaml.load(value, Loader=_LOADER)  # a safe loader; JSON is YAML, and what Python prints is, too
            except yaml.YAMLError:
                raise TypeError(value) from None
        else:
            value = re.split(r"[,;\n]", value)
    items = [item.strip() if isinstance(item, str) else item for item in check_type_list(value)]
    return [item for item in items if not is_blank(item)]


def _typed(name: str, value: t.Any, about: Declaration) -> t.Any:
    wrong = misread(name, value) if about["type"] in ("str", "path") else ""
    if wrong:
        raise NotAsked(f"{wrong}.")
    try:
        if about["type"] in ("str", "path") and isinstance(value, (list, dict)):
            raise TypeError(value)
        found = _CHECKS[about["type"]](value)
    except (TypeError, ValueError):
        given = "something else" if is_secret(name) else repr(value)
        raise NotAsked(f"{name} must be of type {about['type']}, not {given}.") from None
    choices = about.get("choices")
    for item in found if isinstance(found, list) else [found]:
        if choices and item not in choices:
            raise NotAsked(f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}, not {item!r}.")
    return found


def is_on_awx(task_vars: t.Mapping[str, t.Any]) -> bool:
    """Whether AWX or Tower started this run. Nobody is at such a job's terminal, and its folders don't last."""
    return "awx_job_id" in task_vars or "tower_job_id" in task_vars


def job_page(task_vars: t.Mapping[str, t.Any]) -> str:
    """The address of this AWX job's output and artifacts."""
    host = os.environ.get("AWX_HOST", "").rstrip("/")
    return f"{host}/#/jobs/playbook/{task_vars.get('awx_job_id', task_vars.get('tower_job_id'))}/output"


def keeps_files(task_vars: t.Mapping[str, t.Any], variables: Variables) -> bool:
    """Whether output files outlive this run: folders in an AWX job's container don't, and may be read-only.

    Raises NotAsked.
    """
    return not is_on_awx(task_vars) or not all(
        is_blank(variables.get(name)) for name in ("onboard_output_dir", "cw_output_dir")
    )


def of_host(own: t.Mapping[str, t.Any], task: t.Any, task_vars: t.Mapping[str, t.Any], loader: t.Any) -> Variables:
    """The variables of another host of the play, whose ``own`` are untemplated; those of the play and ``-e`` too."""
    hostvars = task_vars["hostvars"]
    raw = {**own, **_play_variables(task), **_task_variables(task), **extra_variables(loader), "hostvars": hostvars}
    return Variables(raw, Templar(loader=loader, variables=raw).template)


def _task_variables(task: t.Any) -> t.Mapping[str, t.Any]:
    """The variables that a play gives a role, and those of the task and the blocks and includes around it."""
    role = getattr(task, "_role", None)
    found = role.get_vars(task.get_dep_chain()) if role else {}
    return {**found, **task.get_vars()}


def _play_variables(task: t.Any) -> t.Mapping[str, t.Any]:
    parent = task
    while parent is not None and getattr(parent, "_play", None) is None:
        parent = getattr(parent, "_parent", None)
    return parent._play.get_vars() if parent is not None else {}
