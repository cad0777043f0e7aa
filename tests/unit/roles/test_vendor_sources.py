# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/generate/vendor_sources.py: which pages of vendors have changed since somebody read them."""

from __future__ import annotations

import http.server
import importlib
import sys
import threading
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]

sys.path.insert(0, str(ROOT / "tools"))
tool = importlib.import_module("generate.vendor_sources")

LONG = "<p>" + "Contacts: Inquire All. " * 20 + "</p>"
PAGE = f"<html><head><title>Rights</title><script>var a = 1</script></head><body>{LONG}</body></html>"


class Web:
    """Pages by path: (status, content type, body), or an address to be sent on to."""

    def __init__(self):
        self.pages = {}
        pages = self.pages

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                found = pages.get(self.path, (404, "text/html", PAGE))
                if isinstance(found, str):
                    self.send_response(302)
                    self.send_header("Location", found)
                    self.end_headers()
                    return
                status, kind, body = found
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else body.encode())

            def log_message(self, *_said):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def server():
    web = Web()
    yield web
    web.server.shutdown()
    web.server.server_close()


@pytest.fixture
def web(server):
    server.pages.clear()
    return server


@pytest.fixture
def tree(tmp_path, web):
    """A checkout with two vendors, whose data comes from four pages."""

    def put(path, name, **matrix):
        place = tmp_path / path
        place.parent.mkdir(parents=True)
        place.write_text(yaml.safe_dump({f"{name}_matrix": matrix}))

    put("roles/rewst/vars/main.yml", "rewst", source=f"{web.root}/one", more_sources=[f"{web.root}/two"])
    put("plugins/plugin_utils/partial_vendors/evo.yml", "evo", source=f"{web.root}/one",
        delivery={"source": f"{web.root}/three"})  # fmt: skip
    put("roles/audit/vars/main.yml", "other")
    (tmp_path / "tools" / "generate" / "vendor_role").mkdir(parents=True)
    for path in ("/one", "/two", "/three"):
        web.pages[path] = (200, "text/html; charset=utf-8", PAGE + path)
    assert tool.main(["sync", "--root", str(tmp_path)]) == 0
    return tmp_path


def run(tree, *arguments):
    return tool.main([*arguments, "--root", str(tree)])


def test_the_addresses_are_those_of_the_vendors_files():
    """Where this fails: python tools/generate/vendor_sources.py sync"""
    known = tool.read(ROOT)
    assert list(known) == sorted(tool.addresses(ROOT)) and len(known) > 40
    assert (ROOT / tool.DATA).read_text() == tool.HEAD + tool.lines_of(known)
    assert all(set(about) <= {"reviewed", "fingerprint"} and len(about["reviewed"]) == 10 for about in known.values())


def test_only_what_a_page_says_counts(tree, web, capsys):
    assert run(tree, "accept", "--new") == 0
    before = tool.read(tree)
    assert set(before) == {f"{web.root}/{name}" for name in ("one", "two", "three")}
    assert all(len(about["fingerprint"]) == 64 for about in before.values())
    other = PAGE.replace("a = 1", "a = 2").replace("<p>", "<p class='x'>\n  ")
    web.pages["/one"] = (200, "text/html", other + "/one")
    web.pages["/two"] = "/elsewhere"
    web.pages["/elsewhere"] = (200, "text/html", PAGE + "/two")
    capsys.readouterr()
    assert run(tree, "check") == 0
    assert capsys.readouterr().out.count("same: ") == 3
    assert tool.read(tree) == before


def test_a_page_that_changed_is_named_with_its_vendors(tree, web, capsys):
    run(tree, "accept", "--new")
    web.pages["/one"] = (200, "text/html", (PAGE + "/one").replace("All", "My"))
    web.pages["/three"] = (503, "text/html", "busy")
    before = tool.read(tree)
    report = tree / "report.md"
    assert run(tree, "check", "--report", str(report)) == 1
    text = report.read_text()
    assert "## Changed\n\nRead each page, correct the vendor's file, and accept the page as it is now:\n\n" in text
    assert f"```console\n$ python tools/generate/vendor_sources.py accept {web.root}/one\n```" in text
    assert f"- evo, rewst: <{web.root}/one>, last read on " in text
    assert f"- evo: <{web.root}/three>, last read on {before[f'{web.root}/three']['reviewed']}: status 503" in text
    assert text.startswith("1 pages are as they were") and f"{web.root}/two" not in text
    assert tool.read(tree) == before, "only accept writes"
    assert run(tree, "accept", f"{web.root}/one") == 0
    after = tool.read(tree)
    assert after[f"{web.root}/one"]["fingerprint"] != before[f"{web.root}/one"]["fingerprint"]
    assert after[f"{web.root}/two"] == before[f"{web.root}/two"]
    recorded = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    assert recorded == {f"{web.root}/one": after[f"{web.root}/one"]}
    assert run(tree, "check") == 0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, "text/html", PAGE), "status 404"),
        ((403, "text/html", PAGE), "status 403"),
        ((200, "application/pdf", PAGE), "it is application/pdf, which has no text to compare"),
        ((200, "image/<b>", PAGE), "it is image/?b?, which has no text to compare"),
        ((200, "text/html", f"<div id=app></div><script>{LONG}</script>"), "it makes its text by scripts"),
        ((200, "text/html", b"x" * 5_000_001), "it is larger than 5 MB"),
        ("/two", "TooManyRedirects"),
        ("http://127.0.0.1:1/", "ConnectionError"),
    ],
)
def test_a_page_that_cannot_be_read_is_no_change(tree, web, capsys, answer, why):
    run(tree, "accept", "--new")
    before = tool.read(tree)
    web.pages["/two"] = answer
    assert run(tree, "check") == 0
    assert f"can't be read ({why}): {web.root}/two" in capsys.readouterr().out
    assert run(tree, "accept", f"{web.root}/two") == 1
    assert tool.read(tree) == before


def test_a_page_without_a_fingerprint_is_told_and_recorded_once(tree, web, capsys):
    assert run(tree, "check") == 0
    said = capsys.readouterr().out
    assert "## Without a fingerprint" in said and said.count("new: ") == 3 and "fingerprint: " in said
    run(tree, "accept", "--new")
    web.pages["/one"] = (200, "text/html", PAGE + "changed")
    before = tool.read(tree)
    assert run(tree, "accept", "--new") == 0 and tool.read(tree) == before


def test_an_address_that_comes_or_goes(tree, web):
    run(tree, "accept", "--new")
    path = tree / "roles" / "rewst" / "vars" / "main.yml"
    path.write_text(yaml.safe_dump({"rewst_matrix": {"source": f"{web.root}/four"}}))
    assert run(tree, "sync") == 0
    known = tool.read(tree)
    assert set(known) == {f"{web.root}/{name}" for name in ("one", "three", "four")}
    assert "fingerprint" not in known[f"{web.root}/four"] and "fingerprint" in known[f"{web.root}/one"]
    with pytest.raises(SystemExit):
        run(tree, "accept", f"{web.root}/two")
    with pytest.raises(SystemExit):
        run(tree, "accept")


@pytest.mark.parametrize(
    "said",
    [
        "Last updated: October 3, 2026", "Last Updated on 2026-10-03", "Updated 3 months ago", "Modified on 3 Oct 2026",
        "Last modified by Jane Doe on Oct 3rd, 2026", "Published: 03/10/2026", "Edited about an hour ago",
        "Last reviewed 2026-10-03T12:00:00Z", "Last update: Oct 2026", "7 out of 9 found this helpful", "1,204 views",
        "\u00a9 2019-2026", "Updated yesterday",
    ],
)  # fmt: skip
def test_what_a_page_says_of_its_date_is_left_out(said):
    assert tool.text_of(f"<p>Contacts</p><p>{said}</p>") == tool.text_of("<p>Contacts</p><p></p>")


@pytest.mark.parametrize(
    "said", ["Updated tickets: All", "Created by: API", "since 2026-10-03", "2 of 3 rows", "Edit All"]
)
def test_what_only_looks_like_it_stays(said):
    assert said.casefold() in tool.text_of(f"<p>{said}</p>")


def test_a_report_fits_into_an_issue(tree):
    known = {f"https://example.com/{number:0200}": {"reviewed": "2026-11-27"} for number in range(300)}
    found = tool.Findings(new=dict.fromkeys(known, "0" * 64))
    text = tool.report(found, known, {address: ["rewst"] for address in known}, "2026-11-28")
    assert len(text) < 65_536 and text.endswith("The rest is in the log of the run.\n")
