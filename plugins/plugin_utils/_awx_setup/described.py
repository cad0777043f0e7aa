# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target state of AWX: the variables ``awx_setup_*`` and the folder ``awx``, checked first. PRIVATE."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .. import _surveys
from .._variables import NotAsked, Variables

OURS = Path(__file__).resolve().parents[3] / "awx"
NO_GALAXY = "none"
_BUILD = (
    "Build one and push it, in a checkout: ansible-galaxy collection build && ansible-builder build --tag"
    " registry.example.com/msp-connectwise-ee:1.0.0 && podman push registry.example.com/msp-connectwise-ee:1.0.0. Then"
    " run this again with -e awx_setup_image=registry.example.com/msp-connectwise-ee:1.0.0"
    " (docs/execution-environment.md has the details)."
)
WHY_OWN_IMAGE = "AWX's own image has an ansible-core that is too old for this collection, so every job would fail."
# required fields of each notification type, and AWX's defaults of the others: AWX requires all fields
_NEEDED = {"email": ("host", "sender", "recipients"), "webhook": ("url",), "slack": ("token", "channels")}
_NOTIFICATIONS: t.Mapping[str, t.Mapping[str, t.Any]] = {
    "email": {"port": 25, "username": "", "password": "", "use_tls": False, "use_ssl": False, "timeout": 30},
    "webhook": {
        "http_method": "POST", "headers": {}, "username": "", "password": "", "disable_ssl_verification": False
    },
    "slack": {},
}
NOTIFICATION_SECRETS = ("password", "token")
_OF_NOTIFICATION = {"name", "type", "configuration"}

Entry = t.Dict[str, t.Any]


@dataclass
class Described:
    """Everything that is wanted. Names that are empty aren't wanted."""

    login: Entry
    organization: str
    project: str
    project_url: str
    project_branch: str
    project_credential: str
    inventory: str
    inventory_path: str
    environment: str
    image: str
    galaxy: str
    credentials: list[Entry]  # name, type, inputs: created here
    attached: list[str]  # further, existing ones
    update_credentials: bool
    extra_vars: Entry
    notifications: list[Entry]  # name, type and configuration; only the name of an existing one
    approval_timeout: int
    credential_types: list[Entry]
    job_templates: list[Entry]
    workflows: list[Entry]
    schedules: list[Entry]
    folder: str
    surveys: dict[str, Entry] = field(default_factory=dict)  # those created so far

    @property
    def secrets(self) -> list[str]:
        """What no result may show."""
        values = [self.login.get("oauth_token"), self.login.get("password")]
        values += [each["inputs"].get(name) for each in self.credentials for name in ("private_key", "vault_password")]
        for each in self.notifications:
            values += [each.get("configuration", {}).get(name) for name in NOTIFICATION_SECRETS]
        return [value for value in values if isinstance(value, str) and value]

    def survey(self, entry: Entry) -> Entry:
        """The survey of a template or workflow, empty if it has none. Raises NotAsked."""
        name = entry.get("survey")
        if not name:
            return {}
        try:
            if name not in self.surveys:
                self.surveys[name] = _surveys.survey(name, self.folder)
        except (_surveys.SurveyError, OSError) as exc:
            raise NotAsked(f"The survey can't be created: {exc}.") from None
        return self.surveys[name]


def read(variables: Variables) -> Described:
    """The described state. Raises NotAsked for every contradiction that shows without a request to AWX."""

    def value(name: str) -> t.Any:
        return variables.value(f"awx_setup_{name}")

    folder = Path(value("folder") or OURS).expanduser()

    def listed(name: str) -> list[Entry]:
        # no survey sends these, so an empty list means none
        if variables.get(f"awx_setup_{name}") == []:
            return []
        given: list[Entry] | None = value(name)
        return t.cast("list[Entry]", _file(folder / f"{name}.yml")) if given is None else given

    login = {"host": value("host"), "oauth_token": value("token"), "username": value("username"),
             "password": value("password")}  # fmt: skip
    login = {name: each for name, each in login.items() if each}
    certs = value("validate_certs")
    organization, image = value("organization"), value("image")
    described = Described(
        login={**login, **({} if certs is None else {"verify_ssl": certs})},
        organization=organization,
        project=value("project"),
        project_url=value("project_url"),
        project_branch=value("project_branch"),
        project_credential=value("project_credential"),
        inventory=value("inventory"),
        # null and blank mean the default everywhere, so "none" stands for nothing
        inventory_path="" if value("inventory_path") == "none" else value("inventory_path"),
        environment=value("execution_environment") or (f"ConnectWise ({organization})" if image else ""),
        image=image,
        galaxy=value("galaxy_credential"),
        credentials=_credentials(value),
        attached=[str(each) for each in value("credentials")],
        update_credentials=value("update_credentials"),
        extra_vars=value("extra_vars"),
        notifications=[_notification(each) for each in value("notifications")],
        approval_timeout=value("approval_timeout"),
        credential_types=[_file(path) for path in sorted((folder / "credential_types").glob("*.yml"))],
        job_templates=listed("job_templates"),
        workflows=listed("workflows"),
        schedules=listed("schedules"),
        folder=str(folder),
    )
    if described.approval_timeout < 0:
        raise NotAsked("awx_setup_approval_timeout must be a number of seconds, 0 or more.")
    if not described.environment:
        raise NotAsked(f"No execution environment was named. {WHY_OWN_IMAGE} {_BUILD}")
    if described.image:
        refuse_own_image(described.image)
    _refuse_ignored(described)
    for entry in (*described.job_templates, *described.workflows):
        described.survey(entry)
    return described


def refuse_own_image(image: str) -> None:
    """Raises NotAsked for an image that AWX brings."""
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    if name == "awx-ee":
        raise NotAsked(f"{image} is AWX's own image. {WHY_OWN_IMAGE} {_BUILD}")


def _file(path: Path) -> t.Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as exc:
        raise NotAsked(f"{path} can't be read: {exc}.") from None


def _credentials(value: t.Callable[[str], t.Any]) -> list[Entry]:
    found = []
    if value("instance"):
        kind = "ConnectWise PSA instance"
        found.append({"name": value("instance_credential"), "type": kind, "inputs": dict(value("instance"))})
    if value("vault_password"):
        inputs = {"vault_password": value("vault_password"), "vault_id": value("vault_id")}
        inputs = {name: each for name, each in inputs.items() if each}
        found.append({"name": value("vault_credential"), "type": "Vault", "inputs": inputs})
    return found


def _notification(given: t.Any) -> Entry:
    """A notification template with all that AWX wants of its type. Raises NotAsked."""
    entry = {"name": given} if isinstance(given, str) else given
    if not isinstance(entry, dict) or not entry.get("name") or set(entry) - _OF_NOTIFICATION:
        raise NotAsked("Each of awx_setup_notifications needs a name, and may have type and configuration.")
    if "type" not in entry:
        return {"name": str(entry["name"])}
    kind, given = entry["type"], entry.get("configuration") or {}
    if kind not in _NEEDED:
        raise NotAsked(f"Unknown notification type: {kind}. The types are: {', '.join(_NEEDED)}.")
    lacking = [name for name in _NEEDED[kind] if name not in given]
    unknown = [name for name in given if name not in _NEEDED[kind] and name not in _NOTIFICATIONS[kind]]
    if lacking or unknown:
        problems = [f"lacks {', '.join(lacking)}"] if lacking else []
        problems += [f"can't have {', '.join(unknown)}"] if unknown else []
        raise NotAsked(f"The configuration of the notification {entry['name']} ({kind}) {' and '.join(problems)}.")
    return {**entry, "configuration": {**_NOTIFICATIONS[kind], **given}}


def _refuse_ignored(described: Described) -> None:
    """Raises NotAsked if a workflow asks for a prompt that a node's template doesn't: AWX would ignore it."""
    asks = {each["name"]: each.get("ask") or [] for each in described.job_templates}
    ignored = [
        f"{workflow['name']} asks for {prompt}, but {node['template']} (node {node['identifier']}) doesn't"
        for workflow in described.workflows
        for node in workflow["nodes"]
        if node.get("template") in asks
        for prompt in workflow.get("ask") or []
        if prompt not in asks[node["template"]]
    ]
    if ignored:
        raise NotAsked(
            f"{'; '.join(ignored)}. AWX would ignore that without an error, and run the job without it. Remove it from"
            " ask of the workflow, or add it to ask of the job template."
        )
