# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as SARIF 2.1.0, for tools that collect findings. PRIVATE to this collection.

There is no file to point to, so each result has a logical location: instance, member, function. A missing or
excess level is a result of its own. Names of locations are the very names, which JSON escapes; messages are for people,
and as they are shown elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ...module_utils._domain.audit_rules import RULES
from ...module_utils._domain.shown import json_text, shown

Entry = t.Mapping[str, t.Any]
Json = t.Dict[str, t.Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_NUMBERS = {rule: number for number, rule in enumerate(RULES)}
_BY_CELL = ("missing", "excess")


class _Locations:
    """The tree of logical locations; each is listed once and referred to by its number."""

    def __init__(self) -> None:
        self.listed: list[Json] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def number(self, *path: str) -> int:
        if path not in self._numbers:
            kind = ("instance", "member", "function")[len(path) - 1]
            location: Json = {"name": path[-1], "fullyQualifiedName": _qualified(path), "kind": kind}
            if len(path) > 1:
                location["parentIndex"] = self.number(*path[:-1])
            self._numbers[path] = len(self.listed)
            self.listed.append(location)
        return self._numbers[path]

    def reference(self, *path: str) -> Json:
        return {"logicalLocations": [{"index": self.number(*path), "fullyQualifiedName": _qualified(path)}]}


def _qualified(path: t.Sequence[str]) -> str:
    """Names may hold any mark, so the path is JSON, which two different paths never share."""
    return json.dumps(list(path), ensure_ascii=False)


def render(document: Entry) -> str:
    locations = _Locations()
    results = [
        result
        for instance in document["instances"]
        for finding in instance["findings"]
        for result in _results(instance, finding, locations)
    ]
    run = {
        "tool": {"driver": {"name": "msp.connectwise audit", "rules": [_rule(name) for name in RULES]}},
        "invocations": [{"executionSuccessful": not document["summary"]["unreadable"]}],
        "columnKind": "unicodeCodePoints",
        "properties": {"generated": document["generated"]},
        "logicalLocations": locations.listed,
        "results": results,
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(name: str) -> Json:
    rule = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": f"{rule.title}."},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.level},
    }


def _results(instance: Entry, finding: Entry, locations: _Locations) -> list[Json]:
    path = [instance["name"], *([finding["member"]] if finding["member"] else [])]
    if finding["rule"] not in _BY_CELL:
        about = [finding["rule"], *path, finding["role"] or ""]
        return [_result(finding, finding["message"], locations.reference(*path), about)]
    member = next(item for item in instance["members"] if item["identifier"] == finding["member"] and item["active"])
    cells = [cell for cell in member["cells"] if cell["kind"] == finding["rule"]]
    results = []
    for cell in cells:
        place = locations.reference(*path, _function(cell))
        results.append(_result(finding, _sentence(member, cell), place, [*path, *_identity(cell)]))
    return results


def _function(cell: Entry) -> str:
    return f"{cell['module']} / {cell['function']}"


def _identity(cell: Entry) -> list[str]:
    return [cell["kind"], cell["module"], cell["function"], cell["verb"]]


def _sentence(member: Entry, cell: Entry) -> str:
    is_now, wanted = f"{cell['verb']} is {cell['is']}", f"should be {cell['should_be']}"
    return f"{member['identifier']}, role {member['role']}: {_function(cell)}: {is_now} and {wanted}."


def _result(finding: Entry, message: str, location: Json, about: t.Sequence[str]) -> Json:
    return {
        "ruleId": finding["rule"],
        "ruleIndex": _NUMBERS[finding["rule"]],
        "level": finding["level"],
        "message": {"text": shown(message).replace("](", "] (")},  # that would be a link
        "locations": [location],
        "partialFingerprints": {"subject/v1": hashlib.sha256(json.dumps(about).encode()).hexdigest()},
    }
