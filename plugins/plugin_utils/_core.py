# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the ansible-core of a run is one that the collection needs. PRIVATE to this collection.

Ansible itself only warns, and an older one fails later, with words that don't say so.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml
from ansible import __version__ as found_version

from ._variables import NotAsked, is_on_awx

_RUNTIME = Path(__file__).resolve().parents[2] / "meta" / "runtime.yml"


def check_core(task_vars: t.Mapping[str, t.Any], found: str = found_version) -> None:
    """Raises NotAsked for an ansible-core that is older than ``requires_ansible`` of meta/runtime.yml."""
    needed = str(yaml.safe_load(_RUNTIME.read_text(encoding="utf-8"))["requires_ansible"]).removeprefix(">=")
    if _release(found) >= _release(needed):
        return
    what = (
        "Choose an execution environment that has it in the job template (awx_setup_image for all of them); AWX's own"
        " doesn't. docs/execution-environment.md has the commands that build one."
        if is_on_awx(task_vars)
        else f'Install it: pip install "ansible-core>={_short(needed)}".'
    )
    raise NotAsked(f"This run has ansible-core {found}, but the collection needs {_short(needed)} or newer. {what}")


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _short(version: str) -> str:
    return ".".join(map(str, _release(version)))
