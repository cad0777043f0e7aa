# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that returns fewer records than requested, without saying so."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.msp.connectwise.plugins.module_utils._ops import api_member, run, security_role

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture(params=[3, 4, 10])
def capped(request, make_instance):
    """An instance with a cap of that many records; settings of a role are whole."""
    caps = {"/(securityroles|apiMembers|members)$": request.param}
    return make_instance(page_caps=caps, roles=[{"name": f"Role {number}"} for number in range(12)])


def executed(module, instance, **options):
    given = {**instance.connection, "retries": 0, "timeout": 5, **options}
    checked = ArgumentSpecValidator(module.argument_spec()).validate(given)
    assert not checked.error_messages
    return run.execute(lambda params, context: module.apply(module.plan(params, context), params, context),
                       checked.validated_parameters, False, False)  # fmt: skip


def test_a_role_that_is_on_a_later_page_is_found(capped):
    done = executed(security_role, capped, name="Role 11")
    assert not done.get("failed"), done
    assert done["changed"] is False and sum(role["name"] == "Role 11" for role in capped.state["roles"]) == 1


def test_a_role_that_is_on_none_is_created(capped):
    done = executed(security_role, capped, name="Another")
    assert done["created"] is True and sum(role["name"] == "Another" for role in capped.state["roles"]) == 1


def test_a_member_gets_a_role_of_a_later_page(capped):
    for number in range(5):
        capped.add_member(f"member{number}", "Role 1")
    done = executed(api_member, capped, identifier="member4", security_role="Role 11")
    assert not done.get("failed"), done
    assert capped.member("member4")["securityRole"]["name"] == "Role 11"
