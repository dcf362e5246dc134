"""A telephone number or an e-mail address is understood as people write it, or refused."""

from __future__ import annotations

import pytest

from clinic.contact import ContactError, parse_contact


@pytest.mark.parametrize(
    ("text", "normalised", "display"),
    [
        ("415 555 0132", "+14155550132", "(415) 555-0132"),
        ("call me on 415 555 0132 please", "+14155550132", "(415) 555-0132"),
        ("4155550132", "+14155550132", "(415) 555-0132"),
        ("(415) 555-0132.", "+14155550132", "(415) 555-0132"),
        ("my cell is 415.555.0132, after 5", "+14155550132", "(415) 555-0132"),
        ("+1-415-555-0132", "+14155550132", "(415) 555-0132"),
        ("1 (415) 555 0132", "+14155550132", "(415) 555-0132"),
        ("415-555-0132 ext. 7", "+14155550132;ext=7", "(415) 555-0132 ext. 7"),
        ("+44 20 7946 0958", "+442079460958", "+44 20 7946 0958"),
        ("\uff14\uff11\uff15 555 0132", "+14155550132", "(415) 555-0132"),
        ("not 123 but 415 555 0132", "+14155550132", "(415) 555-0132"),
    ],
)
def test_a_telephone_number_is_understood(text: str, normalised: str, display: str) -> None:
    contact = parse_contact(text, "US")
    assert (contact.kind, contact.normalised, contact.display) == ("phone", normalised, display)


def test_a_number_without_a_country_code_is_one_of_the_clinic_s_region() -> None:
    assert parse_contact("020 7946 0958", "GB").normalised == "+442079460958"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a.b@example.org", "a.b@example.org"),
        ("my email is a.b@example.org", "a.b@example.org"),
        ("It's A.B@Example.ORG.", "A.B@example.org"),
        ("<a.b@example.org>", "a.b@example.org"),
        ("email: a.b@example.org, thanks!", "a.b@example.org"),
        ("mailto:a.b@example.org", "a.b@example.org"),
        ("a.b @ example.org", "a.b@example.org"),
        ("a.b at example dot org", "a.b@example.org"),
        ("a.b+needles@example.co.uk?", "a.b+needles@example.co.uk"),
        ("415 555 0132 or a.b@example.org", "a.b@example.org"),
    ],
)
def test_an_email_address_is_understood(text: str, address: str) -> None:
    contact = parse_contact(text, "US")
    assert (contact.kind, contact.normalised, contact.display) == ("email", address, address)


def test_a_good_number_beside_a_broken_address_is_taken() -> None:
    assert parse_contact("a.b@ or 415 555 0132", "US").kind == "phone"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("000 000 0000", "phone"),
        ("555-555-5555", "phone"),
        ("123-456-7890", "phone"),
        ("555-0132", "phone"),
        ("911", "phone"),
        ("4155550132999999", "phone"),
        ("+999 415 555 0132", "phone"),
        ("a.b@", "email"),
        ("@example.org", "email"),
        ("a b@c", "email"),
        ("a.b@example", "email"),
        ("a..b@example.org", "email"),
        ("call me", "missing"),
        ("", "missing"),
        ("   ", "missing"),
        ("\U0001f600", "missing"),
        ("i will be at the clinic at 3", "missing"),
    ],
)
def test_what_cannot_be_a_contact_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ContactError) as caught:
        parse_contact(text, "US")
    assert caught.value.reason == reason


def test_a_long_text_is_read_quickly() -> None:
    with pytest.raises(ContactError):
        parse_contact("1 " * 500, "US")
    with pytest.raises(ContactError):
        parse_contact("a@" * 500, "US")
    with pytest.raises(ContactError):
        parse_contact("a at b" + " dot" * 250, "US")
