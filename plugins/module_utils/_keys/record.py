# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this collection last created or set for an integration. PRIVATE to this collection.

It is stored next to the pair, even before there is one, and holds no secret. It distinguishes our objects from those
that someone else created, and our changes from those that someone made on purpose.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field, fields


@dataclass(frozen=True)
class Record:
    """Ids are ConnectWise's, None for an object that this collection didn't create or set. Times are strings.

    ``role_id`` and ``member_id``: the role and member created or adopted here. ``member_role_id``: the role last
    assigned to the member. ``granted``: a wanted level was once read back from the role. ``proven``: the public key of
    the stored pair, once it has logged in. ``offboarded``: when the integration was offboarded, empty while it is on.
    ``customized``: the Customize lists that the user confirmed, by function; ``customized_on``: when. ``functions``:
    the functions of the matrix last applied to the role. ``copied``: the public key of the pair that the user's own
    tasks last copied. ``delivered``: the public key of the pair whose ``delivery.md`` was last written.
    ``owner_confirmed``: the public key of a handed-in pair that the user confirmed to be the member's, because the
    instance doesn't show it. ``refused``: the keys and the role that the instance refused to remove when the
    integration was offboarded, each with the reason. ``stopped``: when a rotation made the member inactive, empty while
    it is active. ``awaited``: the public key of a new pair whose login wasn't visible yet when the run ended.
    ``unseen``: when a run ended because role or member weren't visible yet.
    """

    role_id: int | None = None
    member_id: int | None = None
    member_role_id: int | None = None
    granted: bool = False
    proven: str = ""
    offboarded: str = ""
    customized: t.Mapping[str, str] = field(default_factory=dict)
    customized_on: t.Mapping[str, str] = field(default_factory=dict)
    copied: str = ""
    delivered: str = ""
    owner_confirmed: str = ""
    refused: t.Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    awaited: str = ""
    unseen: str = ""
    functions: tuple[str, ...] = ()

    def as_document(self) -> dict[str, t.Any]:
        return {name: value for name, value in asdict(self).items() if value}


def from_document(document: t.Any) -> Record | None:
    """The record in a mapping; None if there is none. A value of the wrong type counts as missing."""
    if not isinstance(document, dict):
        return None
    known = {each.name: getattr(Record(), each.name) for each in fields(Record)}
    kinds = {**dict.fromkeys(known, int), "granted": bool}
    texts = ["proven", "offboarded", "copied", "delivered", "owner_confirmed"]
    kinds.update(dict.fromkeys([*texts, "stopped", "awaited", "unseen"], str))
    values = {name: document[name] for name in known if type(document.get(name)) is kinds[name]}
    functions = document.get("functions")
    values["functions"] = tuple(map(str, functions)) if isinstance(functions, list) else ()
    for name in ("refused", "customized", "customized_on"):
        given = document.get(name)
        values[name] = {str(what): str(text) for what, text in given.items()} if isinstance(given, dict) else {}
    return Record(**{**known, **values})
