# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup tables and facts about the server.  Long and short forms differ as in the published API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import errors
from .paging import Listing
from .routing import COMPANY, TABLES, Call, route
from .state import Instance
from .wire import info

Row = dict[str, Any]
_INFO = info("2025-01-02T03:04:05Z", "admin1")


def _level(instance: Instance, row: Row) -> Row:
    level = instance.lookup("levels", row["level"]) or {}
    return {"id": level.get("id"), "name": level.get("name"), "_info": None}


def location(instance: Instance, row: Row) -> Row:
    """Location, the members that matter here."""
    return {
        "id": row["id"],
        "ownerLevelId": row["id"],
        "structureLevel": _level(instance, row),
        "name": row["name"],
        "locationFlag": row["level"] == 3,
        "clientFlag": False,
        "_info": _INFO,
    }


def location_info(instance: Instance, row: Row) -> Row:
    """LocationInfo; its flag is spelt with an underscore in the published API."""
    return {
        "id": row["id"],
        "name": row["name"],
        "location_flag": row["level"] == 3,
        "structureLevel": _level(instance, row),
        "_info": _INFO,
    }


def department(_instance: Instance, row: Row) -> Row:
    """Department."""
    return {**row, "_info": _INFO}


def department_info(_instance: Instance, row: Row) -> Row:
    """DepartmentInfo: without the identifier."""
    return {"id": row["id"], "name": row["name"], "_info": _INFO}


def zone(_instance: Instance, row: Row) -> Row:
    """TimeZoneSetup."""
    return {
        "id": row["id"],
        "name": row["name"],
        "timeZone": {"id": row["id"], "name": row["zone"], "_info": None},
        "offset": row["offset"],
        "defaultFlag": row["default"],
        "daylightSavingsFlag": True,
        "_info": _INFO,
    }


def zone_info(_instance: Instance, row: Row) -> Row:
    """TimeZoneSetupInfo."""
    return {"id": row["id"], "name": row["name"], "offset": row["offset"], "_info": _INFO}


def level(_instance: Instance, row: Row) -> Row:
    """CorporateStructureLevel."""
    return dict(row)


def board_info(_instance: Instance, row: Row) -> Row:
    """BoardInfo, the members that matter here."""
    return {
        "id": row["id"],
        "name": row["name"],
        "location": {"id": 38, "name": "Corporate", "_info": None},
        "department": {"id": 10, "identifier": "Services", "name": "Professional Services", "_info": None},
        "projectFlag": row["project"],
        "inactiveFlag": False,
        "_info": _INFO,
    }


def _register(path: str, kind: str, table: str, show: Callable[[Instance, Row], Row], *rights: Any) -> None:
    """The list, count and by-id routes of a lookup table."""

    @route("GET", path, *rights)
    def _list(call: Call) -> Listing:
        return Listing([show(call.instance, row) for row in call.instance.lookups[table]])

    @route("GET", f"{path}/count", *rights)
    def _count(call: Call) -> Listing:
        return Listing(_list(call).rows, count_only=True)

    @route("GET", f"{path}/{{id}}", *rights)
    def _get(call: Call, record_id: int) -> Row:
        row = call.instance.lookup(table, record_id)
        if row is None:
            raise errors.not_found(kind, record_id)
        return show(call.instance, row)


_register("/system/locations", "Location", "locations", location, COMPANY, TABLES)
_register("/system/info/locations", "Location", "locations", location_info, COMPANY, TABLES)
_register("/system/departments", "Department", "departments", department, COMPANY, TABLES)
_register("/system/info/departments", "Department", "departments", department_info, COMPANY, TABLES)
_register("/system/myCompany/corporateStructureLevels", "CorporateStructureLevel", "levels", level, COMPANY, TABLES)
_register("/system/timeZoneSetups", "TimeZoneSetup", "timeZoneSetups", zone, TABLES)
_register("/service/info/boards", "Board", "boards", board_info, TABLES)


@route("GET", "/system/timeZoneSetups/info", TABLES)
def list_zone_info(call: Call) -> Listing:
    """Time zones, short form."""
    return Listing([zone_info(call.instance, row) for row in call.instance.lookups["timeZoneSetups"]])


@route("GET", "/system/info")
def system_info(call: Call) -> Row:
    """Info; any valid key may read it (reported)."""
    options = call.instance.options
    return {
        "version": options.version,
        "isCloud": options.cloud,
        "serverTimeZone": "Eastern Standard Time",
        "licenseBits": [{"name": "ProjectManagement", "activeFlag": True}],
        "cloudRegion": "NA",
        "maxWorkFlowRecordsAllowed": 0,
    }


def company_info(instance: Instance | None, host: str) -> Row | None:
    """The answer of /login/companyinfo (recorded: PascalCase; null for an unknown company)."""
    if instance is None:
        return None
    options = instance.options
    return {
        "CompanyName": instance.company,
        "Codebase": options.codebase,
        "VersionCode": ".".join(options.version.split(".")[:2]),
        "VersionNumber": "v4.6." + options.version.split(".")[-1],
        "CompanyID": instance.company,
        "IsCloud": options.cloud,
        "SiteUrl": host,
    }
