# Copyright (c) 2026, msp.connectwise contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each recorded answer is classified."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msp.connectwise.plugins.module_utils._client import answers, errors, routes

VERSION = (
    "The HTTP resource that matches the request URI 'https://x/apis/3.0/system/info'"
    " does not support the API version '0.0'."
)


def said(code, message, **more):
    return json.dumps({"code": code, "message": message, **more})


NO_ENDPOINT = said("ConnectWiseApi", "The endpoint does not exist.")
FORBIDDEN = said("Security", "You do not have security permission to perform this action.")


@pytest.mark.parametrize(
    ("route", "status", "body", "kind"),
    [
        (routes.ROLES, 400, said("ApiFindCondition", "x is not a recognized name."), errors.Rejected),
        (routes.ROLES, 400, said("ConnectWiseApi", "Could not find member 'page'"), errors.Rejected),
        (routes.ROLES, 400, said("ConnectWiseApi", VERSION), errors.VersionUnsupported),
        (routes.ROLES, 404, said("ConnectWiseApi", VERSION), errors.VersionUnsupported),
        (routes.ROLES, 401, said("Unauthorized", "..."), errors.Unauthorized),
        (routes.ROLES, 400, said("ConnectWiseApi", "UserNotAuthenticated"), errors.Unauthorized),
        (routes.ROLES, 400, "Cannot route. The request carries no known clientId.", errors.Unauthorized),
        (routes.ROLES, 403, FORBIDDEN, errors.Forbidden),
        (routes.ROLES, 404, said("NotFound", "SecurityRole 7 not found"), errors.RecordNotFound),
        (routes.ROLES, 404, NO_ENDPOINT, errors.EndpointMissing),
        (routes.ROLES, 404, "<html>", errors.WrongAddress),
        (routes.ROLES, 404, "", errors.WrongAddress),
        (routes.KEYS, 404, "", errors.EndpointMissing),
        (routes.KEYS, 404, "<html>", errors.EndpointMissing),
        (routes.KEYS, 405, "", errors.EndpointMissing),
        (routes.KEYS, 501, "", errors.EndpointMissing),
        (routes.ROLES, 414, "Request-URI Too Large", errors.NotConnectWise),
        (routes.ROLES, 429, json.dumps({"error": "ConnectWiseAPI", "message": "slow down"}), errors.RateLimited),
        (routes.ROLES, 500, "", errors.ServerFailed),
        (routes.ROLES, 503, "<html><title>Maintenance</title></html>", errors.ServerFailed),
        (routes.ROLES, 304, "", errors.Rejected),
        (routes.ROLES, 400, "[1, 2]", errors.NotConnectWise),
        (routes.ROLES, 400, "null", errors.NotConnectWise),
        (routes.ROLES, 400, "", errors.Rejected),
        (routes.ROLES, 401, "", errors.Unauthorized),
        (routes.ROLES, 401, "<html><title>Sign in</title></html>", errors.NotConnectWise),
        (routes.ROLES, 403, "<html><title>Request stopped</title></html>", errors.NotConnectWise),
        (routes.ROLES, 403, json.dumps({"fault": {"faultstring": "stopped"}}), errors.NotConnectWise),
        (routes.ROLES, 403, json.dumps({"code": 403, "message": "stopped"}), errors.NotConnectWise),
        (routes.KEYS, 403, json.dumps({"error": {"code": "x"}, "message": "stopped"}), errors.NotConnectWise),
        (routes.ROLES, 502, "Cannot connect to upstream", errors.ServerFailed),
        (routes.ROLES, 503, "Cannot GET /", errors.ServerFailed),
    ],
)
def test_the_kind_of_a_failure(route, status, body, kind):
    error = answers.failure("acme at host", route, "/system/x", status, body)
    assert error.__class__ is kind
    assert (error.status, error.method, error.path) == (status, route.method, "/system/x")
    assert "acme at host" in str(error) and str(error).endswith(".") and ".." not in str(error).replace("...", "")


def test_field_errors_are_told_with_their_fields():
    body = said(
        "InvalidObject",
        "apiMember object is invalid",
        errors=[
            {
                "code": "MissingRequiredField",
                "message": "The name field is required.",
                "resource": "apiMember",
                "field": "name",
            },
            {"code": "ObjectExists", "field": "identifier"},
            {"message": "odd"},
            "text",
            None,
        ],
    )
    error = answers.failure("i", routes.API_MEMBER_CREATE, "/p", 400, body)
    assert error.fields == ["name: The name field is required.", "identifier: ObjectExists", "odd"]
    assert error.code == "InvalidObject"
    assert "InvalidObject: apiMember object is invalid (name: The name field is required.; identifier" in str(error)


@pytest.mark.parametrize("listed", [None, {}, "text", 5])
def test_errors_that_are_no_list_are_passed_over(listed):
    assert answers.failure("i", routes.ROLES, "/p", 400, said("C", "m", errors=listed)).fields == []


def test_line_ends_within_a_message_become_blanks():
    assert answers.failure("i", routes.ROLES, "/p", 400, said("C", "one\r\n  two")).detail == "one two"


@pytest.mark.parametrize(
    ("route", "right"),
    [
        (routes.ROLE_CREATE, "Add All on System / Security Roles"),
        (routes.API_MEMBER_PATCH, "Edit All on System / Member Maintenance"),
        (routes.LOCATIONS, "Inquire All on System / My Company"),
        (routes.BOARDS, "Inquire All on System / Table Setup"),
        (routes.INFO, "Check the security role"),
    ],
)
def test_a_missing_right_is_named(route, right):
    assert right in str(answers.failure("i", route, "/p", 403, FORBIDDEN))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<html><head><title>We will\n be back</title></head><body>x</body></html>", "We will be back"),
        ("plain \n text", "plain text"),
        ("", ""),
        ("x" * 999, "x" * 200),
    ],
)
def test_a_body_that_is_no_json_is_told_in_a_line(text, line):
    assert answers.snippet(text) == line


@pytest.mark.parametrize(("text", "value"), [("", None), (" \r\n", None), ("null", None), ("[1]", [1]), ("{}", {})])
def test_bodies_are_read(text, value):
    assert answers.parse_body(text) == value


@pytest.mark.parametrize("text", ["<html>", "{", "[" * 200_000], ids=["html", "cut", "deep"])
def test_a_body_that_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        answers.parse_body(text)


def test_every_route_that_needs_a_right_names_function_and_verb_together():
    found = [value for value in vars(routes).values() if isinstance(value, routes.Route)]
    assert len(found) > 20
    verbs = {"GET": "inquire", "POST": "add", "PATCH": "edit", "PUT": "edit", "DELETE": "delete"}
    for route in found:
        assert bool(route.function) == bool(route.verb)
        assert route.verb in (None, verbs[route.method])
        assert route.grade in (routes.PUBLISHED, routes.UNDOCUMENTED)
