# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bill of materials of a built collection, in the format CycloneDX 1.6.

    python tools/release/sbom.py dist/msp-connectwise-1.0.0.tar.gz        writes dist/msp-connectwise-1.0.0.cdx.json

It lists the collection, every file in it with its checksum, and what it needs at run time: ansible-core and requests,
as version ranges, since the user's machine decides which version is installed. Nothing is vendored. The same artifact
always results in the same bill, byte for byte.
"""

from __future__ import annotations

import json
import sys
import typing as t
import uuid
from pathlib import Path

import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from release import build_artifact

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/msp-connectwise/msp.connectwise")
Bill = dict[str, t.Any]


def main() -> int:
    artifact = Path(sys.argv[1])
    bill = describe(artifact)
    fault = faults(bill)
    if fault:
        print(f"The bill of materials doesn't fit its schema: {fault}", file=sys.stderr)
        return 1
    target = artifact.with_name(artifact.name.removesuffix(".tar.gz") + ".cdx.json")
    target.write_text(written(bill))
    print(target)
    return 0


def describe(artifact: Path) -> Bill:
    content = artifact.read_bytes()
    files = build_artifact.read(artifact)
    about = json.loads(files["MANIFEST.json"])["collection_info"]
    name = f"{about['namespace']}.{about['name']}"
    reference = f"pkg:generic/{name}@{about['version']}"
    needed = requirements(files)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, build_artifact.sha256(content))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": reference,
                "name": name,
                "version": about["version"],
                "description": about["description"],
                "purl": reference,
                "licenses": [{"license": {"id": licence}} for licence in about["license"]],
                "hashes": hashes(content),
                "externalReferences": [
                    {"type": "vcs", "url": about["repository"]},
                    {"type": "issue-tracker", "url": about["issues"]},
                    {"type": "documentation", "url": about["documentation"]},
                ],
                "components": [file(path, files[path]) for path in sorted(files) if not path.endswith("/")],
            }
        },
        "components": [package(requirement) for requirement in needed],
        "dependencies": [
            {"ref": reference, "dependsOn": [f"pkg:pypi/{requirement.name}" for requirement in needed]},
            *({"ref": f"pkg:pypi/{requirement.name}"} for requirement in needed),
        ],
    }


def requirements(files: dict[str, bytes]) -> list[Requirement]:
    """The requirements in meta/runtime.yml and meta/ee-requirements.txt."""
    core = yaml.safe_load(files["meta/runtime.yml"])["requires_ansible"]
    lines = files["meta/ee-requirements.txt"].decode().splitlines()
    named = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return [Requirement(f"ansible-core{core}"), *named]


def package(requirement: Requirement) -> Bill:
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{requirement.name}",
        "name": requirement.name,
        "purl": f"pkg:pypi/{requirement.name}",
        "scope": "required",
        "properties": [{"name": "msp.connectwise:versions", "value": str(requirement.specifier)}],
    }


def file(path: str, content: bytes) -> Bill:
    return {"type": "file", "bom-ref": f"file:{path}", "name": path, "hashes": hashes(content)}


def hashes(content: bytes) -> list[Bill]:
    return [{"alg": "SHA-256", "content": build_artifact.sha256(content)}]


def written(bill: Bill) -> str:
    return json.dumps(bill, indent=2) + "\n"


def faults(bill: Bill) -> str:
    """The first error of the bill by CycloneDX's own schema, or nothing."""
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written(bill))
    return str(found) if found else ""


if __name__ == "__main__":
    sys.exit(main())
