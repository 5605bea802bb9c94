"""Endpoint templates by shape."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apitrail.inspect.endpoints import CUT, KINDS, MAX_CHARS, MAX_SEGMENTS, segment_kind, template

VARIABLES = {
    "/users/42": "/users/{id}",
    "/orders/ord_1NXWPnCo6bFb1KQto6C8OWvE": "/orders/{id}",
    "/customers/cus-12345": "/customers/{id}",
    "/users/user_42": "/users/{id}",
    "/invoices/INV2024001": "/invoices/{id}",
    "/v1/7/orders": "/v1/{id}/orders",
    "/api/42/orders": "/api/{id}/orders",
    "/items/1,2,3": "/items/{id}",
    "/books/978-3-16-148410-0": "/books/{id}",
    "/a/550e8400-e29b-41d4-a716-446655440000": "/a/{uuid}",
    "/a/507f1f77bcf86cd799439011": "/a/{hex}",
    "/img/8c7e6.png": "/img/{hex}.png",
    "/static/app.3f2a9c81.js": "/static/app.{hex}.js",
    "/rates/2020-01-31": "/rates/{date}",
    "/log/2024-05-13T10:15:00Z": "/log/{date}",
    "/people/ann@example.com": "/people/{email}",
    "/people/ann%40example.com": "/people/{email}",
    "/geo/48.85/-2.35": "/geo/{number}/{number}",
    "/hosts/10.0.0.1": "/hosts/{ip}",
    "/hosts/2001:db8::1": "/hosts/{ip}",
    "/calls/+4915112345678": "/calls/{phone}",
    "/shop/blue-shirt-1234": "/shop/{slug}",
    "/t/01ARZ3NDEKTSV4RRFFQ69G5FAV": "/t/{token}",
    "/t/V1StGXR8_Z5jdHi6B-myT": "/t/{token}",
    "/t/dQw4w9WgXcQ": "/t/{token}",
    "/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln": "/t/{token}",
    "/packages/left/4.17.21": "/packages/left/{version}",
    "/search/red%20shoes": "/search/{text}",
    "/odata/Products(5)": "/odata/Products({id})",
    "/v1/jobs/42:cancel": "/v1/jobs/{id}:cancel",
}

CONSTANTS = (
    "/",
    "*",
    "/v1/users/me",
    "/v2.1/2fa/oauth2/s3/utf8/mp4/base64/sha256/sha-256/utf-8",
    "/v1beta1/i18n/b2b/k8s/x509/h264/ipv4/3ds2/es-419/iso-8859-1/rfc3339",
    "/api/1.0/users",
    "/rest/api/2/issue",
    "/1.1/statuses",
    "/2015-03-31/functions",
    "/wizard/step-2",
    "/terms-of-service-2024",
    "/uploadProfilePictureToStorage/OAuth2AuthorizationCodeCallback",
    "/google.cloud.platform.v1beta1.PredictionService/Predict",
    "/js/jquery-3.6.0.min.js",
    "/users/",
    "/wiki/Größe",
)


@pytest.mark.parametrize("path", VARIABLES)
def test_variable_segments_become_their_kind(path: str) -> None:
    """A value with a shape is replaced by the name of the shape."""
    assert template(path) == VARIABLES[path]


@pytest.mark.parametrize("path", CONSTANTS)
def test_constant_words_stay(path: str) -> None:
    """A word with digits in it is no identifier."""
    assert template(path) == path


def test_path_is_normalised() -> None:
    """Matrix parameters, queries and empty segments are not part of an endpoint."""
    assert template("//a;jsessionid=1//b/;x?y=1/2#z") == "/a/b"
    assert template("") == "/"


def test_over_long_paths_are_cut() -> None:
    """A template ends in the mark of a cut when segments or characters are too many."""
    many = template("/a" * (MAX_SEGMENTS + 1))
    assert many.count("/a") == MAX_SEGMENTS
    assert many.endswith("/" + CUT)
    assert len(template("/word" * 10_000)) <= MAX_CHARS


def test_kind_of_one_segment() -> None:
    """The kind is asked for one segment, by the learner for example; a word has none."""
    assert segment_kind("42") == "id"
    assert segment_kind("users") == ""
    assert set(map(segment_kind, ("1.5", "10.0.0.1"))) <= set(KINDS)


_SEGMENTS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[A-Za-z]{0,8}[-_.:(;%]?[0-9a-fA-F]{1,12}[)]?(\.[a-z]{2,3})?", fullmatch=True),
    st.sampled_from(["api", "v1", "1.0", "2", "2023-11-01", "{id}", "{hex}.png", "user-1", "users", "...", "", "a;b"]),
)


@given(st.lists(_SEGMENTS, max_size=60).map(lambda parts: "/" + "/".join(parts)) | st.text(max_size=200))
@example("/" + "1" * 3000)
@example("/" + "x" * 1900 + "/1" * 60)
def test_a_template_is_its_own_template(path: str) -> None:
    """Templating twice changes nothing, for whatever was sent."""
    once = template(path)
    assert template(once) == once
    assert len(once) <= MAX_CHARS
    assert not re.search(r"(?<=.)//", once)
