# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows a new pair: vendors' data, the command that shows the private half, and the files."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.delivery import VALUES, Delivery, delivery_of
from ansible_collections.msp.connectwise.plugins.plugin_utils import _delivery, _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._own_files import InTheWay

ROOT = Path(__file__).resolve().parents[3]
KNOWN = {
    "member": "Rewst", "company": "acme", "api_host": "api-na.myconnectwise.net", "web_host": "na.myconnectwise.net",
    "public_key": "PUBLIC0123456789",
}  # fmt: skip
HOSTILE = "a | b `c` **d**\n# e <script>"


def document(vendor="rewst", host="acme", known=KNOWN, **about):
    told = {"stored_in": "/srv/rewst.yml", "since": "2026-11-22T20:15:00Z", "command": "cat /srv/rewst.yml"}
    told.update({"no_command": "", "old_key": "", **about})
    return _delivery.document(_vendors.delivery(vendor), known, host, vendor, "Rewst", **told)


def test_each_vendor_names_only_values_that_exist():
    with_fields = []
    for vendor in _vendors.names():
        delivery = _vendors.delivery(vendor)
        texts = [field.label for field in delivery.fields] + [*delivery.where, *delivery.after, *delivery.notes]
        assert all(text.strip() == text != "" for text in texts), vendor
        values = [value for field in delivery.fields for value in field.values]
        assert set(values) <= set(VALUES) and len(set(values)) == len(values), vendor
        assert not delivery.fields or {"public_key", "private_key"} <= set(values), vendor
        assert bool(delivery.source) == bool(_vendors.matrix(vendor).get("delivery")), vendor
        with_fields += [vendor] if delivery.fields else []
    assert {"rewst", "deskdirector", "ninjaone"} <= set(with_fields)


def test_the_schema_of_vendors_data_knows_the_same_values():
    schema = json.loads((ROOT / "plugins/plugin_utils/vendor.schema.json").read_text())
    field = schema["properties"]["delivery"]["properties"]["fields"]["items"]["properties"]
    assert field["values"]["items"]["enum"] == list(VALUES)


def test_a_vendor_that_says_nothing_gets_the_list_of_values():
    assert delivery_of({"source": "https://x.example/"}) == Delivery()
    found = _delivery.document(Delivery(), KNOWN, "acme", "tool", "Tool", **_about(command="cat /x"))
    said = "\n".join(_delivery.lines(found))
    assert "its guide doesn't say where to enter the pair" in said
    for name, label in VALUES.items():
        assert f"{label}: {KNOWN.get(name, 'to see it, run: cat /x')}" in said
    assert "doesn't say where to enter the pair" in _delivery.render(found)


def test_page_of_one_vendor():
    page = _delivery.render(document(old_key="The old key works until tomorrow."))
    head, _heading, rest = page.partition("## Afterwards")
    assert head.split("\n\n", 1)[1] == (
        "In Rewst, open Configuration > Integrations > ConnectWise Manage, and enter:\n\n"
        "- API Member ID: `Rewst`\n- Company ID: `acme`\n"
        "- Hostname: `api-na.myconnectwise.net` or `na.myconnectwise.net`."
        " Rewst's guide doesn't say which of the two it means.\n"
        "- Public API Key: `PUBLIC0123456789`\n- Private API Key: see below\n"
        "- Company Query Conditions (optional). Limits which companies Rewst reads.\n\n"
        "This command shows the private key:\n\n`cat /srv/rewst.yml`\n\nThe old key works until tomorrow.\n\n"
    )
    assert "1. Click Save Configuration.\n2. Run the Crate" in rest and "## Note" in rest


def _about(**changed):
    blank = dict.fromkeys(("command", "no_command", "old_key"), "")
    return {"stored_in": "x", "since": "2026-11-22T20:15:00Z", **blank, **changed}


def test_both_hosts_are_shown_where_the_guide_does_not_tell_which():
    said = _delivery.lines(document())
    both = "api-na.myconnectwise.net or na.myconnectwise.net"
    assert f"  Hostname: {both} (Rewst's guide doesn't say which of the two it means)" in said
    same = _delivery.lines(document(known={**KNOWN, "api_host": "psa.acme.example", "web_host": "psa.acme.example"}))
    assert "  Hostname: psa.acme.example" in same


@pytest.mark.parametrize(
    ("store", "command", "more"),
    [
        ({"type": "plain_file", "path": "/srv/a b.yml"}, "cat '/srv/a b.yml'", ""),
        ({"type": "vault_file", "path": "/srv/x.yml", "vault_id": None}, "ansible-vault view /srv/x.yml", ""),
        (
            {"type": "hashi_vault", "path": "connectwise/acme/rewst", "mount": "secret"},
            "bao kv get -mount=secret -field=private_key connectwise/acme/rewst", "vault instead of bao",
        ),
        ({"type": "awx_credential", "name": "ConnectWise acme rewst"}, "", "credential ConnectWise acme rewst. Have a"),
    ],
)  # fmt: skip
def test_command_of_each_store(store, command, more):
    found, said = _delivery.show_command(store, {})
    assert found == command and more in said


def test_command_unlocks_a_vault_as_this_run_did(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("word").write_text("x")
    store = {"type": "vault_file", "path": "credentials/acme/rewst.yml"}
    cli = {"vault_ids": ["one@word", "two@prompt", "word"], "vault_password_files": ["word"], "ask_vault_pass": True}
    command, _more = _delivery.show_command(store, cli)
    word = str(tmp_path / "word")
    assert shlex.split(command) == [
        "ansible-vault", "view", "--vault-id", f"one@{word}", "--vault-id", "two@prompt", "--vault-id", word,
        "--vault-password-file", word, "--ask-vault-password", str(tmp_path / "credentials/acme/rewst.yml"),
    ]  # fmt: skip


def test_written_once_for_a_pair_and_again_when_it_says_something_else(tmp_path):
    place = _delivery.Place(str(tmp_path), "acme", "rewst")
    assert place.bring(document(), new=False) == [] and place.read() is None
    # check mode doesn't know the new key, so a run shows no diff of it either
    checked = _delivery.Place(str(tmp_path), "acme", "rewst", check_mode=True)
    assert checked.bring(document(), new=True) == [] and not list(tmp_path.iterdir())
    assert place.bring(document(), new=True) == []
    page = Path(place.page)
    before = page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600
    # another run with the same pair: its time and its way to unlock the vault say nothing new
    later = {**document(), "since": "2026-12-01T00:00:00Z", "command": "ansible-vault view x"}
    assert place.bring(later, new=False) == [] and page.read_text() == before
    moved = {**later, "stored_in": "elsewhere"}
    assert checked.bring(moved, new=False) == place.bring(moved, new=False) != []
    assert "ansible-vault view x" in page.read_text()
    assert place.bring({**later, "public_key": "ANOTHER"}, new=False)
    # a person who deletes the page says that the product has the pair
    page.unlink()
    assert place.read() is None and place.bring(later, new=False) == [] and not page.exists()
    place.bring(later, new=True)
    assert page.exists()
    assert place.remove() and not page.exists() and place.remove() == []


def test_what_is_not_ours_stays(tmp_path):
    place = _delivery.Place(str(tmp_path), "acme", "rewst")
    page = Path(place.page)
    page.parent.mkdir(parents=True)
    page.write_text("my own notes")
    with pytest.raises(InTheWay, match="isn't a delivery of rewst on acme"):
        place.bring(document(), new=True)
    assert place.remove() == [] and page.read_text() == "my own notes"
    # nor is another vendor's
    page.write_text(_delivery.render(document("ninjaone")))
    with pytest.raises(InTheWay):
        place.bring(document(), new=True)


@pytest.mark.parametrize("broken", ["", "[]", "{", '{"format": "msp.connectwise.delivery", "version": 1}'])
def test_an_edited_file_is_not_read(broken):
    assert _delivery.parse(broken.encode(), "acme", "rewst") is None
    edited = {**document(), "fields": [{"label": 1}]}
    assert _delivery.parse(json.dumps(edited).encode(), "acme", "rewst") is None
    assert _delivery.parse(json.dumps(document()).encode(), "acme", "rewst") == document()


def test_a_name_from_outside_is_no_markup():
    known = {**KNOWN, "company": HOSTILE, "member": HOSTILE}
    page = _delivery.render(document(known=known))
    assert "\n# e" not in page and "**d**" not in page.replace("\\*\\*", "") and "<script>" not in page


def test_the_list_of_a_fleet_has_a_row_for_each_instance(tmp_path):
    assert _delivery.write_fleet(str(tmp_path), check_mode=False) == []
    for host in ("beta", "alpha"):
        found = document(host=host, known={**KNOWN, "company": f"{host}|co"})
        _delivery.Place(str(tmp_path), host, "rewst").bring(found, new=True)
    _delivery.Place(str(tmp_path), "alpha", "ninjaone").bring(document("ninjaone", "alpha"), new=True)
    assert _delivery.write_fleet(str(tmp_path), check_mode=False)
    page = Path(_delivery.fleet_page(str(tmp_path)))
    text = page.read_text()
    assert "|\n\n|" not in text and "&#32;" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows] == ["| Instance", "| alpha", "| Instance", "| alpha", "| beta"]
    columns = {row.replace("\\|", "").count("|") for row in rows[2:]}
    assert len(columns) == 1, rows
    assert "`cat /srv/rewst.yml`" in text and "Your own workflows may need more." in text
    assert _delivery.write_fleet(str(tmp_path), check_mode=False) == []
    for host in ("beta", "alpha"):
        for vendor in ("rewst", "ninjaone"):
            _delivery.Place(str(tmp_path), host, vendor).remove()
    assert _delivery.write_fleet(str(tmp_path), check_mode=False) and not page.exists()
