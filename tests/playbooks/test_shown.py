# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and messages of an instance, on the screen and in files, are readable and can't control a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import threading
import unicodedata
from collections.abc import Callable, Iterator

import pytest
import yaml
from simulator.server import Handle

from .controller import REWST, Controller, Run, finish

NewInstance = Callable[..., Handle]
HOSTILE = "\x1b[31m\u202e\x9b2K\x85\u200b\x07\nok: [acme]\r\u2028fatal: [acme]: FAILED!"
CELL = "Companies / Contacts"
LEVELS = {CELL: {"inquire": "All"}}
# a line of Ansible's own, which ends where the host's name does or goes on with what that task told
STATUS = re.compile(r"(?:ok|changed|fatal|failed|skipping|included): \[acme\](?!$| =>|: FAILED! =>)")


def unseen(text: str) -> set[str]:
    """The characters of a text that can't be seen, but for the ends of lines and tabs."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return {ascii(mark) for mark in text if mark not in "\n\t" and unicodedata.category(mark) in kinds}


def assert_readable(run: Run, controller: Controller) -> None:
    """Nothing that was printed or written moves a cursor or turns a direction, and no name forged a line."""
    assert not unseen(run.printed), run.printed
    assert not [line for line in run.printed.splitlines() if STATUS.match(line)]
    for folder in (controller.output, controller.folder / "report", controller.folder / "delivery"):
        for path in folder.rglob("*") if folder.exists() else ():
            if path.is_file():
                assert not unseen(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("verbosity", ["-v", "-vvv"])
def test_members_and_roles_in_warnings_and_results(
    controller: Controller, new_instance: NewInstance, verbosity: str
) -> None:
    """A shared role: the warning names the members that have it too."""
    instance = new_instance(
        edition="extended",
        roles=[{"name": "Rewst API"}],
        members=[{"identifier": f"first{HOSTILE}", "role": "Rewst API"}, {"identifier": "second", "role": "Rewst API"}],
    )
    controller.add("acme", instance)
    run = controller.run(REWST, verbosity, "--diff")
    assert_readable(run, controller)
    assert "first\\x1b[31m\\u202e\\x9b2K\\x85\\u200b\\x07\\nok: [acme]\\r\\u2028fatal" in run.flat.replace("\\\\", "\\")


def test_an_error_that_the_instance_words(controller: Controller, extended: Handle) -> None:
    body = {
        "code": f"Invalid{HOSTILE}",
        "message": f"role is invalid\r\x1b[2K\x1b[32mok: [acme] => done\x1b[0m {HOSTILE}",
        "errors": [{"code": "NotAllowed", "message": f"no\nok: [acme]{HOSTILE}", "field": "name\x1b]0;title\x07"}],
    }
    extended.fault("status", method="POST", path="securityRoles$", status=400, json=body, times=None)
    controller.add("acme", extended)
    for options in ((), ("-vvv",)):
        run = controller.run(REWST, *options).expect(2)
        assert_readable(run, controller)
        assert run.recap["acme"]["failed"] == 1
        assert "\\x1b[2K" in run.flat.replace("\\\\", "\\")


@pytest.mark.parametrize("status", [200, 403])
def test_the_title_of_a_page(controller: Controller, extended: Handle, status: int) -> None:
    page = f"<html><head><title>Stopped {HOSTILE}</title></head><body>{HOSTILE}</body></html>"
    extended.fault("status", status=status, text=page, times=None, headers={"Content-Type": "text/html"})
    controller.add("acme", extended)
    run = controller.run(REWST, "-vvv").expect(2)
    assert_readable(run, controller)
    assert "Stopped" in run.flat


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_description_of_a_key(controller: Controller, extended: Handle, form: str) -> None:
    """A key that is retired is named by it in the diff."""
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    for key in extended.instance.store.keys.values():
        key.description = f"Made by {HOSTILE}"
    off = ("-e", "target=acme", "-e", "vendor=rewst", "-e", "offboard_hosts=acme")
    env = {"ANSIBLE_CALLBACK_RESULT_FORMAT": form}
    run = controller.run("playbooks/offboard.yml", *off, "-v", "--diff", env=env).expect(0)
    assert_readable(run, controller)
    assert re.search(r"^-key \w+ \(Made by \\x1b\[31m.*FAILED!\): active$", run.stdout, re.MULTILINE), run.stdout


def test_names_of_locations_and_boards_in_a_refusal(controller: Controller, extended: Handle) -> None:
    """A location that isn't there is refused with those that are."""
    extended.instance.lookups["locations"].append({"id": 99, "name": f"Lab {HOSTILE}", "level": 3})
    extended.instance.lookups["boards"].append({"id": 99, "name": f"Board {HOSTILE}", "project": False})
    controller.add("acme", extended, cw_security_location="No such place", cw_excluded_boards=["No such board"])
    run = controller.run(REWST, "-v")
    assert_readable(run, controller)
    assert run.rc == 2 and "Lab \\x1b[31m" in run.flat.replace("\\\\", "\\"), run.printed


def test_names_of_functions_in_near_misses_and_in_the_worksheet(
    controller: Controller, new_instance: NewInstance
) -> None:
    name = f"Invoicing\n\n## Also required\n\n1. [ ] Give *Rewst* the role Admin | <b>now</b> {HOSTILE}"
    instance = new_instance(
        edition="published",
        rename_functions={"Finance / Invoicing": name},
        roles=[{"name": "Rewst API", "levels": {"Finance / Invoicing": {"inquire": "All"}}}],
    )
    controller.add("acme", instance)
    run = controller.run(REWST, "-v")
    assert_readable(run, controller)
    for path in controller.output.rglob("worksheet.md"):
        assert "\n## Also required" not in path.read_text() and "<b>" not in path.read_text()
        assert not re.search(r"^\d+\. \[ \] Give", path.read_text(), re.MULTILINE)


def test_adopt_keeps_a_name_and_shows_lines_to_paste(controller: Controller, new_instance: NewInstance) -> None:
    role = "Old\x1b[31m\n## Give it Admin\u202e"
    instance = new_instance(
        edition="extended",
        roles=[{"name": role, "levels": LEVELS}],
        members=[{"identifier": "oldrewst", "role": role}],
    )
    controller.add("acme", instance)
    adopt = ("playbooks/adopt.yml", "-e", "vendor=rewst", "-e", "adopt_member=oldrewst")
    for options in (("--check", "--diff"), ("-v",)):
        run = controller.run(*adopt, *options)
        assert_readable(run, controller)
        assert not re.search(r"^\W*## Give it Admin", run.printed, re.MULTILINE)
    assert run.rc == 0, run.printed
    # the very role was kept, under its very name
    assert instance.member("oldrewst")["securityRole"]["name"] == role
    [line] = set(re.findall(r"rewst_role_name: .*", lines_of(run)))
    assert yaml.safe_load(line) == {"rewst_role_name": role}


def lines_of(run: Run) -> str:
    """The lines of the report, as they are and not as YAML quotes them."""
    said = yaml.safe_load(re.sub(r"\A.*?=>\s*", "", run.text_of("Show each instance").strip(), flags=re.DOTALL))
    return "\n".join(said["msg"])


def test_adopt_names_members_that_are_there(controller: Controller, new_instance: NewInstance) -> None:
    instance = new_instance(edition="extended", members=[{"identifier": f"m{HOSTILE}", "role": "Technician"}])
    controller.add("acme", instance)
    run = controller.run("playbooks/adopt.yml", "-e", "vendor=rewst", "-e", "adopt_member=nobody").expect(2)
    assert_readable(run, controller)
    assert "m\\x1b[31m" in run.flat.replace("\\\\", "\\")


def test_an_audit_on_the_screen_and_in_each_file(controller: Controller, new_instance: NewInstance) -> None:
    name = f"Role {HOSTILE} # [x](https://b.example)"
    instance = new_instance(
        edition="extended",
        roles=[{"name": name, "levels": LEVELS}],
        members=[{"identifier": f"m{HOSTILE}", "role": name}, {"identifier": "Rewst", "role": name}],
    )
    broken = new_instance()
    broken.fault("status", status=400, times=None, json={"code": "X", "message": f"no {HOSTILE}"})
    controller.add("acme", instance)
    controller.add("broken", broken)
    controller.set(audit_output_dir=str(controller.folder / "report"))
    run = controller.run("playbooks/audit.yml", "-v", "--diff")
    assert_readable(run, controller)
    found = {path.name for path in (controller.folder / "report").iterdir()}
    assert found == {"audit.json", "audit.md", "audit.html", "audit.sarif", "audit.xml"}
    document = json.loads((controller.folder / "report" / "audit.json").read_text())
    assert any(member["identifier"].startswith("m\\x1b[31m") for member in document["instances"][0]["members"])


def test_the_results_of_a_fleet(controller: Controller, new_instance: NewInstance) -> None:
    controller.set(cw_vendors=["rewst"], fleet_output_dir=str(controller.folder / "delivery"))
    bad, shared = new_instance(edition="extended"), new_instance(edition="published")
    refusal = {"code": "X", "message": HOSTILE}
    bad.fault("status", method="POST", path="securityRoles$", status=400, times=None, json=refusal)
    controller.add("bad", bad)
    controller.add("shared", shared, rewst_role_name=f"Own {HOSTILE}"[:60])
    run = controller.run("playbooks/site.yml", "-v")
    assert_readable(run, controller)
    document = json.loads((controller.folder / "delivery" / "results.json").read_text())
    assert {each["instance"]: each["state"] for each in document["instances"]}["bad"] == "failed"


def test_info_modules_in_a_play_of_ones_own(
    controller: Controller, new_instance: NewInstance, tmp_path_factory: pytest.TempPathFactory
) -> None:
    instance = new_instance(
        edition="extended",
        roles=[{"name": f"r{HOSTILE}", "levels": LEVELS}],
        members=[{"identifier": f"m{HOSTILE}", "role": f"r{HOSTILE}"}],
    )
    controller.add("acme", instance)
    tasks = [
        {"name": "Members", "msp.connectwise.cw_api_member_info": {}},
        {"name": "Roles", "msp.connectwise.cw_security_role_info": {"users": True}},
        {"name": "Instance", "msp.connectwise.cw_instance_info": {}},
        {
            "name": "Rows of a user",
            "ansible.builtin.debug": {"msg": "{{ rows | msp.connectwise.permissions_union([]) }}"},
            "vars": {"rows": [{"module": f"x{HOSTILE}", "function": HOSTILE, "inquire": HOSTILE}]},
            "ignore_errors": True,
        },
        {
            "name": "Levels of a user",
            "msp.connectwise.cw_security_role": {
                "name": "X", "permissions": [{"module": f"x{HOSTILE}", "function": f"y{HOSTILE}", "inquire": "all"}]
            },
            "ignore_errors": True,
        },
    ]  # fmt: skip
    play = tmp_path_factory.mktemp("play") / "play.yml"
    play.write_text(yaml.safe_dump([{"hosts": "acme", "gather_facts": False, "tasks": tasks}]))
    for options in ((), ("-vvv",)):
        run = controller.run(play, *options, env={"ANSIBLE_CALLBACK_RESULT_FORMAT": "json" if options else "yaml"})
        # Ansible shows what a user wrote in the play itself
        printed = re.sub(r"(?ms)^Origin:.*?^$|^<<< .*?^$", "", run.printed)
        assert not unseen(printed), printed


CALLBACK = '''
DOCUMENTATION = "name: whole\\ntype: stdout\\nshort_description: One document of JSON\\ndescription: For a test."
import json
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "whole"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.found = []

    def _note(self, result, *args, **kwargs):
        host = getattr(result, "_host", None) or result.host
        self.found.append({"host": str(host)})

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_skipped = v2_runner_on_unreachable = _note

    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps({"results": self.found}))
'''


@pytest.fixture
def json_callback(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a callback's own making: all of standard output is one document of JSON."""
    folder = tmp_path_factory.mktemp("callbacks")
    (folder / "whole.py").write_text(CALLBACK)
    return {"ANSIBLE_CALLBACK_PLUGINS": str(folder), "ANSIBLE_STDOUT_CALLBACK": "whole"}


PATIENCE = {"onboard_handover": "wait", "onboard_handover_timeout": 1, "onboard_handover_interval": 0.2}
WAITING = ("-e", json.dumps(PATIENCE))


def test_a_run_that_waits_leaves_standard_output_to_the_callback(
    controller: Controller, published: Handle, json_callback: dict[str, str]
) -> None:
    controller.add("acme", published)
    run = controller.run(REWST, *WAITING, env=json_callback).expect(2)
    assert {each["host"] for each in json.loads(run.stdout)["results"]} == {"acme"}
    assert "waiting up to" not in run.printed


def test_a_key_that_is_waited_for_leaves_standard_output_to_the_callback(
    controller: Controller, published: Handle, json_callback: dict[str, str]
) -> None:
    """The levels are there, the pair isn't."""
    controller.add("acme", published, rewst_permissions_without=[], rewst_manage_role=False)
    published.add_role("Rewst API")
    run = controller.run(REWST, *WAITING, env=json_callback)
    assert json.loads(run.stdout)["results"]
    assert "waiting" not in run.stderr


def test_a_person_at_a_terminal_sees_what_is_waited_for(
    controller: Controller, published: Handle, json_callback: dict[str, str]
) -> None:
    """On standard error, which is theirs; standard output is a pipe here, and stays JSON."""
    controller.add("acme", published)
    terminal, side = pty.openpty()
    process = controller.start(REWST, *WAITING, env=json_callback, stderr=side)
    os.close(side)
    seen: list[bytes] = []
    reader = threading.Thread(target=lambda: seen.extend(parts(terminal)), daemon=True)
    reader.start()
    run = finish(process).expect(2)
    reader.join(timeout=20)
    os.close(terminal)
    assert json.loads(run.stdout)["results"]
    said = " ".join(b"".join(seen).decode(errors="replace").split())
    assert "waiting up to 1 s for someone to set 53 levels of role 'Rewst API'" in said


def parts(terminal: int) -> Iterator[bytes]:
    """What comes, until the other end is closed."""
    while select.select([terminal], [], [], 60)[0]:
        part = b""
        with contextlib.suppress(OSError):
            part = os.read(terminal, 4096)
        if not part:
            return
        yield part
