# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewer's checklist, points 31 to 37: roles and playbooks."""

from __future__ import annotations

import re

from reviewed import MODULES, PLAYBOOKS, ROLES, ROOT, actions, every_option, name_of, read_yaml, role_tasks, tasks

PREFIXED_FILES = ("defaults", "vars")
COMMANDS = ("command", "raw", "script", "shell")
# what a user's inventory may set for all roles at once
SHARED = re.compile(r"\bcw_\w+")


def specs(role):
    return read_yaml(role / "meta" / "argument_specs.yml")["argument_specs"]


def variables(role, kind):
    path = role / kind / "main.yml"
    return (read_yaml(path) or {}) if path.is_file() else {}


def is_vendor(role):
    return f"{role.name}_matrix" in variables(role, "vars")


# 31: argument specifications


def test_the_options_of_every_role_are_all_specified():
    for role in ROLES:
        for entry, spec in specs(role).items():
            said = [spec.get(field) for field in ("short_description", "description", "version_added", "author")]
            assert all(said), (role.name, entry)
            for place, option in every_option(spec.get("options") or {}, below="options"):
                assert option.get("type") and option.get("description"), (role.name, place)
                assert option["type"] != "list" or option.get("elements"), (role.name, place)
        specified = {option for spec in specs(role).values() for option in spec.get("options") or {}}
        defaults = variables(role, "defaults")
        public = {name for name in defaults if not name.startswith(f"{role.name}__")}
        # the connection has its own, in the inventory; a role must know the rest
        assert {name for name in public - specified if not SHARED.search(str(defaults[name]))} == set(), role.name


def test_defaults_are_documented_as_they_are():
    for role in ROLES:
        defaults = variables(role, "defaults")
        for spec in specs(role).values():
            for option, text in (spec.get("options") or {}).items():
                if "default" in text and option in defaults:
                    real = defaults[option]
                    assert "{{" in str(real) or real == text["default"], (role.name, option)


# 32: names of variables


def test_variables_of_every_role_begin_with_its_name():
    for role in ROLES:
        names = [name for kind in PREFIXED_FILES for name in variables(role, kind)]
        for _path, task in role_tasks(role):
            names += [task["register"]] if "register" in task else []
            names += list(task.get("ansible.builtin.set_fact", {}))
            names += [task["loop_control"]["loop_var"]] if "loop_var" in task.get("loop_control", {}) else []
        # a vendor's role and the fleet's hand over what the role onboard works with
        allowed = (f"{role.name}_", "onboard__")
        assert [name for name in names if name != "cacheable" and not name.startswith(allowed)] == [], role.name


def test_tags_of_every_role_begin_with_its_name():
    for role in ROLES:
        given = [task.get("tags", []) for _path, task in role_tasks(role)]
        tags = [tag for some in given for tag in ([some] if isinstance(some, str) else some)]
        wrong = [tag for tag in tags if tag not in ("always", "never") and not tag.startswith(role.name)]
        assert wrong == [], role.name


# 33: variables of the whole collection


def test_variables_of_the_collection_are_asked_for_in_defaults_only():
    modules = {path.stem for path in MODULES}
    for role in ROLES:
        for kind in ("tasks", "vars", "templates", "handlers"):
            for path in sorted((role / kind).rglob("*")):
                if path.suffix not in (".yml", ".j2"):
                    continue
                code = re.sub(r"^\s*#.*$|'[^'\n]*'|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
                expressions = " ".join(re.findall(r"\{\{.*?\}\}|\{%.*?%\}", code, re.DOTALL))
                assert set(SHARED.findall(expressions)) - modules == set(), name_of(path)


# 34: tasks


def test_tasks_have_names_and_full_module_names_and_hide_no_error():
    for role in ROLES:
        for path, task in role_tasks(role):
            assert task.get("name", "")[:1].isupper(), (name_of(path), task)
            assert [action for action in actions(task) if action.count(".") < 2] == [], name_of(path)
            assert not set(actions(task)) & {f"ansible.builtin.{name}" for name in COMMANDS}
            assert not task.get("ignore_errors"), name_of(path)


# 35: playbooks


def test_playbooks_can_be_called_by_name_and_take_a_target():
    for path in PLAYBOOKS:
        assert re.fullmatch(r"[a-z][a-z0-9_]*\.yml", path.name)
        for play in read_yaml(path):
            if "ansible.builtin.import_playbook" in play or play.get("hosts") == "localhost":
                continue
            assert play["hosts"] == "{{ lookup('msp.connectwise.target', target | default(none)) }}", play["name"]
            assert play["gather_facts"] is False and play["connection"] == "local"
        for task in tasks(path):
            assert [action for action in actions(task) if action.count(".") < 2] == [], path.name


def test_beside_playbooks_there_are_no_plugins_and_no_roles():
    folders = {path.name for path in (ROOT / "playbooks").iterdir() if path.is_dir()}
    assert not folders & {"roles", "library", "module_utils", "filter_plugins", "lookup_plugins", "action_plugins"}


# 36: READMEs; those of the vendors' roles are made when the artifact is built: see test_artifact.py


def test_every_role_but_a_vendors_has_a_readme_and_metadata():
    for role in ROLES:
        if is_vendor(role):
            continue
        readme = (role / "README.md").read_text(encoding="utf-8")
        assert re.search(rf"^# .*{role.name}", readme, re.MULTILINE) and len(readme) > 300
        described = read_yaml(role / "meta" / "main.yml")["galaxy_info"]
        assert described["license"] == "GPL-3.0-or-later" and described["min_ansible_version"] == "2.18"


# 37: nothing is excused from ansible-lint


def test_nothing_is_excused_from_ansible_lint():
    config = read_yaml(ROOT / ".ansible-lint")
    assert config["profile"] == "production"
    assert not set(config) & {"skip_list", "warn_list", "mock_modules", "mock_roles"}
    excused = [
        name_of(path)
        for folder in ("roles", "playbooks")
        for path in (ROOT / folder).rglob("*.yml")
        if re.search(r"#\s*noqa|skip_ansible_lint", path.read_text(encoding="utf-8"))
    ]
    assert excused == []
