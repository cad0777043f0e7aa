# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this collection created or set last for an integration. PRIVATE to this collection.

It is stored beside the pair, also before there is one, and holds no secret. It tells an object of ours from one that
somebody else made, and a change of ours from one that somebody made on purpose.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field, fields


@dataclass(frozen=True)
class Record:
    """Ids as ConnectWise has them, None for what this collection didn't create or set.

    ``role_id`` and ``member_id`` were created here (or taken over), ``member_role_id`` is the role that was
    given to the member last. ``granted``: a wanted level was once read back from the role. ``proven``: the
    public key of the stored pair after it logged in. ``offboarded``: when the integration was taken off (a time
    as text), empty while it is on. ``customized``: the Customize lists that somebody confirmed to be set, by
    function, and when (``customized_on``). ``functions``: the functions of the matrix that the role was brought
    to last. ``copied``: the public key of the pair that the user's own tasks copied last. ``delivered``: the
    public key of the pair whose ``delivery.md`` was written last. ``owner_confirmed``: the public key of the
    handed-in pair that a person confirmed to be the member's, where the instance doesn't tell. ``refused``: the
    keys and the role that the instance didn't let go when the integration was taken off, each with the reason.
    ``stopped``: when a rotation made the member inactive, empty while it is active. ``awaited``: the public key
    of a new pair whose login wasn't visible yet when the run ended. ``unseen``: when a run ended since role or
    member weren't visible yet.
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
    """The record of a mapping; None where there is none. A value of another type counts as not there."""
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
