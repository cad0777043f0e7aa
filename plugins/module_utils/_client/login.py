# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds characters that a login can't contain, such as those that copying adds. PRIVATE to this collection.

Nothing here repeats a text that might be a key.
"""

from __future__ import annotations

import os
import re
import stat
import typing as t
import unicodedata

# option -> (the example inventories' placeholder, what belongs there)
_TO_FILL_IN = {
    "site": (r"(?:[A-Z]+_)?SITE", "the host that you see in the browser, such as na.myconnectwise.net"),
    "company": (r"COMPANY", "the company that you type when you log in"),
    "public_key": (r"(?:[A-Z]+_)?PUBLIC_KEY", "the public half of the automation's own key"),
    "private_key": (r"(?:[A-Z]+_)?PRIVATE_KEY", "the private half of the automation's own key"),
    "client_id": (r"CLIENT_ID", "a GUID that developer.connectwise.com shows under ClientID"),
}
_ELLIPSIS = r"\.{3}|\u2026"
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)

_NAMES = {
    "\n": "a line break", "\r": "a line break", "\u0085": "a line break", "\u2028": "a line break",
    "\u2029": "a line break", "\t": "a tab", "\u00a0": "a no-break space", "\u202f": "a no-break space",
    "\u00ad": "a soft hyphen", "\u200b": "a zero width space", "\u200c": "a zero width non-joiner",
    "\u200d": "a zero width joiner", "\u2060": "a word joiner", "\ufeff": "a byte order mark",
}  # fmt: skip
_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb\u300c\u300d"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"


def login_problems(texts: t.Mapping[str, str]) -> list[str]:
    """Problems of a login: placeholders that are left from an example, and characters that it can't contain.

    ``texts`` has those of site, company, public_key, private_key and client_id that are set. Each problem names the
    inventory variable.
    """
    problems = []
    for name, text in texts.items():
        if is_placeholder(name, text):
            # a private key is masked, even one that is none
            shown = "the example's value" if name == "private_key" else text.strip()
            problems.append(f"cw_{name} is still {shown} ({_TO_FILL_IN[name][1]})")
            continue
        problem = text_problem(f"cw_{name}", text, ascii_only=name in ("public_key", "private_key"))
        if problem:
            problems.append(problem)
        elif name == "client_id" and text.strip() and may_be_a_key(text):
            problems.append(
                "cw_client_id isn't a GUID such as 01234567-89ab-cdef-0123-456789abcdef"
                " (developer.connectwise.com shows yours under ClientID)"
            )
    return problems


def pair_problems(public_key: str, private_key: str, prefix: str) -> list[str]:
    """Problems of a pair that a person gives in two options, whose names begin with ``prefix``."""
    halves = {f"{prefix}public_key": public_key, f"{prefix}private_key": private_key}
    problems = [text_problem(name, text) for name, text in halves.items()]
    if public_key and public_key == private_key:
        problems.append(f"{' and '.join(halves)} are the same: give both halves of the pair")
    return [problem for problem in problems if problem]


def text_problem(what: str, text: str, ascii_only: bool = True) -> str:
    """A sentence about ``what`` that names the characters that no login can contain; else empty.

    Spaces and line breaks around the text don't count: they are stripped.
    """
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"`":
        return f"{what} has quotation marks around it. Remove them"
    found = list(dict.fromkeys(filter(None, (_oddity(letter, ascii_only) for letter in text))))
    return f"{what} contains {' and '.join(found)}. Copy it again through a plain-text editor" if found else ""


def _oddity(letter: str, ascii_only: bool) -> str:
    """What kind of character it is, in a few words; empty for an ordinary one."""
    category = unicodedata.category(letter)
    if letter in _NAMES:
        return _NAMES[letter]
    if letter in _DIRECTIONS:
        return "a direction mark"
    if letter in QUOTES:
        return "a typographic quotation mark"
    if "\uff01" <= letter <= "\uff5e":
        return "a full-width character"
    if category in ("Cc", "Cf"):
        return "a control character"
    if category in ("Zs", "Zl", "Zp") and (ascii_only or letter != " "):
        return "a space"
    if letter in _DASHES:
        return "a typographic dash"
    if ascii_only and not letter.isascii() and category != "Cs":  # a lone surrogate is reported elsewhere
        return "a character that isn't ASCII"
    return ""


def may_be_a_key(client_id: str) -> bool:
    """Whether a client id is neither a GUID nor a placeholder, so it may be a key in the wrong place."""
    return not (_GUID.fullmatch(client_id.strip()) or is_placeholder("client_id", client_id))


def is_placeholder(name: str, value: t.Any) -> bool:
    """Whether an option still holds a placeholder of the example inventory."""
    pattern = rf"[<{{\[]*{_TO_FILL_IN[name][0]}[>}}\]]*|{_ELLIPSIS}"
    return re.fullmatch(pattern, str(value or "").strip()) is not None


def read_private_key(path: str) -> tuple[str, str]:
    """(the key in a file, the problem with the file). One of them is empty."""
    what = f"private_key_file {path}"
    try:
        with open(os.path.expanduser(path), "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return "", f"{what} isn't an ordinary file"
            key = file.read().decode("utf-8-sig").strip()
    except OSError as exc:
        return "", f"{what} can't be read: {exc.strerror or 'unknown reason'}"
    except UnicodeDecodeError:
        return "", f"{what} can't be read: it isn't text"
    return key, "" if key else f"{what} is empty"


def _without_waiting(path: str, flags: int) -> int:
    """Opening a pipe that nobody writes to would block."""
    return os.open(path, flags | os.O_NONBLOCK)
