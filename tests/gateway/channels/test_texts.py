"""The texts of knowledge/channels.yml, and how faults in them are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from clinic.profile import load_profile
from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import CHANNELS, Channel
from gateway.channels.gsm7 import parts
from gateway.channels.texts import ChannelTexts, ChannelTextsError, load_channel_texts
from tests.gateway.channels.conftest import KNOWLEDGE
from tests.gateway.channels.replies import reply

DATA = KNOWLEDGE.parent / "data"
VALUES = load_profile(KNOWLEDGE / "clinic.yml").template_values()


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_notice_is_one_message_everywhere(
    channels: dict[Channel, Adapter], texts: ChannelTexts, channel: Channel
) -> None:
    for name, text in texts.notices.model_dump().items():
        most = 2 if channel == "twilio-sms" else 1
        assert 1 <= len(channels[channel].renderer.say(text, "someone")) <= most, name


def test_notices_on_sms_say_what_carriers_ask_for(texts: ChannelTexts) -> None:
    notices = texts.notices
    for text in (notices.first_contact_sms, notices.help):
        assert "STOP" in text and "data rates" in text and VALUES["clinic_name"] in text
    assert "HELP" in notices.first_contact_sms
    assert "START" in notices.opted_out and VALUES["clinic_name"] in notices.opted_out
    assert VALUES["clinic_phone"] in notices.help
    assert "automated" in notices.first_contact and "automated" in notices.first_contact_sms


def test_the_opt_out_is_confirmed_in_two_parts_at_most(
    channels: dict[Channel, Adapter], texts: ChannelTexts
) -> None:
    said = channels["twilio-sms"].renderer.say(texts.notices.opted_out, "someone")
    assert len(said) == 1 and parts(said[0].text) <= 2


def test_no_button_of_the_assistant_is_cut_on_any_channel(channels: dict[Channel, Adapter]) -> None:
    titles = {
        button["title"]
        for path in DATA.rglob("*.yml")
        for response in (yaml.safe_load(path.read_text()) or {}).get("responses", {}).values()
        for variant in response
        for button in variant.get("buttons", [])
    }
    assert len(titles) > 10
    for channel in CHANNELS:
        for title in sorted(titles):
            offered = channels[channel].render([reply("?", title, "Yes")], "someone").offer
            assert not offered.choices[0].shown.endswith("…"), (channel, title)


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        ("{clinic_phone}", "{clinic_fax}", r"notices\.\w+: unknown placeholder {clinic_fax}"),
        ("open_list: Choose", "open_list: Choose one of these answers", "open_list"),
        ("parts:", "pieces:", "pieces"),
        ("Ask for consultation", "Ask for a consultation now", "short_titles"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, find: str, put: str, message: str) -> None:
    file = tmp_path / "channels.yml"
    file.write_text((KNOWLEDGE / "channels.yml").read_text().replace(find, put))
    with pytest.raises(ChannelTextsError, match=message) as raised:
        load_channel_texts(file, VALUES)
    assert str(file) in str(raised.value) and "\n" not in str(raised.value)


def test_no_placeholder_is_left(texts: ChannelTexts) -> None:
    for text in texts.notices.model_dump().values():
        assert not re.search(r"\{\w+\}", text)
