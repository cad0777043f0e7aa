# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks secrets in everything that leaves the collection. PRIVATE to this collection.

``no_log`` hides parameters in results, but neither derived forms (the Basic header, a URL-encoded copy) nor, on
ansible-core 2.19 and later, the text of an error. So every message, result and debug line passes through here.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

from .vocabulary import KEYS, is_word

MASK = "********"
_SHORTEST = 4
_PERCENT = re.compile("%[0-9A-F]{2}")


class Scrubber:
    """Knows secrets in all their forms and masks them in text and in nested results."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}  # secret -> its forms
        self._sorted: list[str] | None = []  # all forms, the longest first; None after a change

    def add(self, *secrets: str | None) -> None:
        """Register secrets, except those shorter than four characters, which would mask ordinary words."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._known:
                self._known[secret] = _forms(secret)
                self._sorted = None

    def release(self, name: str) -> None:
        """Unregister a text that isn't secret: the public half of a pair whose halves were swapped."""
        if self._known.pop(name, None):
            self._sorted = None

    def add_login(self, company: str, public_key: str, private_key: str) -> None:
        """Register a key pair: the private key and the pair, which covers the Authorization header."""
        self.add(private_key, f"{company}+{public_key}:{private_key}", f"{public_key}:{private_key}")

    def text(self, value: str) -> str:
        if self._sorted is None:
            self._sorted = sorted({form for forms in self._known.values() for form in forms}, key=len, reverse=True)
        for form in self._sorted:
            value = value.replace(form, MASK)
        return value

    def body(self, value: str) -> str:
        """The body of an answer, masked, except for our own words and those that identify ConnectWise's errors."""
        masked = self.text(value)
        if masked == value:
            return value
        try:
            return json.dumps(self.clean(json.loads(value)))
        except (ValueError, RecursionError):
            return masked

    def clean(self, value: t.Any, field: str = "") -> t.Any:
        """A copy of a result with every string masked, except for our own words.

        Those are our own keys, and the values of a ``field`` with fixed choices. Keys from outside are masked.
        """
        if isinstance(value, str):
            return value if is_word(field, value) else self.text(value)
        if isinstance(value, bytes):
            return self.text(value.decode("utf-8", "replace"))
        if isinstance(value, dict):
            return {self._clean_key(key): self.clean(item, key) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.clean(item, field) for item in value]
        return value

    def _clean_key(self, key: t.Any) -> t.Any:
        return key if isinstance(key, str) and key in KEYS else self.clean(key)


def _bytes(secret: str) -> bytes:
    """Any text as bytes: surrogate escapes become their original bytes, other lone surrogates pass through."""
    try:
        return secret.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return secret.encode("utf-8", "surrogatepass")


def _forms(secret: str) -> set[str]:
    raw = _bytes(secret)
    escaped = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        raw.hex(),
        raw.hex().upper(),
        *escaped,
        *(_PERCENT.sub(lambda match: match.group().lower(), form) for form in escaped),
        *encoded,
        *(form.rstrip("=") for form in encoded),
    }
