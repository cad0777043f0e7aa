# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of one vendor's worksheet on one instance. PRIVATE to this collection."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import typing as t
from dataclasses import dataclass, field

from .._files import make_folder
from .._own_files import Diff, InTheWay, OwnFile, remove_all, write_all
from . import sheet as worksheet

PARTS = ("levels", "customize", "member_needs", "key_steps")


@dataclass
class Written:
    """``page`` is the path of the worksheet, empty if there is none; in check mode, the one that a run would write."""

    page: str = ""
    changed: bool = False
    diff: list[Diff] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Worksheet:
    """The files of one vendor's worksheet below ``root``, and the file for the pair that a person creates.

    ``inbox`` is empty if no file is wanted for it.
    """

    root: str
    host: str
    vendor: str
    inbox: str = ""
    check_mode: bool = False

    @property
    def exists(self) -> bool:
        """Whether the folder of this worksheet exists, whatever it contains."""
        return os.path.isdir(os.path.join(self.root, self.host, self.vendor))

    def bring(
        self, sheet: worksheet.Sheet, knows: t.Collection[str], public_key: str | None, was_watched: bool = False
    ) -> Written:
        """Write the remaining steps, or remove the files once none is left. A page that followed the instance
        (``show``) says so first, and the next run removes it, which doesn't count as a change.

        ``knows`` names the parts that this run read; the others stay as they are in the worksheet. The steps of a
        rotation stay as long as ``public_key``, the current pair, is the one that they replace. Raises InTheWay and
        OSError.
        """
        files = self._files()
        earlier = worksheet.parse(files["json"].content() or b"", self.host, self.vendor)
        new = worksheet.document(sheet, self.host, self.vendor)
        left = worksheet.merged(new, knows, earlier, public_key)
        if worksheet.lists_anything(left):
            texts = worksheet.render(left)
            page = files["html"].path
            before = None if set(knows) == set(PARTS) else _date(page)
            diffs = write_all({files[kind]: text for kind, text in texts.items()}, self.check_mode)
            diffs += remove_all([file for kind, file in files.items() if kind not in texts], self.check_mode)
            if not self.check_mode:
                _set_date(page, before)
            return self._written(files, diffs, left, page)
        if was_watched and earlier and not self.check_mode:
            diffs = write_all({files["html"]: worksheet.done(new)}, False)
            diffs += remove_all([file for kind, file in files.items() if kind != "html"], False)
            return self._written(files, diffs, left)
        if earlier or set(knows) == set(PARTS):  # else what the pages list isn't known
            written = self._written(files, remove_all(files.values(), self.check_mode), left)
            written.changed = written.changed and earlier is not None
            return written
        return self._written(files, [], left)

    def show(self, sheet: worksheet.Sheet) -> None:
        """Write the page and its scripts while it follows the instance. A failure to write doesn't end the wait."""
        found, files = worksheet.document(sheet, self.host, self.vendor), self._files()
        scripts = worksheet.scripts(found)
        with contextlib.suppress(InTheWay, OSError):
            write_all({files["html"]: worksheet.page(found)}, self.check_mode)
            write_all({files[kind]: text for kind, text in scripts.items()}, self.check_mode)
            remove_all([files[kind] for kind in worksheet.SCRIPTS if kind not in scripts], self.check_mode)

    def tried(self) -> t.Any:
        """The job of the fill script in the worksheet on disk; None if it has none."""
        with contextlib.suppress(InTheWay, OSError):
            return (worksheet.parse(self._files()["json"].content() or b"", self.host, self.vendor) or {}).get("fill")
        return None

    def remove(self) -> Written:
        """Remove the files, since the integration is gone. Raises InTheWay and OSError."""
        files = self._files()
        return self._written(files, remove_all(files.values(), self.check_mode), None)

    def _written(
        self, files: t.Mapping[str, OwnFile], diffs: list[Diff], left: worksheet.Sheet | None, page: str = ""
    ) -> Written:
        written = Written(page, bool(diffs))
        written.diff = [diff for diff in diffs if diff["before_header"] == files["md"].path]  # the others say the same
        if self.inbox:
            inbox = _Inbox(os.path.abspath(self.inbox), self.host, self.check_mode, written.warnings)
            written.changed = inbox.bring(left) or written.changed
        return written

    def _files(self) -> dict[str, OwnFile]:
        for name in (self.host, self.vendor):
            if name in ("", ".", "..") or os.sep in name or "\0" in name:
                raise InTheWay(
                    f"{name!r} can't be a folder name, so there is no worksheet of {self.vendor} on {self.host}."
                )
        root = os.path.realpath(self.root)
        folder = os.path.join(root, self.host, self.vendor)
        return {
            kind: OwnFile(
                root,
                os.path.join(folder, f"worksheet.{kind}"),
                functools.partial(worksheet.is_ours, kind, self.host, self.vendor),
                f"a worksheet of {self.vendor} on {self.host}",
            )
            for kind in worksheet.KINDS
        }


@dataclass(frozen=True)
class _Inbox:
    """The file for a pair created by hand: written with the steps, and removed with them if unchanged."""

    path: str
    host: str
    check_mode: bool
    warnings: list[str]

    def bring(self, left: worksheet.Sheet | None) -> bool:
        if left is None:
            return self._remove()
        text = worksheet.layout(left["member"], self.host)
        if left["key_steps"]:
            return self._lay_out(text)
        return self._is_file() and _content(self.path) == text and self._remove()

    def _lay_out(self, text: str) -> bool:
        if os.path.lexists(self.path):
            if not os.path.exists(self.path):
                self.warnings.append(
                    f"{self.path} is a broken link, so the file for the new pair wasn't created."
                    " Remove the link, or create its target."
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
            kind = "a link" if os.path.islink(self.path) else "not an ordinary file"
            self.warnings.append(
                f"{self.path} is {kind}, so it wasn't removed. It may hold a private key in plain text: delete it,"
                " and a link's target too, by hand."
            )
            return False
        if not self.check_mode:
            os.unlink(self.path)
        return True

    def _is_file(self) -> bool:
        return os.path.lexists(self.path) and stat.S_ISREG(os.lstat(self.path).st_mode)


def _date(path: str) -> int | None:
    try:
        return os.lstat(path).st_mtime_ns
    except OSError:
        return None


def _set_date(path: str, date: int | None) -> None:
    """Set the date of the page: its script reads from it when a run last verified the steps. Not a change."""
    with contextlib.suppress(OSError):  # another user's file: only its date is lost
        if date is None:
            os.utime(path, follow_symlinks=False)
        else:
            os.utime(path, ns=(date, date), follow_symlinks=False)


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _content(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
