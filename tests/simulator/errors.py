# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error answers.  Bodies have the form {code, message, errors?: [{code, message, resource, field}]}."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that ends a request: a status with a JSON body, or with plain text."""

    def __init__(self, status: int, body: dict[str, Any] | None = None, text: str | None = None) -> None:
        super().__init__(status, body or text)
        self.status = status
        self.body = body
        self.text = text


def _error(status: int, code: str, message: str) -> ApiError:
    return ApiError(status, {"code": code, "message": message})


def no_endpoint() -> ApiError:
    """A route that does not exist, or a verb it does not have (recorded answer; 405 was never seen)."""
    return _error(404, "ConnectWiseApi", "The endpoint does not exist.")


def not_found(kind: str, record_id: object) -> ApiError:
    """A record that does not exist below a route that does (recorded answer)."""
    return _error(404, "NotFound", f"{kind} {record_id} not found")


def no_permission() -> ApiError:
    """The caller's role lacks the level (recorded answer)."""
    return _error(403, "Security", "You do not have security permission to perform this action.")


def no_client_id() -> ApiError:
    """clientId missing or not the registered one: text, not JSON (start recorded, the rest a guess)."""
    return ApiError(401, text="Cannot route. The request carries no known clientId.")


def no_credentials() -> ApiError:
    """No usable Authorization header (shape known, text a guess)."""
    return _error(401, "Unauthorized", "Credentials are required.")


def bad_login(status: int) -> ApiError:
    """Wrong company, key pair or an inactive member.

    401 with the body recorded on a server of one's own; 404 is what the hosted service is reported to
    answer (that body is a guess: the hardest one to tell from a wrong address).
    """
    return no_endpoint() if status == 404 else _error(status, "ConnectWiseApi", "UserNotAuthenticated")


def bad_version(url: str, version: str) -> ApiError:
    """An API version the server does not have, or a malformed one (recorded body, status a guess)."""
    text = f"The HTTP resource that matches the request URI '{url}' "
    text += f"does not support the API version '{version}'."
    return _error(400, "ConnectWiseApi", text)


def unknown_member(member: str, kind: str, path: str, line: int, position: int) -> ApiError:
    """A JSON member the record type does not have (recorded answer)."""
    text = (
        f"Could not find member '{member}' on object of type '{kind}'. Path '{path}', line {line}, "
        f"position {position}.Check your accept header to make sure you are using the correct version."
    )
    return _error(400, "ConnectWiseApi", text)


def bad_body(message: str) -> ApiError:
    """A body that is no JSON, or not of the right shape (guess)."""
    return _error(400, "ConnectWiseApi", message)


def unknown_field(path: str) -> ApiError:
    """A field in conditions, orderBy or fields that the resource does not know (recorded for conditions)."""
    return _error(400, "ApiFindCondition", f"{path} is not a recognized name.")


def bad_enum() -> ApiError:
    """A level in conditions that is not None, My or All (recorded answer)."""
    return _error(400, "ApiFindCondition", "Enum value supplied was invalid")


def bad_condition(message: str) -> ApiError:
    """Conditions that cannot be read (code recorded, text a guess)."""
    return _error(400, "ApiFindCondition", message)


def bad_paging(message: str) -> ApiError:
    """page or pageSize out of range (guess)."""
    return _error(400, "ConnectWiseApi", message)


def problem(code: str, message: str, resource: str, field: str) -> dict[str, str]:
    """One entry of ``errors``."""
    return {"code": code, "message": message, "resource": resource, "field": field}


def missing(resource: str, field: str) -> dict[str, str]:
    """A required field is absent (recorded answer)."""
    return problem("MissingRequiredField", f"The {field} field is required.", resource, field)


def too_long(resource: str, field: str, limit: int) -> dict[str, str]:
    """A text over its published length (code and text a guess)."""
    return problem("MaxLength", f"The {field} field holds at most {limit} characters.", resource, field)


def exists(resource: str, field: str) -> dict[str, str]:
    """A name that is taken (code recorded for other records, text a guess)."""
    return problem("ObjectExists", f"This {field} is already in use.", resource, field)


def read_only(resource: str, field: str) -> dict[str, str]:
    """A field that cannot be written (guess)."""
    return problem("ReadOnlyField", f"The {field} field cannot be changed.", resource, field)


def bad_value(resource: str, field: str, message: str) -> dict[str, str]:
    """A value of the wrong kind or not offered here (guess)."""
    return problem("InvalidValue", message, resource, field)


def bad_reference(resource: str, field: str, wanted: object) -> dict[str, str]:
    """A reference to a record that does not exist (guess)."""
    return problem("InvalidReference", f"{field} {wanted} does not exist.", resource, field)


def invalid(resource: str, problems: list[dict[str, str]]) -> ApiError:
    """400 InvalidObject with its list of problems (recorded answer)."""
    body = {"code": "InvalidObject", "message": f"{resource} object is invalid", "errors": problems}
    return ApiError(400, body)
