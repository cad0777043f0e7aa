# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_api_key over REST, and what all results and failures have in common."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import errors
from ansible_collections.msp.connectwise.plugins.module_utils._client.client import Client
from ansible_collections.msp.connectwise.plugins.module_utils._keys.pair import KeyPair
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import PairInbox, PairStore, RecoveryNote
from ansible_collections.msp.connectwise.plugins.module_utils._ops import (
    api_key,
    instance_info,
    run,
    security_role,
)

CELLS = [
    {"module": "Companies", "function": "Company Maintenance", "inquire": "all"},
    {"module": "Service Desk", "function": "Service Tickets", "add": "my", "edit": "my", "inquire": "all"},
]


def key(execute, instance, **options):
    return execute(api_key, instance, **{"member": "backupvendor", "description": "Tool", **options})


def make(execute, instance, **options):
    return key(execute, instance, return_private_key=True, **options)


def described(instance, description="Tool"):
    return [item for item in instance.keys("backupvendor") if item["description"] == description]


@pytest.fixture
def extended(make_instance):
    return make_instance(edition="extended")


def test_a_key_is_made_proven_and_returned(execute, extended):
    result = make(execute, extended, permissions=CELLS)
    (made,) = described(extended)
    assert result["changed"] and result["key_id"] == made["id"] and result["public_key"] == made["publicKey"]
    assert result["proof"] == {
        "logs_in": True,
        "member": "backupvendor",
        "matrix": "exact",
        "missing": [],
        "excess": [],
        "not_offered": [],
    }
    assert KeyPair(result["public_key"], result["private_key"]).fingerprint == result["fingerprint"]
    assert extended.log[-1]["public_key"] == made["publicKey"]


def test_the_private_half_is_nowhere_but_where_it_was_asked_for(execute, extended):
    result = make(execute, extended)
    private = result.pop("private_key")
    assert private not in json.dumps(result)
    assert "private_key" not in key(execute, extended, pair_public_key=result["public_key"], pair_private_key=private)


def test_an_active_key_of_the_description_counts_as_made(execute, extended):
    first = make(execute, extended)
    second = make(execute, extended)
    assert (second["changed"], second["key_id"], second["public_key"]) == (False, first["key_id"], None)
    assert "can't be read again" in second["warnings"][0]
    assert make(execute, extended, force=True)["changed"] and len(described(extended)) == 2


def test_a_matrix_that_the_member_does_not_have_differs_in_these_cells(execute, extended):
    public, private = extended.make_key("backupvendor", "by hand")
    wanted = [
        {**CELLS[0], "add": "all"},
        {"module": "Service Desk", "function": "Service Tickets", "inquire": "all"},
        {"module": "Quantum", "function": "Xylophone", "add": "all"},
    ]
    proof = key(execute, extended, pair_public_key=public, pair_private_key=private, permissions=wanted)["proof"]
    assert proof["matrix"] == "differs" and len(proof["missing"]) == 2
    assert proof["missing"][0] == "Companies / Company Maintenance, add: none -> all"
    assert proof["excess"] == [
        "Service Desk / Service Tickets, add: my -> none",
        "Service Desk / Service Tickets, edit: my -> none",
    ]


def test_a_key_that_may_not_read_its_own_levels_is_proven_by_login_alone(execute, extended):
    public, private = extended.make_key("backupvendor", "by hand")
    body = {"code": "Security", "message": "no"}
    extended.fault("status", path="mySecurity", status=403, json=body)
    proof = key(execute, extended, pair_public_key=public, pair_private_key=private, permissions=CELLS)["proof"]
    assert (proof["logs_in"], proof["member"], proof["matrix"]) == (True, None, "unverified")


@pytest.mark.parametrize("options", [{}, {"cloud": True}])
def test_a_supplied_pair_that_does_not_log_in_is_refused(execute, make_instance, options):
    instance = make_instance(**options)
    result = key(execute, instance, pair_public_key="public-nobody", pair_private_key="private-nobody")
    assert result["failed"] and result["error"]["kind"] == "PairRefused"
    assert "public-nobody" not in json.dumps(result) and "private-nobody" not in json.dumps(result)


def test_a_supplied_pair_of_another_member_is_refused(execute, extended):
    public, private = extended.make_key("automation", "x")
    result = key(execute, extended, pair_public_key=public, pair_private_key=private)
    assert result["failed"] and "belongs to API member 'automation'" in result["msg"]


def test_a_supplied_pair_is_verified_without_a_key_route(execute, make_instance):
    instance = make_instance()
    public, private = instance.make_key("backupvendor", "by hand")
    result = key(execute, instance, pair_public_key=f" {public} ", pair_private_key=f"{private}\n")
    assert (result["changed"], result["proof"]["member"], result["requests"]["written"]) == (False, "backupvendor", 0)


@pytest.mark.parametrize("on_unwritable", ["fail", "report"])
def test_where_no_key_can_be_made_a_person_is_told_how(execute, make_instance, on_unwritable):
    instance = make_instance()
    result = make(execute, instance, on_unwritable=on_unwritable)
    assert result.get("failed", False) is (on_unwritable == "fail") and not result["changed"]
    assert "tab API Keys" in result["pending"][0] and "creates no keys" in result["reason"]
    assert all(entry["method"] == "GET" for entry in instance.log)


def test_undocumented_routes_are_not_tried_where_that_is_turned_off(execute, extended):
    assert make(execute, extended, probe_undocumented=False, on_unwritable="report")["pending"]
    assert not any("apiKeys" in entry["path"] for entry in extended.log)


@pytest.mark.parametrize("kind", ["lost", "truncate"])
def test_a_lost_answer_leaves_one_key_whose_private_half_is_known(execute, extended, kind):
    extended.fault(kind, method="POST")
    result = make(execute, extended)
    (made,) = described(extended)
    assert result["public_key"] == made["publicKey"] and result["private_key"]
    assert len(extended.keys("backupvendor")) == 2  # the vendor's own one is still there


def test_an_answer_without_a_pair_is_handed_over_since_a_key_may_exist(execute, extended):
    extended.fault("status", method="POST", status=201, json={"id": 1}, times=None)
    result = make(execute, extended, on_unwritable="report")
    assert result["pending"] and "may have a key that nobody can use" in result["reason"]
    assert len([entry for entry in extended.log if entry["method"] == "POST"]) == 1


GATEWAY = {"fault": {"faultstring": "stopped"}}


@pytest.mark.parametrize("answer", [{"kind": "html", "status": 403}, {"kind": "status", "status": 403, "json": GATEWAY},
                                    {"kind": "html", "status": 401}, {"kind": "reset"}])  # fmt: skip
def test_a_request_of_which_nobody_knows_what_it_did_is_sent_once(execute, extended, answer):
    extended.fault(method="POST", times=None, **answer)
    result = make(execute, extended)
    assert result["error"]["kind"] == "AnswerLost" and "cw_probe_undocumented: false" in result["msg"]
    assert len([entry for entry in extended.log if entry["method"] == "POST"]) == 1


@pytest.mark.parametrize("status", [404, 405])
def test_a_page_that_says_there_is_nothing_here_means_that_no_key_was_created(execute, extended, status):
    extended.fault("html", method="POST", path="apiKeys", status=status, times=None)
    result = make(execute, extended, on_unwritable="report")
    assert not result.get("failed") and result["pending"] and "may have a key" not in result["reason"]


@pytest.mark.parametrize(("member", "text"), [("nobody", "doesn't exist"), ("retired", "is inactive")])
def test_no_key_is_made_for_a_member_that_cannot_use_it(execute, extended, member, text):
    result = make(execute, extended, member=member)
    assert result["failed"] and text in result["msg"]
    assert all(entry["method"] == "GET" for entry in extended.log)


def test_check_mode_tells_what_a_run_does(parity, make_instance, edition):
    instance = make_instance(edition=edition)
    for options in (
        {"return_private_key": True},
        {"return_private_key": True, "force": True},
        {"state": "absent"},
        {"state": "absent"},
    ):
        parity(
            api_key,
            instance,
            keys=("changed", "diff", "pending", "retired"),
            member="backupvendor",
            description="Tool",
            on_unwritable="report",
            **options,
        )


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"description": None}, ["credentials_file or store, or return_private_key", "description is required"]),
        ({"state": "absent", "description": None}, ["select the key to retire"]),
    ],
)
def test_options_that_make_no_sense_are_told_together(execute, extended, options, parts):
    result = key(execute, extended, **options)
    assert result["failed"] and len(result["problems"]) == len(parts)
    assert all(part in result["msg"] for part in parts) and extended.log == []


def test_a_matrix_that_cannot_be_read_is_told_before_any_request(execute, extended):
    result = make(execute, extended, permissions=[CELLS[0], CELLS[0]])
    assert "listed twice" in result["problems"][0] and extended.log == []


@pytest.mark.parametrize("description", ["Tool", None])
def test_a_pair_of_a_persons_file_is_verified_though_a_key_of_this_description_exists(execute, extended, description):
    public, private = extended.make_key("backupvendor", description or "")
    read = []

    class Hand(PairInbox):
        place = "the file"

        def read(self):
            read.append(1)
            return KeyPair(public, private)

        def clear(self):
            raise AssertionError("nothing was kept")

    def operation(params, context):
        store = api_key.NoStore()
        return api_key.run({**params, "pair_file": "x"}, context, store, Hand())

    class Operation:
        argument_spec = staticmethod(api_key.argument_spec)
        run = staticmethod(operation)

    result = execute(
        Operation, extended, member="backupvendor", **({"description": description} if description else {})
    )
    assert read and result["proof"]["logs_in"] and result["public_key"] == public


def test_a_pair_is_waited_for_in_a_persons_file(execute, make_instance, clock):
    instance = make_instance()
    pair, lines = [], []

    class Hand(PairInbox):
        place = "the file"

        def read(self):
            return pair[0] if pair else None

        def clear(self):
            pair.clear()

    class Operation:
        argument_spec = staticmethod(api_key.argument_spec)

        @staticmethod
        def run(params, context):
            return api_key.run({**params, "pair_file": "x"}, context, None, Hand())

    clock.at(2, lambda: pair.append(KeyPair(*instance.make_key("backupvendor", "Tool"))))
    result = execute(
        Operation, instance, member="backupvendor", wait_timeout=60, wait_interval=5, progress=lines.append
    )
    assert result["proof"]["member"] == "backupvendor" and result["pending"] == [] and clock.naps == 2
    assert "in the file, up to 60 s" in lines[0] and lines[1].startswith("done")


def test_keys_that_may_not_be_listed_are_left_to_a_person(execute, make_instance):
    instance = make_instance(edition="extended")
    body = {"code": "Security", "message": "no"}
    instance.fault("status", path="apiKeys", status=403, json=body, times=None)
    result = make(execute, instance, on_unwritable="report")
    assert result["pending"] and "Member Maintenance" in result["reason"]


def test_check_mode_for_a_member_that_is_not_there_yet_asks_whether_keys_could_be_made(execute, make_instance, edition):
    result = make(execute, make_instance(edition=edition), member="nobody", check_mode=True, on_unwritable="report")
    assert result["changed"] is (edition == "extended") and bool(result["pending"]) is (edition == "published")
    assert "earlier task" in result["warnings"][0]


def test_a_key_without_an_id_in_the_list_is_passed_over(execute, extended):
    extended.fault("status", method="GET", path="apiKeys", status=200, json=[{"description": "Tool"}, {"id": "x"}])
    assert make(execute, extended)["changed"]


def test_a_key_that_is_gone_already_is_retired(execute, extended):
    public, _private = extended.make_key("backupvendor", "Tool")
    extended.fault("status", method="DELETE", status=404, json={"code": "NotFound", "message": "gone"})
    result = key(execute, extended, state="absent")
    assert [item["public_key"] for item in result["retired"]] == [public]


# retiring


@pytest.mark.parametrize("by", ["key_id", "pair_public_key", "description"])
def test_a_key_is_retired_by_what_names_it(execute, extended, by):
    public, private = extended.make_key("backupvendor", "Tool")
    other = extended.make_key("backupvendor", "Other")
    (chosen,) = described(extended)
    options = {
        "key_id": {"key_id": chosen["id"]},
        "description": {},
        "pair_public_key": {"pair_public_key": public, "pair_private_key": private},
    }[by]
    result = key(execute, extended, state="absent", **options)
    assert result["changed"] and [item["id"] for item in result["retired"]] == [chosen["id"]]
    assert described(extended) == [] and described(extended, "Other")[0]["publicKey"] == other[0]
    assert key(execute, extended, state="absent", **options)["changed"] is False


def test_a_key_that_cannot_be_deleted_is_made_inactive(execute, make_instance):
    instance = make_instance(edition="extended", automation_role="Automation")
    instance.make_key("backupvendor", "Tool")
    assert key(execute, instance, state="absent")["changed"]
    assert described(instance)[0]["inactiveFlag"] is True


def test_a_key_that_stays_active_is_found_out(execute, extended):
    extended.make_key("backupvendor", "Tool")
    extended.fault("silent", method="DELETE")
    result = key(execute, extended, state="absent")
    assert result["error"]["kind"] == "NotKept" and "still active" in result["msg"]


@pytest.mark.parametrize("on_unwritable", ["fail", "report"])
def test_where_keys_cannot_be_retired_a_person_is_told_how(execute, make_instance, on_unwritable):
    result = key(execute, make_instance(), state="absent", on_unwritable=on_unwritable)
    assert "delete the key Tool" in result["pending"][0] and result.get("failed", False) is (on_unwritable == "fail")


@pytest.mark.parametrize("edition", ["published", "extended"])
def test_what_was_given_as_a_public_key_and_may_be_the_private_one_is_not_shown(execute, make_instance, edition):
    instance = make_instance(edition=edition)
    public, private = instance.make_key("backupvendor", "Tool")
    result = key(execute, instance, state="absent", pair_public_key=private, pair_private_key=public)
    assert private not in json.dumps(result)


@pytest.mark.parametrize("description", ["tool", " TOOL "])
def test_a_description_names_the_same_key_whatever_its_case(execute, extended, description):
    made = make(execute, extended)
    seen = make(execute, extended, description=description)
    assert (seen["changed"], seen["key_id"]) == (False, made["key_id"])
    result = key(execute, extended, state="absent", description=description)
    assert [item["public_key"] for item in result["retired"]] == [made["public_key"]]
    assert described(extended) == []


# with a store


class Kept(PairStore):
    """A store in memory."""

    place = "the store"

    def __init__(self):
        self.pair = self.left = self.known = None

    def check_writable(self):
        return None

    def load(self):
        return self.pair

    def read_recovery_note(self):
        return self.left

    def write_recovery_note(self, known_ids, attempt_id=""):
        self.left = RecoveryNote(None if known_ids is None else tuple(known_ids), attempt_id)

    def keep(self, pair):
        self.pair = pair

    def clear_recovery_note(self):
        self.left = None

    def record(self):
        return self.known

    def write_record(self, record):
        self.known = record


@pytest.fixture
def kept(execute):
    """``kept(instance, ...)`` runs cw_api_key with a store; ``kept.store`` is that store."""
    store = Kept()

    def call(instance, **options):
        class Operation:
            argument_spec = staticmethod(api_key.argument_spec)

            @staticmethod
            def run(params, context):
                return api_key.run(params, context, store)

        return execute(Operation, instance, **{"member": "backupvendor", "description": "Tool", **options})

    call.store = store
    return call


def test_a_key_is_rotated_over_rest(kept, extended):
    first = kept(extended)
    assert (first["age_days"], first["rotated"], first["previous_public_key"]) == (0, False, None)
    assert kept(extended, state="rotated", max_age=30)["changed"] is False
    done = kept(extended, state="rotated", max_age=0, keep_old_for=1, permissions=CELLS)
    assert done["rotated"] and done["retire_after"] > done["made"]
    assert done["previous_public_key"] == first["public_key"]
    assert len(described(extended)) == 2 and done["proof"]["matrix"] == "exact"
    ended = kept(extended, state="rotated", max_age=0)
    assert [item["publicKey"] for item in described(extended)] == [done["public_key"]]
    assert f"Key {first['public_key']} of backupvendor: retired" in ended["diff"]["after"]


def test_a_key_is_rotated_by_hand_where_rest_makes_none(kept, make_instance):
    instance = make_instance()
    old = instance.make_key("backupvendor", "Tool")
    assert kept(instance, pair_public_key=old[0], pair_private_key=old[1])["changed"]
    asked = kept(instance, state="rotated", max_age=0, on_unwritable="report")
    assert asked["pending"] and not asked["changed"] and asked["public_key"] == old[0]
    assert kept(instance, state="rotated", max_age=0)["failed"]
    new = instance.make_key("backupvendor", "Tool")
    pair = {"pair_public_key": new[0], "pair_private_key": new[1]}
    taken = kept(instance, state="rotated", max_age=0, on_unwritable="report", **pair)
    assert taken["rotated"] and f"delete the key {old[0]}" in taken["pending"][0]
    (number,) = [item["id"] for item in instance.keys("backupvendor") if item["publicKey"] == old[0]]
    del instance.instance.store.keys[number]
    done = kept(instance, on_unwritable="report")
    assert done["changed"] and done["pending"] == [] and done["previous_public_key"] is None


def test_absent_retires_the_old_pair_of_a_rotation_too(kept, extended):
    kept(extended)
    kept(extended, state="rotated", max_age=0, keep_old_for=1)
    result = kept(extended, state="absent")
    assert len(result["retired"]) == 2 and described(extended) == []


def test_absent_verifies_that_a_person_deleted_the_key(kept, make_instance):
    instance = make_instance()
    public, private = instance.make_key("backupvendor", "Tool")
    kept(instance, pair_public_key=public, pair_private_key=private)
    asked = kept(instance, state="absent", on_unwritable="report")
    assert f"delete the key {public}" in asked["pending"][0]
    (number,) = [item["id"] for item in instance.keys("backupvendor") if item["publicKey"] == public]
    del instance.instance.store.keys[number]
    assert kept(instance, state="absent")["pending"] == []


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, "max_age is required"),
        ({"max_age": -1}, "max_age can't be negative"),
        ({"max_age": 1, "keep_old_for": -1}, "keep_old_for can't be negative"),
        ({"max_age": 1, "force": True}, "force is for state present"),
        ({"max_age": 1, "description": None}, "description is required"),
    ],
)
def test_a_rotation_that_makes_no_sense_is_told_before_any_request(kept, extended, options, part):
    result = kept(extended, state="rotated", **options)
    assert result["failed"] and len(result["problems"]) == 1 and part in result["msg"] and extended.log == []


def test_a_rotation_needs_a_store(execute, extended):
    result = make(execute, extended, state="rotated", max_age=0)
    assert result["failed"] and "credentials_file or store" in result["msg"] and extended.log == []


# every result


def test_a_fault_of_the_collection_itself_is_told_and_scrubbed(execute, extended):
    private = extended.connection["private_key"]

    class Broken:
        argument_spec = staticmethod(instance_info.argument_spec)

        @staticmethod
        def run(params, context):
            raise RuntimeError(f"oh no: {private}")

    result = execute(Broken, extended)
    assert result["failed"] and "(please report it): RuntimeError: oh no: ********" in result["msg"]
    assert private not in json.dumps(result) and result["changed"] is False and "Traceback" in result["exception"]


def test_options_that_cannot_be_used_make_no_request_and_show_no_secret(execute, extended):
    result = execute(instance_info, extended, site="ftp://x", client_id=" ")
    assert result["failed"] and len(result["problems"]) == 2 and result["changed"] is False
    assert extended.connection["private_key"] not in json.dumps(result) and extended.log == []


def test_a_failed_request_is_told_in_parts(execute, extended):
    extended.fault("status", status=403, json={"code": "Security", "message": "no"})
    error = execute(security_role, extended, name="x")["error"]
    assert (error["kind"], error["method"], error["path"], error["status"], error["code"], error["message"]) == (
        "Forbidden",
        "GET",
        "/system/securityroles",
        403,
        "Security",
        "no",
    )
    assert error["instance"].startswith(extended.connection["company"])


def test_the_diff_is_only_there_where_it_is_asked_for(extended):
    params = {
        **{name: spec.get("default") for name, spec in security_role.argument_spec().items()},
        **extended.connection,
        "timeout": 5,
        "name": "x",
    }
    assert "diff" in run.execute(security_role.run, params, True, True)
    assert "diff" not in run.execute(security_role.run, params, True, False)


def test_a_shared_session_counts_the_requests_of_each_run_alone(extended):
    clients = []

    def shared(connection, scrubber):
        clients.append(clients[0] if clients else Client(connection, scrubber))
        return clients[0]

    params = {
        **{name: spec.get("default") for name, spec in security_role.argument_spec().items()},
        **extended.connection,
        "timeout": 5,
        "name": "x",
    }
    counts = [run.execute(security_role.run, params, True, False, shared)["requests"] for _round in range(2)]
    assert counts[0] == counts[1] == {"read": 1, "written": 0, "retried": 0}


def test_progress_lines_are_scrubbed(execute, extended):
    lines = []

    class Talking:
        argument_spec = staticmethod(instance_info.argument_spec)

        @staticmethod
        def run(params, context):
            context.progress(f"waiting with {params['private_key']}")
            return {}

    execute(Talking, extended, progress=lines.append)
    assert lines == ["waiting with ********"]


def test_every_kind_of_failure_says_what_happened():
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.RequestFailed)
    ]
    texts = {kind: str(kind("acme at host", "GET", "/p", 500, "Code", "detail", ["f: x"])) for kind in kinds}
    assert len(set(texts.values())) == len(kinds) > 12
    for text in texts.values():
        assert "acme at host: GET /p returned 500: Code: detail (f: x)" in text
