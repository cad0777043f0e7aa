# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own vendor lists, in a folder (cw_vendor_dir)."""

from __future__ import annotations

import builtins
import copy

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible_collections.msp.connectwise.plugins.plugin_utils import _audit_settings, _vendor_files, _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._asked import check_names
from ansible_collections.msp.connectwise.plugins.plugin_utils._command import again
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import NotAsked, Variables
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendors import MatrixFileError

OURS = {
    "vendor": "Ourselves",
    "product": "Our Tool",
    "status": "own",
    "role_name": "Our Tool API",
    "member_identifier": "OurTool",
    "member_name": "Our Tool",
    "key_description": "Our Tool API",
    "permissions": [{"module": "Companies", "function": "Contacts", "add": "all", "inquire": "all"}],
    "delivery": {"where": ["Settings", "PSA"], "fields": [{"label": "Key", "values": ["public_key"]}]},
}
PARTIAL = {
    "vendor": "Half",
    "product": "Half Known",
    "status": "partial",
    "source": "https://example.com/rights",
    "date": "2026-01-31",
    "missing": "The levels of Project are a picture that can't be read.",
    "permissions": [{"module": "Project", "function": "Project Headers", "unknown": ["add"], "inquire": "all"}],
}


def kept(folder, vendor, matrix, name=None):
    (folder / (name or f"{vendor}.yml")).write_text(yaml.safe_dump({f"{vendor}_matrix": matrix}, sort_keys=False))


@pytest.fixture
def folder(tmp_path):
    kept(tmp_path, "ourtool", OURS)
    (tmp_path / "README.md").write_text("# notes")
    (tmp_path / ".hidden.yml").write_text("a: [")
    (tmp_path / "more").mkdir()
    return tmp_path


def variables(folder, **more):
    return Variables({"cw_vendor_dir": str(folder), **more}, lambda value: value)


def test_a_list_of_ones_own_is_a_vendor_like_the_collections(folder):
    there = str(folder)
    assert set(_vendors.names(there)) == {*_vendors.names(), "ourtool"}
    assert _vendors.matrix("ourtool", there) == OURS
    assert _vendors.product("ourtool", there) == "Our Tool" and _vendors.product("ourtool") == "ourtool"
    assert _vendors.delivery("ourtool", there).where == ("Settings", "PSA")
    assert _vendors.why_not("ourtool", there) == "" and "Unknown vendor: ourtool" in _vendors.why_not("ourtool")
    assert _vendors.replaced(there) == []


def test_its_options_count(folder):
    host = variables(folder, ourtool_role_name="Ours", ourtool_permissions_without=["Companies / Contacts"])
    (found,), refused = _vendors.integrations(["ourtool"], host)
    assert (found.role_name, found.product, found.permissions, refused) == ("Ours", "Our Tool", [], {})
    chosen = _vendors.integrations(["ourtool", "rewst"], variables(folder, ourtool_role_name="x" * 31))
    assert [each.vendor for each in chosen.integrations] == ["rewst"]
    assert "ourtool_role_name" in chosen.refused["ourtool"]


def test_its_extra_variables_are_known_and_their_near_misses_are_not(folder):
    vendors = _vendors.names(str(folder))
    check_names(["ourtool_role_name", "ourtool_permissions_extra", "cw_vendor_dir"], vendors)
    with pytest.raises(NotAsked, match=r"ourtool_rolename \(did you mean ourtool_role_name\?\)"):
        check_names(["ourtool_rolename"], vendors)
    with pytest.raises(NotAsked, match="Unknown extra variable: ourtool_anything"):
        check_names(["ourtool_anything"], vendors)
    check_names(["ourtool_anything"])  # without the folder it is somebody else's
    with pytest.raises(NotAsked, match=r"cw_vendors_dir \(did you mean cw_vendor_dir\?\)"):
        check_names(["cw_vendors_dir"])


def test_its_options_are_part_of_the_command_that_goes_on():
    given = ["ansible-playbook", "x.yml", "-e", "ourtool_role_name=Ours", "-e", "cw_vendor_dir=vendors"]
    assert again(given) == ("ansible-playbook x.yml -e ourtool_role_name=Ours -e cw_vendor_dir=vendors", False)


def test_it_replaces_the_collections_list_of_the_same_name(folder):
    kept(folder, "rewst", {**OURS, "product": "Rewst as we use it"})
    there = str(folder)
    assert _vendors.matrix("rewst", there)["product"] == "Rewst as we use it"
    assert _vendors.matrix("rewst")["product"] == "Rewst"
    assert _vendors.replaced(there) == ["rewst"]
    assert _vendors.names(there).count("rewst") == 1


def test_a_list_known_in_part_is_for_the_audit_alone(folder):
    kept(folder, "half", PARTIAL)
    kept(folder, "hudu", {**PARTIAL, "product": "Hudu"})  # also where it replaces a whole one
    there = str(folder)
    assert "half" in _vendors.matrices(there) and not {"half", "hudu"} & set(_vendors.names(there))
    chosen = _vendors.integrations(["half", "hudu", "ourtool"], variables(folder))
    assert [each.vendor for each in chosen.integrations] == ["ourtool"]
    for vendor, product in (("half", "Half Known"), ("hudu", "Hudu")):
        assert chosen.refused[vendor] == (
            f"The list of {product} is known only in part, so nothing is created from it: The levels of Project are a"
            " picture that can't be read."
        )
    assert "half" in _audit_settings.of_host("acme", variables(folder, audit_vendors="half"))["vendors"]


def test_audits_and_surveys_know_it(folder):
    loader = DataLoader()

    def looked_up(name, *terms, **options):
        given = {"cw_vendor_dir": str(folder), "ourtool_role_name": "Ours"}
        templar = Templar(loader=loader, variables=given)
        return lookup_loader.get(f"msp.connectwise.{name}", loader=loader, templar=templar).run(
            list(terms), variables=given, **options
        )

    entries = {entry["vendor"]: entry for entry in looked_up("vendor_catalogue")}
    assert entries["ourtool"]["role_name"] == "Ours" and "date" not in entries["ourtool"] and "rewst" in entries
    assert [entry["vendor"] for entry in looked_up("vendor_catalogue", vendors=["ourtool"])] == ["ourtool"]
    with pytest.raises(AnsibleError, match="no matrix found for ourtol; did you mean ourtool"):
        looked_up("vendor_catalogue", vendors=["ourtol"])
    (survey,) = looked_up("awx_survey", "onboard", folder="awx")
    (asked,) = [question for question in survey["spec"] if question["variable"] == "vendor"]
    assert {"ourtool", "rewst"} <= set(asked["choices"])
    assert _audit_settings.of_host("acme", variables(folder))["vendor_dir"] == str(folder)


@pytest.mark.parametrize("given", [None, "", "  "])
def test_no_folder_is_the_collection_alone(given):
    assert _vendors.checked_folder(Variables({"cw_vendor_dir": given}, lambda value: value)) == ""


def test_a_relative_folder_begins_where_the_run_was_started(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert _vendors.checked_folder(variables(folder.name)) == str(folder)


def test_every_fault_of_every_file_is_told_at_once(folder):
    matrix = copy.deepcopy(OURS)
    matrix["permissions"][0].update(add="All", delte="all")
    del matrix["role_name"]
    kept(folder, "ourtool", matrix)
    kept(folder, "second", {**OURS, "table_setup": {"mode": "none"}, "member_identifier": "x" * 16})
    kept(folder, "fourth", OURS, "third.yml")
    (folder / "fifth.yaml").write_text("fifth_matrix: {a: 1, a: 2}\nother: 1\n")
    (folder / "sixth.yml").write_text("a: [\nb: 1\n")
    (folder / "seventh.yml").write_bytes(b"a: \xff\n")
    (folder / "eighth.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3334\n")
    (folder / "ninth.yml").write_text("")
    (folder / "Our Tool.yml").write_text("a: 1\n")
    kept(folder, "fleet", OURS)
    with pytest.raises(NotAsked) as refused:
        _vendors.checked_folder(variables(folder))
    for said in (
        f"cw_vendor_dir can't be used: the files in {folder} have errors: ",
        "ourtool.yml: matrix: 'role_name' is a required property",
        "ourtool.yml: permissions[0]: Additional properties are not allowed ('delte' was unexpected)",
        "ourtool.yml: permissions[0].add: 'All' is not one of ['none', 'my', 'all']",
        "second.yml: matrix: Additional properties are not allowed ('table_setup' was unexpected)",
        f"second.yml: member_identifier: '{'x' * 16}' is 16 characters long; the limit is 15",
        "third.yml: its only top-level variable must be third_matrix, but it has fourth_matrix",
        "fifth.yaml: can't be read: line 1: a is listed twice",
        "sixth.yml: can't be read: line",
        "seventh.yml: can't be read: it isn't UTF-8",
        "eighth.yml: is encrypted with ansible-vault",
        "ninth.yml: its only top-level variable must be ninth_matrix",
        "Our Tool.yml: 'Our Tool' can't be a vendor's name",
        "fleet.yml: fleet can't be a vendor's name, since variables of this collection begin with fleet_",
    ):
        assert said in str(refused.value), said
    chosen = _vendors.integrations(["ourtool", "rewst"], variables(folder))
    assert chosen.integrations == [] and set(chosen.refused) == {"ourtool", "rewst"}


def test_two_files_of_one_vendor_are_a_fault(folder):
    kept(folder, "ourtool", OURS, "ourtool.yaml")
    with pytest.raises(MatrixFileError, match=r"ourtool\.yml: ourtool has another file there"):
        _vendors.own(str(folder))


@pytest.mark.parametrize("name", ["cw", "onboard", "rotate", "audit", "move", "first", "awx", "offboard", "adopt"])
def test_a_vendor_is_not_called_like_our_variables(name):
    assert "variables of this collection begin with" in _vendor_files.name_fault(name)


def test_a_date_needs_no_quotes_there(folder):
    text = yaml.safe_dump({"ourtool_matrix": {**OURS, "date": "x"}})
    (folder / "ourtool.yml").write_text(text.replace(": x", ": 2026-10-01"))
    assert _vendors.matrix("ourtool", str(folder))["date"] == "2026-10-01"


def test_what_is_no_folder_is_named(folder):
    for place in (folder / "nowhere", folder / "README.md"):
        with pytest.raises(NotAsked, match="isn't a folder"):
            _vendors.checked_folder(variables(place))


def test_without_jsonschema_one_sentence_says_how_to_get_it(folder, monkeypatch):
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "jsonschema":
            raise ModuleNotFoundError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "rewst" in _vendors.matrices()
    with pytest.raises(NotAsked, match=r"-m pip install 'jsonschema>=4.18'"):
        _vendors.checked_folder(variables(folder))


def test_every_file_of_the_collection_is_in_one_place_and_can_be_read():
    found = _vendors.matrices()
    assert set(_vendors.names()) <= set(found)
    assert all(_vendors.is_partial(found[vendor]) for vendor in set(found) - set(_vendors.names()))
