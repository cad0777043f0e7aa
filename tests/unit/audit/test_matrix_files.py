# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Matrices as files, and a matrix file from a role."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError, AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible_collections.msp.connectwise.plugins.filter.vendor_matrix import vendor_matrix
from ansible_collections.msp.connectwise.plugins.module_utils._domain.catalogue import parse_catalogue
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendor_schema import faults

ROLE = {
    "name": "Timesheets API",
    "permissions": [
        {"module": "Time & Expense", "function": "Time Entry", "add": "all", "edit": "none", "inquire": "my"}
    ],
}


def catalogue(variables=None, **options):
    loader = DataLoader()
    lookup = lookup_loader.get(
        "msp.connectwise.vendor_catalogue", loader=loader, templar=Templar(loader=loader, variables=variables or {})
    )
    return {entry["vendor"]: entry for entry in lookup.run([], variables=variables or {}, **options)}


def test_the_vendors_of_the_collection_can_all_be_read():
    entries = catalogue()
    assert {"rewst", "ninjaone", "deskdirector"} <= set(entries)
    assert {matrix.vendor for matrix in parse_catalogue(list(entries.values()))} == set(entries)
    assert entries["rewst"]["role_name"] == "Rewst API" and entries["rewst"]["date"]
    assert all("purpose" not in row for entry in entries.values() for row in entry["permissions"])
    headers = next(row for row in entries["rewst"]["permissions"] if row["function"] == "Project Headers")
    assert headers["since"] == "2026-05-26"


def test_vendors_can_be_chosen():
    assert list(catalogue(vendors=["rewst"])) == ["rewst"]
    with pytest.raises(AnsibleLookupError, match="no matrix found for nobody"):
        catalogue(vendors=["nobody"])


def test_a_hosts_own_rows_and_names_count():
    variables = {
        "rewst_role_name": "Our Rewst",
        "rewst_permissions_extra": [{"module": "Sales", "function": "Opportunity", "inquire": "all"}],
        "rewst_permissions_without": [{"module": "Finance", "function": "Agreements"}],
    }
    entry = catalogue(variables, vendors=["rewst"])["rewst"]
    names = [row["function"] for row in entry["permissions"]]
    assert entry["role_name"] == "Our Rewst" and "Opportunity" in names and "Agreements" not in names
    assert next(row for row in entry["permissions"] if row["function"] == "Merge Tickets")["since"] == "2024-08-23"
    assert catalogue(variables, vendors=["rewst"], adjusted=False)["rewst"]["role_name"] == "Rewst API"


def test_a_role_becomes_a_matrix_of_ones_own(tmp_path):
    variable = vendor_matrix(ROLE, "timesheets", "Timesheets", date="2026-11-20")
    (tmp_path / "timesheets.yml").write_text(yaml.safe_dump(variable))
    (tmp_path / "notes.txt").write_text("not: read")
    entries = catalogue(vendor_dir=str(tmp_path))
    assert entries["timesheets"]["role_name"] == "Timesheets API" and "rewst" in entries
    (matrix,) = parse_catalogue([entries["timesheets"]])
    assert matrix.level(("time and expense", "time entry"), "add") == "all"
    assert variable["timesheets_matrix"]["permissions"] == [
        {"module": "Time & Expense", "function": "Time Entry", "add": "all", "inquire": "my"}
    ]


def test_a_role_of_which_less_is_known_becomes_one_too():
    rows = [*ROLE["permissions"], {"module": "Sales", "function": "Opportunity"}]  # which grants nothing
    matrix = vendor_matrix({**ROLE, "permissions": rows}, "timesheets", "Timesheets")["timesheets_matrix"]
    assert faults(matrix) == [] and not {"source", "date"} & set(matrix)
    assert [row["function"] for row in matrix["permissions"]] == ["Time Entry"]
    sourced = vendor_matrix(ROLE, "timesheets", "Timesheets", source="https://example.com/x", date="2026-11-20")
    assert faults(sourced["timesheets_matrix"]) == []


def test_a_matrix_of_ones_own_goes_before_the_collections(tmp_path):
    (tmp_path / "rewst.yaml").write_text(yaml.safe_dump(vendor_matrix(ROLE, "rewst", "Rewst")))
    assert catalogue(vendor_dir=str(tmp_path), vendors=["rewst"])["rewst"]["status"] == "own"


@pytest.mark.parametrize("content", ["a: [", "\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    (tmp_path / "broken.yml").write_text(content)
    with pytest.raises(AnsibleLookupError, match=r"broken\.yml: can't be read"):
        catalogue(vendor_dir=str(tmp_path))
    with pytest.raises(AnsibleLookupError, match="isn't a folder"):
        catalogue(vendor_dir=str(tmp_path / "nowhere"))


@pytest.mark.parametrize(("role", "vendor"), [(ROLE, "Time Sheets"), ({"name": "x"}, "a"), ([], "a"), (None, "a")])
def test_what_is_no_role_or_no_short_name_is_refused(role, vendor):
    with pytest.raises(AnsibleFilterError):
        vendor_matrix(role, vendor, "X")
