# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two instances, one of them in a network that only its proxy reaches (cw_proxy of its host)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from proxies import HttpProxy
from simulator import Simulator
from simulator.server import Handle

from .controller import Controller
from .test_secrets import spellings

NAME = "psa.acme.invalid"
PASSWORD = "pr0xy/p@ssword"


@pytest.fixture
def hidden(tls_simulator: Simulator) -> Handle:
    return tls_simulator.add_instance("hidden", edition="extended")


@pytest.fixture
def proxy(hidden: Handle) -> Iterator[HttpProxy]:
    with HttpProxy({NAME: int(hidden.connection["site"].rpartition(":")[2])}, "me", PASSWORD) as running:
        yield running


def unsaid(controller: Controller, printed: str) -> None:
    """Nothing that was printed or written holds the proxy's password, in any form."""
    files = [path for path in controller.folder.rglob("*") if path.is_file() and path != controller.inventory]
    texts = {"the output": printed} | {str(path): path.read_text(errors="replace") for path in files}
    assert not [where for where, text in texts.items() for word in spellings(PASSWORD) if word in text]


def test_onboarding_through_the_proxy_of_one_host(
    controller: Controller, hidden: Handle, extended: Handle, proxy: HttpProxy
) -> None:
    own = {"cw_site": f"https://{NAME}", "cw_validate_certs": False, "cw_proxy": proxy.url()}
    controller.add("acme", hidden, **own)
    controller.add("globex", extended)
    elsewhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": f"127.0.0.1,{NAME}"}
    run = controller.run("playbooks/onboard.yml", "-e", "vendor=rewst", "-vvv", "--diff", env=elsewhere).expect(0)
    assert set(proxy.asked) == {NAME} and set(proxy.logins) == {f"me:{PASSWORD}"}
    assert {entry["method"] for entry in hidden.log} >= {"GET", "POST"} and extended.log
    unsaid(controller, run.printed)


def test_a_proxy_that_refuses_is_named_and_the_other_host_goes_on(
    controller: Controller, hidden: Handle, extended: Handle, proxy: HttpProxy
) -> None:
    url = proxy.url(user="you")
    controller.add("acme", hidden, cw_site=f"https://{NAME}", cw_validate_certs=False, cw_proxy=url, cw_retries=0)
    controller.add("globex", extended)
    run = controller.run("playbooks/check.yml", "-vvv", "-e", json.dumps({"target": "connectwise"})).expect(2)
    run.says(f"Check cw_proxy (http://127.0.0.1:{proxy.port}), its user and password", "globex", "the key logs in")
    assert hidden.log == [] and extended.log
    unsaid(controller, run.printed)
