# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_instance_info: the instance, the member behind the key, its rights, and what REST offers. PRIVATE."""

from __future__ import annotations

from .._client import routes
from .._domain.settings import export_permissions
from .._resources import instances
from .._resources.records import text_of
from . import arguments
from .context import Context, Params, Result

SUBSETS = ("version", "rights", "writes")


def argument_spec() -> arguments.Spec:
    return {
        **arguments.connection_spec(),
        "gather": {"type": "list", "elements": "str", "choices": list(SUBSETS), "default": list(SUBSETS)},
    }


def run(params: Params, context: Context) -> Result:
    instance: Result = {
        "company": context.client.connection.company,
        "api": context.client.connection.site.root,
    }
    if "rights" in params["gather"]:
        instance.update(_rights(context))
    if "version" in params["gather"]:
        instance.update(_version(context))
    if "writes" in params["gather"]:
        instance["writes"] = instances.offered_writes(context.client)
    return {"changed": False, "instance": instance}


def _version(context: Context) -> Result:
    info = instances.read_info(context.client)
    return {
        "version": text_of(info, "version") or None,
        "region": text_of(info, "cloudRegion") or None,
        "cloud": info.get("isCloud") if isinstance(info.get("isCloud"), bool) else None,
        "time_zone": text_of(info, "serverTimeZone") or None,
    }


def _rights(context: Context) -> Result:
    security = context.identity.security()
    if security is None:
        context.warn(f"The rights of the key can't be read: {context.identity.why}")
        return {"member": None, "permissions": None, "missing_rights": None}
    return {
        "member": {"id": security.member_id, "identifier": security.identifier or None},
        "permissions": export_permissions(security.rows),
        "missing_rights": instances.missing_rights(security, routes.ONBOARDING_NEEDS),
    }
