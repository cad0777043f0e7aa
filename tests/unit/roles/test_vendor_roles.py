# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' data, in roles and in lists known in part, and the common structure of all roles."""

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
PARTIAL = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))[f"{path.stem}_matrix"]
    for path in sorted(ROOT.glob("plugins/plugin_utils/partial_vendors/*.yml"))
}
KNOWN = {FunctionName(function.module, function.name).key: function for function in functions()}


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


def customized(vendor: str) -> dict[str, tuple[str, list[str]]]:
    return {
        f"{each['module']} / {each['function']}": (each["mode"], each["entries"])
        for each in matrix(vendor)["customize"]
    }


def test_the_catalogue_has_its_vendors():
    assert len(VENDORS) >= 53 and set(EXACT) <= set(VENDORS)


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
    assert customized("ninjaone") == {
        "System / Table Setup": ("disallow", ["Contacts / Communication Type", "General / StsClient"])
    }


def test_deskdirector_says_that_its_list_is_derived_and_leaves_a_choice():
    assert matrix("deskdirector")["status"] == "derived"
    assert len(levels("deskdirector")) == 19
    assert [profile["name"] for profile in matrix("deskdirector")["profiles"]] == ["admin", "derived"]


def test_every_matrix_is_complete_and_names_functions_as_connectwise_does():
    wrong = []
    for vendor in VENDORS:
        data = matrix(vendor)
        if not (data["source"].startswith("https://") and data["date"] and data["status"] in ("published", "derived")):
            wrong.append(f"{vendor}: source, date or status")
        wrong += [f"{vendor}: {said}" for said in misspelt(data["permissions"])]
    assert wrong == []


def misspelt(rows: list[dict]) -> list[str]:
    """What ConnectWise's page of functions doesn't have: functions, and levels of them."""
    found = []
    for row in rows:
        name = FunctionName(row["module"], row["function"])
        function = KNOWN.get(name.key)
        levels = {verb: row[verb] for verb in VERBS if row.get(verb, "none") != "none"}
        if function is None or (name.module, name.function) != function.key:
            found.append(f"{name} isn't spelt as ConnectWise does")
        elif not set(levels) <= function.verbs or not (function.my or "my" not in levels.values()):
            found.append(f"{name} has no such level")
    return found


def test_lists_that_are_known_in_part_name_functions_as_connectwise_does_too():
    assert len(PARTIAL) >= 30
    wrong = [f"{vendor}: {said}" for vendor, data in PARTIAL.items() for said in misspelt(data["permissions"])]
    assert wrong == []
    assert {data["status"] for data in PARTIAL.values()} == {"partial"}


def test_a_verb_that_could_not_be_read_is_no_right():
    rows = [row for data in PARTIAL.values() for row in data["permissions"] if "unknown" in row]
    assert len(rows) > 30 and not any(verb in row for row in rows for verb in row["unknown"])


def test_no_vendor_has_a_role_and_a_list_known_in_part():
    assert sorted(set(PARTIAL) & set(VENDORS)) == []
    products = [data["product"].casefold() for data in [*map(matrix, VENDORS), *PARTIAL.values()]]
    assert sorted({name for name in products if products.count(name) > 1}) == []


@pytest.mark.parametrize(
    ("vendor", "functions", "rights"),
    [
        ("checkpoint_harmony_sase", 4, 6),
        ("dropsuite", 13, 40),
        ("guardz", 4, 8),
        ("hatz_ai", 4, 6),
        ("inky", 3, 5),
        ("kaseya_dark_web_id", 3, 4),
        ("labeldesk", 5, 5),
        ("lastpass", 3, 3),
        ("perimeters", 10, 20),
        ("syncsmart", 20, 42),
        ("turbodocx", 45, 45),
        ("visionary360_email_reconnector", 8, 11),
        ("visionary360_mass_maintenance_booster", 16, 24),
    ],
)
def test_a_list_has_all_of_its_vendors_rows_and_rights(vendor, functions, rights):
    found = levels(vendor)
    assert len(found) == functions
    assert sum(letter != "-" for letters in found.values() for letter in letters) == rights


def test_the_least_of_several_lists_of_a_vendor_is_its_role():
    assert levels("hatz_ai") == {
        "Companies / Company Maintenance": "---A",
        "Service Desk / Service Tickets": "MM-M",
        "System / Member Maintenance": "---A",
        "System / Table Setup": "---A",
    }
    assert [vendor for vendor in [*VENDORS, *PARTIAL] if vendor.startswith("hatz_ai")] == ["hatz_ai"]


def test_a_vendor_that_asks_for_whole_modules_is_known_and_gets_no_role():
    assert PARTIAL["chatpsa"]["permissions"] == [] and "more than is needed" in PARTIAL["chatpsa"]["missing"]
    whole = {name for name in levels("turbodocx") if name.startswith("Project / ")}
    assert whole == {f"Project / {function.name}" for function in functions() if function.module == "Project"}
    assert any("whole module Project" in note for note in matrix("turbodocx")["notes"])


def test_what_a_customize_link_opens_is_data_of_the_function():
    assert customized("gozynta_mobius")["System / Custom Menu Entry"] == ("allow", ["Mobius"])
    assert customized("gradient_msp")["Finance / Agreements"] == ("disallow", [])
    assert customized("syncsmart")["Marketing / Marketing Reports"] == ("allow", ["Marketing Campaign"])
    described = {each["function"]: each.get("described", "") for each in matrix("cyberfox_autoelevate")["customize"]}
    assert list(described) == ["Configurations", "Resource Scheduling", "Table Setup"]
    assert described["Configurations"] and described["Resource Scheduling"] and not described["Table Setup"]
    wildcards = matrix("syncsmart")["customize"][-1]
    assert wildcards["entries"] == ["General / Custom Fields"] and "Companies / *" in wildcards["described"]


def test_what_is_asked_of_the_member_is_data():
    needs = {vendor: list(matrix(vendor)["member_needs"]) for vendor in VENDORS if "member_needs" in matrix(vendor)}
    assert needs == {"deskdirector": ["email"], "guardz": ["excluded_boards"]}
    longer = {vendor for vendor in VENDORS if "member_identifier_as_written" in matrix(vendor)}
    assert longer == {"hudu", "syncsmart"}


def test_doubtful_and_newer_rows_are_there_and_said():
    assert levels("cloudim_marketplace")["Procurement / Product Catalog"] == "AA-A"
    assert any("Edit of Product Catalog" in doubt for doubt in matrix("cloudim_marketplace")["ambiguities"])
    (row,) = (row for row in matrix("immybot")["permissions"] if row["function"] == "Service Tickets")
    assert row["feature"] == "technician tools" and levels("immybot")["Service Desk / Service Tickets"] == "---A"
    (tables,) = matrix("timesanity")["customize"]
    assert tables["entries"] == ["General / Auto Sync", "Project / Project Boards"] and tables["unreadable"]
    assert "own Crates" in matrix("rewst")["notes"][0]


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
    data = [*map(matrix, VENDORS), *PARTIAL.values()]
    names = [each[field].casefold() for each in data if field in each]
    assert [name for name in names if names.count(name) > 1] == []
    assert not {"admin", "api", "apimember"} & set(names)


def test_functions_that_a_smaller_edition_lacks_are_optional():
    optional = {
        (vendor, row["function"]) for vendor in VENDORS for row in matrix(vendor)["permissions"] if row.get("optional")
    }
    assert optional == {("bitdefender", "Agreements"), ("gozynta_mobius", "Purchase Orders (Aiso)")}


def test_only_who_asks_for_the_highest_level_gets_it():
    asked = {vendor for vendor in VENDORS if "structure_level" in matrix(vendor)}
    assert asked == {
        "deskdirector",
        "hatz_ai",
        "hudu",
        "labeldesk",
        "ninjaone",
        "rewst",
        "turbodocx",
        "visionary360_accounting_sync",
        "visionary360_email_reconnector",
        "visionary360_mass_maintenance_booster",
    }


def test_tables_of_table_setup_are_no_functions():
    assert levels("cyberdrain_cow") == {
        "Companies / Company Maintenance": "---A",
        "Companies / Configurations": "-A-A",
        "System / Table Setup": "---A",
    }
    mode, entries = customized("cyberdrain_cow")["System / Table Setup"]
    assert mode == "allow" and len(entries) == 4
