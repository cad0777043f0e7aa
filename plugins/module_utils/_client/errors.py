# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One exception type per kind of failure. PRIVATE to this collection.

Each message says what happened, on which instance, to which request, and what to do next.
"""

from __future__ import annotations

import typing as t

INSTANCE = "instance"  # every other vendor of this instance would meet the same failure
OBJECT = "object"  # only the work at hand is concerned
LONGEST = 300  # characters of a text of an instance that a message shows
_MOST_FIELDS = 20


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text as it is, or its beginning."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


class CwError(Exception):
    """The root of all failures that are worth a sentence to the user.

    ``scope`` is INSTANCE or OBJECT. ``transient``: trying again later may help, without changing anything. A single
    failure may have another scope than its class.
    """

    scope = OBJECT
    transient = False


class InputError(CwError):
    """Options that can't be used; ``problems`` lists all of them."""

    def __init__(
        self, problems: t.Sequence[str], what: str = "The options can't be used", scope: str = OBJECT
    ) -> None:
        self.problems = list(problems)
        self.scope = scope
        super().__init__(f"{what}, nothing was changed: " + "; ".join(self.problems) + ".")


class Refused(CwError):
    """The collection refuses by rule, such as to touch a built-in Admin role."""


class TakenAway(Refused):
    """Somebody stopped an integration on the instance; this collection doesn't undo that by itself."""


class KeyRefused(CwError):
    """The instance lists keys, and makes none."""


class KeyNotShown(CwError):
    """The instance shows no key pair, and may have created a key all the same."""


class PairRefused(Refused):
    """A key pair that was supplied doesn't log in."""


class KeyNotVisible(Refused):
    """A key that this collection created a moment ago isn't known at the login yet."""

    transient = True


class RequestFailed(CwError):
    """A request didn't do what it should.

    ``status`` is None where no answer came; ``code``, ``detail`` and ``fields`` are ConnectWise's own
    code, message and field errors, which are shortened here: an instance may say as much as it likes.
    ``before_sending``: the request never got as far as the instance. ``is_page``: the answer was a page.
    """

    what = "The request failed"
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
        request = f"{method} {path}" + (f" answered {status}" if status else "")
        said = ": ".join(part for part in (self.code, self.detail) if part)
        if self.fields:
            listed = shortened("; ".join(self.fields))
            said = f"{said} ({listed})" if said else listed
        head = f"{self.what} on {instance}: {request}"
        parts = [f"{head}: {said}" if said else head, fix or self.fix]
        super().__init__(". ".join(part.rstrip(". ") for part in parts if part) + ".")


class Unreachable(RequestFailed):
    what = "The instance can't be reached"
    fix = "Check the site, name resolution, and the firewall from where this runs"
    scope = INSTANCE
    transient = True
    before_sending = True


class TimedOut(RequestFailed):
    what = "The instance didn't answer in time"
    fix = "Try again, or raise the option timeout"
    scope = INSTANCE
    transient = True


class TooLarge(RequestFailed):
    what = "The answer is too large"
    fix = (
        "Something other than ConnectWise may have answered, so nothing was concluded from it."
        " Ask whoever runs the network or the instance, then run again"
    )
    scope = INSTANCE
    transient = True


class OutOfTime(RequestFailed):
    """``fleet_instance_timeout`` is over: nothing else is begun on this instance in this run."""

    what = "The time for one instance is over"
    fix = "Run again: it goes on where it stopped. If the instance is only slow, raise fleet_instance_timeout"
    scope = INSTANCE
    transient = True
    before_sending = True


class TlsFailed(RequestFailed):
    what = "The TLS connection failed"
    fix = "If the instance has a certificate of your own authority, give its bundle as ca_path"
    scope = INSTANCE
    before_sending = True


class ProxyFailed(RequestFailed):
    what = "The proxy failed"
    fix = "Check HTTPS_PROXY and NO_PROXY of the environment, and the proxy itself; or set cw_proxy for this host"
    scope = INSTANCE
    transient = True
    before_sending = True


class RedirectRefused(RequestFailed):
    what = "A redirect was refused, since the keys would go to another place"
    fix = "Give the address that it leads to as site, if you trust it"
    scope = INSTANCE


class Unauthorized(RequestFailed):
    what = "The login was refused"
    fix = "Check company, public_key, private_key and client_id; a key of an inactive member is refused too"
    scope = INSTANCE


class Forbidden(RequestFailed):
    what = "A right is missing"


class RecordNotFound(RequestFailed):
    what = "The record doesn't exist"


class NotOffered(RequestFailed):
    """An undocumented route that didn't answer with success: this run goes on as if it weren't there.

    ``cause`` is what the answer would mean on a documented route; None where the route is known to be missing.
    """

    what = "REST doesn't do this"
    cause: RequestFailed | None = None

    @classmethod
    def of(cls, cause: RequestFailed) -> NotOffered:
        made = cls(cause.instance, cause.method, cause.path, cause.status, cause.code, cause.detail, cause.fields)
        made.cause = cause
        if isinstance(cause, (Forbidden, NotConnectWise)):  # they say who refused, and what to do about it
            made.args = (str(cause),)
        return made


class EndpointMissing(NotOffered):
    what = "This instance doesn't offer the endpoint"


class WrongAddress(RequestFailed):
    what = "No ConnectWise API answered there"
    fix = "The company, the keys or the site may be wrong: the cloud answers 404 for each of them"
    scope = INSTANCE


class VersionUnsupported(RequestFailed):
    what = "The instance doesn't know the API version"
    fix = "Set api_version to the instance's own version, such as 2022.1"
    scope = INSTANCE


class Rejected(RequestFailed):
    what = "The request was rejected"


class RateLimited(RequestFailed):
    what = "The instance asks to slow down"
    fix = "Wait and run again; it goes on where it stopped"
    scope = INSTANCE
    transient = True


class ServerFailed(RequestFailed):
    what = "The instance has a fault of its own"
    fix = "Run again later; it goes on where it stopped"
    transient = True


class NotConnectWise(RequestFailed):
    """A page, or JSON of another shape: something between the controller and the instance answered."""

    what = "The answer isn't ConnectWise's"
    fix = (
        "A firewall, proxy or gateway in between may have answered, so nothing was concluded from it."
        " Ask whoever runs the network, then run again"
    )
    scope = INSTANCE
    transient = True


class UnexpectedAnswer(NotConnectWise):
    """JSON with a status of success, and neither the list nor the object that was asked for."""

    what = "The answer hasn't the shape of ConnectWise's"


class AnswerLost(RequestFailed):
    """A POST went out and its outcome is unknown; the caller looks before it goes on."""

    what = "The answer to a creation was lost"
    fix = "Run again: it looks whether the object exists before it creates one"
    transient = True


class NotKept(RequestFailed):
    """A write was answered with success and the value read back is another."""

    what = "A write was accepted and had no effect"
    fix = "Look at it in ConnectWise, then run again: it goes on where it stopped"


class NotVisible(NotKept):
    """What this run created isn't shown within ``settle_timeout``."""

    what = "A write was accepted and isn't visible yet"
    fix = "The next run goes on from there, and creates nothing twice"
    transient = True
