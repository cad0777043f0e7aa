# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator answers as AWX 24.6.1 does, with one test for each rule, so that it is never more lenient than AWX.

Each rule names where AWX has it, so that it can be compared with a later version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from .standin import AwxStandIn
from .standin.launches import CORE_TOO_OLD, NO_COLLECTION

NO_PERMISSION = {"detail": "You do not have permission to perform this action."}
SLACK = {"notification_type": "slack", "notification_configuration": {"token": "x", "channels": ["a"]}}


@dataclass(frozen=True)
class Rule:
    """One request, by whom, and the answer: status and body (or a part of it)."""

    id: str
    source: str  # in AWX 24.6.1
    method: str
    path: str
    body: dict[str, Any]
    status: int
    answer: Any
    who: str = "system"


RULES = (
    Rule(
        "rights/credential-type",
        "main/access.py CredentialTypeAccess",
        "POST",
        "credential_types/",
        {"name": "T", "kind": "cloud"},
        403,
        NO_PERMISSION,
        who="organization",
    ),
    Rule(
        "rights/organization",
        "main/access.py OrganizationAccess",
        "POST",
        "organizations/",
        {"name": "New"},
        403,
        NO_PERMISSION,
        who="organization",
    ),
    Rule(
        "rights/execution-environment-elsewhere",
        "main/access.py ExecutionEnvironmentAccess",
        "POST",
        "execution_environments/",
        {"name": "E", "image": "i", "organization": 2},
        403,
        NO_PERMISSION,
        who="organization",
    ),
    Rule(
        "rights/own-project",
        "main/access.py ProjectAccess",
        "POST",
        "projects/",
        {"name": "P", "organization": 1},
        201,
        {"name": "P"},
        who="organization",
    ),
    Rule(
        "rights/global-galaxy-credential",
        "main/access.py CredentialAccess.filtered_queryset",
        "GET",
        "credentials/?name=Ansible+Galaxy",
        {},
        200,
        {"count": 0},
        who="organization",
    ),
    Rule(
        "galaxy/kind",
        "api/views/organization.py OrganizationGalaxyCredentialsList",
        "POST",
        "organizations/1/galaxy_credentials/",
        {"id": "machine"},
        400,
        {"msg": "Credential must be a Galaxy credential, not Machine."},
    ),
    Rule(
        "galaxy/of-the-first-organization",
        "create_preload_data.py",
        "GET",
        "organizations/1/galaxy_credentials/",
        {},
        200,
        {"count": 1},
    ),
    Rule(
        "name/execution-environment-is-global",
        "main/models/base.py CommonModel",
        "POST",
        "execution_environments/",
        {"name": "Taken", "image": "i", "organization": 2},
        400,
        {"name": ["Execution environment with this Name already exists."]},
    ),
    Rule(
        "name/inventory-is-of-the-organization",
        "main/models/inventory.py unique_together",
        "POST",
        "inventories/",
        {"name": "Fleet", "organization": 2},
        201,
        {"name": "Fleet"},
    ),
    Rule(
        "environment/organization-stays",
        "api/serializers.py ExecutionEnvironmentSerializer",
        "PATCH",
        "execution_environments/taken/",
        {"organization": 2},
        400,
        {"organization": ["Cannot change the organization of an execution environment"]},
    ),
    Rule(
        "edge/one-relation",
        "api/views/__init__.py WorkflowJobTemplateNodeChildrenBaseList",
        "POST",
        "workflow_job_template_nodes/first/success_nodes/",
        {"id": "second"},
        400,
        {"Error": "Relationship not allowed."},
    ),
    Rule(
        "edge/circle",
        "api/views/__init__.py WorkflowJobTemplateNodeChildrenBaseList",
        "POST",
        "workflow_job_template_nodes/second/always_nodes/",
        {"id": "first"},
        400,
        {"Error": "Cycle detected."},
    ),
    Rule(
        "slices/hosts-are-needed",
        "main/models/jobs.py _accept_or_ignore_job_kwargs",
        "POST",
        "job_templates/job/launch/",
        {"job_slice_count": 4},
        400,
        {"job_slice_count": ["Job inventory does not have enough hosts for slicing"]},
    ),
    Rule(
        "notification/fields",
        "api/serializers.py NotificationTemplateSerializer",
        "POST",
        "notification_templates/",
        {"name": "N", "organization": 1, "notification_type": "webhook", "notification_configuration": {"url": "u"}},
        400,
        {"__all__": ["Missing required fields for Notification Configuration: ['headers']."]},
    ),
    Rule(
        "notification/secret-is-masked",
        "main/models/notifications.py display_notification_configuration",
        "POST",
        "notification_templates/",
        {"name": "N", "organization": 1, **SLACK},
        201,
        {"notification_configuration": {"token": "$encrypted$", "channels": ["a"]}},
    ),
    Rule(
        "notification/organization",
        "main/access.py NotificationTemplateAccess",
        "POST",
        "notification_templates/",
        {"name": "N", "organization": 2, **SLACK},
        403,
        NO_PERMISSION,
        who="organization",
    ),
    Rule(
        "prompt/not-asked",
        "main/models/jobs.py _accept_or_ignore_job_kwargs",
        "PATCH",
        "workflow_job_template_nodes/second/",
        {"limit": "acme"},
        400,
        {"limit": ["Field is not configured to prompt on launch."]},
    ),
    Rule("login/token", "api/generics.py", "GET", "organizations/", {}, 401, {}, who="nobody"),
)


@pytest.fixture
def furnished() -> Any:
    """An AWX with a second organization, and the objects that the rules name: {name: id}."""
    with AwxStandIn() as awx:
        second = awx.add("organizations", name="Second")
        # the paths of the rules have 2 for it
        awx.store.objects["organizations"][2] = awx.store.objects["organizations"].pop(second["id"])
        second["id"] = 2
        machine = awx.all("credential_types")["Machine"]["id"]
        names = {
            "machine": awx.add("credentials", name="M", organization=1, credential_type=machine)["id"],
            "taken": awx.add("execution_environments", name="Taken", image="i", organization=1)["id"],
        }
        inventory = awx.add("inventories", name="Fleet", organization=1)["id"]
        names["job"] = awx.add("job_templates", name="J", organization=1, inventory=inventory,
                               ask_job_slice_count_on_launch=True)["id"]  # fmt: skip
        workflow = awx.add("workflow_job_templates", name="W", organization=1)["id"]
        for name in ("first", "second"):
            names[name] = awx.add("workflow_job_template_nodes", identifier=name, workflow_job_template=workflow,
                                  unified_job_template=names["job"])["id"]  # fmt: skip
        awx.store.members[("workflow_job_template_nodes", names["first"], "always_nodes")].append(names["second"])
        yield awx, names


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_of_awx(rule: Rule, furnished: tuple[AwxStandIn, dict[str, int]]) -> None:
    awx, names = furnished
    token = {"system": awx.token, "organization": awx.administrator_of(1), "nobody": "wrong"}[rule.who]
    path = "/".join(str(names.get(part, part)) for part in rule.path.split("/"))
    body = {name: names.get(value, value) if isinstance(value, str) else value for name, value in rule.body.items()}
    status, answer = awx.request(rule.method, path, body if rule.method != "GET" else None, token)
    assert status == rule.status, answer
    assert {name: answer[name] for name in rule.answer} == rule.answer


def test_what_a_job_of_the_kit_ends_with(furnished: tuple[AwxStandIn, dict[str, int]]) -> None:
    """In AWX's own image, and without a Galaxy credential: what a real AWX 24.6.1 showed."""
    awx, names = furnished
    template = awx.store.objects["job_templates"][names["job"]]
    assert awx.run_job("J") == ("failed", CORE_TOO_OLD), "no execution environment is AWX's own"
    template["execution_environment"] = names["taken"]
    assert awx.run_job("J") == ("successful", "")
    awx.store.members[("organizations", 1, "galaxy_credentials")].clear()
    assert awx.run_job("J") == ("failed", NO_COLLECTION)
