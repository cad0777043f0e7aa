# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run never removes the user's own files beside or in place of ours, nor worksheets with open work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from simulator.server import Handle

from .controller import NINJAONE, REWST, Controller, Run, do_worksheet, paste_pair

NewInstance = Callable[..., Handle]
SITE, OFFBOARD, ROTATE = (f"playbooks/{name}.yml" for name in ("site", "offboard", "rotate_keys"))
DUE_LATER = ("-e", "rotate_max_age=90")
MEANT = ("-e", "target=acme", "-e", "vendor=rewst", "-e", "offboard_hosts=acme")
NOTES = "What the client asked for on the phone.\n"
KINDS = ("html", "md", "json")


def folder(controller: Controller, vendor: str = "rewst", host: str = "acme") -> Path:
    return controller.output / host / vendor


def content(top: Path) -> dict[str, bytes]:
    """{path: bytes} of all files below a folder, but for the journal, and what follows a key."""
    others = ("journal.jsonl", "delivery.md", "delivery.json")
    found = [path for path in top.rglob("*") if path.is_file() and path.name not in others]
    return {str(path.relative_to(top)): path.read_bytes() for path in found}


def sheet(controller: Controller, vendor: str = "rewst") -> dict[str, object]:
    found: dict[str, object] = json.loads(controller.worksheet("acme", vendor).read_text())
    return found


def assert_warned(run: Run, text: str) -> None:
    """A warning is broken in the middle of a path by older versions of Ansible."""
    assert "".join(text.split()) in "".join(run.printed.split()), run.printed


def hand_over_key(controller: Controller, instance: Handle) -> Run:
    """A person makes the key and leaves it in the file."""
    paste_pair(controller.hand_in("acme", "rewst"), *instance.make_key("Rewst", "Rewst API"))
    return controller.run(REWST)


def own_folder(controller: Controller) -> Path:
    """A folder of the user's own, with a worksheet of theirs in it, that the folder of the worksheets leads to."""
    own = controller.folder / "own"
    own.mkdir()
    (own / "notes.txt").write_text(NOTES)
    (own / "worksheet.md").write_text("# My own list\n")
    (own / "sub").mkdir()
    (own / "sub" / "more.txt").write_text(NOTES)
    folder(controller).parent.mkdir(parents=True, exist_ok=True)
    folder(controller).symlink_to(own)
    return own


# --- what isn't ours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("playbook", [REWST, SITE])
def test_a_file_of_ones_own_in_the_folder(controller: Controller, extended: Handle, playbook: str) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    folder(controller).mkdir(parents=True)
    (folder(controller) / "notes.txt").write_text(NOTES)
    controller.run(playbook).expect(0)
    assert (folder(controller) / "notes.txt").read_text() == NOTES
    assert controller.run(playbook).expect(0).changed("acme") == 0


def test_a_file_of_ones_own_beside_a_worksheet_that_is_done(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    own = folder(controller) / "worksheet.html.bak"
    own.write_text(NOTES)
    do_worksheet(published, sheet(controller))
    paste_pair(controller.hand_in("acme", "rewst"), *published.make_key("Rewst", "Rewst API"))
    before = content(controller.output)
    check = controller.run(REWST, "--check").expect(0)
    assert content(controller.output) == before, "check mode deletes nothing"
    done = controller.run(REWST).expect(0)
    assert content(controller.output) == {"acme/rewst/worksheet.html.bak": NOTES.encode()}
    assert check.changed("acme") == done.changed("acme")
    assert controller.run(REWST).expect(0).changed("acme") == 0
    own.unlink()
    assert {path.name for path in folder(controller).iterdir()} == {"delivery.md", "delivery.json"}


@pytest.mark.parametrize("playbook", [REWST, SITE])
def test_a_link_to_a_folder_of_ones_own(controller: Controller, extended: Handle, playbook: str) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    own = own_folder(controller)
    before = content(own)
    controller.run(playbook).expect(0)
    assert content(own) == before and folder(controller).is_symlink()


@pytest.mark.parametrize("where", ["vendor", "host"])
def test_no_worksheet_is_written_through_a_link(controller: Controller, published: Handle, where: str) -> None:
    """The rest of the result stays, the summary says what to do, and the run fails although handing over is fine."""
    controller.add("acme", published)
    own = controller.folder / "own"
    own.mkdir()
    link = folder(controller) if where == "vendor" else folder(controller).parent
    link.parent.mkdir(parents=True)
    link.symlink_to(own)
    run = controller.run(REWST, "-e", "onboard_handover=report").expect(2)
    assert content(own) == {} and list(own.iterdir()) == [] and link.is_symlink()
    # the journal is in the host's folder, and without it nothing is changed
    begun = "0 levels set by this run, 53 to set by hand" in run.summary
    assert begun == (where == "vendor") and f"{link} is a link" in run.summary
    assert "worksheet:" not in run.summary
    link.unlink()
    controller.run(REWST, "-e", "onboard_handover=report").expect(0)
    assert len(sheet(controller)["levels"]) == 53  # type: ignore[arg-type]


def test_a_worksheet_of_ones_own(controller: Controller, new_instance: NewInstance) -> None:
    """A file of that name that we didn't write is neither overwritten nor removed, and nothing is written beside it."""
    own = {}
    for kind in KINDS:
        for edition in ("published", "extended"):
            controller.add(f"{edition}-{kind}", new_instance(edition=edition))
            path = controller.worksheet(f"{edition}-{kind}", "rewst", kind)
            path.parent.mkdir(parents=True)
            own[path] = '{"levels": [], "key_steps": []}' if kind == "json" else "<!-- mine --><h1>Rewst on acme</h1>\n"
            path.write_text(own[path])
    run = controller.run(REWST).expect(2)
    assert {path: path.read_text() for path in own} == own
    for kind in KINDS:
        assert run.recap[f"extended-{kind}"]["failed"] == 0
        path = controller.worksheet(f"published-{kind}", "rewst", kind)
        assert f"{path} exists and isn't a worksheet" in run.summary
    assert run.summary.count("53 to set by hand") == len(KINDS)
    assert len(content(controller.output)) == len(own)


def test_a_linked_worksheet(controller: Controller, published: Handle) -> None:
    """Not even one that leads to a worksheet of ours."""
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    away = controller.folder / "away.html"
    controller.worksheet("acme", "rewst", "html").rename(away)
    controller.worksheet("acme", "rewst", "html").symlink_to(away)
    text = away.read_text()
    published.set_levels("Rewst API", {"Finance / Agreements": {"delete": "All"}})
    controller.run(REWST).expect(2).says("worksheet.html is a link")
    do_worksheet(published, sheet(controller))
    published.set_levels("Rewst API", {"Finance / Agreements": {"delete": "None"}})
    hand_over_key(controller, published).expect(0)
    assert away.read_text() == text
    assert controller.worksheets("acme", "rewst") == ["worksheet.html"]


def test_the_worksheet_of_another_host_or_vendor(controller: Controller, new_instance: NewInstance) -> None:
    """One that was copied there is somebody's copy."""
    for host, edition in (("acme", "published"), ("globex", "extended")):
        controller.add(host, new_instance(edition=edition))
    controller.run(REWST).expect(2)
    copies = {}
    for vendor in ("rewst", "ninjaone"):
        for kind in KINDS:
            path = controller.worksheet("globex", vendor, kind)
            path.parent.mkdir(parents=True, exist_ok=True)
            copies[path] = controller.worksheet("acme", "rewst", kind).read_bytes()
            path.write_bytes(copies[path])
    controller.run("playbooks/onboard.yml", "-e", "vendor=rewst,ninjaone", "--limit", "globex",
                   "-e", "onboard_confirmed=true").expect(0)  # fmt: skip
    assert {path: path.read_bytes() for path in copies} == copies


def test_offboarding(controller: Controller, published: Handle) -> None:
    """Takes away the worksheet, which no longer holds, and nothing else."""
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    (folder(controller) / "notes.txt").write_text(NOTES)
    check = controller.run(OFFBOARD, *MEANT, "--check").expect(0)
    assert controller.worksheet("acme", "rewst").exists() and controller.hand_in("acme", "rewst").exists()
    run = controller.run(OFFBOARD, *MEANT).expect(0)
    assert content(controller.output) == {"acme/rewst/notes.txt": NOTES.encode()}
    assert not controller.hand_in("acme", "rewst").exists()
    assert check.changed("acme") == run.changed("acme")
    assert controller.run(OFFBOARD, *MEANT).expect(0).changed("acme") == 0


def test_offboarding_behind_links(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    folder(controller).rename(controller.folder / "before")
    own = own_folder(controller)
    (own / "pair.yml").write_text("public_key: a\nprivate_key: b\n")
    controller.hand_in("acme", "rewst").symlink_to(own / "pair.yml")
    before = content(own)
    run = controller.run(OFFBOARD, *MEANT).expect(0)
    assert content(own) == before and folder(controller).is_symlink()
    assert controller.hand_in("acme", "rewst").is_symlink()
    assert_warned(run, f"{controller.hand_in('acme', 'rewst')} is a link")
    assert_warned(run, "private key in plain text")


# --- the file for a pair -------------------------------------------------------------------------------------------


def test_a_pair_behind_a_link_is_taken_and_the_file_is_named(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    do_worksheet(published, sheet(controller))
    own = controller.folder / "own.yml"
    paste_pair(own, *published.make_key("Rewst", "Rewst API"))
    controller.hand_in("acme", "rewst").unlink()
    controller.hand_in("acme", "rewst").symlink_to(own)
    text = own.read_text()
    run = controller.run(REWST).expect(0)
    assert_warned(run, f"{controller.hand_in('acme', 'rewst')} is a link")
    assert_warned(run, "private key in plain text")
    assert controller.pair_file("acme", "rewst").exists()
    assert own.read_text() == text and controller.hand_in("acme", "rewst").is_symlink()


def test_another_pair_in_the_file_is_not_deleted(controller: Controller, published: Handle) -> None:
    """The pair came by variables; the one in the file was never looked at, and is nowhere else."""
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    do_worksheet(published, sheet(controller))
    given, other = (published.make_key("Rewst", "Rewst API") for _turn in range(2))
    paste_pair(controller.hand_in("acme", "rewst"), *other)
    variables = controller.folder / "given.json"
    variables.write_text(json.dumps({"onboard_public_key": given[0], "onboard_private_key": given[1]}))
    run = controller.run(REWST, "-e", f"@{variables}").expect(0)
    assert controller.stored("acme", "rewst")["cw_credentials"]["public_key"] == given[0]
    assert other[1] in controller.hand_in("acme", "rewst").read_text()
    assert_warned(run, f"{controller.hand_in('acme', 'rewst')} holds a different pair")
    assert other[1] not in run.printed


def test_a_dangling_link_is_not_filled_in(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    controller.hand_in("acme", "rewst").parent.mkdir(parents=True)
    nowhere = controller.folder / "nowhere.yml"
    controller.hand_in("acme", "rewst").symlink_to(nowhere)
    run = controller.run(REWST).expect(2)
    assert_warned(run, f"{controller.hand_in('acme', 'rewst')} is a broken link")
    assert not nowhere.exists() and controller.hand_in("acme", "rewst").is_symlink()
    assert controller.worksheet("acme", "rewst").exists()


def test_lines_of_ones_own_beside_the_pair_outlive_a_rotation(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    controller.run(REWST).expect(0)
    vault = VaultLib([("default", VaultSecret(controller.password.encode()))])
    path = controller.pair_file("acme", "rewst")
    text = vault.decrypt(path.read_bytes()).decode()
    path.write_bytes(vault.encrypt(f"{text}\n# the client's contact\ncontact: Ann\n"))
    before = controller.stored("acme", "rewst")["cw_credentials"]["public_key"]
    controller.run(ROTATE, "-e", "vendor=rewst", "-e", "rotate_max_age=0").expect(0)
    assert controller.stored("acme", "rewst")["contact"] == "Ann"
    assert controller.stored("acme", "rewst")["cw_credentials"]["public_key"] != before
    assert "# the client's contact" in vault.decrypt(path.read_bytes()).decode()
    assert controller.run(REWST).expect(0).changed("acme") == 0


# --- what is still open --------------------------------------------------------------------------------------------


def test_rotation_keeps_levels_that_are_open(controller: Controller, published: Handle) -> None:
    controller.add("acme", published)
    controller.run(REWST).expect(2)
    hand_over_key(controller, published).expect(2)
    before = content(controller.output)
    assert len(sheet(controller)["levels"]) == 53  # type: ignore[arg-type]
    run = controller.run(ROTATE, "-e", "vendor=rewst", *DUE_LATER)
    assert content(controller.output) == before and run.changed("acme") == 0
    assert controller.run(REWST).expect(2).changed("acme") == 0
    assert content(controller.output) == before

    do_worksheet(published, sheet(controller))
    controller.run(REWST).expect(0)
    assert controller.worksheets("acme", "rewst") == []


def test_rotation_keeps_a_table_setup_that_is_open(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["ninjaone"])
    controller.run(NINJAONE).expect(0)
    before = content(controller.output)
    assert controller.run(ROTATE, *DUE_LATER).expect(0).changed("acme") == 0
    now = ("-e", "rotate_now=true", "-e", "target=acme", "-e", "vendor=ninjaone")
    assert controller.run(ROTATE, *now).expect(0).changed("acme") == 1
    assert content(controller.output) == before
    assert controller.run(NINJAONE).expect(0).changed("acme") == 0
    assert controller.run(NINJAONE, "-e", "onboard_confirmed=true").expect(0).changed("acme") == 1
    assert content(controller.output) == {}


def test_a_rotation_by_hand_adds_to_what_is_open(controller: Controller, published: Handle) -> None:
    """Its steps stay through the nights until the key is another, and nothing that was open is lost."""
    controller.add("acme", published, cw_vendors=["rewst"])
    controller.run(REWST).expect(2)
    hand_over_key(controller, published).expect(2)
    levels = sheet(controller)["levels"]
    controller.run(ROTATE, "-e", "vendor=rewst", "-e", "rotate_max_age=0").expect(2)
    both = content(controller.output)
    assert sheet(controller)["levels"] == levels and sheet(controller)["key_steps"]
    assert controller.hand_in("acme", "rewst").exists()
    for playbook, options in ((SITE, ()), (ROTATE, DUE_LATER), (REWST, ())):
        run = controller.run(playbook, *options)
        assert {name: both[name] for name in both} == {name: content(controller.output)[name] for name in both}
        assert run.changed("acme") == 0, playbook
        assert controller.hand_in("acme", "rewst").exists(), playbook

    do_worksheet(published, sheet(controller))
    controller.run(REWST).expect(0)
    assert sheet(controller)["levels"] == [] and sheet(controller)["key_steps"]
    hand_over_key(controller, published).expect(0)
    assert not controller.worksheets("acme", "rewst") and not controller.hand_in("acme", "rewst").exists()


# --- the files of a fleet and of an audit --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["results.json", "handed_over.hosts", "worksheets.json", "worksheets.html", "worksheets.md"]
)
def test_a_result_file_of_ones_own(controller: Controller, published: Handle, name: str) -> None:
    """The summary is shown all the same, and the run says whose file is in the way."""
    controller.add("acme", published, cw_vendors=["rewst"])
    controller.output.mkdir()
    own = controller.output / name
    own.write_text('{"mine": "own words"}\n' if name.endswith("json") else "In my own words.\n")
    text = own.read_text()
    run = controller.run(SITE).expect(2)
    assert own.read_text() == text
    run.says("1 handed over", f"{own} exists and isn't")


def test_a_linked_result_file(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.run(SITE).expect(0)
    away = controller.folder / "away.json"
    (controller.output / "results.json").rename(away)
    (controller.output / "results.json").symlink_to(away)
    text = away.read_text()
    controller.run(SITE).expect(2).says("results.json is a link")
    assert away.read_text() == text and (controller.output / "results.json").is_symlink()


def test_a_list_of_hosts_that_is_none_is_left(controller: Controller, extended: Handle) -> None:
    """Nothing failed, so a list of failed ones would be removed; this is no such list."""
    controller.add("acme", extended, cw_vendors=["rewst"])
    controller.output.mkdir()
    (controller.output / "failed.hosts").write_text("Hosts that failed before the move, see the ticket.\n")
    controller.run(SITE).expect(0)
    assert (controller.output / "failed.hosts").read_text().startswith("Hosts that failed")


def test_a_worksheet_that_is_none_stays_out_of_the_fleets_page(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended, cw_vendors=["rewst"])
    folder(controller, "other").mkdir(parents=True)
    controller.worksheet("acme", "other").write_text('{"mine": true}')
    controller.run(SITE).expect(0)
    assert controller.worksheet("acme", "other").read_text() == '{"mine": true}'


def test_a_report_of_ones_own(controller: Controller, extended: Handle) -> None:
    controller.add("acme", extended)
    reports = controller.folder / "reports"
    reports.mkdir()
    options = ("-e", f"audit_output_dir={reports}")
    for kind in ("json", "md", "html", "sarif", "xml"):
        own = reports / f"audit.{kind}"
        own.write_text({"json": "{}", "sarif": "{}", "xml": "<mine/>"}.get(kind, "Mine.\n"))
        text = own.read_text()
        controller.run("playbooks/audit.yml", *options).expect(2).says(f"{own} exists and isn't")
        assert own.read_text() == text and len(list(reports.iterdir())) == 1
        own.unlink()
    for _time in range(2):
        controller.run("playbooks/audit.yml", *options).expect(0)
        assert len(list(reports.iterdir())) == 5


# --- the module ----------------------------------------------------------------------------------------------------
