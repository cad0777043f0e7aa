# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every REST route that the collection uses, in one place. PRIVATE to this collection.

``grade`` says how well a route is known: ``published`` routes are in all published versions of the API that were read
(2020.4 to 2025.16), ``undocumented`` ones in none. An undocumented route is only tried if ``probe_undocumented`` is
true, and its effect is always read back:

* setting write: mirrors the documented PATCH of /project/securityRoles/{id}/settings/{id}, which has the same level
  fields; whether the system one answers is a guess.
* API keys: used by several public clients, in no specification; a guess.

``function`` and ``verb`` name the permission that the caller needs. A recorded refusal shows that Member Maintenance
guards members; the others follow from the names of the functions.
"""

from __future__ import annotations

from dataclasses import dataclass

PUBLISHED, UNDOCUMENTED = "published", "undocumented"

SECURITY_ROLES = "System / Security Roles"
MEMBER_MAINTENANCE = "System / Member Maintenance"
MY_COMPANY = "System / My Company"
TABLE_SETUP = "System / Table Setup"


@dataclass(frozen=True)
class Route:
    """A method and a path below ``apis/3.0``; the caller fills in ``{name}`` parts."""

    method: str
    template: str
    function: str | None = None
    verb: str | None = None
    grade: str = PUBLISHED

    def path(self, **ids: object) -> str:
        return self.template.format(**ids)


INFO = Route("GET", "/system/info")
MY_SECURITY = Route("GET", "/system/mySecurity")

ROLES = Route("GET", "/system/securityroles", SECURITY_ROLES, "inquire")
ROLE = Route("GET", "/system/securityroles/{role}", SECURITY_ROLES, "inquire")
ROLE_CREATE = Route("POST", "/system/securityroles", SECURITY_ROLES, "add")
ROLE_DELETE = Route("DELETE", "/system/securityroles/{role}", SECURITY_ROLES, "delete")
SETTINGS = Route("GET", "/system/securityRoles/{role}/settings", SECURITY_ROLES, "inquire")
SETTING_WRITE = Route(
    "PATCH", "/system/securityRoles/{role}/settings/{setting}", SECURITY_ROLES, "edit", UNDOCUMENTED
)

API_MEMBERS = Route("GET", "/system/apiMembers", MEMBER_MAINTENANCE, "inquire")
API_MEMBER = Route("GET", "/system/apiMembers/{member}", MEMBER_MAINTENANCE, "inquire")
API_MEMBER_DEFAULT = Route("GET", "/system/apiMembers/default", MEMBER_MAINTENANCE, "inquire")
API_MEMBER_CREATE = Route("POST", "/system/apiMembers", MEMBER_MAINTENANCE, "add")
API_MEMBER_PATCH = Route("PATCH", "/system/apiMembers/{member}", MEMBER_MAINTENANCE, "edit")
MEMBERS = Route("GET", "/system/members", MEMBER_MAINTENANCE, "inquire")

# User names with passwords, older than API members. The collection only reads them.
INTEGRATOR_LOGINS = Route("GET", "/system/integratorlogins", TABLE_SETUP, "inquire")

KEYS = Route("GET", "/system/apiMembers/{member}/apiKeys", MEMBER_MAINTENANCE, "inquire", UNDOCUMENTED)
KEY_CREATE = Route("POST", "/system/apiMembers/{member}/apiKeys", MEMBER_MAINTENANCE, "add", UNDOCUMENTED)
KEY_DEACTIVATE = Route("PATCH", "/system/apiMembers/{member}/apiKeys/{key}", MEMBER_MAINTENANCE, "edit", UNDOCUMENTED)
KEY_DELETE = Route("DELETE", "/system/apiMembers/{member}/apiKeys/{key}", MEMBER_MAINTENANCE, "delete", UNDOCUMENTED)

STRUCTURE_LEVELS = Route("GET", "/system/myCompany/corporateStructureLevels", MY_COMPANY, "inquire")
LOCATIONS = Route("GET", "/system/info/locations", MY_COMPANY, "inquire")
DEPARTMENTS = Route("GET", "/system/info/departments", MY_COMPANY, "inquire")
TIME_ZONES = Route("GET", "/system/timeZoneSetups/info", TABLE_SETUP, "inquire")
BOARDS = Route("GET", "/service/info/boards", TABLE_SETUP, "inquire")

# Only a first contact uses these. The report was used by clients in 2020, and is a guess today.
CUSTOMIZE_ITEMS = Route("GET", "/system/mySecurity/customizeItems/")
SETTING_PUT = Route("PUT", "/system/securityRoles/{role}/settings/{setting}", SECURITY_ROLES, "edit", UNDOCUMENTED)
REPORT_LEVELS = Route("GET", "/system/reports/MemberSecurityRoles", grade=UNDOCUMENTED)
