# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup vendor_integration gives what a vendor's own role gives the role onboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 takes every string for a template

    def trust_as_template(value: str) -> str:
        return value


ROOT = Path(__file__).resolve().parents[3]
ROLES = sorted(path.parents[1].name for path in ROOT.glob("roles/*/vars/main.yml") if "_matrix:" in path.read_text())
GIVEN = {
    "product": "onboard_product",
    "role_name": "onboard_role_name",
    "permissions": "onboard_permissions",
    "table_setup": "onboard_table_setup",
    "member_identifier": "onboard_member_identifier",
    "member_name": "onboard_member_name",
    "structure_level": "onboard_structure_level",
    "key_description": "onboard_key_description",
}


def trusted(value: Any) -> Any:
    """With the strings of a file as templates, as Ansible has them."""
    if isinstance(value, dict):
        return {name: trusted(item) for name, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def looked_up(vendor: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
    templar = Templar(loader=DataLoader(), variables=variables)
    found: list[dict[str, Any]] = templar.template(
        trust_as_template(f"{{{{ query('msp.connectwise.vendor_integration', '{vendor}') }}}}")
    )
    return found


def of_the_role(vendor: str, variables: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """What its tasks hand on, and the names of all that they hand on."""
    folder = ROOT / "roles" / vendor
    defaults, own = (yaml.safe_load((folder / part / "main.yml").read_text()) for part in ("defaults", "vars"))
    (task,) = yaml.safe_load((folder / "tasks" / "main.yml").read_text())
    omitted = {"omit": "(omitted)"}
    templar = Templar(loader=DataLoader(), variables={**omitted, **trusted(defaults), **variables, **trusted(own)})
    given = {name: templar.template(trusted(task["vars"][variable])) for name, variable in GIVEN.items()}
    return {name: value for name, value in given.items() if value != "(omitted)"}, set(task["vars"])


def own_variables(vendor: str) -> dict[str, Any]:
    matrix = yaml.safe_load((ROOT / "roles" / vendor / "vars" / "main.yml").read_text())[f"{vendor}_matrix"]
    first = matrix["permissions"][0]
    return {
        f"{vendor}_role_name": trust_as_template("{{ brand }} role"),
        f"{vendor}_member_identifier": "Own",
        f"{vendor}_member_name": "Own name",
        f"{vendor}_key_description": "Own key",
        f"{vendor}_structure_level": "Location",
        f"{vendor}_permissions_extra": [{"module": "Own", "function": "Own", "inquire": "all"}],
        f"{vendor}_permissions_without": [{"module": first["module"], "function": first["function"]}],
        "brand": "Globex",
    }


@pytest.mark.parametrize("vendor", ROLES)
def test_as_the_vendors_own_role(vendor: str) -> None:
    for variables in ({}, own_variables(vendor)):
        found = looked_up(vendor, variables)
        if not found:
            continue
        given, names = of_the_role(vendor, variables)
        assert found == [{"vendor": vendor, **given}]
        assert names == {*GIVEN.values(), "onboard_vendor"}, "the lookup gives all that the role does"


def test_who_leaves_a_choice_is_left_out() -> None:
    left_out = {vendor for vendor in ROLES if not looked_up(vendor, {})}
    asked = {
        vendor
        for vendor in ROLES
        if {f"{vendor}_profile", f"{vendor}_table_setup_entries"}
        & set(yaml.safe_load((ROOT / "roles" / vendor / "meta" / "argument_specs.yml").read_text())
              ["argument_specs"]["main"]["options"])
    }  # fmt: skip
    assert left_out == asked and "deskdirector" in asked


@pytest.mark.parametrize(
    ("vendor", "variables", "said"),
    [
        ("rewts", {}, "no matrix of rewts was found"),
        ("rewst", {"rewst_permissions_without": [{"module": "Nowhere", "function": "None"}]}, "can't be taken out"),
    ],
)
def test_what_cannot_be_given_is_told(vendor: str, variables: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleError, match=said):
        looked_up(vendor, variables)
