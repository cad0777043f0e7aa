# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cw_first_contact: what an instance does, compared with what was expected. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._client.profile import Profile
from .._contact import gathering, judging, report, writing
from .._contact import saved as files
from .._contact.judging import Verdicts
from .._domain.names import FunctionName
from .._domain.statements import NOT_TRIED, OTHERWISE, READING
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
    """What an earlier first contact stored. ``seen`` are the verdicts that require writes."""

    profile: Profile | None = None
    seen: Verdicts = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """What the user saved of ConnectWise's pages: the page of a role, the recording of a Save. None if not saved."""

    page: bytes | None = None
    recording: bytes | None = None


def run(
    params: Params,
    context: Context,
    kept: Kept = Kept(),
    names: t.Iterable[FunctionName] = (),
    saved: Saved = Saved(),
) -> Result:
    """Turn the instance's answers into verdicts. Raises CwError if the login fails.

    ``report`` and ``profile`` in the result are the documents to write. ``names`` are the known functions.
    """
    client = context.client
    accepted = client.counts.accepted
    found = gathering.gather(client, context.scrubber)
    verdicts = judging.judge(found, names)
    version = report.product_version(found)
    before = kept.profile if kept.profile and version and kept.profile.version == version else None
    verdicts = {**(kept.seen if before else {}), **verdicts}
    written, left = writing.Outcome(), writing.leftovers(found)
    if params["writes"] and not context.check_mode:
        written = writing.Writer(
            client, context.scrubber, found, gathering.own_identifier(found) or context.own_member
        ).run(params["member"])
        for name, verdict in written.verdicts.items():
            if verdict.outcome != NOT_TRIED or name not in verdicts:
                verdicts[name] = verdict  # an earlier verdict stays if this run couldn't try again
        left = written.left
    if found.fell_silent:
        context.warn(f"{context.instance} stopped answering, so some statements weren't tried. Run again.")
    structures, problems = _structures(saved, found, context)
    made = report.document(found, verdicts, [READING, *written.stages], list(left), time_text(utc_now()) or "")
    made.update(structures)
    return {
        "changed": client.counts.accepted > accepted,
        "report": made,
        "profile": report.profile(client.connection.instance, found, verdicts, before, written.profile(version)),
        "problems": problems,
        "lines": [
            *_lines(made, context),
            *_lines_of_left(left, bool(written.stages), context),
            *(f"  {each}" for each in problems),
        ],
    }


def _structures(saved: Saved, found: gathering.Gathered, context: Context) -> tuple[Result, list[str]]:
    """The structure of each saved file, and a sentence for each that can't be used."""
    connection = context.client.connection
    host = connection.site.host.rsplit(":", 1)[0]
    hosts = {host, host.removeprefix("api-")}
    texts = files.texts_of(found, connection.company, connection.public_key, context.own_member, *hosts)
    made: Result = {"page": None, "recording": None}
    problems = []
    for name, data in (("page", saved.page), ("recording", saved.recording)):
        if data is None:
            continue
        try:
            if name == "page":
                made[name] = files.page_structure(data, texts)
            else:
                made[name] = files.recording_structure(data, hosts, texts)
        except files.Unusable as exc:
            problems.append(str(exc))
    return made, problems


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


def _lines_of_left(left: t.Mapping[str, str], has_written: bool, context: Context) -> list[str]:
    if not left or has_written:
        return [f"  left on {context.instance}: {each}" for each in left.values()]
    what = " and ".join(left.values())
    return [f"  an earlier first contact left {what}: run it again with -e first_contact_writes=true to undo it"]
