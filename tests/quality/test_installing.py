# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Makefile installs exactly what the locks name, starts over if necessary, and cleans up after itself.

The Makefile is the project's own, beside small locks and a package index of the test's making. Nothing is asked of the
network.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from reviewed import ROOT

MADE_ELSEWHERE = ("PIP_", "MAKE", "MFLAGS", "PYTHON", "VIRTUAL_ENV")
# python -m venv takes seconds, most of them for pip: here each new environment is a copy of one that it made
QUICK_PYTHON = """\
#!{python}
import os, shutil, sys
if sys.argv[1:3] == ["-m", "venv"]:
    *options, folder = sys.argv[3:]
    assert options == ["--clear"], options
    shutil.rmtree(folder, ignore_errors=True)
    link = lambda source, target: os.link(source, target, follow_symlinks=False)
    shutil.copytree({template!r}, folder, symlinks=True, copy_function=link)
else:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""


class Place:
    """A folder with the Makefile, three locks, and an index of packages."""

    def __init__(self, folder, python=sys.executable):
        self.python = python
        self.root, self.index = folder / "checkout", folder / "index"
        (self.root / "tools" / "check").mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", self.root)
        (self.root / "tools" / "check" / "optional_collections.py").write_text("")
        self.hashes = {}
        for name in ("demo", "build", "dev"):
            self.lock(name)

    def publish(self, name, version, *requires, extras=()):
        """Put a package on the index; the module of the same name in it has its version."""
        wheel = f"{name}-{version}-py3-none-any.whl"
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {one}" for one in requires]
        files = {
            f"{name}.py": f"VERSION = {version!r}\n",
            f"{name}-{version}.dist-info/METADATA": "\n".join(lines) + "\n",
            f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{file},sha256={digest(text)},{len(text)}\n" for file, text in files.items())
        (self.index / name).mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(self.index / name / wheel, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
            archive.writestr(f"{name}-{version}.dist-info/RECORD", f"{record}{name}-{version}.dist-info/RECORD,,\n")
        self.hashes[f"{name}=={version}"] = hashlib.sha256((self.index / name / wheel).read_bytes()).hexdigest()
        links = [f'<a href="{path.name}">{path.name}</a>' for path in sorted((self.index / name).glob("*.whl"))]
        (self.index / name / "index.html").write_text("<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>")

    def lock(self, lock, *pins):
        """Write a lock, dated long ago: a file of an archive has the date that it had there."""
        lines = [f"{pin} --hash=sha256:{self.hashes[pin]}\n" for pin in pins]
        path = self.root / f"requirements-{lock}.txt"
        path.write_text("# made by the test\n" + "".join(lines))
        os.utime(path, (1_000_000_000, 1_000_000_000))

    def make(self, *arguments):
        variables = {name: value for name, value in os.environ.items() if not name.startswith(MADE_ELSEWHERE)}
        variables |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": self.index.as_uri(), "PIP_NO_CACHE_DIR": "1"}
        return subprocess.run(
            ["make", f"PYTHON={self.python}", *arguments],
            cwd=self.root, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip

    def packages(self):
        (folder,) = (self.root / ".venv" / "lib").glob("python3*/site-packages")
        return folder

    def installed(self):
        """{name: version} of all but what a new environment brings."""
        found = dict(path.stem.rsplit("-", 1) for path in self.packages().glob("*.dist-info"))
        return {name: version for name, version in found.items() if name not in ("pip", "setuptools")}


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def quick_python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", folder / "template"], check=True)
    made = folder / "python3"
    made.write_text(QUICK_PYTHON.format(python=sys.executable, template=str(folder / "template")))
    made.chmod(0o755)
    return made


@pytest.fixture
def place(tmp_path, quick_python):
    """As pytest-cov and coverage were: the one requires an extra of the other, and no certain version."""
    made = Place(tmp_path, quick_python)
    made.publish("outer", "1.0", "inner[more]>=1")
    for version in ("1.0", "2.0"):
        made.publish("inner", version, "deep>=1; extra == 'more'", extras=["more"])
        made.publish("deep", version)
    made.publish("tool", "1.0", "inner")
    return made


def test_what_is_published_later_changes_nothing(place):
    place.lock("demo", "outer==1.0", "inner==1.0", "deep==1.0")
    ended = place.make("demo-environment")
    assert ended.returncode == 0, ended.stdout
    assert place.installed() == {"outer": "1.0", "inner": "1.0", "deep": "1.0"}
    again = place.make("demo-environment")
    assert again.returncode == 0 and " install " not in again.stdout


def test_a_lock_that_lacks_something_is_refused_each_time(place):
    place.lock("demo", "outer==1.0", "deep==1.0")
    for _time in range(2):
        ended = place.make("demo-environment")
        assert ended.returncode != 0 and "outer 1.0 requires inner, which is not installed" in ended.stdout


def test_a_package_that_is_not_the_one_that_was_locked_is_refused(place):
    place.lock("demo", "deep==1.0")
    place.publish("deep", "1.0", extras=["other"])
    ended = place.make("demo-environment")
    assert ended.returncode != 0 and "DO NOT MATCH THE HASHES" in ended.stdout
    assert place.installed() == {}


def test_an_interrupted_installation_is_made_good_by_the_next(place):
    place.lock("demo", "deep==1.0")
    place.publish("late", "1.0")
    place.lock("dev", "deep==1.0", "inner==1.0", "late==1.0")
    held_back = (place.index / "late").rename(place.index / "elsewhere")
    assert place.make("environment").returncode != 0
    # pip was stopped between a package's list of files and its last file
    (place.packages() / "deep.py").unlink()
    held_back.rename(place.index / "late")
    ended = place.make("environment")
    assert ended.returncode == 0, ended.stdout
    assert place.installed() == {"deep": "1.0", "inner": "1.0", "late": "1.0"}
    assert (place.packages() / "deep.py").exists()


def test_another_lock_is_installed_whatever_its_date(place):
    place.lock("demo", "inner==1.0")
    place.lock("dev", "inner==1.0", "tool==1.0")
    assert place.make("environment").returncode == 0
    assert place.installed() == {"inner": "1.0", "tool": "1.0"}
    place.lock("dev", "inner==1.0", "deep==2.0")
    assert place.make("environment").returncode == 0
    assert place.installed() == {"inner": "1.0", "deep": "2.0"}
    place.lock("demo", "inner==2.0")
    assert place.make("demo-environment").returncode == 0
    assert place.installed() == {"inner": "2.0"}


def test_cleaning_leaves_what_a_user_keeps(tmp_path):
    place = Place(tmp_path)
    kept = ["credentials/acme/rewst.yml", "handover/acme/rewst/worksheet.html", "my/inventory.yml", "my/build/x.yml"]
    kept += ["my/__pycache__/x.pyc", "my/inventory.yml", "vault-password", "audit/report.html"]
    ours = [".venv/bin/python", ".sanity/x", "build/x", "context/x", "demo/x", "dist/x", ".pytest_cache/x"]
    ours += ["plugins/modules/__pycache__/x.pyc", "tests/__pycache__/x.pyc"]
    for name in [*kept, *ours]:
        (place.root / name).parent.mkdir(parents=True, exist_ok=True)
        (place.root / name).write_text("x")
    for folder in ("benchmarks", "docs"):
        (place.root / folder).mkdir()
    assert place.make("clean").returncode == 0
    assert [name for name in kept if not (place.root / name).exists()] == []
    assert [name for name in ours if (place.root / name).exists()] == []


def test_each_target_is_in_the_help():
    printed = subprocess.run(["make", "help"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    targets = re.search(r"^\.PHONY: (.*)$", text, re.M)[1].split()
    assert len(targets) > 20 and set(re.findall(r"^  ([a-z-]+) +\S", printed, re.M)) == set(targets)
