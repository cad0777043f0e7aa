# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_first_contact: what an instance does of what was stated, known or guessed before. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._client.profile import Profile
from .._contact import gathering, judging, report
from .._contact.judging import Verdicts
from .._domain.names import FunctionName
from .._domain.statements import OTHERWISE, READING
from .._keys.document import time_text, utc_now
from . import arguments
from .context import Context, Params, Result


def argument_spec() -> arguments.Spec:
    return {
        **arguments.connection_spec(),
        "writes": {"type": "bool", "default": False},
        "member": {"type": "bool", "default": False},
    }


@dataclass(frozen=True)
class Kept:
    """What an earlier first contact kept. ``seen`` are the verdicts that only writes can give."""

    profile: Profile | None = None
    seen: Verdicts = field(default_factory=dict)


def run(params: Params, context: Context, kept: Kept = Kept(), names: t.Iterable[FunctionName] = ()) -> Result:
    """Whatever the instance answers becomes a verdict. Raises CwError for a login that fails.

    ``report`` and ``profile`` of the result are the documents to be written. ``names`` are functions that are known.
    """
    client = context.client
    found = gathering.gather(client, context.scrubber)
    verdicts = judging.judge(found, names)
    stages = [READING]
    version = report.product_version(found)
    before = kept.profile if kept.profile and version and kept.profile.version == version else None
    verdicts = {**(kept.seen if before else {}), **verdicts}
    written = Profile(version)
    left: list[str] = []
    if found.fell_silent:
        context.warn(f"{context.instance} stopped answering, so not everything was asked. Run again.")
    made = report.document(found, verdicts, stages, left, time_text(utc_now()) or "")
    return {
        "changed": False,
        "report": made,
        "profile": report.profile(client.connection.instance, found, verdicts, before, written),
        "lines": _lines(made, context),
    }


def _lines(made: report.Document, context: Context) -> list[str]:
    counts, about = made["counts"], made["instance"]
    version = f"; ConnectWise {about['version']}" if about["version"] else ""
    lines = [
        f"{context.instance}{version}: {counts['seen']} statements seen, {counts['seen_otherwise']} seen otherwise,"
        f" {counts['not_tried']} not tried"
    ]
    for each in made["statements"]:
        if each["outcome"] == OTHERWISE:
            lines.append(f"  seen otherwise: {each['id']}: {each['statement']} ({each['detail']})")
    return lines
