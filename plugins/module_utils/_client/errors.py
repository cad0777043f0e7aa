# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One exception type for each kind of failure. PRIVATE to this collection.

Each message says what happened, on which instance, to which request, and what to do next.
"""

from __future__ import annotations

import typing as t

INSTANCE = "instance"  # every other vendor on this instance would fail in the same way
OBJECT = "object"  # only the work at hand fails
LONGEST = 300  # characters that a message quotes from an instance's answer
_MOST_FIELDS = 20


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text, cut to ``longest`` characters."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


class CwError(Exception):
    """Base class of all failures that are reported to the user as a sentence.

    ``scope`` is INSTANCE or OBJECT; one failure may override the scope of its class. ``transient``: running the same
    again later may help.
    """

    scope = OBJECT
    transient = False


class InputError(CwError):
    """Invalid options; ``problems`` lists all of them."""

    def __init__(
        self, problems: t.Sequence[str], what: str = "Invalid options", scope: str = OBJECT
    ) -> None:
        self.problems = list(problems)
        self.scope = scope
        super().__init__(f"{what}, nothing was changed: " + "; ".join(self.problems) + ".")


class Refused(CwError):
    """The collection refuses by design, such as to change a built-in Admin role."""


class TakenAway(Refused):
    """Somebody stopped an integration on the instance; the collection doesn't undo that unasked."""


class KeyRefused(CwError):
    """The instance lists API keys but doesn't create any."""


class KeyNotShown(CwError):
    """The instance returned no key pair, but may have created a key."""


class PairRefused(Refused):
    """A key pair that the user supplied doesn't log in."""


class KeyNotVisible(Refused):
    """A key that the collection has just created doesn't log in yet."""

    transient = True


class RequestFailed(CwError):
    """A request failed.

    ``status`` is None if no answer came. ``code``, ``detail`` and ``fields`` are ConnectWise's code, message and field
    errors, shortened. ``what`` begins the message, ``unanswered`` in its place if no answer came; ``fix`` ends it.
    ``before_sending``: the request never reached the instance. ``is_page``: the answer was an HTML page.
    """

    what = "The request failed"
    unanswered = ""
    fix = ""
    before_sending = False
    is_page = False

    def __init__(
        self,
        instance: str,
        method: str,
        path: str,
        status: int | None = None,
        code: str = "",
        detail: str = "",
        fields: t.Sequence[str] = (),
        fix: str = "",
    ) -> None:
        self.instance, self.method, self.path, self.status = instance, method, path, status
        self.code, self.detail = shortened(code), shortened(detail)
        self.fields = [shortened(field) for field in fields[:_MOST_FIELDS]]
        request = f"{method} {path}" + (f" returned {status}" if status else "")
        said = ": ".join(part for part in (self.code, self.detail) if part)
        if self.fields:
            listed = shortened("; ".join(self.fields))
            said = f"{said} ({listed})" if said else listed
        what = self.what if status else self.unanswered or self.what
        head = f"{what} on {instance}: {request}"
        parts = [f"{head}: {said}" if said else head, fix or self.fix]
        super().__init__(". ".join(part.rstrip(". ") for part in parts if part) + ".")


class Unreachable(RequestFailed):
    what = "The instance can't be reached"
    fix = "Check the site, DNS, and the firewall of the machine that runs Ansible"
    scope = INSTANCE
    transient = True
    before_sending = True


class TimedOut(RequestFailed):
    what = "The instance didn't answer in time"
    fix = "Run again, or raise the option timeout"
    scope = INSTANCE
    transient = True


class TooLarge(RequestFailed):
    what = "The answer is too large"
    fix = (
        "Something other than ConnectWise may have answered, so the answer was ignored."
        " Ask your network team or the instance's administrator, then run again"
    )
    scope = INSTANCE
    transient = True


class OutOfTime(RequestFailed):
    """``fleet_instance_timeout`` has passed: this run starts nothing else on the instance."""

    what = "The time limit was reached"
    fix = "Run again: it continues where it stopped. If the instance is only slow, raise fleet_instance_timeout"
    scope = INSTANCE
    transient = True
    before_sending = True


class TlsFailed(RequestFailed):
    what = "The TLS connection failed"
    fix = (
        "If your own authority issued the instance's certificate, set ca_path to the authority's bundle."
        " A wrong version number means that this port doesn't speak TLS"
    )
    scope = INSTANCE
    before_sending = True


class ProxyFailed(RequestFailed):
    what = "The proxy failed"
    fix = "Check the environment variables HTTPS_PROXY and NO_PROXY, and the proxy; or set cw_proxy for this host"
    scope = INSTANCE
    transient = True
    before_sending = True


class RedirectRefused(RequestFailed):
    what = "A redirect was not followed"
    fix = "It would send the keys to another address. If you trust that address, set site to it"
    scope = INSTANCE


class Unauthorized(RequestFailed):
    what = "The login was refused"
    fix = "Check company, public_key, private_key and client_id, and that the API member is active"
    scope = INSTANCE


class Forbidden(RequestFailed):
    what = "Permission denied"


class RecordNotFound(RequestFailed):
    what = "The record doesn't exist"


class NotOffered(RequestFailed):
    """An undocumented route that failed: for the rest of the run, the collection assumes that it doesn't exist.

    ``cause`` is the error that the answer would mean on a documented route; None if the route is known to be missing.
    """

    what = "The REST API can't do this"
    cause: RequestFailed | None = None

    @classmethod
    def of(cls, cause: RequestFailed) -> NotOffered:
        error = cls(cause.instance, cause.method, cause.path, cause.status, cause.code, cause.detail, cause.fields)
        error.cause = cause
        if isinstance(cause, (Forbidden, NotConnectWise)):  # their messages say who refused, and what to do
            error.args = (str(cause),)
        return error


class EndpointMissing(NotOffered):
    what = "This instance doesn't offer the endpoint"


class WrongAddress(RequestFailed):
    what = "No ConnectWise API answered"
    fix = "Check the company, the keys and the site: ConnectWise's cloud returns 404 if any of them is wrong"
    scope = INSTANCE


class VersionUnsupported(RequestFailed):
    what = "The instance doesn't support the API version"
    fix = "Set api_version to the instance's own version, such as 2022.1"
    scope = INSTANCE


class Rejected(RequestFailed):
    what = "The request was rejected"


class RateLimited(RequestFailed):
    what = "The rate limit was reached"
    fix = "Wait, then run again: it continues where it stopped"
    scope = INSTANCE
    transient = True


class ServerFailed(RequestFailed):
    what = "The instance returned a server error"
    unanswered = "No usable answer came back"
    fix = "Run again later: it continues where it stopped"
    transient = True


class NotConnectWise(RequestFailed):
    """An HTML page, or JSON in another format: something between the controller and the instance answered."""

    what = "The answer isn't from ConnectWise"
    fix = (
        "A firewall, proxy or gateway may have answered, so the answer was ignored."
        " Ask your network team, then run again"
    )
    scope = INSTANCE
    transient = True


class UnexpectedAnswer(NotConnectWise):
    """A success whose JSON is neither the list nor the object that was requested."""

    what = "The answer has an unexpected format"


class AnswerLost(RequestFailed):
    """A POST was sent and its outcome is unknown; the caller checks before it continues."""

    what = "The outcome of a create request is unknown"
    fix = "Run again: it checks whether the object exists before it creates one"
    transient = True


class NotKept(RequestFailed):
    """A write succeeded, but reading it back shows another value."""

    what = "A write was accepted but had no effect"
    fix = "Check it in ConnectWise, then run again: it continues where it stopped"


class NotVisible(NotKept):
    """The instance doesn't show a new object within ``settle_timeout``."""

    what = "A write was accepted but isn't visible yet"
    fix = "The next run continues from there and creates nothing twice"
    transient = True
