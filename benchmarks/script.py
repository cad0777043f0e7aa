# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The minimum: the same work as a plain script with requests, in as few round trips as possible, without Ansible.

    script.py onboard|audit INVENTORY.json --credentials DIR --password-file FILE [--threads N]

It checks nothing, retries nothing, verifies nothing and reports nothing.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
import yaml

VERBS = ("add", "edit", "delete", "inquire")
MATRIX = Path(__file__).resolve().parent.parent / "roles" / "rewst" / "vars" / "main.yml"
COPIED = (
    "structureLevel", "securityLocation", "defaultLocation", "defaultDepartment", "salesDefaultLocation", "timeZone",
)  # fmt: skip
Row = dict[str, Any]


class Instance:
    """One session with one instance."""

    def __init__(self, host: Row) -> None:
        self.host = host
        self.base = f"{host['cw_site']}/v4_6_release/apis/3.0/system"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (f"{host['cw_company']}+{host['cw_public_key']}", host["cw_private_key"])
        self.session.headers.update(
            {"clientId": host["cw_client_id"], "Accept": "application/vnd.connectwise.com+json; version=2025.1"}
        )

    def call(self, method: str, path: str, body: Any = None) -> Any:
        query = {"pageSize": 1000} if method == "GET" else None
        answer = self.session.request(method, f"{self.base}{path}", params=query, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


def onboard(host: Row, matrix: Row, options: argparse.Namespace) -> None:
    instance = Instance(host)
    role = _named(instance.call("GET", "/securityroles"), "name", matrix["role_name"])
    role = role or instance.call("POST", "/securityroles", {"name": matrix["role_name"]})
    _levels(instance, role, matrix)
    members = instance.call("GET", "/apiMembers")
    member = _named(members, "identifier", matrix["member_identifier"])
    keys = instance.call("GET", f"/apiMembers/{member['id']}/apiKeys") if member else []  # a new member has none
    if not member:
        member = _make_member(instance, role, matrix)
    elif member["securityRole"]["id"] != role["id"]:
        change = [{"op": "replace", "path": "securityRole", "value": {"id": role["id"]}}]
        instance.call("PATCH", f"/apiMembers/{member['id']}", change)
    if not any(key["description"] == matrix["key_description"] and not key["inactiveFlag"] for key in keys):
        path = f"/apiMembers/{member['id']}/apiKeys"
        key = instance.call("POST", path, {"description": matrix["key_description"]})
        _keep(host, member, key, options)


def _named(rows: list[Row], field: str, value: str) -> Row | None:
    return next((row for row in rows if row[field] == value), None)


def _levels(instance: Instance, role: Row, matrix: Row) -> None:
    wanted = {(row["module"], row["function"]): row for row in matrix["permissions"]}
    for row in instance.call("GET", f"/securityRoles/{role['id']}/settings"):
        right = wanted.get((row["moduleName"], row["moduleFunctionName"]), {})
        levels = {f"{verb}Level": right.get(verb, "none").capitalize() for verb in VERBS}
        changes = [
            {"op": "replace", "path": name, "value": level}
            for name, level in levels.items()
            if (row[name] or "None") != level
        ]
        if changes:
            instance.call("PATCH", f"/securityRoles/{role['id']}/settings/{row['id']}", changes)


def _make_member(instance: Instance, role: Row, matrix: Row) -> Row:
    template = instance.call("GET", "/apiMembers/default")
    body = {name: {"id": template[name]["id"]} for name in COPIED}
    body.update(identifier=matrix["member_identifier"], name=matrix["member_name"], securityRole={"id": role["id"]})
    made: Row = instance.call("POST", "/apiMembers", body)
    return made


def _keep(host: Row, member: Row, key: Row, options: argparse.Namespace) -> None:
    """The pair as an ansible-vault file. Ansible's library is only imported here, when there is a pair to store."""
    from ansible.parsing.vault import VaultLib, VaultSecret

    pair = {
        "site": host["cw_site"],
        "company": host["cw_company"],
        "member": member["identifier"],
        "public_key": key["publicKey"],
        "private_key": key["privateKey"],
    }
    secret = VaultSecret(Path(options.password_file).read_bytes().strip())
    text = VaultLib([("default", secret)]).encrypt(yaml.safe_dump({"cw_credentials": pair}), secret)
    path = Path(options.credentials) / host["cw_company"] / "rewst.yml"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)


def audit(host: Row, _matrix: Row, _options: argparse.Namespace) -> None:
    instance = Instance(host)
    members = instance.call("GET", "/apiMembers")
    instance.call("GET", "/securityroles")
    for role in {member["securityRole"]["id"] for member in members if not member["inactiveFlag"]}:
        instance.call("GET", f"/securityRoles/{role}/settings")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=("onboard", "audit"))
    parser.add_argument("inventory")
    parser.add_argument("--credentials", required=True)
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    hosts = json.loads(Path(options.inventory).read_text(encoding="utf-8"))["connectwise"]["hosts"].values()
    matrix = {}
    if options.work == "onboard":
        matrix = yaml.load(MATRIX.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["rewst_matrix"]
    work = {"onboard": onboard, "audit": audit}[options.work]
    with ThreadPoolExecutor(options.threads) as pool:
        for done in [pool.submit(work, host, matrix, options) for host in hosts]:
            done.result()


if __name__ == "__main__":
    main()
