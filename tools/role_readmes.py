# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the README of each vendor's role from its data.

    python tools/role_readmes.py          write them
    python tools/role_readmes.py --check  say which are out of date, and exit with 1
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import jinja2
import yaml

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = Path(__file__).with_name("role_readme.md.j2")


def matrices() -> dict[str, dict]:
    """The data of every vendor's role, by the name of the role."""
    found = {}
    for path in sorted(ROOT.glob("roles/*/vars/main.yml")):
        name = path.parent.parent.name
        matrix = yaml.safe_load(path.read_text(encoding="utf-8")).get(f"{name}_matrix")
        if matrix:
            found[name] = matrix
    return found


def plain(text: str) -> str:
    """Ansible's semantic markup, such as V(none), as Markdown code; of O(role#role:variable) the variable."""
    return re.sub(r"\b[VOP]\((?:[^():]*:)?([^()]*?)(?:#role)?\)", r"`\1`", text)


def render(name: str, matrix: dict) -> str:
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["plain"] = plain
    specs = yaml.safe_load((ROOT / "roles" / name / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specs["argument_specs"]["main"]["options"]
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        name=name, matrix=matrix, options=options, needs_profile=f"{name}_profile" in options
    )


def main(check: bool) -> int:
    stale = []
    for name, matrix in matrices().items():
        path = ROOT / "roles" / name / "README.md"
        text = render(name, matrix)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not check:
            path.write_text(text, encoding="utf-8")
    print("\n".join(f"{'out of date' if check else 'written'}: {path}" for path in stale) or "all up to date")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
