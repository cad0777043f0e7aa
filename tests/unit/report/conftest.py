# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit documents like those of an MSP."""

from __future__ import annotations

import random

import pytest
from simulator.catalogue import VERBS, functions

CATALOGUE = [
    {
        "vendor": "rewst",
        "product": "Rewst",
        "date": "2026-05-26",
        "status": "published",
        "source": "https://docs.example/rewst",
        "missing": None,
    },
    {
        "vendor": "ninjaone",
        "product": "NinjaOne",
        "date": "2026-03-11",
        "status": "published",
        "source": "https://docs.example/ninjaone",
        "missing": None,
    },
    {
        "vendor": "deskdirector",
        "product": "DeskDirector",
        "date": "2025-12-02",
        "status": "minimum",
        "source": "https://docs.example/deskdirector",
        "missing": None,
    },
]
OTHERS = [
    *("Backup", "Documents", "Network Map", "Billing", "Threat Hunter", "Endpoint", "Phone System", "RMM", "Licences"),
    *("Client Portal", "Allow List", "Replication", "Two Factor", "Sensors", "Runbooks", "Reconciler", "Reporting"),
    *("Customer Survey", "Team Chat", "Warehouse"),
]
LETTERS = {"all": "A", "my": "M", "none": "-"}
WORDS = {letter: word for word, letter in LETTERS.items()}
WEIGHTS = {"add": 3, "edit": 2, "delete": 4, "inquire": 1}


def _levels(chance, catalogue, generous):
    words = []
    for function in catalogue:
        word = ""
        wanted = chance.random() < generous
        for verb in VERBS:
            if verb not in function.verbs:
                word += "."
            else:
                likely = {"add": 0.35, "edit": 0.5, "delete": 0.15, "inquire": 0.95}[verb]
                word += chance.choice("AAM" if function.my else "A") if wanted and chance.random() < likely else "-"
        words.append(word)
    return words


def _cells(chance, catalogue, levels):
    cells = []
    for function, word in zip(catalogue, levels):
        for verb, letter in zip(VERBS, word):
            if letter == "." or chance.random() > (0.12 if "A" in word else 0.01):
                continue
            excess = letter != "-"
            cells.append(
                {
                    "module": function.module,
                    "function": function.name,
                    "verb": verb,
                    "is": WORDS[letter],
                    "should_be": "none" if excess else "all",
                    "kind": "excess" if excess else "missing",
                    "since": "2026-05-26" if not excess and chance.random() < 0.5 else None,
                    "note": "to close tickets" if not excess and chance.random() < 0.3 else None,
                }
            )
    if chance.random() < 0.3:
        cells.append(
            {
                "module": "Project",
                "function": "Project Boards",
                "verb": "inquire",
                "is": None,
                "should_be": "all",
                "kind": "absent",
                "since": None,
                "note": "newer versions of the product have it",
            }
        )
    return cells


def _member(chance, number, name, vendor, role, active, catalogue):
    levels = role["levels"]
    cells = _cells(chance, catalogue, levels) if vendor and active else []
    counts = {kind: sum(cell["kind"] == kind for cell in cells) for kind in ("missing", "excess", "absent")}
    counts["unknown"] = 0
    grants = {verb: sum(word[at] in "AM" for word in levels) for at, verb in enumerate(VERBS)}
    power = sum(
        WEIGHTS[verb] * (2 if letter == "A" else 1) * (2 if function.module in ("System", "Finance") else 1)
        for function, word in zip(catalogue, levels)
        for verb, letter in zip(VERBS, word)
        if letter in "AM"
    )
    return {
        "id": 500 + number,
        "identifier": name,
        "name": name,
        "active": active,
        "role_id": role["id"],
        "role": role["name"],
        "admin": role["admin"],
        "vendor": vendor if active else None,
        "matched_by": chance.choice(["map", "member", "role"]) if vendor and active else None,
        "own": False,
        "suggestion": None,
        "comparison": cells,
        "counts": counts,
        "grants": grants if active else dict.fromkeys(VERBS, 0),
        "power": power if active else 0,
    }


def _findings(members, roles):
    found = []
    users = {role["id"]: role["members"] for role in roles}

    def add(rule, level, member, message):
        about = {"member": member["identifier"], "role": member["role"], "login": None}
        found.append({"rule": rule, "level": level, **about, "message": message, "repair": ""})

    for member in members:
        name, counts = member["identifier"], member["counts"]
        if counts["missing"]:
            add("missing", "error", member, f"{name} lacks {counts['missing']} permissions that its vendor asks for.")
        if counts["excess"]:
            excess = f"{name} has {counts['excess']} permissions that its vendor doesn't ask for."
            add("excess", "warning", member, excess)
        if member["admin"]:
            add("admin", "error", member, f"{name} has the Admin role, so it can do everything.")
        if member["active"] and len(users[member["role_id"]]) > 1:
            others = [other for other in users[member["role_id"]] if other != name]
            add("shared-role", "warning", member, f"{name} shares its role with {', '.join(others)}.")
        if member["active"] and member["vendor"] is None:
            add("unknown-member", "note", member, f"No vendor of the catalogue matches {name}.")
    return found


def _instance(chance, name, size, catalogue):
    vendors = [(entry["product"], entry["vendor"]) for entry in CATALOGUE] + [(other, None) for other in OTHERS]
    vendors += [(f"Integration {number}", None) for number in range(max(0, size - len(vendors)))]
    roles, members = [], []
    for number, (product, vendor) in enumerate(vendors[:size]):
        admin = number > 2 and chance.random() < 0.07
        levels = ["".join("A" if verb in f.verbs else "." for verb in VERBS) for f in catalogue]
        if roles and chance.random() < 0.08:
            role = chance.choice(roles)
        else:
            role = {
                "id": 70 + number,
                "name": "Admin" if admin else f"{product} API",
                "admin": admin,
                "active": True,
                "levels": levels if admin else _levels(chance, catalogue, chance.choice([0.1, 0.25, 0.5])),
                "members": [],
            }
            roles.append(role)
        vendor = vendor or (chance.choice(CATALOGUE)["vendor"] if size > 3 and chance.random() < 0.6 else None)
        members.append(_member(chance, number, product, vendor, role, chance.random() > 0.04, catalogue))
        if members[-1]["active"]:
            role["members"].append(product)
    comparisons = []
    for member in members:
        cells = member.pop("comparison")
        member["comparison"] = len(comparisons) if member["vendor"] else None
        if member["vendor"]:
            of = {"role_id": member["role_id"], "vendor": member["vendor"]}
            comparisons.append({**of, "cells": cells, "unknown": []})
    return {
        "name": name,
        "company": name,
        "api": "https://api-na.myconnectwise.net",
        "error": None,
        "own": None,
        "integrator_logins": [],
        "not_looked_at": [],
        "functions": [{"module": function.module, "function": function.name} for function in catalogue],
        "roles": roles,
        "comparisons": comparisons,
        "members": members,
        "findings": _findings(members, roles),
    }


def summarize(instances):
    """The figures of some instances, as the audit counts them."""
    members = [member for instance in instances for member in instance["members"]]
    active = [member for member in members if member["active"]]
    return {
        "instances": len(instances),
        "unreadable": sum(instance["error"] is not None for instance in instances),
        "members": len(active),
        "matched": sum(member["vendor"] is not None for member in active),
        "admins": sum(member["admin"] for member in active),
        **{kind: sum(member["counts"][kind] for member in members) for kind in ("missing", "excess", "absent")},
        "unknown": 0,
        "integrator_logins": 0,
    }


def make_document(instances=1, members=3, unreadable=0, seed=1):
    """A document of this many instances with this many members each, with random permissions."""
    chance = random.Random(seed)
    catalogue = functions()
    names = ["acme", "borealis", "cascade", "delta-it", "evergreen", "foxglove", "granite", "harbor", "isle", "juniper"]
    made = [
        _instance(chance, names[n % 10] + (f"-{n // 10 + 1}" if n >= 10 else ""), members, catalogue)
        for n in range(instances)
    ]
    for number in range(unreadable):
        finding = {
            "rule": "unreadable",
            "level": "error",
            "member": None,
            "role": None,
            "login": None,
            "message": "The instance answered 401.",
            "repair": "",
        }
        made.append(
            {
                "name": f"unreadable-{number + 1}",
                "company": "unreadable",
                "api": "https://api-eu.myconnectwise.net",
                "error": "The instance answered 401: the key pair isn't known there.",
                "own": None,
                "integrator_logins": [],
                "not_looked_at": [],
                "functions": [],
                "roles": [],
                "comparisons": [],
                "members": [],
                "findings": [finding],
            }
        )
    return {
        "format": "msp.connectwise.audit",
        "version": 2,
        "generated": "2026-11-22T04:00:00Z",
        "left_out": [],
        "catalogue": [dict(entry) for entry in CATALOGUE],
        "instances": made,
        "summary": summarize(made),
    }


@pytest.fixture(name="make_document", scope="session")
def _make_document():
    return make_document
