# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the content of a file that was cut, merged or overwritten. PRIVATE to this collection.

Each function gives the end of a sentence about the file, or an empty text. Nothing of the content is in it.
"""

from __future__ import annotations

import binascii
import re

_MARKS = re.compile(rb"(<{7}|>{7}|\|{7}|={7})(\s|\Z)")
_HEADER = b"$ANSIBLE_VAULT;"
_BLOCK = 16  # bytes: AES in ansible-vault's format 1.1 and 1.2 is padded to whole blocks
_CUT = "is damaged: its end is missing"


def damage(content: bytes) -> str:
    """What is wrong with a file of any kind."""
    if not content.strip():
        return "is empty"
    for number, line in enumerate(content.splitlines(), 1):
        if _MARKS.match(line):
            return f"has the marks of a merge conflict, the first in line {number}"
    return ""


def vault_damage(content: bytes) -> str:
    """What is wrong with a file of ansible-vault. Its HMAC can't distinguish damage from a wrong password."""
    if not content.startswith(_HEADER):
        before = content.find(_HEADER)
        return "has something before its first line, which begins with $ANSIBLE_VAULT" if before > 0 else ""
    lines = content.split()[1:]
    try:
        parts = binascii.unhexlify(b"".join(lines)).split(b"\n", 2)
        sizes = [len(binascii.unhexlify(part)) for part in parts]
    except binascii.Error:
        is_hex = all(re.fullmatch(rb"[0-9a-f]+", line) for line in lines)
        return _CUT if is_hex else "is damaged: there is something else between the digits of ansible-vault"
    return _CUT if len(sizes) < 3 or not sizes[2] or sizes[2] % _BLOCK else ""
