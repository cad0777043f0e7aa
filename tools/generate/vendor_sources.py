# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether the pages that vendors' data comes from have changed since somebody last read them.

    python tools/generate/vendor_sources.py sync                add new addresses and drop those that are gone; offline
    python tools/generate/vendor_sources.py check               compare each page with its fingerprint; 1 is a change
    python tools/generate/vendor_sources.py accept ADDRESS ...  somebody has read these pages: record them as they are
    python tools/generate/vendor_sources.py accept --new        the same for all pages that have no fingerprint yet

The addresses are those in the vendors' files. tools/generate/vendor_role/sources.yml has the date on which each was
last read, and the fingerprint of its text. A page that can't be read is named, and is no change.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import hashlib
import html.parser
import re
import shlex
import sys
import typing as t
import unicodedata
from pathlib import Path

import requests
import yaml

ROOT = Path(__file__).resolve().parents[2]
DATA = "tools/generate/vendor_role/sources.yml"
TIMEOUT = 30  # seconds to wait for an answer to begin or go on
LARGEST = 5_000_000  # bytes of a page
SHORTEST = 200  # characters of text below which a page makes its text by scripts
MOST_REPORTED = 60_000  # characters; GitHub takes 65,536 in an issue
AGENT = "vendor-sources (+https://github.com/msp-connectwise/msp.connectwise)"

HEAD = """\
---
# SPDX-License-Identifier: GPL-3.0-or-later
# The pages that vendors' data comes from: when somebody last read each, and the fingerprint of the text it had then.
# Written by tools/generate/vendor_sources.py; the addresses are those in the vendors' files.
# yamllint disable rule:line-length
"""

Known = t.Dict[str, t.Dict[str, str]]
Vendors = t.Dict[str, t.List[str]]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_AGO = r"(?:over |about )?(?:an?|one|\d+) (?:second|minute|hour|day|week|month|year)s? ago"
_DATE = (
    r"(?:\d{4}-\d\d-\d\d(?:[t ][\d:.]+z?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
    rf"|{_MONTH} \d{{1,2}}(?:[a-z]{{2}})?,? \d{{4}}|\d{{1,2}} {_MONTH},? \d{{4}}|{_MONTH} \d{{4}}"
    rf"|{_AGO}|yesterday|today)"
)
# what a page says of itself, and what changes without anybody writing
_CHANGING = (
    re.compile(
        r"\b(?:last |date )?(?:update|updated|modified|edited|reviewed|published|created|modification date)"
        rf"(?: on| at| by [\w .]{{1,60}}?)?:? {_DATE}"
    ),
    re.compile(r"\b\d+ (?:out of|of) \d+ found this helpful"),
    re.compile(r"\b[\d,.]+k? views\b"),
    re.compile(r"\u00a9 ?(?:\d{4} ?[-\u2013] ?)?\d{4}"),
)


class Unreadable(Exception):
    """Why a page has no fingerprint, in a few words."""


@dataclasses.dataclass
class Findings:
    """The result: {address: fingerprint} of changed and new pages, {address: reason} of those that can't be read."""

    changed: dict[str, str] = dataclasses.field(default_factory=dict)
    new: dict[str, str] = dataclasses.field(default_factory=dict)
    same: list[str] = dataclasses.field(default_factory=list)
    unreadable: dict[str, str] = dataclasses.field(default_factory=dict)


class _Text(html.parser.HTMLParser):
    """The visible text of a page, without scripts and styles."""

    _SILENT = frozenset(("script", "style", "noscript", "template", "svg", "iframe"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        self._silent += tag in self._SILENT
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self._SILENT))
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def text_of(page: str, is_html: bool = True) -> str:
    """The text of a page for comparison: normalised spaces and case, without what changes on each visit."""
    if is_html:
        reader = _Text()
        reader.feed(page)
        reader.close()
        page = "".join(reader.parts)
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", page).casefold()).strip()
    for changing in _CHANGING:
        text = changing.sub("", text)
    return re.sub(r"\s+", " ", text).strip()


def fingerprint(session: requests.Session, address: str) -> str:
    """SHA-256 of the text of a page. Raises Unreadable."""
    try:
        with session.get(address, timeout=TIMEOUT, stream=True, headers={"User-Agent": AGENT}) as answer:
            if answer.status_code != 200:
                raise Unreadable(f"status {answer.status_code}")
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if not kind.startswith("text/") and kind not in ("application/xhtml+xml", "application/json", ""):
                raise Unreadable(f"it is {re.sub(r'[^a-z0-9./+-]', '?', kind)}, which has no text to compare")
            content = b"".join(_limited(answer))
            page = content.decode(answer.encoding or "utf-8", "replace")
    except (requests.RequestException, LookupError) as exc:
        raise Unreadable(type(exc).__name__) from None
    text = text_of(page, is_html=kind in ("text/html", "application/xhtml+xml", ""))
    if len(text) < SHORTEST:
        raise Unreadable("it makes its text by scripts")
    return hashlib.sha256(text.encode()).hexdigest()


def _limited(answer: requests.Response) -> t.Iterator[bytes]:
    size = 0
    for chunk in answer.iter_content(65_536):
        size += len(chunk)
        if size > LARGEST:
            raise Unreadable(f"it is larger than {LARGEST // 1_000_000} MB")
        yield chunk


def addresses(root: Path) -> Vendors:
    """{address: the vendors whose data comes from it}, for all vendors' files."""
    found: dict[str, list[str]] = {}
    paths = [*root.glob("roles/*/vars/main.yml"), *root.glob("plugins/plugin_utils/partial_vendors/*.yml")]
    for path in sorted(paths):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, matrix in document.items() if isinstance(document, dict) else ():
            if name.endswith("_matrix"):
                for address in _of(matrix):
                    found.setdefault(address, []).append(name.removesuffix("_matrix"))
    return {address: sorted(set(vendors)) for address, vendors in sorted(found.items())}


def _of(matrix: t.Mapping[str, t.Any]) -> list[str]:
    delivery = matrix.get("delivery") or {}
    return [each for each in (matrix.get("source"), *matrix.get("more_sources", ()), delivery.get("source")) if each]


def read(root: Path) -> Known:
    path = root / DATA
    return (yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}) or {}


def write(root: Path, known: Known) -> None:
    (root / DATA).write_text(HEAD + lines_of(known), encoding="utf-8")


def lines_of(known: Known) -> str:
    """The entries in the format of the file, with the longest addresses on lines of their own."""
    entries = ({address: about} for address, about in sorted(known.items()))
    return "".join(yaml.safe_dump(entry, width=10_000, sort_keys=False) for entry in entries)


def synced(root: Path, today: str) -> Known:
    """The entries of all addresses in the vendors' files; a new one gets today's date."""
    known = read(root)
    return {address: known.get(address) or {"reviewed": today} for address in addresses(root)}


def looked_at(known: Known, chosen: t.Iterable[str], say: t.Callable[[str], None]) -> Findings:
    """Compare each page of ``chosen`` with its fingerprint."""
    found = Findings()
    with requests.Session() as session:
        session.max_redirects = 10
        for address in chosen:
            before = known[address].get("fingerprint")
            try:
                now = fingerprint(session, address)
            except Unreadable as exc:
                found.unreadable[address] = str(exc)
                say(f"can't be read ({exc}): {address}")
                continue
            if before is None:
                found.new[address] = now
            elif before != now:
                found.changed[address] = now
            else:
                found.same.append(address)
            say(f"{'new' if before is None else 'same' if before == now else 'changed'}: {address}")
    return found


def report(found: Findings, known: Known, vendors: Vendors, today: str) -> str:
    """The findings as Markdown, for an issue."""
    lines = [f"{len(found.same)} pages are as they were when somebody last read them.", ""]
    if found.changed:
        lines += ["## Changed", "", "Read each page, correct the vendor's file, and accept the page as it is now:", ""]
        command = "$ python tools/generate/vendor_sources.py accept"
        accepts = [f"{command} {shlex.quote(address)}" for address in found.changed]
        lines += ["```console", *accepts, "```", "", *(_item(address, known, vendors) for address in found.changed), ""]
    if found.new:
        lines += ["## Without a fingerprint", "", *(_item(address, known, vendors) for address in found.new), ""]
    if found.unreadable:
        lines += ["## Not read, which is no change", ""]
        lines += [f"{_item(address, known, vendors)}: {why}" for address, why in found.unreadable.items()] + [""]
    recorded = {**found.new, **found.changed}
    entries = lines_of({address: {"reviewed": today, "fingerprint": now} for address, now in recorded.items()})
    block = ["## As this run read them", "", f"For `{DATA}`, once somebody has read the pages:", ""]
    block += ["```yaml", f"{entries}```", ""]
    text = "\n".join([*lines, *(block if recorded else [])])
    return text if len(text) <= MOST_REPORTED else text[:MOST_REPORTED] + "\n\nThe rest is in the log of the run.\n"


def _item(address: str, known: Known, vendors: Vendors) -> str:
    return f"- {', '.join(vendors[address])}: <{address}>, last read on {known[address]['reviewed']}"


def accepted(root: Path, known: Known, found: Findings, today: str) -> None:
    """Record the pages as they are now."""
    same = {address: known[address]["fingerprint"] for address in found.same}
    for address, now in {**found.new, **found.changed, **same}.items():
        known[address] = {"reviewed": today, "fingerprint": now}
    write(root, known)


def main(arguments: t.Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Watch the pages that vendors' data comes from.")
    parser.add_argument("what", choices=["sync", "check", "accept"])
    parser.add_argument("addresses", nargs="*", metavar="ADDRESS", help="only these pages")
    parser.add_argument("--new", action="store_true", help="with accept: all pages without a fingerprint")
    parser.add_argument("--report", type=Path, metavar="FILE", help="with check: write the findings as Markdown")
    parser.add_argument("--root", type=Path, default=ROOT, help="top of the checkout")
    options = parser.parse_args(arguments)
    if options.what == "accept" and bool(options.addresses) == options.new:
        parser.error("accept takes either addresses or --new")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    known, vendors = synced(options.root, today), addresses(options.root)
    if options.what == "sync":
        write(options.root, known)
        return 0
    unknown = [address for address in options.addresses if address not in known]
    if unknown:
        parser.error(f"no vendor's data comes from {', '.join(unknown)}")
    chosen = options.addresses or [
        address for address in known if not options.new or "fingerprint" not in known[address]
    ]
    found = looked_at(known, chosen, say=print)
    if options.what == "accept":
        accepted(options.root, known, found, today)
        return 1 if found.unreadable and options.addresses else 0
    text = report(found, known, vendors, today)
    if options.report:
        options.report.write_text(text, encoding="utf-8")
    print(text)
    return 1 if found.changed else 0


if __name__ == "__main__":
    sys.exit(main())
