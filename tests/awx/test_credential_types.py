# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential types: AWX accepts them, and a job with such a credential logs in with it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import sandbox
from playbooks.controller import ROOT, Controller
from simulator.server import Handle

from .standin import AwxStandIn, rules
from .standin.store import Store

TYPES = {
    path.stem.removeprefix("connectwise_"): yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "awx" / "credential_types").glob("*.yml"))
}


def injected(kind: dict[str, Any], inputs: dict[str, str], folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """(environment, extra variables) that AWX gives a job with a credential; its file is in the folder."""
    path = folder / "tmpcredential"
    environment = sandbox.ImmutableSandboxedEnvironment()
    path.write_text(environment.from_string(kind["injectors"]["file"]["template"]).render(**inputs))
    path.chmod(0o600)
    known = {**inputs, "tower": {"filename": str(path)}}

    def rendered(texts: dict[str, str]) -> dict[str, str]:
        return {name: environment.from_string(text).render(**known) for name, text in texts.items()}

    return rendered(kind["injectors"].get("env", {})), rendered(kind["injectors"].get("extra_vars", {}))


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_awx_takes_each_type_as_it_is(kind: dict[str, Any]) -> None:
    assert set(kind) == {"name", "description", "kind", "inputs", "injectors"}
    before = yaml.safe_dump(kind)
    rules.credential_type(Store(), kind, None)
    assert yaml.safe_dump(kind) == before, "AWX would keep it otherwise, and each run would change it"
    ids = [each["id"] for each in kind["inputs"]["fields"]]
    assert set(kind["inputs"]["required"]) <= set(ids)


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_a_secret_goes_into_the_file_alone(kind: dict[str, Any]) -> None:
    secrets = [each["id"] for each in kind["inputs"]["fields"] if each.get("secret")]
    assert len(secrets) == 1
    assert kind["injectors"]["file"] == {"template": f"{{{{ {secrets[0]} }}}}"}
    others = [*kind["injectors"].get("env", {}).values(), *kind["injectors"].get("extra_vars", {}).values()]
    assert not [text for text in others if re.search(rf"{{{{\s*{secrets[0]}\b", text)]
    assert any("tower.filename" in text for text in others)


def test_a_job_logs_in_with_what_is_injected(controller: Controller, published: Handle, tmp_path: Path) -> None:
    connection = published.connection
    inputs = {each["id"]: connection[each["id"]] for each in TYPES["instance"]["inputs"]["fields"]}
    environment, variables = injected(TYPES["instance"], inputs, tmp_path)
    assert connection["private_key"] not in "".join(environment.values())
    assert variables == {}, "an extra variable would send every host to this instance"
    # the host has nothing but what the simulator needs: it speaks no TLS that is trusted
    controller.add("globex", published)
    own = controller.inventory
    document = yaml.safe_load(own.read_text())
    kept = {name: value for name, value in document["connectwise"]["hosts"]["globex"].items() if name[3:] not in inputs}
    document["connectwise"]["hosts"]["globex"] = kept
    own.write_text(yaml.safe_dump(document))
    run = controller.run("playbooks/audit.yml", "-vvv", "-e", f"audit_output_dir={tmp_path}", env=environment).expect(0)
    assert not [name for name in run.printed.split() if connection["private_key"] in name]
    assert published.log


def test_a_host_that_says_it_itself_wins(controller: Controller, published: Handle, tmp_path: Path) -> None:
    """A credential on a template must not send the other hosts of the inventory to its instance."""
    other = dict.fromkeys((each["id"] for each in TYPES["instance"]["inputs"]["fields"]), "nobody.example.net")
    environment, _extra = injected(TYPES["instance"], other, tmp_path)
    controller.add("globex", published)
    controller.run("playbooks/audit.yml", "-e", f"audit_output_dir={tmp_path}", env=environment).expect(0)
    assert published.log


def test_the_stand_in_refuses_what_awx_refuses() -> None:
    """The tests of this folder lean on it."""
    good = {"inputs": {"fields": [{"id": "a", "label": "A", "type": "string"}]}, "injectors": {}}
    for injectors, said in (
        ({"env": {"ANSIBLE_X": "{{ a }}"}}, "not allowed"),
        ({"env": {"PATH": "{{ a }}"}}, "not allowed"),
        ({"env": {"X": "{{ b }}"}}, "undefined field"),
        ({"env": {"X": "{{ tower.filename }}"}}, "Must define unnamed file"),
        ({"files": {}}, "only file, env and extra_vars"),
    ):
        with pytest.raises(rules.Refused, match=said):
            rules.credential_type(Store(), {**good, "injectors": injectors}, None)
    with AwxStandIn() as awx:
        assert awx.url.startswith("http://127.0.0.1:") and os.environ.get("CONTROLLER_HOST") is None
