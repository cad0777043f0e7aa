# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Default data of an instance, and the options that change it."""

from __future__ import annotations

import secrets
import string
import uuid
from dataclasses import fields
from typing import Any

from .api_integrators import seeded
from .catalogue import Function, functions
from .habits import altered
from .state import ApiKey, Clock, Customisation, Instance, Member, Options, Role, level_problem, now, set_level

ADMIN_ID, OTHER_ROLE = 63, 64
LETTERS = string.ascii_letters + string.digits
Cells = list[dict[str, str]]

# Roles besides Admin: id, name, level of all functions, then single cells "Module / Function" -> verbs.
_AUTOMATION = {
    "System / Security Roles": {"add": "All", "edit": "All", "delete": "All", "inquire": "All"},
    "System / Member Maintenance": {"add": "All", "edit": "All", "inquire": "All"},
    "System / My Company": {"inquire": "All"},
    "System / Table Setup": {"inquire": "All"},
}
_READER = {name: {"inquire": "All"} for name in _AUTOMATION}
_BACKUP = {
    "Companies / Company Maintenance": {"inquire": "All"},
    "Service Desk / Service Tickets": {"add": "My", "edit": "My", "inquire": "All"},
}
_ROLES: list[tuple[int, str, dict[str, dict[str, str]]]] = [
    (64, "Technician", {"Service Desk / Service Tickets": {"add": "All", "edit": "All", "inquire": "All"}}),
    (65, "Automation", _AUTOMATION),
    (66, "Automation Reader", _READER),
    (67, "API - Backup Vendor", _BACKUP),
    (68, 'Büro & "Lager" Köln', {"Companies / Contacts": {"inquire": "All"}}),
]


def random_key() -> str:
    """16 letters and digits, the shape reported for both halves of a pair."""
    return "".join(secrets.choice(LETTERS) for _letter in range(16))


def _lookups() -> dict[str, list[dict[str, Any]]]:
    """Lookup tables; rows hold the members of the full resource, ``api_lookups`` makes the short forms."""
    levels = [{"id": 1, "name": "Corporate"}, {"id": 2, "name": "Region"}, {"id": 3, "name": "Location"}]
    return {
        "levels": levels,
        "locations": [
            _location(2, "Köln Büro", 3),
            _location(11, "R&D Lab", 3),
            _location(12, '"North" Branch', 2),
            _location(38, "Corporate", 1),
        ],
        "departments": [
            {"id": 9, "identifier": "Admin", "name": "Admin"},
            {"id": 10, "identifier": "Services", "name": "Professional Services"},
            {"id": 11, "identifier": "Sales", "name": "Sales & Marketing"},
            {"id": 12, "identifier": "Büro", "name": 'Büro "Süd"'},
        ],
        "timeZoneSetups": [
            _zone(1, "US Eastern", -5.0, "Eastern Standard Time", True),
            _zone(4, "US Pacific", -8.0, "Pacific Standard Time", False),
            _zone(7, "Western Europe", 1.0, "W. Europe Standard Time", False),
        ],
        "boards": [
            _board(1, "Professional Services", False),
            _board(2, 'Help Desk "24x7"', False),
            _board(3, "Alerts & Backups", False),
            _board(4, "Projekte Köln", True),
        ],
        "integratorLogins": [],
    }


def _location(record_id: int, name: str, level: int) -> dict[str, Any]:
    return {"id": record_id, "name": name, "level": level}


def _zone(record_id: int, name: str, offset: float, zone: str, default: bool) -> dict[str, Any]:
    return {"id": record_id, "name": name, "offset": offset, "zone": zone, "default": default}


def _board(record_id: int, name: str, project: bool) -> dict[str, Any]:
    return {"id": record_id, "name": name, "project": project}


def split_name(value: object) -> tuple[str, str]:
    """A function as ("Module", "Function"), a two-item list, or the text "Module / Function"."""
    if isinstance(value, str):
        module, _slash, name = value.partition(" / ")
        return module, name
    module, name = value  # type: ignore[misc]
    return str(module), str(name)


def _catalogue(without: list[Any]) -> list[Function]:
    """The functions of this edition."""
    known = {function.key for function in functions()}
    gone = {split_name(item) for item in without}
    if gone - known:
        raise ValueError(f"no such function: {sorted(gone - known)}")
    return [function for function in functions() if function.key not in gone]


def _renamed(rename: dict[Any, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Canonical key -> names shown; a plain new name keeps the module, a pair or list changes both."""
    shown = {}
    for old, new in rename.items():
        key = split_name(old)
        shown[key] = (key[0], new) if isinstance(new, str) else split_name(new)
    return shown


def cells_of(levels: dict[Any, dict[str, str]]) -> Cells:
    """{function: {verb: level}} as a list of single cells."""
    return [
        {"module": split_name(name)[0], "function": split_name(name)[1], "verb": verb, "level": level}
        for name, verbs in levels.items()
        for verb, level in verbs.items()
    ]


def set_levels(instance: Instance, role: Role, cells: Cells) -> None:
    """Set single levels as a person does on the pages; a level that the pages do not offer is an error."""
    for cell in cells:
        function = instance.find_function(cell["module"], cell["function"])
        row = role.setting(function.key) if function else None
        if row is None or function is None:
            raise ValueError(f"no function {cell['module']} / {cell['function']}")
        reason = level_problem(function, cell["verb"], cell["level"])
        if reason:
            raise ValueError(f"{cell['module']} / {cell['function']}: {reason}")
        set_level(row, cell["verb"], cell["level"])
        row.updated, row.updated_by = now(), "admin1"


def customise(instance: Instance, role: Role, function: object, mode: str, items: list[str]) -> None:
    """Choose a customise list as a person does on the pages."""
    found = instance.find_function(*split_name(function))
    if found is None or found.customize is None:
        raise ValueError(f"no customise list at {function}")
    if mode not in ("allow", "disallow"):
        raise ValueError(f"mode {mode!r}")
    role.customised[found.key] = Customisation(mode, list(items))


def add_role(instance: Instance, name: str, role_id: int | None = None, **spec: Any) -> Role:
    """A role with ``levels`` ({function: {verb: level}}), ``all_level``, ``admin``, ``inactive``."""
    rows = instance.new_rows(spec.get("all_level", "None"))
    role = Role(role_id or instance.next_id("role"), name, rows, bool(spec.get("admin")), bool(spec.get("inactive")))
    instance.store.roles[role.id] = role
    gone = {function.key for function in functions()} - {function.key for function in instance.functions}
    wanted = {name: verbs for name, verbs in spec.get("levels", {}).items() if split_name(name) not in gone}
    set_levels(instance, role, cells_of(wanted))
    return role


def add_member(instance: Instance, identifier: str, role: str, **spec: Any) -> Member:
    """An API member, or a person with ``license_class="F"``."""
    found = instance.find_role(role)
    if found is None:
        raise ValueError(f"no role {role!r}")
    kind = "person" if spec.get("license_class", "A") == "F" else "member"
    member = Member(instance.next_id(kind), identifier, spec.pop("name", identifier), {}, **spec)
    member.refs = {**_template(), "securityRole": found.id, "serviceDefaultBoard": None}
    member.inactive_date = now() if member.inactive else None
    instance.store.members[member.id] = member
    return member


def add_key(
    instance: Instance,
    member: Member,
    description: str,
    public: str | None = None,
    private: str | None = None,
) -> ApiKey:
    """A new key pair; random unless given."""
    if not private:
        private = instance.private_halves.pop(0) if instance.private_halves else random_key()
    key = ApiKey(instance.next_id("key"), member.id, description, public or random_key(), private)
    instance.store.keys[key.id] = key
    return key


def _template() -> dict[str, int | None]:
    """References of the template of a new API member."""
    return {
        "timeZone": 1,
        "securityRole": None,
        "structureLevel": 1,
        "securityLocation": 38,
        "defaultLocation": 38,
        "defaultDepartment": 10,
        "salesDefaultLocation": 38,
        "serviceDefaultBoard": None,
    }


def _seed_members(instance: Instance) -> None:
    add_member(instance, "admin1", "Admin", name="Admin One", license_class="F", email="admin1@example.com")
    add_member(instance, "jmueller", "Technician", name="Jörg Müller", license_class="F")
    vendor = add_member(instance, "backupvendor", "API - Backup Vendor", name='Backup "Vendor" & Söhne')
    add_key(instance, vendor, "Backup production")
    retired = add_member(instance, "retired", "Technician", name="Retired tool", inactive=True)
    add_key(instance, retired, "Old key")


def build(company: str, **options: Any) -> Instance:
    """Create an instance.

    Behaviour options are those of ``state.Options``.  Data options: client_id, public_key, private_key,
    automation_role (name of a role), without_functions (list of functions), rename_functions
    ({function: new name}), roles ([{name, levels, admin, inactive, all_level}]), members
    ([{identifier, role, name, email, inactive, license_class}]), integrator_logins ([{username, ...}] as published,
    with the identifier of a member and the name of a board).
    """
    options = dict(options)
    names = {item.name for item in fields(Options)}
    behaviour = {name: options.pop(name) for name in list(options) if name in names}
    if behaviour.get("cloud"):
        behaviour.setdefault("bad_login_status", 404)
    checked = _checked(Options(**behaviour))
    instance = Instance(
        company=company,
        client_id=options.pop("client_id", None) or str(uuid.uuid4()),
        options=checked,
        clock=Clock(checked.clock_stands),
        functions=altered(checked, _catalogue(options.pop("without_functions", None) or [])),
        shown=_renamed(options.pop("rename_functions", None) or {}),
        lookups=_lookups(),
    )
    _fill(instance, options)
    if options:
        raise ValueError(f"unknown options: {sorted(options)}")
    return instance


def _checked(options: Options) -> Options:
    if options.edition not in ("published", "extended"):
        raise ValueError(f"edition {options.edition!r}")
    options.accept_versions = tuple(options.accept_versions)
    return options


def _fill(instance: Instance, options: dict[str, Any]) -> None:
    """Roles, members and the automation's own key."""
    instance.template = dict.fromkeys(_template()) if instance.options.empty_default else _template()
    add_role(instance, "Admin", ADMIN_ID, admin=True, all_level="All")
    for role_id, name, levels in _ROLES:
        add_role(instance, name, role_id, levels=levels)
    for spec in options.pop("roles", None) or []:
        add_role(instance, **spec)
    _seed_members(instance)
    own = add_member(instance, "automation", options.pop("automation_role", "Admin"), name="Automation")
    instance.own_key = add_key(
        instance, own, "Automation", options.pop("public_key", None), options.pop("private_key", None)
    )
    for spec in options.pop("members", None) or []:
        add_member(instance, **spec)
    instance.lookups["integratorLogins"] = [
        seeded(instance, spec) for spec in options.pop("integrator_logins", None) or []
    ]
