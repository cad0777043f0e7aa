# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that is printed or written contains a secret, whatever fails and at any verbosity."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
import types
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator.server import Handle

from .controller import PLAYS, REWST, ROOT, Controller, descendants, do_worksheet, finish, paste_pair

NewInstance = Callable[..., Handle]
LOUD = ("-vvvv", "--diff")


class Canaries:
    """The secrets of one test, in each form that they might leak in."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self.secrets: dict[str, str] = {"vault password": controller.password}
        self._logins: list[tuple[str, str, str, str]] = []

    def add(self, name: str, company: str, public_key: str, private_key: str) -> None:
        self.secrets[name] = private_key
        self._logins.append((name, company, public_key, private_key))

    def add_instance(self, host: str, instance: Handle) -> None:
        """The automation's own key, and each key that the instance has created."""
        company = instance.connection["company"]
        for key in instance.instance.store.keys.values():
            self.add(f"key {key.public} of {host}", company, key.public, key.private)

    def forms(self) -> dict[bytes, str]:
        """{what to search for: what it is}"""
        found: dict[str, str] = {}
        for name, secret in self.secrets.items():
            found.update({form: f"{name}, {kind}" for kind, form in spellings(secret).items()})
        for name, company, public_key, private_key in self._logins:
            for login in (f"{company}+{public_key}:{private_key}", f"{public_key}:{private_key}"):
                found[base64.b64encode(login.encode()).decode().rstrip("=")] = f"{name}, login in base64"
                found[login.encode().hex()] = f"{name}, login in hex"
        return {form.encode(): what for form, what in found.items()}

    def assert_hidden(self, *printed: str) -> None:
        """Search the output, and every file below the controller's folder that must not hold a secret."""
        forms = self.forms()
        places = {f"printed text {number}": text.encode() for number, text in enumerate(printed)}
        for path in self._controller.folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and not self._may_hold(path):
                places[str(path)] = path.read_bytes()
        leaks = [
            f"{what}: in {place}" for place, text in places.items() for form, what in forms.items() if form in text
        ]
        assert not leaks, "\n".join(leaks)

    def _may_hold(self, path: Path) -> bool:
        known = (self._controller.inventory, self._controller.password_file)
        return path in known or path.name.endswith(".handin.yml") or "given" in path.parts


def spellings(secret: str) -> dict[str, str]:
    raw = secret.encode()
    return {
        "clear": secret,
        "base64": base64.b64encode(raw).decode().rstrip("="),
        "urlsafe base64": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "hex": raw.hex(),
        "upper hex": raw.hex().upper(),
        "URL-encoded": urllib.parse.quote(secret, safe=""),
        "URL-encoded, +": urllib.parse.quote_plus(secret),
        "JSON": json.dumps(secret)[1:-1],
        "repr": repr(secret)[1:-1],
    }


def odd_secret() -> str:
    """A key with characters that each encoding spells another way."""
    return f"{secrets.token_hex(6)}+/=&%\"'{secrets.token_hex(6)}"


@pytest.fixture
def loud(controller: Controller) -> dict[str, str]:
    """Settings that make Ansible write everything it can, below the controller's folder."""
    written = controller.folder / "written"
    return {
        "ANSIBLE_LOG_PATH": str(written / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(written / "facts"),
        "ANSIBLE_LOCAL_TEMP": str(written / "local"),
        "ANSIBLE_REMOTE_TEMP": str(written / "remote"),
        "ANSIBLE_RETRY_FILES_ENABLED": "true",
        "ANSIBLE_RETRY_FILES_SAVE_PATH": str(written),
        "ANSIBLE_DEBUG": "0",
    }


@pytest.fixture(autouse=True)
def _folders(controller: Controller) -> None:
    (controller.folder / "written").mkdir()


def add(controller: Controller, canaries: Canaries, host: str, instance: Handle, **variables: object) -> None:
    controller.add(host, instance, **variables)
    canaries.add_instance(host, instance)


def echoes(instance: Handle) -> dict[str, Any]:
    """What a broken server or proxy might send back: the request's own secrets, in several forms."""
    connection = instance.connection
    login = f"{connection['company']}+{connection['public_key']}:{connection['private_key']}"
    header = base64.b64encode(login.encode()).decode()
    return {
        "text": f"Authorization: Basic {header}\nprivate {connection['private_key']}\n"
        f"{urllib.parse.quote(connection['private_key'], safe='')} {connection['private_key'].encode().hex()}",
        "json": {
            "code": "Failed",
            "message": f"Bad Authorization Basic {header}",
            "errors": [{"code": "X", "field": "privateKey", "message": f"key {connection['private_key']} is odd"}],
        },
    }


def test_onboarding(controller: Controller, new_instance: NewInstance, loud: dict[str, str]) -> None:
    """Both editions, in check mode and for real; and a pair created by hand, first a wrong one."""
    canaries = Canaries(controller)
    published = new_instance(edition="published", private_key=odd_secret())
    extended = new_instance(edition="extended", private_key=odd_secret())
    add(controller, canaries, "acme", published)
    add(controller, canaries, "globex", extended)
    runs = [controller.run(REWST, *LOUD, "--check", env=loud), controller.run(REWST, *LOUD, env=loud).expect(2)]
    do_worksheet(published, json.loads(controller.worksheet("acme", "rewst").read_text()))
    pair = published.make_key("Rewst", "Rewst API")
    paste_pair(controller.hand_in("acme", "rewst"), pair[0], "wrong" + secrets.token_hex(12))
    wrong = yaml.safe_load(controller.hand_in("acme", "rewst").read_text())
    canaries.add("wrong pair", published.connection["company"], wrong["public_key"], wrong["private_key"])
    runs.append(controller.run(REWST, *LOUD, "--limit", "acme", env=loud).expect(2))
    controller.hand_in("acme", "rewst").unlink()
    given = controller.folder / "given" / "pair.yml"
    given.parent.mkdir()
    given.write_text(yaml.safe_dump({"onboard_public_key": pair[0], "onboard_private_key": pair[1]}))
    runs.append(controller.run(REWST, *LOUD, "--limit", "acme", "-e", f"@{given}", env=loud).expect(0))
    canaries.add_instance("acme", published)
    canaries.add_instance("globex", extended)
    assert len(canaries.secrets) >= 1 + 2 * 2 + 2 + 1
    canaries.assert_hidden(*(run.printed for run in runs))


WHERE = ("-e", "target=acme", "-e", "vendor=rewst")


@pytest.fixture
def dumping(controller: Controller, loud: dict[str, str]) -> dict[str, str]:
    """As loud as it gets: each task's arguments on the screen and, by a callback, in a file with each result."""
    return {
        **loud,
        "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true",
        "ANSIBLE_CALLBACK_PLUGINS": str(PLAYS.parent / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "dump",
        "DUMP_FILE": str(controller.folder / "written" / "dump"),
    }


def copies(controller: Controller) -> str:
    """Tasks of a user's own that copy a pair, as their documentation says."""
    given = controller.folder / "given"
    given.mkdir(exist_ok=True)
    content = "{{ onboard_pair | combine({'private_key': onboard_pair.private_key | hash('sha256')}) | to_json }}"
    copy = {"content": content, "dest": str(given / "copy"), "mode": "0600"}
    task = {"name": "Copy the pair", "ansible.builtin.copy": copy}
    tasks = given / "tasks.yml"
    tasks.write_text(yaml.safe_dump([task]))
    return str(tasks)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({}, marks=pytest.mark.every_core),
        {"strategy": "host_pinned"},
        {"ansible_connection": "ssh"},
    ],
    ids=["linear", "host_pinned", "ssh"],
)
def test_every_playbook(
    controller: Controller, new_instance: NewInstance, dumping: dict[str, str], how: dict[str, str]
) -> None:
    """One life of an integration; with templates in the automation's key, since Ansible would fill those in."""
    canaries = Canaries(controller)
    instance = new_instance(edition="extended", private_key=f"{odd_secret()}{{{{7*7}}}}")
    add(controller, canaries, "acme", instance, cw_vendors=["rewst"])
    key = controller.folder / "given" / "key"
    controller.set(cw_copy_tasks=copies(controller), cw_private_key_file=str(key))
    key.write_text(instance.connection["private_key"])
    controller.add("acme", instance, cw_vendors=["rewst"], cw_private_key="", **_connection(how))
    if "strategy" in how:
        dumping = {**dumping, "ANSIBLE_STRATEGY": how["strategy"]}
    runs = [
        controller.run(f"playbooks/{name}.yml", *LOUD, *options, env=dumping)
        for name, options in (
            ("check", ()),
            ("onboard_rewst", ()),
            ("site", ()),
            ("audit", ()),
            ("rotate_keys", (*WHERE, "-e", "rotate_max_age=0")),
            ("rotate_keys", (*WHERE, "-e", "rotate_now=true")),
            ("adopt", (*WHERE, "-e", "adopt_member=Rewst")),
            ("offboard", (*WHERE, "-e", "offboard_hosts=acme")),
            ("onboard", WHERE),
        )
    ]
    canaries.add_instance("acme", instance)
    assert [run.rc for run in runs] == [0] * len(runs), "\n".join(run.printed for run in runs if run.rc)
    copied = json.loads((controller.folder / "given" / "copy").read_text())
    known = {hashlib.sha256(secret.encode()).hexdigest() for secret in canaries.secrets.values()}
    assert copied["private_key"] in known
    assert (controller.folder / "written" / "dump").stat().st_size > 10_000
    canaries.assert_hidden(*(run.printed for run in runs))


@pytest.mark.every_core
@pytest.mark.parametrize("name", ["cw_private_key", "onboard_private_key", "cw_proxy"])
@pytest.mark.parametrize("text", ["{secret}{{{{", "{secret}{{{{ nobody }}}}", "{secret}{{% if"])
def test_a_secret_that_looks_like_a_template(
    controller: Controller, extended: Handle, dumping: dict[str, str], name: str, text: str
) -> None:
    """Ansible's own words for it would repeat the whole of it."""
    canaries = Canaries(controller)
    add(controller, canaries, "acme", extended)
    canaries.add("template", "acme", "public", odd_secret().replace("'", ""))
    value = text.format(secret=canaries.secrets["template"])
    half = {"onboard_public_key": "Ab3dE5fG7h"} if name == "onboard_private_key" else {}
    controller.add("acme", extended, **{name: value, **half})
    before = extended.state
    run = controller.run(REWST, *LOUD, env=dumping).expect(2)
    check = controller.run("playbooks/check.yml", *LOUD, env=dumping)
    canaries.assert_hidden(run.printed, check.printed)
    assert extended.state == before


def _connection(how: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in how.items() if name.startswith("ansible_")}


@pytest.mark.every_core
@pytest.mark.parametrize("strategy", ["linear", "host_pinned"])
@pytest.mark.parametrize("given", ["by the task", "by the inventory"])
def test_every_module_with_a_callback_that_shows_arguments(
    controller: Controller, new_instance: NewInstance, dumping: dict[str, str], strategy: str, given: str
) -> None:
    canaries = Canaries(controller)
    instance = new_instance(edition="extended", private_key=odd_secret())
    add(controller, canaries, "globex", instance)
    (play,) = yaml.safe_load((PLAYS / "scenario.yml").read_text())
    if given == "by the inventory":
        del play["module_defaults"]
    # a key that is gone can't be looked for, and the arguments of Ansible's own modules are Ansible's
    gone = ("Retire", "Keep what")
    play["tasks"] = [task for task in play["tasks"] if not task["name"].startswith(gone)]
    scenario = controller.folder / "scenario.yml"
    scenario.write_text(yaml.safe_dump([{**play, "strategy": f"ansible.builtin.{strategy}"}], sort_keys=False))
    run = controller.run(scenario, *LOUD, env=dumping).expect(0)
    canaries.add_instance("globex", instance)
    assert len(instance.keys("Scenario")) == 2
    canaries.assert_hidden(run.printed)


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("cw_api_key", "{member: Rewst, description: 'key {{ item }}', return_private_key: true}"),
        ("cw_credentials_info", "{path: '{{ cw_credentials_dir }}/globex/rewst.yml', return_private_key: true}"),
    ],
)
@pytest.mark.parametrize("no_log", [False, True])
@pytest.mark.every_core
def test_returned_keys_of_a_loop(
    controller: Controller, new_instance: NewInstance, dumping: dict[str, str], module: str, options: str, no_log: bool
) -> None:
    """Ansible hides each item's result and, as some versions are, shows the sum of them."""
    canaries = Canaries(controller)
    instance = new_instance(edition="extended", private_key=odd_secret())
    add(controller, canaries, "globex", instance)
    controller.run(REWST).expect(0)
    given = controller.folder / "given" / "keys"
    given.parent.mkdir()
    task: dict[str, Any] = {
        "name": "Return several",
        f"msp.connectwise.{module}": yaml.safe_load(options),
        "loop": [1, 2],
        "register": "several",
        **({"no_log": True} if no_log else {}),
    }
    # Ansible itself gives callbacks the arguments of this task, so they hold no key
    hashes = "{{ several.results | map(attribute='private_key') | map('hash', 'sha256') | to_json }}"
    use = {"content": hashes, "dest": str(given), "mode": "600"}
    tasks = [task, {"name": "Use them", "ansible.builtin.copy": use, "no_log": True}]
    play = controller.folder / "returned.yml"
    play.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks}]))
    before = len(instance.keys("Rewst"))
    run = controller.run(play, *LOUD, env=dumping).expect(0 if no_log else 2)
    canaries.add_instance("globex", instance)
    if no_log:
        known = {hashlib.sha256(secret.encode()).hexdigest() for secret in canaries.secrets.values()}
        assert set(json.loads(given.read_text())) <= known
    else:
        run.says("would show private keys in its result", "no_log: true")
        assert len(instance.keys("Rewst")) == before
    canaries.assert_hidden(run.printed)


def test_failures_that_echo_secrets(controller: Controller, new_instance: NewInstance, loud: dict[str, str]) -> None:
    """A failure at each step, whose answer repeats the login."""
    canaries = Canaries(controller)
    controller.set(cw_retries=0)
    faults = {
        "rights": ("GET", "mySecurity$"),
        "roles": ("GET", "securityroles$"),
        "role": ("POST", "securityroles$"),
        "levels": ("PATCH", "settings"),
        "members": ("GET", "apiMembers$"),
        "member": ("POST", "apiMembers$"),
        "keys": ("GET", "apiKeys$"),
        "key": ("POST", "apiKeys$"),
    }
    kinds = [("status", 500, "text"), ("status", 400, "json"), ("html", 503, "text"), ("status", 401, "json")]
    for number, (step, (method, path)) in enumerate(faults.items()):
        for kind, status, body in (kinds[number % 4], kinds[(number + 1) % 4]):
            instance = new_instance(edition="extended", private_key=odd_secret())
            instance.fault(kind, method=method, path=path, status=status, times=None, **{body: echoes(instance)[body]})
            add(controller, canaries, f"{step}-{status}", instance)
    run = controller.run(REWST, *LOUD, "-f", "6", env=loud).expect(2)
    canaries.assert_hidden(run.printed)
    assert run.printed.count("********") > 10


def test_every_module(controller: Controller, new_instance: NewInstance, loud: dict[str, str]) -> None:
    canaries = Canaries(controller)
    controller.set(result_file=str(controller.folder / "given" / "results.json"))
    (controller.folder / "given").mkdir()
    instance = new_instance(edition="extended", private_key=odd_secret())
    add(controller, canaries, "globex", instance)
    scenario = PLAYS / "scenario.yml"
    check = controller.run(scenario, *LOUD, "--check", env=loud)
    run = controller.run(scenario, *LOUD, env=loud).expect(0)
    canaries.add_instance("globex", instance)
    results = json.loads((controller.folder / "given" / "results.json").read_text())
    made = results["key_returned"]
    canaries.add("returned", instance.connection["company"], made["public_key"], made["private_key"])
    stored = controller.stored("globex", "scenario")["cw_credentials"]
    canaries.add("stored", stored["company"], stored["public_key"], stored["private_key"])
    canaries.assert_hidden(check.printed, run.printed)


def test_arguments_of_processes(
    controller: Controller, new_instance: NewInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ``ps`` shows to everybody on the controller, while a request is under way."""
    opened = threading.Event()
    monkeypatch.setattr("simulator.app.time", types.SimpleNamespace(sleep=opened.wait))
    canaries = Canaries(controller)
    instances = {}
    for host in ("acme", "globex"):
        instances[host] = new_instance(edition="extended", private_key=odd_secret())
        add(controller, canaries, host, instances[host])
        instances[host].fault("delay", method="POST", path="apiKeys$", seconds=200)
    process = controller.start(REWST, env={"ANSIBLE_STRATEGY": "free"})
    lines: set[bytes] = set()
    deadline = time.monotonic() + 150
    while process.poll() is None and time.monotonic() < deadline:
        for pid in [process.pid, *descendants(process.pid)]:
            with contextlib.suppress(OSError):
                lines.add(Path(f"/proc/{pid}/cmdline").read_bytes())
        if all(any(entry["fault"] for entry in instance.log) for instance in instances.values()):
            opened.set()
        time.sleep(0.01)
    run = finish(process).expect(0)
    for host, instance in instances.items():
        canaries.add_instance(host, instance)
    assert any(b"ansible-playbook" in line for line in lines)
    canaries.assert_hidden(run.printed, b"\n".join(lines).decode(errors="replace").replace("\0", " "))


def test_search_finds_what_it_searches_for(controller: Controller, extended: Handle) -> None:
    canaries = Canaries(controller)
    controller.add("globex", extended)
    canaries.add_instance("globex", extended)
    canaries.assert_hidden("nothing")
    connection = extended.connection
    login = f"{connection['company']}+{connection['public_key']}:{connection['private_key']}".encode()
    for leak in (controller.password, base64.b64encode(login).decode(), connection["private_key"].encode().hex()):
        with pytest.raises(AssertionError):
            canaries.assert_hidden(f"printed {leak} here")
    (controller.folder / "written" / "log").write_text(f"x{connection['private_key']}y")
    with pytest.raises(AssertionError, match="written/log"):
        canaries.assert_hidden()


def test_ansible_runner(controller: Controller, new_instance: NewInstance) -> None:
    """Its artifacts hold every event with its data, so there is nothing that it doesn't write down."""
    import ansible_runner as runner  # here, since its import is slow and only this test needs it
    canaries = Canaries(controller)
    extended = new_instance(edition="extended", private_key=odd_secret())
    broken = new_instance(edition="extended", private_key=odd_secret())
    broken.fault("status", method="POST", path="apiMembers$", status=400, times=None, json=echoes(broken)["json"])
    add(controller, canaries, "globex", extended)
    add(controller, canaries, "broken", broken)
    environment = controller.environment()
    command = controller.command(REWST, "-vvv", "--diff")
    outcome = runner.run_command(
        command[0],
        command[1:],
        private_data_dir=str(controller.folder / "runner"),
        host_cwd=str(ROOT),
        envvars={"HOME": environment["HOME"], "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")},
        quiet=True,
    )
    assert outcome[2] == 2
    canaries.add_instance("globex", extended)
    stored = controller.stored("globex", "rewst")["cw_credentials"]
    assert stored["private_key"] in canaries.secrets.values()
    assert list((controller.folder / "runner").rglob("job_events/*.json"))
    canaries.assert_hidden(outcome[0], outcome[1])
