# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of AWX: each collection of the API with its fields, as AWX's serializers define them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COMMON = ("id", "type", "url", "related", "summary_fields", "created", "modified")


@dataclass(frozen=True)
class Field:
    """One field: its allowed values, and when it may be written."""

    kind: str = "text"  # text, choice, bool, int, json, variables, reference
    default: Any = ""
    required: bool = False
    nullable: bool = False
    choices: tuple[str, ...] = ()
    to: str = ""
    read_only: bool = False
    fixed: bool = False  # read-only once the object is there


@dataclass(frozen=True)
class Resource:
    """One collection of the API."""

    path: str
    type: str
    fields: dict[str, Field]
    unique: tuple[str, ...] = ("name",)
    sublists: dict[str, str] = field(default_factory=dict)  # relationship: the collection of its members


def _reference(to: str, **options: Any) -> Field:
    return Field("reference", default=None, nullable=True, to=to, **options)


def _flag(default: bool = False) -> Field:
    return Field("bool", default=default)


def _number(default: int | None = 0, **options: Any) -> Field:
    return Field("int", default=default, **options)


def _asks(*names: str) -> dict[str, Field]:
    return {f"ask_{name}_on_launch": _flag() for name in names}


NAMED = {"name": Field(required=True), "description": Field()}
JOB_TYPES = ("run", "check")
VERBOSITY = ("0", "1", "2", "3", "4", "5")
NOTIFICATIONS = {f"notification_templates_{when}": "notification_templates" for when in ("started", "success", "error")}
PROMPTS = {
    "extra_data": Field("json", default={}),
    "inventory": _reference("inventories"),
    "scm_branch": Field(default=None, nullable=True),
    "job_type": Field("choice", default=None, nullable=True, choices=JOB_TYPES),
    "job_tags": Field(default=None, nullable=True),
    "skip_tags": Field(default=None, nullable=True),
    "limit": Field(default=None, nullable=True),
    "diff_mode": Field("bool", default=None, nullable=True),
    "verbosity": Field("choice", default=None, nullable=True, choices=VERBOSITY),
    "execution_environment": _reference("execution_environments"),
    "forks": _number(None, nullable=True),
    "job_slice_count": _number(None, nullable=True),
    "timeout": _number(None, nullable=True),
}
PROMPT_LISTS = {"credentials": "credentials", "labels": "labels", "instance_groups": "instance_groups"}

_ALL = (
    Resource("users", "user", {"username": Field(required=True)}, unique=("username",)),
    Resource("teams", "team", {**NAMED, "organization": _reference("organizations", required=True)}),
    Resource("instance_groups", "instance_group", {"name": Field(required=True)}),
    Resource(
        "notification_templates",
        "notification_template",
        {
            **NAMED,
            "organization": _reference("organizations", required=True),
            "notification_type": Field("choice", required=True, choices=("email", "webhook", "slack")),
            "notification_configuration": Field("json", default={}),
            "messages": Field("json", default=None, nullable=True),
        },
        unique=("name", "organization"),
    ),
    Resource(
        "organizations",
        "organization",
        {
            **NAMED,
            "max_hosts": _number(),
            "default_environment": _reference("execution_environments"),
            "custom_virtualenv": Field(default=None, read_only=True),
        },
        sublists={**NOTIFICATIONS, "galaxy_credentials": "credentials", "instance_groups": "instance_groups"},
    ),
    Resource(
        "credential_types",
        "credential_type",
        {
            **NAMED,
            "kind": Field("choice", required=True, choices=("cloud", "net")),
            "namespace": Field(default=None, read_only=True),
            "managed": Field("bool", default=False, read_only=True),
            "inputs": Field("json", default={}),
            "injectors": Field("json", default={}),
        },
        unique=("name", "kind"),
    ),
    Resource(
        "credentials",
        "credential",
        {
            **NAMED,
            "organization": _reference("organizations"),
            "credential_type": Field("reference", required=True, to="credential_types"),
            "managed": Field("bool", default=False, read_only=True),
            "inputs": Field("json", default={}),
            "kind": Field(default=None, read_only=True),
            "cloud": Field("bool", default=False, read_only=True),
            "kubernetes": Field("bool", default=False, read_only=True),
            "user": _reference("users"),
            "team": _reference("teams"),
        },
        unique=("organization", "name", "credential_type"),
    ),
    Resource(
        "execution_environments",
        "execution_environment",
        {
            **NAMED,
            "organization": _reference("organizations"),
            "image": Field(required=True),
            "managed": Field("bool", default=False, read_only=True),
            "credential": _reference("credentials"),
            "pull": Field("choice", choices=("", "always", "missing", "never")),
        },
    ),
    Resource(
        "projects",
        "project",
        {
            **NAMED,
            "organization": _reference("organizations"),
            "local_path": Field(),
            "scm_type": Field("choice", choices=("", "git", "svn", "insights", "archive")),
            "scm_url": Field(),
            "scm_branch": Field(),
            "scm_refspec": Field(),
            "scm_clean": _flag(),
            "scm_track_submodules": _flag(),
            "scm_delete_on_update": _flag(),
            "scm_update_on_launch": _flag(),
            "scm_update_cache_timeout": _number(),
            "credential": _reference("credentials"),
            "timeout": _number(),
            "allow_override": _flag(),
            "default_environment": _reference("execution_environments"),
            "signature_validation_credential": _reference("credentials"),
            "custom_virtualenv": Field(default=None, read_only=True),
            "scm_revision": Field(read_only=True),
            "status": Field(default="never updated", read_only=True),
            "last_job_run": Field(default=None, read_only=True),
            "last_update_failed": Field("bool", default=False, read_only=True),
        },
        unique=("name", "organization"),
        sublists=dict(NOTIFICATIONS),
    ),
    Resource(
        "inventories",
        "inventory",
        {
            **NAMED,
            "organization": _reference("organizations", required=True),
            "kind": Field("choice", choices=("", "smart", "constructed")),
            "host_filter": Field(default=None, nullable=True),
            "variables": Field("variables"),
            "prevent_instance_group_fallback": _flag(),
            "total_hosts": _number(read_only=True),
            "has_inventory_sources": Field("bool", default=False, read_only=True),
        },
        unique=("name", "organization"),
        sublists={"instance_groups": "instance_groups", "input_inventories": "inventories"},
    ),
    Resource(
        "inventory_sources",
        "inventory_source",
        {
            **NAMED,
            "inventory": _reference("inventories", required=True, fixed=True),
            "source": Field("choice", required=True, choices=("scm", "constructed", "ec2", "controller")),
            "source_path": Field(),
            "source_vars": Field("variables"),
            "source_project": _reference("projects"),
            "scm_branch": Field(),
            "credential": _reference("credentials"),
            "enabled_var": Field(),
            "enabled_value": Field(),
            "host_filter": Field(),
            "limit": Field(),
            "overwrite": _flag(),
            "overwrite_vars": _flag(),
            "update_on_launch": _flag(),
            "update_cache_timeout": _number(),
            "timeout": _number(),
            "verbosity": _number(1),
            "execution_environment": _reference("execution_environments"),
            "custom_virtualenv": Field(default=None, read_only=True),
            "status": Field(default="never updated", read_only=True),
        },
        unique=("name", "inventory"),
        sublists=dict(NOTIFICATIONS),
    ),
    Resource(
        "hosts",
        "host",
        {
            **NAMED,
            "inventory": _reference("inventories", required=True, fixed=True),
            "enabled": _flag(True),
            "instance_id": Field(),
            "variables": Field("variables"),
        },
        unique=("name", "inventory"),
    ),
    Resource(
        "labels",
        "label",
        {"name": Field(required=True), "organization": _reference("organizations", required=True)},
        unique=("name", "organization"),
    ),
    Resource(
        "job_templates",
        "job_template",
        {
            **NAMED,
            "job_type": Field("choice", default="run", choices=JOB_TYPES),
            "inventory": _reference("inventories"),
            "project": _reference("projects"),
            "playbook": Field(),
            "scm_branch": Field(),
            "forks": _number(),
            "limit": Field(),
            "verbosity": Field("choice", default=0, choices=VERBOSITY),
            "extra_vars": Field("variables"),
            "job_tags": Field(),
            "force_handlers": _flag(),
            "skip_tags": Field(),
            "start_at_task": Field(),
            "timeout": _number(),
            "use_fact_cache": _flag(),
            "organization": _reference("organizations", read_only=True),
            "execution_environment": _reference("execution_environments"),
            "host_config_key": Field(),
            **_asks(
                "scm_branch", "diff_mode", "variables", "limit", "tags", "skip_tags", "job_type", "verbosity",
                "inventory", "credential", "execution_environment", "labels", "forks", "job_slice_count", "timeout",
                "instance_groups",
            ),
            "survey_enabled": _flag(),
            "become_enabled": _flag(),
            "diff_mode": _flag(),
            "allow_simultaneous": _flag(),
            "custom_virtualenv": Field(default=None, read_only=True),
            "job_slice_count": _number(1),
            "webhook_service": Field("choice", choices=("", "github", "gitlab", "bitbucket_dc")),
            "webhook_credential": _reference("credentials"),
            "prevent_instance_group_fallback": _flag(),
            "status": Field(default="never updated", read_only=True),
        },
        unique=("name", "organization"),
        sublists={**NOTIFICATIONS, **PROMPT_LISTS},
    ),
    Resource(
        "workflow_job_templates",
        "workflow_job_template",
        {
            **NAMED,
            "extra_vars": Field("variables"),
            "organization": _reference("organizations"),
            "survey_enabled": _flag(),
            "allow_simultaneous": _flag(),
            "inventory": _reference("inventories"),
            **{name: Field(default=None, nullable=True) for name in ("limit", "scm_branch", "job_tags", "skip_tags")},
            **_asks("variables", "inventory", "scm_branch", "limit", "labels", "skip_tags", "tags"),
            "webhook_service": Field("choice", choices=("", "github", "gitlab", "bitbucket_dc")),
            "webhook_credential": _reference("credentials"),
            "status": Field(default="never updated", read_only=True),
        },
        unique=("name", "organization"),
        sublists={**NOTIFICATIONS, "notification_templates_approvals": "notification_templates", "labels": "labels"},
    ),
    Resource(
        "workflow_job_template_nodes",
        "workflow_job_template_node",
        {
            **PROMPTS,
            "workflow_job_template": _reference("workflow_job_templates", required=True, fixed=True),
            "unified_job_template": _reference("unified_job_templates"),
            "all_parents_must_converge": _flag(),
            "identifier": Field(),
            **{name: Field("json", default=[], read_only=True)
               for name in ("success_nodes", "failure_nodes", "always_nodes")},
        },
        unique=("identifier", "workflow_job_template"),
        sublists={
            **PROMPT_LISTS,
            **dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes"),
        },
    ),
    Resource(
        "workflow_approval_templates",
        "workflow_approval_template",
        {**NAMED, "timeout": _number(), "status": Field(default="never updated", read_only=True),
         "execution_environment": _reference("execution_environments")},
        unique=(),
    ),
    Resource(
        "schedules",
        "schedule",
        {
            **NAMED,
            **PROMPTS,
            "rrule": Field(required=True),
            "unified_job_template": _reference("unified_job_templates", required=True),
            "enabled": _flag(True),
            **{
                name: Field(default=None, read_only=True)
                for name in ("dtstart", "dtend", "next_run", "timezone", "until")
            },
        },
        unique=("unified_job_template", "name"),
        sublists=dict(PROMPT_LISTS),
    ),
    Resource(
        "project_updates",
        "project_update",
        {"name": Field(), "status": Field(), "project": _reference("projects")},
        unique=(),
    ),
    Resource(
        "inventory_updates",
        "inventory_update",
        {"name": Field(), "status": Field(), "inventory_source": _reference("inventory_sources")},
        unique=(),
    ),
)  # fmt: skip
RESOURCES = {resource.path: resource for resource in _ALL}
TEMPLATES = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
