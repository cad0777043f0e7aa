# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example inventories work: brands with each way to store a secret, and a table."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
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
    run_on(controller, folder / "fleet.yml", env, "--limit", "Region_EMEA:!initech").expect(0)
    assert [name for name, instance in rows.items() if len(instance.log) > before[name]] == ["globex"]


def controller_in(folder: Path) -> Controller:
    return Controller(Path(tempfile.mkdtemp(dir=folder)))


def parsed(folder: Path, table: bytes, **options: Any) -> subprocess.CompletedProcess[str]:
    """ansible-inventory on a table."""
    (folder / "fleet.csv").write_bytes(table)
    config = {"plugin": "msp.connectwise.cw_csv", "file": "fleet.csv", **options}
    (folder / "fleet.yml").write_text(json.dumps(config))
    command = [str(BIN / "ansible-inventory"), "-i", str(folder / "fleet.yml"), "--list"]
    return subprocess.run(
        command, cwd=ROOT, env=controller_in(folder).environment(ANSIBLE_INVENTORY_UNPARSED_FAILED="1"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def hosts_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout, object_hook=lambda part: part.get("__ansible_unsafe", part))
    variables: dict[str, Any] = found["_meta"]["hostvars"]
    return variables


def refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """The table wasn't taken, and each of these texts says why."""
    assert done.returncode != 0, done.stdout
    flat = " ".join(done.stderr.split())
    assert [text for text in said if text not in flat] == [], done.stderr


def groups_of(done: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """{group: its hosts} of those that have any."""
    assert done.returncode == 0, done.stderr
    return {name: about["hosts"] for name, about in json.loads(done.stdout).items() if about.get("hosts")}


def test_cells_are_never_templates(tmp_path: Path) -> None:
    done = parsed(tmp_path, b"host,cw_email\nacme,{{ 1 + 1 }}\n")
    assert hosts_of(done) == {"acme": {"cw_email": "{{ 1 + 1 }}"}}
    assert "__ansible_unsafe" in done.stdout


def test_all_faults_of_a_table_at_once(tmp_path: Path) -> None:
    table = b"""host,Proxy,token,
acme,socks5h://127.0.0.1:1080,1,
acme,http://me:S3cretWord@proxy.example.com,2,
,,3,
bad name,,4,
long,,5,,6
Acme,,"two
lines",
under,,,no name
"""
    done = parsed(tmp_path, table, columns={"Nope": "cw_site", "token": "cw_private_key", "Proxy": "cw_proxy"})
    refused(
        done,
        "fleet.csv can't be used, and none of its hosts was added",
        "there is no column 'Nope' (there are: 'host', 'Proxy', 'token')",
        "column 'token' is for a secret",
        "column 'Proxy' would be cw_proxy, which no cell can set",
        "line 3, column 'host': 'acme' is in line 2 already",
        "line 4 has no name in column 'host'",
        "line 5, column 'host': 'bad name' isn't a valid host name",
        "line 6 has a cell in column 5, which has no name",
        "line 7, column 'host': 'Acme' and 'acme' in line 2 are one host",
        "line 9 has a cell in column 4, which has no name",
    )
    assert "S3cretWord" not in done.stderr


BY_HEADER = (
    "cw_security_location", "cw_default_location", "cw_default_department", "cw_default_territory", "cw_time_zone",
    "cw_email",
)  # fmt: skip
BY_NAME = (
    "cw_site", "cw_company", "cw_public_key", "cw_client_id", "cw_company_name", "cw_max_key_age", "cw_timeout",
    "rewst_role_name", "ninjaone_member_identifier", "hudu_permissions_without", "onboard_default_location",
)  # fmt: skip
NEVER = (
    "cw_private_key", "cw_private_key_file", "cw_store", "cw_store_tasks", "cw_copy_tasks", "cw_credentials_dir",
    "cw_output_dir", "cw_proxy", "cw_validate_certs", "cw_ca_path", "cw_own_member", "cw_state", "cw_in_process",
    "cw_credentials_persistent", "cw_any_dir", "cw_any_tasks", "ansible_connection", "ansible_host", "onboard__host",
    "onboard_private_key", "onboard_state", "onboard_store", "onboard_copy_tasks", "onboard_stored_pair",
    "onboard_restore", "rewst_permissions_extra", "rewst_matrix", "awx_setup_token", "cw_vendor_dir", "target",
    "hosts", "my_password", "not a name",
)  # fmt: skip


def with_columns(*columns: str) -> bytes:
    return f"host,{','.join(columns)}\nacme{',rewst hudu' * len(columns)}\n".encode()


def test_what_a_header_alone_may_set(tmp_path: Path) -> None:
    done = parsed(tmp_path, with_columns("cw_vendors", "cw_confirmed", *BY_HEADER, *(set(BY_NAME) - set(BY_NAME[:7]))))
    lists = dict.fromkeys(("cw_vendors", "cw_confirmed"), ("rewst", "hudu"))
    found = {name: tuple(value) if isinstance(value, list) else value for name, value in hosts_of(done)["acme"].items()}
    assert found == {**lists, **dict.fromkeys(BY_HEADER, "rewst hudu")}


def test_what_only_the_source_may_name(tmp_path: Path) -> None:
    table = with_columns(*BY_NAME)
    done = parsed(tmp_path, table, columns={name: name for name in BY_NAME})
    assert hosts_of(done) == {"acme": dict.fromkeys(BY_NAME, "rewst hudu")}
    refused(
        parsed(tmp_path, table),
        *(f"column '{name}' can't be set by its header alone: name it in columns, as {name}" for name in BY_NAME[:7]),
    )


def test_options_of_a_list_of_ones_own(tmp_path: Path) -> None:
    table, columns = with_columns("ourtool_role_name"), {"ourtool_role_name": "ourtool_role_name"}
    refused(parsed(tmp_path, table, columns=columns), "would be ourtool_role_name, which no cell can set")
    own = tmp_path / "vendors" / "ourtool.yml"
    own.parent.mkdir()
    own.write_text(
        "ourtool_matrix: {vendor: Us, product: Our Tool, status: own, role_name: R, member_identifier: M,"
        " member_name: M, key_description: K, permissions: [{module: Companies, function: Contacts, inquire: all}]}"
    )
    done = parsed(tmp_path, table, columns=columns, vendor_folder="vendors")
    assert hosts_of(done) == {"acme": {"ourtool_role_name": "rewst hudu"}}
    own.write_text(own.read_text().replace("inquire: all", "inquire: most"))
    done = parsed(tmp_path, table, columns=columns, vendor_folder="vendors")
    refused(done, "vendor_folder can't be used: ", "ourtool.yml: permissions[0].inquire: 'most' is not one of")


def test_what_no_cell_may_set(tmp_path: Path) -> None:
    """Not by its own header, and not where the source names it."""
    named = {f"Column {number}": name for number, name in enumerate(NEVER)}
    refused(parsed(tmp_path, with_columns(*named), columns=named), *(f"column '{column}' " for column in named))
    alone = parsed(tmp_path, with_columns(*NEVER))
    refused(alone, *(f"column '{name}' " for name in NEVER if name.startswith("cw_")))
    others = [name for name in NEVER if not name.startswith("cw_")]
    assert hosts_of(parsed(tmp_path, with_columns("cw_email", *others))) == {"acme": {"cw_email": "rewst hudu"}}


@pytest.mark.parametrize(
    ("table", "options", "expected"),
    [
        (b"host\tcw_vendors\nacme\trewst|hudu\n", {}, {"acme": {"cw_vendors": ["rewst", "hudu"]}}),
        (
            "host;cw_email\nacme;Köln\n".encode("latin-1"),
            {"encoding": "latin-1"},
            {"acme": {"cw_email": "Köln"}},
        ),
        (b'host,cw_email\nacme,"two\nlines, one cell"\n\n,\n', {}, {"acme": {"cw_email": "two\nlines, one cell"}}),
        (b"host,other,ansible_host\nacme,1,evil\n", {}, {"acme": {}}),
        (b"host,other\nacme,1\n", {"columns": {"other": "rewst_role_name"}}, {"acme": {"rewst_role_name": "1"}}),
        (b"host^cw_email\nacme^1,2\n", {"delimiter": "^"}, {"acme": {"cw_email": "1,2"}}),
        (b"host,cw_email,,\nacme,a,,\n,,,\n , ,\t,\n", {}, {"acme": {"cw_email": "a"}}),
        (b"host,,cw_email,\nacme,,a\nglobex\n", {}, {"acme": {"cw_email": "a"}, "globex": {}}),
        (b"Customers; as of today, all\n\n;host;cw_email\n;acme;a,b\n", {}, {"acme": {"cw_email": "a,b"}}),
        (b"sep=;\nhost;cw_email\nacme;a\n", {}, {"acme": {"cw_email": "a"}}),
        (b"Name,cw_vendors\nacme,rewst\n", {"host_column": "Name", "columns": {"cw_vendors": ""}}, {"acme": {}}),
    ],
)
def test_tables_as_they_are_exported(
    tmp_path: Path, table: bytes, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = parsed(tmp_path, table, **options)
    assert hosts_of(found) == {host: variables for host, variables in expected.items() if variables}
    assert set(groups_of(found)["connectwise"]) == set(expected)


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        (b"host,x\nacme,\xff\n", {}, "isn't utf-8"),
        (b"host,x\nacme,1\n", {"encoding": "utf-nine"}, "There is no encoding 'utf-nine'"),
        (b"", {}, "there is no column 'host'"),
        (b'host,x\nglobex,1\nacme,"open\n', {}, "isn't a CSV file: line 3: "),
        (b"host,host\nacme,b\n", {}, "column 'host' appears twice"),
        (b"host,cw_email,cw_email\nacme,b,b\n", {}, "column 'cw_email' appears twice"),
        (
            b"host,A,B\nacme,b,b\n",
            {"columns": {"A": "cw_site", "B": "cw_site"}},
            "column 'B' is cw_site, and so is column 'A'",
        ),
        (b"host,x\nconnectwise,b\n", {}, "line 2, column 'host': 'connectwise' is the name of a group"),
        (b"host,x\nAll,b\n", {}, "line 2, column 'host': 'All' is the name of a group"),
        (b"host\n../acme\n", {}, "line 2, column 'host': '../acme' isn't a valid host name"),
    ],
)
def test_no_table_at_all(tmp_path: Path, table: bytes, options: dict[str, Any], said: str) -> None:
    refused(parsed(tmp_path, table, **options), said)


def test_a_group_is_named_after_its_column_and_never_after_a_host(tmp_path: Path) -> None:
    table = b"""host,Brand,Region
globex,initech,North America; EMEA
initech,acme,North America
acme,acme,
"""
    done = parsed(tmp_path, table, group_columns=["Brand", "Region"])
    assert groups_of(done) == {
        "connectwise": ["globex", "initech", "acme"],
        "Brand_initech": ["globex"],
        "Brand_acme": ["initech", "acme"],
        "Region_North_America": ["globex", "initech"],
        "Region_EMEA": ["globex"],
    }


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        (
            "host,Region\nacme,EMEA\nglobex,emea\n",
            {},
            "line 3, column 'Region': 'emea' and 'EMEA' in line 2 are one group, Region_emea",
        ),
        (
            "host,Region\nacme,North-Sea\nglobex,North Sea\n",
            {},
            "line 3, column 'Region': 'North Sea' and 'North-Sea' in line 2 are one group, Region_North_Sea",
        ),
        (
            "host,Region\nacme,EMEA\nglobex,\u0415MEA\n",  # a Cyrillic letter
            {},
            "'EMEA' in line 2 are one group",
        ),
        (
            "host,Region\nacme,EMEA\nRegion_EMEA,\n",
            {},
            "line 2, column 'Region': 'EMEA' would be the group Region_EMEA, which is the name of a host in line 3",
        ),
        (
            "host,Region\nacme,EMEA\n",
            {"group": "Region_EMEA"},
            "'EMEA' would be the group Region_EMEA, which all hosts of the table are in",
        ),
    ],
)
def test_groups_that_are_something_else_are_refused(
    tmp_path: Path, table: str, options: dict[str, Any], said: str
) -> None:
    refused(parsed(tmp_path, table.encode(), group_columns=["Region"], **options), said)


def test_names_of_hosts_made_of_names_of_companies(tmp_path: Path) -> None:
    made = {
        "Fabrikam Inc.": "fabrikam-inc",
        "Büro & Co": "buro-co",
        "Adventure Works, Ltd": "adventure-works-ltd",
        "O\u2019Neill's / Sons": "oneills-sons",
        "Straße 7 Ålesund-Łódź": "strasse-7-alesund-lodz",
        "  ..Dots_and  blanks..  ": "dots-and-blanks",
        "東京 1": "xn---1-l92cn98g",
    }
    rows = "".join(f'"{name}",{number}\n' for number, name in enumerate(made))
    options = {"host_column": "Name", "host_from": "name", "columns": {"Number": "cw_company"}}
    found = hosts_of(parsed(tmp_path, f"Name,Number\n{rows}".encode(), **options))
    assert found == {
        host: {"cw_company_name": name.strip(), "cw_company": str(number)}
        for number, (name, host) in enumerate(made.items())
    }


def test_names_of_companies_that_would_be_one_host_are_refused(tmp_path: Path) -> None:
    table = "Name\nFabrikam Inc.\nFABRIKAM  Inc\nBüro\nBuro\nConnectWise\n&&&\nBüro\n"
    refused(
        parsed(tmp_path, table.encode(), host_column="Name", host_from="name"),
        "line 3, column 'Name': 'FABRIKAM Inc' and 'Fabrikam Inc.' in line 2 are one host",
        "line 5, column 'Name': 'Buro' and 'Büro' in line 4 are one host",
        "line 6, column 'Name': 'connectwise' is the name of a group",
        "line 7, column 'Name': '&&&' has no letter or digit to make a host name from",
        "line 8, column 'Name': 'Büro' is in line 4 already",
    )
    refused(parsed(tmp_path, table.encode(), host_column="Name"), "host_from: name makes one from a company's name")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (False, ["yes", "maybe", "blank"]),
        (True, ["no", "off", "maybe", "blank"]),
        ("MAYBE", ["yes", "no", "off", "blank"]),
        (["no", "maybe"], ["yes", "off", "blank"]),
        ([False, ""], ["yes", "maybe"]),
        ("", ["yes", "no", "off", "maybe"]),
    ],
)
def test_rows_that_are_skipped(tmp_path: Path, value: Any, kept: list[str]) -> None:
    table = b"host,Managed\nyes,Yes\nno,No\noff,0\nmaybe,Maybe\nblank,\n"
    assert groups_of(parsed(tmp_path, table, skip_rows={"Managed": value}))["connectwise"] == kept


@pytest.mark.parametrize("value", [None, [], {"a": 1}, [["no"]], [None]])
def test_a_row_to_skip_that_no_cell_can_be_is_refused(tmp_path: Path, value: Any) -> None:
    done = parsed(tmp_path, b"host,Managed\nacme,\n", skip_rows={"Managed": value})
    refused(done, "skip_rows must have a text or a list of texts for 'Managed'")


def test_numbers_and_dates_of_skipped_rows_are_the_texts_that_they_were(tmp_path: Path) -> None:
    (tmp_path / "fleet.csv").write_text("host,Tier,Ends\nacme,1,2026-01-31\nglobex,2,\ninitech,3,\n")
    (tmp_path / "fleet.yml").write_text(
        "plugin: msp.connectwise.cw_csv\nfile: fleet.csv\nskip_rows: {Tier: [3, 4.0], Ends: 2026-01-31}\n"
    )
    env = controller_in(tmp_path).environment()
    command = [str(BIN / "ansible-inventory"), "-i", str(tmp_path / "fleet.yml"), "--list"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert groups_of(done)["connectwise"] == ["globex"]


def test_an_encrypted_table_is_read_with_the_vault_password(tmp_path: Path) -> None:
    table = tmp_path / "fleet.csv"
    table.write_text("host,cw_email\nacme,it@example.com\n")
    for name in ("right", "wrong"):
        (tmp_path / name).write_text(f"{name} password\n")
    config = tmp_path / "fleet.yml"
    config.write_text("plugin: msp.connectwise.cw_csv\nfile: fleet.csv\n")
    env = controller_in(tmp_path).environment(ANSIBLE_INVENTORY_UNPARSED_FAILED="1")

    def run(command: str, path: Path, password: str | None) -> subprocess.CompletedProcess[str]:
        given = ["--vault-password-file", str(tmp_path / password)] if password else []
        words = [*f"{BIN}/{command}".split(), str(path), *given]
        return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert run("ansible-vault encrypt", table, "right").returncode == 0
    assert hosts_of(run("ansible-inventory --list -i", config, "right")) == {"acme": {"cw_email": "it@example.com"}}
    for password in (None, "wrong"):
        refused(
            run("ansible-inventory --list -i", config, password),
            "is encrypted by ansible-vault, and no vault password of this run decrypts it",
        )
