# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to enter the key pair in a vendor's product, as far as the vendor says. PRIVATE to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

# Each value that a product may ask for, with its label if the vendor gives none.
VALUES: t.Mapping[str, str] = {
    "member": "API member (Member ID)",
    "company": "Company id",
    "api_host": "Host of the REST API",
    "web_host": "Host where people log in",
    "public_key": "Public key",
    "private_key": "Private key",
}
PRIVATE = "private_key"


@dataclass(frozen=True)
class Field:
    """A field with the product's own label. ``values`` are names in VALUES, several if the vendor doesn't say which.

    Without ``values``, the user knows what to enter.
    """

    label: str
    values: tuple[str, ...] = ()
    optional: bool = False
    note: str = ""


@dataclass(frozen=True)
class Delivery:
    """``where`` is a menu path, ``after`` are the steps that follow. Empty means that the vendor doesn't say."""

    where: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    after: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""

    @property
    def unnamed(self) -> tuple[str, ...]:
        """The values that no field takes."""
        named = {value for field in self.fields for value in field.values}
        return tuple(value for value in VALUES if value not in named)


def delivery_of(matrix: t.Mapping[str, t.Any]) -> Delivery:
    """The delivery in a vendor's data; empty if it has none."""
    data = matrix.get("delivery") or {}
    return Delivery(
        where=tuple(data.get("where") or ()),
        fields=tuple(
            Field(each["label"], tuple(each.get("values") or ()), bool(each.get("optional")), each.get("note") or "")
            for each in data.get("fields") or ()
        ),
        after=tuple(data.get("after") or ()),
        notes=tuple(data.get("notes") or ()),
        source=str(data.get("source") or matrix.get("source") or "") if data else "",
    )
