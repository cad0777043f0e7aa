# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of the vendors' roles, and that every role has the shape that all have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.module_utils._domain.levels import VERBS
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import adjust, parse_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import FunctionName
from simulator.catalogue import functions

ROOT = Path(__file__).resolve().parents[3]
VENDORS = ("deskdirector", "ninjaone", "rewst")


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


def test_every_role_with_a_matrix_is_tested_here():
    roles = {path.parent.parent.name for path in ROOT.glob("roles/*/vars/main.yml")} - {"onboard"}
    assert roles == set(VENDORS)


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


def test_deskdirector_says_that_its_list_is_derived_and_asks_the_user_to_choose():
    assert matrix("deskdirector")["status"] == "derived"
    assert len(levels("deskdirector")) == 19
    profile = load("roles/deskdirector/meta/argument_specs.yml")["argument_specs"]["main"]["options"][
        "deskdirector_profile"
    ]
    assert profile["required"] and profile["choices"] == ["admin", "derived"] and "default" not in profile
    assert "deskdirector_profile" not in load("roles/deskdirector/defaults/main.yml")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_matrix_is_complete_and_fits_the_limits(vendor):
    data = matrix(vendor)
    assert data["source"].startswith("https://") and data["date"] and data["status"] in ("published", "derived")
    assert len(data["role_name"]) <= 30 and len(data["member_name"]) <= 30 and len(data["member_identifier"]) <= 15
    assert all(row["purpose"] for row in data["permissions"])
    known = {FunctionName(function.module, function.name).key for function in functions()}
    assert {row.name.key for row in parse_rows(data["permissions"])} <= known


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_role_has_the_shape_that_all_have(vendor):
    options = load(f"roles/{vendor}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = load(f"roles/{vendor}/defaults/main.yml")
    assert set(options) - {f"{vendor}_profile"} == set(defaults)
    assert all(name.startswith(f"{vendor}_") for name in defaults)
    (play,) = load(f"playbooks/onboard_{vendor}.yml")
    assert play["hosts"] == "{{ target | default('connectwise') }}" and play["gather_facts"] is False


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


def test_the_readmes_are_what_their_data_says():
    result = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "role_readmes.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
