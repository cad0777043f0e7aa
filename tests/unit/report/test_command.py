# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that a report tells a person to type again."""

from __future__ import annotations

import json
import shlex

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._command import again, everywhere, onboarding
from hypothesis import given
from hypothesis import strategies as st

SECRET = "Str0ng-Secret"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("/opt/x/bin/ansible-playbook a.yml -i inv", "ansible-playbook a.yml -i inv"),
        ("ansible-playbook a.yml --check --diff -C -D -vv", "ansible-playbook a.yml -vv"),
        ("ansible-playbook a.yml -e target=a -evendor=b", "ansible-playbook a.yml -e target=a -evendor=b"),
        ("ansible-playbook a.yml --extra-vars=vendor=rewst", "ansible-playbook a.yml --extra-vars=vendor=rewst"),
        ("ansible-playbook a.yml -e @vars.yml", "ansible-playbook a.yml -e @vars.yml"),
        ("ansible-playbook a.yml -e 'target=a vendor=b'", "ansible-playbook a.yml -e 'target=a vendor=b'"),
        ("ansible-playbook 'my plays/a.yml' -l 'a:!b'", "ansible-playbook 'my plays/a.yml' -l 'a:!b'"),
        ("""ansible-playbook a.yml -e '{"vendor": ["b"]}'""", """ansible-playbook a.yml -e '{"vendor": ["b"]}'"""),
    ],
)
def test_it_is_what_was_typed_without_check_mode(typed, wanted):
    assert again(shlex.split(typed)) == (wanted, False)


@pytest.mark.parametrize(
    "extra",
    [
        f"onboard_private_key={SECRET}",
        f"target=acme onboard_private_key={SECRET}",
        json.dumps({"onboard_private_key": SECRET}),
        json.dumps({"target": "acme", "note": SECRET}),
        f"password={SECRET}",
        f"cw_private_key={SECRET}",
        f"cw_proxy=http://me:{SECRET}@proxy",
        f"- {SECRET}",
        f"'{SECRET}",
        SECRET,
        f"target=a {SECRET}",
    ],
)
@pytest.mark.parametrize("option", [["-e"], ["--extra-vars"]])
def test_what_may_be_a_secret_is_left_out(extra, option):
    assert again(["ansible-playbook", "a.yml", *option, extra]) == ("ansible-playbook a.yml", True)
    assert again(["ansible-playbook", f"--extra-vars={extra}", "a.yml"]) == ("ansible-playbook a.yml", True)
    assert again(["ansible-playbook", f"-e{extra}", "a.yml"]) == ("ansible-playbook a.yml", True)


@given(st.text(min_size=1))
def test_a_variable_of_ones_own_is_never_shown(value):
    shown = again(["ansible-playbook", "a.yml", "-e", f"my_variable={value}-{SECRET}"])
    assert shown == ("ansible-playbook a.yml", True)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--limit", "acme"], ""),
        (["-l", "@some.hosts"], ""),
        (["--limit=acme:globex"], ""),
        (["-lacme"], ""),
        (["-e", "target=acme"], ""),
        (["-etarget=acme,globex", "-e", "audit_fail_on=excess"], "-e audit_fail_on=excess"),
        (["-e", "target=acme audit_fail_on=excess"], "-e audit_fail_on=excess"),
        (["-e", '{"target": ["acme"]}'], ""),
        (["--extra-vars", '{"target": "acme", "audit_formats": "md"}'], """--extra-vars '{"audit_formats": "md"}'"""),
        (["-e", "@vars.yml", "--list-hosts"], "-e @vars.yml --list-hosts"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_same_on_all_hosts(options, left):
    command, left_out = everywhere(["/usr/bin/ansible-playbook", "audit.yml", "-i", "inventory.yml", *options])
    assert command == " ".join(filter(None, ["ansible-playbook audit.yml -i inventory.yml", left])) and not left_out


WITH = "-i my/inventory.yml --vault-password-file my/vault-password"
ONE = "-e target=acme -e vendor=rewst"
STARTED = {
    "a vendor's playbook": (
        f"/x/ansible-playbook playbooks/onboard_rewst.yml {WITH}", f"playbooks/onboard.yml {WITH}"
    ),
    "by its name": (f"ansible-playbook msp.connectwise.site {WITH} --forks 20", f"msp.connectwise.onboard {WITH}"),
    "a rotation": (
        f"ansible-playbook playbooks/rotate_keys.yml {WITH} -e rotate_now=true", f"playbooks/onboard.yml {WITH}"
    ),
    "limited and in check mode": (
        f"ansible-playbook playbooks/site.yml -C --limit acme {WITH}", f"playbooks/onboard.yml {WITH}"
    ),
    "settings stay": (
        f"ansible-playbook playbooks/site.yml {WITH} -e cw_output_dir=out -e rewst_role_name=R",
        f"playbooks/onboard.yml {WITH} -e cw_output_dir=out -e rewst_role_name=R",
    ),
    "what is for this run goes": (
        f"ansible-playbook playbooks/site.yml {WITH} -e 'target=x cw_output_dir=out onboard_handover=wait'",
        f"playbooks/onboard.yml {WITH} -e cw_output_dir=out",
    ),
    "a secret goes": (
        f"ansible-playbook playbooks/site.yml {WITH} -e cw_private_key=SECRET -e onboard_private_key=SECRET",
        f"playbooks/onboard.yml {WITH}",
    ),
    "a file of variables stays": (
        "ansible-playbook playbooks/site.yml -e@vars.yml", "playbooks/onboard.yml -e @vars.yml"
    ),
    "joined options": (
        "ansible-playbook playbooks/site.yml --inventory=my/inventory.yml -imore -J",
        "playbooks/onboard.yml --inventory=my/inventory.yml -imore -J",
    ),
    "a playbook of one's own": ("ansible-playbook mine.yml -v", "mine.yml"),
}


@pytest.mark.parametrize(("started", "expected"), STARTED.values(), ids=STARTED)
def test_the_command_for_one_vendor_is_the_same_whatever_was_started(started, expected):
    command = onboarding(shlex.split(started), "acme", "rewst")
    assert command == f"ansible-playbook {expected} {ONE}" and "SECRET" not in command
