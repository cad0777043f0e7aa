# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's page and a recording of one Save, reduced to structure: no text of the instance remains."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import jsonschema
import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._contact import report
from ansible_collections.msp.connectwise.plugins.module_utils._contact.saved import HOLE
from ansible_collections.msp.connectwise.plugins.module_utils._ops import first_contact
from test_first_contact import SCHEMA

SECRET, COOKIE = "Quellenhof AG", "c00kieValueThatIsLong"
PAGE = f"""<!DOCTYPE html><html><head><title>{SECRET}</title><script>var token = "{COOKIE}";</script></head>
<body class="gwt-Body"><div class="cw-main-banner"><span class="detailLabel">
Security Modules for Role - {SECRET}</span></div>
<div class="header"><div>Add Level</div><div>Edit Level</div><div>Inquire Level</div></div>
<table class="mm_list automation-4711"><tr class="row"><td>Member Maintenance</td><td><input class="mm_comboBox"
type="text" value="{SECRET}" data-user="automation"></td></tr><tr class="row"><td>Security Roles</td><td></td></tr>
<tr class="empty"></tr><tr class="empty"></tr><tr class="empty"></tr></table><p>{SECRET}</p></body></html>"""
PAYLOAD = {
    "roleRecId": 471100,
    "userToken": COOKIE,
    "companyName": SECRET,
    "automation": 1,
    "rows": [
        {"name": "Member Maintenance", "add": 1, "edit": 2, "inquire": 0, "flag": True, "other": None},
        {"name": "Security Roles", "add": 0, "edit": 1, "inquire": 2, "flag": True, "other": None},
        {"name": "Security Roles", "add": 0, "edit": 1, "inquire": 2, "flag": True, "other": None},
        {"name": SECRET, "add": "All", "edit": 1.5, "inquire": 10, "flag": False, "other": [1]},
    ],
}


class Structures:
    """Run the operation on what a person saved."""

    argument_spec = staticmethod(first_contact.argument_spec)

    def __init__(self, page=None, recording=None):
        self.saved = first_contact.Saved(page, recording)

    def run(self, params, context):
        return first_contact.run(params, context, saved=self.saved)


@pytest.fixture(scope="module")
def instance(simulator):
    return simulator.add_instance("saved", automation_role="Automation")


@pytest.fixture
def structure(execute, instance):
    def made(page=None, recording=None):
        result = execute(Structures(page, recording), instance)
        assert not result.get("failed"), result.get("msg")
        jsonschema.validate(result["report"], SCHEMA)
        return result

    return made


def host(instance):
    return instance.connection["site"].removeprefix("http://").split(":")[0]


def save(instance, action="UpdateSecurityRoleAction", payload=None, **changes):
    """An entry of a recording."""
    message = {"payload": json.dumps(payload or PAYLOAD), "payloadClassName": action, "project": "SystemCommon"}
    path = f"/v2025_1/services/system_io/actionprocessor/System/{action}.rails"
    entry = {
        "request": {
            "method": "POST",
            "url": f"https://{host(instance)}{path}",
            "headers": [{"name": "Cookie", "value": f"memberHash={COOKIE}"}, {"name": ":path", "value": path}],
            "cookies": [{"name": "memberHash", "value": COOKIE}],
            "postData": {"text": urlencode({"actionMessage": json.dumps(message)})},
        },
        "response": {
            "status": 200,
            "headers": [],
            "content": {"text": json.dumps({"success": True, "data": {"isSuccess": True, "action": PAYLOAD}})},
        },
    }
    return {name: {**part, **changes.get(name, {})} for name, part in entry.items()}


def har(*entries):
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}).encode()


def get(instance):
    return {
        "request": {"method": "GET", "url": f"https://{host(instance)}/page", "headers": []},
        "response": {"status": 200},
    }


def assert_clean(result):
    text = json.dumps(result["report"], ensure_ascii=False) + report.page(result["report"])
    assert [each for each in (SECRET, COOKIE, "4711", "automation", "127.0.0.1") if each in text] == []


def test_a_page_becomes_tags_classes_and_order(structure):
    result = structure(PAGE.encode())
    lines = [line.strip() for line in result["report"]["page"]]
    assert result["problems"] == []
    assert lines.index('"Add Level"') < lines.index('"Member Maintenance"') < lines.index('"Security Roles"')
    assert "tr.empty x 3" in lines and "input.mm_comboBox [data-user type=text value]" in [
        line.replace(HOLE, "data-user") for line in lines
    ]
    assert_clean(result)
    assert "```text" in report.page(result["report"])


def test_a_save_becomes_action_project_class_and_shape(structure, instance):
    result = structure(recording=har(get(instance), save(instance)))
    found = result["report"]["recording"]
    assert result["problems"] == [] and found["note"] == ""
    assert (found["module"], found["action"]) == ("System", "UpdateSecurityRoleAction")
    assert (found["project"], found["class_name"]) == ("SystemCommon", "UpdateSecurityRoleAction")
    assert found["fields"] == ["payload", "payloadClassName", "project"]
    payload = found["payload"]
    assert payload["roleRecId"] == "number" and payload["userToken"] == payload["companyName"] == HOLE
    same = {"flag": True, "other": None}
    assert payload["rows"] == [
        {"times": 1, "item": {"name": "Member Maintenance", "add": 1, "edit": 2, "inquire": 0, **same}},
        {"times": 2, "item": {"name": "Security Roles", "add": 0, "edit": 1, "inquire": 2, **same}},
        {
            "times": 1,
            "item": {
                "name": HOLE, "add": "All", "edit": "number", "inquire": "number", "flag": False,
                "other": [{"times": 1, "item": 1}],
            },
        },
    ]  # fmt: skip
    assert_clean(result)


def test_a_function_that_stands_in_a_header_is_a_hole(structure, instance):
    entry = save(instance)
    entry["request"]["headers"].append({"name": "Referer", "value": "x?title=Security Roles"})
    shown = json.dumps(structure(recording=har(entry))["report"]["recording"])
    assert "Security Roles" not in shown and "Member Maintenance" in shown


def test_a_byte_order_mark_is_left_out_and_said(structure, instance):
    found = structure(recording=b"\xef\xbb\xbf" + har(save(instance)))["report"]["recording"]
    assert found["action"] == "UpdateSecurityRoleAction" and "byte order mark" in found["note"]


def test_a_body_as_parameters_is_read(structure, instance):
    message = json.dumps({"payload": json.dumps(PAYLOAD), "payloadClassName": "A", "project": "B"})
    entry = save(instance, request={"postData": {"params": [{"name": "actionMessage", "value": message}]}})
    assert structure(recording=har(entry))["report"]["recording"]["project"] == "B"


ODD = {
    "another host": (
        lambda i: har(save(i, request={"url": save(i)["request"]["url"].replace(host(i), "na.example.net")})),
        "from another host",
    ),
    "two Saves": (lambda i: har(save(i), save(i)), "has 2 Saves"),
    "a failed one": (lambda i: har(save(i, response={"status": 500})), "Save in the recording failed"),
    "a refused one": (
        lambda i: har(save(i, response={"content": {"text": '{"success": true, "data": {"isSuccess": false}}'}})),
        "Save in the recording failed",
    ),
    "none": (lambda i: har(get(i)), "has no Save"),
    "only reading": (lambda i: har(save(i, action="GetSecurityRoleAction")), "has no Save"),
    "no bodies": (lambda i: har(save(i, request={"postData": {}})), "has no request bodies"),
    "a cut file": (lambda i: har(save(i))[:-40], "recording is cut off"),
    "no HAR": (lambda i: b"<html></html>", "isn't a HAR file"),
    "no entries": (lambda i: b"{}", "has no entries"),
    "another protocol": (lambda i: har(save(i, request={"postData": {"text": "7|0|9|http"}})), "an unknown format"),
    "a payload that is no JSON": (
        lambda i: har(save(i, request={"postData": {"text": urlencode({"actionMessage": '{"payload": "7|0"}'})}})),
        "payload isn't JSON",
    ),
    "no text": (lambda i: b"\xff\x00\x80{", "isn't UTF-8 text"),
}


@pytest.mark.parametrize("name", ODD)
def test_each_odd_recording_has_a_sentence_of_its_own(structure, instance, name):
    made, said = ODD[name]
    result = structure(recording=made(instance))
    assert len(result["problems"]) == 1 and said in result["problems"][0]
    assert result["report"]["recording"] is None and result["problems"][0] in "".join(result["lines"])
    assert_clean(result)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (b"", "isn't HTML"),
        (b"Member Maintenance", "isn't HTML"),
        (PAGE.replace("Member Maintenance", "x").replace("Security Roles", "x").encode(), "shows no function"),
        (b"<html><body><iframe src='x'></iframe></body></html>", "has a frame"),
        (PAGE[:-20].replace("</html", "").encode(), "is cut off"),
    ],
    ids=["empty", "a text", "another page", "a frame", "cut"],
)
def test_each_odd_page_has_a_sentence_of_its_own(structure, page, said):
    result = structure(page)
    assert len(result["problems"]) == 1 and said in result["problems"][0]
    assert result["report"]["page"] is None


@pytest.mark.parametrize(
    "junk", [b"\x00" * 50, b"<" * 5000, b"<a>" * 20000, b"[" * 100_000, b'{"log": {"entries": [1, null, {}]}}']
)
def test_junk_is_never_a_fault_of_ours(structure, junk):
    result = structure(junk, junk)
    assert len(result["problems"]) == 2
