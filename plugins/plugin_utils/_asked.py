# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run was asked for: extra variables, and the rules that variables of a playbook share. PRIVATE."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.vars import load_extra_vars

# the role onboard's own variables: a playbook passes them on, and an extra variable would outrank it
INTERNAL = "onboard__"


class NotAsked(ValueError):
    """Why a run can't do what it was asked for, as one sentence for the user."""


def extra_variables(loader: t.Any) -> t.Mapping[str, t.Any]:
    """{name: value} of ``-e`` alone, not yet templated. What an inventory or a playbook sets isn't there."""
    return t.cast("t.Mapping[str, t.Any]", load_extra_vars(loader))


def refuse_internal(extra: t.Iterable[str]) -> None:
    """Raises NotAsked where an extra variable is one that the role onboard keeps for itself."""
    internal = sorted(name for name in extra if name.startswith(INTERNAL))
    if internal:
        raise NotAsked(
            f"{', '.join(internal)} can't be given as an extra variable: the role onboard keeps it for itself. Leave it"
            " out."
        )


def asked_to_restore(extra: t.Mapping[str, t.Any]) -> bool:
    """Whether ``-e onboard_restore=true`` was given. Raises NotAsked where it doesn't say for which host and vendor."""
    if is_blank(extra.get("onboard_restore")) or not boolean(extra["onboard_restore"], strict=False):
        return False
    need_target_and_vendor("onboard_restore needs", extra.get)
    return True


def need_target_and_vendor(what: str, extra_value: t.Callable[[str], t.Any]) -> None:
    """Raises NotAsked unless both were given. ``extra_value`` gives the value of an extra variable."""
    missing = [name for name in ("target", "vendor") if not words(extra_value(name))]
    if missing:
        raise NotAsked(
            f"{what} both target and vendor as extra variables, and {' and '.join(missing)}"
            f" {'is' if len(missing) == 1 else 'are'} missing. Say where and what, such as -e target=acme"
            " -e vendor=rewst."
        )


def is_blank(value: t.Any) -> bool:
    """Whether a value means "the default": null, a text of whitespace, or an empty list."""
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def first_given(*values: t.Any) -> t.Any:
    """The first value that isn't blank, else the last. Zero is a value."""
    return next((value for value in values if not is_blank(value)), values[-1])


def words(value: t.Any) -> list[str]:
    """The items of a list, or of one text with commas, semicolons or whitespace between them."""
    if is_blank(value):
        return []
    if isinstance(value, str):
        return re.findall(r"[^,;\s]+", value)
    return [str(item).strip() for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def vendor_names(value: t.Any) -> list[str]:
    """Names of vendors as ``vendor`` gives them: a list, or one text with commas; lower case, each once.

    Raises NotAsked where a name is missing: a shell takes what follows a blank for another variable, so
    ``-e vendor=hudu, rewst`` would silently be hudu alone.
    """
    if is_blank(value):
        return []
    if isinstance(value, str):
        names = [part.strip() for part in re.split(r"[,;]", value)]
    elif isinstance(value, (list, tuple)):
        names = ["" if item is None else str(item).strip() for item in value]
    else:
        names = [str(value)]
    if "" in names:
        raise NotAsked("A name is missing beside a comma; there must be no blank between the names.")
    return list(dict.fromkeys(name.lower() for part in names for name in part.split()))
