# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Markdown pages and their content: links, headings, commands, code blocks."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md") if (ROOT / name).exists()),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/playbooks/*.md"),
        *ROOT.glob("awx/**/*.md"),
        *ROOT.glob("roles/*/README.md"),
    ]
)
FENCE = re.compile(r"^( *)(```+)(\w*)$")
LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line that it begins in, its language and its text."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    return _split(page)[0]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _split(page)[1]


def _split(page: Path) -> tuple[list[Block], str]:
    found, plain = [], []
    inside: tuple[str, str, int] | None = None
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        mark = FENCE.match(line)
        if inside is None and mark:
            inside, lines = (mark[1], mark[3], number), []
        elif inside is not None and line.strip() == "```":
            found.append(Block(page, inside[2], inside[1], "\n".join(lines) + "\n"))
            inside = None
        elif inside is not None:
            lines.append(line.removeprefix(inside[0]))
        else:
            plain.append(line)
    assert inside is None, f"{page}: the block that begins in line {inside and inside[2]} doesn't end"
    return found, "\n".join(plain)


def links(page: Path) -> list[str]:
    """The targets of all links and images, except those in code."""
    return LINK.findall(re.sub(r"`[^`\n]*`", "``", prose(page)))


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, as a code forge generates them."""
    seen: dict[str, int] = {}
    found = set()
    for heading in re.findall(r"^#{1,6} +(.+)$", prose(page), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if name in seen else name)
        seen[name] = seen.get(name, 0) + 1
    return found


def commands(page: Path) -> list[tuple[Block, str]]:
    """The commands at the prompts of the page, with continued lines joined, and those in its text."""
    found = []
    for block in blocks(page):
        if block.language == "console":
            text = block.text.replace("\\\n", " ")
            found += [(block, line[2:].strip()) for line in text.splitlines() if line.startswith("$ ")]
    spans = re.findall(r"`((?:ansible-doc|make) [\w][^`]*)`", prose(page))
    return found + [(Block(page, 0, "span", span), span) for span in spans]


def all_of(function: t.Callable[[Path], list[t.Any]]) -> list[t.Any]:
    return [item for page in PAGES for item in function(page)]
