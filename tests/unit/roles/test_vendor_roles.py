# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of the vendors' roles, and that every role has the shape that all have."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.module_utils._domain.levels import VERBS
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import adjust, parse_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import FunctionName
from simulator.catalogue import functions

ROOT = Path(__file__).resolve().parents[3]
DATA = sorted(path for path in ROOT.glob("roles/*/vars/main.yml") if "_matrix:\n" in path.read_text("utf-8"))
VENDORS = tuple(path.parents[1].name for path in DATA)
EXACT = ("deskdirector", "ninjaone", "rewst")


def load(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def matrix(vendor: str) -> dict:
    return load(f"roles/{vendor}/vars/main.yml")[f"{vendor}_matrix"]


def levels(vendor: str) -> dict[str, str]:
    """Each function as four letters, add edit delete inquire, such as ``AA-A`` or ``MMMA``."""
    letters = {"none": "-", "my": "M", "all": "A"}
    return {
        str(row.name): "".join(letters[row.levels[verb]] for verb in VERBS)
        for row in parse_rows(matrix(vendor)["permissions"])
    }


def test_the_catalogue_has_its_vendors():
    assert len(VENDORS) >= 40 and set(EXACT) <= set(VENDORS)


def test_rewst_asks_for_its_twenty_functions():
    assert levels("rewst") == {
        "System / Member Maintenance": "---A",
        "Companies / Company Maintenance": "---A",
        "Companies / Configurations": "AA-A",
        "Companies / Contacts": "AA-A",
        "Companies / Manage Attachments": "MMMA",
        "Companies / Team Members": "---A",
        "Finance / Agreements": "---A",
        "Finance / Billing View Time": "-A-A",
        "Project / Project Tickets": "AA-A",
        "Project / Project Ticket - Dependencies": "AA-A",
        "Project / Close Project Tickets": "-A-A",
        "Project / Project Headers": "AAAA",
        "Service Desk / Service Tickets": "AA-A",
        "Service Desk / Service Ticket - Dependencies": "AA-A",
        "Service Desk / Close Service Tickets": "-A-A",
        "Service Desk / Merge Tickets": "AA-A",
        "System / My Account": "MMMM",
        "System / Table Setup": "A--A",
        "Time & Expense / Time Entry": "AAMA",
        "Time & Expense / Time Entry Billable Option": "AAMA",
    }


def test_ninjaone_asks_for_its_ten_functions_and_two_disallowed_tables():
    assert levels("ninjaone") == {
        "Companies / Company Maintenance": "---A",
        "Companies / Configurations": "AA-A",
        "Companies / Contacts": "A--A",
        "Finance / Agreements": "AA-A",
        "Procurement / Product Catalog": "---A",
        "Procurement / Products": "---A",
        "Service Desk / Close Service Tickets": "AA-A",
        "Service Desk / Service Tickets": "AA-A",
        "Service Desk / SLA Dashboard": "---A",
        "System / Table Setup": "AA-A",
    }
    assert matrix("ninjaone")["table_setup"] == {
        "mode": "disallow",
        "entries": ["Contacts / Communication Type", "General / StsClient"],
    }


def test_deskdirector_says_that_its_list_is_derived_and_leaves_a_choice():
    assert matrix("deskdirector")["status"] == "derived"
    assert len(levels("deskdirector")) == 19
    assert [profile["name"] for profile in matrix("deskdirector")["profiles"]] == ["admin", "derived"]


def test_every_matrix_is_complete_and_names_functions_as_connectwise_does():
    known = {FunctionName(function.module, function.name).key: function for function in functions()}
    wrong = []
    for vendor in VENDORS:
        data = matrix(vendor)
        if not (data["source"].startswith("https://") and data["date"] and data["status"] in ("published", "derived")):
            wrong.append(f"{vendor}: source, date or status")
        for row in parse_rows(data["permissions"]):
            function = known.get(row.name.key)
            granted = {verb for verb, level in row.levels.items() if level != "none"}
            if function is None or (row.name.module, row.name.function) != function.key:
                wrong.append(f"{vendor}: {row.name} isn't spelt as ConnectWise does")
            elif not granted <= function.verbs or not (function.my or "my" not in row.levels.values()):
                wrong.append(f"{vendor}: {row.name} has no such level")
    assert wrong == []


def test_every_vendor_has_one_file_by_hand_and_three_that_are_written():
    expected = {"vars/main.yml", "tasks/main.yml", "meta/argument_specs.yml"}
    for vendor in VENDORS:
        role = ROOT / "roles" / vendor
        assert {str(path.relative_to(role)) for path in role.rglob("*") if path.is_file()} == expected, vendor
        (play,) = load(f"playbooks/onboard_{vendor}.yml")
        assert play["ansible.builtin.import_playbook"] == "onboard.yml" and play["vars"] == {"onboard__alias": vendor}


def test_rows_can_be_added_replaced_and_taken_out():
    rows = adjust(
        matrix("rewst")["permissions"],
        extra=[
            {"module": "finance", "function": "agreements", "inquire": "all", "edit": "all"},
            {"module": "Sales", "function": "Opportunity", "inquire": "all"},
        ],
        without=[{"module": "Project", "function": "Project Headers"}],
    )
    named = {f"{row['module']} / {row['function']}": row for row in rows}
    assert len(rows) == 20 and "Project / Project Headers" not in named
    assert named["finance / agreements"]["edit"] == "all" and named["Sales / Opportunity"]["inquire"] == "all"


def test_each_row_of_the_first_three_says_what_it_is_for():
    assert all(row["purpose"] for vendor in EXACT for row in matrix(vendor)["permissions"])


@pytest.mark.parametrize("field", ["role_name", "member_identifier"])
def test_no_two_vendors_share_a_role_or_a_member(field):
    names = [matrix(vendor)[field].casefold() for vendor in VENDORS]
    assert [name for name in names if names.count(name) > 1] == []
    assert not {"admin", "api", "apimember"} & set(names)


def test_functions_that_a_smaller_edition_lacks_are_optional():
    optional = {
        (vendor, row["function"]) for vendor in VENDORS for row in matrix(vendor)["permissions"] if row.get("optional")
    }
    assert optional == {("bitdefender", "Agreements"), ("gozynta_mobius", "Purchase Orders (Aiso)")}


def test_only_who_asks_for_the_highest_level_gets_it():
    asked = {vendor for vendor in VENDORS if "structure_level" in matrix(vendor)}
    assert asked == {"deskdirector", "hudu", "ninjaone", "rewst", "visionary360_accounting_sync"}


def test_tables_of_table_setup_are_no_functions():
    data = matrix("cyberdrain_cow")
    assert levels("cyberdrain_cow") == {
        "Companies / Company Maintenance": "---A",
        "Companies / Configurations": "-A-A",
        "System / Table Setup": "---A",
    }
    assert data["table_setup"]["mode"] == "allow" and len(data["table_setup"]["entries"]) == 4
