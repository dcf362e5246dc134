"""Opting out and in, help, media, groups, edits, and buttons that are too old, through a real gateway."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from gateway.channels.texts import ChannelTexts
from tests.gateway.channels.talks import Talk, bare
from tests.gateway.channels.test_conversations import words
from tests.gateway.chat import wait_until
from tests.gateway.servers import FakeEngine
from tests.platforms.server import Fault

Start = Callable[..., Talk]

STOPPED = "You will get no more messages"


@pytest.mark.parametrize("wording", ["STOP", "stop.", "Please stop texting me", "UNSUBSCRIBE"])
def test_stop_is_confirmed_once_and_then_there_is_silence(
    start: Start, engine: FakeEngine, wording: str
) -> None:
    talk = start("twilio-sms")
    talk.say(wording)
    assert len(talk.wait_for(STOPPED)) == 1
    talk.say(wording)
    talk.say("how far apart are treatments?")
    talk.wait_idle()
    assert len(talk.texts()) == 1
    talk.say("START")
    assert "Welcome back" in talk.wait_for("Welcome back")[-1]
    talk.say("how far apart are treatments?")
    talk.wait_for("You said: how far apart")
    assert "Welcome back" not in talk.texts()[-1]


def test_stop_inside_a_sentence_is_a_question(start: Start, engine: FakeEngine) -> None:
    talk = start("twilio-sms")
    talk.say("Should I stop my retinol?")
    talk.wait_for("You said: Should I stop my retinol?")


def test_an_emergency_is_answered_also_after_stop(start: Start, texts: ChannelTexts) -> None:
    talk = start("twilio-sms")
    talk.say("STOP")
    talk.wait_for(STOPPED)
    talk.say("my throat is swelling")
    shown = talk.wait_for("911")
    assert len(shown) == 2
    assert "If this is an emergency" in shown[-1]


def test_stop_drops_what_was_not_sent_yet(start: Start) -> None:
    talk = start("twilio-sms")
    talk.platform.faults.append(Fault("error", 503))
    talk.say("does it hurt?")
    wait_until(lambda: bool(talk.states()) and talk.platform.calls > 0)
    talk.say("STOP")
    wait_until(lambda: "dropped" in [state for state, _ in talk.states()])
    wait_until(lambda: any(STOPPED in text for text in talk.texts()), 20)
    assert not any("You said" in text for text in talk.texts())


def test_help_is_answered_also_after_stop(start: Start) -> None:
    talk = start("twilio-sms")
    talk.say("HELP")
    talk.wait_for("automated assistant for questions")
    talk.say("stop")
    talk.wait_for(STOPPED)
    talk.say("info")
    wait_until(lambda: sum("automated assistant for questions" in text for text in talk.texts()) == 2)


def test_what_twilio_answered_itself_is_noted_in_silence(start: Start) -> None:
    talk = start("twilio-sms")
    talk.give(talk.platform.text("STOP", OptOutType="STOP"))
    talk.wait_idle()
    talk.say("does it hurt?")
    talk.wait_idle()
    assert talk.texts() == []
    talk.give(talk.platform.text("START", OptOutType="START"))
    talk.wait_idle()
    assert talk.texts() == []
    talk.say("does it hurt?")
    talk.wait_for("You said: does it hurt?")


def test_an_end_outlives_the_conversation(start: Start) -> None:
    talk = start("twilio-sms")
    talk.say("STOP")
    talk.wait_for(STOPPED)
    talk.erase()
    talk.say("does it hurt?")
    talk.wait_idle()
    assert talk.texts() == []
    talk.say("START")
    talk.wait_idle()
    talk.erase()
    talk.say("does it hurt?")
    talk.wait_for("You said: does it hurt?")


def test_a_platform_that_refuses_for_an_opt_out_makes_no_dead_letter(start: Start) -> None:
    talk = start("twilio-sms")
    talk.platform.opted_out.add(bare("twilio-sms"))
    talk.say("does it hurt?")
    talk.wait_idle()
    assert {state for state, _ in talk.states()} == {"dropped"}
    assert talk.gateway.rows("SELECT opted_out_at IS NULL FROM channel_contacts") == [(0,)]


def test_stop_alone_is_for_the_conversation_where_no_carrier_hears_it(
    start: Start, engine: FakeEngine
) -> None:
    talk = start("telegram")
    talk.say("stop")
    talk.wait_for("You said: stop")
    talk.say("unsubscribe")
    talk.wait_for(STOPPED)


def test_start_greets_on_telegram(start: Start, engine: FakeEngine) -> None:
    talk = start("telegram")
    talk.say("/start")
    talk.wait_for("Hello.")
    assert words(engine) == ["/greet"]
    assert "Start the screening" in talk.read()[-1].buttons


def test_a_picture_is_thanked_and_its_words_are_answered(start: Start, engine: FakeEngine) -> None:
    talk = start("whatsapp")
    played = talk.platform
    picture = {"id": "1", "mime_type": "image/jpeg", "sha256": "x"}
    talk.give(played.signed(played.whatsapp(played.message("image", picture))))
    talk.wait_for("Thank you for the picture")
    assert engine.turns == []
    talk.give(played.signed(played.whatsapp(played.message("image", picture | {"caption": "is it normal?"}))))
    talk.wait_for("You said: is it normal?")
    assert sum("Thank you for the picture" in text for text in talk.texts()) == 2


def test_a_voice_message_cannot_be_heard(start: Start, engine: FakeEngine) -> None:
    talk = start("whatsapp")
    played = talk.platform
    talk.give(played.signed(played.whatsapp(played.message("audio", {"id": "1", "mime_type": "audio/ogg"}))))
    talk.wait_for("I can only read text")
    assert engine.turns == []


def test_a_long_message_is_refused_with_a_reason(start: Start, engine: FakeEngine) -> None:
    talk = start("telegram")
    talk.say("why " * 400)
    talk.wait_for("too long for me")
    assert engine.turns == []


def test_a_changed_message_is_not_taken_for_an_answer(start: Start, engine: FakeEngine) -> None:
    talk = start("telegram")
    played = talk.platform
    talk.say("what can you do?")
    talk.wait_for("Hello.")
    talk.give(played.event(played.update(edited_message=played.message(text="yes", edit_date=1795420900))))
    talk.wait_for("changes to earlier messages")
    assert words(engine) == ["what can you do?"]


def test_a_group_is_refused_and_left(start: Start, engine: FakeEngine) -> None:
    talk = start("telegram")
    played = talk.platform
    for _ in range(2):
        talk.give(played.event(played.update(message=played.message(-100123, "group", text="hello all"))))
    talk.wait_for("only answer in a private chat")
    wait_until(lambda: played.left == [-100123])
    assert len(talk.texts()) == 1
    assert engine.turns == []


def test_echoes_and_statuses_are_not_answered(start: Start, engine: FakeEngine) -> None:
    talk = start("messenger")
    played = talk.platform
    talk.give(played.page_text("from the Page's own inbox", is_echo=True, sender="437218563001234"))
    assert talk.gateway.count("conversations") == 0
    talk.say("does it hurt?")
    talk.wait_for("our page")
    mids = [message["message_id"] for message in played.messages]
    talk.give(played.signed(played.page(played.happened(delivery={"mids": mids, "watermark": 1}))))
    assert set(talk.gateway.rows("SELECT delivery FROM channel_outbound")) == {("delivered",)}
    assert len(engine.turns) == 1


def test_a_pressed_button_is_acknowledged_at_telegram(start: Start) -> None:
    talk = start("telegram")
    talk.say("what can you do?")
    talk.wait_for("Hello.")
    talk.press("Start the screening")
    talk.wait_for("Are you pregnant?")
    wait_until(lambda: len(talk.platform.acknowledged) == 1)


def test_a_button_of_an_earlier_question_is_not_an_answer_to_this_one(
    start: Start, engine: FakeEngine
) -> None:
    talk = start("telegram")
    talk.say("what can you do?")
    talk.wait_for("Hello.")
    menu = talk.read()[-1].buttons
    talk.press("Start the screening")
    talk.wait_for("Are you pregnant?")
    question = talk.read()[-1].buttons
    talk.say("does it hurt?")
    talk.wait_for("You said: does it hurt?")
    talk.give(talk.platform.pressed(question["Yes"], "Yes"))
    talk.wait_for("older message")
    assert "/affirm" not in words(engine)
    # The way into a topic stays open.
    talk.give(talk.platform.pressed(menu["Start the screening"], "Start the screening"))
    wait_until(lambda: words(engine).count("/start_screening") == 2)
    talk.give(talk.platform.pressed("no-such-token", "Yes"))
    wait_until(lambda: sum("older message" in text for text in talk.texts()) == 2)


def test_the_handshake_of_meta(start: Start) -> None:
    talk = start("whatsapp")
    address = f"{talk.gateway.url}/channels/whatsapp"
    answer = httpx.get(address + talk.platform.handshake(), trust_env=False)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert httpx.get(address + talk.platform.handshake("wrong"), trust_env=False).status_code == 403
    assert httpx.get(address, trust_env=False).status_code == 403


def test_what_is_signed_but_unreadable_is_a_plain_refusal(start: Start) -> None:
    talk = start("webhook")
    assert talk.post(talk.platform.event({"id": "1"})).status_code == 400
    assert talk.post(talk.platform.event(b"[" * 2000)).status_code == 400
    assert talk.gateway.count("channel_inbound") == 0


def test_the_generic_webhook_is_documented_where_it_is_on(start: Start) -> None:
    talk = start("webhook")
    paths = httpx.get(f"{talk.gateway.url}/api/openapi.json", trust_env=False).json()["paths"]
    posted = paths["/channels/webhook"]["post"]
    assert "sender" in posted["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(posted["responses"]) >= {"200", "400", "403", "413", "503"}


def test_a_large_request_of_a_platform_is_taken_and_an_endless_one_is_not(start: Start) -> None:
    talk = start("whatsapp")
    played = talk.platform
    many = [played.message("text", {"body": "does it hurt? " * 60}) for _ in range(20)]
    event = played.signed(played.whatsapp(*many))
    assert len(event.body) > 16_000
    talk.give(event)
    talk.wait_idle(30)
    assert sum("You said" in text for text in talk.texts()) == 20
    address = f"{talk.gateway.url}/channels/whatsapp"
    huge = httpx.post(address, content=b"x" * 4_000_000, trust_env=False)
    assert huge.status_code == 413
