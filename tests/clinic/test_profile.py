"""The clinic's profile is checked field by field before anybody reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from clinic.profile import ClinicProfile, ProfileError, load_profile
from tests.clinic.knowledge_files import PROFILE, Data, changed, without

SAMPLE = Path("knowledge/clinic.yml")


def load(folder: Path, data: Data) -> ClinicProfile:
    path = folder / "clinic.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_profile(path)


def error_of(folder: Path, data: Data) -> str:
    with pytest.raises(ProfileError) as caught:
        load(folder, data)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{folder / 'clinic.yml'}: ")
    return message


def test_the_sample_says_that_it_is_one() -> None:
    profile = load_profile(SAMPLE)
    assert profile.sample
    assert "sample" in profile.name.lower()


def test_the_sample_names_nobody_and_nothing_that_exists() -> None:
    profile = load_profile(SAMPLE)
    assert re.fullmatch(r"\+1\d{3}55501\d\d", profile.phone.e164)
    assert profile.email.endswith(".example")
    assert profile.website.endswith(".example")
    assert profile.price_text is None
    assert not re.search(r"\b(Dr|Doctor|Nurse|Mr|Ms|Mrs)\b", " ".join(profile.template_values().values()))


def test_a_wait_is_said_in_words() -> None:
    waits = load_profile(SAMPLE).waits
    assert waits["sunburn"] == "at least 2 weeks"
    assert all(re.fullmatch(r"at least \d+ (hours|days|weeks|months)", text) for text in waits.values())


def test_placeholders_get_the_profile_s_values(tmp_path: Path) -> None:
    values = load(tmp_path, PROFILE).template_values(retention_days=30)
    assert values["clinic_phone"] == "+1 415-555-0132"
    assert values["clinic_phone_link"] == "tel:+14155550132"
    assert values["emergency_number"] == "911"
    assert values["emergency_link"] == "tel:911"
    assert values["crisis_link"] == "tel:988"
    assert values["poison_number"] == "1-800-222-1222"
    assert values["poison_link"] == "tel:+18002221222"
    assert values["wait_sunburn"] == "at least 2 weeks"
    assert values["retention_days"] == "30"
    assert values["clinic_languages"] == "English, Spanish"


def test_without_a_price_the_quote_is_offered(tmp_path: Path) -> None:
    quote = PROFILE["no_price_text"]
    assert load(tmp_path, PROFILE).template_values()["clinic_price"] == quote
    priced = changed(PROFILE, "price_text", "From 250 dollars a visit.")
    assert load(tmp_path, priced).template_values()["clinic_price"] == "From 250 dollars a visit."


def test_a_number_is_read_in_the_clinic_s_region(tmp_path: Path) -> None:
    british = {**PROFILE, "region": "GB", "phone": "020 7946 0958", "emergency_number": 999}
    british["poison_number"] = "+44 20 7946 0959"
    profile = load(tmp_path, british)
    assert profile.phone.e164 == "+442079460958"
    assert profile.emergency_number.link == "tel:999"


@pytest.mark.parametrize("field", [field for field in PROFILE if field not in ("region", "price_text")])
def test_a_missing_field_is_named(field: str, tmp_path: Path) -> None:
    assert f"{field}: is missing" in error_of(tmp_path, without(PROFILE, field))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sample", "perhaps"),
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 81),
        ("name", "<b>Clinic</b>"),
        ("region", "Utopia"),
        ("phone", "call us"),
        ("phone", "555-555-5555"),
        ("phone", "+1 000 000 0000"),
        ("phone", "911"),
        ("email", "clinic.example"),
        ("website", "http://clinic.example"),
        ("website", "javascript:alert(1)"),
        ("website", "https://"),
        ("address", ["a", "b"]),
        ("hours", None),
        ("languages", []),
        ("languages", "English"),
        ("staff", "Ask for {name}"),
        ("cancellation_text", "x" * 401),
        ("booking_note", ""),
        ("price_text", ""),
        ("no_price_text", None),
        ("emergency_number", "nine one one"),
        ("crisis_number", ""),
        ("poison_number", "1-800"),
        ("waits", {"sunburn": ""}),
        ("waits", {"Sun burn": "2 weeks"}),
        ("waits", ["2 weeks"]),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object, tmp_path: Path) -> None:
    assert f" {field}" in error_of(tmp_path, changed(PROFILE, field, value))


def test_every_wrong_field_is_named_at_once(tmp_path: Path) -> None:
    message = error_of(tmp_path, {**PROFILE, "phone": "x", "email": "y"})
    assert " phone: " in message
    assert " email: " in message


def test_a_misspelt_field_is_named(tmp_path: Path) -> None:
    assert "phon: is not a known field" in error_of(tmp_path, {**PROFILE, "phon": "1"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be a mapping"),
        ("- a\n- b\n", "must be a mapping"),
        ("name: [\n", "line 2"),
        ("name: a\nname: b\n", "'name' stands twice"),
        ("name: \x00\n", "is not YAML"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "clinic.yml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=re.escape(said)):
        load_profile(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"clinic\.yml: there is no such file"):
        load_profile(tmp_path / "clinic.yml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clinic.yml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(ProfileError, match="is not UTF-8 text"):
        load_profile(tmp_path / "clinic.yml")
