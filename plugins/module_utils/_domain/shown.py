# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a text from outside is shown: characters that can't be seen become escapes. PRIVATE to this collection.

Names and messages come from instances, inventories and files, and a terminal, a log or a page obeys some of their
characters: they move its cursor, begin a line, or turn the direction of what follows. Whatever is shown goes through
here once or more often, which makes no difference. What is compared with an instance stays as it is.
"""

from __future__ import annotations

import json
import re
import typing as t
import unicodedata

# control characters, invisible marks of formats, halves of pairs, ends of lines and paragraphs
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LAYOUT = frozenset("\n\t")

# the parts of a result whose texts have lines of their own
_WITH_LINES = frozenset(("diff", "exception", "text"))
_OF_ONE_LINE = frozenset(("before_header", "after_header"))
# never shown, and no longer a key if anything of it is changed
_WHOLE = frozenset(("private_key",))


def shown(value: t.Any) -> str:
    r"""The text on one line, with ``\n``, ``\x1b`` or ``\u202e`` for each character that can't be seen."""
    text = str(value)
    return text if text.isprintable() else "".join(_seen(mark) for mark in text)


def shown_lines(value: t.Any) -> str:
    """The same for a text of several lines: line breaks and tabs stay."""
    text = str(value)
    return text if text.isprintable() else "".join(mark if mark in _LAYOUT else _seen(mark) for mark in text)


def shown_all(value: t.Any, lines: bool = False) -> t.Any:
    """A copy of a result or document with every text as it is shown, keys of mappings aside.

    ``lines``: its texts have several lines, as those of a diff and a traceback always have.
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
    """JSON for a file: a program reads the very value back, and a terminal that shows the file sees escapes."""
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
    """Code points that stand for no character in any text, which XML can't hold."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _json_escape(mark: str) -> str:
    return json.dumps(mark)[1:-1] if not mark.isascii() else f"\\u{ord(mark):04x}"


def yaml_scalar(value: str) -> str:
    """The text as a scalar of YAML on one line: plain where it can be, else in double quotes, as JSON has it."""
    plain = re.fullmatch(r"[A-Za-z][\w .()/&+-]*(?<! )", value) and value.lower() not in _YAML_WORDS
    if plain and value.isprintable():
        return value
    body = "".join(mark if _can_be_seen(mark) and mark not in '\\"' else _yaml_escape(mark) for mark in value)
    return f'"{body}"'


_YAML_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


def _yaml_escape(mark: str) -> str:
    return f"\\{mark}" if mark in '\\"' else f"\\U{ord(mark):08x}" if ord(mark) > 0xFFFF else f"\\u{ord(mark):04x}"
