# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stores as a playbook uses them, in both ways in; and what is seen of a private key meanwhile."""

from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path

import pytest
from playbooks.controller import REWST, ROOT, Controller, active_keys

from . import optional_collections
from .conftest import KINDS

PLAYS = Path(__file__).resolve().parent / "plays"

_numbers = itertools.count(1)


@pytest.fixture
def controller(tmp_path):
    return Controller(tmp_path / "controller")


@pytest.fixture
def environment(request):
    """What a run with a kind of store has in its environment."""

    def make(kind, optional=True):
        paths = [str(ROOT / ".collections"), *([str(optional_collections.folder())] if optional else [])]
        own = {"ANSIBLE_COLLECTIONS_PATH": ":".join(paths)}
        if kind == "awx_credential":
            own.update(request.getfixturevalue("awx").environment)
        return own

    return make


@pytest.fixture
def add_host(controller, simulator, request):
    """An instance with a store for its key."""

    def add(kind, edition="extended", **variables):
        number = next(_numbers)
        host = f"host{number}"
        instance = simulator.add_instance(f"stores{number}", edition=edition)
        options = {
            "vault_file": {"path": str(controller.credentials / host / "tool.yml")},
            "plain_file": {"path": str(controller.credentials / host / "tool.yml")},
            "hashi_vault": {"path": f"connectwise/{host}/tool", "lease": 0},
            "awx_credential": {"name": f"Tool of {host}", "organization": "Default", "lease": 0},
        }[kind]
        own = request.getfixturevalue("openbao").variables() if kind == "hashi_vault" else {}
        variables = {**own, "the_store": {"type": kind, **options}, **variables}
        controller.add(host, instance, result_file=str(controller.folder / f"{host}.json"), **variables)
        return host, instance

    return add


def results(controller, host):
    return json.loads((controller.folder / f"{host}.json").read_text())


def forms(secret):
    raw = secret.encode()
    return [secret, base64.b64encode(raw).decode().rstrip("="), raw.hex()]


def assert_unseen(controller, run, secrets):
    """No private key is in what was printed, nor in any file of the user."""
    files = [path for path in controller.folder.rglob("*") if path.is_file() and path != controller.inventory]
    texts = {str(path): path.read_bytes() for path in files}
    texts["printed"] = run.printed.encode()
    secret_forms = [form.encode() for secret in secrets for form in forms(secret)]
    assert secret_forms and not [where for where, text in texts.items() if any(form in text for form in secret_forms)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_lives_and_ends_in_each_store(controller, add_host, environment, kind):
    away = "absent" if kind == "plain_file" else "archived"
    host, instance = add_host(kind, away=away)
    run = controller.run(PLAYS / "key.yml", "-vvv", "--diff", env=environment(kind)).expect(0)
    told = results(controller, host)
    steps = ("made", "again", "rotated", "kept", "ended", "retired", "away", "away_again")
    assert [told[step]["changed"] for step in steps] == [True, False, True, False, True, True, True, False]
    assert told["again"]["public_key"] == told["made"]["public_key"]
    assert told["rotated"]["rotated"] and told["rotated"]["previous_public_key"] == told["made"]["public_key"]
    assert told["kept"]["ready"] and told["kept"]["credentials"]["public_key"] == told["rotated"]["public_key"]
    assert [pair["public_key"] for pair in told["kept"]["credentials"]["previous"]] == [told["made"]["public_key"]]
    assert told["kept"]["credentials"]["retire_after"] == told["rotated"]["retire_after"]
    assert told["ended"]["previous_public_key"] is None
    assert [key["public_key"] for key in told["retired"]["retired"]] == [told["rotated"]["public_key"]]
    assert bool(told["away"]["archived_in"]) is (away == "archived")
    secrets = [key.private for key in instance.instance.store.keys.values() if key.private]
    assert_unseen(controller, run, secrets)


@pytest.mark.parametrize("kind", KINDS)
def test_check_mode_leaves_each_store_as_it_is(controller, add_host, environment, kind):
    _host, instance = add_host(kind, away="absent")
    controller.run(PLAYS / "key.yml", "--check", env=environment(kind))
    assert active_keys(instance, "backupvendor") == [instance.keys("backupvendor")[0]["publicKey"]]
    assert not controller.credentials.exists()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("hashi_vault", "needs the collection community.hashi_vault and the Python library hvac"),
        ("awx_credential", "needs the collection awx.awx"),
    ],
)
def test_a_missing_collection_is_told_before_any_request(controller, add_host, environment, kind, text):
    _host, instance = add_host(kind, away="absent")
    run = controller.run(PLAYS / "key.yml", env=environment(kind, optional=False)).expect(2)
    run.says(text, "Nothing was changed")
    assert instance.log == []


# a store of the user's own


@pytest.fixture
def own(controller, add_host):
    """A host whose pairs go to a store of the user's own: what is kept there, and the instance."""
    controller.set(own_folder=str(controller.folder / "own"), cw_store_tasks=str(PLAYS / "own_store.yml"))
    host, instance = add_host("vault_file")

    def read():
        path = controller.folder / "own" / f"{host}.json"
        return json.loads(path.read_text()) if path.exists() else None

    return host, instance, read


def test_a_store_of_ones_own_gets_the_pair_and_the_file_is_removed(controller, own):
    host, instance, read = own
    first = controller.run(REWST, "-vv").expect(0)
    pair = read()
    assert pair["member"] == "Rewst" and active_keys(instance, "Rewst") == [pair["public_key"]]
    assert not list(controller.credentials.rglob("*.yml"))
    second = controller.run(REWST, "-vv").expect(0)
    second.says("the key logs in as Rewst, matrix exact")
    assert second.changed(host) == 0 and read() == pair
    assert all(pair["private_key"] not in run.printed for run in (first, second))


def test_a_pair_that_ones_own_store_spoils_stays_in_the_file_and_is_handed_over_again(controller, own):
    host, instance, read = own
    run = controller.run(REWST, "-e", '{"spoil": true}').expect(2)
    run.says("gives back another pair", "correct the tasks and run again")
    staged = controller.stored(host, "rewst")["cw_credentials"]
    assert staged["private_key"] not in run.printed
    controller.run(REWST).expect(0)
    assert read()["private_key"] == staged["private_key"]
    assert not list(controller.credentials.rglob("*.yml"))
    assert active_keys(instance, "Rewst") == [staged["public_key"]]


def test_ones_own_store_in_check_mode_rotation_and_at_the_end(controller, own):
    host, instance, read = own
    state = instance.state
    controller.run(REWST, "--check").expect(0).says("would be converged")
    assert instance.state == state and read() is None
    controller.run(REWST).expect(0)
    rotate = controller.run("playbooks/rotate_keys.yml", "-e", "vendor=rewst", "-e", "rotate_max_age=0").expect(2)
    rotate.says("can't be rotated by age")
    meant = ("-e", f"target={host}", "-e", "vendor=rewst", "-e", f"offboard_hosts={host}")
    end = controller.run("playbooks/offboard.yml", *meant).expect(0)
    end.says("was seen to be refused")
    assert read() is None and active_keys(instance, "Rewst") == []


@pytest.mark.parametrize("kind", ["awx_credential", "hashi_vault"])
def test_a_person_goes_on_where_the_pair_isnt_kept_in_a_file(controller, environment, simulator, request, kind):
    """The folder for what the person hands in isn't made by a store of another kind."""
    own = request.getfixturevalue("openbao").variables() if kind == "hashi_vault" else {}
    place = {"organization": "Default"} if kind == "awx_credential" else {"path": "connectwise"}
    instance = simulator.add_instance(f"handover{next(_numbers)}", edition="published")
    controller.add("acme", instance, **own, cw_store={"type": kind, "lease": 0, **place})
    run = controller.run(REWST, env=environment(kind)).expect(2)
    run.says("Rewst on acme needs a person", "the key of API member Rewst is to be made")
    assert controller.worksheet("acme", "rewst").exists() and controller.hand_in("acme", "rewst").exists()
