"""Web addresses as URIs; their normal form is tested with the cells of lists."""

import pytest

from referral.fields.urls_and_emails import is_monitored_email, to_uri


@pytest.mark.parametrize(
    ("value", "uri"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://example.org/alzheimer’s", "https://example.org/alzheimer%E2%80%99s"),
        ("http://example.org/100%?q=ñ", "http://example.org/100%25?q=%C3%B1"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.org:8080/x", "http://example.org:8080/x"),
        ("urn:isbn:0451450523", "urn:isbn:0451450523"),
        ("http://324324url.com_123", ""),
        ("Age 60 or older and live in Pinellas County", ""),
        ("Note: call first", ""),
        ("www.example.org", ""),
        ("help@example.org", ""),
    ],
)
def test_a_web_address_as_a_uri(value, uri):
    assert to_uri(value) == uri


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("help@example.org", True),
        ("testing-site@example.org", True),
        ("Test@email.example", False),
        ("no-reply@example.org", False),
        ("see our website", False),
    ],
)
def test_an_address_that_nobody_reads_is_told_apart(value, expected):
    assert is_monitored_email(value) is expected
