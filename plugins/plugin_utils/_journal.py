# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a host: one line of JSON for each write to its instance, as journal.jsonl. PRIVATE.

A line holds no secret. It is appended in one piece, so that several runs can share the file.
"""

from __future__ import annotations

import getpass
import os
import stat
import typing as t
from dataclasses import dataclass, field

from ..module_utils._client.errors import INSTANCE, CwError
from ..module_utils._client.journal import Written
from ..module_utils._client.scrub import Scrubber
from ..module_utils._domain.shown import json_text
from ..module_utils._keys.document import time_text, utc_now
from ._files import make_folder, without_links
from ._own_files import OwnFile

NAME = "journal.jsonl"


class JournalError(CwError):
    """The journal can't be written, so nothing is."""

    scope = INSTANCE


@dataclass
class FileJournal:
    """A journal at ``path`` below ``root``, without following links. With an empty path, lines are only shown.

    ``about`` is the same in each line of a run; ``show`` is called with each line, unless it is None.
    """

    root: str
    path: str
    about: t.Mapping[str, str]
    scrubber: Scrubber
    show: t.Callable[[str], None] | None = None
    lost: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        if not self.path:
            return
        why = OwnFile(os.path.realpath(self.root), self._place, lambda _content: True, "the journal").obstacle
        try:
            if not why:
                make_folder(os.path.dirname(self._place))
                os.close(self._open())
        except OSError as exc:
            why = exc.strerror or str(exc)
        if why:
            raise JournalError(
                f"The journal {self.path} can't be written ({why}), so nothing was changed. Move what is in its way,"
                " make its folder writable, or name another one (cw_output_dir), and run again."
            )

    def add(self, written: Written) -> None:
        entry = {
            "time": time_text(utc_now()),
            **self.about,
            "request": written.request,
            "object": written.change.object,
            "id": written.object_id,
            "before": _shown(written.change.before),
            "after": _shown(written.change.after),
            "outcome": written.outcome,
        }
        given = {name: value for name, value in entry.items() if value not in (None, "")}
        line = json_text(self.scrubber.clean(given))
        if self.path:
            self._append(written, line)
        if self.show:
            self.show(line)

    def _append(self, written: Written, line: str) -> None:
        try:
            handle = self._open()
            try:
                os.write(handle, f"{line}\n".encode())
            finally:
                os.close(handle)
        except OSError as exc:
            self.lost.append(f"{written.request} isn't in the journal {self.path}: {exc.strerror or exc}.")

    @property
    def _place(self) -> str:
        return os.path.join(os.path.realpath(self.root), os.path.relpath(self.path, self.root))

    def _open(self) -> int:
        handle = without_links(self._place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(0, "it isn't an ordinary file")
        os.fchmod(handle, 0o600)
        return handle


def who(task_vars: t.Mapping[str, t.Any]) -> str:
    """The user who runs this: AWX's, else this machine's."""
    for name in ("awx_user_name", "tower_user_name"):
        if task_vars.get(name):
            return str(task_vars[name])
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _shown(values: t.Mapping[str, t.Any] | None) -> t.Any:
    """Only the id and names of a reference; the rest isn't part of the change."""
    if values is None:
        return None
    return {name: _reference(value) if isinstance(value, dict) else value for name, value in values.items()}


def _reference(value: t.Mapping[str, t.Any]) -> t.Any:
    return {part: value[part] for part in ("id", "identifier", "name") if value.get(part) is not None}
