# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-test, and the main playbooks, on each supported ansible-core with its Pythons.

    python tools/check/test_matrix.py                     all of it
    python tools/check/test_matrix.py --core 2.20 sanity  a part of it
    python tools/check/test_matrix.py --ends playbooks    on the oldest and the newest ansible-core
    python tools/check/test_matrix.py oldest              the unit tests with the oldest versions that are supported
    python tools/check/test_matrix.py --quick             fast sanity tests and integration, this Python's core

Needs no container: each ansible-core gets virtual environments below .sanity, and ansible-test runs on a copy of the
checkout in the place that it asks for. A Python that isn't on the machine is left out and named; with --strict, that
is a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checkout

HOME = checkout.ROOT / ".sanity"
# ansible-core, and the Pythons that its controller runs on
SUPPORTED = {
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
    "2.22": ("3.13", "3.14"),
}
# what the modules run on besides: import and compile are tested with each
TARGETS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
PARTS = ("sanity", "units", "integration", "playbooks", "oldest")
# slow, or done by `make lint` already; all run in `make check`
LATER = ("pylint", "changelog", "yamllint")
# the oldest of what is supported beside ansible-core; urllib3 is what such systems have, and requests takes it
OLDEST = ("requests==2.31.0", "urllib3==1.26.20")
UNIT_REQUIREMENTS = checkout.ROOT / "tests" / "unit" / "requirements.txt"
BOOTSTRAP = "https://ci-files.testing.ansible.com/ansible-test/get-pip-{}.py"
STAND_IN = """\
# Stands in for {url}, which can't be reached from this machine.
# Written by tools/check/test_matrix.py of msp.connectwise. Delete it, and ansible-test fetches the real one.
import subprocess
import sys

arguments = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"])
if arguments:
    subprocess.check_call([sys.executable, "-m", "pip", "install", *arguments])
"""


def main() -> int:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        tree = checkout.copy_to(Path(folder))
        done = quick(tree) if options.quick else everything(tree, options)
    left_out = [what for what, how in done if how == "left out"]
    failed = [what for what, how in done if how == "failed"]
    return outcome(failed, left_out, options.strict)


def outcome(failed: list[str], left_out: list[str], strict: bool) -> int:
    """Say what failed or was left out; the exit status."""
    if left_out:
        print(f"Left out, because the Python is missing: {', '.join(left_out)}")
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed or (strict and left_out) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="*", help=f"{', '.join(PARTS)}; all if nothing is named")
    parser.add_argument("--core", action="append", choices=sorted(SUPPORTED), help="only this ansible-core")
    parser.add_argument("--ends", action="store_true", help="only the oldest and the newest ansible-core")
    parser.add_argument("--quick", action="store_true", help="fast sanity tests and integration by this Python's core")
    parser.add_argument("--strict", action="store_true", help="fail if a supported Python is missing")
    options = parser.parse_args()
    if set(options.what) - set(PARTS):
        parser.error(f"only {', '.join(PARTS)} can be run")
    return options


def quick(tree: Path) -> list[tuple[str, str]]:
    python, version = Path(sys.executable), f"{sys.version_info.major}.{sys.version_info.minor}"
    provide_bootstrap(python, version)
    left = [word for test in LATER for word in ("--skip-test", test)]
    return [
        run(f"ansible-test sanity, Python {version}", python, tree, "sanity", *left, "--python", version),
        run(f"ansible-test integration, Python {version}", python, tree, "integration"),
    ]


def everything(tree: Path, options: argparse.Namespace) -> list[tuple[str, str]]:
    what = options.what or PARTS
    done = []
    if "oldest" in what:
        done.append(oldest(tree))
    ends = [min(SUPPORTED, key=_number), max(SUPPORTED, key=_number)]
    for core in options.core or (ends if options.ends else SUPPORTED):
        first = True
        for version in SUPPORTED[core]:
            base = interpreter(version)
            if base is None:
                done.append((f"ansible-core {core} on Python {version}", "left out"))
                continue
            python = environment(core, version, base)
            where = f"ansible-core {core}, Python {version}"
            if first and "sanity" in what:
                # once for each ansible-core, on its oldest Python: import and compile go through all Pythons themselves
                for target in TARGETS:
                    provide_bootstrap(python, target)
                done.append(run(f"sanity: {where}", python, tree, "sanity"))
            if first and "playbooks" in what:
                done.append(playbooks(f"playbooks: {where}", python))
            if first and "integration" in what:
                done.append(run(f"integration: {where}", python, tree, "integration"))
            first = False
            if "units" in what:
                done.append(run(f"units: {where}", python, tree, "units", "--python", version, "--num-workers", "2"))
    return done


def _number(core: str) -> tuple[int, ...]:
    return tuple(map(int, core.split(".")))


def oldest(tree: Path) -> tuple[str, str]:
    """The unit tests with the oldest ansible-core, on its oldest Python, and the oldest libraries beside it."""
    core, version = next((core, versions[0]) for core, versions in SUPPORTED.items())
    title = f"units: ansible-core {core}, Python {version}, {', '.join(OLDEST)}"
    base = interpreter(version)
    if base is None:
        return title, "left out"
    python = environment(core, version, base, OLDEST)
    return run(title, python, tree, "units", "--python", version, "--num-workers", "2")


def run(title: str, python: Path, tree: Path, command: str, *more: str) -> tuple[str, str]:
    folders = [python.parent, *(found.parent for found in map(interpreter, TARGETS) if found)]
    return timed(title, [str(python.parent / "ansible-test"), command, "--color", "no", *more], tree, folders)


def playbooks(title: str, python: Path) -> tuple[str, str]:
    """Each distinct playbook once, and the main job each way."""
    command = [str(python), "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", "-m", "main or every_core"]
    return timed(title, [*command, "tests/playbooks"], checkout.ROOT, [python.parent])


def timed(title: str, command: t.Sequence[str], folder: Path, path: t.Sequence[Path]) -> tuple[str, str]:
    """Run the command with these folders first on the PATH, and report how it ended."""
    print(f"{title} ...", end=" ", flush=True)
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "PATH": os.pathsep.join([*map(str, path), os.environ.get("PATH", "")]),
    }
    begun = time.monotonic()
    ended = subprocess.run(
        command,
        cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    took = f"{time.monotonic() - begun:.0f} s"
    if ended.returncode:
        print(f"FAILED, {took}\n{findings(ended.stdout)}", flush=True)
        return title, "failed"
    print(f"ok, {took}", flush=True)
    return title, "ok"


def findings(output: str) -> str:
    """The findings of sanity tests, without the installation's output; other output is returned whole."""
    found = [line for line in output.splitlines() if line.startswith("ERROR: ")]
    return "\n".join(found) if found else output


def environment(core: str, version: str, base: Path, more: t.Sequence[str] = ()) -> Path:
    """A virtual environment with this ansible-core; its Python."""
    folder = HOME / f"core-{core}-py{version}{'-oldest' if more else ''}"
    python = folder / "bin" / "python"
    # named so, a release candidate is taken as long as there is no release
    requirement = f"ansible-core>={core}.0rc1,=={core}.*"
    wanted = "\n".join([requirement, *more, UNIT_REQUIREMENTS.read_text()])
    ready = folder / ".ready"
    if ready.exists() and ready.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([base, "-m", "venv", folder], check=True)
    pip: list[str | Path] = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, requirement, *more, "-r", UNIT_REQUIREMENTS], check=True)
    ready.write_text(wanted)
    return python


def interpreter(version: str) -> Path | None:
    """A Python of this version, from pyenv or else from the PATH."""
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = sorted(root.glob(f"{version}.*/bin/python{version}"))
    if found:
        return found[-1]
    on_path = shutil.which(f"python{version}")
    return Path(on_path) if on_path and works(on_path) else None


def works(python: str) -> bool:
    """Whether it runs: some names on the PATH are shims that only say that there is no such Python."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def provide_bootstrap(python: Path, version: str) -> None:
    """Make sure that ansible-test can install pip even if the host of its bootstrap script can't be reached."""
    code = (
        "import types; from ansible_test._internal.python_requirements import get_venv_packages as packages; "
        f"print(packages(types.SimpleNamespace(version={version!r}))['pip'])"
    )
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    if asked.returncode:
        return  # a Python that this ansible-core doesn't know
    pip = asked.stdout.strip()
    cached = Path("~/.ansible/test/cache").expanduser() / f"get_pip_{pip.replace('.', '_')}.py"
    url = BOOTSTRAP.format(pip)
    if cached.exists() or reachable(url):
        return
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(STAND_IN.format(url=url))
    print(f"{url} can't be reached, so a stand-in that uses ensurepip was written: {cached}", flush=True)


def reachable(url: str) -> bool:
    request = urllib.request.Request(url, method="HEAD")
    with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(request, timeout=10) as answer:
        return t.cast(int, answer.status) == 200
    return False


if __name__ == "__main__":
    sys.exit(main())
