# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vendor's file from a table, written by the checkout's tool and for an installed collection."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendor_import import ImportFault, propose
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendors import MatrixFileError

ROOT = Path(__file__).resolve().parents[3]

sys.path.insert(0, str(ROOT / "tools"))
tool = importlib.import_module("generate.vendor_roles")

CLEAR = "Module,Function,Add,Inquire\nCompanies,Contacts,My,All\nService Desk,Service Tickets,All,All\n"
UNCLEAR = CLEAR.replace("My", "Limited")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rights.csv"
    path.write_text(CLEAR)
    return path


def test_a_clear_table_is_a_list_that_can_be_onboarded(table, tmp_path):
    about = {"product": "Acme Backup", "source": "https://example.com/rights", "date": "2026-10-01"}
    text, proposal = propose("acmebackup", str(table), about)
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "acmebackup.yml").write_text(text)
    matrix = _vendors.matrix("acmebackup", str(folder))
    assert proposal.asked == [] and "acmebackup" in _vendors.names(str(folder))
    assert matrix == {
        "vendor": "Acme Backup", "product": "Acme Backup", "status": "published", **about,
        "role_name": "Acme Backup API", "member_identifier": "AcmeBackup", "member_name": "Acme Backup",
        "key_description": "Acme Backup API",
        "permissions": [
            {"module": "Companies", "function": "Contacts", "add": "my", "inquire": "all"},
            {"module": "Service Desk", "function": "Service Tickets", "add": "all", "inquire": "all"},
        ],
    }  # fmt: skip


def test_a_list_with_questions_is_for_audits_until_they_are_answered(table, tmp_path):
    table.write_text(UNCLEAR)
    text, _proposal = propose("acmebackup", str(table), {})
    for number, (answered, whole) in enumerate(
        (
            (text, False),
            (text.replace("unknown: [add]", "add: my"), False),
            (text.replace("unknown: [add]", "add: my").replace("# ASK: ", "# "), False),
        )
    ):
        folder = tmp_path / f"vendors{number}"
        folder.mkdir()
        (folder / "acmebackup.yml").write_text(answered)
        assert ("acmebackup" in _vendors.names(str(folder))) is whole
    done = "".join(line for line in text.splitlines(True) if not line.startswith("  missing:"))
    done = done.replace("status: partial", "status: own")
    for name, answered, said in (
        ("left", done.replace("unknown: [add]", "add: my"), r"a question \(ASK\) is still open"),
        ("unknown", done.replace("# ASK: ", "# "), "unknown"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "acmebackup.yml").write_text(answered)
        with pytest.raises(MatrixFileError, match=said):
            _vendors.names(str(folder))
    folder = tmp_path / "done"
    folder.mkdir()
    (folder / "acmebackup.yml").write_text(done.replace("unknown: [add]", "add: my").replace("# ASK: ", "# "))
    assert "acmebackup" in _vendors.names(str(folder))


@pytest.mark.parametrize(
    ("vendor", "content", "about", "said"),
    [
        ("Acme", CLEAR, {}, "can't be a vendor's name"),
        ("fleet", CLEAR, {}, "variables of this collection begin with fleet_"),
        ("acme", "a,b\n", {}, "no header found"),
        ("acme", "Module,Function,Add\nCompanies,Contacts,None\n", {}, "none of its rows has a level"),
        ("acme", "Module,Function,Add\nCompanies,Contacts,\u00e9\n".encode("latin-1"), {}, "it isn't UTF-8"),
        ("acme", CLEAR, {"product": "Acme: \u201cB\u201d"}, "product: "),
        ("acme", CLEAR, {"source": "www.example.com", "date": "2026-10-01"}, "source: "),
        ("acme", CLEAR, {"source": "https://example.com", "date": "soon"}, "date: "),
        ("acme", None, {}, "can't be read: No such file"),
        ("acme", b"x" * 2_000_001, {}, "is larger than 2 MB"),
    ],
)
def test_what_cannot_be_proposed_is_said(table, vendor, content, about, said):
    if content is None:
        table.unlink()
    else:
        table.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ImportFault, match=said):
        propose(vendor, str(table), about)


def test_the_tool_proposes_a_file_and_then_makes_the_role_from_it(table, tmp_path, capsys):
    table.write_text(UNCLEAR)
    given = ["--root", str(tmp_path), "--new", "acmebackup", "--from"]
    made = tmp_path / "acmebackup.yml"
    assert tool.main([*given, str(table)]) == 0
    said = capsys.readouterr().out
    assert f"{made}: 2 functions, 1 question\nASK: line 2: Add: 'Limited' isn't All, My or None.\n" in said
    assert f"run: make vendor NAME=acmebackup FROM={made}" in said
    assert yaml.safe_load(made.read_text())["acmebackup_matrix"]["status"] == "partial"
    assert tool.main([*given, str(made)]) == 1
    said = capsys.readouterr().err
    assert "status: a role needs a list that is published or derived, and this one is partial" in said
    assert not (tmp_path / "roles").exists()
    assert tool.main([*given, str(table)]) == 0  # the same again
    made.write_text(made.read_text().replace("unknown: [add]", "add: my"))
    assert tool.main([*given, str(table)]) == 1
    assert "acmebackup.yml is there already, and isn't overwritten" in capsys.readouterr().err
