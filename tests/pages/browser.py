# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives Chromium over WebDriver, which is HTTP and JSON, so these tests need no library."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import time
import typing as t

import requests

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name of a reference to an element, of the standard
HOW_TO_GET_ONE = "on Debian: apt-get install chromium chromium-driver"
# nothing is asked of the network
QUIET = (
    "--headless=new", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-dev-shm-usage", "--window-size=1200,900",
)  # fmt: skip


class Missing(Exception):
    """There is no usable browser; the text says why."""


class Driver:
    """chromedriver, on a port of its choice. Raises Missing if it or the browser isn't installed."""

    def __init__(self) -> None:
        path = shutil.which("chromedriver")
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        if not path or not browser:
            raise Missing(f"no Chromium with chromedriver ({HOW_TO_GET_ONE})")
        self.browser = browser
        self.process = subprocess.Popen(
            [path, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout
        for line in self.process.stdout:
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                self.url = f"http://127.0.0.1:{port[1]}"
                return
        raise Missing("chromedriver ended at once")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        if self.process.stdout:
            self.process.stdout.close()

    @contextlib.contextmanager
    def open(self, profile: pathlib.Path, scripts: bool = True) -> t.Iterator[Browser]:
        """A browser with its own profile. Raises Missing if it doesn't start."""
        arguments = [*QUIET, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        options: dict[str, t.Any] = {"binary": self.browser, "args": arguments}
        if not scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        http = requests.Session()
        http.trust_env = False  # no proxy on the way to this machine itself
        try:
            started = _ask(http, "POST", f"{self.url}/session", {"capabilities": {"alwaysMatch": wanted}})
        except WebDriverError as exc:
            raise Missing(f"{self.browser} doesn't start: {exc}") from exc
        browser = Browser(http, f"{self.url}/session/{started['sessionId']}")
        try:
            yield browser
        finally:
            _ask(http, "DELETE", browser.url)
            http.close()


class WebDriverError(Exception):
    pass


class Browser:
    """One window. A CSS selector stands for the first element that matches."""

    def __init__(self, http: requests.Session, url: str) -> None:
        self.http, self.url = http, url

    def go(self, path: pathlib.Path) -> None:
        self.visit(path.as_uri())

    def visit(self, address: str) -> None:
        self._post("url", {"url": address})

    def reload(self) -> None:
        """Load the page again, which may start another process: what the page has stored must have left its own."""
        time.sleep(0.2)
        self._post("refresh", {})

    def run(self, script: str, *arguments: t.Any) -> t.Any:
        """The return value of a function's body, run in the page."""
        return self._post("execute/sync", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        """Click as a person does: fails if the element is covered or not visible."""
        self._post(f"element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._post(f"element/{self._find(selector)}/value", {"text": text})

    def press(self, key: str) -> None:
        """Press a key, wherever the focus is."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._post("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def text(self, selector: str) -> str:
        """The visible text."""
        return str(_ask(self.http, "GET", f"{self.url}/element/{self._find(selector)}/text"))

    def visible(self, selector: str) -> list[str]:
        """The texts of all visible elements that match."""
        script = (
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((element) => element.checkVisibility()).map((element) => element.innerText)"
        )
        return [" ".join(text.split()) for text in self.run(script, selector)]

    def complaints(self) -> list[str]:
        """The console's errors and warnings since the last call, including violations of the policy."""
        entries = self._post("se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def emulate_print(self) -> None:
        self.ask_chromium("Emulation.setEmulatedMedia", media="print")

    def reset(self) -> None:
        self.ask_chromium("Emulation.clearDeviceMetricsOverride")
        self.ask_chromium("Emulation.setEmulatedMedia", media="")
        self.run("localStorage.clear()")

    def set_width(self, pixels: int) -> None:
        metrics = {"width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        self.ask_chromium("Emulation.setDeviceMetricsOverride", **metrics)

    def ask_chromium(self, command: str, **parameters: t.Any) -> t.Any:
        """The result of a command of Chromium's own protocol."""
        return self._post("goog/cdp/execute", {"cmd": command, "params": parameters})

    def _find(self, selector: str) -> str:
        return str(self._post("element", {"using": "css selector", "value": selector})[ELEMENT])

    def _post(self, what: str, body: t.Any) -> t.Any:
        return _ask(self.http, "POST", f"{self.url}/{what}", body)


def _ask(http: requests.Session, method: str, url: str, body: t.Any = None) -> t.Any:
    answer = http.request(method, url, json=body, timeout=120).json()["value"]
    if isinstance(answer, dict) and "error" in answer:
        raise WebDriverError(f"{answer['error']}: {answer['message'].splitlines()[0]}")
    return answer
