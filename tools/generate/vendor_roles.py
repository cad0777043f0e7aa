# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates every file of a vendor's role except its data (roles/<role>/vars/main.yml), from that data.

    python tools/generate/vendor_roles.py write                       write what is out of date
    python tools/generate/vendor_roles.py --check                     say what is out of date, and exit with 1
    python tools/generate/vendor_roles.py --new hudu --from hudu.yml  make a role from a file with a matrix's fields
    python tools/generate/vendor_roles.py --new hudu --from hudu.md   propose that file from a table, CSV or Markdown

What a matrix is made of is in plugins/plugin_utils/vendor.schema.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import typing as t
from pathlib import Path

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).with_name("vendor_role")
VERBS = ("add", "edit", "delete", "inquire")
VERSION_ADDED = "1.0.0"
PARTIAL = "plugins/plugin_utils/partial_vendors"

# {path: template} of what is written for each vendor
FILES = {
    "roles/{name}/tasks/main.yml": "tasks.yml.j2",
    "roles/{name}/meta/argument_specs.yml": "argument_specs.yml.j2",
    "playbooks/onboard_{name}.yml": "playbook.yml.j2",
}

sys.path.insert(0, str(ROOT / ".collections"))
from ansible_collections.msp.connectwise.plugins.module_utils._domain.vendor import OPTIONS, variable_names  # noqa: E402
from ansible_collections.msp.connectwise.plugins.module_utils._domain.vendor_proposal import summary  # noqa: E402
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendor_import import ImportFault, propose  # noqa: E402
from ansible_collections.msp.connectwise.plugins.plugin_utils._vendor_schema import faults, schema  # noqa: E402

Matrix = dict[str, t.Any]


class Refusal(Exception):
    """Why nothing was written; one sentence for each error."""

    def __init__(self, faults: t.Sequence[str]) -> None:
        super().__init__("\n".join(faults))


def cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace("|", "\\|")


def remarks(row: Matrix) -> str:
    """The last cell of a function's row in the README."""
    parts = [
        f"only for: {row['feature']}" if "feature" in row else "",
        f"since {row['since']}" if "since" in row else "",
        "optional" if row.get("optional") else "",
        f"evidence: {row['evidence']}" if "evidence" in row else "",
        f"the vendor writes {row['as_written']}" if "as_written" in row else "",
    ]
    more = "; ".join(part for part in parts if part)
    return f"{row['purpose']} ({more})" if more and "purpose" in row else row.get("purpose", more)


def rights(matrix: Matrix) -> list[tuple[str, str, str, str]]:
    """(module, function, verb, level) of all granted cells."""
    return [
        (row["module"], row["function"], verb, row[verb])
        for row in matrix["permissions"]
        for verb in VERBS
        if row.get(verb, "none") != "none"
    ]


def standing_out(matrix: Matrix) -> dict[str, bool | list[str]]:
    """{point to check before granting the permissions: whether it applies, or where}, always with all keys."""
    granted = rights(matrix)
    rows = {(row["module"], row["function"]): row for row in matrix["permissions"]}
    four = {key for key, row in rows.items() if all(row.get(verb) == "all" for verb in VERBS)}
    deleting = {key: row["delete"] for key, row in rows.items() if row.get("delete", "none") != "none"}
    return {
        "all four verbs": [f"{module} / {function}" for module, function in rows if (module, function) in four],
        "deletes": [
            f"{module} / {function}{' (my)' if level == 'my' else ''}"
            for (module, function), level in deleting.items()
            if (module, function) not in four
        ],
        "adds to Table Setup": ("System", "Table Setup", "add", "all") in granted,
        "API Reports": ("System", "API Reports") in rows,
        "changes in System": _changed(granted, "System", but=("Table Setup", "add")),
        "changes in Finance": _changed(granted, "Finance"),
        "Customize lists": [_customized(each) for each in matrix.get("customize", ())],
        "needs on the member": [need.replace("_", " ") for need in matrix.get("member_needs", ())],
        "a profile with an existing role": any("role" in profile for profile in matrix.get("profiles", ())),
    }


def outstanding(matrix: Matrix) -> str:
    """The points to check, in one line."""
    said = standing_out(matrix).items()
    return "; ".join(f"{what}: {', '.join(of)}" if isinstance(of, list) else what for what, of in said if of)


def by_what_stands_out(data: dict[str, Matrix]) -> dict[str, list[str]]:
    """{point to check: names of the roles}, without points that apply nowhere."""
    found: dict[str, list[str]] = {}
    for name, matrix in data.items():
        for what, of in standing_out(matrix).items():
            found.setdefault(what, []).extend([name] if of else [])
    return {what: names for what, names in found.items() if names}


def searched(matrix: Matrix) -> str:
    """A product as people search for it: its name, its vendor if the name doesn't say, and its other names."""
    maker = "" if matrix["vendor"].casefold() in matrix["product"].casefold() else f"by {matrix['vendor']}"
    others = f"also {', '.join(matrix['aliases'])}" if "aliases" in matrix else ""
    more = "; ".join(part for part in (maker, others) if part)
    return f"{matrix['product']} ({more})" if more else str(matrix["product"])


def by_product(data: dict[str, Matrix]) -> dict[str, Matrix]:
    return dict(sorted(data.items(), key=lambda item: item[1]["product"].casefold()))


def _customized(each: Matrix) -> str:
    known = " (known in part)" if each["entries"] else " (not known)"
    return f"{each['function']}{known if each.get('unreadable') else ''}"


def _changed(granted: list[tuple[str, str, str, str]], module: str, but: tuple[str, str] = ("", "")) -> list[str]:
    """The functions of a module in which something can be added, edited or deleted."""
    return list(
        dict.fromkeys(
            function
            for of, function, verb, _level in granted
            if of == module and verb != "inquire" and (function, verb) != but
        )
    )


def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters.update(cell=cell, remarks=remarks, rights=rights, outstanding=outstanding, searched=searched)
    return made


def matrices(root: Path) -> dict[str, Matrix]:
    """The data of every vendor's role, by the role's name. Refuses invalid data, and lists all errors."""
    found: dict[str, Matrix] = {}
    problems: list[str] = []
    for path in sorted(root.glob("roles/*/vars/main.yml")):
        name = path.parent.parent.name
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or f"{name}_matrix" not in document:
            continue
        found[name] = document[f"{name}_matrix"]
        place = path.relative_to(root)
        problems += [f"{place}: {fault}" for fault in faults(found[name])]
        if found[name].get("status") == "partial":
            problems.append(f"{place}: a list that is known in part has no role; its file belongs in {PARTIAL}/")
    if problems:
        raise Refusal(problems)
    return found


def partial_matrices(root: Path) -> dict[str, Matrix]:
    """The lists known in part, by the vendors' names. Refuses invalid data, and lists all errors."""
    found: dict[str, Matrix] = {}
    problems: list[str] = []
    for path in sorted((root / PARTIAL).glob("*.yml")):
        name, place = path.stem, path.relative_to(root)
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or list(document) != [f"{name}_matrix"]:
            problems.append(f"{place}: the one variable in it has to be {name}_matrix")
            continue
        found[name] = document[f"{name}_matrix"]
        problems += [f"{place}: {fault}" for fault in faults(found[name])]
        if not {"source", "date"} <= set(found[name]):
            problems.append(f"{place}: source and date belong to a list that everybody is given")
        if found[name].get("status") != "partial":
            problems.append(f"{place}: a list that is known whole has a role; make it with make vendor")
        if (root / "roles" / name).exists():
            problems.append(f"{place}: roles/{name} is there too; one of them has to go")
    if problems:
        raise Refusal(problems)
    return found


def frame(name: str, matrix: Matrix) -> dict[str, str]:
    """{path: text} of all files of a vendor's role and its playbook, except the data."""
    made = environment()
    values = {"name": name, "matrix": matrix, "version_added": VERSION_ADDED}
    return {path.format(name=name): made.get_template(of).render(values) for path, of in FILES.items()}


def page(name: str, matrix: Matrix) -> str:
    """A vendor's page in Markdown: its matrix with the purpose of each permission, and its options."""
    profiles = matrix.get("profiles", [])
    return (
        environment()
        .get_template("page.md.j2")
        .render(
            name=name,
            matrix=matrix,
            verbs=VERBS,
            profiles=profiles,
            listed=next((profile["name"] for profile in profiles if "role" not in profile), ""),
            options={
                variable: OPTIONS[option].description for option, variable in variable_names(name, matrix).items()
            },
        )
    )


def everything(root: Path) -> dict[str, str]:
    """{path: text} of all generated files."""
    data = matrices(root)
    files: dict[str, str] = {}
    for name, matrix in data.items():
        files.update(frame(name, matrix))
    made = environment()
    others = yaml.safe_load((TEMPLATES / "vendors_without_data.yml").read_text(encoding="utf-8"))
    files["docs/variables.md"] = made.get_template("variables.md.j2").render(
        sections=variable_sections(root),
        options=OPTIONS,
        choosing=[name for name, matrix in data.items() if "profiles" in matrix],
        partial=[name for name, matrix in data.items() if "table_setup_entries" in variable_names(name, matrix)],
    )
    files["docs/vendors.md"] = made.get_template("vendors.md.j2").render(
        matrices=by_product(data),
        standing_out=by_what_stands_out(by_product(data)),
        partial=by_product(partial_matrices(root)),
        others=others,
    )
    return files


# {title: beginnings of the names}; a variable is in the first section that fits
SECTIONS = {
    "What a run is about": ("target", "vendor"),
    "What a job of AWX hands to the next": ("fleet_result", "cw_worksheets", "cw_deliveries", "cw_audit"),
    "Instances": ("cw_",),
    "Onboarding": ("onboard_",),
    "Rotation, moves and offboarding": ("rotate_", "move_", "offboard_"),
    "Fleet": ("fleet_",),
    "A list of your own": ("import_",),
    "Audit and adoption": ("audit_", "adopt_"),
    "First contact": ("first_contact_",),
    "Setting up AWX": ("awx_setup_",),
}


def variable_sections(root: Path) -> dict[str, list[dict[str, str]]]:
    """{title: rows} of the public variables."""
    declared = yaml.safe_load((root / "plugins/plugin_utils/variables.yml").read_text(encoding="utf-8"))
    found: dict[str, list[dict[str, str]]] = {title: [] for title in SECTIONS}
    for name, about in declared.items():
        title = next(title for title, starts in SECTIONS.items() if name.startswith(starts))
        found[title].append(_variable_row(root, name, about))
    found["What a job of AWX hands to the next"] = found.pop("What a job of AWX hands to the next")  # the last
    return found


def _variable_row(root: Path, name: str, about: dict[str, t.Any]) -> dict[str, str]:
    description = about.get("description", "")
    if "role" in about:
        spec = yaml.safe_load((root / "roles" / about["role"] / "meta/argument_specs.yml").read_text(encoding="utf-8"))
        said = spec["argument_specs"]["main"]["options"][name]["description"]
        description = plain(said if isinstance(said, str) else " ".join(said))
    notes = [
        "Only as an extra variable." if about.get("extra") else "",
        "Only for the role onboard in your own playbook." if about.get("own") else "",
        f"One of {', '.join(f'`{choice}`' for choice in about['choices'])}." if "choices" in about else "",
    ]
    default = f"`{about['from']}`" if "from" in about else ""
    if about.get("default") not in (None, "", [], {}):
        text = json.dumps(about["default"], ensure_ascii=False).strip('"')
        default = f"{default}, else `{text}`" if default else f"`{text}`"
    described = " ".join(part for part in (description, *notes) if part)
    return {"name": name, "type": about["type"], "default": default, "description": described}


def plain(text: str) -> str:
    """Ansible's semantic markup, such as V(none), as Markdown code; of O(role#role:variable) the variable."""
    return re.sub(r"\b[VOPCEM]\((?:[\w.]+#\w+:)?([^()]*?)(?:#\w+)?\)", r"`\1`", text)


def stale(root: Path) -> dict[str, str]:
    """{path: text} of the files that are out of date; no text for a playbook whose role no longer exists."""
    files = everything(root)
    found = {path: text for path, text in files.items() if _read(root / path) != text}
    there = (str(path.relative_to(root)) for path in sorted(root.glob("playbooks/onboard_*.yml")))
    return {**found, **{name: "" for name in there if name not in files}}


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def write(root: Path) -> list[str]:
    """Write all generated files; returns the paths that were written."""
    found = {path: text for path, text in stale(root).items() if text}
    for path, text in found.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(found)


class _Dumper(yaml.SafeDumper):
    """YAML in the project's style: indented lists, and long addresses on lines of their own."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def text(self, value: str) -> yaml.Node:
        style = ">" if len(value) > 120 and not re.search(r"\s", value) else None
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _Dumper.text)


def in_order(matrix: Matrix) -> Matrix:
    """The matrix with its fields, and those of its rows, in the order of the schema."""
    described = schema()
    row_fields = list(described["$defs"]["row"]["properties"])
    ordered = {field: matrix[field] for field in described["properties"] if field in matrix}
    ordered["permissions"] = [
        {field: row[field] for field in row_fields if field in row and not (field in VERBS and row[field] == "none")}
        for row in matrix["permissions"]
    ]
    return ordered


def proposed(name: str, table: Path) -> list[str]:
    """Propose the file of a new role from a vendor's table, beside it; returns what to print."""
    path = table.with_name(f"{name}.yml")
    try:
        text, proposal = propose(name, str(table), {})
    except ImportFault as exc:
        raise Refusal([str(exc)]) from None
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise Refusal([f"{path} is there already, and isn't overwritten: move it away"])
    path.write_text(text, encoding="utf-8")
    said = summary(proposal)
    then = "answer the questions, " if proposal.asked else ""
    return [
        f"{path}: {said[0]}",
        *said[1:],
        f"Then {then}set status, source and date, and run: make vendor NAME={name} FROM={path}",
    ]


def new(root: Path, name: str, source: Path) -> list[str]:
    """Create a role from a file with the fields of a matrix; returns the paths that were written."""
    slug = schema()["$defs"]["slug"]
    if not re.search(slug["pattern"], name):
        raise Refusal([f"{name!r} can't be the name of a role: {slug['description']}"])
    if (root / "roles" / name).exists():
        raise Refusal([f"roles/{name} is there already: change roles/{name}/vars/main.yml, then run make roles"])
    if (root / PARTIAL / f"{name}.yml").exists():
        raise Refusal([f"{PARTIAL}/{name}.yml is there: delete it, since the list is whole now"])
    try:
        matrix = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise Refusal([f"{source}: {exc}"]) from None
    if isinstance(matrix, dict) and list(matrix) == [f"{name}_matrix"]:
        matrix = matrix[f"{name}_matrix"]
    problems = faults(matrix)
    if not problems and matrix["status"] not in ("published", "derived"):
        problems = [f"status: a role needs a list that is published or derived, and this one is {matrix['status']}"]
    if problems:
        raise Refusal([f"{source}: {problem}" for problem in problems])
    everything(root)  # refuses here, before anything is written, where other data has faults
    path = root / "roles" / name / "vars" / "main.yml"
    path.parent.mkdir(parents=True)
    document = {f"{name}_matrix": in_order(matrix)}
    body = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)
    path.write_text(f"---\n# SPDX-License-Identifier: GPL-3.0-or-later\n{body}", encoding="utf-8")
    return [str(path.relative_to(root)), *write(root)]


def main(arguments: t.Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the vendors' roles from their data.")
    parser.add_argument("what", nargs="?", choices=["write"], help="write what is out of date, as without any option")
    parser.add_argument("--check", action="store_true", help="only list what is out of date, and exit with 1")
    parser.add_argument("--new", metavar="NAME", help="create a role with this name")
    parser.add_argument(
        "--from", metavar="FILE", dest="source", type=Path,
        help="the file with the new role's matrix, or a table to propose that file from",
    )  # fmt: skip
    parser.add_argument("--root", type=Path, default=ROOT, help="top of the checkout")
    options = parser.parse_args(arguments)
    if bool(options.new) != bool(options.source) or (options.check and options.new):
        parser.error("--new NAME and --from FILE go together, and without --check")
    try:
        if options.check:
            found = stale(options.root)
            said = [f"{'out of date' if text else 'no role'}: {path}" for path, text in found.items()]
            print("\n".join(said) or "all up to date")
            return 1 if found else 0
        if options.new and options.source.suffix not in (".yml", ".yaml"):
            print("\n".join(proposed(options.new, options.source)))
            return 0
        made = new(options.root, options.new, options.source) if options.new else write(options.root)
    except Refusal as exc:
        print(exc, file=sys.stderr)
        return 1
    print("\n".join(f"written: {path}" for path in made) or "all up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
