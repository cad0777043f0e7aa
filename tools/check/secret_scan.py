# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches every file of the checkout for secrets, with detect-secrets.

    python tools/check/secret_scan.py         name what is new, and exit with 1
    python tools/check/secret_scan.py accept  take everything that is found now as looked at and harmless

What was looked at is in .secrets.baseline, by file and as hashes. Where in a file it stands doesn't matter, so the
baseline stays good when a file is edited.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checkout

BASELINE = checkout.ROOT / ".secrets.baseline"
# hashes of packages, of the pages of vendors, and of secrets
LEFT_OUT = {
    "requirements-build.txt", "requirements-demo.txt", "requirements-dev.txt", "tools/generate/vendor_role/sources.yml",
    BASELINE.name,
}  # fmt: skip
# every detector but those that take all words of some length for secrets, and the one that asks the network
DETECTORS = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "DiscordBotTokenDetector",
    "GitHubTokenDetector", "GitLabTokenDetector", "JwtTokenDetector", "KeywordDetector", "MailchimpDetector",
    "NpmDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
SETTINGS = {
    "plugins_used": [
        *({"name": name} for name in DETECTORS),
        {"name": "Base64HighEntropyString", "limit": 4.5},
        {"name": "HexHighEntropyString", "limit": 3.0},
    ],
    "filters_used": [
        {"path": f"detect_secrets.filters.heuristic.{name}"}
        for name in ("is_indirect_reference", "is_likely_id_string", "is_potential_uuid", "is_templated_secret")
    ],
}
Found = dict[str, dict[str, int]]


def main() -> int:
    found = scan()
    if sys.argv[1:] == ["accept"]:
        accepted = {file: sorted(secrets) for file, secrets in sorted(found.items())}
        BASELINE.write_text(json.dumps(accepted, indent=2) + "\n")
        return 0
    new = list(unknown(found, json.loads(BASELINE.read_text())))
    for line in new:
        print(line)
    if new:
        print("If these are no secrets, run: python tools/check/secret_scan.py accept")
        print("If one is, take it out of the history too, and make it invalid where it is valid.")
    return 1 if new else 0


def scan() -> Found:
    """{file: {"<kind> <hash>": line}}"""
    os.chdir(checkout.ROOT)
    secrets = SecretsCollection()
    with transient_settings(SETTINGS):
        for name in checkout.files():
            if name not in LEFT_OUT:
                secrets.scan_file(name)
    found: Found = {}
    for file, secret in secrets:
        found.setdefault(file, {})[f"{secret.type} {secret.secret_hash}"] = secret.line_number
    return found


def unknown(found: Found, baseline: dict[str, list[str]]) -> list[str]:
    return [
        f"{file}:{line}: {secret.rpartition(' ')[0]}"
        for file, secrets in sorted(found.items())
        for secret, line in secrets.items()
        if secret not in baseline.get(file, [])
    ]


if __name__ == "__main__":
    sys.exit(main())
