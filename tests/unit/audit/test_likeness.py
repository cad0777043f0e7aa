# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vendor a member's names suggest, and which names only mislead."""

from __future__ import annotations

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._domain.likeness import Likenesses, Named
from ansible_collections.msp.connectwise.plugins.plugin_utils import _vendors
from audit_builders import audit, document, member, role, vendor
from hypothesis import given
from hypothesis import strategies as st

VENDORS = [
    Named("hudu", "Hudu", "Hudu", ("Hudu API", "Hudu API Integrator"), ()),
    Named("ninjaone", "NinjaOne", "NinjaOne", ("NinjaOne", "NinjaOne API"), ("NinjaRMM",)),
    Named("rewst", "Rewst", "Rewst", ("Rewst", "Rewst API"), ()),
    Named("immybot", "ImmyBot", "ImmyBot", ("ImmyBot",), ()),
    Named("cyberfox_autoelevate", "CyberFOX AutoElevate", "CyberFOX", ("AutoElevate", "AutoElevate API"), ()),
    Named("password_boss", "Password Boss", "CyberFOX", ("Password Boss",), ()),
    Named("gravityzone", "Bitdefender GravityZone", "Bitdefender", ("GravityZone", "Bitdefender GravityZone API"), ()),
    Named("nable_ncentral", "N-able N-central", "N-able", ("N-central", "N-central API"), ()),
    Named("nable_passportal", "N-able Passportal", "N-able", ("Passportal", "Passportal API"), ()),
    Named("cisco_umbrella", "Cisco Umbrella", "Cisco", ("Umbrella", "Cisco Umbrella"), ()),
    Named("datto_portal", "Datto Partner Portal", "Datto", ("Datto", "Datto Portal"), ()),
    Named("datto_rmm", "Datto RMM", "Datto", (), ()),
    Named("cloudradial", "CloudRadial", "CloudRadial", (), ()),
    Named("cloudradial_chat", "CloudRadial Chat", "CloudRadial", ("CloudRadial Chat", "CloudRadialChat"), ()),
    Named("msp360", "MSP360 Managed Backup", "MSP360", ("MSP360", "MSP360 API"), ()),
    Named("x360recover", "Axcient x360Recover", "Axcient", ("x360Recover",), ()),
    Named("visionary360", "Visionary360 Accounting Sync", "Visionary360", ("Acct Sync API",), ()),
    Named("team_gps", "Team GPS", "Team GPS", ("Team GPS",), ()),
    Named("gozynta_mobius", "Gozynta Mobius", "Gozynta", ("Mobius", "Gozynta Mobius API"), ()),
    Named("gozynta_webroot", "Gozynta Webroot Billing", "Gozynta", ("GozyntaWebroot",), ()),
    Named("petra_security", "Petra Security", "Petra Security", (), ()),
    Named("perimeters", "Perimeters", "Perimeters", (), ()),
    Named("pia", "Pia aiDesk", "Pia", ("Pia - API",), ()),
    Named("coro", "Coro", "Coro", (), ()),
    Named("inky", "INKY", "INKY", (), ()),
    Named("evo_security", "Evo", "Evo Security", (), ()),
    Named("thread", "Thread", "Thread", (), ()),
    Named("empath", "Empath", "Empath", ("Empath API", "Empath"), ()),
    Named("domotz", "Domotz", "Domotz", ("Domotz API", "Domotz"), ()),
]
KNOWN = Likenesses(VENDORS)

PAIRS = [
    ("Hudu", "hudu", "same name"),
    ("hudu_api", "hudu", "same name but for 'api'"),
    ("HuduAPI", "hudu", "same name but for 'api'"),
    ("huduapi", "hudu", "same name but for 'api'"),
    ("svc-hudu-prod", "hudu", "same name but for 'svc' and 'prod'"),
    ("NinjaRMM", "ninjaone", "same as NinjaRMM, another name of it"),
    ("ninja_rmm_api", "ninjaone", "same as NinjaRMM, another name of it, but for 'api'"),
    ("Ninja One", "ninjaone", "same name"),
    ("REWST-02", "rewst", "same name but for '02'"),
    ("rewst.sandbox", "rewst", "same name but for 'sandbox'"),
    ("cw-rewst", "rewst", "same name but for 'cw'"),
    ("immibot", "immybot", "one letter differs from its name"),
    ("Auto Elevate", "cyberfox_autoelevate", "same as AutoElevate"),
    ("PasswordBoss1", "password_boss", "same name but for '1'"),
    ("Bitdefender", "gravityzone", "it has the name of the product's company"),
    ("BitdefenderGrav", "gravityzone", "it is the beginning of its name, cut to ConnectWise's 15 characters"),
    ("ncentral", "nable_ncentral", "same as N-central"),
    ("pass-portal", "nable_passportal", "same as Passportal"),
    ("DattoRMM", "datto_rmm", "same name"),
    ("datto portal api", "datto_portal", "same as Datto Portal, but for 'api'"),
    ("CloudRadial", "cloudradial", "same name"),
    ("cloudradial-chat", "cloudradial_chat", "same name"),
    ("teamgps", "team_gps", "same name"),
    ("thread_api", "thread", "same name but for 'api'"),
    ("evo-integration", "evo_security", "same name but for 'integration'"),
    ("Evo Security API", "evo_security", "same as evo_security, its short name, but for 'api'"),
    ("pia-api", "pia", "same as Pia - API, but for 'api'"),
    ("empath", "empath", "same name"),
    ("mobius-sync", "gozynta_mobius", "same as Mobius, but for 'sync'"),
    ("evo security", "evo_security", "same as evo_security, its short name"),
]

NON_PAIRS = [
    "Pia",  # a person, and the name of a product
    "Olympia",
    "pia.schmidt",
    "Piano",
    "evo",
    "Evolve",
    "evosys",
    "Corona",
    "coronet api",
    "pinky",
    "inkyops2024",
    "threatlocker",
    "threads",
    "thread.miller",
    "empathy",
    "sympathy",
    "domo",
    "Datto",  # the maker of two
    "datto_saas",
    "CyberFOX",
    "Gozynta",
    "N-able",
    "Petra",
    "perimeter",
    "x365recover",  # a digit is no typing error
    "visionary365",
    "msp365",
    "Password",
    "team",
    "Cloud",
    "hud",
    "hudson",
    "ninja.turtle",
    "first",
    "api",
    "svc-api",
    "automation",
    "CW",
    "\u202e",
    "",
]


@pytest.mark.parametrize(("identifier", "wanted", "reason"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_a_name_that_looks_like_a_product(identifier, wanted, reason):
    found = KNOWN.of(identifier)
    assert found is not None and (found.vendor, found.reason) == (wanted, reason)


@pytest.mark.parametrize("identifier", NON_PAIRS, ids=ascii)
def test_a_name_that_only_misleads(identifier):
    assert KNOWN.of(identifier) is None


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (
            ("int01", "Hudu integration", "Docs"),
            ("hudu", "same name but for 'integration' (its role, Hudu integration)"),
        ),
        (("int02", "Custom", "Rewst API"), ("rewst", "same name but for 'api' (its name, Rewst API)")),
        (("hudu_api", "Rewst role", "x"), ("hudu", "same name but for 'api'")),
        (("Pia", "Technician", "Pia aiDesk"), ("pia", "same as Pia - API")),
        (("Pia", "Technician", "Pia Schmidt"), None),
        (("coro", "Technician", "Coro"), ("coro", "same name")),
        (("coro", "Technician", "Coro Garcia"), None),
        (("Hudu", "Technician", "Hudu documentation"), ("hudu", "same name")),
        (("backup", "Technician", "Nightly backup"), None),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "none",
)
def test_what_stands_beside_a_name_counts(names, wanted):
    found = KNOWN.of(*names)
    assert (found and (found.vendor, found.reason)) == wanted


def test_a_product_of_a_name_that_fits_two_is_none_of_them():
    twice = [Named("one", "Portal Sync", "", (), ()), Named("two", "Other", "", ("Portal Sync",), ())]
    assert Likenesses(twice).of("portal-sync") is None
    assert Likenesses(twice[:1]).of("portal-sync").vendor == "one"


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_looked_at(identifier, role_name, name):
    found = KNOWN.of(identifier, role_name, name)
    assert found is None or found.vendor in {each.vendor for each in VENDORS}


def test_names_as_the_collection_has_them_are_told_apart():
    entries = [_vendors.catalogue_entry(name, of) for name, of in _vendors.matrices().items()]
    names = ("hudu-svc", "Datto", "DattoRMM", "CloudRadialAPI", "cw_thread", "roar-api", "Pia")
    instance = audit([role(1, "Custom", ("----",) * 4)], [member(name, 1) for name in names], entries)
    found = {each["identifier"]: (each["suggestion"] or {}).get("vendor") for each in instance["members"]}
    assert found == {
        "hudu-svc": "hudu", "Datto": None, "DattoRMM": "datto_rmm", "CloudRadialAPI": "cloudradial",
        "cw_thread": "thread", "roar-api": "liongard", "Pia": None,
    }  # fmt: skip


def test_a_suggestion_counts_for_nothing_until_it_is_confirmed(check_schema):
    roles, members = [role(1, "Custom", ("AAAA",) * 4)], [member("rewst_api", 1)]
    instance = audit(roles, members, repair=lambda how, vendor, who: f"{how}: {vendor}, {who}")
    (found,) = instance["members"]
    assert found["suggestion"] == {"vendor": "rewst", "reason": "same name but for 'api'"}
    assert found["counts"]["excess"] == 0
    assert {found[name] for name in ("vendor", "matched_by", "comparison")} == {None}
    (unknown,) = [each for each in instance["findings"] if each["rule"] == "unknown-member"]
    assert unknown["message"] == (
        "rewst_api matches no vendor in the catalogue. It looks like Rewst: same name but for 'api'."
    )
    assert unknown["repair"] == "confirm: rewst, rewst_api"
    assert document(instance)["summary"]["matched"] == 0
    check_schema(document(instance))

    (confirmed,) = audit(roles, members, by_hand={"rewst_api": "rewst"})["members"]
    assert (confirmed["vendor"], confirmed["matched_by"], confirmed["suggestion"]) == ("rewst", "map", None)
    denied = audit(roles, members, by_hand={"rewst_api": None})
    assert denied["members"][0]["suggestion"] is None
    assert [each["repair"] for each in denied["findings"] if each["rule"] == "unknown-member"] == [""]


def test_an_inactive_member_gets_no_suggestion():
    instance = audit([role(1, "Custom", ("----",) * 4)], [member("rewst_api", 1, active=False)], [vendor()])
    assert instance["members"][0]["suggestion"] is None
