# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escapes invisible characters in text from outside before it is shown. PRIVATE to this collection.

Names and messages come from instances, inventories and files. Some of their characters control a terminal, a log or a
page: they move the cursor, begin a line, or change the text direction. Everything that is shown goes through here; more
than once does no harm. Text that is compared with an instance stays unchanged.
"""

from __future__ import annotations

import json
import re
import typing as t
import unicodedata

# Unicode categories: control and format characters, surrogates, line and paragraph separators
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LAYOUT = frozenset("\n\t")

# the parts of a result whose texts may have several lines
_WITH_LINES = frozenset(("diff", "exception", "text"))
_OF_ONE_LINE = frozenset(("before_header", "after_header"))
# never shown, and must not be changed
_WHOLE = frozenset(("private_key",))


def shown(value: t.Any) -> str:
    r"""The text on one line, with an escape such as ``\n``, ``\x1b`` or ``\u202e`` for each invisible character."""
    text = str(value)
    return text if text.isprintable() else "".join(_seen(mark) for mark in text)


def shown_lines(value: t.Any) -> str:
    """The same for text of several lines: line breaks and tabs stay."""
    text = str(value)
    return text if text.isprintable() else "".join(mark if mark in _LAYOUT else _seen(mark) for mark in text)


def shown_all(value: t.Any, lines: bool = False) -> t.Any:
    """A copy of a result or document with all texts escaped, except keys of mappings.

    ``lines``: its texts may have several lines, as a diff and a traceback always may.
    """
    if isinstance(value, str):
        return shown_lines(value) if lines else shown(value)
    if isinstance(value, dict):
        return {
            name: item
            if name in _WHOLE
            else shown_all(item, (lines or name in _WITH_LINES) and name not in _OF_ONE_LINE)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [shown_all(item, lines) for item in value]
    return value


def json_text(value: t.Any, indent: int | None = None) -> str:
    """JSON for a file: a program reads back the same value, and a terminal that shows the file gets escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isprintable():
        return text
    return "".join(mark if mark == "\n" or _can_be_seen(mark) else _json_escape(mark) for mark in text)


def _can_be_seen(mark: str) -> bool:
    return mark.isprintable() or (unicodedata.category(mark) not in _UNSEEN and not _is_no_character(ord(mark)))


def _seen(mark: str) -> str:
    if _can_be_seen(mark):
        return mark
    code = ord(mark)
    if mark in _NAMED:
        return _NAMED[mark]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_no_character(code: int) -> bool:
    """Code points that are never characters, which XML can't contain."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _json_escape(mark: str) -> str:
    return json.dumps(mark)[1:-1] if not mark.isascii() else f"\\u{ord(mark):04x}"


def yaml_scalar(value: str) -> str:
    """The text as a one-line YAML scalar: plain if possible, else in double quotes as in JSON."""
    plain = re.fullmatch(r"[A-Za-z][\w .()/&+-]*(?<! )", value) and value.lower() not in _YAML_WORDS
    if plain and value.isprintable():
        return value
    body = "".join(mark if _can_be_seen(mark) and mark not in '\\"' else _yaml_escape(mark) for mark in value)
    return f'"{body}"'


_YAML_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


def _yaml_escape(mark: str) -> str:
    return f"\\{mark}" if mark in '\\"' else f"\\U{ord(mark):08x}" if ord(mark) > 0xFFFF else f"\\u{ord(mark):04x}"
