# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX checks before it stores something, besides the type of each field."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError, sandbox

from .resources import PROMPTS
from .store import Object, Store

MASK = "$encrypted$"
BLOCKED = frozenset(
    (
        "VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "INVENTORY_SOURCE_ID",
        "INVENTORY_UPDATE_ID", "AD_HOC_COMMAND_ID", "REST_API_URL", "REST_API_TOKEN", "MAX_EVENT_RES",
        "CALLBACK_QUEUE", "CALLBACK_CONNECTION", "CACHE", "JOB_CALLBACK_DEBUG", "INVENTORY_HOSTVARS",
        "AWX_HOST", "PROJECT_REVISION", "SUPERVISOR_CONFIG_PATH",
    )
)  # fmt: skip
_INPUT = {"id", "label", "type", "help_text", "secret", "multiline", "choices", "default", "format", "ask_at_runtime"}
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PLAYBOOK = re.compile(r"\s*-?\s*(?:hosts|(?:ansible\.builtin\.)?(?:include|import_playbook)):")
_ANSWERS: dict[str, tuple[type, ...]] = {
    "text": (str,), "textarea": (str,), "password": (str,), "multiplechoice": (str,), "multiselect": (str,),
    "integer": (int,), "float": (float, int),
}  # fmt: skip
_ASKED_AS = {"job_tags": "tags", "extra_data": "variables", "extra_vars": "variables"}
_ATTACHABLE = ("ssh", "vault", "cloud", "net", "kubernetes")


class Refused(Exception):
    """An answer with an error status."""

    def __init__(self, body: Any, status: int = 400) -> None:
        super().__init__(str(body))
        self.body, self.status = body, status


def refuse(name: str, message: str) -> Refused:
    return Refused({name: [message]})


def variables(text: str) -> Object:
    """The variables in a text, as YAML or JSON."""
    try:
        found = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as exc:
        raise ValueError(f"Cannot parse as JSON or YAML: {exc}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError("Input type is not a dictionary")
    return found


def is_playbook(text: str) -> bool:
    """Whether AWX offers a file as a playbook."""
    return any(_PLAYBOOK.match(line) for line in text.splitlines()) or text.startswith("$ANSIBLE_VAULT;")


def secrets_of(kind: Object) -> set[str]:
    return {each["id"] for each in kind["inputs"].get("fields", []) if each.get("secret")}


def credential_type(store: Store, new: Object, old: Object | None) -> None:
    """Checks inputs and injectors of a credential type."""
    if old and old["managed"]:
        raise Refused({"detail": "Modifications not allowed for managed credential types"}, 403)
    if old and old["inputs"] != new["inputs"] and store.find("credentials", credential_type=old["id"]):
        detail = "Modifications to inputs are not allowed for credential types that are in use"
        raise Refused({"detail": detail}, 403)
    ids = _inputs(new["inputs"])
    _injectors(new["injectors"], ids)


def _inputs(inputs: Any) -> list[str]:
    if not isinstance(inputs, dict) or set(inputs) - {"fields", "required"}:
        raise refuse("inputs", "Schema validation failed: only fields and required may be there")
    ids: list[str] = []
    for each in inputs.get("fields", []):
        name = each.get("id", "")
        if set(each) - _INPUT or "label" not in each or not _VARIABLE.fullmatch(name):
            raise refuse("inputs", f"{name} is an invalid variable name, or has a wrong or missing key")
        if name == "tower" or name in ids:
            raise refuse("inputs", f"field IDs must be unique, and not tower ({name})")
        if each.setdefault("type", "string") not in ("string", "boolean"):
            raise refuse("inputs", f"'{each['type']}' is not one of ['string', 'boolean']")
        extra = {"choices", "multiline", "format", "secret"} & set(each)
        if each["type"] != "string" and extra:
            raise refuse("inputs", f"{extra} not allowed for {each['type']} type ({name})")
        if each.get("ask_at_runtime"):
            raise refuse("inputs", "'ask_at_runtime' is not supported for custom credentials.")
        ids.append(name)
    return ids


class _Unnamed:
    def __str__(self) -> str:
        raise TemplateError("Must define unnamed file injector in order to reference `tower.filename`.")


class _Tower:
    filename: Any = _Unnamed()


def _injectors(injectors: Any, ids: list[str]) -> None:
    if not isinstance(injectors, dict) or set(injectors) - {"file", "env", "extra_vars"}:
        raise refuse("injectors", "Schema validation failed: only file, env and extra_vars may be there")
    files = injectors.get("file", {})
    if any(not re.fullmatch(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?", name) for name in files):
        raise refuse("injectors", "Schema validation failed: files are called template, or template.name")
    if "template" in files and len(files) > 1:
        raise refuse("injectors", "Must use multi-file syntax when injecting multiple files")
    tower = _Tower()
    if "template" in files:
        tower.filename = "EXAMPLE_FILENAME"
    for name in files:
        if "." in name:
            setattr(tower.filename, name.partition(".")[2], "EXAMPLE_FILENAME")
    for name, text in injectors.get("env", {}).items():
        if name.startswith("ANSIBLE_") or name in BLOCKED:
            raise refuse("injectors", f"Environment variable {name} is not allowed to be used in credentials.")
        if not _VARIABLE.fullmatch(name) or not text.isascii():
            raise refuse("injectors", f"Schema validation failed: {name}")
    known = {**dict.fromkeys(ids, "EXAMPLE"), "tower": tower}
    environment = sandbox.ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for texts in injectors.values():
        for name, text in texts.items():
            try:
                environment.from_string(text).render(known)
            except TemplateError as exc:
                raise refuse("injectors", f"{name} uses an undefined field ({exc})") from None


def credential(store: Store, new: Object, old: Object | None) -> None:
    """Checks owner and inputs; a mask stands for the stored secret."""
    if old is None:
        owners = [name for name in ("user", "team", "organization") if new[name]]
        if not owners:
            raise Refused({"detail": ["Missing 'user', 'team', or 'organization'."]})
        if len(owners) > 1:
            detail = f"Only one of 'user', 'team', or 'organization' should be provided, received {owners} fields."
            raise Refused({"detail": [detail]})
    kind = store.objects["credential_types"][new["credential_type"]]
    fields = {each["id"]: each for each in kind["inputs"].get("fields", [])}
    if not isinstance(new["inputs"], dict):
        raise refuse("inputs", "must be an object")
    for name, value in new["inputs"].items():
        if name not in fields:
            raise refuse("inputs", f"Additional properties are not allowed ('{name}' was unexpected)")
        wanted = bool if fields[name].get("type") == "boolean" else str
        if not isinstance(value, wanted):
            raise Refused({"inputs": {name: [f"not of type {fields[name].get('type', 'string')}"]}})
        choices = fields[name].get("choices")
        if choices and value not in choices:
            raise Refused({"inputs": {name: [f"is not one of {choices}"]}})
    for name in secrets_of(kind) & set(new["inputs"]):
        if new["inputs"][name] != MASK:
            continue
        if old is None:
            raise refuse("inputs", f"{MASK} is a reserved keyword, and cannot be used for {name}.")
        new["inputs"][name] = old["inputs"].get(name, "")
    if old and kind["kind"] == "vault" and new["inputs"].get("vault_id") != old["inputs"].get("vault_id"):
        raise refuse("inputs", "Vault IDs cannot be changed once they have been created.")
    new["kind"], new["cloud"] = kind["namespace"], kind["kind"] == "cloud"


def project(_store: Store, new: Object, _old: Object | None) -> None:
    flags = ("scm_update_on_launch", "scm_delete_on_update", "scm_track_submodules", "scm_clean")
    wrong = [name for name in flags if new[name]]
    if not new["scm_type"] and wrong:
        raise refuse(wrong[0], "Update options must be set to false for manual projects.")
    if new["scm_type"] and not new["scm_url"]:
        raise refuse("scm_url", "SCM URL is required.")


def hosts_of(path: Path) -> list[str] | None:
    """The hosts of the YAML inventories in a folder or file; None if there is none."""
    files = sorted(path.glob("*.yml")) if path.is_dir() else [path] if path.is_file() else []
    if not files:
        return None
    found: list[str] = []

    def walk(group: Any) -> None:
        found.extend((group or {}).get("hosts") or {})
        for child in ((group or {}).get("children") or {}).values():
            walk(child)

    for file in files:
        for group in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).values():
            walk(group)
    return found


def execution_environment(_store: Store, new: Object, old: Object | None) -> None:
    if old and new["organization"] and new["organization"] != old["organization"]:
        raise refuse("organization", "Cannot change the organization of an execution environment")


_CONFIGURATIONS: dict[str, dict[str, type]] = {
    "email": {"host": str, "port": int, "username": str, "password": str, "use_tls": bool, "use_ssl": bool,
              "sender": str, "recipients": list},
    "webhook": {"url": str, "headers": dict},
    "slack": {"token": str, "channels": list},
}  # fmt: skip
_DEFAULTS: dict[str, Object] = {
    "email": {"timeout": 30},
    "webhook": {"http_method": "POST", "disable_ssl_verification": False, "username": "", "password": ""},
    "slack": {},
}


def notification_template(_store: Store, new: Object, old: Object | None) -> None:
    """All fields of the type are required, and a list isn't empty; a mask stands for the stored secret."""
    given, wanted = new["notification_configuration"], _CONFIGURATIONS[new["notification_type"]]
    for name, value in _DEFAULTS[new["notification_type"]].items():
        given.setdefault(name, value)
    missing = [name for name in wanted if name not in given]
    wrong = [name for name in wanted if name in given and type(given[name]) is not wanted[name]]
    said = [f"Missing required fields for Notification Configuration: {missing}."] if missing else []
    said += [f"Configuration field '{name}' incorrect type, expected {wanted[name].__name__}." for name in wrong]
    said += [f"No values specified for field '{name}'" for name in wanted if given.get(name) == []]
    if said:
        raise Refused({"__all__": said})
    for name in ("password", "token"):
        if old and given.get(name) == MASK:
            given[name] = old["notification_configuration"][name]


def inventory_source(store: Store, new: Object, _old: Object | None) -> None:
    if new["source"] == "scm" and not new["source_project"]:
        raise refuse("source_project", "Project required for scm type sources.")
    if store.objects["inventories"][new["inventory"]]["kind"]:
        raise refuse("detail", "Cannot create Inventory Source for Smart or Constructed Inventories")


def job_template(store: Store, new: Object, _old: Object | None) -> None:
    owner = store.get("projects", new["project"])
    if owner is None:
        raise refuse("project", "This field is required.")
    if not new["playbook"]:
        raise refuse("playbook", "Must select playbook for project.")
    if not owner["allow_override"] and new["playbook"] not in store.playbooks.get(owner["id"], []):
        raise refuse("playbook", "Playbook not found for project.")
    if (new["scm_branch"] or new["ask_scm_branch_on_launch"]) and not owner["allow_override"]:
        raise refuse("scm_branch", "Project does not allow overriding branch.")
    if not new["inventory"] and not new["ask_inventory_on_launch"]:
        raise refuse("inventory", "You must either set a default value or ask to prompt on launch.")
    new["organization"] = owner["organization"]


def launch(store: Store, new: Object, given: set[str], required: bool) -> None:
    """A node or a schedule may only set what the template asks for."""
    template = store.get("unified_job_templates", new["unified_job_template"])
    if template is None:
        return
    path = store.path_of(template["id"])
    for name in (set(PROMPTS) & given) - {"extra_data"}:
        if new[name] not in (None, "") and not template.get(asked_as(name), False):
            raise refuse(name, "Field is not configured to prompt on launch.")
    survey = store.surveys.get((path, template["id"]), {}) if template.get("survey_enabled") else {}
    questions = {each["variable"]: each for each in survey.get("spec", [])}
    if given & set(PROMPTS):
        missing = [name for name, each in questions.items() if each["required"] and name not in new["extra_data"]]
        if missing and required:
            raise Refused({"variables_needed_to_start": [f"'{name}' value missing" for name in missing]})
    if not template.get("ask_variables_on_launch"):
        unasked = set(new["extra_data"]) - set(questions) - _always(template)
        if unasked:
            raise refuse("extra_data", f"Variables {', '.join(sorted(unasked))} are not allowed on launch.")
    for name in set(new["extra_data"]) & set(questions):
        fault = answer(questions[name], new["extra_data"][name])
        if fault:
            raise Refused({"variables_needed_to_start": [fault]})


def asked_as(name: str) -> str:
    """The template's field that turns a prompt on."""
    return f"ask_{_ASKED_AS.get(name, name)}_on_launch"


def _always(template: Object) -> set[str]:
    """Variables that the template sets itself: the same value is accepted again."""
    return set(variables(template.get("extra_vars", "")))


def answer(question: Object, given: Any) -> str:
    """What is wrong with an answer."""
    name, kind = question["variable"], question["type"]
    choices = question.get("choices", [])
    choices = choices.splitlines() if isinstance(choices, str) else choices
    if kind == "multiselect":
        wrong = not isinstance(given, list) or [each for each in given if each not in choices]
        return f"Value {given} for '{name}' expected to be one of {choices}." if wrong else ""
    if kind == "multiplechoice":
        return "" if given in choices else f"Value {given} for '{name}' expected to be one of {choices}."
    if not isinstance(given, _ANSWERS[kind]):
        return f"Value {given} for '{name}' expected to be a {kind}."
    size = len(given) if isinstance(given, str) else given
    low, high = question.get("min"), question.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        return f"'{name}' value is not between {low} and {high}."
    return ""


def survey(new: Any) -> Object:
    """A survey as AWX stores it."""
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(new.get(name), kind):
            raise Refused({"error": f"Field '{name}' is missing from survey spec, or is no {kind.__name__}."})
    if not new["spec"]:
        raise Refused({"error": "'spec' doesn't contain any items."})
    seen: set[str] = set()
    for number, question in enumerate(new["spec"]):
        _question(number, question, seen)
    return dict(new)


def _question(number: int, question: Any, seen: set[str]) -> None:
    for name in ("type", "question_name", "variable", "required"):
        if not isinstance(question.get(name), bool if name == "required" else str):
            raise Refused({"error": f"'{name}' missing from survey question {number}, or of a wrong type."})
    known = {"question_description", "default", "min", "max", "choices", "new_question", "formattedChoices"}
    extra = set(question) - known - {"type", "question_name", "variable", "required"}
    if extra:
        raise Refused({"error": f"Survey question {number} has fields that the pages don't know: {sorted(extra)}"})
    variable, kind = question["variable"], question["type"]
    if variable in seen:
        raise Refused({"error": f"'variable' '{variable}' duplicated in survey question {number}."})
    seen.add(variable)
    if kind not in _ANSWERS:
        raise Refused({"error": f"'{kind}' in survey question {number} is not one of {', '.join(_ANSWERS)}."})
    default = question.get("default", "")
    if default != "" and (not isinstance(default, _ANSWERS[kind]) or isinstance(default, bool)):
        raise Refused({"error": f"Default value {default} in survey question {number} expected to be {kind}."})
    for name in ("min", "max"):
        if not isinstance(question.get(name), (int, type(None))):
            raise Refused({"error": f"The {name} limit in survey question {number} expected to be integer."})
    if kind == "password" and str(default).startswith(MASK):
        raise Refused({"error": f"{MASK} is a reserved keyword, may not be used for new default in position {number}."})
    if kind in ("multiselect", "multiplechoice"):
        _choices(number, question)


def _choices(number: int, question: Object) -> None:
    choices = question.get("choices")
    if not choices:
        raise Refused({"error": f"Survey question {number} of type {question['type']} must specify choices."})
    if isinstance(choices, str):
        question["choices"] = "\n".join(line for line in choices.splitlines() if line.strip())
    if "default" not in question:
        return
    question["default"] = "\n".join(line for line in question["default"].splitlines() if line.strip())
    chosen = question["default"].splitlines()
    if question["type"] == "multiplechoice" and len(chosen) > 1:
        raise Refused({"error": "Multiple Choice (Single Select) can only have one default value."})
    if any(each not in question["choices"] for each in chosen):
        raise Refused({"error": "Default choice must be answered from the choices listed."})


def rrule(value: str) -> None:
    """A schedule's rule."""
    starts = re.findall(r"DTSTART(?:;[^:]+)?:\d{8}T\d{6}Z?", value)
    rules = re.findall(r"RULE:(\S*)", value)
    faults = []
    if len(starts) != 1:
        faults.append("Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    if re.search(r"DTSTART:\d+T\d+ ", value):
        faults.append("DTSTART cannot be a naive datetime.  Specify ;TZINFO= or YYYYMMDDTHHMMSSZZ.")
    if not rules:
        faults.append("One or more rule required in rrule.")
    for rule in rules:
        parts = dict(part.partition("=")[::2] for part in rule.split(";"))
        if "INTERVAL" not in parts:
            faults.append(f"INTERVAL required in rrule: {rule}")
        if parts.get("FREQ") not in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"):
            faults.append(f"rrule parsing failed validation: {rule}")
        if re.search(r"\d", parts.get("BYDAY", "")):
            faults.append(f"BYDAY with numeric prefix not supported: {rule}")
        if "COUNT" in parts and "UNTIL" in parts:
            faults.append(f"RRULE may not contain both COUNT and UNTIL: {rule}")
    if faults:
        raise Refused({"rrule": faults})


def attach(store: Store, path: str, number: int, relation: str, other: int) -> None:
    """Whether one object may be attached to another."""
    if relation == "galaxy_credentials":
        kind = store.objects["credential_types"][store.objects["credentials"][other]["credential_type"]]
        if kind["namespace"] != "galaxy_api_token":
            raise Refused({"msg": f"Credential must be a Galaxy credential, not {kind['name']}."})
    if relation == "credentials":
        _credential_of_job(store, path, number, other)
    if path == "workflow_job_template_nodes" and relation.endswith("_nodes"):
        relations = {"success_nodes", "failure_nodes", "always_nodes"} - {relation}
        if any(other in store.members[(path, number, each)] for each in relations):
            raise Refused({"Error": "Relationship not allowed."})
        if number == other or number in _below(store, other):
            raise Refused({"Error": "Cycle detected."})


def _below(store: Store, number: int) -> set[int]:
    path, found, left = "workflow_job_template_nodes", set(), [number]
    while left:
        each = left.pop()
        children = [
            child for name in ("success_nodes", "failure_nodes", "always_nodes")
            for child in store.members[(path, each, name)]
        ]  # fmt: skip
        left += [child for child in children if child not in found]
        found.update(children)
    return found


def _credential_of_job(store: Store, path: str, number: int, other: int) -> None:
    def mark(each: int) -> tuple[int, str]:
        found = store.objects["credentials"][each]
        return found["credential_type"], found["inputs"].get("vault_id", "")

    kind = store.objects["credential_types"][store.objects["credentials"][other]["credential_type"]]
    if kind["kind"] not in _ATTACHABLE:
        raise Refused({"error": f"Cannot assign a Credential of kind `{kind['kind']}`."})
    if mark(other) in [mark(each) for each in store.members[(path, number, "credentials")]]:
        raise Refused({"error": f"Cannot assign multiple {kind['name']} credentials."})


def text_of(value: Any) -> str:
    """A field of variables, which is stored as written."""
    text = value if isinstance(value, str) else json.dumps(value)
    variables(text)
    return text
