# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions as in AWX's ``access.py``: of a system administrator, or the administrator of one organization."""

from __future__ import annotations

from .rules import Refused
from .store import Object, Store

_SYSTEM = ("organizations", "credential_types")
# whose objects say themselves which organization they belong to
_OWNED = (
    "projects", "inventories", "job_templates", "workflow_job_templates", "credentials", "execution_environments",
    "notification_templates", "teams", "labels",
)  # fmt: skip


def forbidden() -> Refused:
    return Refused({"detail": "You do not have permission to perform this action."}, 403)


def check(store: Store, organization: int | None, path: str, each: Object) -> None:
    """Raises Refused if the administrator of an organization may not create or change this."""
    if organization is None:
        return
    if path == "organizations" and each.get("id") == organization:
        return
    if path in _SYSTEM or owner(store, path, each) != organization:
        raise forbidden()


def may_see(store: Store, organization: int | None, path: str, each: Object) -> bool:
    """Everybody sees credential types and global execution environments; nobody a credential without an owner."""
    if organization is None or path not in _OWNED:
        return path != "organizations" or organization in (None, each["id"])
    found = owner(store, path, each)
    return found == organization or (found is None and path == "execution_environments")


def owner(store: Store, path: str, each: Object) -> int | None:
    """The organization that an object belongs to, directly or through its parent."""
    if path == "job_templates" and not each.get("organization"):
        each = store.objects["projects"].get(each.get("project") or 0, {})
    above = {
        "inventory_sources": ("inventories", "inventory"),
        "workflow_job_template_nodes": ("workflow_job_templates", "workflow_job_template"),
        "schedules": ("unified_job_templates", "unified_job_template"),
        "hosts": ("inventories", "inventory"),
    }.get(path)
    if above is None:
        found: int | None = each.get("organization")
        return found
    parent = store.get(above[0], each.get(above[1])) or {}
    if above[0] != "unified_job_templates":
        return owner(store, above[0], parent)
    return owner(store, store.path_of(parent["id"]), parent) if parent else None
