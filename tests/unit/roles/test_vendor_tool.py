# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/generate/vendor_roles.py: the schema of a matrix, what is written from one, and new roles."""

from __future__ import annotations

import copy
import importlib
import re
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]

sys.path.insert(0, str(ROOT / "tools"))
tool = importlib.import_module("generate.vendor_roles")

MATRIX = {
    "vendor": "Acme",
    "product": "Acme Backup",
    "status": "published",
    "source": "https://example.com/rights",
    "date": "2026-01-31",
    "role_name": "Acme Backup API",
    "member_identifier": "AcmeBackup",
    "member_name": "Acme Backup",
    "key_description": "Acme Backup API",
    "permissions": [
        {"module": "Companies", "function": "Contacts", "add": "all", "inquire": "all", "assumed": ["add"]},
        {"module": "System", "function": "Table Setup", "edit": "none", "inquire": "my", "purpose": "reads a|b: it"},
    ],
    "customize": [
        {"module": "System", "function": "Table Setup", "mode": "allow", "entries": ["Service / Priority"]},
    ],
}
PARTIAL = {
    "vendor": "Part",
    "product": "Part Monitor",
    "aliases": ["PartMon"],
    "status": "partial",
    "missing": "All but one function is unknown.",
    "source": "https://example.com/part",
    "date": "2026-01-31",
    "permissions": [{"module": "Companies", "function": "Contacts", "inquire": "all", "unknown": ["add"]}],
}
DELETE = object()


def changed(path, value):
    """MATRIX with one value in another way; ``path`` as in the messages."""
    matrix = copy.deepcopy(MATRIX)
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
    place = matrix
    for step in steps[:-1]:
        place = place[step]
    if value is DELETE:
        del place[steps[-1]]
    else:
        place[steps[-1]] = value
    return matrix


def test_the_schema_is_one_and_describes_every_field():
    schema = tool.schema()
    jsonschema.Draft202012Validator.check_schema(schema)

    def fields(part):
        if isinstance(part, dict):
            yield from part.get("properties", {}).items()
            for key, value in part.items():
                yield from () if key in ("if", "then", "else") else fields(value)

    described = dict(fields(schema))
    assert {"vendor", "permissions", "assumed", "optional", "unreadable", "role"} <= set(described)
    assert [name for name, field in described.items() if not field.get("description")] == []


def test_every_vendors_data_is_valid():
    assert len(tool.matrices(ROOT)) >= 53
    assert len(tool.partial_matrices(ROOT)) >= 30


def test_everything_is_what_the_data_says():
    assert list(tool.stale(ROOT)) == []


def test_a_matrix_without_faults():
    assert tool.faults(MATRIX) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("vendor", DELETE, "matrix: 'vendor' is a required property"),
        ("sources", [], "matrix: Additional properties are not allowed ('sources' was unexpected)"),
        ("vendor", "Acme ", "vendor: 'Acme ': Text on one line"),
        ("product", 'Acme: "Backup"', "product: "),
        ("status", "guessed", "status: 'guessed' is not one of ['published', 'derived', 'partial', 'own']"),
        ("status", "partial", "matrix: 'missing' is a required property"),
        ("missing", "The rest.", "missing: 'The rest.': Only a list with the status partial may have this."),
        ("aliases", ["Acme", "Acme"], "aliases: ['Acme', 'Acme'] has non-unique elements"),
        ("aliases", ["Acme|Two"], "aliases[0]: 'Acme|Two': A name of letters"),
        ("source", "http://example.com", "source: 'http://example.com': An https address"),
        ("date", "31.1.2026", "date: '31.1.2026': A date, in quotes"),
        ("date", "2026-02-31", "date: '2026-02-31' is not a 'date'"),
        ("role_name", "x" * 31, "is 31 characters long; the limit is 30"),
        ("member_identifier", "x" * 16, "is 16 characters long; the limit is 15"),
        ("member_name", "x" * 31, "is 31 characters long; the limit is 30"),
        ("permissions", [], "permissions: [] should be non-empty"),
        ("permissions[0].add", "some", "permissions[0].add: 'some' is not one of ['none', 'my', 'all']"),
        ("permissions[0].add", "All", "permissions[0].add: 'All' is not one of"),
        ("permissions[0].delte", "all", "permissions[0]: Additional properties are not allowed ('delte'"),
        ("permissions[1].module", DELETE, "permissions[1]: 'module' is a required property"),
        ("permissions[1]", {"module": "System", "function": "Import"}, "permissions[1]: has none of add, edit, delete"),
        ("permissions[1].inquire", "none", "permissions[1]: grants nothing"),
        ("permissions[1].function", "contacts", "customize[0]: System / Table Setup isn't among the permissions"),
        ("permissions[0].assumed", ["read"], "permissions[0].assumed[0]: 'read' is not one of"),
        ("permissions[0].assumed", ["edit"], "permissions[0].assumed: edit: an assumed level must be all"),
        ("permissions[0].since", "newer page", "permissions[0].since: 'newer page': A date"),
        ("permissions[0].optional", "yes", "permissions[0].optional: 'yes' is not of type 'boolean'"),
        (
            "permissions[0].unknown",
            ["delete"],
            "permissions[0].unknown: ['delete']: Only a list with the status partial",
        ),
        ("member_identifier_as_written", "AcmeBackup", "member_identifier_as_written: "),
        ("member_needs", {"phone": "Why."}, "member_needs: Additional properties are not allowed ('phone'"),
        ("table_setup", {"mode": "none"}, "matrix: Additional properties are not allowed ('table_setup'"),
        ("customize[0].mode", "none", "customize[0].mode: 'none' is not one of ['allow', 'disallow']"),
        ("customize[0].entries", [], "customize[0].entries: [] should be non-empty"),
        ("customize[0].entries", ["Board"], "customize[0].entries[0]: 'Board'"),
        ("customize[0].function", "Import", "customize[0]: System / Import isn't among the permissions"),
        ("customize[0].unreadable", False, "customize[0].unreadable: "),
        ("versions", [{"change": "more"}], "versions[0]: "),
        ("profiles", [{"name": "all", "role": "Admin", "description": "x"}] * 2, "profiles: "),
    ],
)
def test_a_fault_is_named_with_its_place(path, value, message):
    found = tool.faults(changed(path, value))
    assert len(found) == 1 and message in found[0], found


def test_a_function_that_is_there_twice_is_found_whatever_its_spelling():
    rows = [
        {"module": "Service Desk", "function": "Service Ticket - Dependencies", "inquire": "all"},
        {"module": "service desk", "function": "Service Ticket\u2013 dependencies", "inquire": "all"},
    ]
    matrix = {**changed("customize", DELETE), "permissions": rows}
    (fault,) = tool.faults(matrix)
    assert fault.startswith("permissions[1]:") and fault.endswith("is listed already, as permissions[0]")


def test_all_faults_are_named_at_once():
    matrix = changed("permissions[0].add", "some")
    matrix["permissions"][1]["edit"] = "other"
    matrix.update(date="soon", role_name="x" * 40)
    assert [fault.split(":")[0] for fault in tool.faults(matrix)] == [
        "date", "permissions[0].add", "permissions[1].edit", "role_name",
    ]  # fmt: skip


def tables(**fields):
    return {**MATRIX, "customize": [{**MATRIX["customize"][0], **fields}]}


@pytest.mark.parametrize(
    "fields",
    [
        {"entries": [], "unreadable": True},
        {"unreadable": True},
        {"entries": [], "described": "Every table of Service."},
        {"mode": "disallow", "entries": []},
    ],
)
def test_a_list_can_be_described_or_unreadable_or_allow_everything(fields):
    assert tool.faults(tables(**fields)) == []


def test_only_the_tables_of_table_setup_can_be_unreadable_and_a_function_has_one_list():
    contacts = {"module": "Companies", "function": "Contacts", "mode": "allow", "entries": ["Any"]}
    assert tool.faults({**MATRIX, "customize": [contacts]}) == []
    (fault,) = tool.faults({**MATRIX, "customize": [{**contacts, "unreadable": True}]})
    assert fault.startswith("customize[0].unreadable")
    (fault,) = tool.faults({**MATRIX, "customize": [contacts, {**contacts, "function": "contacts"}]})
    assert fault == "customize[1]: Companies / contacts is listed already"


def test_a_list_known_in_part_needs_no_rows_and_no_names():
    assert tool.faults(PARTIAL) == []
    assert tool.faults({**PARTIAL, "permissions": []}) == []
    row = {"module": "Companies", "function": "Contacts", "unknown": ["add", "edit"]}
    assert tool.faults({**PARTIAL, "permissions": [row]}) == []
    (fault,) = tool.faults({**PARTIAL, "permissions": [{**row, "add": "all"}]})
    assert fault == "permissions[0].unknown: add: leave an unknown level out"


@pytest.fixture
def tree(tmp_path):
    """The top of a checkout with one vendor's role."""
    for role in ("rewst", "onboard", "fleet", "audit", "awx_setup"):
        shutil.copytree(ROOT / "roles" / role, tmp_path / "roles" / role)
    (tmp_path / "plugins" / "plugin_utils").mkdir(parents=True)
    shutil.copy(ROOT / "plugins" / "plugin_utils" / "variables.yml", tmp_path / "plugins" / "plugin_utils")
    tool.write(tmp_path)
    return tmp_path


def scaffold(tree, matrix, name="acmebackup"):
    source = tree / "matrix.yml"
    source.write_text(yaml.safe_dump(matrix), encoding="utf-8")
    return tool.main(["--root", str(tree), "--new", name, "--from", str(source)])


def test_a_new_role_is_whole(tree, capsys):
    assert scaffold(tree, MATRIX) == 0
    assert "written: roles/acmebackup/vars/main.yml" in capsys.readouterr().out
    made = tree / "roles" / "acmebackup"
    data = yaml.safe_load((made / "vars" / "main.yml").read_text())["acmebackup_matrix"]
    expected = copy.deepcopy(MATRIX)
    del expected["permissions"][1]["edit"]
    assert data == expected and list(data)[:2] == ["vendor", "product"]
    original = {path.relative_to(tree / "roles" / "rewst") for path in (tree / "roles" / "rewst").rglob("*")}
    assert {path.relative_to(made) for path in made.rglob("*")} == original
    for path in [*made.rglob("*.yml"), tree / "playbooks" / "onboard_acmebackup.yml"]:
        assert path.read_text().startswith("---\n# SPDX-License-Identifier:")
        assert "rewst" not in path.read_text().lower() and yaml.safe_load(path.read_text())
    assert "[acmebackup](../roles/acmebackup/vars/main.yml)" in (tree / "docs" / "vendors.md").read_text()
    assert tool.main(["--root", str(tree), "--check"]) == 0


def partial(tree, document, name="part_monitor"):
    """Write a file of a list known in part; what the tool says of it."""
    path = tree / tool.PARTIAL / f"{name}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return tool.main(["--root", str(tree), "write"])


def test_a_list_known_in_part_is_on_the_page_and_has_no_role(tree):
    assert partial(tree, {"part_monitor_matrix": PARTIAL}) == 0
    page = (tree / "docs" / "vendors.md").read_text()
    (line,) = (line for line in page.splitlines() if "Part Monitor" in line)
    assert line.startswith("| Part Monitor (also PartMon) | [part_monitor](../plugins/plugin_utils/partial_vendors/")
    assert line.endswith("| 1 | All but one function is unknown. |")
    assert "1 others have" in page and not (tree / "roles" / "part_monitor").exists()
    assert not list((tree / "playbooks").glob("*part_monitor*"))


@pytest.mark.parametrize(
    ("name", "document", "said"),
    [
        ("part_monitor", {"part_matrix": PARTIAL}, "the one variable in it has to be part_monitor_matrix"),
        ("part_monitor", PARTIAL, "the one variable in it has to be part_monitor_matrix"),
        ("part_monitor", ["row"], "the one variable in it has to be part_monitor_matrix"),
        ("acme", {"acme_matrix": MATRIX}, "a list that is known whole has a role; make it with make vendor"),
        ("acme", {"acme_matrix": {**PARTIAL, "missing": 1}}, "missing: 1 is not of type 'string'"),
        ("rewst", {"rewst_matrix": PARTIAL}, "roles/rewst is there too; one of them has to go"),
    ],
)
def test_a_file_that_is_no_list_known_in_part_is_refused(tree, name, document, said, capsys):
    before = (tree / "docs" / "vendors.md").read_text()
    assert partial(tree, document, name) == 1
    assert capsys.readouterr().err.strip().splitlines() == [f"{tool.PARTIAL}/{name}.yml: {said}"]
    assert (tree / "docs" / "vendors.md").read_text() == before


def test_a_list_known_in_part_gets_no_role_and_one_known_whole_has_one_place(tree, capsys):
    assert scaffold(tree, PARTIAL, "part_monitor") == 1
    assert "a role needs a list that is published or derived, and this one is partial" in capsys.readouterr().err
    assert not (tree / "roles" / "part_monitor").exists()
    assert partial(tree, {"acmebackup_matrix": {**PARTIAL}}, "acmebackup") == 0
    capsys.readouterr()
    assert scaffold(tree, MATRIX) == 1
    assert "acmebackup.yml is there: delete it, since the list is whole now" in capsys.readouterr().err
    assert not (tree / "roles" / "acmebackup").exists()


def test_the_page_of_vendors_is_found_by_what_people_look_for():
    page = (ROOT / "docs" / "vendors.md").read_text(encoding="utf-8")
    whole, _end, rest = page.partition("## By what stands out")
    stands_out, _end, rest = rest.partition("## Lists that are known in part")
    known_in_part, _end, none_found = rest.partition("## No list found")
    for part, data in ((whole, tool.matrices(ROOT)), (known_in_part, tool.partial_matrices(ROOT))):
        rows = [line for line in part.splitlines() if line.startswith("| ") and "](" in line]
        lines = {line.split("[", 1)[1].split("]")[0]: line for line in rows}
        assert set(lines) == set(data)
        for name, matrix in data.items():
            cell = lines[name].split(" | ")[0].casefold()
            terms = (matrix["product"], matrix["vendor"], *matrix.get("aliases", ()))
            assert [term for term in terms if term.casefold() not in cell] == []
        order = [data[name]["product"].casefold() for name in lines]
        assert order == sorted(order)
    for other, product in (
        ("Perimeter 81", "Check Point Harmony SASE"),
        ("NinjaRMM", "NinjaOne"),
        ("Roar", "Liongard"),
    ):
        assert any(other in line and product in line for line in page.splitlines())
    assert not [name for name in ("BrightGauge", "Wise-Sync", "Arctic Wolf", "Perimeter 81") if name in none_found]
    deleting = next(line for line in stands_out.splitlines() if line.startswith("| deletes |"))
    assert "nable_nsight" in deleting and "mspcfo" not in deleting


def test_the_page_of_a_vendor_has_its_matrix_and_its_options():
    page = tool.page("acmebackup", MATRIX)
    assert "| Companies | Contacts | All* | None | None | All |  |" in page
    assert "reads a\\|b: it" in page
    assert "| `acmebackup_role_name` |" in page and "acmebackup_profile" not in page
    assert "`deskdirector_profile`" in tool.page("deskdirector", tool.matrices(ROOT)["deskdirector"])


@pytest.mark.parametrize("name", ["Acme", "acme-backup", "1acme", "", "../acme"])
def test_a_name_that_no_role_can_have_is_refused(tree, name, capsys):
    if name == "":
        with pytest.raises(SystemExit):
            scaffold(tree, MATRIX, name)
    else:
        assert scaffold(tree, MATRIX, name) == 1
        assert "lower-case letters, digits and underscores" in capsys.readouterr().err
    assert {path.name for path in (tree / "roles").iterdir()} == {"onboard", "fleet", "audit", "awx_setup", "rewst"}


def test_an_existing_role_is_refused(tree, capsys):
    before = (tree / "roles" / "rewst" / "vars" / "main.yml").read_text()
    assert scaffold(tree, MATRIX, "rewst") == 1
    assert "roles/rewst is there already" in capsys.readouterr().err
    assert (tree / "roles" / "rewst" / "vars" / "main.yml").read_text() == before


def test_a_matrix_with_faults_is_refused_with_all_of_them(tree, capsys):
    matrix = changed("permissions[0].add", "some")
    del matrix["vendor"]
    assert scaffold(tree, matrix) == 1
    said = capsys.readouterr().err
    assert "permissions[0].add: 'some'" in said and "'vendor' is a required property" in said
    assert not (tree / "roles" / "acmebackup").exists()
    for document in (None, ["row"], "text"):
        assert scaffold(tree, document) == 1
        assert "matrix.yml: matrix:" in capsys.readouterr().err


def test_check_names_what_is_out_of_date(tree, capsys):
    (tree / "roles" / "rewst" / "meta" / "argument_specs.yml").write_text("another text")
    (tree / "roles" / "rewst" / "tasks" / "main.yml").unlink()
    (tree / "playbooks" / "onboard_gone.yml").write_text("---\n")
    assert tool.main(["--root", str(tree), "--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "out of date: roles/rewst/tasks/main.yml",
        "out of date: roles/rewst/meta/argument_specs.yml",
        "no role: playbooks/onboard_gone.yml",
    ]
    (tree / "playbooks" / "onboard_gone.yml").unlink()
    assert tool.main(["--root", str(tree), "write"]) == 0
    assert tool.main(["--root", str(tree), "--check"]) == 0
    path = tree / "roles" / "rewst" / "vars" / "main.yml"
    path.write_text(path.read_text().replace("inquire: my", "inquire: mine"))
    assert tool.main(["--root", str(tree), "write"]) == 1
    assert "roles/rewst/vars/main.yml: permissions[16].inquire: 'mine'" in capsys.readouterr().err
