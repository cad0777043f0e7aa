# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surveys are what the roles' argument specs say, and AWX takes them."""

from __future__ import annotations

import copy
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from playbooks.controller import ROOT

from .standin import rules

sys.path.insert(0, str(ROOT / "tools"))
import awx_surveys

SURVEYS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "awx" / "surveys").glob("*.yml"))}
ASKED = yaml.safe_load((ROOT / "tools" / "awx_surveys.yml").read_text())
BLANK = {
    name: {each["variable"] for each in given["questions"] if each.get("blank")} for name, given in ASKED.items()
}
QUESTIONS = [(name, each) for name, survey in SURVEYS.items() for each in survey["spec"]]


def each_question(found: tuple[str, dict[str, Any]]) -> str:
    return f"{found[0]}-{found[1]['variable']}"


def tree(folder: Path) -> Path:
    """A checkout with what the tool reads and writes."""
    for part in ("roles", "playbooks", "awx"):
        shutil.copytree(ROOT / part, folder / part)
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "awx_surveys.yml", folder / "tools")
    return folder


def test_all_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    status = awx_surveys.main(["--check"])
    assert (status, capsys.readouterr().out) == (0, "all up to date\n"), "run python tools/awx_surveys.py write"


@pytest.mark.parametrize("survey", SURVEYS.values(), ids=SURVEYS)
def test_awx_takes_each_survey(survey: dict[str, Any]) -> None:
    assert rules.survey(copy.deepcopy(survey)) == survey, "AWX would keep it otherwise, and each run would change it"


@pytest.mark.parametrize("found", QUESTIONS, ids=each_question)
def test_each_default_is_an_answer(found: tuple[str, dict[str, Any]]) -> None:
    _survey, question = found
    if "default" in question:
        given = question["default"].splitlines() if question["type"] == "multiselect" else question["default"]
        assert rules.answer(question, given) == ""
    elif question["type"] not in ("multiselect", "password") and question["variable"] not in BLANK[_survey]:
        assert question["required"], "AWX's pages send an empty text where nothing was typed"


def test_only_a_text_may_be_blank() -> None:
    """AWX refuses an empty text as a number or a choice."""
    kinds = {(name, each["type"], each["required"]) for name, each in QUESTIONS if each["variable"] in BLANK[name]}
    assert kinds == {("offboard", "text", False), ("rotate", "text", False)}


def test_what_stops_keys_or_takes_off_is_answered_by_a_person() -> None:
    """A default counts as an answer, and nobody gave it."""
    meant = {"offboard_hosts", "rotate_max_age", "rotate_keep_old_for"}
    asked = {(name, each["variable"]): each.get("default") for name, each in QUESTIONS}
    found = {question: default for question, default in asked.items() if question[1] in meant}
    for name in ("offboard", "workflow_offboard", "rotate", "hand_in"):
        found |= {(name, variable): asked[name, variable] for variable in ("target", "vendor")}
    assert len(found) == 11
    assert set(found.values()) == {None}
    assert asked["rotate", "rotate_now"] == "false"


def test_a_secret_is_a_password_and_has_no_default() -> None:
    secret = {"onboard_private_key"}
    assert {each["variable"] for _survey, each in QUESTIONS if each["type"] == "password"} == secret
    assert not [each for _survey, each in QUESTIONS if each["variable"] in secret and "default" in each]


def test_the_vendors_are_all_there_are() -> None:
    products = yaml.safe_load((ROOT / "playbooks" / "vars" / "vendors.yml").read_text())["onboard_products"]
    asked = [each for name, each in QUESTIONS if each["variable"] in ("vendor", "fleet_only", "audit_vendors")]
    assert len(asked) >= len(SURVEYS) - 1
    assert all(each["choices"] == list(products) for each in asked)


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
def test_a_question_follows_from_the_spec(spec: dict[str, Any], expected: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "roles" / "some" / "meta" / "argument_specs.yml"
    path.parent.mkdir(parents=True)
    described = {**spec, "description": ["What V(a) is.", "See O(a.b.c#role:main:some_other) and P(a.b.c#role)."]}
    path.write_text(json.dumps({"argument_specs": {"main": {"options": {"some_thing": described}}}}))
    made = awx_surveys.question({"variable": "some_thing", "role": "some"}, awx_surveys.Specs(tmp_path))
    assert made == {
        "question_name": "Thing",
        "question_description": "What a is. See main:some_other and a.b.c.",
        "variable": "some_thing",
        "required": False,
        **expected,
    }


def test_what_no_survey_can_ask_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "roles" / "some" / "meta" / "argument_specs.yml"
    path.parent.mkdir(parents=True)
    options = {"some_map": {"type": "dict"}, "some_text": {"type": "str"}}
    path.write_text(json.dumps({"argument_specs": {"main": {"options": options}}}))
    specs = awx_surveys.Specs(tmp_path)
    for variable, said in (
        ("some_map", "no question of a survey can ask for"),
        ("some_text", "optional and has no default"),
        ("some_other", "some has no variable some_other"),
    ):
        with pytest.raises(awx_surveys.Refusal, match=said):
            awx_surveys.question({"variable": variable, "role": "some"}, specs)
    with pytest.raises(awx_surveys.Refusal, match="no role other"):
        awx_surveys.question({"variable": "a", "role": "other"}, specs)


def test_a_change_of_a_spec_is_noticed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree(tmp_path)
    path = root / "roles" / "onboard" / "meta" / "argument_specs.yml"
    path.write_text(path.read_text().replace("Private half of that pair.", "The half that is secret."))
    assert awx_surveys.main(["--check", "--root", str(root)]) == 1
    assert capsys.readouterr().out == "out of date: awx/surveys/hand_in.yml\n"
    assert awx_surveys.main(["write", "--root", str(root)]) == 0
    assert "The half that is secret." in (root / "awx/surveys/hand_in.yml").read_text()
    assert awx_surveys.main(["--check", "--root", str(root)]) == 0


def test_a_playbook_that_comes_or_goes_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree(tmp_path)
    (root / "playbooks" / "new.yml").write_text("- name: New\n  hosts: all\n")
    (root / "playbooks" / "onboard_hudu.yml").unlink()
    own = root / "awx" / "project" / "patching.yml"
    own.write_text("- name: One's own, in the project that AWX runs\n  hosts: all\n")
    assert awx_surveys.main(["--check", "--root", str(root)]) == 1
    said = capsys.readouterr().out
    assert said == "out of date: awx/project/new.yml\nasked for by nothing: awx/project/onboard_hudu.yml\n"
    awx_surveys.main(["--root", str(root)])
    assert (root / "awx/project/new.yml").exists()
    assert not (root / "awx/project/onboard_hudu.yml").exists() and own.exists()
