# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rotate_keys.yml: by age, by vendor, at once, with days of grace, by hand; interrupted anywhere."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from simulator.server import Handle

from .controller import DESKDIRECTOR, REWST, Controller, Run, active_keys, do_worksheet, kill, matrix, paste_pair

ROTATE = "playbooks/rotate_keys.yml"
WHERE = ("-e", "target=acme", "-e", "vendor=rewst")
NOW = (*WHERE, "-e", "rotate_max_age=0", "-e", "rotate_keep_old_for=0")


def kept(controller: Controller, host: str = "acme") -> dict[str, object]:
    document: dict[str, object] = controller.stored(host, "rewst")["cw_credentials"]
    return document


def is_active(instance: Handle) -> bool:
    member = instance.instance.find_member("Rewst")
    return member is not None and not member.inactive


def rotate(controller: Controller, *options: str) -> Run:
    return controller.run(ROTATE, *options)


def test_only_what_is_too_old(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    before = kept(controller)["public_key"]
    assert rotate(controller).expect(0).changed("acme") == 0
    assert rotate(controller, "-e", "rotate_max_age=1").expect(0).changed("acme") == 0
    assert active_keys(extended, "Rewst") == [before]

    run = rotate(controller, *NOW).expect(0)
    assert run.changed("acme") == 1
    run.says("the old key no longer works: give the product the new pair")
    after = kept(controller)["public_key"]
    assert after != before and active_keys(extended, "Rewst") == [after]
    assert "previous" not in kept(controller)
    assert controller.run(REWST).expect(0).changed("acme") == 0


def test_check_mode_foretells_it_and_rotates_nothing(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    before, state = kept(controller), extended.state
    check = rotate(controller, *NOW, "--check", "--diff").expect(0)
    assert extended.state == state and kept(controller) == before
    check.says("would be converged", "the key would be replaced")
    done = rotate(controller, *NOW, "--diff").expect(0)

    def lines(run: Run) -> list[str]:
        printed = run.text_of("Bring each vendor on this instance to the wanted state").splitlines()
        return [line for line in printed if line[:1] in "+-" and line]

    assert lines(check) == lines(done) != []


def test_role_and_member_are_left_alone(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    extended.set_levels("Rewst API", {"Finance / Agreements": {"delete": "All"}})
    run = rotate(controller, *NOW).expect(2)
    assert extended.levels("Rewst API")[("Finance", "Agreements")]["delete"] == "All"
    # it is told all the same: the proof by the new key shows it
    run.says("its permissions differ from the matrix", "Finance / Agreements, delete")


def test_old_key_works_for_some_days(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    before = kept(controller)["public_key"]
    run = rotate(controller, "-e", "vendor=rewst", "-e", "rotate_max_age=0").expect(0)
    run.says("the old key works until", f"the old one is {before}")
    after = kept(controller)["public_key"]
    assert set(active_keys(extended, "Rewst")) == {before, after}

    later = ("-e", "vendor=rewst", "-e", "rotate_max_age=30")
    again = rotate(controller, *later).expect(0)
    assert again.changed("acme") == 0 and len(active_keys(extended, "Rewst")) == 2
    assert rotate(controller, *later, "-e", "rotate_keep_old_for=0").expect(0).changed("acme") == 1
    assert active_keys(extended, "Rewst") == [after]


def test_by_hand_where_rest_makes_no_key(controller: Controller, published: Handle) -> None:
    """The worksheet has both steps; the run verifies the new pair, and that the old one is refused."""
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    do_worksheet(published, json.loads(controller.worksheet("acme", "rewst").read_text()))
    paste_pair(controller.hand_in("acme", "rewst"), *published.make_key("Rewst", "Rewst API"))
    controller.run(REWST).expect(0)
    before = kept(controller)

    first = rotate(controller, *NOW).expect(2)
    first.says("needs manual steps", "create a new key for API member Rewst", "inactive, so no old key works")
    assert not is_active(published)
    controller.run(REWST).expect(2).says("a rotation stopped it", "rotate_keys again")
    sheet = json.loads(controller.worksheet("acme", "rewst").read_text())
    assert sheet["key_steps"] and not sheet["levels"]
    paste_pair(controller.hand_in("acme", "rewst"), *published.make_key("Rewst", "Rewst API"))

    second = rotate(controller, *NOW).expect(2)
    second.says("delete the old key of API member Rewst", str(before["public_key"]))
    assert "works until" not in second.summary and not is_active(published)
    after = kept(controller)
    assert after["public_key"] != before["public_key"]
    assert str(before["public_key"]) in " ".join(
        json.loads(controller.worksheet("acme", "rewst").read_text())["key_steps"]
    )

    published.retire_key(str(before["public_key"]), delete=True)
    rotate(controller, *NOW).expect(0).says("finished an earlier rotation")
    assert kept(controller)["public_key"] == after["public_key"] and is_active(published)
    assert "previous" not in kept(controller)
    assert not controller.worksheet("acme", "rewst").exists()
    assert controller.run(REWST).expect(0).changed("acme") == 0


LEAKED = (*WHERE, "-e", "rotate_now=true")


def test_a_key_that_leaks_in_a_grace_is_stopped_with_the_others(controller: Controller, extended: Handle) -> None:
    """Also one that a person made beside it. Another vendor's, and the automation's own, go on working."""
    controller.add("acme", extended, cw_vendors=["rewst", "ninjaone"])
    controller.run("playbooks/site.yml").expect(0)
    (theirs,) = active_keys(extended, matrix("ninjaone")["member_identifier"])
    rotate(controller, "-e", "vendor=rewst", "-e", "rotate_max_age=0", "-e", "rotate_keep_old_for=7").expect(0)
    extended.make_key("Rewst", "for a test")
    before = active_keys(extended, "Rewst")
    assert len(before) == 3
    check = rotate(controller, *LEAKED, "--check").expect(0)
    check.says("Would retire key")
    assert active_keys(extended, "Rewst") == before
    run = rotate(controller, *LEAKED).expect(0)
    run.says("Retired key", "(for a test)", "the old key no longer works")
    (now,) = active_keys(extended, "Rewst")
    assert now == kept(controller)["public_key"] and now not in before
    assert active_keys(extended, matrix("ninjaone")["member_identifier"]) == [theirs]


def test_the_end_of_a_grace_is_the_one_that_was_promised(controller: Controller, extended: Handle) -> None:
    """The nightly run has a default of a week, and somebody gave this key a month."""
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    rotate(controller, "-e", "vendor=rewst", "-e", "rotate_max_age=0", "-e", "rotate_keep_old_for=30").expect(0)
    promised = kept(controller)["retire_after"]
    assert rotate(controller).expect(0).changed("acme") == 0 and kept(controller)["retire_after"] == promised
    again = rotate(controller, "-e", "rotate_max_age=0").expect(0)
    again.says("wasn't replaced: an earlier rotation isn't finished", "rotate_now")
    assert kept(controller)["retire_after"] == promised
    rotate(controller, "-e", "rotate_keep_old_for=3").expect(0)
    assert str(kept(controller)["retire_after"]) < str(promised)


def test_a_clock_that_was_ahead_stops_no_rotation(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    before = kept(controller)["public_key"]
    controller.store("acme", "rewst", {"cw_credentials": {**kept(controller), "made": "2037-01-01T00:00:00Z"}})
    run = rotate(controller).expect(0)
    run.says("is in the future (2037-01-01)", "the key was replaced")
    assert kept(controller)["public_key"] != before


def test_a_member_that_two_pairs_need_is_not_stopped(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    extended.clear_log()
    controller.store("acme", "hudu", controller.stored("acme", "rewst"))
    rotate(controller, *LEAKED).expect(2).says("is also used by the pair in", "which would stop working")
    assert [entry for entry in extended.log if entry["method"] != "GET"] == []


def test_no_vendor_is_said(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    rotate(controller).expect(2).says("No vendor was named", "cw_vendors")
    rotate(controller, "-e", "vendor=nobody").expect(2).says("Unknown vendor: nobody")
    soon = rotate(controller, "-e", "vendor=rewst", "-e", "rotate_max_age=soon").expect(2)
    soon.says("rotate_max_age must be of type float")
    negative = rotate(controller, "-e", "vendor=rewst", "-e", "rotate_max_age=-1").expect(2)
    negative.says("rotate_max_age must be a number of days, 0 or more")
    assert [entry for entry in extended.log if entry["method"] != "GET"] == []


AT_ONCE = [
    {"rotate_max_age": 0, "rotate_keep_old_for": 0, "vendor": "rewst"},
    {"rotate_max_age": "0.0", "rotate_keep_old_for": "-0", "target": "acme"},
    {"rotate_max_age": 0, "rotate_keep_old_for": 0, "target": "", "vendor": "rewst"},
    {"rotate_max_age": 0, "rotate_keep_old_for": 0, "target": "acme", "vendor": None},
    {"rotate_now": True, "vendor": "rewst"},
    {"rotate_now": "yes", "target": "acme"},
]


def test_keys_are_stopped_at_once_only_where_target_and_vendor_say_so(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    before, asked = kept(controller), len(extended.log)
    for variables in AT_ONCE:
        run = rotate(controller, "-e", json.dumps(variables)).expect(2)
        run.says("stops the old keys at once needs both target and vendor as extra variables")
        assert len(extended.log) == asked and kept(controller) == before, variables


IN_AN_INVENTORY: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"cw_max_key_age": 0, "cw_keep_old_key_for": 0}, {}),
    ({"cw_keep_old_key_for": 0, "vendor": "rewst", "target": "acme"}, {"rotate_max_age": 0}),
    ({"rotate_max_age": "0", "rotate_keep_old_for": "0"}, {"vendor": "rewst"}),
]


def test_an_inventory_stops_no_key_at_once(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    asked = len(extended.log)
    for inventory, extra in IN_AN_INVENTORY:
        controller.add("acme", extended, cw_vendors=["rewst"], **inventory)
        run = rotate(controller, "-e", json.dumps(extra)).expect(2)
        run.says("needs both target and vendor as extra variables")
        assert len(extended.log) == asked, inventory


def test_now_is_short_for_no_age_and_no_grace(controller: Controller, extended: Handle) -> None:
    """As an extra variable: the inventory's own doesn't count."""
    controller.add("acme", extended, cw_vendors=["rewst"], rotate_now=True)
    controller.run(REWST).expect(0)
    before = kept(controller)["public_key"]
    assert rotate(controller, *WHERE).expect(0).changed("acme") == 0
    assert rotate(controller, *WHERE, "-e", "rotate_now=false").expect(0).changed("acme") == 0
    rotate(controller, *WHERE, "-e", "rotate_now=soon").expect(2).says("must be true or false")
    both = rotate(controller, *WHERE, "-e", "rotate_now=true", "-e", "rotate_keep_old_for=7").expect(2)
    both.says("rotate_now=true and rotate_keep_old_for=7 contradict each other")
    assert active_keys(extended, "Rewst") == [before]
    rotate(controller, *WHERE, "-e", "rotate_now=true").expect(0)
    assert active_keys(extended, "Rewst") == [kept(controller)["public_key"]] != [before]


def test_blank_values_are_the_defaults(controller: Controller, extended: Handle) -> None:
    """90 days, a week, and the inventory's vendors, unless the inventory says otherwise."""
    controller.add("acme", extended, cw_vendors=["rewst"], cw_max_key_age="", cw_keep_old_key_for=None)
    controller.run(REWST).expect(0)
    before = kept(controller)["public_key"]
    blank = {"vendor": "", "target": None, "rotate_max_age": "", "rotate_keep_old_for": None, "rotate_now": ""}
    assert rotate(controller, "-e", json.dumps(blank)).expect(0).changed("acme") == 0
    assert rotate(controller, "-e", json.dumps({**blank, "vendor": []})).expect(0).changed("acme") == 0
    rotate(controller, "-e", json.dumps({**blank, "rotate_max_age": 0})).expect(0).says("works until")
    assert before in active_keys(extended, "Rewst") and len(active_keys(extended, "Rewst")) == 2


def test_a_vendor_with_a_choice_of_its_own_is_rotated(controller: Controller, extended: Handle) -> None:
    """Its own role is included, and passes on what the run is for."""
    controller.add("acme", extended, deskdirector_profile="derived")
    controller.run(DESKDIRECTOR).expect(0)
    member = matrix("deskdirector")["member_identifier"]
    before = active_keys(extended, member)
    rotate(controller, "-e", "target=acme", "-e", "vendor=deskdirector", "-e", "rotate_now=true").expect(0)
    assert len(active_keys(extended, member)) == 1 and active_keys(extended, member) != before


def test_killed_at_any_moment(controller: Controller, extended: Handle) -> None:
    """There is always a pair that works, and the next run leaves one key."""
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    started = time.monotonic()
    rotate(controller, *NOW).expect(0)
    usual = time.monotonic() - started

    for seed in range(5):
        process = controller.start(ROTATE, *NOW)
        time.sleep(usual * random.Random(seed).uniform(0.4, 0.95))
        kill(process)
        assert kept(controller)["public_key"] in active_keys(extended, "Rewst"), seed

        rotate(controller, *NOW).expect(0)
        assert active_keys(extended, "Rewst") == [kept(controller)["public_key"]], seed
        files = sorted(path.name for path in Path(controller.credentials / "acme").iterdir())
        assert files == ["rewst.yml", "rewst.yml.record"], seed


def test_only_so_many_keys_and_the_oldest_first(controller: Controller, new_instance: Callable[..., Handle]) -> None:
    """Over all hosts of the run; the rest is named. What a grace ends isn't counted, and a leak knows no limit."""
    hosts = ("acme", "globex", "initech")
    ages = {"acme": "2024-03-01", "globex": "2024-01-01", "initech": "2024-02-01"}
    for host in hosts:
        controller.add(host, new_instance(edition="extended"), cw_vendors=["rewst"])
    controller.run(REWST).expect(0)
    for host in hosts:
        document = controller.stored(host, "rewst")
        document["cw_credentials"]["made"] = f"{ages[host]}T00:00:00Z"
        controller.store(host, "rewst", document)
    before = {host: kept(controller, host)["public_key"] for host in hosts}

    def replaced() -> set[str]:
        return {host for host in hosts if kept(controller, host)["public_key"] != before[host]}

    check = rotate(controller, "-e", "rotate_at_most=2", "--check").expect(0)
    check.says("acme: Rewst: its key is due (created on 2024-03-01), and is left for a later run (rotate_at_most=2)")
    assert not replaced()
    none = rotate(controller, "-e", "rotate_at_most=0").expect(0)
    assert none.summary.count("left for a later run") == 3 and not replaced()
    controller.set(rotate_at_most=1)
    first = rotate(controller).expect(0)
    assert replaced() == {"globex"}
    assert first.summary.count("left for a later run") == 2
    assert rotate(controller).expect(0).changed("globex") == 0
    assert replaced() == {"globex", "initech"}
    # the key that another rotation left for some days ends, whatever the limit
    ended = rotate(controller, "-e", "rotate_keep_old_for=0", "-e", "rotate_at_most=0").expect(0)
    assert "previous" not in kept(controller, "globex") and ended.changed("globex") == 1
    assert replaced() == {"globex", "initech"}
    rotate(controller, *LEAKED, "-e", "rotate_at_most=0").expect(0)
    assert replaced() == set(hosts)
    for wrong in ("-1", "many"):
        rotate(controller, "-e", f"rotate_at_most={wrong}").expect(2).says("rotate_at_most must be")
