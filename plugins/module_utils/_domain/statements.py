# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements of docs/connectwise-api.md by id: those that a first contact can check, and the others. PRIVATE.

Reports refer to statements by id, so an id never changes its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

KNOWN, REPORTED, GUESSED = "known", "reported", "guessed"
# what checks a statement: reading requests, a security role of our own, an API member of our own
READING, ROLE, MEMBER = "reading", "role", "member"
SEEN, OTHERWISE, NOT_TRIED = "seen", "seen otherwise", "not tried"
OUTCOMES = (SEEN, OTHERWISE, NOT_TRIED)


@dataclass(frozen=True)
class Statement:
    """``said`` is the page's wording if not ``text``. ``by`` is empty if nothing checks it; ``why`` says why not."""

    id: str
    text: str
    grade: str
    by: str = READING
    said: str = ""
    why: str = ""


_ALL = (
    # offered or not
    Statement("role-create", "A security role can be created by its name.", KNOWN, ROLE, "Create a security role"),
    Statement("role-delete", "A security role can be deleted.", KNOWN, ROLE, "Delete a role"),
    Statement(
        "levels-read", "A role's levels can be read, one row for each function.", KNOWN, READING, "Read a role's levels"
    ),
    Statement(
        "levels-write",
        "REST can't write levels: there is no PATCH for a row of settings.",
        KNOWN,
        ROLE,
        "Write a role's levels",
    ),
    Statement(
        "levels-put",
        "REST can't write levels: there is no PUT for a row of settings.",
        KNOWN,
        ROLE,
        "Write a role's levels",
    ),
    Statement("member-create", "An API member can be created.", KNOWN, MEMBER, "Create or change an API member"),
    Statement("keys-route", "REST has no route for API keys.", KNOWN, READING, "Create, list or delete API keys"),
    Statement("keys-create", "REST can't create API keys.", KNOWN, MEMBER, "Create, list or delete API keys"),
    Statement(
        "customize-items",
        "Customize lists can only be read for the key's own member, from `customizeItems`.",
        KNOWN,
        READING,
        "Read or write what a function's Customize link opens, such as the tables of Table Setup",
    ),
    Statement(
        "undocumented",
        "Some instance answers the undocumented routes.",
        GUESSED,
        "",
        "That any instance answers them is",
        "Look at levels-write, keys-route and keys-create.",
    ),
    # roles and levels
    Statement("levels-words", "A level is None, My or All.", KNOWN),
    Statement("new-role-none", "A new role has None everywhere.", REPORTED, ROLE),
    Statement("levels-null", "A level may be null.", KNOWN),
    Statement(
        "levels-null-lacks",
        "A level that is null means that the function has no such verb.",
        GUESSED,
        READING,
        "Which of the two a null means",
    ),
    Statement(
        "levels-member",
        "Each row has a field for each verb, null or not.",
        GUESSED,
        READING,
        "a verb's missing field",
    ),
    Statement(
        "names-twice",
        "A function's name is unique in its module only.",
        KNOWN,
        READING,
        "A function's name is unique in its module only",
    ),
    Statement("names-member", "The name on the page is `moduleName` and `moduleFunctionName`.", GUESSED),
    Statement("rows-twins", "No two rows of a role have the same name.", GUESSED),
    Statement("rows-all", "The list of a role has a row for each function, None or not.", GUESSED),
    Statement("rows-named", "Every row has a name.", GUESSED),
    Statement("my-all-flag", "`myAllFlag` tells whether a function offers My.", GUESSED),
    Statement("setting-ids", "Setting ids differ from role to role.", GUESSED),
    Statement(
        "role-in-use",
        "A role that a member has can't be deleted.",
        GUESSED,
        MEMBER,
        "What happens to a role in use when it is deleted isn't published.",
    ),
    Statement(
        "boards-need-tables", "Since 2020.4, reading boards and statuses needs permissions in Table Setup.", REPORTED
    ),
    Statement(
        "reports-levels",
        "`/system/reports/MemberSecurityRoles` has levels as numbers, and agrees with the settings.",
        GUESSED,
        READING,
        "`/system/reports/MemberSecurityRoles`",
    ),
    # members
    Statement(
        "member-required",
        "A new API member only needs its identifier.",
        KNOWN,
        MEMBER,
        "The specification only requires the identifier",
    ),
    Statement(
        "default-member",
        "`/system/apiMembers/default` has the references that a new member needs.",
        GUESSED,
        READING,
        "the instance's own default member (`/system/apiMembers/default`)",
    ),
    Statement(
        "members-inactive",
        "The list of API members includes inactive ones.",
        GUESSED,
        READING,
        "A list of members or roles has the inactive ones too.",
    ),
    Statement(
        "roles-inactive",
        "The list of roles includes inactive ones.",
        GUESSED,
        READING,
        "A list of members or roles has the inactive ones too.",
    ),
    Statement(
        "member-ids", "The API has the same ids for a member in `/system/apiMembers` and `/system/members`.", GUESSED
    ),
    Statement(
        "members-api",
        "API members are among `/system/members`.",
        GUESSED,
        READING,
        "The API has the same ids for a member in `/system/apiMembers` and `/system/members`.",
    ),
    Statement(
        "identifier-case",
        "An instance keeps an identifier as it was given.",
        GUESSED,
        MEMBER,
        "An instance may change an identifier to upper case.",
    ),
    Statement("member-role", "A new member gets the role that was asked for.", GUESSED, MEMBER),
    Statement(
        "member-labels",
        "Which field corresponds to which label of the page.",
        GUESSED,
        "",
        "Which field corresponds to which label of the page",
        "Only the page in a browser has the labels.",
    ),
    Statement(
        "lengths",
        "Identifiers have 15 characters at most, names of roles and API members 30.",
        KNOWN,
        READING,
        "Identifiers have 15 characters, names of roles and members 30.",
    ),
    Statement(
        "identifier-fixed",
        "The identifier can't change later.",
        GUESSED,
        "",
        why="The run that must undo the change couldn't find the member by its new identifier.",
    ),
    Statement(
        "member-inactive", "A member can be made inactive.", KNOWN, MEMBER, "makes it inactive, which stops its keys"
    ),
    # keys
    Statement("keys-several", "A member can have several keys.", REPORTED, READING, "A member can have several."),
    Statement(
        "keys-shape",
        "A public key has 16 letters and digits.",
        REPORTED,
        READING,
        "Both halves have 16 letters and digits.",
    ),
    Statement("keys-end", "Keys do not expire.", GUESSED),
    # address, login and version
    Statement(
        "host-api",
        "In the cloud, the API answers on a host that begins with `api-`.",
        KNOWN,
        READING,
        "In the cloud, the API answers on a host of its own",
    ),
    Statement(
        "path-alias",
        "`v4_6_release` leads to the API.",
        KNOWN,
        READING,
        "The path begins with `v4_6_release`, or with the version's own name.",
    ),
    Statement(
        "codebase",
        "`/login/companyinfo` names the path of the version.",
        KNOWN,
        READING,
        "asks the instance once for its path, without keys",
    ),
    Statement("version-unknown", "An API version that the instance doesn't know gives an error that says so.", KNOWN),
    # errors
    Statement(
        "error-fields",
        "An incomplete record gives 400 with `errors`, one for each field.",
        KNOWN,
        ROLE,
        "400 with `errors`, one for each field",
    ),
    Statement(
        "error-unknown",
        "A JSON field that the version doesn't know gives 400.",
        KNOWN,
        ROLE,
        "400 for a JSON field that the version doesn't know",
    ),
    Statement(
        "error-missing",
        "A record that doesn't exist gives 404 with the code NotFound.",
        KNOWN,
        READING,
        "404 `NotFound`",
    ),
    Statement(
        "name-twice", "A second role of the same name is refused.", KNOWN, ROLE, "400 with `errors`, one for each field"
    ),
    Statement(
        "settling",
        "A write shows at once.",
        REPORTED,
        ROLE,
        "Some clients wait two seconds after a write before it shows",
    ),
    # how answers are read
    Statement(
        "page-cap",
        "A list has up to 1000 records in one answer, or a Link to the next ones.",
        GUESSED,
        READING,
        "An instance may return fewer at once without saying so",
    ),
    Statement(
        "conditions",
        "Not every field that is returned can be searched.",
        REPORTED,
        READING,
        "not every field that is returned can be searched",
    ),
    # permissions
    Statement(
        "right-members",
        "Member Maintenance guards API members.",
        KNOWN,
        READING,
        "reading and writing members needs Member Maintenance",
    ),
    Statement(
        "right-roles",
        "Security Roles guards roles and levels.",
        GUESSED,
        READING,
        "Security Roles for roles and levels",
    ),
    Statement(
        "right-company",
        "My Company guards structure levels, locations and departments.",
        GUESSED,
        READING,
        "My Company for structure levels, locations and departments",
    ),
    Statement(
        "right-tables",
        "Table Setup guards time zones and boards.",
        GUESSED,
        READING,
        "Table Setup for time zones, boards",
    ),
    Statement(
        "my-security",
        "`/system/mySecurity` answers API members with their levels.",
        GUESSED,
        READING,
        "needs no permission, and is for API members",
    ),
    Statement(
        "my-security-member",
        "`/system/mySecurity` names the member.",
        GUESSED,
        READING,
        "Whether the answer to `mySecurity` names the member.",
    ),
)

STATEMENTS = {each.id: each for each in _ALL}
