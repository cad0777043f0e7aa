# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a report: written only if they differ, atomically, readable only by their owner. PRIVATE."""

from __future__ import annotations

import functools
import os
import re
import typing as t

from .._own_files import Diff, OwnFile, write_all

# how each format of an audit begins
_OURS = {
    ".json": rb'\{\s*"format": "msp\.connectwise\.audit"',
    ".md": rb"# API access, ",
    ".html": rb"(?s)<!DOCTYPE html>.{0,1000}<title>What your integrations can do in ConnectWise PSA</title>",
    ".sarif": rb'(?s)\{.{0,400}"driver": \{\s*"name": "msp\.connectwise audit"',
    ".xml": rb'(?s)<\?xml [^>]*>\s*<testsuites [^>]*name="msp\.connectwise audit"',
}


def write_files(folder: str, contents: t.Mapping[str, str], check_mode: bool) -> list[Diff]:
    """Write the files' contents. Returns a diff for each that changes. Raises InTheWay and OSError."""
    root = os.path.realpath(folder)
    return write_all({_own(root, name): text for name, text in contents.items()}, check_mode)


def _own(root: str, name: str) -> OwnFile:
    pattern = _OURS[os.path.splitext(name)[1]]
    return OwnFile(root, os.path.join(root, name), functools.partial(_begins, pattern), "a report of an audit")


def _begins(pattern: bytes, content: bytes) -> bool:
    return re.match(pattern, content) is not None
