# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of one AWX, and the requests that it got."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .resources import RESOURCES, TEMPLATES

Object = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request as received."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int


@dataclass
class Store:
    """All objects, with secrets in plain text, which the API never shows."""

    repositories: dict[str, Path] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    passwords: dict[str, str] = field(default_factory=dict)
    administers: dict[str, int] = field(default_factory=dict)  # token of a user who isn't a superuser: organization
    objects: dict[str, dict[int, Object]] = field(default_factory=lambda: defaultdict(dict))
    members: dict[tuple[str, int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    surveys: dict[tuple[str, int], Object] = field(default_factory=dict)
    playbooks: dict[int, list[str]] = field(default_factory=dict)
    log: list[Request] = field(default_factory=list)
    launched: list[Any] = field(default_factory=list)  # workflows, each as launches.py has it
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def add(self, path: str, **values: Any) -> Object:
        """Create an object; missing fields have their defaults."""
        made: Object = {name: _copy(field_.default) for name, field_ in RESOURCES[path].fields.items()}
        made.update(values, id=next(self._ids))
        self.objects[path][made["id"]] = made
        return made

    def get(self, path: str, number: Any) -> Object | None:
        """An object of a collection, or None; for unified_job_templates, of any kind of template."""
        paths = TEMPLATES if path == "unified_job_templates" else (path,)
        return next((self.objects[each][number] for each in paths if number in self.objects[each]), None)

    def path_of(self, number: int) -> str:
        """The collection that a template is in."""
        return next(path for path in TEMPLATES if number in self.objects[path])

    def find(self, path: str, **values: Any) -> Object | None:
        """The first object with these values."""
        found = self.objects[path].values()
        return next((each for each in found if all(each[name] == value for name, value in values.items())), None)

    def remove(self, path: str, number: int) -> None:
        """Delete the object and those that depend on it; other references to it become null."""
        if self.objects[path].pop(number, None) is None:
            return
        self.surveys.pop((path, number), None)
        for key in [key for key in self.members if key[:2] == (path, number)]:
            del self.members[key]
        for (owner, _number, name), numbers in self.members.items():
            if RESOURCES[owner].sublists[name] == path and number in numbers:
                numbers.remove(number)
        for other, resource in RESOURCES.items():
            names = [name for name, described in resource.fields.items() if described.to in (path, _union(path))]
            for each in list(self.objects[other].values()):
                for name in (name for name in names if each[name] == number):
                    if resource.fields[name].required:
                        self.remove(other, each["id"])
                        break
                    each[name] = None


def _union(path: str) -> str:
    return "unified_job_templates" if path in TEMPLATES else path


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, (dict, list)) else value
