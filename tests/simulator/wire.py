# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converts records to their JSON.  Field names follow the published API."""

from __future__ import annotations

import re
from typing import Any

from . import habits
from .catalogue import VERBS
from .state import ApiKey, Instance, Member, Role, Setting

Row = dict[str, Any]

# Reference fields of an API member and the table each points into (published API; that a structure
# level is one of the corporate structure levels is a guess).
REFERENCES: dict[str, tuple[str, str]] = {
    "timeZone": ("TimeZoneSetupReference", "timeZoneSetups"),
    "securityRole": ("SecurityRoleReference", "roles"),
    "structureLevel": ("StructureReference", "levels"),
    "securityLocation": ("SystemLocationReference", "locations"),
    "defaultLocation": ("SystemLocationReference", "locations"),
    "defaultDepartment": ("SystemDepartmentReference", "departments"),
    "salesDefaultLocation": ("SystemLocationReference", "locations"),
    "serviceDefaultBoard": ("BoardReference", "boards"),
}


# Members that may be null in the published API; any other that isn't set is left out of an answer. ``member`` is never
# null unless an instance is told to answer so.
NULLABLE = {
    *(f"{verb}Level" for verb in VERBS), "adminFlag", "inactiveFlag", "myAllFlag", "id",
    "customizeIdentifier", "member",
}  # fmt: skip


def present(value: Any) -> Any:
    """An answer without the fields that aren't set."""
    if isinstance(value, list):
        return [present(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: present(item) for name, item in value.items() if item is not None or name in NULLABLE}


def identifier(instance: Instance, text: str) -> str:
    """An identifier as this instance stores it."""
    return text.upper() if instance.options.upper_case else text


def info(updated: str, updated_by: str) -> Row:
    """The ``_info`` map."""
    return {"lastUpdated": updated, "updatedBy": updated_by}


def role(item: Role) -> Row:
    """SecurityRole."""
    return {
        "id": item.id,
        "name": item.name,
        "roleType": item.role_type,
        "adminFlag": item.admin,
        "inactiveFlag": item.inactive,
        "_info": info(item.updated, item.updated_by),
    }


def role_info(item: Role) -> Row:
    """SecurityRoleInfo, the short form."""
    full = role(item)
    return {name: full[name] for name in ("id", "name", "roleType", "inactiveFlag", "_info")}


def _shown_level(instance: Instance, level: str | None) -> str | None:
    return None if instance.options.nulls_as_none and level == "None" else level


def setting(instance: Instance, row: Setting, order: int = 1) -> Row:
    """SecurityRoleSetting.  Identifiers, sortOrder and what the flags mean are guesses."""
    function = row.function
    module, name = instance.display(function)
    shown: Row = {"id": row.id}
    shown.update({f"{verb}Level": _shown_level(instance, row.levels[verb]) for verb in VERBS})
    shown.update(
        moduleFunctionName=name,
        moduleFunctionDescription=name,
        myAllFlag=function.my,
        moduleFunctionIdentifier=_identifier(function.module + " " + function.name),
        reportFlag=function.report,
        restrictFlag=False,
        customFlag=function.customize is not None,
        moduleDescription=module,
        moduleIdentifier=_identifier(function.module),
        moduleName=module,
        sortOrder=order,
        _info=info(row.updated, row.updated_by),
    )
    return habits.shaped(instance.options, function, shown)


def _identifier(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", text))


def settings(instance: Instance, item: Role) -> list[Row]:
    """All rows of a role; sortOrder counts within each module."""
    rows: list[Row] = []
    counts: dict[str, int] = {}
    for row in item.settings:
        counts[row.function.module] = order = counts.get(row.function.module, 0) + 1
        rows.append(setting(instance, row, order))
    return rows


def my_security(instance: Instance, member: Member, own: bool, row: Row) -> Row:
    """MySecurity: a row of the caller's role with a reference to the caller."""
    options = instance.options
    owner = {"id": member.id, "identifier": member.identifier, "name": member.name, "_info": None}
    if habits.spared(options, own):
        return {**row, "member": owner}
    if options.my_security == "no_member":
        return row
    return {**row, "member": owner if options.my_security_member else None}


def customize_items(item: Role) -> list[Row]:
    """MySecurityCustomizeItem rows; whether an item is allowed or barred cannot be told (published API)."""
    rows: list[Row] = []
    for row in item.settings:
        choice = item.customised.get(row.function.key)
        if choice and row.function.customize:
            named = row.function.customize
            rows.extend({"customizeIdentifier": named, "itemIdentifier": i} for i in choice.items)
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def _target(instance: Instance, table: str, record_id: int) -> Row | None:
    if table == "roles":
        found = instance.store.roles.get(record_id)
        return role(found) if found else None
    return instance.lookup(table, record_id)


def reference(instance: Instance, name: str, record_id: int | None) -> Row | None:
    """A reference as it is shown: {id, name, _info}; a department's also has its identifier."""
    if record_id is None:
        return None
    row = _target(instance, REFERENCES[name][1], record_id) or {"name": None}
    shown: Row = {"id": record_id}
    if "identifier" in row:
        shown["identifier"] = row["identifier"]
    return {**shown, "name": row["name"], "_info": None}


def api_member(instance: Instance, item: Member) -> Row:
    """ApiMember."""
    return {
        "id": item.id,
        "identifier": item.identifier,
        "name": item.name,
        "emailAddress": item.email,
        "inactiveFlag": item.inactive,
        "inactiveDate": item.inactive_date,
        **{name: reference(instance, name, item.refs.get(name)) for name in REFERENCES},
        "notes": item.notes,
        "excludedServiceBoardIds": list(item.excluded_boards),
        "blockPriceFlag": item.block_price,
        "blockCostFlag": item.block_cost,
        "_info": info(item.updated, item.updated_by),
    }


def api_member_default(instance: Instance) -> Row:
    """The template of a new API member (ApiMember without an id of its own)."""
    zero_ids = instance.options.member_default == "zero_ids"
    blank = Member(id=0, identifier="", name="", refs=dict.fromkeys(REFERENCES, 0) if zero_ids else instance.template)
    return {**api_member(instance, blank), "_info": None}


def _names(item: Member) -> Row:
    """First and last name; an API member has no last name (reported: listed members can lack it)."""
    if item.license_class == "A":
        return {"firstName": item.name}
    first, _blank, last = item.name.partition(" ")
    return {"firstName": first, "lastName": last}


def member(instance: Instance, item: Member) -> Row:
    """Member, the part of it that concerns roles (published API; API members being listed is a guess)."""
    owned = instance.store.roles.get(item.refs.get("securityRole") or 0)
    return {
        "id": item.id,
        "identifier": item.identifier,
        **_names(item),
        "licenseClass": item.license_class,
        "inactiveFlag": item.inactive,
        "inactiveDate": item.inactive_date,
        "hireDate": "2020-09-14T00:00:00Z",
        "defaultEmail": "Office",
        "defaultPhone": "Office",
        "officeEmail": item.email,
        "adminFlag": bool(owned and owned.admin),
        "companyActivityTabFormat": "SummaryList",
        "invoiceTimeTabFormat": "SummaryList",
        "invoiceScreenDefaultTabFormat": "ShowInvoicingTab",
        "invoicingDisplayOptions": "RemainOnInvoicingScreen",
        "agreementInvoicingDisplayOptions": "RemainOnInvoicingScreen",
        **{name: reference(instance, name, item.refs.get(name)) for name in REFERENCES},
        "notes": item.notes,
        "_info": info(item.updated, item.updated_by),
    }


def member_info(_instance: Instance, item: Member) -> Row:
    """MemberInfo, the short form."""
    return {
        "id": item.id,
        "identifier": item.identifier,
        **_names(item),
        "fullName": item.name,
        "defaultEmail": item.email,
        "licenseClass": item.license_class,
        "inactiveFlag": item.inactive,
        "_info": info(item.updated, item.updated_by),
    }


def key(item: ApiKey) -> Row:
    """A key without its private half (``extended`` edition only: no published API has keys)."""
    return {
        "id": item.id,
        "description": item.description,
        "publicKey": item.public,
        "inactiveFlag": item.inactive,
        "_info": info(item.updated, "system"),
    }
