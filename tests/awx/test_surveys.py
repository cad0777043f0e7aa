# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surveys that awx_setup generates from awx/surveys.yml: AWX accepts them, and the playbooks know their answers."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.plugins.loader import lookup_loader
from ansible_collections.msp.connectwise.plugins.plugin_utils import _surveys, _variables, _vendors
from playbooks.controller import ROOT

from .standin import rules

AWX = ROOT / "awx"
ASKED: dict[str, Any] = yaml.safe_load((AWX / "surveys.yml").read_text())
SURVEYS = {name: _surveys.survey(name, str(AWX)) for name in ASKED}
BLANK = {
    name: {each["variable"] for each in given["questions"] if each.get("blank")} for name, given in ASKED.items()
}
QUESTIONS = [(name, each) for name, survey in SURVEYS.items() for each in survey["spec"]]


def described(**spec: Any) -> dict[str, Any]:
    """A variable of a role, as its argument spec has it."""
    return {**spec, "description": ["What V(a) is.", "See O(a.b.c#role:main:some_other) and P(a.b.c#role)."]}


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the collection one of a single role, ``some``, with these variables."""

    def make(**options: dict[str, Any]) -> None:
        path = tmp_path / "some" / "meta" / "argument_specs.yml"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"argument_specs": {"main": {"options": options}}}))
        monkeypatch.setattr(_vendors, "ROLES", tmp_path)
        monkeypatch.setattr(_surveys, "declared", lambda: {name: {"role": "some"} for name in options})

    return make


def test_awx_takes_each_survey_and_keeps_it_as_it_is() -> None:
    """If AWX stored something differently, each run of awx_setup would change it again."""
    assert {name: rules.survey(copy.deepcopy(survey)) for name, survey in SURVEYS.items()} == SURVEYS


def test_each_question_is_about_a_variable_that_users_may_set() -> None:
    """The playbooks refuse an extra variable that isn't in this list."""
    public = _variables.declared()
    assert [found for found in QUESTIONS if found[1]["variable"] not in public] == []
    assert [found for found in QUESTIONS if public[found[1]["variable"]].get("own")] == []


def test_each_survey_has_a_template_that_uses_it() -> None:
    """And each template and workflow refers to an existing one."""
    templates, workflows = (
        yaml.safe_load((AWX / f"{name}.yml").read_text()) for name in ("job_templates", "workflows")
    )
    assert {each["survey"] for each in [*templates, *workflows]} == set(SURVEYS)


def test_each_question_that_has_to_be_answered_can_be() -> None:
    for survey, question in QUESTIONS:
        if "default" in question:
            given = question["default"].splitlines() if question["type"] == "multiselect" else question["default"]
            assert rules.answer(question, given) == "", (survey, question)
        elif question["type"] not in ("multiselect", "password") and question["variable"] not in BLANK[survey]:
            assert question["required"], f"AWX's pages send an empty text where nothing was typed: {survey}, {question}"


def test_only_a_text_may_be_blank() -> None:
    """AWX refuses an empty text as a number or a choice."""
    kinds = {(name, each["type"], each["required"]) for name, each in QUESTIONS if each["variable"] in BLANK[name]}
    assert kinds == {("offboard", "text", False), ("rotate", "text", False)}


def test_what_stops_keys_or_takes_off_is_answered_by_a_person() -> None:
    """A default would count as an answer that nobody gave."""
    meant = {"offboard_hosts", "rotate_max_age", "rotate_keep_old_for"}
    asked = {(name, each["variable"]): each.get("default") for name, each in QUESTIONS}
    found = {question: default for question, default in asked.items() if question[1] in meant}
    for name in ("offboard", "workflow_offboard", "rotate", "hand_in"):
        found |= {(name, variable): asked[name, variable] for variable in ("target", "vendor")}
    assert len(found) == 11
    assert set(found.values()) == {None}
    assert asked["rotate", "rotate_now"] == "false"


def test_a_secret_is_a_password_and_has_no_default() -> None:
    secret = {name for name, about in _variables.declared().items() if about.get("secret")}
    asked = [each for _survey, each in QUESTIONS if each["type"] == "password"]
    assert {each["variable"] for each in asked} == {"onboard_private_key"}
    assert [each for _survey, each in QUESTIONS if each["variable"] in secret and each not in asked] == []
    assert [each for each in asked if "default" in each] == []


def test_the_vendors_to_choose_from_are_all_there_are() -> None:
    asked = [each for _survey, each in QUESTIONS if each["variable"] in ("vendor", "fleet_only", "audit_vendors")]
    data = [path for path in (ROOT / "roles").glob("*/vars/main.yml") if "_matrix:" in path.read_text()]
    assert len(data) >= 40 and len(asked) >= len(SURVEYS) - 1
    assert all(each["choices"] == sorted(path.parts[-3] for path in data) for each in asked)


def test_a_vendor_that_comes_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but its data is needed for that."""
    path = tmp_path / "acme_backup" / "vars" / "main.yml"
    path.parent.mkdir(parents=True)
    path.write_text("---\nacme_backup_matrix:\n  permissions: []\n")
    (tmp_path / "onboard" / "vars").mkdir(parents=True)
    (tmp_path / "onboard" / "vars" / "main.yml").write_text("---\nonboard__steps: []\n")
    monkeypatch.setattr(_vendors, "ROLES", tmp_path)
    _vendors._roles.cache_clear()
    try:
        made = _surveys.question({"variable": "vendor", "type": "multiselect", "vendors": True, "required": True})
    finally:
        _vendors._roles.cache_clear()
    assert made["choices"] == ["acme_backup"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"type": "str", "default": "a"}, {"type": "text", "default": "a", "min": 0, "max": 1024}),
        ({"type": "path", "default": "a"}, {"type": "text", "default": "a", "min": 0, "max": 1024}),
        ({"type": "bool", "default": False},
         {"type": "multiplechoice", "choices": ["true", "false"], "default": "false"}),
        ({"type": "int", "default": 3}, {"type": "integer", "default": 3}),
        ({"type": "float", "default": 0.5}, {"type": "float", "default": 0.5}),
        ({"type": "str", "no_log": True, "default": "x"}, {"type": "password", "min": 0, "max": 1024}),
        ({"choices": ["a", "b"], "default": "b"}, {"type": "multiplechoice", "choices": ["a", "b"], "default": "b"}),
        ({"type": "list", "elements": "str", "default": ["a", "b"]},
         {"type": "textarea", "default": "a\nb", "min": 0, "max": 4096}),
        ({"type": "list", "elements": "str", "choices": ["a", "b"]}, {"type": "multiselect", "choices": ["a", "b"]}),
    ],
)  # fmt: skip
def test_a_question_follows_from_the_spec(spec: dict[str, Any], expected: dict[str, Any], known: Any) -> None:
    known(some_thing=described(**spec))
    assert _surveys.question({"variable": "some_thing"}) == {
        "question_name": "Thing",
        "question_description": "What a is. See some_other and a.b.c.",
        "variable": "some_thing",
        "required": False,
        **expected,
    }


def test_what_a_question_says_itself_wins(known: Any) -> None:
    known(some_thing=described(choices=["a", "b", "c"], default="b"))
    given = {"variable": "some_thing", "question": "Which", "description": "Mine.", "without": ["b"], "default": "c"}
    made = _surveys.question({**given, "required": True})
    assert (made["question_name"], made["question_description"], made["required"]) == ("Which", "Mine.", True)
    assert (made["choices"], made["default"]) == (["a", "c"], "c")


def test_what_no_survey_can_ask_is_refused(known: Any) -> None:
    known(some_map=described(type="dict"), some_text=described(type="str"))
    for variable, said in (
        ("some_map", "some_map is a dict, which no question of a survey can ask for"),
        ("some_text", "some_text is optional and has no default"),
        ("some_other", "there is no variable some_other"),
    ):
        with pytest.raises(_surveys.SurveyError, match=said):
            _surveys.question({"variable": variable})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("other", "some: {name: S, description: D, questions: []}\n", "has no survey other. It has some."),
        ("some", "some: {name: S, description: D, questions: [{variable: targte}]}\n", "there is no variable targte"),
        ("some", None, "surveys.yml"),
    ],
    ids=["no such survey", "no such variable", "no file"],
)
def test_a_survey_that_cannot_be_made_is_said(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    """Of a user's own folder (awx_setup_folder), through the lookup as the role calls it."""
    if text:
        (tmp_path / "surveys.yml").write_text(text)
    with pytest.raises(Exception, match="The survey can't be made: ") as caught:
        lookup_loader.get("msp.connectwise.awx_survey").run([name], {}, folder=str(tmp_path))
    assert said in str(caught.value)
