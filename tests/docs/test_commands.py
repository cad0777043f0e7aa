# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the documentation tells people to type exists: playbooks, plugins, options, variables, targets."""

from __future__ import annotations

import functools
import importlib
import re
import shlex

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.vendor import OPTIONS
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import declared
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendors import names
from docs_pages import PAGES, ROOT, all_of, commands

COMMANDS = all_of(commands)
CLI = {"playbook": "PlaybookCLI", "doc": "DocCLI", "vault": "VaultCLI", "galaxy": "GalaxyCLI"}


def typed(program: str) -> list:
    mine = [(block, line) for block, line in COMMANDS if line.split()[0] == program]
    return [pytest.param(block, line, id=f"{block}: {line[:60]}") for block, line in mine]


@functools.cache
def public_variables() -> set[str]:
    """What a user may set: the list of variables, and the options of every vendor."""
    return {*declared(), *(f"{vendor}_{option}" for vendor in (*names(), "acmebackup") for option in OPTIONS)}


def parsed(line: str):
    """The line as the program itself reads it; it ends the test if the program would refuse it."""
    words = shlex.split(line)
    name = words[0].removeprefix("ansible-")
    cls = getattr(importlib.import_module(f"ansible.cli.{name}"), CLI[name])
    cli = cls(words)
    cli.init_parser()
    return cli.parser.parse_args(words[1:])


@pytest.mark.parametrize("block, line", typed("ansible-playbook"))
def test_playbooks_exist_and_their_variables_too(block, line):
    arguments = parsed(line)
    page = block.page.read_text(encoding="utf-8")
    for playbook in arguments.args:
        name = playbook.removeprefix("msp.connectwise.").removeprefix("playbooks/").removesuffix(".yml")
        shipped = (ROOT / "playbooks" / f"{name}.yml").exists()
        told = "/" not in playbook and f"`{playbook}`" in page
        added = re.fullmatch(r"onboard_acmebackup|onboard_<vendor>", name) is not None
        assert shipped or told or added, f"{playbook} is neither shipped nor told to be written"
    for extra in arguments.extra_vars:
        if extra.startswith(("@", "{")):
            continue
        for word in shlex.split(extra):
            name = word.partition("=")[0]
            assert name in public_variables(), f"nothing reads the variable {name}"


@pytest.mark.parametrize("block, line", typed("ansible-doc"))
def test_documented_plugins_exist(block, line):
    arguments = parsed(line)
    folder = {"module": "modules"}.get(arguments.type, arguments.type)
    for name in arguments.args:
        plugin = name.removeprefix("msp.connectwise.")
        place = f"roles/{plugin}/meta/argument_specs.yml" if folder == "role" else f"plugins/{folder}/{plugin}.py"
        assert (ROOT / place).exists()


@pytest.mark.parametrize("block, line", [*typed("ansible-vault"), *typed("ansible-galaxy")])
def test_options_of_other_programs_exist(block, line):
    assert parsed(line)


@pytest.mark.parametrize("block, line", typed("make"))
def test_targets_of_make_exist(block, line):
    target = next(word for word in line.split()[1:] if "=" not in word)
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


#: Files that a reader creates while following a guide.
MADE = {"inventory/instances.yml", "changelogs/fragments", "playbooks/onboard_acmebackup.yml"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_of_the_repository_that_are_named_exist(page):
    """Paths in code, such as ``plugins/modules``, except those that a run creates."""
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:plugins|playbooks|tools|tests|inventory|changelogs|benchmarks)/[\w./-]+)`", text)
    gone = [path for path in named if not (ROOT / path).exists() and path not in MADE]
    assert not gone
