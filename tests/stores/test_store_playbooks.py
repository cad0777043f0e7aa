# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stores in playbooks, and who sees a private key meanwhile."""

from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path

import pytest
from playbooks.controller import REWST, active_keys

from .conftest import KINDS

PLAYS = Path(__file__).resolve().parent / "plays"

_numbers = itertools.count(1)


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
    """No private key is in the output, nor in any file of the user."""
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
def copies(controller):
    """{host.vendor: pair} of what the user's own tasks copied."""
    controller.set(own_folder=str(controller.folder / "own"), cw_copy_tasks=str(PLAYS / "copy.yml"))

    def read():
        return {path.stem: json.loads(path.read_text()) for path in sorted((controller.folder / "own").glob("*.json"))}

    return read


@pytest.mark.parametrize("playbook", ["playbooks/onboard.yml", "playbooks/site.yml", "role"])
def test_each_new_pair_is_copied_once_after_it_is_stored(controller, add_host, copies, playbook, tmp_path):
    host, instance = add_host("vault_file")
    controller.set(cw_vendors=["rewst", "hudu"])
    if playbook == "role":
        playbook = tmp_path / "own.yml"
        names = ("rewst", "hudu")
        roles = [{"name": name, "import_role": {"name": f"msp.connectwise.{name}"}} for name in names]
        playbook.write_text(json.dumps([{"hosts": "connectwise", "gather_facts": False, "tasks": roles}]))
    options = ("-e", "vendor=rewst,hudu") if playbook == "playbooks/onboard.yml" else ()
    runs = [controller.run(playbook, *options, "-vvv").expect(0)]
    found = copies()
    assert set(found) == {f"{host}.rewst", f"{host}.hudu"}
    for vendor, member in (("rewst", "Rewst"), ("hudu", "Hudu API")):
        stored = controller.stored(host, vendor)["cw_credentials"]
        pair = found[f"{host}.{vendor}"]
        assert (pair["host"], pair["vendor"], pair["member"]) == (host, vendor, member)
        assert (pair["public_key"], pair["private_key"]) == (stored["public_key"], stored["private_key"])
        assert active_keys(instance, member) == [pair["public_key"]]
    runs.append(controller.run(playbook, *options).expect(0))
    assert runs[1].changed(host) == 0 and "Run your own tasks" not in runs[1].stdout
    assert all(pair["private_key"] not in run.printed for run in runs for pair in found.values())

    rotate = ("-e", f"target={host}", "-e", "vendor=rewst", "-e", "rotate_now=true")
    controller.run("playbooks/rotate_keys.yml", *rotate).expect(0)
    new = copies()[f"{host}.rewst"]["public_key"]
    assert [new] == active_keys(instance, "Rewst") != [found[f"{host}.rewst"]["public_key"]]


def test_a_copy_that_fails_is_said_and_made_by_the_next_run(controller, add_host, copies):
    host, instance = add_host("vault_file")
    run = controller.run(REWST, "-e", '{"own_fails": true}', "-vvv").expect(2)
    run.says(f"The pair of Rewst on {host} is stored, but couldn't be copied")
    run.says("run this playbook again to copy the pair")
    assert "Rewst: converged (changed)" in run.summary and copies() == {}
    stored = controller.stored(host, "rewst")["cw_credentials"]
    assert stored["private_key"] not in run.printed
    instance.clear_log()
    controller.run(REWST).expect(0)
    assert copies()[f"{host}.rewst"]["private_key"] == stored["private_key"]
    assert active_keys(instance, "Rewst") == [stored["public_key"]]
    assert all(entry["method"] == "GET" or "/0/settings/0" in entry["path"] for entry in instance.log)


def test_check_mode_copies_nothing(controller, add_host, copies):
    add_host("vault_file")
    controller.run(REWST, "--check").expect(0).says("would be converged")
    controller.run(REWST, "-e", "onboard_copy_tasks=").expect(0)  # blank: the inventory's
    assert len(copies()) == 1


def test_a_store_that_shows_no_private_key_has_no_copies(controller, simulator, copies):
    extended_awx = simulator.add_instance(f"copies{next(_numbers)}", edition="extended")
    controller.add("acme", extended_awx, cw_store={"type": "awx_credential", "organization": "Default"})
    run = controller.run(REWST).expect(2)
    run.says("onboard_copy_tasks needs a store that returns private keys")
    assert extended_awx.log == [] and copies() == {}


@pytest.mark.parametrize("kind", ["awx_credential", "hashi_vault"])
def test_a_person_goes_on_where_the_pair_isnt_kept_in_a_file(controller, environment, simulator, request, kind):
    """The folder for what the person hands in isn't made by a store of another kind."""
    own = request.getfixturevalue("openbao").variables() if kind == "hashi_vault" else {}
    place = {"organization": "Default"} if kind == "awx_credential" else {"path": "connectwise"}
    instance = simulator.add_instance(f"handover{next(_numbers)}", edition="published")
    controller.add("acme", instance, **own, cw_store={"type": kind, "lease": 0, **place})
    run = controller.run(REWST, env=environment(kind)).expect(2)
    run.says("Rewst on acme needs manual steps", "create a key for API member Rewst")
    assert controller.worksheet("acme", "rewst").exists() and controller.hand_in("acme", "rewst").exists()
