# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches: which prompts and answers reach a job. No job runs; the caller runs it and reports how it ended.

The rules are those of AWX 24 (``_accept_or_ignore_job_kwargs``, ``WorkflowJobNode.get_job_kwargs``): a prompt that a
template doesn't ask for is ignored without an error; those of a workflow win over a node's, and reach a node only where
its template asks for them; answers and artifacts reach every node.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import rules
from .rules import Refused
from .store import Object, Store

NODES = "workflow_job_template_nodes"
OF_WORKFLOW = ("inventory", "limit", "scm_branch", "job_tags", "skip_tags")
OF_JOB = (
    *OF_WORKFLOW, "job_type", "diff_mode", "verbosity", "execution_environment", "forks", "job_slice_count", "timeout",
)  # fmt: skip
_ALL = ("success_nodes", "failure_nodes", "always_nodes")
_EDGES = {"successful": ("success_nodes", "always_nodes"), "failed": ("failure_nodes", "always_nodes")}


@dataclass
class Step:
    """A node of a launched workflow: a job, or an approval if there is no playbook."""

    identifier: str
    template: Object
    fields: Object = field(default_factory=dict)  # the template's, with what was prompted for
    extra_vars: Object = field(default_factory=dict)
    approval: bool = False


class WorkflowJob:
    """A running workflow."""

    def __init__(self, store: Store, template: Object, given: Object, answers: Object) -> None:
        self._store = store
        kept = {name: template[name] for name in OF_WORKFLOW if template[name] not in (None, "")}
        self.prompts = {**kept, **given}
        self.extra_vars = {**rules.variables(template["extra_vars"]), **answers}
        nodes = store.objects[NODES].values()
        self._nodes = {each["id"]: each for each in nodes if each["workflow_job_template"] == template["id"]}
        below = {child for number in self._nodes for child in self._children(number, _ALL)}
        self._waiting = [number for number in self._nodes if number not in below]
        self._artifacts: dict[int, Object] = {}

    def next(self) -> Step | None:
        """The current step; None if the workflow has ended."""
        return self._step(self._waiting[0]) if self._waiting else None

    def end(self, status: str, artifacts: Object | None = None) -> None:
        """End the current step: successful or failed (an approval: denied)."""
        number = self._waiting.pop(0)
        passed_on = {**self._artifacts.get(number, {}), **(artifacts or {})}
        for child in self._children(number, _EDGES[status]):
            self._artifacts[child] = {**self._artifacts.get(child, {}), **passed_on}
            if child not in self._waiting:
                self._waiting.append(child)

    def _children(self, number: int, edges: tuple[str, ...]) -> list[int]:
        return [child for edge in edges for child in self._store.members[(NODES, number, edge)]]

    def _step(self, number: int) -> Step:
        node = self._nodes[number]
        template = self._store.get("unified_job_templates", node["unified_job_template"])
        assert template
        path = self._store.path_of(template["id"])
        if path == "workflow_approval_templates":
            return Step(node["identifier"], template, approval=True)
        own = {name: node[name] for name in OF_JOB if node[name] not in (None, "")}
        accepted, _ignored = accepted_of(template, {**own, **self.prompts})
        answers, _left = answers_of(self._store, path, template, node["extra_data"])
        variables = {
            **rules.variables(template["extra_vars"]),
            **defaults_of(self._store, path, template),
            **answers,
            **self._artifacts.get(number, {}),
            **self.extra_vars,
        }
        return Step(node["identifier"], template, {**template, **accepted}, variables)


CORE_TOO_OLD = "ERROR! 'break_when' is not a valid attribute for a LoopControl"
NO_COLLECTION = "ERROR! the role or playbook 'msp.connectwise' was not found: Could not find or access"


def check_slices(store: Store, template: Object, prompts: Object) -> None:
    """Raises Refused for slices of an inventory that has no hosts (yet)."""
    asked = prompts.get("job_slice_count", 1)
    hosts = store.objects["inventories"].get(template["inventory"], {}).get("total_hosts", 0)
    if asked > 1 and template["ask_job_slice_count_on_launch"] and min(asked, hosts) <= 1:
        raise Refused({"job_slice_count": ["Job inventory does not have enough hosts for slicing"]})


def job(store: Store, template: Object, prompts: Object) -> tuple[str, str]:
    """(status, last line) of a job of the skeleton's playbooks, by its execution environment and its collections."""
    check_slices(store, template, prompts)
    environments = store.objects["execution_environments"]
    image = environments[template["execution_environment"] or min(environments)]["image"]
    if "/awx-ee" in image:
        return "failed", CORE_TOO_OLD
    if not store.members[("organizations", template["organization"], "galaxy_credentials")]:
        return "failed", NO_COLLECTION
    return "successful", ""


def accepted_of(template: Object, given: Object) -> tuple[Object, Object]:
    """(accepted, ignored) prompts; one with the template's own value is neither."""
    taken: Object = {}
    ignored: Object = {}
    for name, value in given.items():
        if value == template.get(name):
            continue
        (taken if template.get(rules.asked_as(name), False) else ignored)[name] = value
    return taken, ignored


def answers_of(store: Store, path: str, template: Object, given: Object) -> tuple[Object, Object]:
    """(accepted, ignored) extra variables. Raises Refused for an invalid answer."""
    questions = _questions(store, path, template)
    for name in set(given) & set(questions):
        fault = rules.answer(questions[name], given[name])
        if fault:
            raise Refused({"variables_needed_to_start": [fault]})
    taken = {name: value for name, value in given.items() if name in questions or template["ask_variables_on_launch"]}
    return taken, {name: value for name, value in given.items() if name not in taken}


def defaults_of(store: Store, path: str, template: Object) -> Object:
    """The defaults of a survey's open questions; an invalid default, such as a text for a list, is dropped."""
    questions = _questions(store, path, template)
    defaults = {name: each["default"] for name, each in questions.items() if "default" in each}
    return {name: value for name, value in defaults.items() if not rules.answer(questions[name], value)}


def workflow(store: Store, template: Object, body: Object) -> tuple[WorkflowJob, Object]:
    """The launched workflow, and the part of the launch that was ignored. Raises Refused."""
    path = "workflow_job_templates"
    given = {name: body[name] for name in body if name != "extra_vars" and body[name] not in (None, "")}
    taken, ignored = accepted_of(template, given)
    answers, left = answers_of(store, path, template, body.get("extra_vars") or {})
    known = {**defaults_of(store, path, template), **answers}
    questions = _questions(store, path, template)
    lacking = [name for name, each in questions.items() if each["required"] and name not in known]
    if lacking:
        raise Refused({"variables_needed_to_start": [f"'{name}' value missing" for name in lacking]})
    if left:
        ignored["extra_vars"] = left
    return WorkflowJob(store, template, taken, known), ignored


def _questions(store: Store, path: str, template: Object) -> dict[str, Object]:
    survey = store.surveys.get((path, template["id"]), {}) if template.get("survey_enabled") else {}
    return {each["variable"]: each for each in survey.get("spec", [])}
