# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All text that is shown goes through one function: it can't move a cursor, start a line or change direction."""

from __future__ import annotations

import json
import unicodedata

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.module_utils._domain.shown import (
    json_text,
    shown,
    shown_all,
    shown_lines,
    yaml_scalar,
)
from hypothesis import example, given
from hypothesis import strategies as st

UNSEEN = (
    [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
    + [chr(code) for code in (0x61C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0xFEFF, 0xAD)]
    + [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xD800, 0xDFFF, 0xE0041, 0xFFFE, 0x1FFFF)]
)
TEXTS = st.text(st.one_of(st.sampled_from(UNSEEN), st.characters()), max_size=40)


@pytest.mark.parametrize("mark", UNSEEN, ids=ascii)
def test_each_kind_of_mark_is_an_escape(mark):
    text = shown(f"a{mark}b")
    assert mark not in text and text.isascii() and text.startswith("a\\") and text.endswith("b")


@given(TEXTS)
def test_what_is_shown_has_one_line_and_stays_the_same_when_it_is_shown_again(text):
    once = shown(text)
    assert not [mark for mark in once if unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert shown(once) == once
    assert len(once.splitlines()) <= 1


@given(TEXTS)
def test_a_text_of_several_lines_keeps_those_and_tabs_alone(text):
    once = shown_lines(text)
    assert {mark for mark in once if unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp")} <= set("\n\t")
    assert once.count("\n") == text.count("\n")
    assert once.splitlines() == once.split("\n")[: len(once.splitlines())]


@pytest.mark.parametrize(
    "text", ["Köln Büro", 'R&D "Lab"', "שלום", "日本語\u3000名", "naïve", "emoji 🔑 ✔️", "nb\u00a0space", ""]
)
def test_what_can_be_seen_stays_as_it_is(text):
    assert shown(text) == text and shown_lines(text) == text
    assert json_text({"name": text}) == json.dumps({"name": text}, ensure_ascii=False)


def test_an_escape_of_a_terminal_is_readable():
    assert shown("a\x1b[2K\r\nok: [acme]\u202e\x85\U000e0041") == "a\\x1b[2K\\r\\nok: [acme]\\u202e\\x85\\U000e0041"


@given(st.recursive(TEXTS | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_a_file_of_json_gives_the_value_back_and_holds_no_mark(value):
    for indent in (None, 1):
        text = json_text(value, indent)
        assert json.loads(text) == value
        unseen = {mark for mark in text if unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        assert unseen <= set("\n")
    assert "\n" not in json_text(value)


@given(TEXTS)
@example("yes")
@example("007")
@example("a: b")
@example("a #b")
@example(" x")
@example("x ")
@example("- x")
@example("\U0001f511\x1b")
def test_a_scalar_of_yaml_is_one_line_that_gives_the_value_back(text):
    if any(0xD800 <= ord(mark) <= 0xDFFF for mark in text):
        return  # YAML has no lone halves
    line = f"name: {yaml_scalar(text)}"
    assert len(line.splitlines()) == 1 and shown(line) == line
    assert yaml.safe_load(line) == {"name": text}


@pytest.mark.parametrize("text", ["OldRewst", "Rewst API", "R&D (old) v1.2"])
def test_a_plain_name_is_plain_yaml(text):
    assert yaml_scalar(text) == text


WHOLE = "a\u200bb"


def test_the_texts_of_a_result_are_shown_and_a_private_key_stays_whole():
    result = {
        "changed": True,
        "number": 5,
        "msg": "a\nok: [acme]",
        "warnings": ["x\x9b2K"],
        "private_key": WHOLE,
        "exception": "one\n  two\x1b[0m",
        "diff": [{"before_header": "a\nb", "before": "x\n", "after": "y\u202e\n"}],
        "members": [{"identifier": "first\x1b[31m\x07"}],
    }
    assert shown_all(result) == {
        "changed": True,
        "number": 5,
        "msg": "a\\nok: [acme]",
        "warnings": ["x\\x9b2K"],
        "private_key": WHOLE,
        "exception": "one\n  two\\x1b[0m",
        "diff": [{"before_header": "a\\nb", "before": "x\n", "after": "y\\u202e\n"}],
        "members": [{"identifier": "first\\x1b[31m\\x07"}],
    }
