# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example inventories work: brands with each way to keep a secret, and a table."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from simulator.server import Handle

from .controller import BIN, ROOT, Controller, Run, active_keys, finish

NewInstance = Callable[..., Handle]
SITE = "playbooks/site.yml"


def copy_of(example: str, controller: Controller) -> Path:
    """A copy of an example, for the user to change."""
    place = controller.folder / "inventory"
    shutil.copytree(ROOT / "inventory" / example, place)
    return place


def fill(folder: Path, words: dict[str, str]) -> None:
    """Put values in place of the words in capitals, as a user does."""
    for path in folder.rglob("*.*"):
        text = path.read_text()
        for word in sorted(words, key=len, reverse=True):
            text = text.replace(word, words[word])
        path.write_text(text)


def run_on(controller: Controller, inventory: Path, env: dict[str, str], *options: str) -> Run:
    """site.yml on an inventory that isn't the controller's own."""
    controller.inventory = inventory
    folders = {"cw_credentials_dir": str(controller.credentials), "cw_output_dir": str(controller.output)}
    return finish(controller.start(SITE, "-e", json.dumps(folders), *options, env=env))


def results(controller: Controller) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((controller.output / "results.json").read_text())
    return document


def got(controller: Controller) -> dict[str, dict[str, str]]:
    """{host: {vendor: state}} of the results."""
    return {
        instance["instance"]: {one["vendor"]: one["state"] for one in instance["integrations"]}
        for instance in results(controller)["instances"]
    }


def test_brands_with_a_secret_from_each_place(controller: Controller, new_instance: NewInstance) -> None:
    folder = copy_of("brands", controller)
    brands = {name: new_instance(edition="extended") for name in ("acme", "initech", "globex", "umbrella")}
    words = {"CLIENT_ID": brands["acme"].connection["client_id"]}
    words |= dict.fromkeys(("AMERICAS_SITE", "EMEA_SITE"), brands["acme"].connection["site"])
    for name, instance in brands.items():
        words[f"{name.upper()}_COMPANY"] = instance.connection["company"]
        words[f"{name.upper()}_PUBLIC_KEY"] = instance.connection["public_key"]
        instance.instance.client_id = words["CLIENT_ID"]
    private = {name: instance.connection["private_key"] for name, instance in brands.items()}
    words["ACME_PRIVATE_KEY"] = private["acme"]
    fill(folder, words)
    vault = folder / "group_vars" / "connectwise" / "vault.yml"
    encrypt = [BIN / "ansible-vault", "encrypt", vault, "--vault-password-file", controller.password_file]
    subprocess.run(list(map(str, encrypt)), check=True, env=controller.environment(), capture_output=True)
    assert private["acme"] not in vault.read_text()

    tools = controller.folder / "bin"
    tools.mkdir()
    (tools / "pass").write_text(f'#!/bin/sh\n[ "$*" = "show connectwise/initech" ] && echo {private["initech"]}\n')
    (tools / "pass").chmod(0o700)
    key_file = controller.home / ".connectwise" / "umbrella"
    key_file.parent.mkdir()
    key_file.write_text(private["umbrella"] + "\n")
    env = {"CW_GLOBEX_PRIVATE_KEY": private["globex"], "PATH": f"{tools}:{controller.environment()['PATH']}"}

    run = run_on(controller, folder, env, "-vvv").expect(0)
    both = {"rewst": "converged", "ninjaone": "converged, Table Setup unconfirmed"}
    assert got(controller) == {
        "acme": both, "initech": both, "umbrella": both, "globex": {"rewst": "converged", "hudu": "converged"}
    }  # fmt: skip
    for name, key in private.items():
        assert key not in run.printed + (controller.output / "results.json").read_text(), name
    assert len(active_keys(brands["globex"], "Hudu API")) == 1


def test_secrets_that_are_not_there(controller: Controller, new_instance: NewInstance) -> None:
    """Each host is told why; nothing is asked of any."""
    instances = {name: new_instance(edition="extended") for name in ("env", "file", "lookup", "good")}
    keys = {
        "env": {"cw_private_key": "{{ lookup('ansible.builtin.env', 'CW_NOWHERE') }}"},
        "file": {"cw_private_key": "", "cw_private_key_file": "~/nowhere"},
        "lookup": {"cw_private_key": "{{ lookup('ansible.builtin.file', '/nowhere/at/all') }}"},
    }
    for name, instance in instances.items():
        controller.add(name, instance, cw_vendors="rewst", **keys.get(name, {}))
    run = controller.run(SITE).expect(2)
    assert {host for host, counts in run.recap.items() if counts["failed"]} == {"env", "file", "lookup"}
    problems = {instance["instance"]: instance["problem"] for instance in results(controller)["instances"]}
    assert "cw_private_key is missing or empty" in problems["env"]
    assert "~/nowhere of cw_private_key_file is missing" in problems["file"]
    assert "The variable cw_private_key can't be read" in problems["lookup"]
    assert "/nowhere/at/all" in problems["lookup"]
    assert problems["good"] == ""
    assert not any(instances[name].log for name in keys)


def test_table(controller: Controller, new_instance: NewInstance) -> None:
    folder = copy_of("csv", controller)
    rows = {name: new_instance(edition="extended") for name in ("acme", "globex", "initech", "hooli")}
    client_id = rows["acme"].connection["client_id"]
    for instance in rows.values():
        instance.instance.client_id = client_id
    lines = ["Name;Site;Company ID;Public key;Integrations;Location;Region;Status;ansible_connection"]
    cells = {
        "acme": ("rewst, hudu", "R&D Lab", "Americas", "active"),
        "globex": ("", "", "EMEA", "active"),
        "initech": ("hudu", "{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}", "EMEA", "active"),
        "hooli": ("rewst", "", "", "Inactive"),
    }
    for name, (vendors, location, region, status) in cells.items():
        have = rows[name].connection
        lines.append(
            f'{name};{have["site"]};{have["company"]};{have["public_key"]};"{vendors}";"{location}";{region};{status};ssh'
        )
    (folder / "fleet.csv").write_bytes(("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))
    shared = folder / "group_vars" / "connectwise.yml"
    shared.write_text(shared.read_text().replace("CLIENT_ID", client_id))
    env = {f"CW_KEY_{name.upper()}": instance.connection["private_key"] for name, instance in rows.items()}

    run_on(controller, folder / "fleet.yml", env).expect(2)
    assert got(controller) == {
        "acme": {"rewst": "converged", "hudu": "converged"},
        "globex": {"rewst": "converged"},
        "initech": {"hudu": "failed"},
    }
    reason = results(controller)["instances"][2]["integrations"][0]["reason"]
    assert "lookup('ansible.builtin.pipe', 'touch evaluated')" in reason, "the cell is a text"
    assert not (ROOT / "evaluated").exists() and not (folder / "evaluated").exists()
    assert rows["hooli"].log == []
    member = rows["acme"].member("Rewst")
    assert member and member["defaultLocation"]["name"] == "R&D Lab"

    before = {name: len(instance.log) for name, instance in rows.items()}
    run_on(controller, folder / "fleet.yml", env, "--limit", "EMEA:!initech").expect(0)
    assert [name for name, instance in rows.items() if len(instance.log) > before[name]] == ["globex"]


def parsed(folder: Path, table: bytes, **options: Any) -> subprocess.CompletedProcess[str]:
    """ansible-inventory on a table."""
    (folder / "fleet.csv").write_bytes(table)
    config = {"plugin": "msp.connectwise.cw_csv", "file": "fleet.csv", **options}
    (folder / "fleet.yml").write_text(json.dumps(config))
    command = [str(BIN / "ansible-inventory"), "-i", str(folder / "fleet.yml"), "--list"]
    return subprocess.run(
        command, cwd=ROOT, env=Controller(folder / "controller").environment(ANSIBLE_INVENTORY_UNPARSED_FAILED="1"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def hosts_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout, object_hook=lambda part: part.get("__ansible_unsafe", part))
    variables: dict[str, Any] = found["_meta"]["hostvars"]
    return variables


def test_cells_are_never_templates(tmp_path: Path) -> None:
    done = parsed(tmp_path, b"host,cw_x\nacme,{{ 1 + 1 }}\n")
    assert hosts_of(done) == {"acme": {"cw_x": "{{ 1 + 1 }}"}}
    assert "__ansible_unsafe" in done.stdout


def test_all_faults_of_a_table_at_once(tmp_path: Path) -> None:
    table = b"""host,Proxy,token
acme,socks5h://127.0.0.1:1080,1
acme,http://me:S3cretWord@proxy.example.com,2
,,3
bad name,,4
long,,5,6
"""
    done = parsed(tmp_path, table, columns={"Nope": "cw_x", "token": "cw_private_key", "Proxy": "cw_proxy"})
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    for part in (
        "there is no column 'Nope'",
        "column 'token' is to hold a secret",
        "line 3: 'acme' is in line 2 already; line 3: cw_proxy holds a password, which belongs in a vaulted file",
        "line 4 has no name in column 'host'",
        "line 5: 'bad name' is no name of a host",
        "line 6 has more cells than there are columns",
    ):
        assert part in said, part
    assert "line 2: cw_proxy" not in said and "S3cretWord" not in said


@pytest.mark.parametrize(
    ("table", "options", "expected"),
    [
        (b"host\tcw_vendors\nacme\trewst|hudu\n", {}, {"acme": {"cw_vendors": ["rewst", "hudu"]}}),
        ("host;cw_x\nacme;Köln\n".encode("latin-1"), {"encoding": "latin-1"}, {"acme": {"cw_x": "Köln"}}),
        (b'host,cw_x\nacme,"two\nlines, one cell"\n\n,\n', {}, {"acme": {"cw_x": "two\nlines, one cell"}}),
        (b"host,other,ansible_host\nacme,1,evil\n", {}, {}),
        (b"host,other\nacme,1\n", {"columns": {"other": "rewst_role_name"}}, {"acme": {"rewst_role_name": "1"}}),
        (b"host^cw_x\nacme^1,2\n", {"delimiter": "^"}, {"acme": {"cw_x": "1,2"}}),
    ],
)
def test_tables_as_they_are_exported(
    tmp_path: Path, table: bytes, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert hosts_of(parsed(tmp_path, table, **options)) == expected


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        (b"host,x\nacme,\xff\n", {}, "isn't utf-8"),
        (b"", {}, "there is no column 'host'"),
        (b'host,x\nacme,"open\n', {}, "isn't a CSV file"),
        (b"host,host\nacme,b\n", {}, "column 'host' is there twice"),
    ],
)
def test_no_table_at_all(tmp_path: Path, table: bytes, options: dict[str, Any], said: str) -> None:
    done = parsed(tmp_path, table, **options)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())
