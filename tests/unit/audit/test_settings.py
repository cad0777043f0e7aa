# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of an audit: blank values of surveys and shells, lists as text, and unknown vendors."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils import _audit_settings
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import NotAsked, Variables, declared

OF_RUN = ("audit_output_dir", "audit_formats", "audit_since", "audit_fail_on", "audit_generated")
OF_HOST = (
    "audit_vendors", "audit_catalogue", "audit_map", "audit_check_credentials",
    "audit_credentials_dir",
)  # fmt: skip
BLANK = [None, "", "  ", [], "[]", "[ ]", ",", " ; ,", "\n", [None], [""], ["", " "]]
# separators in a text are a text, and a time has to be one
NO_TIME = ("[]", "[ ]", ",", " ; ,")


def settings(**variables):
    given = Variables({"audit_generated": "2026-11-22T04:00:00Z", **variables}, lambda value: value)
    return {**_audit_settings.of_run(given), **_audit_settings.of_host("acme", given)}


def test_every_variable_of_an_audit_is_tried_here():
    assert {*OF_RUN, *OF_HOST} == {name for name, about in declared().items() if about.get("role") == "audit"}


@pytest.mark.parametrize("value", BLANK, ids=repr)
@pytest.mark.parametrize("name", [*OF_RUN, *OF_HOST])
def test_blank_means_the_default_or_is_named(name, value):
    try:
        found = settings(**{name: value})
    except NotAsked as exc:
        assert name == "audit_generated" and value in NO_TIME and str(exc).startswith(f"{name} must be a time")
        return
    expected = settings()
    generated = found.pop("generated"), expected.pop("generated")
    assert found == expected
    assert name == "audit_generated" or len(set(generated)) == 1


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"awx_job_id": 7, "cw_output_dir": "/data/handover"}, "/data/handover/audit"),
        ({"tower_job_id": 7, "cw_output_dir": "/data", "audit_output_dir": ""}, "/data/audit"),
        ({"awx_job_id": 7, "cw_output_dir": "/data", "audit_output_dir": "/srv/audit"}, "/srv/audit"),
    ],
)
def test_in_awx_a_report_goes_where_the_other_files_go(variables, folder):
    assert settings(**variables)["output_dir"] == folder


@pytest.mark.parametrize(
    "variables", [{"cw_output_dir": "/data"}, {"awx_job_id": 7}, {"awx_job_id": 7, "cw_output_dir": " "}]
)
def test_elsewhere_it_goes_where_the_run_began(variables):
    assert settings(**variables)["output_dir"] == settings()["output_dir"]


@pytest.mark.parametrize(
    "value",
    ["rewst, hudu", "rewst;hudu", "rewst\nhudu\n", '["rewst", "hudu"]', "['rewst', 'hudu']", ["rewst", "hudu"],
     [" rewst", "", "HUDU "], "Rewst,,hudu;"],
    ids=["commas", "semicolons", "lines", "json", "python", "list", "blanks in a list", "odd separators"],
)  # fmt: skip
def test_lists_come_as_text(value):
    assert settings(audit_vendors=value)["vendors"] == ["rewst", "hudu"]


def test_every_list_of_an_audit_comes_as_text():
    found = settings(
        audit_formats="json; html",
        audit_fail_on='["excess","admin"]',
        audit_catalogue='[{"vendor": "own", "permissions": []}]',
        audit_map='{"X": "own"}',
        audit_check_credentials="no",
    )
    assert (found["formats"], found["fail_on"]) == (["json", "html"], ["excess", "admin"])
    assert found["catalogue"] == [{"vendor": "own", "permissions": []}]
    assert (found["audit_map"], found["credentials_dir"]) == ({"X": "own"}, None)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"audit_formats": "json, pdf"}, "audit_formats must be json, md, html, sarif or xml, not 'pdf'."),
        ({"audit_fail_on": "excess;unreadable"}, "audit_fail_on must be error, excess, missing, admin or none, not"),
        ({"audit_check_credentials": "perhaps"}, "audit_check_credentials must be of type bool"),
        ({"audit_output_dir": ["/srv"]}, "audit_output_dir must be of type path, not ['/srv']."),
        ({"audit_map": "[]x"}, "audit_map must be of type dict"),
        ({"audit_vendors": "[rewst"}, "audit_vendors must be of type list, not '[rewst'."),
        ({"audit_generated": "yesterday"}, "audit_generated must be a time in ISO 8601, such as"),
        ({"audit_since": "/nowhere/audit.json"}, "audit_since can't be used: /nowhere/audit.json can't be read"),
        ({"cw_vendor_dir": "/nowhere"}, "cw_vendor_dir can't be used: /nowhere isn't a folder."),
        ({"audit_catalogue": [{"product": "x"}]}, "audit_catalogue can't be used: catalogue entry 1"),
        ({"audit_vendors": "rewts"}, "Unknown vendor: rewts (audit_vendors). Did you mean rewst? Known vendors: arc"),
        ({"audit_vendors": "hudu;ninja-one"}, "Unknown vendor: ninja-one (audit_vendors). Did you mean ninjaone?"),
        ({"audit_map": {"X": "hudoo"}}, "Unknown vendor: hudoo (audit_map). Did you mean hudu?"),
        ({"audit_map": {"X": "hudu"}, "audit_vendors": ["rewst"]}, "Unknown vendor: hudu (audit_map)"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_used_names_its_variable(variables, said):
    with pytest.raises(NotAsked) as refused:
        settings(**variables)
    assert said in str(refused.value)
