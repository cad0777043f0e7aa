# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reduces what a person saved from ConnectWise to structure: a role's page, a recording of one Save. PRIVATE.

Only names of functions, headers and levels stay. Nothing in the files is ever sent anywhere.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from .._domain.names import fold
from .._resources.records import Record, text_of
from .gathering import Gathered

LARGEST = 50_000_000  # bytes
_MOST_LINES = 4000
_MOST_SHAPES = 200  # kinds of items of one list
_DEEPEST = 60
HOLE = "…"
_WORDS = (
    "None", "My", "All", "Add", "Edit", "Delete", "Inquire", "Add Level", "Edit Level", "Delete Level", "Inquire Level",
    "Customize", "Save", "Save & Close", "Save and Close", "Module", "Security Modules", "Level",
)  # fmt: skip
_LEFT_OUT = ("script", "style", "svg", "noscript", "template")
_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
_SHOWN = ("role", "type", "tabindex", "colspan")  # attributes whose values are words of HTML
_NAME = re.compile(r"[A-Za-z_][\w-]{0,59}")
_ACTION = re.compile(r"/services/system_io/actionprocessor/([A-Za-z_]\w*)/([A-Za-z_]\w*)\.rails$", re.IGNORECASE)
_SAVES = re.compile(r"(save|update|set|create|add|delete|modify)", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Unusable(Exception):
    """Why a file can't be used, and what to do: one or two sentences for a person."""


@dataclass(frozen=True)
class Texts:
    """``known`` texts may stay (folded names of functions), ``private`` ones never do (lower case)."""

    known: frozenset[str]
    private: frozenset[str]

    def shown(self, text: str, also: t.Collection[str] = ()) -> str:
        """The text if it may stay, else HOLE. ``also``: more texts that must not stay."""
        plain = " ".join(text.split())
        if not plain:
            return ""
        if plain in _WORDS:
            return plain
        return plain if fold(plain) in self.known and not any(plain in other for other in also) else HOLE

    def name(self, text: str) -> str:
        """A name from a program (a class, a JSON field) with its numbers replaced by N; else HOLE."""
        if not _NAME.fullmatch(text) or any(each in text.lower() for each in self.private):
            return HOLE
        return re.sub(r"\d{3,}", "N", text)


def texts_of(found: Gathered, *private: str) -> Texts:
    """The known texts of the instance's functions, and the private ones: its hosts, people and roles."""
    rows = [row for each in found.settings.values() for row in each.rows] + found.my_security.rows
    fields = [
        f"{what}{text}" for what in ("module", "moduleFunction") for text in ("Name", "Description", "Identifier")
    ]
    known = {fold(text_of(row, name)) for row in rows for name in fields if text_of(row, name)}
    people = [*found.api_members.rows, *found.members.rows]
    names = {text_of(each, name) for each in people for name in ("identifier", "name", "firstName", "lastName")}
    names |= {text_of(each, "name") for each in found.roles.rows} | set(private)
    return Texts(frozenset(known), frozenset(each.lower() for each in names if len(each) >= 4 and each not in _WORDS))


def _decoded(data: bytes, what: str) -> tuple[str, bool]:
    """The text, and whether it began with a byte order mark. Raises Unusable."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "")
    try:
        return data.decode(encoding or "utf-8"), bool(encoding)
    except UnicodeDecodeError:
        if what == "page":
            return data.decode("latin-1"), False
        raise Unusable(
            "The recording isn't UTF-8 text. Export it again from the browser's network tab."
        ) from None


# the page


@dataclass
class _Node:
    tag: str
    about: str = ""
    children: list[_Node | str] = field(default_factory=list)


class _Reader(HTMLParser):
    """A tree of tags, with the texts that may stay."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(convert_charrefs=True)
        self._texts = texts
        self.top = _Node("page")
        self._open = [self.top]
        self._skipped = 0
        self.tags, self.functions, self.frames = 0, 0, 0
        self.ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        self.frames += tag in ("iframe", "frame")
        if self._skipped or tag in _LEFT_OUT:
            self._skipped += tag in _LEFT_OUT
            return
        node = _Node(self._texts.name(tag), self._about(attrs))
        self._open[-1].children.append(node)
        if tag not in _VOID and len(self._open) < _DEEPEST * 4:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LEFT_OUT:
            return
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.ended = self.ended or tag == "html"
        if tag in _LEFT_OUT:
            self._skipped = max(0, self._skipped - 1)
        elif not self._skipped:
            for place in range(len(self._open) - 1, 0, -1):
                if self._open[place].tag == self._texts.name(tag):
                    del self._open[place:]
                    break

    def handle_data(self, data: str) -> None:
        if self._skipped or not data.strip():
            return
        text = self._texts.shown(data)
        self.functions += text not in ("", HOLE, *_WORDS)
        self._open[-1].children.append(f'"{text}"')

    def _about(self, attrs: list[tuple[str, str | None]]) -> str:
        given = {name: value or "" for name, value in attrs}
        classes = "".join(f".{self._texts.name(each)}" for each in given.pop("class", "").split())
        rest = []
        for name, value in sorted(given.items()):
            word = f"={self._texts.name(value)}" if name in _SHOWN and _NAME.fullmatch(value) else ""
            rest.append(f"{self._texts.name(name)}{word}")
        return classes + (f" [{' '.join(rest)}]" if rest else "")


def page_structure(data: bytes, texts: Texts) -> list[str]:
    """The tags, classes and order of a role's page, a line for each. Raises Unusable."""
    text, _marked = _decoded(data, "page")
    reader = _Reader(texts)
    reader.feed(text)
    reader.close()
    if not reader.tags:
        raise Unusable("The page isn't HTML. Save the role's page in the browser with Save Page As.")
    if not reader.functions and reader.frames:
        raise Unusable("The page has a frame but no functions. Open the frame on its own, and save that page.")
    if not reader.functions:
        raise Unusable(
            "The page shows no function of this instance. Open the role in System > Security Roles, open a module, and"
            " save that page."
        )
    if not reader.ended:
        raise Unusable("The page is cut off. Save it again.")
    lines = list(_lines(reader.top.children, 0))
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([f"({more} more lines)"] if more > 0 else [])]


def _lines(children: t.Sequence[_Node | str], depth: int) -> t.Iterator[str]:
    """The lines of a tree; identical neighbours are listed once, with their number."""
    before: list[str] = []
    times = 0
    for child in [*children, None]:
        lines = [] if child is None else list(_lines_of(child, depth))
        if child is not None and lines == before:
            times += 1
            continue
        if before:
            yield before[0] + (f" x {times}" if times > 1 else "")
            yield from before[1:]
        before, times = lines, 1


def _lines_of(child: _Node | str, depth: int) -> t.Iterator[str]:
    indent = " " * min(depth, _DEEPEST)
    if isinstance(child, str):
        yield f"{indent}{child}"
        return
    yield f"{indent}{child.tag}{child.about}"
    yield from _lines(child.children, depth + 1)


# the recording


def recording_structure(data: bytes, hosts: t.Collection[str], texts: Texts) -> Record:
    """Action, project, class name and payload structure of the one Save in a HAR file. Raises Unusable.

    ``hosts`` are those of the instance. ``note`` in the result names a harmless oddity.
    """
    text, marked = _decoded(data, "recording")
    entries = _entries(text)
    entry, module, action = _the_save(entries, hosts)
    request = _dict(entry.get("request"))
    _check_success(_dict(entry.get("response")))
    message = _message(_dict(request.get("postData")))
    payload = message.get("payload")
    try:
        value = json.loads(payload) if isinstance(payload, str) else payload
    except (ValueError, RecursionError):
        raise Unusable(
            "The Save has an unknown format: its payload isn't JSON. Report this as an issue."
        ) from None
    private = _private(entries)

    def name(part: t.Any) -> str:
        return texts.name(part) if isinstance(part, str) else HOLE

    return {
        "module": name(module),
        "action": name(action),
        "project": name(message.get("project")),
        "class_name": name(message.get("payloadClassName")),
        "fields": sorted({texts.name(each) for each in message}),
        "payload": _shape(value, texts, private),
        "note": "It began with a byte order mark, which was ignored." if marked else "",
    }


def _entries(text: str) -> list[Record]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip()[:1] == "{":
            raise Unusable("The recording is cut off. Export it again.") from None
        raise Unusable("The recording isn't a HAR file. Export it from the browser's network tab.") from None
    entries = _dict(_dict(found).get("log")).get("entries")
    if not isinstance(entries, list):
        raise Unusable(
            "The recording isn't a HAR file: it has no entries. Export it from the browser's network tab."
        )
    return [each for each in entries if isinstance(each, dict)]


def _the_save(entries: t.Sequence[Record], hosts: t.Collection[str]) -> tuple[Record, str, str]:
    found, elsewhere = [], 0
    for entry in entries:
        request = _dict(entry.get("request"))
        try:
            url = urlsplit(str(request.get("url") or ""))
            host = (url.hostname or "").lower()
        except ValueError:
            continue
        match = _ACTION.search(url.path)
        if request.get("method") != "POST" or not match or not _SAVES.match(match[2]):
            continue
        if host in hosts:
            found.append((entry, match[1], match[2]))
        else:
            elsewhere += 1
    if len(found) == 1:
        return found[0]
    if found:
        raise Unusable(
            f"The recording has {len(found)} Saves. Clear the network tab, press Save once, and export it again."
        )
    if elsewhere:
        raise Unusable("The recording is from another host. Record a Save on this instance.")
    raise Unusable("The recording has no Save. Start recording, press Save on the role's page, and export it again.")


def _check_success(response: Record) -> None:
    status = response.get("status")
    content = _dict(response.get("content")).get("text")
    try:
        answer = _dict(json.loads(content)) if isinstance(content, str) else {}
    except (ValueError, RecursionError):
        answer = {}
    inner = _dict(answer.get("data"))
    failed = answer.get("success") is False or inner.get("isSuccess") is False
    if failed or not isinstance(status, int) or not 200 <= status < 300:
        raise Unusable("The Save in the recording failed. Record one that ConnectWise accepts.")


def _message(body: Record) -> Record:
    fields = (
        [each for each in body.get("params") or () if isinstance(each, dict)]
        if isinstance(body.get("params"), list)
        else []
    )
    given = next((each.get("value") for each in fields if each.get("name") == "actionMessage"), None)
    text = body.get("text")
    if not given and isinstance(text, str):
        given = next(iter(parse_qs(text).get("actionMessage", ())), None)
    if not fields and not text:
        raise Unusable("The recording has no request bodies. Export it with Save all as HAR with content.")
    try:
        message = json.loads(given) if isinstance(given, str) else None
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise Unusable(
            "The Save has an unknown format: its body has no action message. Report this as an issue."
        )
    return message


def _private(entries: t.Sequence[Record]) -> list[str]:
    """The values of all cookies and headers."""
    found = []
    for entry in entries:
        for part in (_dict(entry.get("request")), _dict(entry.get("response"))):
            for name in ("headers", "cookies"):
                listed = part.get(name)
                for each in listed if isinstance(listed, list) else ():
                    found.append(str(_dict(each).get("value") or ""))
    return list(dict.fromkeys(found))


def _shape(value: t.Any, texts: Texts, private: t.Collection[str], depth: int = 0) -> t.Any:
    """The structure of a value: one-digit numbers, true, false, null and permitted texts stay; HOLE replaces others."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -1 <= value <= 9 else "number"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return texts.shown(value, private) if len(value) < 200 else HOLE
    if depth >= _DEEPEST:
        return HOLE
    if isinstance(value, dict):
        return {texts.name(name): _shape(each, texts, private, depth + 1) for name, each in value.items()}
    shapes = [_shape(each, texts, private, depth + 1) for each in value]
    kinds: dict[str, int] = {}
    for each in shapes:
        key = json.dumps(each, sort_keys=True)
        kinds[key] = kinds.get(key, 0) + 1
    return [{"times": times, "item": json.loads(key)} for key, times in list(kinds.items())[:_MOST_SHAPES]]


def _dict(value: t.Any) -> Record:
    return value if isinstance(value, dict) else {}
