# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of our own results, which are never masked, because runs branch on them. PRIVATE to this collection.

A private key may be any word. The keys of a result, and values with fixed choices, reveal nothing about it; everything
else in a result may come from outside.
"""

from __future__ import annotations

import re
import typing as t

from .._domain.audit_rules import LEVELS as GRAVITY
from .._domain.audit_rules import RULES
from .._domain.levels import LEVELS, VERBS
from .._domain.statements import GUESSED, KNOWN, OUTCOMES, REPORTED
from . import errors

# all keys in results; a key that isn't here may be a name from outside
KEYS = frozenset(
    re.findall(
        r"\w+",
        """
    absent absent_functions active add admin admin_role adopt adopt_member adopted after after_header age_days
    all_apis all_records ansible_stats answer api api_keys api_version apis archived_in asked_identifier at_once
    attempt audit audit_map before before_header bounds catalogue cells changed changes checked cloud code company
    comparison comparisons consent copied copies counts created credentials credentials_dir customize default_board
    default_department default_location default_territory delete delivery department described description detail diff
    document down dst_larger edit email enough error errors exception excess excluded_boards exists failed failures
    fields fields_changed findings fingerprint finished format function function_description functions generated grade
    grants host hosts id identifier inactive incomplete inquire instance instances integration integrator_logins is
    keep_end keep_old_for keeps_role kept kept_off key key_description key_id key_undecided kind known_by last_updated
    left level levels levels_pending levels_set levels_undecided license_class limited lines location login logs_in
    made manage_role matched matched_by matrix max_age member member_identifier member_kept member_name member_needs
    members message method missing missing_rights mode module module_name modules moves msg name names new_functions
    new_pair new_pair_file not_looked_at not_offered not_retired not_tried note notes null_is_none object offboard
    offboarded on_unwritable onboarding only open order outcome own own_member page pair_file partial path paths
    pending permissions place playbook power previous previous_public_key private_key problem problems product
    product_version profile proof public_key purpose purposes questions read ready reason refused region repair
    replaces report request requests resource results retire_after retired retried rights role role_id role_kept
    role_levels role_name role_page roles rotated rotation route routes rows rule same_member scope security_location
    security_role security_role_id seen seen_otherwise shared should_be since site source stages started state
    statement statements status stopped stored_in structure_level suggestion summary tasks text time time_zone
    transient unconfirmed undecided unknown unlisted unverified updated updated_by used_by username users value vendor
    vendor_dir vendors verb verbs verified version warnings what who why worked worksheet writes written
    """,
    )
)

_STATES = ("converged", "converged or handed over", "handed over", "offboarded", "failed")
_WORDS: t.Mapping[str, t.Collection[str]] = {
    "state": (
        *_STATES,
        *(f"would be {state}" for state in _STATES),
        *("nothing to do", "granted", "limited", "missing", "unknown"),
    ),
    "matrix": ("exact", "differs", "limited", "unverified"),
    "scope": (errors.INSTANCE, errors.OBJECT),
    "method": ("GET", "POST", "PATCH", "PUT", "DELETE"),
    **dict.fromkeys(("verb", "verbs"), VERBS),
    **dict.fromkeys(("is", "should_be", *VERBS), LEVELS),
    "rule": tuple(RULES),
    "level": GRAVITY,
    "matched_by": ("map", "member", "role"),
    "known_by": ("mySecurity", "cw_own_member"),
    "purpose": ("onboarding", "audit", "rotation", "offboarding"),
    "outcome": OUTCOMES,
    "grade": (KNOWN, REPORTED, GUESSED),
    "code": ("NotFound", "UserNotAuthenticated"),  # ConnectWise's own, which identify its errors
}
# its functions come from the option customize
_UNCONFIRMED = re.compile(r"(would be )?converged, .+ unconfirmed")
# the levels of an audited role: a letter for each verb
_LETTERS = re.compile(r"[-.MA]{4}")


def is_word(field: str, value: str) -> bool:
    """Whether the value is one of the field's fixed choices."""
    if field == "kind":
        return value in ("missing", "excess", "absent") or value in _kinds(errors.CwError)
    if field == "levels":
        return _LETTERS.fullmatch(value) is not None
    if field == "unconfirmed":
        return " / " in value
    return value in _WORDS.get(field, ()) or (field == "state" and _UNCONFIRMED.fullmatch(value) is not None)


def _kinds(kind: type[Exception]) -> set[str]:
    return {kind.__name__}.union(*map(_kinds, kind.__subclasses__()))
