"""Answers as each channel shows them: within its limits, nothing cut that belongs together."""

from __future__ import annotations

import random
import re

import pytest

from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import CAPABILITIES, CHANNELS, Channel, length
from gateway.channels.rendering import Rendered
from gateway.channels.types import Outbound
from tests.gateway.channels.replies import EMERGENCY, QUESTION, reply

Channels = dict[Channel, Adapter]

LINK = (
    "[the clinic's page about microneedling](https://clinic.example/treatments/microneedling.html?a=1.5&b=2)"
)
SENTENCE = "Most people are red for two or three days after it, as after a mild sunburn. "


def texts_of(rendered: Rendered) -> list[str]:
    return [message.text for message in rendered.messages]


def render(channels: Channels, channel: Channel, *replies: object, notice: str | None = None) -> Rendered:
    return channels[channel].render(list(replies), "someone", notice=notice)  # type: ignore[arg-type]


def assert_fits(channel: Channel, messages: tuple[Outbound, ...]) -> None:
    can = CAPABILITIES[channel]
    for message in messages:
        limit = can.button_text_limit if message.buttons else can.text_limit
        assert 0 < length(message.text, can.unit) <= limit
        assert len(message.buttons) <= can.max_buttons
        longest = can.row_title_limit or can.button_title_limit
        assert all(length(button.shown, "utf16") <= longest for button in message.buttons)


class TestMarkup:
    @pytest.mark.parametrize(
        ("channel", "shown"),
        [
            ("whatsapp", "It *may* hurt < a bit & pass"),
            ("twilio-whatsapp", "It *may* hurt < a bit & pass"),
            ("telegram", "It <b>may</b> hurt &lt; a bit &amp; pass"),
            ("messenger", "It may hurt < a bit & pass"),
            ("instagram", "It may hurt < a bit & pass"),
            ("twilio-sms", "It may hurt < a bit & pass"),
            ("webhook", "It may hurt < a bit & pass"),
        ],
    )
    def test_bold(self, channels: Channels, channel: Channel, shown: str) -> None:
        assert texts_of(render(channels, channel, reply("It **may** hurt < a bit & pass"))) == [shown]

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_links_are_spelt_out(self, channels: Channels, channel: Channel) -> None:
        text = (
            "Call [+1 415-555-0132](tel:+14155550132), write to [us](mailto:hello@clinic.example) "
            "or read [our page](https://clinic.example/a)."
        )
        expected = (
            "Call +1 415-555-0132, write to us (hello@clinic.example) "
            "or read our page (https://clinic.example/a)."
        )
        assert texts_of(render(channels, channel, reply(text))) == [expected]

    @pytest.mark.parametrize(
        "text", ["2 ** 3 ** 4", "**", "**a", "a ** b", "[x](javascript:alert(1))", "[]()", "`a`"]
    )
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_what_is_no_markup_stays(self, channels: Channels, channel: Channel, text: str) -> None:
        assert texts_of(render(channels, channel, reply(text))) == [text]

    def test_typography_is_plain_on_sms_alone(self, channels: Channels) -> None:
        text = "“Don’t” – it’s 0.5 mm… ok"
        assert texts_of(render(channels, "twilio-sms", reply(text))) == ["\"Don't\" - it's 0.5 mm... ok"]
        assert texts_of(render(channels, "whatsapp", reply(text))) == [text]


class TestChoices:
    def test_sms_numbers_them(self, channels: Channels) -> None:
        rendered = render(channels, "twilio-sms", reply(QUESTION, "Yes", "No", "Not sure", progress=(3, 12)))
        assert texts_of(rendered) == [
            "Question 3 of 12\nDo you have any of these, or did you have them in the past?\n\n"
            "- Eczema.\n- Psoriasis.\n- Rosacea.\n- Cold sores (fever blisters).\n\n"
            "Reply with a number:\n1. Yes\n2. No\n3. Not sure"
        ]
        assert rendered.messages[0].buttons == ()
        assert rendered.offer.labels == "numbers"

    def test_letters_mark_choices_that_begin_with_numbers(self, channels: Channels) -> None:
        titles = ("Today", "Yesterday", "2 days ago", "3 days ago")
        rendered = render(channels, "twilio-sms", reply("When was it?", *titles))
        assert texts_of(rendered) == [
            "When was it?\n\nReply with a letter:\nA. Today\nB. Yesterday\nC. 2 days ago\nD. 3 days ago"
        ]

    def test_whatsapp_has_buttons_up_to_three(self, channels: Channels) -> None:
        rendered = render(channels, "whatsapp", reply("Ok?", "Yes", "No", "Not sure"))
        body = channels["whatsapp"].call(rendered.messages[0]).json
        assert body is not None
        assert body["interactive"] == {
            "type": "button",
            "body": {"text": "Ok?"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "token-1", "title": "Yes"}},
                    {"type": "reply", "reply": {"id": "token-2", "title": "No"}},
                    {"type": "reply", "reply": {"id": "token-3", "title": "Not sure"}},
                ]
            },
        }

    def test_whatsapp_has_a_list_above_three(self, channels: Channels) -> None:
        rendered = render(channels, "whatsapp", reply("Ok?", "Yes", "No", "Not sure", "Back"))
        body = channels["whatsapp"].call(rendered.messages[0]).json
        assert body is not None
        assert body["interactive"]["type"] == "list"  # type: ignore[index]
        rows = body["interactive"]["action"]["sections"][0]["rows"]  # type: ignore[index]
        assert [row["title"] for row in rows] == ["Yes", "No", "Not sure", "Back"]

    def test_a_title_that_is_too_long_for_a_row_is_told_in_full_below_it(self, channels: Channels) -> None:
        title = "What should I stop using before my first treatment"
        rendered = render(channels, "whatsapp", reply("Did you mean", title, "How does it work?"))
        body = channels["whatsapp"].call(rendered.messages[0]).json
        rows = body["interactive"]["action"]["sections"][0]["rows"]  # type: ignore[index]
        assert rows[0] == {"id": "token-1", "title": "What should I stop…", "description": title}
        assert rows[1] == {"id": "token-2", "title": "How does it work?"}

    @pytest.mark.parametrize("channel", ["whatsapp", "messenger", "instagram"])
    def test_a_known_long_title_has_a_short_one(self, channels: Channels, channel: Channel) -> None:
        rendered = render(channels, channel, reply("Shall we?", "Request a consultation"))
        assert rendered.messages[0].buttons[0].shown == "Ask for consultation"
        assert rendered.messages[0].buttons[0].title == "Request a consultation"

    def test_too_many_choices_are_numbered_anywhere(self, channels: Channels) -> None:
        titles = [f"Choice {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUV"]
        for channel in CHANNELS:
            rendered = render(channels, channel, reply("Which?", *titles))
            assert rendered.offer.labels == "numbers"
            assert not rendered.messages[-1].buttons
            assert "22. Choice V" in rendered.messages[-1].text

    def test_choices_that_would_read_the_same_are_numbered(self, channels: Channels) -> None:
        titles = ("What happens on the day of the treatment", "What happens on the day after the treatment")
        rendered = render(channels, "messenger", reply("Did you mean", *titles))
        assert rendered.offer.labels == "numbers"
        assert titles[1] in rendered.messages[-1].text

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_all_choices_of_a_turn_stand_in_its_last_message(
        self, channels: Channels, channel: Channel
    ) -> None:
        flag = reply("Please wait with it.", "Request a consultation")
        answer = reply("It hurts a little.", "Request a consultation", "Start the screening")
        rendered = render(channels, channel, flag, answer)
        assert [choice.title for choice in rendered.offer.choices] == [
            "Request a consultation",
            "Start the screening",
        ]
        assert all(not message.buttons for message in rendered.messages[:-1])
        assert rendered.offer.labels == "numbers" or len(rendered.messages[-1].buttons) == 2

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_an_answer_without_choices_offers_none(self, channels: Channels, channel: Channel) -> None:
        assert render(channels, channel, reply("Yes.")).offer.choices == ()

    def test_a_text_too_long_for_a_body_with_buttons_comes_before_it(self, channels: Channels) -> None:
        rendered = render(channels, "whatsapp", reply(SENTENCE * 20, "Yes", "No"))
        assert [bool(message.buttons) for message in rendered.messages] == [False, True]
        assert rendered.messages[1].text == "Please choose."


class TestSplitting:
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_sentences_stay_whole(self, channels: Channels, channel: Channel) -> None:
        rendered = render(channels, channel, reply(SENTENCE * 80))
        assert len(rendered.messages) > 1
        assert_fits(channel, rendered.messages)
        assert all(text.endswith("sunburn.") for text in texts_of(rendered))
        assert sum(text.count("sunburn.") for text in texts_of(rendered)) == 80

    def test_sms_keeps_to_what_is_advised(self, channels: Channels) -> None:
        rendered = render(channels, "twilio-sms", reply(SENTENCE * 12))
        assert all(len(text) <= 320 for text in texts_of(rendered))

    def test_a_list_stays_whole_with_the_line_before_it(self, channels: Channels) -> None:
        items = "\n".join(f"- Item {number} of a list that is quite long." for number in range(10))
        text = f"{SENTENCE}{SENTENCE}\n\nDo not use these:\n\n{items}\n\n{SENTENCE}"
        rendered = texts_of(render(channels, "twilio-sms", reply(text)))
        assert f"Do not use these:\n\n{items}" in rendered[1]
        assert len(rendered) == 3

    def test_a_list_longer_than_a_message_is_split_between_items(self, channels: Channels) -> None:
        items = [f"- Item {number} has words, as a list's items do. Twice." for number in range(60)]
        rendered = render(channels, "twilio-sms", reply("\n".join(items)))
        assert_fits("twilio-sms", rendered.messages)
        assert [line for text in texts_of(rendered) for line in text.split("\n")] == items

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_a_link_is_never_cut(self, channels: Channels, channel: Channel) -> None:
        whole = "the clinic's page about microneedling (https://clinic.example/treatments/microneedling.html?a=1.5&b=2)"
        if channel == "telegram":
            whole = whole.replace("&", "&amp;")
        # One sentence without an end, so that it must be cut between words.
        for words in range(1, 400, 7):
            text = f"{'word ' * words}{LINK} {'more ' * 500}"
            rendered = render(channels, channel, reply(text))
            assert_fits(channel, rendered.messages)
            assert sum(whole in text for text in texts_of(rendered)) == 1

    def test_a_number_with_spaces_is_never_cut(self, channels: Channels) -> None:
        for words in range(300, 330):
            text = f"{'abcd ' * words}[+1 415 555 0132](tel:+14155550132) {'more ' * 100}"
            rendered = texts_of(render(channels, "twilio-sms", reply(text)))
            assert sum("+1 415 555 0132" in text for text in rendered) == 1

    def test_abbreviations_end_no_sentence(self, channels: Channels) -> None:
        kept = "Use a gentle cream, e.g. The plain kind."
        for letters in range(230, 320):
            text = f"{'a' * letters}. {kept} {SENTENCE * 4}"
            shown = texts_of(render(channels, "twilio-sms", reply(text)))
            assert sum(kept in text for text in shown) == 1

    def test_instagram_counts_bytes(self, channels: Channels) -> None:
        rendered = render(channels, "instagram", reply("¿Cuánto dura la sesión? Según la zona… " * 40))
        assert_fits("instagram", rendered.messages)
        assert max(len(text) for text in texts_of(rendered)) < 960

    def test_emoji_count_as_platforms_count_them(self, channels: Channels) -> None:
        for channel in CHANNELS:
            assert_fits(channel, render(channels, channel, reply("😀" * 5000)).messages)

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_whatever_the_text_it_fits_and_no_word_is_lost(
        self, channels: Channels, channel: Channel
    ) -> None:
        chance = random.Random(7)
        words = [
            "needle",
            "skin.",
            "Why?",
            "**bold words here**",
            "é",
            "😀",
            "a" * 30,
            "e.g.",
            "&",
            "<b>",
            "5",
        ]
        for _ in range(150):
            joints = chance.choices(
                [" ", "\n", "\n\n", "\n- ", "\n\n- "], [20, 2, 2, 2, 1], k=chance.randrange(1, 700)
            )
            text = "".join(chance.choice(words) + joint for joint in joints)
            rendered = render(channels, channel, reply(text, "Yes", "No"))
            assert_fits(channel, rendered.messages)
            shown = " ".join(texts_of(rendered))
            assert shown.count("needle") == text.count("needle")
            assert shown.count("a" * 30) == text.count("a" * 30)


class TestOrder:
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_an_emergency_comes_first_of_all(self, channels: Channels, channel: Channel) -> None:
        calm = reply("It hurts a little.", source="Clinic page")
        urgent = reply(EMERGENCY, kind="triage", severity="emergency", source="Clinical policy")
        shown = texts_of(render(channels, channel, calm, urgent, notice="I am the assistant."))
        first = re.sub("[*]|</?b>", "", shown[0])
        assert first.startswith("Call 911 now. What you describe may be an emergency. Do not wait.")
        assert not any("Clinical policy" in text for text in shown)
        notice = next(place for place, text in enumerate(shown) if "I am the assistant." in text)
        assert 0 < notice < next(place for place, text in enumerate(shown) if "hurts a little" in text)

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_the_notice_comes_before_an_answer(self, channels: Channels, channel: Channel) -> None:
        shown = texts_of(render(channels, channel, reply("Yes."), notice="I am the assistant."))
        assert shown == ["I am the assistant.", "Yes."]

    def test_a_source_is_shown_where_there_is_room(self, channels: Channels) -> None:
        answer = reply("It takes four weeks.", source="Clinic page")
        shown = texts_of(render(channels, "whatsapp", answer))
        assert shown == ["It takes four weeks.\n\nSource: Clinic page, reviewed 2026-11-20"]
        assert texts_of(render(channels, "twilio-sms", answer)) == ["It takes four weeks."]

    def test_nothing_to_say_is_no_message(self, channels: Channels) -> None:
        assert render(channels, "whatsapp").messages == ()

    def test_a_message_survives_being_kept_as_json(self, channels: Channels) -> None:
        message = render(channels, "whatsapp", reply("Ok?", "Yes", "Request a consultation")).messages[0]
        assert Outbound.from_dict(message.as_dict()) == message
