# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are written from data: which are out of date, and bringing them up to it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml


class IndentedDumper(yaml.SafeDumper):
    """YAML as the project has it: lists are indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def stale(root: Path, files: t.Mapping[str, str], there: t.Iterable[Path]) -> dict[str, str]:
    """{path: text} of the files that are out of date; one that is there and that nothing asks for has no text."""
    found = {
        path: text
        for path, text in files.items()
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text
    }
    names = (str(path.relative_to(root)) for path in sorted(there))
    return {**found, **{name: "" for name in names if name not in files}}


def write(root: Path, files: t.Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
