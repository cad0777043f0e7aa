# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists as surveys, schedulers and shells send them."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._asked import vendor_names, words
from ansible_collections.msp.connectwise.plugins.plugin_utils._variables import NotAsked

BOTH = ["rewst", "hudu"]
SENT = {
    "a list": ["rewst", "hudu"],
    "commas": "rewst,hudu",
    "commas and spaces": " rewst , hudu ",
    "semicolons": "rewst; hudu",
    "lines": "rewst\nhudu\n",
    "lines of Windows": "rewst\r\nhudu",
    "JSON": '["rewst", "hudu"]',
    "what Python prints": "['rewst', 'hudu']",
    "JSON over several lines": '[\n "rewst",\n "hudu"\n]',
}
BLANK = {
    "null": None, "an empty text": "", "a space": " ", "a line": "\n", "an empty list": [], "one as text": "[]",
}  # fmt: skip


@pytest.mark.parametrize("read", [words, vendor_names])
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_a_list_is_read_however_it_is_sent(read, sent):
    assert read(sent) == BOTH


@pytest.mark.parametrize("read", [words, vendor_names])
@pytest.mark.parametrize("sent", BLANK.values(), ids=BLANK)
def test_blank_is_no_name_at_all(read, sent):
    assert read(sent) == []


@pytest.mark.parametrize("sent", ["rewst,", ",", "rewst,,hudu", ["rewst", None]])
def test_a_vendor_that_is_missing_beside_a_comma_is_told(sent):
    with pytest.raises(NotAsked, match="A name is missing beside a comma"):
        vendor_names(sent)
