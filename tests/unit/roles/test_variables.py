# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of public variables, what is compared with it, and the refusal of names that aren't in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.module_utils._domain.vendor import OPTIONS
from ansible_collections.msp.connectwise.plugins.module_utils._ops.arguments import connection_spec
from ansible_collections.msp.connectwise.plugins.plugin_utils._asked import check_names
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import NotAsked, Variables, declared

ROOT = Path(__file__).resolve().parents[3]
ROLES = ("onboard", "fleet", "audit", "awx_setup")


def options(role):
    specs = yaml.safe_load((ROOT / "roles" / role / "meta/argument_specs.yml").read_text())
    return specs["argument_specs"]["main"]["options"]


def test_what_a_roles_argument_spec_has_is_listed_and_nothing_else():
    for role in ROLES:
        assert set(options(role)) == {name for name, about in declared().items() if about.get("role") == role}, role


def test_type_choices_and_default_are_those_of_the_argument_spec():
    # the audit is in plays of one's own as a role too, where Ansible would refuse blank values by a type
    assert {spec["type"] for spec in options("audit").values()} == {"raw"}
    for role in (role for role in ROLES if role != "audit"):
        for name, spec in options(role).items():
            about = declared()[name]
            assert about["type"] == spec.get("type", "str"), name
            assert about.get("choices") == spec.get("choices"), name
            assert bool(about.get("secret")) == bool(spec.get("no_log")), name
            if "from" not in about and not about.get("own"):
                assert about.get("default") == spec.get("default"), name


def test_what_no_role_describes_has_a_description():
    assert [name for name, about in declared().items() if ("role" in about) == bool(about.get("description"))] == []


def test_every_option_of_the_connection_is_an_inventory_variable():
    for name, spec in connection_spec().items():
        about = declared()[f"cw_{name}"]
        assert about["type"] == spec["type"], name
        assert about.get("default") == spec.get("default"), name


def test_an_inventory_variable_that_stands_in_is_listed_too():
    assert {about["from"] for about in declared().values() if "from" in about} <= set(declared())


@pytest.mark.parametrize(
    "name",
    ["target", "vendor", "cw_site", "rewst_role_name", "my_variable", "ansible_user", "awx_job_id", "tower_id", "env"],
)
def test_a_known_name_and_a_name_of_ones_own_pass(name):
    check_names([name])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("targte", "did you mean target?"),
        ("tagret", "did you mean target?"),
        ("vendors", "did you mean vendor?"),
        ("vndor", "did you mean vendor?"),
        ("rotate_nwo", "did you mean rotate_now?"),
        ("cw_sight", "cw_sight"),
        ("onboard_handoverr", "did you mean onboard_handover?"),
        ("rewst_role_nmae", "did you mean rewst_role_name?"),
        ("rewst_secret", "rewst_secret"),
        ("offboard_confirm", "Unknown extra variable"),
        ("awx_setup_hots", "did you mean awx_setup_host?"),
        ("first_contact_what", "Unknown extra variable"),
        ("onboard__state", "onboard__state can't be given"),
        ("onboard_role_name", "is only for the role onboard in your own playbook"),
    ],
)
def test_a_name_that_looks_like_ours_is_refused(name, said):
    with pytest.raises(NotAsked, match=said.replace("?", r"\?")):
        check_names(["vendor", name])


def test_all_wrong_names_are_said_at_once_and_no_value():
    with pytest.raises(NotAsked) as refused:
        check_names({"targte": "the-secret", "cw_nothing": "the-secret"})
    assert "targte" in str(refused.value) and "cw_nothing" in str(refused.value) and "secret" not in str(refused.value)


def test_the_options_of_a_vendor_are_known_for_every_vendor():
    check_names([f"hudu_{option}" for option in OPTIONS])


def values(**variables):
    return Variables(variables, lambda value: value)


@pytest.mark.parametrize("blank", [None, "", "  ", []])
def test_blank_is_the_inventorys_value_else_the_default(blank):
    assert values(onboard_output_dir=blank, cw_output_dir="/srv/out").value("onboard_output_dir") == "/srv/out"
    assert values(onboard_output_dir=blank, cw_output_dir=blank).value("onboard_output_dir") == "handover"
    assert values(onboard_email=blank).value("onboard_email") is None


@pytest.mark.parametrize("name", ["onboard_key_description", "onboard_time_zone", "cw_company", "audit_output_dir"])
@pytest.mark.parametrize("value", [True, False])
def test_a_truth_value_in_place_of_a_text_is_told(name, value):
    with pytest.raises(NotAsked, match=f"{name} must be text, but YAML reads it as {value}: put it in quotation"):
        Variables({name: value}, lambda given: given).value(name)


def test_zero_and_false_are_values():
    assert values(rotate_max_age="0").value("rotate_max_age") == 0
    assert values(onboard_confirmed="no").value("onboard_confirmed") is False


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"onboard_handover": "nope"}, "onboard_handover must be fail, report or wait, not 'nope'"),
        ({"onboard_handover_timeout": "soon"}, "onboard_handover_timeout must be of type float, not 'soon'"),
        ({"onboard_store": 5}, "onboard_store must be of type dict"),
        ({"cw_store": "vault"}, "cw_store must be of type dict"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_variable(variables, said):
    name = next(iter(variables)).replace("cw_", "onboard_")
    with pytest.raises(NotAsked, match=said):
        values(**variables).value(name)
