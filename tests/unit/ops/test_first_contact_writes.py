# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first contact creates with the user's consent, what it learns from it, and that it undoes it."""

from __future__ import annotations

import json

import jsonschema
import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import routes
from ansible_collections.msp.connectwise.plugins.module_utils._client.profile import name_of
from ansible_collections.msp.connectwise.plugins.module_utils._contact import report
from ansible_collections.msp.connectwise.plugins.module_utils._contact.writing import MEMBER, MEMBER_NAME, ROLE_NAME
from ansible_collections.msp.connectwise.plugins.module_utils._domain.statements import MEMBER as BY_MEMBER
from ansible_collections.msp.connectwise.plugins.module_utils._domain.statements import ROLE, STATEMENTS
from ansible_collections.msp.connectwise.plugins.module_utils._ops import first_contact
from test_first_contact import DROPPED, SCHEMA, seen

PATCH = name_of(routes.SETTING_WRITE)


@pytest.fixture
def make_instance(make_instance):
    """An instance with a few functions, so that many can be created."""
    return lambda **options: make_instance(**{"without_functions": DROPPED, **options})


def perform(execute, instance, **options):
    result = execute(first_contact, instance, writes=True, **options)
    assert not result.get("failed"), result.get("msg")
    jsonschema.validate(result["report"], SCHEMA)
    assert live_remains(instance) == []
    return result


def live_remains(instance):
    """What of ours still grants anything."""
    found = [member["identifier"] for member in instance.state["members"] if not member["inactiveFlag"]]
    left = [name for name in found if name.casefold() == MEMBER.casefold()]
    for role in instance.instance.store.roles.values():
        if role.name.startswith(ROLE_NAME):
            left += [role.name for row in role.settings for level in row.levels.values() if level in ("My", "All")]
    return left


def roles(instance):
    return [role.name for role in instance.instance.store.roles.values()]


def others(instance):
    state = instance.state
    return (
        [role for role in state["roles"] if not role["name"].startswith(ROLE_NAME)],
        [member for member in state["members"] if member["identifier"].casefold() != MEMBER.casefold()],
    )


def outcomes(result, by):
    return {name: seen(result)[name][0] for name, each in STATEMENTS.items() if each.by == by}


def test_a_role_is_created_looked_at_and_deleted(execute, make_instance, edition):
    instance = make_instance(edition=edition)
    before = instance.state
    result = perform(execute, instance)
    after = instance.state
    assert (after["roles"], after["members"]) == (before["roles"], before["members"])
    levels = "seen otherwise" if edition == "extended" else "seen"
    expected = {**dict.fromkeys(outcomes(result, ROLE), "seen"), "levels-write": levels, "levels-put": levels}
    assert outcomes(result, ROLE) == expected
    assert set(outcomes(result, BY_MEMBER).values()) == {"not tried"}
    assert result["report"]["stages"] == ["reading", "role"] and result["report"]["left"] == []
    routes_seen = result["profile"]["routes"]
    assert (PATCH in routes_seen["worked"], PATCH in routes_seen["missing"]) == (
        edition == "extended",
        edition != "extended",
    )
    assert result["changed"] and "API" not in " ".join(roles(instance)[-1:])


def test_a_member_is_created_looked_at_and_made_inactive(execute, make_instance, edition):
    instance = make_instance(edition=edition, inactive_holds_role=False)
    before = others(instance)
    result = perform(execute, instance, member=True)
    assert others(instance) == before and ROLE_NAME not in roles(instance)
    assert outcomes(result, BY_MEMBER) == {
        **dict.fromkeys(outcomes(result, BY_MEMBER), "seen"),
        "member-required": "seen otherwise",
        "keys-create": "seen otherwise" if edition == "extended" else "seen",
    }
    assert "defaultDepartment" in seen(result)["member-required"][1]
    assert result["report"]["left"] == ["an API member, inactive"]
    assert any(MEMBER in line and "inactive" in line for line in result["lines"])
    assert not [key for key in instance.member(MEMBER)["keys"] if not key["inactiveFlag"]]


def test_a_role_that_an_inactive_member_keeps_is_listed_and_used_again(execute, make_instance):
    instance = make_instance(edition="extended")
    first = perform(execute, instance, member=True)
    assert first["report"]["left"] == ["an API member, inactive", "a security role"]
    assert seen(first)["role-delete"][0] == "not tried"
    quiet = execute(first_contact, instance)
    assert not any("earlier first contact" in line for line in quiet["lines"])
    members = len(instance.state["members"])
    again = perform(execute, instance, member=True)
    assert roles(instance).count(ROLE_NAME) == 1 and len(instance.state["members"]) == members
    assert seen(again)["levels-write"][0] == "seen otherwise"
    assert seen(again)["error-unknown"][0] == seen(again)["member-create"][0] == "not tried"
    assert set(again["report"]["left"]) == {"an API member, inactive", "a security role"}


def test_the_private_key_of_the_key_that_was_created_is_nowhere(execute, make_instance):
    instance = make_instance(
        edition="extended", inactive_holds_role=False, keys_delete="forbidden", keys_patch="forbidden"
    )
    result = execute(first_contact, instance, writes=True, member=True)
    [key] = [key for key in instance.instance.store.keys.values() if key.description == "First contact"]
    text = json.dumps(result) + report.page(result["report"])
    assert key.private not in text and key.public not in json.dumps(result["report"])
    assert "perhaps an API key of that member" in result["report"]["left"]
    assert instance.member(MEMBER)["inactiveFlag"]


@pytest.mark.parametrize("member", [False, True])
@pytest.mark.parametrize("after", [0, 2, 4])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_whatever_write_fails_the_rest_is_undone_or_listed_and_the_next_run_undoes_it(
    execute, make_instance, method, after, member
):
    instance = make_instance(edition="extended", inactive_holds_role=False)
    before = others(instance)
    instance.fault("reset", method=method, after=after, times=3)
    result = execute(first_contact, instance, writes=True, member=member, retries=0)
    assert not result.get("failed") and others(instance) == before
    is_left = bool(live_remains(instance)) or ROLE_NAME in roles(instance)
    assert not is_left or {"a security role", "an API member, perhaps active"} & set(result["report"]["left"])
    instance.clear_faults()
    perform(execute, instance)
    assert ROLE_NAME not in roles(instance) and others(instance) == before


def test_what_a_killed_run_left_is_said_by_a_reading_run_and_undone_by_the_next(execute, make_instance):
    instance = make_instance(edition="published", inactive_holds_role=False)
    instance.add_role(ROLE_NAME)
    instance.add_member(MEMBER, ROLE_NAME, name=MEMBER_NAME)
    result = execute(first_contact, instance)
    assert result["report"]["left"] == ["an API member, active", "a security role"]
    assert any("first_contact_writes=true to undo it" in line for line in result["lines"])
    perform(execute, instance)
    assert ROLE_NAME not in roles(instance) and instance.member(MEMBER)["inactiveFlag"]


def test_a_role_of_that_name_that_somebody_uses_stays_and_so_does_a_member_that_isn_t_ours(execute, make_instance):
    instance = make_instance(edition="published", inactive_holds_role=False)
    instance.add_role(ROLE_NAME)
    instance.add_member("somebody", ROLE_NAME)
    instance.add_member(MEMBER, "Technician", name="A tool of ours")
    before = instance.state
    result = execute(first_contact, instance, writes=True, member=True)
    after = instance.state
    assert (after["roles"], after["members"]) == (before["roles"], before["members"])
    assert "a security role of an earlier first contact" in result["report"]["left"]


def test_a_role_is_left_where_nobody_tells_who_has_it(execute, make_instance):
    instance = make_instance(edition="published")
    instance.add_role(ROLE_NAME)
    instance.add_member("person1", ROLE_NAME, license_class="F")
    instance.fault(
        "status", path="/system/members$", status=403, json={"code": "Security", "message": "no"}, times=None
    )
    result = execute(first_contact, instance, writes=True)
    assert ROLE_NAME in roles(instance)
    assert "a security role of an earlier first contact" in result["report"]["left"]


def test_check_mode_writes_nothing(execute, make_instance):
    instance = make_instance(edition="extended")
    result = execute(first_contact, instance, check_mode=True, writes=True, member=True)
    assert result["report"]["stages"] == ["reading"] and {entry["method"] for entry in instance.log} == {"GET"}


def test_undocumented_routes_that_are_turned_off_aren_t_tried(execute, make_instance):
    instance = make_instance(edition="extended", inactive_holds_role=False)
    result = perform(execute, instance, member=True, probe_undocumented=False)
    assert {name: seen(result)[name][0] for name in ("levels-write", "levels-put", "keys-create")} == {
        "levels-write": "not tried", "levels-put": "not tried", "keys-create": "not tried",
    }  # fmt: skip
    assert not [entry for entry in instance.log if "apiKeys" in entry["path"] or "/settings/" in entry["path"]]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "at the first read"), (2, "visible after"), (60, "not visible after 10 s")]
)
def test_how_long_a_write_takes_to_show_is_measured(execute, make_instance, late, seconds, told):
    instance = make_instance(edition="published")
    late(instance, seconds)
    result = execute(first_contact, instance, writes=True)
    assert seen(result)["settling"][1].startswith(told)
    assert ROLE_NAME not in roles(instance)


@pytest.mark.parametrize(
    ("habits", "name", "expected"),
    [
        ({"posted_role": "none"}, "member-role", ("seen otherwise", "none")),
        ({"posted_role": "other"}, "member-role", ("seen otherwise", "another one")),
        ({"upper_case": True}, "identifier-case", ("seen otherwise", "kept in upper case")),
        ({"settings_patch": "forbidden"}, "levels-write", ("not tried", "403, Security, which is inconclusive")),
        ({"settings_patch": "page"}, "levels-write", None),
        ({"settings_patch": "method_not_allowed"}, "levels-write", ("seen", "405, no such route")),
        ({"keys_post": "page"}, "keys-create", None),
        ({"keys_post": "other_json"}, "keys-create", ("not tried", "accepted, but no key was returned")),
        ({"sparse": True}, "levels-write", ("not tried", "the new role shows no row with Inquire None")),
    ],
    ids=str,
)
def test_each_habit_of_writes_is_seen(execute, make_instance, habits, name, expected):
    instance = make_instance(edition="extended", inactive_holds_role=False, **habits)
    result = perform(execute, instance, member=True)
    assert seen(result)[name] == expected or (expected is None and seen(result)[name][0] == "not tried")
    assert ROLE_NAME not in roles(instance)
    if seen(result)["levels-write"][0] == "not tried":
        assert PATCH not in [*result["profile"]["routes"]["missing"], *result["profile"]["routes"]["worked"]]
