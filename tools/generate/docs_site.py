# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the documentation site: the guides, the roles' READMEs, and a page for each vendor, plugin and role.

    python tools/generate/docs_site.py               build/docs/html/index.html is its first page
    python tools/generate/docs_site.py --output DIR  somewhere else

The pages are laid out as in the repository, so that a relative link works in both. Every warning is an error.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checkout
from generate import vendor_roles

ROOT = checkout.ROOT
REPOSITORY = "https://github.com/msp-connectwise/msp.connectwise"
COLLECTION = "msp.connectwise"

#: The parts of antsibull-docs' index, each of which becomes a page of its own: its file and title.
PARTS = {
    "module": ("modules", "Modules"),
    "filter": ("filters", "Filters"),
    "lookup": ("lookups", "Lookups"),
    "inventory": ("inventories", "Inventory plugins"),
    "role": ("roles", "Roles"),
}
PART = re.compile(r"^\.\. _(\w+)_plugins_in_msp\.connectwise:$", re.M)
#: The roles that aren't a vendor's; the first page of the site has them among the guides.
ROLES_OF_STEPS = tuple(f"roles/{role}/README.md" for role in ("audit", "awx_setup", "fleet", "onboard"))
LINK = re.compile(r"(!?)\[((?:[^\[\]]|`[^`]*`)*)\]\(([^()\s]+)\)")
IMAGE_ALONE = re.compile(r"!\[([^\]]*)\]\((\S+\.svg)\)")
#: A language that the site's highlighter has another idea of, and what it is shown as.
UNREAD_LANGUAGE = ("```hcl", "```text")
#: A name of a plugin; `target`, which is a variable as well, has no underscore.
NAME = re.compile(r"`(\w+_\w+)`")
FENCE = re.compile(r"^\s*(```+|~~~+)")


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "docs")
    output = parser.parse_args().output.resolve()
    source = output / "source"
    shutil.rmtree(source, ignore_errors=True)
    write_reference(source / "reference")
    copy_pages(source)
    return render(source, output / "html")


def write_reference(folder: Path) -> None:
    """The pages that antsibull-docs generates from the documentation of plugins and roles."""
    folder.mkdir(parents=True)
    command = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    subprocess.run(
        [*command, "--dest-dir", str(folder), COLLECTION],
        check=True,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")},
    )
    missing = [page for page in expected_pages() if not (folder / f"{page}.rst").exists()]
    if missing:
        sys.exit(f"antsibull-docs made no page for {', '.join(missing)}: is it documented?")
    index = folder / "index.rst"
    for name, text in split_index(index.read_text(encoding="utf-8")).items():
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")
    index.unlink()
    (folder / "environment_variables.rst").unlink(missing_ok=True)
    for page in folder.glob("*_*.rst"):
        page.write_text(with_short_title(without_contents(page.read_text(encoding="utf-8"))), encoding="utf-8")


def without_contents(text: str) -> str:
    """The page without its table of contents, since the theme shows one beside the text."""
    return re.sub(r"^\.\. contents::\n(?: +:.*\n)*", "", text, flags=re.M)


def with_short_title(text: str) -> str:
    """The page titled by the plugin's own name: the site is about one collection."""
    return re.sub(rf"^{re.escape(COLLECTION)}\.(?=\w+ \w+ -- .*\n\++$)", "", text, count=1, flags=re.M)


def expected_pages() -> list[str]:
    """The pages to expect: one for each public plugin and role."""
    kinds = {"modules": "module", "filter": "filter", "lookup": "lookup", "inventory": "inventory"}
    plugins = [(path.stem, kind) for folder, kind in kinds.items() for path in ROOT.glob(f"plugins/{folder}/[a-z]*.py")]
    roles = [(path.name, "role") for path in ROOT.glob("roles/*") if (path / "tasks").is_dir()]
    return sorted(f"{name}_{kind}" for name, kind in [*plugins, *roles])


def split_index(text: str) -> dict[str, str]:
    """A page for each part of the index, with short plugin names in the navigation."""
    found = list(PART.finditer(text))
    ends = [part.start() for part in found[1:]] + [len(text)]
    return dict(_index_page(part[1], text[part.end() : end]) for part, end in zip(found, ends))


def _index_page(kind: str, text: str) -> tuple[str, str]:
    name, title = PARTS[kind]
    entries = re.findall(r"^\* .+$", text, re.M)
    tree = re.findall(rf"^ +(\w+)_{kind}$", text, re.M)
    lines = [title, "=" * len(title), "", *entries, "", ".. toctree::", "    :hidden:", "    :maxdepth: 1", ""]
    return name, "\n".join([*lines, *(f"    {plugin} <{plugin}_{kind}>" for plugin in tree)]) + "\n"


def copy_pages(source: Path) -> None:
    """Copy the Markdown pages to the same paths as in the repository."""
    others = [ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md") if (ROOT / name).exists()]
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/playbooks/*.md"), *ROOT.glob("roles/*/README.md"), *others]
    texts = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in pages}
    texts.update(vendor_pages())
    copied = set(texts)
    reference = {path.stem for path in (source / "reference").glob("*.rst")}
    for place, text in texts.items():
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        (source / place).write_text(Page(Path(place), copied, reference).convert(text), encoding="utf-8")
    shutil.copy(ROOT / "docs" / "site" / "conf.py", source / "conf.py")
    first = (ROOT / "docs" / "site" / "index.md").read_text(encoding="utf-8")
    (source / "index.md").write_text(Page(Path("index.md"), copied, reference).convert(first), encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "site" / "static", source / "static")


def vendor_pages() -> dict[str, str]:
    """{path: text} of a page for each vendor, generated from its data."""
    matrices = vendor_roles.matrices(ROOT)
    return {f"roles/{name}/README.md": vendor_roles.page(name, matrix) for name, matrix in matrices.items()}


class Page:
    """A Markdown page, converted for the site."""

    def __init__(self, place: Path, copied: set[str], reference: set[str]) -> None:
        self.place = place
        self.copied = copied
        self.reference = reference
        self.up = "../" * (len(place.parts) - 1)

    def convert(self, text: str) -> str:
        fence = ""
        lines = []
        for line in text.splitlines():
            mark = FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
                line = line.replace(*UNREAD_LANGUAGE)
            elif mark and line.strip() == fence:
                fence = ""
            elif not fence:
                line = self.convert_line(line)
            lines.append(line)
        return "\n".join([*lines, *self.footer()]) + "\n"

    def convert_line(self, line: str) -> str:
        image = IMAGE_ALONE.fullmatch(line.strip())
        if image:
            return drawing(ROOT / self.place.parent / image[2], image[1])
        line = LINK.sub(self.link, line)
        return line if line.startswith("#") else self.link_names(line)

    def link(self, found: re.Match[str]) -> str:
        """The link; if its target isn't a page of the site, a link to the repository."""
        mark, text, target = found.groups()
        path, _hash, anchor = target.partition("#")
        if not path or "://" in path or path.startswith("mailto:"):
            return found[0]
        place = os.path.normpath(self.place.parent / path).replace(os.sep, "/")
        if place in self.copied:
            return found[0]
        page = place.replace("/vars/main.yml", "/README.md")
        if page in self.copied:
            return f"{mark}[{text}]({os.path.relpath(page, self.place.parent)})"
        if place == "README.md":
            return f"{mark}[{text}]({self.up}index.md)"
        kind = "tree" if (ROOT / place).is_dir() else "blob"
        return f"{mark}[{text}]({REPOSITORY}/{kind}/main/{place}{'#' + anchor if anchor else ''})"

    def link_names(self, line: str) -> str:
        """The line with each name of a module, filter or lookup as a link to its page."""

        def linked(found: re.Match[str]) -> str:
            name = found[1]
            for kind in ("module", "filter", "lookup", "inventory"):
                if f"{name}_{kind}" in self.reference:
                    return f"[`{name}`]({self.up}reference/{name}_{kind}.rst)"
            return found[0]

        # what stands inside a link already is passed over
        parts = re.split(r"(\[(?:[^\[\]])*\]\([^()]*\))", line)
        return "".join(part if number % 2 else NAME.sub(linked, part) for number, part in enumerate(parts))

    def footer(self) -> list[str]:
        """Text that only the site has: a link to a role's reference, and the pages below this one."""
        if self.place.name == "vendors.md":
            vendors = [page for page in sorted(self.copied) if page.startswith("roles/") and page not in ROLES_OF_STEPS]
            return ["", "```{toctree}", ":hidden:", "", *(f"../{page}" for page in vendors), "```"]
        if self.place.parts[0] != "roles" or f"{self.place.parts[1]}_role" not in self.reference:
            return []
        role = self.place.parts[1]
        return ["", f"The [reference of the role]({self.up}reference/{role}_role.rst) has the types of its variables."]


def drawing(path: Path, text: str) -> str:
    """A drawing embedded in the page, so that it follows the page's light or dark colours."""
    svg = path.read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    return f'```{{raw}} html\n<figure class="diagram" role="img" aria-label="{text}">\n{svg}\n</figure>\n```'


def render(source: Path, output: Path) -> int:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "--quiet", "-b", "html", "-j", "2"]
    code = subprocess.run([*command, "-d", str(output.parent / "doctrees"), str(source), str(output)], check=False)
    if code.returncode == 0:
        print(f"The site is {output / 'index.html'}")
    return code.returncode


if __name__ == "__main__":
    sys.exit(main())
