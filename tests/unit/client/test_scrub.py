# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that leaves the collection contains a secret in any encoding."""

from __future__ import annotations

import ast
import base64
import json
import pathlib
from urllib.parse import quote, quote_plus

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.module_utils._client.scrub import MASK, Scrubber
from ansible_collections.msp.connectwise.plugins.module_utils._client.vocabulary import KEYS, is_word
from ansible_collections.msp.connectwise.plugins.module_utils._domain.levels import VERBS
from ansible_collections.msp.connectwise.plugins.module_utils._ops import outcome
from hypothesis import example, given
from hypothesis import strategies as st

# anything a secret may hold; not the mask itself, nor the blanks that connections strip
SECRETS = st.text(
    st.one_of(st.sampled_from("\"'%+/&=:\\\n\r\t \u00e4\u20ac\U0001f511"), st.characters(exclude_categories=["Cs"])),
    min_size=4,
    max_size=24,
).filter(lambda text: "*" not in text)


def every_form(secret):
    """How a secret may turn up: clear, in JSON of two kinds, in a URL, in hex, in base64, in Python's repr."""
    raw = secret.encode()
    return {
        "clear": secret,
        "json": json.dumps(secret)[1:-1],
        "quoted": quote(raw, safe=""),
        "path": quote(raw),
        "form": quote_plus(raw),
        "hex": raw.hex(),
        "base64": base64.b64encode(raw).decode(),
        "base64url": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "repr": repr(secret)[1:-1],
    }


@given(SECRETS)
@example("q\"'%+\n\u00e4\\/")
def test_no_form_of_a_secret_survives_in_text(secret):
    scrubber = Scrubber()
    scrubber.add(secret)
    for kind, form in every_form(secret).items():
        assert form not in scrubber.text(f"before {form} after").replace(MASK, "*"), kind


@given(SECRETS)
@example('\u00e4"bcd')
def test_a_secret_in_json_that_keeps_its_letters_does_not_survive(secret):
    scrubber = Scrubber()
    scrubber.add(secret)
    assert scrubber.text(json.dumps([secret], ensure_ascii=False)) == f'["{MASK}"]'


@pytest.mark.parametrize("text", ["a%2fbcd%2be", "a%2Fbcd%2Be", "a/bcd%2be"])
def test_percent_escapes_of_either_case_do_not_survive(text):
    scrubber = Scrubber()
    scrubber.add("a/bcd+e")
    assert scrubber.text(text) == MASK


@given(st.text(min_size=1, max_size=8).filter(lambda t: "*" not in t), SECRETS, SECRETS)
def test_nothing_of_a_login_survives(company, public_key, private_key):
    scrubber = Scrubber()
    scrubber.add_login(company, public_key, private_key)
    pair = f"{company}+{public_key}:{private_key}"
    header = "Authorization: Basic " + base64.b64encode(pair.encode()).decode()
    result = scrubber.text(f"{header}\n{pair}")
    assert base64.b64encode(pair.encode()).decode() not in result
    assert private_key not in result.replace(MASK, "*").replace("Authorization: Basic ", "")


@given(SECRETS.filter(lambda text: text not in KEYS))
def test_nested_results_are_masked_in_keys_values_and_bytes(secret):
    scrubber = Scrubber()
    scrubber.add(secret)
    result = scrubber.clean(
        {
            secret: [secret, (f"x{secret}",), {"deep": {secret}}],
            "bytes": secret.encode(),
            "n": 5,
            "no": None,
        }
    )
    assert result == {MASK: [MASK, [f"x{MASK}"], {"deep": [MASK]}], "bytes": MASK, "n": 5, "no": None}


def test_the_longest_form_is_masked_first():
    scrubber = Scrubber()
    scrubber.add("secret", "secret-and-more")
    assert scrubber.text("secret-and-more secret") == f"{MASK} {MASK}"


@pytest.mark.parametrize("secret", [None, "", "abc"])
def test_what_is_too_short_to_be_a_secret_masks_no_innocent_words(secret):
    scrubber = Scrubber()
    scrubber.add(secret)
    assert scrubber.text("abc and alphabet") == "abc and alphabet"


def test_public_key_and_company_stay_readable():
    scrubber = Scrubber()
    scrubber.add_login("acme", "publicpublic", "privateprivate")
    assert scrubber.text("acme publicpublic privateprivate") == f"acme publicpublic {MASK}"


def test_results_are_copied_and_not_changed_in_place():
    scrubber = Scrubber()
    scrubber.add("secret")
    result = {"a": ["secret"]}
    assert scrubber.clean(result) == {"a": [MASK]}
    assert result == {"a": ["secret"]}


ROOT = pathlib.Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "plugins/plugin_utils/_report/results.schema.json").read_text())
DOCUMENTED = sorted((ROOT / "plugins/modules").glob("*.py"))


def returned(path):
    """The names in a module's RETURN, those inside others too."""
    [text] = [
        node.value.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "RETURN"
    ]
    return set(names_in(yaml.safe_load(text)))


def names_in(fields):
    for name, described in (fields or {}).items():
        yield name
        if isinstance(described, dict):
            yield from names_in(described.get("contains"))


@pytest.mark.parametrize("path", DOCUMENTED, ids=lambda path: path.stem)
def test_no_key_that_a_module_documents_is_masked(path):
    names = returned(path)
    scrubber = Scrubber()
    scrubber.add(*names)
    assert set(scrubber.clean(dict.fromkeys(names, 1))) == names


def test_no_key_of_an_outcome_or_of_the_results_of_a_run_is_masked():
    names = set(outcome.Outcome.__annotations__) | set(outcome.Proof.__annotations__)
    names |= set(outcome.Pending.__annotations__) | set(SCHEMA["$defs"]["integration"]["properties"])
    scrubber = Scrubber()
    scrubber.add(*names)
    assert set(scrubber.clean(dict.fromkeys(names, 1))) == names


STATES = SCHEMA["$defs"]["state"]["anyOf"][0]["enum"]


@pytest.mark.parametrize("state", [*STATES, "converged, Table Setup unconfirmed"])
def test_no_state_is_masked_and_a_sentence_with_it_is(state):
    scrubber = Scrubber()
    scrubber.add(state)
    clean = scrubber.clean({"state": state, "reason": f"it is {state}", "public_key": state, "changed": True})
    assert clean == {"state": state, "reason": f"it is {MASK}", "public_key": MASK, "changed": True}


@given(st.sampled_from(sorted(KEYS)), st.sampled_from(sorted(KEYS)))
def test_a_word_of_ours_hides_no_key_and_stands_in_no_value(secret, field):
    scrubber = Scrubber()
    scrubber.add(secret)
    result = {field: secret, "deep": [{secret: [secret, True, 7, None]}]}
    clean = scrubber.clean(result)
    masked = len(secret) >= 4 and not is_word(field, secret)
    assert clean[field] == (MASK if masked else secret)
    [inside] = clean["deep"]
    [(key, values)] = inside.items()
    assert key == secret and values[1:] == [True, 7, None]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("level", ["none", "all"])
def test_a_level_is_read_back_whatever_the_secret_is(verb, level):
    scrubber = Scrubber()
    scrubber.add(verb, level, "None", "should_be")
    cell = {"module": "System", "function": "X", "verb": verb, "is": level, "should_be": "all"}
    assert scrubber.clean([cell]) == [cell]


def test_a_name_from_outside_that_is_a_key_hides_the_secret():
    scrubber = Scrubber()
    scrubber.add("secretsecret")
    assert scrubber.clean({"results": {"secretsecret": 1, "a secretsecret b": 2}}) == {
        "results": {MASK: 1, f"a {MASK} b": 2}
    }


def test_a_level_that_the_instance_made_up_hides_the_secret():
    """It is in a field with a fixed choice of values, and isn't one of them."""
    scrubber = Scrubber()
    scrubber.add("secretsecret")
    assert scrubber.clean({"is": "secretsecret", "state": "x secretsecret", "kind": "secretsecret"}) == {
        "is": MASK,
        "state": f"x {MASK}",
        "kind": MASK,
    }


def test_an_answer_is_masked_and_is_still_told_from_any_other():
    scrubber = Scrubber()
    scrubber.add("message", "code", "NotFound", "errors")
    body = {"code": "NotFound", "message": "no code", "errors": [{"field": "x", "message": "errors"}]}
    clean = {"code": "NotFound", "message": f"no {MASK}", "errors": [{"field": "x", "message": MASK}]}
    assert json.loads(scrubber.body(json.dumps(body))) == clean
    assert scrubber.body("a page with a message") == f"a page with a {MASK}"
    assert scrubber.body("[" * 100_000 + "code") == "[" * 100_000 + MASK


@given(SECRETS)
def test_no_form_of_a_secret_survives_in_an_answer(secret):
    scrubber = Scrubber()
    scrubber.add(secret)
    for text in (json.dumps({"x": secret, "y": [secret]}), json.dumps(f"a{secret}b"), f"{{{secret}", secret):
        clean = scrubber.body(text).replace(MASK, "*")
        assert secret not in clean and json.dumps(secret)[1:-1] not in clean
