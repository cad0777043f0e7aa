# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Possible versions of a security role's page, served locally, and what a script did on one of them."""

from __future__ import annotations

import functools
import http.server
import json
import pathlib
import threading
import time
import typing as t

from ansible_collections.msp.connectwise.plugins.module_utils._domain.compare import plan_levels
from ansible_collections.msp.connectwise.plugins.module_utils._domain.matrix import parse_rows
from ansible_collections.msp.connectwise.plugins.module_utils._domain.role_page import role_page
from ansible_collections.msp.connectwise.plugins.module_utils._domain.settings import parse_settings
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import fill

from .browser import Browser

FOLDER = pathlib.Path(__file__).parent / "fill"
VERBS = ("add", "edit", "delete", "inquire")
ROLE = "Rewst API"

Levels = t.Dict[str, t.Optional[str]]


def setting(module: str, function: str, levels: str = "NNNN") -> dict[str, t.Any]:
    """A row of REST; a letter for each verb, - for null."""
    words = {"N": "None", "M": "My", "A": "All", "F": "Full", "-": None}
    row = {f"{verb}Level": words[letter] for verb, letter in zip(VERBS, levels)}
    texts = {"moduleName": module, "moduleFunctionName": function, "moduleFunctionDescription": function}
    return {**texts, **row, "id": abs(hash((module, function))) % 10_000 + 1}


ROWS = [
    setting("Companies", "Company Maintenance", "NANN"),
    setting("Companies", "Company / Contact Group Maintenance"),
    setting("Companies", "Contacts"),
    setting("Companies", "Manage Attachments"),
    setting("Companies", "Notes", "NNNA"),
    setting("Companies", "Reports", "---N"),
    setting("Finance", "Agreements"),
    setting("Finance", "Agreement Sales", "NNMN"),
    setting("Finance", "Invoicing", "NNN-"),
    setting("Finance", "Reports", "---N"),
    *(setting("Project", f"Project {name}") for name in ("Billing", "Headers", "Notes", "Phase", "Teams", "Tickets")),
    setting("Service Desk", "Close Service Tickets"),
    setting("Service Desk", "Service Tickets"),
]
WANTED = {
    ("Companies", "Company Maintenance"): "AANA",
    ("Companies", "Contacts"): "AMNA",
    ("Companies", "Notes"): "NNNN",
    ("Companies", "Reports"): "NNNA",
    ("Finance", "Agreements"): "NNNA",
    ("Finance", "Agreement Sales"): "NNMA",
    ("Finance", "Invoicing"): "ANNN",
    ("Project", "Project Phase"): "NNAA",
    ("Project", "Project Tickets"): "ANNM",
    ("Service Desk", "Service Tickets"): "AAMA",
}


def job(host: str, rows: t.Sequence[t.Any] = ROWS, confirmed: bool = True, **about: t.Any) -> fill.Job:
    """The job that brings these rows of REST to WANTED."""
    words = {"N": "none", "M": "my", "A": "all"}
    matrix = [
        {"module": module, "function": function, **{verb: words[each] for verb, each in zip(VERBS, levels)}}
        for (module, function), levels in WANTED.items()
    ]
    read = parse_settings(rows)
    changes = plan_levels(read, parse_rows(matrix), "none").changes
    page = role_page(ROLE, read, changes, changes)
    found = fill.job(page, confirmed, instance="acme", company="acme_corp", host=host, role=ROLE)
    assert found
    return {**found, "pause": 60, **about}


class Server:
    """Serves the folder; ``asked`` are the paths of the requests."""

    def __init__(self, folder: pathlib.Path = FOLDER) -> None:
        self.asked: list[str] = []
        self.rows: t.Sequence[t.Any] = ROWS
        self.saved: t.Callable[[dict[str, Levels]], None] = lambda _levels: None
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/favicon.ico":  # the browser's own
                    server.asked.append(self.path)
                if self.path == "/data.js":
                    self._answer(f"window.DATA = {json.dumps(server.data())};".encode(), "text/javascript")
                elif self.path == "/favicon.ico":
                    self._answer(b"", "image/x-icon")
                else:
                    super().do_GET()

            def do_POST(self) -> None:
                server.saved(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer(b"{}", "application/json")

            def _answer(self, content: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: t.Any) -> None:
                pass

        handler = functools.partial(Handler, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    def data(self) -> dict[str, t.Any]:
        """The levels that a page shows."""
        rows = [
            {
                "module": row["moduleName"],
                "function": row["moduleFunctionDescription"],
                "levels": {verb: row[f"{verb}Level"] for verb in VERBS},
            }
            for row in self.rows
        ]
        return {"role": ROLE, "rows": rows}

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Figures(t.NamedTuple):
    """What became of a page. ``left``: cells that the script says are to be done by hand; ``wrong``: cells that are
    neither as they were nor as wanted, ``claimed``: those that the script says are right and aren't."""

    state: str
    right: int
    left: int
    wrong: int
    claimed: int
    saves: int
    presses: int
    requests: int
    stored: int


STORED = """
return localStorage.length + sessionStorage.length + document.cookie.length
"""
FRAME = "const page = window.MODEL ? window : document.querySelector('iframe').contentWindow;"


def report(browser: Browser) -> dict[str, t.Any]:
    found: dict[str, t.Any] = browser.run("return window.cwFillReport")
    return found


def wait(browser: Browser, seconds: float = 60) -> dict[str, t.Any]:
    """The report after everything has ended."""
    for _again in range(int(seconds / 0.1)):
        found = report(browser)
        if found["state"] != "running":
            return found
        time.sleep(0.1)
    raise AssertionError(f"still running: {found}")


def fill_in(browser: Browser, server: Server, page: str, found: fill.Job) -> Figures:
    """Run the script on a page, press its button, and return the outcome."""
    browser.visit(f"http://{server.host}/{page}.html")
    script = fill.text(found, "// a mark")
    for _again in range(50):
        if browser.run(f"{FRAME} return Boolean(page.MODEL)"):
            break
        time.sleep(0.1)
    server.asked.clear()
    browser.run(script)
    before = report(browser)
    if before["state"] == "waiting":
        time.sleep(0.3)
        assert report(browser) == {"state": "waiting", "reason": "", "cells": []}
        browser.click("#cw-fill-start")
        before = wait(browser)
    return figures(browser, server, found, before)


def figures(browser: Browser, server: Server, found: fill.Job, said: dict[str, t.Any]) -> Figures:
    model: dict[str, Levels] = browser.run(f"{FRAME} return page.MODEL")
    pressed = browser.run(f"{FRAME} return page.PRESSED")
    earlier = {(row["module"], row["function"]): row["levels"] for row in server.data()["rows"]}
    wanted = {
        (row["module"], row["function"], verb): row["wanted"][verb]
        for row in found["rows"]
        for verb in VERBS
        if row["wanted"][verb] != row["seen"][verb]
    }
    now = {(*name, verb): model[" / ".join(name)][verb] for name in earlier for verb in VERBS}
    was = {(*name, verb): earlier[name][verb] for name in earlier for verb in VERBS}
    said_of = {(cell["module"], cell["function"], cell["verb"]): cell for cell in said["cells"]}
    return Figures(
        state=said["state"],
        right=sum(now[cell] == level for cell, level in wanted.items()),
        left=sum(cell["result"] == "by hand" for cell in said["cells"]),
        wrong=sum(now[cell] not in (was[cell], wanted.get(cell, was[cell])) for cell in now),
        claimed=sum(
            each["result"] in ("set", "right") and (now[cell] or "").lower() != (each["wanted"] or "").lower()
            for cell, each in said_of.items()
        ),
        saves=pressed["save"],
        presses=pressed["other"],
        requests=len(server.asked),
        stored=browser.run(STORED),
    )
