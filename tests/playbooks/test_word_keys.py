# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private key that equals a word in our results changes no outcome: such words are never masked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml
from simulator.server import Handle

from .controller import REWST, ROOT, Controller, active_keys, do_worksheet, paste_pair

NewInstance = Callable[..., Handle]
# words that stand in results as keys, as values, in sentences, and in what the instance itself says
WORDS = [
    "failed", "changed", "outcome", "finished", "converged", "handed over", "Rewst", "rewst", "results", "requests",
    "written", "reason", "state", "member", "role", "levels_pending", "worksheet", "proof", "exact", "matrix", "key",
    "public_key", "previous_public_key", "pending", "inquire", "should_be", "None", "none", "true", "True", "false",
    "Companies", "Service Desk", "Rewst API", "would be", "error", "kind", "scope", "instance", "object", "message",
    "Table Setup", "unverified", "product", "down", "copies", "company", "warnings", "missing_rights", "logs_in",
    "NotFound", "code", "endpoint does not exist", "InvalidObject", "apiKey", "permissions",
    "Rewst needs manual steps",
]  # fmt: skip
WORDS = [word for word in WORDS if len(word) >= 4]  # what is shorter is never masked


def hosts_of(
    controller: Controller, new_instance: NewInstance, edition: str, words: list[str]
) -> dict[str, tuple[str, Handle]]:
    """{host: (the word that its next key is, its instance)}"""
    found = {}
    for number, word in enumerate(words):
        instance = new_instance(edition=edition)
        instance.instance.private_halves.append(word)
        controller.add(f"h{number}", instance)
        found[f"h{number}"] = (word, instance)
    return found


def stored(controller: Controller, host: str) -> str:
    private_key: str = controller.stored(host, "rewst")["cw_credentials"]["private_key"]
    return private_key


def test_the_words_are_those_of_our_results() -> None:
    """Every key of the schema that is long enough to be masked would break something; a sample stands for them."""
    schema = json.loads((ROOT / "plugins/plugin_utils/_report/results.schema.json").read_text())
    known = set(schema["$defs"]["integration"]["properties"]) | set(schema["$defs"]["integration"]["required"])
    assert len(known & set(WORDS)) > 8


def test_by_rest_each_word_converges_and_is_stored(controller: Controller, new_instance: NewInstance) -> None:
    hosts = hosts_of(controller, new_instance, "extended", WORDS)
    run = controller.run(REWST, "-v").expect(0)
    for host, (word, instance) in hosts.items():
        assert f"{host}: " in run.stdout and run.recap[host]["failed"] == 0, word
        assert stored(controller, host) == word
        assert len(active_keys(instance, "Rewst")) == 1
    assert run.summary.count(": converged (changed)") == len(hosts), run.summary
    again = controller.run(REWST).expect(0)
    assert again.summary.count(": converged") == len(hosts)
    assert all(again.changed(host) == 0 for host in hosts)


def test_by_hand_each_word_is_handed_over_and_converges(controller: Controller, new_instance: NewInstance) -> None:
    # a person's key with a space in it is refused
    hosts = hosts_of(controller, new_instance, "published", [word for word in WORDS if " " not in word])
    first = controller.run(REWST).expect(2)
    assert first.summary.count(": handed over") == len(hosts), first.summary
    for host, (word, instance) in hosts.items():
        do_worksheet(instance, json.loads(controller.worksheet(host, "rewst").read_text()))
        public_key, private_key = instance.make_key("Rewst", "Rewst API")
        assert private_key == word
        paste_pair(controller.hand_in(host, "rewst"), public_key, private_key)
    run = controller.run(REWST, "-v").expect(0)
    assert run.summary.count(": converged (changed)") == len(hosts), run.summary
    for host, (word, _instance) in hosts.items():
        assert stored(controller, host) == word
        assert not controller.worksheet(host, "rewst").exists()


@pytest.mark.parametrize("word", ["failed", "handed over", "verb"])
def test_a_pair_of_which_one_half_is_a_word_still_fails_as_it_should(
    controller: Controller, published: Handle, word: str
) -> None:
    """A pair that doesn't log in: the run fails, and says so."""
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    do_worksheet(published, json.loads(controller.worksheet("acme", "rewst").read_text()))
    public_key, _private_key = published.make_key("Rewst", "Rewst API")
    paste_pair(controller.hand_in("acme", "rewst"), public_key, word)
    run = controller.run(REWST).expect(2)
    assert run.recap["acme"]["failed"] == 1
    assert "acme: Rewst: failed" in run.summary
    assert not controller.pair_file("acme", "rewst").exists()


def test_levels_left_by_hand_are_listed_whole_whatever_the_key(
    controller: Controller, new_instance: NewInstance
) -> None:
    """The key is there before the levels are: the worksheet that is written then is one that a later run reads."""
    for host, word in (("verbs", "inquire"), ("levels", "none")):
        instance = new_instance(edition="published")
        instance.instance.private_halves.append(word)
        controller.add(host, instance)
        controller.run(REWST, "--limit", host).expect(2)
        public_key, private_key = instance.make_key("Rewst", "Rewst API")
        assert private_key == word
        paste_pair(controller.hand_in(host, "rewst"), public_key, private_key)
        run = controller.run(REWST, "--limit", host).expect(2)
        assert f"{host}: Rewst: handed over" in run.summary
        sheet = json.loads(controller.worksheet(host, "rewst").read_text())
        assert {level["verb"] for level in sheet["levels"]} <= {"add", "edit", "delete", "inquire"}
        assert {level["is"] for level in sheet["levels"]} <= {"none", "my", "all"}
        do_worksheet(instance, sheet)
        assert "converged" in controller.run(REWST, "--limit", host).expect(0).summary


def test_offboarding_and_rotation_end_as_they_should(controller: Controller, new_instance: NewInstance) -> None:
    words = ["converged", "offboarded", "archived", "absent", "acme", "company", "rotated"]
    for number, word in enumerate(words):
        instance = new_instance(edition="extended")
        instance.instance.private_halves.extend([word, f"{word} again"])
        controller.add(f"h{number}", instance)
    count = len(words)
    assert controller.run(REWST).expect(0).summary.count(": converged") == count
    rotate = ("-e", "vendor=rewst", "-e", "rotate_max_age=0")
    run = controller.run("playbooks/rotate_keys.yml", *rotate).expect(0)
    assert run.summary.count("the key was replaced") == count, run.summary
    names = ",".join(f"h{number}" for number in range(count))
    off = ("-e", f"target={names}", "-e", "vendor=rewst", "-e", f"offboard_hosts={names}")
    run = controller.run("playbooks/offboard.yml", *off).expect(0)
    assert run.summary.count(": offboarded (changed)") == count, run.summary


def test_the_company_may_be_in_the_private_key(controller: Controller, new_instance: NewInstance) -> None:
    """What is compared with what is stored isn't the masked text."""
    instance = new_instance(edition="extended")
    company = instance.connection["company"]
    instance.instance.private_halves.append(company)
    controller.add("acme", instance)
    controller.run(REWST).expect(0)
    off = ("-e", "target=acme", "-e", "vendor=rewst", "-e", "offboard_hosts=acme")
    controller.run("playbooks/offboard.yml", *off).expect(0)
    assert not controller.pair_file("acme", "rewst").exists()


def test_a_word_in_a_module_of_ones_own_play_still_fails_the_play(
    controller: Controller, extended: Handle, tmp_path_factory: pytest.TempPathFactory
) -> None:
    extended.instance.private_halves.append("failed")
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    word = "failed"
    play = tmp_path_factory.mktemp("play") / "play.yml"
    task = {
        "name": "Hold a key against a matrix that it can't have",
        "msp.connectwise.cw_api_key": {
            "member": "Nobody",
            "description": "x",
            "pair_public_key": "abcdefgh",
            "pair_private_key": word,
            "credentials_file": str(controller.credentials / "acme" / "nobody.yml"),
        },
    }
    play.write_text(yaml.safe_dump([{"hosts": "acme", "gather_facts": False, "tasks": [task]}]))
    run = controller.run(play).expect(2)
    assert run.recap["acme"]["failed"] == 1
