# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""That the workflow role's variables are specified, have defaults and are documented, all alike."""

from __future__ import annotations

from pathlib import Path

import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles" / "onboard"


def load(path: str) -> dict:
    return yaml.safe_load((ROLE / path).read_text(encoding="utf-8"))


def options() -> dict:
    return load("meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def test_every_variable_has_a_default_or_must_be_given():
    required = {name for name, spec in options().items() if spec.get("required")}
    assert set(options()) - required <= set(load("defaults/main.yml"))
    assert required.isdisjoint(load("defaults/main.yml"))


def test_every_default_is_specified():
    assert set(load("defaults/main.yml")) <= set(options())


def test_every_variable_stands_in_the_readme():
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    assert [name for name in options() if f"`{name}`" not in readme] == []
