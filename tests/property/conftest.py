# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the properties."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import client as client_module
from ansible_collections.msp.connectwise.plugins.module_utils._keys import workflow
from ansible_collections.msp.connectwise.plugins.module_utils._ops import api_member, security_role


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing waits, and no key or proxy of whoever runs the tests is in the environment."""
    monkeypatch.setattr(security_role, "READ_BACK_PAUSE", 0)
    monkeypatch.setattr(api_member, "READ_BACK_PAUSE", 0)
    monkeypatch.setattr(workflow, "LOGIN_PAUSE", 0)
    monkeypatch.setattr(client_module._Retry, "sleep", lambda *_args: None)
    for name in ("CW_PRIVATE_KEY", "CW_PRIVATE_KEY_FILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield
