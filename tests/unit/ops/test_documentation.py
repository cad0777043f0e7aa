# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation matches the code: options, defaults, environment variables, returned names."""

from __future__ import annotations

import importlib
import json
import pathlib
import re

import pytest
import yaml
from ansible_collections.msp.connectwise import plugins
from ansible_collections.msp.connectwise.plugins.module_utils._ops.outcome import Outcome, Proof

PLUGINS = pathlib.Path(next(iter(plugins.__path__)))
PACKAGE = "ansible_collections.msp.connectwise.plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("cw_*.py"))
OPERATIONS = {name: importlib.import_module(f"{PACKAGE}.module_utils._ops.{name[3:]}") for name in MODULES}
CONNECTED = [name for name in MODULES if "site" in OPERATIONS[name].argument_spec()]
SECRET = {"private_key", "pair_private_key", "proxy"}


def module_texts(name):
    """DOCUMENTATION, EXAMPLES and RETURN of a module, read as Python reads them but without running it."""
    source = (PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8")
    found = dict(re.findall(r'^(DOCUMENTATION|EXAMPLES|RETURN) = r?"""(.*?)"""', source, re.MULTILINE | re.DOTALL))
    return {part: yaml.safe_load(text) for part, text in found.items()}


def fragment(name):
    _namespace, _collection, file, *part = name.split(".")
    cls = importlib.import_module(f"{PACKAGE}.doc_fragments.{file}").ModuleDocFragment
    return yaml.safe_load(getattr(cls, (part[0] if part else "documentation").upper()))


def documented(name):
    """The options of a module with those of its fragments."""
    documentation = module_texts(name)["DOCUMENTATION"]
    options = {}
    for item in documentation.get("extends_documentation_fragment", []):
        options.update(fragment(item).get("options", {}))
    for option, text in (documentation.get("options") or {}).items():
        options[option] = {**options.get(option, {}), **text}
    return options


def assert_same(documented_options, spec, where):
    assert set(documented_options) == set(spec), where
    for option, doc in documented_options.items():
        real, place = spec[option], f"{where}.{option}"
        assert doc.get("type", "str") == real.get("type", "str"), place
        assert doc.get("elements") == real.get("elements"), place
        assert doc.get("required", False) == real.get("required", False), place
        assert doc.get("choices") == real.get("choices"), place
        assert doc.get("default") == real.get("default"), place
        assert doc.get("description"), place
        if "options" in real or "suboptions" in doc:
            assert_same(doc["suboptions"], real["options"], place)


@pytest.mark.parametrize("name", MODULES)
def test_the_documented_options_are_those_that_are_taken(name):
    assert_same(documented(name), OPERATIONS[name].argument_spec(), name)


@pytest.mark.parametrize("name", CONNECTED)
def test_the_environment_variables_are_documented_with_their_options(name):
    options = documented(name)
    for option, spec in OPERATIONS[name].argument_spec().items():
        described = options[option]["description"]
        text = described if isinstance(described, str) else " ".join(described)
        real = list(spec["fallback"][1]) if "fallback" in spec else []
        if option == "private_key":
            real = ["CW_PRIVATE_KEY", "CW_PRIVATE_KEY_FILE"]
        assert re.findall(r"E\((CW_\w+)\)", text) == real, option


@pytest.mark.parametrize("name", MODULES)
def test_secrets_are_never_logged_and_nothing_else_is_hidden_by_its_name(name):
    for option, spec in OPERATIONS[name].argument_spec().items():
        assert spec.get("no_log", False) is (option in SECRET), option
        if re.search(r"key|secret|pass|token", option):
            assert "no_log" in spec or spec.get("type") not in (None, "str", "path"), option


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_documented_under_its_name_and_its_examples_use_its_options(name):
    texts = module_texts(name)
    assert texts["DOCUMENTATION"]["module"] == name and texts["RETURN"]
    used = [task[f"msp.connectwise.{name}"] or {} for task in texts["EXAMPLES"] if f"msp.connectwise.{name}" in task]
    assert used
    for options in used:
        assert set(options) <= set(OPERATIONS[name].argument_spec())


@pytest.mark.parametrize("name", CONNECTED)
def test_modules_that_connect_document_the_same_connection(name):
    fragments = module_texts(name)["DOCUMENTATION"]["extends_documentation_fragment"]
    assert {"msp.connectwise.connection", "msp.connectwise.attributes.actiongroup"} <= set(fragments)


def test_the_action_group_holds_the_modules_that_connect():
    runtime = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"] == {"manage": CONNECTED}
    assert len(CONNECTED) >= 6


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_an_action_plugin_of_its_name(name):
    action = importlib.import_module(f"{PACKAGE}.action.{name}").ActionModule
    if name in CONNECTED:
        spec = OPERATIONS[name].argument_spec()
        assert action.spec() == spec


def returned(name):
    return {key for key, text in module_texts(name)["RETURN"].items() if text["returned"] in ("success", "always")}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cw_security_role", {"name": "x", "permissions": [], "check_mode": True}),
        ("cw_security_role_info", {}),
        ("cw_api_member", {"identifier": "x", "security_role": "Technician", "check_mode": True}),
        ("cw_api_member_info", {}),
        ("cw_instance_info", {}),
        ("cw_api_key", {"member": "backupvendor", "description": "x", "return_private_key": True}),
        ("cw_api_key", {"member": "backupvendor", "description": "x", "state": "absent"}),
    ],
)
def test_what_is_documented_as_returned_is_returned_and_nothing_else(execute, make_instance, name, options):
    instance = make_instance(edition="extended")
    result = set(execute(OPERATIONS[name], instance, **options)) - {"changed", "diff", "warnings"}
    assert returned(name) <= result
    assert result <= set(module_texts(name)["RETURN"])


def test_what_an_instance_tells_is_documented(execute, make_instance):
    told = execute(OPERATIONS["cw_instance_info"], make_instance())["instance"]
    documented = set(module_texts("cw_instance_info")["RETURN"]["instance"]["contains"])
    assert documented - set(told) == {"new_pair"}  # with new_pair_file
    assert set(told) <= documented


def test_an_outcome_is_one_type_in_code_schema_and_documentation():
    documented = module_texts("cw_integration")["RETURN"]["outcome"]["contains"]
    assert set(documented) == set(Outcome.__annotations__)
    assert set(documented["proof"]["contains"]) == set(Proof.__annotations__)
    schema = json.loads((PLUGINS / "plugin_utils/_report/results.schema.json").read_text())
    own = {"vendor", "matrix"}
    assert set(schema["$defs"]["integration"]["properties"]) - own <= set(Outcome.__annotations__)


def test_what_a_failure_tells_is_documented_alike_by_every_module(execute, make_instance):
    # with cw_onboard, the outcome of each vendor has the sentence
    documented_errors = [module_texts(name)["RETURN"]["error"] for name in CONNECTED if name != "cw_onboard"]
    assert all(each == documented_errors[0] for each in documented_errors)
    contains = documented_errors[0]["contains"]
    instance = make_instance()
    of_options = execute(OPERATIONS["cw_security_role"], instance, name=" ")["error"]
    assert set(of_options) == {key for key, text in contains.items() if "returned" not in text}
    instance.fault("status", status=403, json={"code": "Security", "message": "no"})
    assert set(execute(OPERATIONS["cw_security_role"], instance, name="x")["error"]) == set(contains)
