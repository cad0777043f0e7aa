# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the collection so that the same files always give the same artifact, byte for byte.

    python tools/release/build_artifact.py [folder]       into dist, if no folder is named

It also writes MANIFEST.json, which a release signs, and SHA256SUMS.

Galaxy takes no role without a README and a description. A vendor's role has neither, since both follow from its data:
they are written into the tree that is built.

ansible-galaxy builds it. It gives each file the time of the build and lists files as the disk has them, so the archive
is then packed again: files in order, one time, no owner. The time is SOURCE_DATE_EPOCH, or else 1980-01-01.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import typing as t
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checkout
from generate import vendor_roles

DEFAULT_TIME = 315532800


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else checkout.ROOT / "dist")
    artifact = build(folder)
    print(f"{artifact}\nsha256 {sha256(artifact.read_bytes())}")
    return 0


def build(folder: Path, tree: Path | None = None) -> Path:
    """Build the checkout or another tree into the folder; returns the artifact. Adds role files that Galaxy wants."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        tree = tree or checkout.copy_to(Path(temporary) / "source")
        describe_vendors(tree)
        built = Path(temporary) / "built"
        command = [galaxy(), "collection", "build", str(tree), "--output-path", str(built)]
        done = subprocess.run(command, cwd=temporary, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        (made,) = built.glob("*.tar.gz")
        return write(folder, made.name, in_order(read(made)))


def describe_vendors(tree: Path) -> None:
    """Write README.md and meta/main.yml of each vendor's role."""
    core = yaml.safe_load((tree / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    licence = yaml.safe_load((tree / "galaxy.yml").read_text(encoding="utf-8"))["license"][0]
    for name, matrix in vendor_roles.matrices(tree).items():
        role = tree / "roles" / name
        (role / "README.md").write_text(vendor_roles.page(name, matrix), encoding="utf-8")
        described = {
            "author": "msp.connectwise contributors",
            "description": f"Onboards {matrix['product']} on an instance of ConnectWise PSA",
            "license": licence,
            "min_ansible_version": ".".join(core.lstrip(">=").split(".")[:2]),
        }
        text = yaml.safe_dump({"galaxy_info": described, "dependencies": []}, sort_keys=False, allow_unicode=True)
        (role / "meta" / "main.yml").write_text(f"---\n{text}", encoding="utf-8")


def galaxy() -> str:
    """The ansible-galaxy of the Python that runs this."""
    beside = Path(sys.executable).parent / "ansible-galaxy"
    return str(beside) if beside.exists() else "ansible-galaxy"


def write(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    artifact = folder / name
    artifact.write_bytes(packed(files))
    (folder / "MANIFEST.json").write_bytes(files["MANIFEST.json"])
    names = (name, "MANIFEST.json")
    sums = "".join(f"{sha256((folder / each).read_bytes())}  {each}\n" for each in names)
    (folder / "SHA256SUMS").write_text(sums)
    return artifact


def read(artifact: Path) -> dict[str, bytes]:
    """The files of an artifact; a folder is a name that ends with a slash."""
    files = {}
    with tarfile.open(artifact) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            files[member.name if content else f"{member.name.rstrip('/')}/"] = content.read() if content else b""
    return files


def in_order(files: dict[str, bytes]) -> dict[str, bytes]:
    """The sorted list of files, and the manifest with the checksum of this list."""
    listed = json.loads(files["FILES.json"])
    listed["files"].sort(key=lambda file: t.cast(str, file["name"]))
    files_json = json_bytes(listed)
    manifest = json.loads(files["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = sha256(files_json)
    return {**files, "FILES.json": files_json, "MANIFEST.json": json_bytes(manifest)}


def packed(files: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        # MANIFEST.json and FILES.json first, so that a reader finds them at once
        for name in sorted(files, key=lambda name: (name not in ("MANIFEST.json", "FILES.json"), name)):
            archive.addfile(member(name, files[name]), io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), compresslevel=9, mtime=0)


def member(name: str, content: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name.rstrip("/"))
    info.mtime = int(os.environ.get("SOURCE_DATE_EPOCH", DEFAULT_TIME))
    info.mode = 0o644
    if name.endswith("/"):
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    else:
        info.size = len(content)
    return info


def json_bytes(value: t.Any) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
