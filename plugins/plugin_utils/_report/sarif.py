# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as SARIF 2.1.0, for tools that collect findings. PRIVATE to this collection.

Each finding is one result. Code scanning on GitHub needs a file for each: there is none, so the path stands for the
instance, and a logical location names instance and member. Names of locations are the exact names, escaped by JSON;
messages are for people, and escaped as elsewhere.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import typing as t
import urllib.parse
from collections import Counter

from ...module_utils._domain.audit_document import gravest
from ...module_utils._domain.audit_rules import RULES
from ...module_utils._domain.shown import json_text, shown
from .bounded import Bounded, cut

Entry = t.Mapping[str, t.Any]
Json = t.Dict[str, t.Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 5_000  # GitHub keeps no more of one run
MOST_BYTES = 10_000_000  # of the compressed file, which GitHub refuses beyond that
_MOST_MESSAGE = 2_000
_MOST_NAME = 1_000
_NUMBERS = {rule: number for number, rule in enumerate(RULES)}
_WHOLE = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}


class _Locations:
    """The tree of logical locations; each is listed once and referred to by its number."""

    def __init__(self) -> None:
        self.listed: list[Json] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def _number(self, *path: str) -> int:
        if path not in self._numbers:
            kind = ("instance", "member")[len(path) - 1]
            location: Json = {"name": path[-1], "fullyQualifiedName": _qualified(path), "kind": kind}
            if len(path) > 1:
                location["parentIndex"] = self._number(*path[:-1])
            self._numbers[path] = len(self.listed)
            self.listed.append(location)
        return self._numbers[path]

    def reference(self, *path: str) -> Json:
        return {
            "physicalLocation": {"artifactLocation": {"uri": _uri(path[0])}, "region": dict(_WHOLE)},
            "logicalLocations": [{"index": self._number(*path), "fullyQualifiedName": _qualified(path)}],
        }


def _uri(instance: str) -> str:
    """A relative path that stands for the instance, the same in each run."""
    name = urllib.parse.quote(cut(shown(instance), _MOST_NAME), safe="")
    return f"connectwise/{name}{'' if name.strip('.') else '_'}"


def _qualified(path: t.Sequence[str]) -> str:
    """Names may hold any mark, so the path is JSON, which two different paths never share."""
    return json.dumps(list(path), ensure_ascii=False)


def render(document: Entry) -> Bounded:
    """The gravest findings, as many as GitHub takes."""
    findings = gravest(document)
    number = min(len(findings), MOST_RESULTS)
    text = _text(document, findings[:number], len(findings) - number)
    while number and len(text) > MOST_BYTES and len(gzip.compress(text.encode(), mtime=0)) > MOST_BYTES:
        number //= 2
        text = _text(document, findings[:number], len(findings) - number)
    return Bounded(text, _left_out(len(findings), number))


def _left_out(findings: int, number: int) -> str:
    if findings == number:
        return ""
    return f"the {number} most severe of {findings} findings, which is the limit of code scanning; audit.json has all"


def _text(document: Entry, findings: t.Sequence[Entry], more: int) -> str:
    locations = _Locations()
    seen: Counter[str] = Counter()
    results = [_result(finding, locations, seen) for finding in findings]
    invocation: Json = {"executionSuccessful": not document["summary"]["unreadable"]}
    if more:
        note = f"Left out: {more} findings. These are {_left_out(len(findings) + more, len(findings))}."
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": note}}]
    run = {
        "tool": {"driver": {"name": "msp.connectwise audit", "rules": [_rule(name) for name in RULES]}},
        "invocations": [invocation],
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
        "fullDescription": {"text": f"{rule.title}. {rule.help}"},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(finding: Entry, locations: _Locations, seen: Counter[str]) -> Json:
    path = [finding["instance"], *([finding["member"]] if finding["member"] else [])]
    about = json.dumps([finding["rule"], *path, None if finding["member"] else finding["login"] or finding["role"]])
    seen[about] += 1
    fingerprint = f"{hashlib.sha256(about.encode()).hexdigest()[:32]}:{seen[about]}"
    message = cut(shown(finding["message"]), _MOST_MESSAGE)
    return {
        "ruleId": finding["rule"],
        "ruleIndex": _NUMBERS[finding["rule"]],
        "level": finding["level"],
        "message": {"text": message.replace("](", "] (")},  # that would be a link
        "locations": [locations.reference(*path)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},  # GitHub uses only this one
        **({"properties": {"repair": shown(finding["repair"])}} if finding["repair"] else {}),
    }
