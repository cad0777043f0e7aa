# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The no_log audit: every option and variable that could hold a secret declares whether it does."""

from __future__ import annotations

import importlib
import re

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import declared
from reviewed import DOCUMENTED, MODULES, ROLES, every_option, name_of, options, read_yaml

OPERATIONS = "ansible_collections.msp.connectwise.plugins.module_utils._ops"
# names that make a reader ask: more than ansible-test's own list has
LOOKS_SECRET = re.compile(r"pass(?!ive)|secret|token|key|credential|auth|cert", re.IGNORECASE)
# what is a place, a kind or a name by its ending holds no secret itself
IS_ABOUT_ONE = re.compile(r"_(file|dir|path|type|id|name|certs)$")
# names of what must never be shown
IS_SECRET = re.compile(r"(^|_)(private_key|secret|token|password|passphrase)$", re.IGNORECASE)
# a URL that may hold a password, and the configurations of senders of notifications
MAY_HOLD_ONE = ("proxy", "notifications")
HOLDS_NO_TEXT = ("bool", "int", "float", "path")


def spec_of(module):
    return importlib.import_module(f"{OPERATIONS}.{module.stem[3:]}").argument_spec()


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_option_of_a_module_that_looks_secret_says_whether_it_is(module):
    for place, option in every_option(spec_of(module), below="options"):
        name = place.rpartition(".")[2]
        if not LOOKS_SECRET.search(name) or IS_ABOUT_ONE.search(name) or option.get("type") in HOLDS_NO_TEXT:
            continue
        assert "no_log" in option, f"{module.stem}: {place} has no no_log"
        assert option["no_log"] is bool(IS_SECRET.search(name)), f"{module.stem}: {place}"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_else_is_hidden_and_no_secret_has_a_default(module):
    for place, option in every_option(spec_of(module), below="options"):
        if option.get("no_log"):
            name = place.rpartition(".")[2]
            assert IS_SECRET.search(name) or name in MAY_HOLD_ONE, f"{module.stem}: {place}"
            assert option.get("default") is None, f"{module.stem}: {place}"


def test_secrets_among_the_options_of_a_role_are_hidden():
    for role in ROLES:
        for spec in read_yaml(role / "meta" / "argument_specs.yml")["argument_specs"].values():
            for place, option in every_option(spec.get("options") or {}, below="options"):
                secret = bool(IS_SECRET.search(place.rpartition(".")[2])) or place.endswith(MAY_HOLD_ONE)
                assert option.get("no_log", False) is secret, f"{role.name}: {place}"
                assert not secret or not option.get("default"), f"{role.name}: {place}"


def test_secrets_among_the_variables_of_the_inventory_are_said_to_be():
    for name, about in declared().items():
        secret = bool(IS_SECRET.search(name)) or name.endswith(MAY_HOLD_ONE)
        assert about.get("secret", False) is secret, name
        assert not secret or not about.get("default"), name


@pytest.mark.parametrize("path", [path for path in DOCUMENTED if path not in MODULES], ids=name_of)
def test_filters_and_lookups_take_no_secrets(path):
    assert [place for place, _option in every_option(options(path)) if IS_SECRET.search(place)] == []
