# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates and rotates a key with each kind of store, against the simulator, and fails at each step of the store."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.msp.connectwise.plugins.module_utils._keys import proving
from ansible_collections.msp.connectwise.plugins.module_utils._keys.ports import PairBackend
from ansible_collections.msp.connectwise.plugins.module_utils._keys.store import DocumentStore
from ansible_collections.msp.connectwise.plugins.module_utils._ops import api_key, run

MEMBER, DESCRIPTION = "backupvendor", "Tool"
NOW = {"state": "rotated", "max_age": 0}


class Death(BaseException):
    """The process ends here."""


class Mortal(PairBackend):
    """A place in which each call that changes something can be the last thing that a process does."""

    CHANGES = ("write", "remove", "write_recovery_note", "clear_recovery_note", "write_record", "remove_record")

    def __init__(self, at, dies_at):
        self._at, self._dies_at, self.steps = at, dies_at, []
        self.place, self.readable = at.place, at.readable

    def _do(self, name, *args):
        for when in ("before", "after") if name in self.CHANGES else ("before",):
            self.steps.append(f"{name}: {when}")
            if len(self.steps) - 1 == self._dies_at and when == "before":
                raise Death(self.steps[-1])
            if when == "before":
                result = getattr(self._at, name)(*args)
            elif len(self.steps) - 1 == self._dies_at:
                raise Death(self.steps[-1])
        return result

    def exists(self):
        return self._do("exists")

    def document(self):
        return self._do("document")

    def write(self, document):
        return self._do("write", document)

    def remove(self):
        return self._do("remove")

    def archive(self, stamp, check_mode):
        return self._do("archive", stamp, check_mode)

    def check_writable(self):
        return self._do("check_writable")

    def prepare(self):
        return self._do("prepare")

    def read_recovery_note(self):
        return self._do("read_recovery_note")

    def write_recovery_note(self, note):
        return self._do("write_recovery_note", note)

    def clear_recovery_note(self):
        return self._do("clear_recovery_note")

    def record(self):
        return self._do("record")

    def write_record(self, record):
        return self._do("write_record", record)

    def remove_record(self):
        return self._do("remove_record")


class Member:
    """Runs of cw_api_key for one member, with the pair in one place."""

    def __init__(self, instance, backend):
        self.instance, self.backend = instance, backend
        self.steps = []

    def __call__(self, dies_at=None, check_mode=False, **options):
        validator = ArgumentSpecValidator(api_key.argument_spec())
        given = {"member": MEMBER, "description": DESCRIPTION, "timeout": 20, **self.instance.connection, **options}
        checked = validator.validate(given)
        assert not checked.error_messages, checked.error_messages
        place = Mortal(self.backend.place(), dies_at)
        self.steps = place.steps

        def operation(params, context):
            store = DocumentStore(place, context.client.connection.site.kept_as, params["company"], MEMBER)
            return api_key.run(params, context, store)

        try:
            return run.execute(operation, checked.validated_parameters, check_mode, True)
        except Death:
            return None
        finally:
            self.backend.died()

    @property
    def kept(self):
        return self.backend.place().document()

    @property
    def active(self):
        keys = self.instance.keys(MEMBER)
        return [key["publicKey"] for key in keys if key["description"] == DESCRIPTION and not key["inactiveFlag"]]

    @property
    def privates(self):
        return [key.private for key in self.instance.instance.store.keys.values()]

    def private_kept(self):
        """The private half as it is kept, read as its owner can."""
        if self.backend.place().readable:
            return self.kept["private_key"]
        name = self.backend.options["name"]
        return self.awx.credentials[name]["inputs"]["private_key"]

    def is_whole(self):
        assert self.active == [self.kept["public_key"]]
        assert "previous" not in self.kept or not self.kept["previous"]
        keys = self.instance.instance.store.keys.values()
        assert [key.private for key in keys if key.public == self.kept["public_key"]] == [self.private_kept()]
        assert self.backend.place().read_recovery_note() is None


@pytest.fixture
def member(make_instance, backend, request, monkeypatch):
    monkeypatch.setattr(proving, "PAUSES", (0, 0))
    made = Member(make_instance(edition="extended"), backend)
    if backend.kind == "awx_credential":
        made.awx = request.getfixturevalue("awx")
    return made


def test_a_key_is_made_kept_used_and_rotated(member):
    made = member()
    assert made["changed"] and not made.get("failed"), made
    member.is_whole()
    again = member()
    assert again["changed"] is False and again["public_key"] == made["public_key"]
    assert (again["proof"] is None) is (again["unverified"] is not None) is not member.backend.place().readable
    checked = member(check_mode=True, **NOW)
    rotated = member(**NOW)
    assert rotated["rotated"] and rotated["public_key"] != made["public_key"]
    assert {name: checked[name] for name in ("changed", "diff", "pending")} == {
        name: rotated[name] for name in ("changed", "diff", "pending")
    }
    member.is_whole()
    assert member(state="absent")["changed"] and member.active == []
    for private in member.privates:
        assert private not in json.dumps([made, again, checked, rotated])


def test_the_old_pair_goes_on_for_its_grace(member):
    first = member()["public_key"]
    rotated = member(keep_old_for=3, **NOW)
    assert rotated["previous_public_key"] == first and rotated["retire_after"] and set(member.active) > {first}
    assert member()["changed"] is False
    ended = member(**NOW)
    assert ended["changed"] and not ended["rotated"] and ended["previous_public_key"] is None
    member.is_whole()


def deaths(member, prepare, **options):
    """The number of steps that a run with these options has."""
    prepare()
    assert not member(**options).get("failed")
    return len(member.steps)


@pytest.mark.parametrize("second", [{}, NOW], ids=["present", "rotated"])
def test_a_rotation_that_dies_at_a_step_of_the_place_is_finished(member, make_instance, make_backend, second):
    count = deaths(member, member, **NOW)
    assert count > 12
    for number in range(0, count, 1 if member.backend.kind == "vault_file" else 3):
        member.instance, member.backend = make_instance(edition="extended"), make_backend(member.backend.kind)
        member()
        assert member(dies_at=number, **NOW) is None
        outcome = member(**second)
        assert not outcome.get("failed"), (member.steps, outcome)
        member.is_whole()


def test_a_first_run_that_dies_at_a_step_of_the_place_is_finished(member, make_instance, make_backend):
    count = deaths(member, lambda: None)
    for number in range(count):
        member.instance, member.backend = make_instance(edition="extended"), make_backend(member.backend.kind)
        assert member(dies_at=number) is None
        outcome = member()
        assert not outcome.get("failed"), outcome
        member.is_whole()
