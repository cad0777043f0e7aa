# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profile that a first contact stored, in later runs: nothing is requested twice, and nothing outdated is used."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.msp.connectwise.plugins.module_utils._client import routes
from ansible_collections.msp.connectwise.plugins.module_utils._client.client import Client
from ansible_collections.msp.connectwise.plugins.module_utils._client.profile import Profile, name_of
from ansible_collections.msp.connectwise.plugins.module_utils._ops import api_key, instance_info, run, security_role
from ansible_collections.msp.connectwise.plugins.plugin_utils import _profile
from ansible_collections.msp.connectwise.plugins.plugin_utils._own_files import InTheWay

VERSION = "v2025.1.10675"
PATCH, KEYS = name_of(routes.SETTING_WRITE), name_of(routes.KEYS)
ROLE = {
    "name": "Tool",
    "permissions": [{"module": "Companies", "function": "Company Maintenance", "inquire": "all"}],
    "on_unwritable": "report",
}


def perform(operation, instance, profile, check_mode=False, **options):
    checked = ArgumentSpecValidator(operation.argument_spec()).validate(
        {**instance.connection, "retries": 0, **options}
    )
    assert not checked.error_messages

    def client(connection, scrubber):
        made = Client(connection, scrubber)
        made.profile = profile
        return made

    instance.clear_log()
    return run.execute(operation.run, checked.validated_parameters, check_mode, True, make_client=client)


def asked(instance, text, method=None):
    return [e for e in instance.log if text in e["path"] and method in (None, e["method"])]


def missing(*names, version=VERSION):
    return Profile(version, frozenset(names), frozenset(), "handover/acme/profile.json")


def worked(*names, version=VERSION):
    return Profile(version, frozenset(), frozenset(names))


@pytest.fixture
def extended(make_instance):
    instance = make_instance(edition="extended")
    instance.add_role("Tool")
    return instance


def test_a_route_that_is_known_to_be_missing_isn_t_asked_again(extended):
    result = perform(security_role, extended, missing(PATCH), **ROLE)
    assert [each["reason"] for each in result["pending"]] == ["this instance's REST API can't write levels"]
    assert not asked(extended, "settings/", "PATCH")
    assert len(asked(extended, "/system/info")) == 1


@pytest.mark.parametrize(
    "profile", [None, missing(PATCH, version="v2024.9.1"), missing(PATCH, version=""), missing(KEYS)]
)
def test_what_another_version_lacked_or_another_route_says_nothing(extended, profile):
    result = perform(security_role, extended, profile, **ROLE)
    assert (result["levels_set"], result["pending"]) == (1, [])


def test_a_version_that_can_t_be_read_is_another_one(extended):
    extended.fault("status", path="system/info$", status=403, json={"code": "Security", "message": "no"}, times=None)
    assert perform(security_role, extended, missing(PATCH), **ROLE)["levels_set"] == 1


def test_without_a_profile_nothing_more_is_asked(extended):
    perform(security_role, extended, None, **ROLE)
    assert not asked(extended, "/system/info")


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (None, (0, 1, 0)),
        (worked(PATCH), (1, 0, 0)),
        (missing(PATCH), (0, 0, 1)),
        (worked(PATCH, version="v1.0"), (0, 1, 0)),
    ],
    ids=["nothing is known", "it worked", "it is missing", "it worked before an upgrade"],
)
def test_check_mode_promises_what_is_known(extended, profile, expected):
    result = perform(security_role, extended, profile, check_mode=True, **ROLE)
    assert (result["levels_set"], result["levels_undecided"], len(result["pending"])) == expected
    assert {entry["method"] for entry in extended.log} == {"GET"}


@pytest.mark.parametrize("profile", [None, worked(PATCH)])
def test_an_outage_of_a_route_that_worked_is_no_hand_over(extended, profile):
    extended.fault("status", method="PATCH", status=503, times=None)
    result = perform(security_role, extended, profile, **ROLE)
    if profile:
        assert result["failed"] and result["error"]["transient"]
    else:
        assert not result.get("failed") and len(result["pending"]) == 1


def test_keys_that_are_known_not_to_be_listed_aren_t_asked_for(extended):
    result = perform(instance_info, extended, missing(KEYS, PATCH), gather=["writes"])
    assert result["instance"]["writes"] == {"role_levels": False, "api_keys": False}
    assert not asked(extended, "apiKeys") and not asked(extended, "settings")
    extended.add_member("tool", "Tool")
    result = perform(api_key, extended, missing(KEYS), check_mode=True, member="tool", return_private_key=True)
    assert not asked(extended, "apiKeys")


def test_a_route_that_worked_is_said_to_be_offered(extended):
    result = perform(instance_info, extended, worked(PATCH), check_mode=True, gather=["writes"])
    assert result["instance"]["writes"]["role_levels"] is True


FOUND = {
    "format": "msp.connectwise.profile",
    "version": 1,
    "instance": "acme at example.net",
    "product_version": VERSION,
    "routes": {"missing": [PATCH], "worked": [KEYS]},
    "seen": {"levels-write": {"outcome": "seen", "detail": "404"}, "gone": {"outcome": "seen", "detail": ""}},
}


def keep(folder, content):
    (folder / "acme").mkdir()
    (folder / "acme" / "profile.json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_what_was_kept_is_read(tmp_path):
    keep(tmp_path, FOUND)
    kept = _profile.read(str(tmp_path), "acme", "ACME at example.net")
    assert (kept.profile.version, kept.profile.missing, kept.profile.worked) == (VERSION, {PATCH}, {KEYS})
    assert list(kept.seen) == ["levels-write"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '{"format": "msp.connectwise.profile"',
        "[1]",
        {**FOUND, "format": "mine"},
        {**FOUND, "version": 2},
        {**FOUND, "instance": "globex at example.net"},
        {**FOUND, "instance": None},
        {**FOUND, "routes": []},
        {**FOUND, "routes": {"missing": 5, "worked": []}},
        {**FOUND, "seen": {"levels-write": 5}},
        {**FOUND, "seen": [1]},
        {name: value for name, value in FOUND.items() if name != "product_version"},
    ],
)
def test_a_profile_that_can_t_be_read_or_is_another_s_is_none(tmp_path, content):
    keep(tmp_path, content)
    assert _profile.read(str(tmp_path), "acme", "acme at example.net") == _profile.Kept()


def test_a_profile_that_is_lost_or_behind_a_link_is_none(tmp_path):
    assert _profile.read(str(tmp_path), "acme", "acme at example.net") == _profile.Kept()
    keep(tmp_path, FOUND)
    (tmp_path / "globex").symlink_to(tmp_path / "acme")
    assert _profile.read(str(tmp_path), "globex", "acme at example.net") == _profile.Kept()


MADE = {"generated": "2026-01-02T03:04:05Z", "instance": {}, "stages": [], "left": [], "statements": [], "routes": []}


def test_a_report_that_says_the_same_keeps_its_time_and_what_isn_t_ours_stays(tmp_path):
    made = {"format": "msp.connectwise.first_contact", **MADE}
    made["instance"] = {"version": None, "cloud": None, "region": None, "api_version": None}
    assert len(_profile.write(str(tmp_path), "acme", made, FOUND, False)) == 3
    assert _profile.write(str(tmp_path), "acme", {**made, "generated": "2026-02-02T03:04:05Z"}, FOUND, False) == []
    page = tmp_path / "acme" / "first-contact.md"
    page.write_text("# My notes\n")
    with pytest.raises(InTheWay, match="isn't a first contact's report"):
        _profile.write(str(tmp_path), "acme", made, FOUND, False)
    assert page.read_text() == "# My notes\n"


def test_that_filling_in_was_confirmed_is_kept_beside_the_rest(tmp_path):
    """With a profile and without, through the next first contact, and for this instance alone."""
    where = (str(tmp_path), "acme", "acme at example.net")
    assert not _profile.is_fill_confirmed(*where)
    _profile.confirm_fill(*where, "2026-01-02T03:04:05Z")
    path = tmp_path / "acme" / "profile.json"
    assert json.loads(path.read_text())["fill_confirmed"] == "2026-01-02T03:04:05Z"
    assert _profile.is_fill_confirmed(*where) and _profile.read(*where).profile.version == ""
    assert not _profile.is_fill_confirmed(str(tmp_path), "acme", "globex at example.net")
    made = {"format": "msp.connectwise.first_contact", **MADE}
    made["instance"] = {"version": None, "cloud": None, "region": None, "api_version": None}
    _profile.write(str(tmp_path), "acme", made, FOUND, False)
    assert json.loads(path.read_text()) == {**FOUND, "fill_confirmed": "2026-01-02T03:04:05Z"}
    path.write_text(json.dumps(FOUND))
    _profile.confirm_fill(*where, "2026-05-02T03:04:05Z")
    assert json.loads(path.read_text()) == {**FOUND, "fill_confirmed": "2026-05-02T03:04:05Z"}
    path.write_text("my own")
    with pytest.raises(InTheWay):
        _profile.confirm_fill(*where, "2026-05-02T03:04:05Z")
    assert path.read_text() == "my own" and not _profile.is_fill_confirmed(*where)
