# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vendor's integration, built from its data and a host's options by one schema."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.names import lookalike
from ansible_collections.msp.connectwise.plugins.module_utils._domain.vendor import (
    VendorError,
    collisions,
    integration_of,
    variable_names,
)
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import Variables

NOWHERE = {"module": "Nowhere", "function": "None"}


def made(vendor, **values):
    return integration_of(vendor, _vendors.matrix(vendor), values)


def problems(vendor, **values):
    with pytest.raises(VendorError) as refused:
        made(vendor, **values)
    return refused.value.problems


def test_every_vendor_needs_no_option_but_a_profile():
    for vendor in _vendors.names():
        matrix = _vendors.matrix(vendor)
        profile = {"profile": matrix["profiles"][-1]["name"]} if "profiles" in matrix else {}
        integration = made(vendor, **profile)
        assert (integration.vendor, integration.product) == (vendor, matrix["product"])
        assert len(integration.permissions) == len(matrix["permissions"])
        assert integration.member_identifier == matrix["member_identifier"]


def test_options_win_over_the_published_data():
    integration = made(
        "rewst",
        role_name=" Our Rewst ",
        member_identifier="Own",
        member_name="Own name",
        key_description="Own key",
        structure_level="Location",
        permissions_extra=[{"module": "Own", "function": "Own", "inquire": "all"}],
        permissions_without=[{"module": "Project", "function": "Project Headers"}],
    )
    functions = [row["function"] for row in integration.permissions]
    assert integration.role_name == "Our Rewst" and integration.structure_level == "Location"
    assert "Own" in functions and "Project Headers" not in functions


@pytest.mark.parametrize("blank", [None, "", " ", []])
def test_blank_is_the_default(blank):
    options = variable_names("rewst", _vendors.matrix("rewst"))
    assert made("rewst", **dict.fromkeys(options, blank)) == made("rewst")


def test_every_mistake_is_named_at_its_place_at_once():
    found = problems(
        "rewst",
        role_name="x" * 31,
        member_identifier=["Rewst"],
        permissions_extra=[{"module": "Finance", "function": "Agreements", "inqure": "all"}],
        permissions_without=[NOWHERE],
    )
    assert [problem.split(" ")[0].rstrip(",:") for problem in found] == [
        "rewst_role_name",
        "rewst_member_identifier",
        "rewst_permissions_extra",
        "rewst_permissions_without",
    ]
    assert "has 31 characters; at most 30 are allowed" in found[0]
    assert "row 1: unknown field inqure" in found[2]
    assert found[3] == "rewst_permissions_without: Nowhere / None can't be removed: the matrix has no such row"


@pytest.mark.parametrize("rows", ["Finance", 5, {"module": "Finance"}])
def test_rows_that_are_no_list(rows):
    example = "{module: System, function: API Reports, inquire: all}"
    assert problems("rewst", permissions_extra=rows) == [
        f"rewst_permissions_extra must be a list of rows, such as {example}"
    ]


@pytest.mark.parametrize("rows", [["API Reports"], [{"name": "API Reports"}], [["System", "API Reports"]], [None]])
def test_rows_of_the_wrong_kind_are_told_with_the_right_form(rows):
    said = "; ".join(problems("hudu", permissions_extra=rows))
    assert "{module: System, function: API Reports, inquire: all}" in said or "a row has module, function" in said


@pytest.mark.parametrize(
    "without",
    [
        ["API Reports"],
        ["System / API Reports"],
        [" system/api  reports "],
        "API Reports",
        "API Reports; Companies / Contacts",
        "API Reports,\nContacts",
        ["Contacts", {"module": "System", "function": "API Reports"}],
    ],
)
def test_a_row_is_left_out_by_its_name(without):
    def functions(found):
        return {(row["module"], row["function"]) for row in found.permissions}

    both = "Contacts" in str(without)
    gone = {("System", "API Reports"), *([("Companies", "Contacts")] if both else [])}
    assert functions(made("hudu")) - functions(made("hudu", permissions_without=without)) == gone


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (["Reports"], "permissions_without: several modules have 'Reports'. Write "),
        (["API Report"], "permissions_without: 'API Report' can't be removed: the matrix has no such row"),
        (["Companies / API Reports"], "'Companies / API Reports' can't be removed: the matrix has no such row"),
        ([5], "row 1: not a mapping of module, function and levels, such as {module: System, "),
        (5, "permissions_without must be a list of rows, such as {module: System, "),
    ],
)
def test_a_name_of_a_row_that_isn_t_clear_is_told(without, said):
    """WatchGuard has rows named Reports in several modules."""
    assert said in "; ".join(problems("watchguard", permissions_without=without))


def test_a_profile_has_to_be_chosen():
    assert problems("deskdirector") == ["deskdirector_profile is missing: choose admin or derived"]
    assert "deskdirector_profile must be admin or derived" in problems("deskdirector", profile="Admin")[0]
    admin, derived = made("deskdirector", profile="admin"), made("deskdirector", profile="derived")
    assert (admin.role_name, admin.manage_role) == ("Admin", False)
    assert (derived.role_name, derived.manage_role) == ("DeskDirector API", True)


def test_a_list_of_tables_that_is_published_in_part_counts_once_it_is_given_whole():
    assert made("cyrisma").customize == []
    given = made("cyrisma", table_setup_entries=["Service / Service Board"])
    tables = {"module": "System", "function": "Table Setup", "mode": "allow", "entries": ["Service / Service Board"]}
    assert given.customize == [tables]
    assert "must be a list of tables" in problems("cyrisma", table_setup_entries=[1])[0]
    assert "table_setup_entries" not in variable_names("rewst", _vendors.matrix("rewst"))


@pytest.mark.parametrize(
    "name", ["NinjaOne API", "ninjaone api", " NinjaOne  API", "NinjaOne\u00a0API", "N\u0456nja\u041ene API"]
)
def test_two_vendors_with_one_role_are_both_refused(name):
    found = collisions([made("rewst", role_name=name), made("ninjaone", role_name="NinjaOne API"), made("hudu")])
    assert set(found) == {"rewst", "ninjaone"}
    assert "with ninjaone" in found["rewst"] and "set rewst_role_name" in found["rewst"]


@pytest.mark.parametrize("name", ["Hudu API", "HUDU api", "\u041dudu API", "Hudu\u200b API"])
def test_two_vendors_with_one_member_are_both_refused(name):
    found = collisions([made("rewst", member_identifier=name), made("hudu", member_identifier="Hudu API")])
    assert set(found) == {"rewst", "hudu"} and "API member" in found["hudu"]


def test_a_role_that_exists_may_be_shared():
    admin = made("deskdirector", profile="admin")
    assert collisions([admin, made("rewst", role_name="Admin ")]) == {}


def test_no_two_vendors_of_the_collection_collide():
    everyone = [
        made(vendor, **({"profile": "derived"} if vendor == "deskdirector" else {})) for vendor in _vendors.names()
    ]
    assert collisions(everyone) == {}


@pytest.mark.parametrize("one, other", [("Rewst", "Rewsl"), ("Rewst 1", "Rewst 2"), ("caf\u00e9", "cafe")])
def test_names_that_differ_are_two(one, other):
    assert lookalike(one) != lookalike(other)


def test_a_mistake_stops_that_vendor_alone():
    variables = Variables({"rewst_permissions_without": [NOWHERE]}, lambda value: value)
    chosen = _vendors.integrations(["rewst", "hudu", "nobody"], variables)
    assert [each.vendor for each in chosen.integrations] == ["hudu"]
    assert set(chosen.refused) == {"rewst", "nobody"}
    assert "Nowhere / None can't be removed: the matrix has no such row" in chosen.refused["rewst"]
