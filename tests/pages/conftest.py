# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser for the tests. Without one they are skipped, or fail if TEST_BROWSER=required is set."""

from __future__ import annotations

import os
import typing as t

import pytest

from .browser import Browser, Driver, Missing


def _give_up(reason: object) -> t.NoReturn:
    if os.environ.get("TEST_BROWSER") == "required":
        pytest.fail(f"TEST_BROWSER=required, but {reason}")
    pytest.skip(str(reason))


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Driver]:
    try:
        driver = Driver()
    except Missing as exc:
        _give_up(exc)
    try:
        page = tmp_path_factory.mktemp("probe") / "page.html"
        page.write_text("<title>a page</title>")
        with driver.open(page.parent / "profile") as browser:
            browser.go(page)
            if browser.run("return document.title") != "a page":  # such as a snap, which has files of its own
                _give_up(f"{driver.browser} can't open files in {page.parent}")
        yield driver
    except Missing as exc:
        _give_up(exc)
    finally:
        driver.stop()


@pytest.fixture(scope="session")
def _window(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Browser]:
    with driver.open(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(_window: Browser) -> t.Iterator[Browser]:
    """It stores nothing between tests, and must report no errors at the end of one."""
    yield _window
    complaints = _window.complaints()
    _window.reset()
    assert complaints == []


@pytest.fixture(scope="session")
def browser_without_scripts(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Browser]:
    with driver.open(tmp_path_factory.mktemp("profile"), scripts=False) as browser:
        yield browser
