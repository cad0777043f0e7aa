# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a first contact, as a document and as a page. PRIVATE to this collection.

Neither holds anything by which the instance could be known: no name, id, key, host or company.
"""

from __future__ import annotations

import json
import typing as t
from collections import Counter

from .._client.profile import Profile, name_of
from .._client.routes import KEYS
from .._domain.statements import NOT_TRIED, OTHERWISE, OUTCOMES, READING, SEEN, STATEMENTS, Statement
from .gathering import Gathered
from .judging import Verdict, Verdicts, region, structural

FORMAT, VERSION = "msp.connectwise.first_contact", 1
PROFILE_FORMAT, PROFILE_VERSION = "msp.connectwise.profile", 1
TITLE = "# First contact with an instance of ConnectWise PSA"
_HEADS = {
    OTHERWISE: "Seen otherwise",
    SEEN: "Seen as stated",
    NOT_TRIED: "Not tried, or inconclusive",
}

Document = t.Dict[str, t.Any]


def product_version(found: Gathered) -> str:
    """The version that the instance gives; empty if it gives none."""
    version = found.info.value.get("version") if isinstance(found.info.value, dict) else None
    return version if isinstance(version, str) else ""


def document(
    found: Gathered, verdicts: Verdicts, stages: t.Sequence[str], left: t.Sequence[str], generated: str
) -> Document:
    """The report. ``stages`` are those that ran (READING, ROLE, MEMBER), ``left`` what couldn't be undone, unnamed."""
    info = found.info.value if isinstance(found.info.value, dict) else {}
    statements = [_statement(each, verdicts.get(each.id)) for each in STATEMENTS.values()]
    number = Counter(each["outcome"] for each in statements)
    cloud = info.get("isCloud")
    return {
        "format": FORMAT,
        "version": VERSION,
        "generated": generated,
        "instance": {
            "version": structural(info.get("version")),
            "api_version": structural(found.info.version),
            "region": region(info.get("cloudRegion")),
            "cloud": cloud if isinstance(cloud, bool) else None,
        },
        "stages": list(stages),
        "counts": {outcome.replace(" ", "_"): number[outcome] for outcome in OUTCOMES},
        "statements": statements,
        "routes": [
            {"method": route.method, "route": route.template, "grade": route.grade, "answer": look.summary}
            for route, look in found.answers
        ],
        "left": list(left),
    }


def _statement(about: Statement, verdict: Verdict | None) -> Document:
    found = verdict or Verdict(NOT_TRIED, about.why or _not_looked_at(about))
    return {
        "id": about.id,
        "statement": about.text,
        "grade": about.grade,
        "outcome": found.outcome,
        "detail": found.detail,
    }


def _not_looked_at(about: Statement) -> str:
    return {
        "role": "Only writes to a security role of its own show it: set first_contact_writes.",
        "member": "Only an API member of its own shows it: set first_contact_member.",
    }.get(about.by, "")


def page(found: Document) -> str:
    """The document as Markdown."""
    about = found["instance"]
    where = {True: "in the cloud", False: "not in the cloud", None: "cloud or not unknown"}[
        about["cloud"]
    ]
    lines = [
        TITLE,
        "",
        "This report contains no name, id, key, host or company of the instance, so you can attach it to a bug report.",
        "The ids are those of the statements in docs/connectwise-api.md.",
        "",
        f"- Generated: {found['generated']}",
        f"- Product: {about['version'] or 'version unknown'}, {where}, region {about['region'] or 'unknown'}",
        f"- API: {about['api_version'] or 'version unknown'}",
        f"- Checked by: {', '.join(found['stages'])}",
    ]
    lines += [f"- Left on the instance: {each}" for each in found["left"]]
    for outcome, head in _HEADS.items():
        rows = [each for each in found["statements"] if each["outcome"] == outcome]
        lines += ["", f"## {head}", ""]
        lines += [*_table(("Id", "Statement", "Grade", "What was seen"), map(_row, rows))] if rows else ["Nothing."]
    routes = [(f"`{each['method']} {each['route']}`", each["grade"], each["answer"]) for each in found["routes"]]
    lines += ["", "## Routes", "", *_table(("Route", "Grade", "Answer"), routes)]
    if found.get("page"):
        lines += [
            "",
            "## The page of a role",
            "",
            "```text",
            *(each.replace("`", "'") for each in found["page"]),
            "```",
        ]
    if found.get("recording"):
        text = json.dumps(found["recording"], indent=1, ensure_ascii=False).replace("`", "'")
        lines += ["", "## A recording of one Save", "", "```json", *text.split("\n"), "```"]
    return "\n".join([*lines, ""])


def _row(each: Document) -> tuple[str, ...]:
    return f"`{each['id']}`", each["statement"], each["grade"], each["detail"]


def _table(heads: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> t.Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _head in heads)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def otherwise(found: Document) -> list[Document]:
    """The statements that the instance contradicts."""
    return [each for each in found["statements"] if each["outcome"] == OTHERWISE]


def profile(instance: str, found: Gathered, verdicts: Verdicts, before: Profile | None, written: Profile) -> Document:
    """What later runs may rely on. ``before`` is the stored profile of the same version, ``written`` that of writes."""
    missing, worked = set(written.missing), set(written.worked)
    if found.keys.first.no_route:
        missing.add(name_of(KEYS))
    if found.keys.ok:
        worked.add(name_of(KEYS))
    if before:
        missing |= before.missing - worked
        worked |= before.worked - missing
    return {
        "format": PROFILE_FORMAT,
        "version": PROFILE_VERSION,
        "instance": instance,
        "product_version": product_version(found),
        "routes": {"missing": sorted(missing), "worked": sorted(worked)},
        "seen": {
            name: {"outcome": verdict.outcome, "detail": verdict.detail}
            for name, verdict in sorted(verdicts.items())
            if STATEMENTS[name].by != READING
        },
    }
