# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small instances and catalogues, built from a few cells."""

from __future__ import annotations

from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit import (
    AuditedMember,
    AuditedRole,
    Beside,
    audit_instance,
)
from ansible_collections.msp.connectwise.plugins.module_utils._domain.audit_document import cells_of, make_document
from ansible_collections.msp.connectwise.plugins.module_utils._domain.catalogue import Matcher, parse_catalogue
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import FunctionName
from ansible_collections.msp.connectwise.plugins.module_utils._domain.settings import SettingRow

VERBS = ("add", "edit", "delete", "inquire")
LEVELS = {"A": "all", "M": "my", "-": "none", ".": "none"}
FUNCTIONS = ("Companies / Contacts", "Finance / Agreements", "Service Desk / Service Tickets", "System / Table Setup")


def row(function, word, **more):
    """A row of a role: ``word`` as in the document, such as ``AA-A``."""
    module, name = function.split(" / ", 1)
    lacking = frozenset(verb for verb, letter in zip(VERBS, word, strict=True) if letter == ".")
    levels = {verb: LEVELS[letter] for verb, letter in zip(VERBS, word, strict=True)}
    return SettingRow(FunctionName(module, name), levels, lacking, **more)


def role(role_id, name, words, **more):
    """``words`` are those of FUNCTIONS, in their order."""
    rows = tuple(row(function, word) for function, word in zip(FUNCTIONS, words, strict=True))
    return AuditedRole(role_id, name, rows=rows, **more)


def member(identifier, role_id, member_id=500, active=True, role_name=""):
    return AuditedMember(member_id, identifier, f"{identifier} itself", active, role_id, role_name)


def vendor(name="rewst", words=None, **more):
    """An entry of the catalogue; ``words``: {function: word}."""
    words = {"Companies / Contacts": "AA-A", "Finance / Agreements": "---A"} if words is None else words
    rows = []
    for function, word in words.items():
        module, title = function.split(" / ", 1)
        levels = {verb: LEVELS[letter] for verb, letter in zip(VERBS, word, strict=True)}
        rows.append({"module": module, "function": title, **levels})
    texts = {"product": name.title(), "role_name": f"{name.title()} API", "member_identifier": name.title()}
    return {"vendor": name, **texts, "permissions": rows, **more}


def audit(roles, members, catalogue=None, by_hand=None, **more):
    catalogue = [vendor()] if catalogue is None else catalogue
    identity = {"name": "acme", "company": "acme_c", "api": "https://api.example"}
    return audit_instance(identity, roles, members, Matcher(parse_catalogue(catalogue), by_hand or {}), Beside(**more))


def cells(instance, identifier=None):
    """The cells of a member that differ; by default of the first."""
    members = [item for item in instance["members"] if identifier in (None, item["identifier"])]
    return list(cells_of(instance, members[0]))


def document(*audits, generated="2026-11-22T04:00:00Z"):
    return make_document(list(audits), parse_catalogue([vendor()]), generated)


def rules(instance):
    """(rule, member or role) of the findings."""
    return {(finding["rule"], finding["member"] or finding["role"]) for finding in instance["findings"]}
