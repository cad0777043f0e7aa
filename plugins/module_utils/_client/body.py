# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the body of an answer, up to a size. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
import zlib

LARGEST = 20_000_000  # bytes, unpacked
_PIECE = 65536
_GZIP = 16 + zlib.MAX_WBITS  # what zlib calls the format


class TooLong(Exception):
    """The body is larger than the limit."""


class Unreadable(Exception):
    """The body's compression is invalid, or one that wasn't requested; the text says which."""


def read_body(raw: t.Any, encoding: str, largest: int = LARGEST) -> bytes:
    """The decompressed body of ``raw``, a urllib3 response that nothing was read from.

    Raises TooLong, Unreadable and urllib3's errors. Decompressed here, because older versions of urllib3 decompress
    without a limit.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        unpack: t.Callable[[bytes, int], bytes] = _as_is
    elif encoding in ("gzip", "x-gzip"):
        unpack = _Gzip()
    else:
        raise Unreadable("its compression wasn't requested")
    body = bytearray()
    for piece in iter(lambda: raw.read(_PIECE, decode_content=False), b""):
        body += unpack(piece, largest + 1 - len(body))
        if len(body) > largest:
            raise TooLong
    if isinstance(unpack, _Gzip) and not unpack.is_complete:
        raise Unreadable("its compressed data is cut off")
    return bytes(body)


def _as_is(piece: bytes, _room: int) -> bytes:
    return piece


class _Gzip:
    """Decompresses a gzip file piece by piece; the file may have several members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def __call__(self, piece: bytes, room: int) -> bytes:
        """The decompressed piece, at most ``room`` bytes. Raises Unreadable."""
        found = bytearray()
        self._begun = True
        try:
            while piece and len(found) < room:
                if self._member.eof:
                    self._member = zlib.decompressobj(_GZIP)
                found += self._member.decompress(piece, room - len(found))
                piece = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        except zlib.error:
            raise Unreadable("its compressed data is invalid") from None
        return bytes(found)

    @property
    def is_complete(self) -> bool:
        return self._member.eof or not self._begun
