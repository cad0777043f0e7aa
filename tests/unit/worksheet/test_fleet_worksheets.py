# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sheets a fleet's page shows as open or done, over several runs; and which files it replaces."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from ansible_collections.msp.connectwise.plugins.plugin_utils._own_files import InTheWay
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fleet, sheet
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet.files import PARTS, Worksheet
from hypothesis import given
from hypothesis import strategies as st
from pages.sheets import bring, make_sheet, put, results

FIRST, SECOND, LATE = "2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-16T10:00:01Z"
OPEN = {"acme": {"rewst": "handed over"}}


def states(document):
    return {each["id"]: each["state"] for each in document["sheets"]}


def test_an_open_sheet_has_all_of_its_file_and_when_it_was_looked_at(tmp_path):
    put(tmp_path, make_sheet())
    document = bring(tmp_path, results(FIRST, **OPEN))
    assert document == {
        "format": "msp.connectwise.fleet_worksheets",
        "version": 1,
        "generated": FIRST,
        "counts": {"open": 1, "done": 0},
        "sheets": [
            {
                **make_sheet(),
                "id": "acme/rewst",
                "host": "acme",
                "vendor": "rewst",
                "state": "open",
                "since": FIRST,
                "verified": FIRST,
                "folder": str(tmp_path / "acme" / "rewst"),
            }
        ],
    }
    assert json.loads((tmp_path / "worksheets.json").read_text()) == document


@pytest.mark.parametrize(
    ("state", "verified"),
    [
        ("handed over", SECOND),
        ("converged", SECOND),
        ("converged, Table Setup unconfirmed", SECOND),
        ("failed", FIRST),
        ("would be handed over", FIRST),
        (None, FIRST),
    ],
)
def test_only_a_run_that_read_the_instance_verifies(tmp_path, state, verified):
    put(tmp_path, make_sheet())
    bring(tmp_path, results(FIRST, **OPEN))
    found = results(SECOND, acme={"rewst": state}) if state else results(SECOND, globex={"rewst": "handed over"})
    [open_sheet] = bring(tmp_path, found)["sheets"]
    assert (open_sheet["since"], open_sheet["verified"]) == (FIRST, verified)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("converged", {"acme/rewst": "done"}),
        ("converged, Table Setup unconfirmed", {"acme/rewst": "done"}),
        ("failed", {}),
        ("handed over", {}),
        (None, {}),
    ],
)
def test_a_sheet_is_done_once_a_run_converged_without_it(tmp_path, state, expected):
    """Where it vanished in another way, nothing says that it was done."""
    put(tmp_path, make_sheet())
    bring(tmp_path, results(FIRST, **OPEN))
    shutil.rmtree(tmp_path / "acme")
    document = bring(tmp_path, results(SECOND, acme={"rewst": state}) if state else results(SECOND))
    assert states(document) == expected
    assert document["counts"] == {"open": 0, "done": len(expected)}


def test_a_sheet_that_is_done_stays_for_some_days_whatever_ran_since(tmp_path):
    put(tmp_path, make_sheet())
    bring(tmp_path, results(FIRST, **OPEN))
    shutil.rmtree(tmp_path / "acme")
    bring(tmp_path, results(SECOND, acme={"rewst": "converged"}))
    [done] = bring(tmp_path, results("2026-11-16T10:00:00Z", acme={"rewst": "failed"}))["sheets"]
    assert (done["state"], done["done"]) == ("done", SECOND)
    assert bring(tmp_path, results(LATE))["sheets"] == []
    assert "0 open, 0 done" in (tmp_path / "worksheets.md").read_text()


@pytest.mark.parametrize("days", [0, 0.5, 1e9])
def test_for_how_many_days(tmp_path, days):
    put(tmp_path, make_sheet())
    bring(tmp_path, results(FIRST, **OPEN))
    shutil.rmtree(tmp_path / "acme")
    bring(tmp_path, results(FIRST, acme={"rewst": "converged"}), days)
    assert bool(bring(tmp_path, results(SECOND), days)["sheets"]) == (days >= 1)


def test_a_sheet_that_opens_again_is_open_since_then(tmp_path):
    put(tmp_path, make_sheet())
    bring(tmp_path, results(FIRST, **OPEN))
    shutil.rmtree(tmp_path / "acme")
    bring(tmp_path, results(SECOND, acme={"rewst": "converged"}))
    put(tmp_path, make_sheet())
    [again] = bring(tmp_path, results(LATE, **OPEN))["sheets"]
    assert (again["state"], again["since"]) == ("open", LATE)


def test_sheets_are_in_order_whatever_the_case_of_hosts(tmp_path):
    for host, vendor in (("b", "x"), ("B", "y"), ("a", "z"), ("a b", "x")):
        put(tmp_path, make_sheet(host, vendor))
    document = bring(tmp_path, results(FIRST))
    assert list(states(document)) == ["a b/x", "a/z", "b/x", "B/y"]
    page = (tmp_path / "worksheets.html").read_text()
    assert re.findall("<h2>(.*)</h2>", page) == ["a b", "a", "b", "B"]
    for link in re.findall('href="(?!https:)(.*?)"', page):
        assert (tmp_path / link.replace("%20", " ")).is_file()


@pytest.mark.parametrize("where", ["host", "vendor", "file"])
def test_no_link_is_followed(tmp_path, where):
    away, folder = tmp_path / "away", tmp_path / "out"
    put(away, make_sheet())
    link = {"host": folder / "acme", "vendor": folder / "acme" / "rewst"}.get(
        where, folder / "acme" / "rewst" / "worksheet.json"
    )
    link.parent.mkdir(parents=True)
    link.symlink_to(away / link.relative_to(folder))
    assert fleet.collect(str(folder), results(FIRST), 14)["sheets"] == []


def test_the_folder_itself_may_be_a_link(tmp_path):
    put(tmp_path / "real", make_sheet())
    (tmp_path / "out").symlink_to(tmp_path / "real")
    assert len(bring(tmp_path / "out", results(FIRST))["sheets"]) == 1
    assert (tmp_path / "real" / "worksheets.html").is_file()


def test_what_isnt_ours_or_not_where_it_belongs_is_passed_over(tmp_path):
    put(tmp_path, make_sheet("acme"))
    for host in ("copied", "own", "broken", "deep/er"):
        (tmp_path / host / "rewst").mkdir(parents=True)
    shutil.copytree(tmp_path / "acme" / "rewst", tmp_path / "copied" / "rewst", dirs_exist_ok=True)
    (tmp_path / "own" / "rewst" / "worksheet.json").write_text('{"levels": []}')
    (tmp_path / "broken" / "rewst" / "worksheet.json").write_text('{"format": "msp.connectwise.worksheet",')
    (tmp_path / "own" / "worksheet.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder" / "rewst" / "worksheet.json").mkdir(parents=True)
    assert states(bring(tmp_path, results(FIRST))) == {"acme/rewst": "open"}


def test_where_there_is_nothing_there_is_no_page(tmp_path):
    folder = tmp_path / "none"
    document = fleet.collect(str(folder), results(FIRST), 14)
    assert fleet.write(str(folder), document, check_mode=False) == []
    assert not folder.exists()


@pytest.mark.parametrize("kind", ["json", "html", "md"])
@pytest.mark.parametrize("how", ["file", "link"])
def test_what_isnt_ours_is_not_replaced(tmp_path, kind, how):
    put(tmp_path, make_sheet())
    path, own = tmp_path / f"worksheets.{kind}", tmp_path / "own"
    own.write_text('{"format": "mine"}')
    if how == "file":
        own.rename(path)
        own = path
    else:
        path.symlink_to(own)
    document = fleet.collect(str(tmp_path), results(FIRST), 14)
    with pytest.raises(InTheWay, match=re.escape(str(path))):
        fleet.write(str(tmp_path), document, check_mode=False)
    assert own.read_text() == '{"format": "mine"}'
    assert [each.name for each in tmp_path.glob("worksheets.*")] == [path.name]


def test_check_mode_tells_and_writes_nothing(tmp_path):
    put(tmp_path, make_sheet())
    document = fleet.collect(str(tmp_path), results(FIRST, **OPEN), 14)
    diffs = fleet.write(str(tmp_path), document, check_mode=True)
    assert sorted(os.path.basename(diff["after_header"]) for diff in diffs) == [
        "worksheets.html", "worksheets.json", "worksheets.md",
    ]  # fmt: skip
    assert not list(tmp_path.glob("worksheets.*"))
    assert len(fleet.write(str(tmp_path), document, check_mode=False)) == 3
    assert fleet.write(str(tmp_path), document, check_mode=False) == []
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("worksheets.*")} == {0o600}


@pytest.mark.parametrize(
    "content",
    [
        '{"format": "msp.connectwise.fleet_worksheets", "version": 1, "sheets": [',
        '{"format": "msp.connectwise.fleet_worksheets", "version": 2, "sheets": [{"id": 1}]}',
        '{"format": "msp.connectwise.fleet_worksheets", "version": 1, "sheets": {"id": "acme/rewst"}}',
        '{"format": "msp.connectwise.fleet_worksheets", "version": 1, "sheets": [null, {"id": "acme/rewst"}]}',
    ],
)
def test_a_page_before_that_cannot_be_read_is_replaced(tmp_path, content):
    put(tmp_path, make_sheet())
    (tmp_path / "worksheets.json").write_text(content)
    assert states(bring(tmp_path, results(FIRST, **OPEN))) == {"acme/rewst": "open"}


@pytest.mark.parametrize("field", ["since", "verified", "id", "state", "levels", "done"])
def test_an_entry_of_the_page_before_that_somebody_broke_is_left_out(tmp_path, field):
    put(tmp_path, make_sheet())
    bring(tmp_path, results(FIRST, **OPEN))
    shutil.rmtree(tmp_path / "acme")
    document = bring(tmp_path, results(FIRST, acme={"rewst": "converged"}))
    document["sheets"][0][field] = "yesterday"
    (tmp_path / "worksheets.json").write_text(json.dumps(document))
    assert bring(tmp_path, results(SECOND))["sheets"] == []


@given(
    runs=st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from(["handed over", "converged", "converged, Table Setup unconfirmed", "failed", ""]),
        ),
        max_size=6,
    )
)
def test_over_any_runs_a_sheet_is_open_just_as_long_as_its_file_is_there(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("fleet")
    since = None
    for number, (there, state) in enumerate(runs):
        now = f"2026-11-{number + 1:02}T10:00:00Z"
        if there:
            put(folder, make_sheet())
        else:
            shutil.rmtree(folder / "acme", ignore_errors=True)
        document = bring(folder, results(now, acme={"rewst": state}) if state else results(now))
        since = (since or now) if there else None
        is_open = states(document).get("acme/rewst") == "open"
        assert is_open == there
        assert document["counts"]["open"] + document["counts"]["done"] == len(document["sheets"]) <= 1
        if there:
            [each] = document["sheets"]
            assert each["since"] == since and each["since"] <= each["verified"] <= now


# --- the date of the page of one instance ---------------------------------------------------------------------------


def worksheet(folder, **options):
    return Worksheet(str(folder), "acme", "rewst", **options)


def aged(page):
    """The page as an old run left it; its date."""
    os.utime(page, (1_000_000_000, 1_000_000_000))
    return 1_000_000_000


def test_a_run_that_finds_the_same_left_dates_the_page_anew_and_changes_nothing(tmp_path):
    page = Path(worksheet(tmp_path).bring(make_sheet(), PARTS, None).page)
    old, text = aged(page), page.read_bytes()
    assert not worksheet(tmp_path, check_mode=True).bring(make_sheet(), PARTS, None).changed
    assert os.stat(page).st_mtime == old, "check mode leaves it"
    again = worksheet(tmp_path).bring(make_sheet(), PARTS, None)
    assert not again.changed and again.diff == [] and page.read_bytes() == text
    assert os.stat(page).st_mtime > old


def test_a_rotation_which_reads_no_levels_leaves_the_date(tmp_path):
    page = worksheet(tmp_path).bring(make_sheet(key_steps=[]), PARTS, None).page
    old = aged(page)
    rotation = make_sheet(levels=[], customize=[])
    assert worksheet(tmp_path).bring(rotation, ("key_steps",), None).changed
    assert os.stat(page).st_mtime == old
    kept = sheet.parse((tmp_path / "acme" / "rewst" / "worksheet.json").read_bytes(), "acme", "rewst")
    assert kept["levels"] == make_sheet()["levels"] and kept["key_steps"] == make_sheet()["key_steps"]
