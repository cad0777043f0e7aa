# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user asked of a run: extra variables, and rules that several playbooks share. PRIVATE."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._domain.vendor import OPTIONS, every_variable
from . import _vendors
from ._variables import NotAsked, as_list, declared, is_blank

# the collection's own variables between its files: an extra variable would outrank what a playbook passes on
INTERNAL = "onboard__"
# what decided once, from anywhere, whether a run onboards or takes off
GONE = ("cw_state", "onboard_state")
_PREFIXES = (
    "cw_", "onboard_", "rotate_", "offboard_", "audit_", "fleet_", "adopt_", "awx_setup_", "first_contact_", "move_",
    "import_",
)  # fmt: skip

# how a vendor's options end, also one of a user's own list
_OPTIONS = tuple(f"_{option}" for option in OPTIONS)


def check_names(extra: t.Iterable[str], vendors: t.Collection[str] | None = None) -> None:
    """Raises NotAsked if an extra variable looks like one of ours but isn't one.

    ``vendors`` are the known vendors, by default the collection's.
    """
    vendors = _vendors.names() if vendors is None else vendors
    names = sorted(extra)
    refuse_internal(names)
    own = [name for name in names if declared().get(name, {}).get("own")]
    if own:
        raise NotAsked(
            f"{', '.join(own)} {'is' if len(own) == 1 else 'are'} only for the role onboard in your own playbook. For a"
            " vendor, use its own options, such as rewst_role_name."
        )
    unknown = [name for name in names if _is_unknown(name, vendors)]
    if unknown:
        near = "; ".join(_meant(name, vendors) for name in unknown)
        raise NotAsked(f"Unknown extra variable: {near}. docs/variables.md lists all of them.")


def refuse_internal(extra: t.Iterable[str]) -> None:
    """Raises NotAsked if an extra variable is internal to the role onboard."""
    internal = sorted(name for name in extra if name.startswith(INTERNAL))
    if internal:
        raise NotAsked(
            f"{', '.join(internal)} can't be given as an extra variable: it is internal to the role onboard. Leave it"
            " out."
        )


def _is_unknown(name: str, vendors: t.Collection[str]) -> bool:
    if name in declared() or name in GONE or name in _options(vendors):
        return False
    return name.startswith((*_PREFIXES, *(f"{vendor}_" for vendor in vendors))) or bool(_near(name, vendors))


def is_public(name: str) -> bool:
    """Whether a variable is one of ours whose value may be shown: a vendor's option, or a declared one."""
    return name.endswith(_OPTIONS) or (name in declared() and not declared()[name].get("secret"))


def _options(vendors: t.Iterable[str]) -> list[str]:
    return [variable for _option, variable in every_variable(vendors)]


def _meant(name: str, vendors: t.Collection[str]) -> str:
    near = _near(name, vendors)
    return f"{name} (did you mean {' or '.join(near)}?)" if near else name


def _near(name: str, vendors: t.Iterable[str]) -> list[str]:
    """The known names that are one typing error away."""
    known = [*declared(), *_options(vendors)]
    return [other for other in known if abs(len(other) - len(name)) <= 1 and _one_edit(name, other)]


def _one_edit(one: str, other: str) -> bool:
    """Whether two texts differ by one missing, added or replaced letter, or by two swapped ones."""
    start = next((at for at, (left, right) in enumerate(zip(one, other)) if left != right), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    return (
        left[1:] == right
        or left == right[1:]
        or left[1:] == right[1:]
        or (left[:2] == right[:2][::-1] and left[2:] == right[2:])
    )


def asked_to_restore(extra: t.Mapping[str, t.Any]) -> bool:
    """Whether ``-e onboard_restore=true`` was given. Raises NotAsked if it doesn't say for which host and vendor."""
    if is_blank(extra.get("onboard_restore")) or not boolean(extra["onboard_restore"], strict=False):
        return False
    need_target_and_vendor("onboard_restore needs", extra.get)
    return True


def confirms_owner(extra: t.Mapping[str, t.Any]) -> bool:
    """Whether ``-e onboard_confirmed_owner=true`` was given."""
    given = extra.get("onboard_confirmed_owner")
    return not is_blank(given) and bool(boolean(given, strict=False))


def need_target_and_vendor(what: str, extra_value: t.Callable[[str], t.Any]) -> None:
    """Raises NotAsked unless both were given. ``extra_value`` gives the value of an extra variable."""
    missing = [name for name in ("target", "vendor") if not words(extra_value(name))]
    if missing:
        raise NotAsked(
            f"{what} both target and vendor as extra variables, but {' and '.join(missing)}"
            f" {'is' if len(missing) == 1 else 'are'} missing. Give both, such as -e target=acme -e vendor=rewst."
        )


def words(value: t.Any) -> list[str]:
    """The items of a list, or of one text: JSON, or with commas, semicolons or whitespace between them."""
    value = from_json(value)
    if is_blank(value):
        return []
    if isinstance(value, str):
        return re.findall(r"[^,;\s]+", value)
    return [str(item).strip() for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def from_json(value: t.Any) -> t.Any:
    """The list that a text is, as a survey or a shell sends one."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return as_list(value)
        except TypeError:
            return value
    return value


def vendor_names(value: t.Any) -> list[str]:
    """The vendor names in a value of ``vendor``: a list, or a text, JSON or comma-separated; lower case, each once.

    Raises NotAsked if a name is missing: a shell splits at spaces, so ``-e vendor=hudu, rewst`` would silently be only
    hudu.
    """
    value = from_json(value)
    if is_blank(value):
        return []
    if isinstance(value, str):
        names = [part.strip() for part in re.split(r"[,;]", value)]
    elif isinstance(value, (list, tuple)):
        names = ["" if item is None else str(item).strip() for item in value]
    else:
        names = [str(value)]
    if "" in names:
        raise NotAsked("A name is missing beside a comma; separate names with commas, without spaces.")
    return list(dict.fromkeys(name.lower() for part in names for name in part.split()))
