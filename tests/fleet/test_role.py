# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role fleet: its variables are specified, set and documented alike."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import yaml

ROLE = Path(__file__).resolve().parents[2] / "roles" / "fleet"


def load(path: str) -> Any:
    return yaml.safe_load((ROLE / path).read_text(encoding="utf-8"))


def options() -> dict[str, Any]:
    found: dict[str, Any] = load("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return found


def test_variables_are_specified_set_and_documented_alike() -> None:
    required = {name for name, spec in options().items() if spec.get("required")}
    defaults = load("defaults/main.yml")
    connection = {name for name in defaults if name not in options()}
    assert set(options()) - required == set(defaults) - connection
    assert connection == {
        "fleet_site", "fleet_company", "fleet_own_public_key", "fleet_own_private_key", "fleet_own_private_key_file",
        "fleet_client_id",
    }  # fmt: skip
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(fleet_\w+)` \|", readme, re.MULTILINE)) == set(options())
    for name, spec in options().items():
        if "default" in spec:
            assert spec["default"] == defaults[name], name


def test_inventory_variables_are_in_the_defaults_alone() -> None:
    for path in [*ROLE.glob("tasks/*.yml"), *ROLE.glob("templates/*")]:
        assert not re.search(r"\{\{[^}]*\bcw_", path.read_text(encoding="utf-8")), path


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads((ROLE / "files" / "results.schema.json").read_text()))
