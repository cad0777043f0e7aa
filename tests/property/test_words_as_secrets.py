# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any words can be secrets, even all of our own at once: the run ends as with any other secret."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import scrub
from ansible_collections.msp.connectwise.plugins.module_utils._client.vocabulary import KEYS
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import failures, make_document
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_rules import RULES
from ansible_collections.msp.connectwise.plugins.module_utils._domain.catalogue import parse_catalogue
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_member_info,
    audit_info,
    instance_info,
    run,
    security_role_info,
)
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import html, junit, markdown, sarif
from ansible_collections.msp.connectwise.plugins.plugin_utils._report import run as report
from hypothesis import given
from hypothesis import strategies as st
from reliability.onboarding import MATRIX, Onboarding
from simulator import Simulator
from simulator.server import Handle

SCHEMA = json.loads((Path(report.__file__).parent / "results.schema.json").read_text())
SPOKEN = (
    *("handed over", "would be handed over", "converged", "offboarded", "Table Setup", "would be", "none", "None"),
    *("exact", "differs", "unverified", "instance", "object", "missing", "excess", "EndpointMissing", "Refused"),
    *("Rewst", "inquire", "Companies", "true", "True", "False", "false", "null", "NotFound", "endpoint"),
)
WORDS = sorted({*KEYS, *SCHEMA["$defs"]["state"]["anyOf"][0]["enum"], *RULES, *SPOKEN})
WORDS = [word for word in WORDS if len(word) >= 4]
LEVELS = ("is", "should_be", "add", "edit", "delete", "inquire")
FIXED = ("state", "kind", "scope", "matrix", "verb", "rule", "level", "unverified", *LEVELS)
_numbers = itertools.count(1)


@pytest.fixture(params=["published", "extended"])
def fresh(request: pytest.FixtureRequest, simulator: Simulator) -> Callable[[], Handle]:
    def make() -> Handle:
        return simulator.add_instance(f"words{next(_numbers)}", edition=request.param)

    return make


@pytest.fixture
def also_secret(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], None]:
    """From then on these words are secrets in every run."""

    def register(words: list[str]) -> None:
        class Wary(scrub.Scrubber):
            def __init__(self) -> None:
                super().__init__()
                self.add(*words)

        monkeypatch.setattr(run, "Scrubber", Wary)

    return register


def skeleton(value: Any, field: str = "") -> Any:
    """What a program branches on: the keys, the kinds of values, and the values of a fixed choice."""
    if isinstance(value, dict):
        return {key: skeleton(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [skeleton(item, field) for item in value]
    return value if field in FIXED or isinstance(value, bool) or value is None else type(value).__name__


def texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of all texts that stand as values."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, field)
    elif isinstance(value, str):
        yield field, value


def lines(host: str, result: dict[str, Any]) -> list[str]:
    asked = {"vendors": ["rewst"], "problem": "", "site": "x", "company": "x"}
    done = {host: {"results": {"rewst": result["outcome"]}}}
    return report.each_line({"hosts": {host: asked}}, done, False, "2026-11-28T00:00:00Z")


def test_all_words_at_once(
    fresh: Callable[[], Handle], also_secret: Callable[[list[str]], None], tmp_path: Path
) -> None:
    plain = Onboarding(fresh(), tmp_path / "plain")
    first, again = plain.run().result, plain.run().result
    also_secret(WORDS)
    wary = Onboarding(fresh(), tmp_path / "wary")
    for expected in (first, again):
        found = wary.run().result
        assert skeleton(found) == skeleton(expected)
        assert len(lines("acme", found)) == len(lines("acme", expected))
        free = [(field, text.replace(scrub.MASK, "*")) for field, text in texts(found) if field not in FIXED]
        assert not [(field, word) for field, text in free for word in WORDS if word in text]


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
def test_any_words(words: list[str]) -> None:
    """A result as cw_integration has it, without an instance, so that many words are tried."""
    scrubber = scrub.Scrubber()
    scrubber.add(*words)
    clean = scrubber.clean(RESULT)
    assert skeleton(clean) == skeleton(RESULT)
    assert not [word for word in words for field, text in texts(clean) if field not in FIXED and text == word]


RESULT = {
    "failed": True, "changed": True, "msg": "Rewst on acme needs manual steps: set 2 levels", "finished": False,
    "error": {"kind": "Refused", "scope": "instance", "transient": False, "status": 403, "fields": ["name: failed"]},
    "role": {"pending": [{"module": "Companies", "function": "x", "verb": "delete", "is": "none", "should_be": "all"}]},
    "key": {"pending": ["Copy both keys"], "public_key": None, "proof": {"logs_in": True, "matrix": "exact"}},
    "outcome": {"state": "handed over", "product": "Rewst", "reason": "failed", "levels_pending": 2, "member": "Rewst"},
    "requests": {"read": 1, "written": 2, "retried": 0}, "warnings": ["converged"],
}  # fmt: skip


READ = {"members": api_member_info, "roles": security_role_info, "instance": instance_info}


@pytest.mark.parametrize("operation", READ.values(), ids=READ)
def test_what_is_read_has_the_keys_of_any_other_run(
    fresh: Callable[[], Handle], also_secret: Callable[[list[str]], None], operation: Any
) -> None:
    defaults = {name: spec.get("default") for name, spec in operation.argument_spec().items()}
    params = {**defaults, **fresh().connection, "timeout": 30, "users": True}
    plain = run.execute(operation.run, params, False, False)
    also_secret(WORDS)
    assert not plain.get("failed")
    assert skeleton(run.execute(operation.run, params, False, False)) == skeleton(plain)


def test_an_audit_is_one_that_every_report_can_show(
    fresh: Callable[[], Handle], also_secret: Callable[[list[str]], None]
) -> None:
    also_secret([*WORDS, "AAAA", "----", "map"])
    catalogue = [{**MATRIX, "vendor": "rewst"}]
    instance = fresh()
    params = {**instance.connection, "name": "acme", "catalogue": catalogue, "audit_map": {}, "timeout": 30}
    params = {**{name: spec.get("default") for name, spec in audit_info.argument_spec().items()}, **params}
    result = run.execute(audit_info.run, params, False, False)
    assert not result.get("failed"), result
    document = make_document([result["audit"]], parse_catalogue(catalogue), "2026-11-28T00:00:00Z")
    assert {finding["rule"] for finding in document["instances"][0]["findings"]} <= set(RULES)
    words = {word for role in document["instances"][0]["roles"] for word in role["levels"]}
    assert words and all(len(word) == 4 and set(word) <= set("-.MA") for word in words)
    for text in (html.render(document), markdown.render(document), sarif.render(document)):
        assert text
    assert junit.render(document, failures(document, ["excess", "missing", "admin"]))
