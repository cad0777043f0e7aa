# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cw_worksheet, which always runs on the controller; see its documentation."""

from __future__ import annotations

import functools
import os
import stat
import typing as t

from ..module_utils._ops.worksheet import PARTS, argument_spec
from ..plugin_utils._files import make_folder
from ..plugin_utils._own_file_action import OwnFileAction
from ..plugin_utils._own_files import Diff, InTheWay, OwnFile, remove_all, write_all
from ..plugin_utils._worksheet import sheet as worksheet


class ActionModule(OwnFileAction):
    spec = staticmethod(argument_spec)

    def operate(self, params: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
        host, vendor = params["host"], params["vendor"]
        files = _files(os.path.realpath(params["path"]), host, vendor)
        earlier = worksheet.parse(files["json"].content() or b"", host, vendor)
        left = _left(params, earlier) if params["state"] == "present" else None
        page = ""
        diffs: list[Diff] = []
        if left and worksheet.lists_anything(left):
            texts = worksheet.render(left)
            diffs = write_all({file: texts[kind] for kind, file in files.items()}, check_mode)
            page = files["html"].path
        elif left is None or earlier or set(params["knows"]) == set(PARTS):
            diffs = remove_all(files.values(), check_mode)  # else nobody knows what the pages list
        pair = _HandIn(params["pair_file"], host, check_mode) if params["pair_file"] else None
        moved = pair.bring(params["state"], left) if pair else False
        # one of the three says what the others say
        shown = [diff for diff in diffs if diff["before_header"] == files["md"].path]
        return {
            "changed": bool(diffs) or moved,
            "worksheet": page,
            "diff": shown,
            "warnings": pair.warnings if pair else [],
        }


def _files(root: str, host: str, vendor: str) -> dict[str, OwnFile]:
    for name in (host, vendor):
        if name in ("", ".", "..") or os.sep in name or "\0" in name:
            raise InTheWay(f"{name!r} can't be the name of a folder, so there is no worksheet of {vendor} on {host}.")
    folder = os.path.join(root, host, vendor)
    return {
        kind: OwnFile(
            root,
            os.path.join(folder, f"worksheet.{kind}"),
            functools.partial(worksheet.is_ours, kind, host, vendor),
            f"a worksheet of {vendor} on {host}",
        )
        for kind in worksheet.KINDS
    }


def _left(params: dict[str, t.Any], earlier: worksheet.Sheet | None) -> worksheet.Sheet:
    new = worksheet.document(params["sheet"], params["host"], params["vendor"])
    return worksheet.merged(new, params["knows"], earlier, params["public_key"])


class _HandIn:
    """The file for the pair that a person makes: laid out with the steps, and removed with them if untouched."""

    def __init__(self, path: str, host: str, check_mode: bool) -> None:
        self.path = os.path.abspath(path)
        self.host = host
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def bring(self, state: str, left: worksheet.Sheet | None) -> bool:
        if state == "absent":
            return self._remove()
        if left is None:
            return False
        text = worksheet.layout(left["member"], self.host)
        if left["key_steps"]:
            return self._lay_out(text)
        return self._is_file() and _content(self.path) == text and self._remove()

    def _lay_out(self, text: str) -> bool:
        if os.path.lexists(self.path):
            if not os.path.exists(self.path):
                self.warnings.append(
                    f"{self.path} is a link that leads nowhere, so the file for the new pair wasn't laid out."
                    " Remove the link, or make the file that it leads to."
                )
            return False
        if not self.check_mode:
            make_folder(os.path.dirname(self.path))
            with open(self.path, "x", encoding="utf-8", opener=_for_the_owner) as file:
                file.write(text)
        return True

    def _remove(self) -> bool:
        if not os.path.lexists(self.path):
            return False
        if not self._is_file():
            kind = "a link" if os.path.islink(self.path) else "no ordinary file"
            self.warnings.append(
                f"{self.path} is {kind}, so it was left. It may hold a private key in plain text:"
                " delete it, and what it leads to, by hand."
            )
            return False
        if not self.check_mode:
            os.unlink(self.path)
        return True

    def _is_file(self) -> bool:
        return os.path.lexists(self.path) and stat.S_ISREG(os.lstat(self.path).st_mode)


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _content(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
