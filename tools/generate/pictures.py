# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the README's screenshots of a worksheet that follows an instance, and of an audit, light and dark.

    PYTHONPATH=tests python tools/generate/pictures.py        writes docs/images/*.png

Playbooks write the pages about a simulated instance. Needs Chromium with chromedriver.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import yaml
from pages.browser import Browser, Driver
from simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".collections"))
from ansible_collections.msp.connectwise.plugins.module_utils._keys.document import utc_now  # noqa: E402
from ansible_collections.msp.connectwise.plugins.plugin_utils._worksheet import live, sheet  # noqa: E402

PICTURES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1100, 760
SET_SO_FAR = 18  # levels that the picture shows as set


def main() -> None:
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        pages = written(simulator, Path(folder))
        driver = Driver()
        try:
            with driver.open(Path(folder) / "profile") as browser:
                for name, page in pages.items():
                    for scheme in ("light", "dark"):
                        take(browser, page, scheme, PICTURES / f"{name}-{scheme}.png")
        finally:
            driver.stop()


def written(simulator: Simulator, folder: Path) -> dict[str, Path]:
    """{name: page} that playbooks write about a new instance with half of its levels set by hand."""
    instance = simulator.add_instance("acme")
    connection = {f"cw_{name}": value for name, value in instance.connection.items() if value is not None}
    connection["cw_output_dir"] = str(folder / "handover")
    connection["cw_credentials_dir"] = str(folder / "credentials")
    inventory = {"connectwise": {"hosts": {"acme": connection}}}
    (folder / "my").mkdir()
    (folder / "my" / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    (folder / "my" / "vault-password").write_text("an example\n", encoding="utf-8")
    (folder / "playbooks").symlink_to(ROOT / "playbooks")
    play(folder, "onboard_rewst", "-e", "onboard_handover=report")
    play(folder, "audit", "-e", f"audit_output_dir={folder / 'audit'}")
    place = folder / "handover" / "acme" / "rewst"
    left = json.loads((place / "worksheet.json").read_text(encoding="utf-8"))
    left.update(api="https://api-na.myconnectwise.net", pair_file="/home/ann/my/credentials/acme/rewst.handin.yml")
    now = utc_now()
    seen = live.following(left, left["levels"][SET_SO_FAR:], now - timedelta(minutes=4), now, 1500, 10)
    page = place / "followed.html"
    page.write_text(sheet.page(seen), encoding="utf-8")
    return {"worksheet": page, "audit": folder / "audit" / "audit.html"}


def play(folder: Path, name: str, *options: str) -> None:
    """As a user types it, since the pages show commands."""
    command = ["ansible-playbook", f"playbooks/{name}.yml", "-i", "my/inventory.yml"]
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")}
    subprocess.run(
        [*command, "--vault-password-file", "my/vault-password", *options],
        cwd=folder, env={**os.environ, **settings}, check=True,
    )  # fmt: skip


def take(browser: Browser, page: Path, scheme: str, path: Path) -> None:
    ask = browser.ask_chromium
    ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    ask("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
    ask("Emulation.setScrollbarsHidden", hidden=True)
    browser.go(page)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(base64.b64decode(ask("Page.captureScreenshot", format="png")["data"]))


if __name__ == "__main__":
    main()
