# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worksheets of an instance, in a folder as a run writes it."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fleet, sheet

Sheet = t.Dict[str, t.Any]


def level(module: str, function: str, verb: str, is_now: str = "none", should_be: str = "all") -> Sheet:
    return {"module": module, "function": function, "verb": verb, "is": is_now, "should_be": should_be}


def table_setup(mode: str, *entries: str) -> Sheet:
    return {"module": "System", "function": "Table Setup", "mode": mode, "entries": list(entries)}


def make_sheet(host: str = "acme", vendor: str = "rewst", **fields: t.Any) -> Sheet:
    """Four levels in three rows of two modules, two tables and three steps for a key."""
    pair_file = f"/srv/my_pairs/{host}/{vendor}.handin.yml"
    found: Sheet = sheet.document(
        {
            "company": "acme_corp",
            "api": "https://api-na.myconnectwise.net",
            "product": vendor.title(),
            "role": "Rewst API",
            "member": "Rewst",
            "key_description": "Rewst automation",
            "levels": [
                level("Companies", "Notes", "add"),
                level("Companies", "Notes", "delete", "all", "my"),
                level("Companies", "Contacts", "inquire"),
                level("Finance", "Agreements", "edit", "all", "none"),
            ],
            "not_offered": [],
            "keeps_role": "",
            "customize": [table_setup("disallow", "Service / Priority", "Company / Site")],
            "member_needs": {},
            "key_steps": [
                "Open System > Members > API Members > Rewst, tab API Keys.",
                'Click +, enter the description "Rewst automation", and click Save.',
                f"Copy both keys into {pair_file} before you leave the page: the private key is shown only once.",
            ],
            "pair_file": pair_file,
            "replaces": None,
            "web": "https://na.myconnectwise.net",
            "command": "ansible-playbook msp.connectwise.onboard -i my/inventory.yml -e target=acme -e vendor=rewst",
            "on_awx": False,
            "templates": "",
            "fill": None,
            **fields,
        },
        host,
        vendor,
    )
    return found


def put(folder: pathlib.Path, document: Sheet) -> pathlib.Path:
    """Write the files of a worksheet as a run does; returns the path of its page."""
    place: pathlib.Path = folder / document["instance"] / document["vendor"]
    place.mkdir(parents=True, exist_ok=True)
    for kind, text in sheet.render(document).items():
        (place / f"worksheet.{kind}").write_text(text, encoding="utf-8", errors="backslashreplace")
    return place / "worksheet.html"


def results(finished: str, **states: t.Mapping[str, str]) -> Sheet:
    """The results of a run: {host: {vendor: state}}."""
    return {
        "run": {"finished": finished},
        "instances": [
            {"instance": host, "integrations": [{"vendor": vendor, "state": state} for vendor, state in each.items()]}
            for host, each in states.items()
        ],
    }


def bring(folder: pathlib.Path, found: Sheet, keep_done_days: float = 14) -> Sheet:
    """Do what a run does at its end; returns the document of the page."""
    document: Sheet = fleet.collect(str(folder), found, keep_done_days)
    fleet.write(str(folder), document, check_mode=False)
    return document
