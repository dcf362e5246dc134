"""What each platform's documented payloads are read as."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import Channel
from gateway.channels.types import BadPayload, Inbound
from tests.platforms import meta, telegram, twilio
from tests.platforms.receiver import Receiver
from tests.platforms.server import Event

Channels = dict[Channel, Adapter]


def read(adapter: Adapter, event: Event) -> list[Inbound]:
    return adapter.parse(event.body)


def one(adapter: Adapter, event: Event) -> Inbound:
    found = adapter.parse(event.body)
    assert len(found) == 1, found
    return found[0]


class TestTwilio:
    @pytest.fixture
    def played(self) -> twilio.Twilio:
        return twilio.Twilio("unused")

    @pytest.fixture
    def whatsapp(self) -> twilio.Twilio:
        made = twilio.Twilio("unused")
        made.number = twilio.WHATSAPP_NUMBER
        return made

    def test_a_text(self, channels: Channels, played: twilio.Twilio) -> None:
        fields = played.fields("Does it hurt?\r\n100% & more + 😀")
        found = one(channels["twilio-sms"], played.event(fields))
        assert found.text == "Does it hurt?\n100% & more + 😀"
        assert (found.sender, found.account) == (twilio.PERSON, twilio.SMS_NUMBER)
        assert (found.message_id, found.kind) == (fields["MessageSid"], "message")
        assert (found.media, found.unsupported, found.keyword) == (0, None, None)

    def test_a_picture_without_words(self, channels: Channels, played: twilio.Twilio) -> None:
        media = {"MediaContentType0": "image/jpeg", "MediaUrl0": "https://api.twilio.com/x"}
        found = one(channels["twilio-sms"], played.text("", NumMedia="1", **media))
        assert (found.text, found.media, found.unsupported) == (None, 1, None)

    def test_a_picture_with_words(self, channels: Channels, played: twilio.Twilio) -> None:
        found = one(channels["twilio-sms"], played.text("is this normal", NumMedia="2"))
        assert (found.text, found.media) == ("is this normal", 2)

    def test_a_voice_message_cannot_be_read(self, channels: Channels, whatsapp: twilio.Twilio) -> None:
        found = one(
            channels["twilio-whatsapp"], whatsapp.text("", NumMedia="1", MediaContentType0="audio/ogg")
        )
        assert (found.media, found.unsupported) == (0, "audio")

    def test_a_place_cannot_be_read(self, channels: Channels, whatsapp: twilio.Twilio) -> None:
        found = one(channels["twilio-whatsapp"], whatsapp.text("", Latitude="37.8", Longitude="-122.4"))
        assert found.unsupported == "location"

    def test_an_empty_message(self, channels: Channels, played: twilio.Twilio) -> None:
        assert one(channels["twilio-sms"], played.text("  ")).unsupported == "empty"

    def test_a_pressed_button(self, channels: Channels, whatsapp: twilio.Twilio) -> None:
        event = whatsapp.text("Yes", ButtonText="Yes", ButtonPayload="token-1", MessageType="button")
        found = one(channels["twilio-whatsapp"], event)
        assert (found.text, found.button_token) == ("Yes", "token-1")
        assert found.sender == f"whatsapp:{twilio.PERSON}"

    def test_a_payload_that_is_not_ours_is_only_its_words(
        self, channels: Channels, whatsapp: twilio.Twilio
    ) -> None:
        event = whatsapp.text("Yes", ButtonText="Yes", ButtonPayload='/affirm{"a":1}')
        found = one(channels["twilio-whatsapp"], event)
        assert (found.text, found.button_token) == ("Yes", None)

    def test_what_twilio_took_for_an_opt_out(self, channels: Channels, played: twilio.Twilio) -> None:
        found = one(channels["twilio-sms"], played.text("ARRET", OptOutType="STOP"))
        assert (found.keyword, found.answered) == ("stop", True)

    def test_a_person_without_a_number(self, channels: Channels, whatsapp: twilio.Twilio) -> None:
        known = one(channels["twilio-whatsapp"], whatsapp.text("hi", ExternalUserId=meta.USER_ID))
        assert (known.sender, known.person) == (f"whatsapp:{twilio.PERSON}", meta.USER_ID)
        hidden = one(channels["twilio-whatsapp"], whatsapp.text("hi", sender=meta.USER_ID))
        assert hidden.sender == f"whatsapp:{meta.USER_ID}"

    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("queued", "queued"),
            ("sent", "sent"),
            ("delivered", "delivered"),
            ("read", "read"),
            ("undelivered", "failed"),
            ("failed", "failed"),
        ],
    )
    def test_a_status(self, channels: Channels, played: twilio.Twilio, said: str, meant: str) -> None:
        error = 30003 if meant == "failed" else None
        found = one(channels["twilio-sms"], played.status("SM1", said, error=error))
        assert (found.kind, found.status, found.refers_to) == ("status", meant, "SM1")
        assert found.error == (str(error) if error else None)
        assert found.sender == twilio.PERSON

    def test_each_status_is_another_event(self, channels: Channels, played: twilio.Twilio) -> None:
        ids = {
            one(channels["twilio-sms"], played.status("SM1", said)).message_id for said in ("sent", "read")
        }
        assert len(ids) == 2

    @pytest.mark.parametrize(
        "change",
        [{"To": "+14155550999"}, {"AccountSid": "AC" + "9" * 32}, {"From": f"whatsapp:{twilio.PERSON}"}],
    )
    def test_what_is_for_somebody_else(
        self, channels: Channels, played: twilio.Twilio, change: dict[str, str]
    ) -> None:
        assert read(channels["twilio-sms"], played.event(played.fields("hi") | change)) == []

    @pytest.mark.parametrize(
        "body", [b"", b"\xff", b"Body=hi", b"From=a&To=b", b"%", b"MessageSid=SM1&To=x", b"{}"]
    )
    def test_what_is_not_documented(self, channels: Channels, body: bytes) -> None:
        with pytest.raises(BadPayload):
            channels["twilio-sms"].parse(body)


class TestWhatsApp:
    @pytest.fixture
    def played(self) -> meta.Meta:
        return meta.Meta("unused")

    def test_a_text(self, channels: Channels, played: meta.Meta) -> None:
        found = one(channels["whatsapp"], played.text("¿Duele? 😀 / \\ \u2028 end"))
        assert found.text == "¿Duele? 😀 / \\ \n end"
        assert (found.sender, found.person) == (meta.PERSON, meta.USER_ID)
        assert found.message_id.startswith("wamid.")
        assert found.at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def test_several_messages_and_statuses_in_one_post(self, channels: Channels, played: meta.Meta) -> None:
        first = played.whatsapp(
            played.message("text", {"body": "one"}),
            played.message("text", {"body": "two"}, sender="14155550188"),
            statuses=[{"id": "wamid.x", "status": "read", "timestamp": "1795420800", "recipient_id": "1"}],
        )
        second = played.whatsapp(played.message("text", {"body": "three"}))
        first["entry"] += second["entry"]
        found = read(channels["whatsapp"], played.signed(first))
        assert [(item.kind, item.text) for item in found] == [
            ("message", "one"),
            ("message", "two"),
            ("status", None),
            ("message", "three"),
        ]
        assert found[1].person == "14155550188"

    def test_one_message_that_cannot_be_read_keeps_no_other_back(
        self, channels: Channels, played: meta.Meta
    ) -> None:
        payload = played.whatsapp(
            {"type": "text"}, {"id": 5}, played.message("text", {"body": "still read"}), {"from": None}
        )
        payload["entry"].insert(0, None)
        payload["entry"].append({"changes": [None, {"field": "messages", "value": []}]})
        assert [item.text for item in read(channels["whatsapp"], played.signed(payload))] == ["still read"]

    @pytest.mark.parametrize("kind", ["button_reply", "list_reply"])
    def test_a_pressed_button_or_row(self, channels: Channels, played: meta.Meta, kind: str) -> None:
        found = one(channels["whatsapp"], played.pressed("token-2", "Not sure", kind=kind))
        assert (found.text, found.button_token, found.unsupported) == ("Not sure", "token-2", None)

    def test_a_templates_button(self, channels: Channels, played: meta.Meta) -> None:
        message = played.message("button", {"payload": "no token at all!", "text": "Read it"})
        found = one(channels["whatsapp"], played.signed(played.whatsapp(message)))
        assert (found.text, found.button_token) == ("Read it", None)

    def test_a_picture_with_a_caption(self, channels: Channels, played: meta.Meta) -> None:
        content = {"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "is this normal?"}
        found = one(channels["whatsapp"], played.signed(played.whatsapp(played.message("image", content))))
        assert (found.media, found.text, found.unsupported) == (1, "is this normal?", None)

    @pytest.mark.parametrize("type_", ["audio", "sticker", "location", "contacts", "order", "something_new"])
    def test_what_cannot_be_read(self, channels: Channels, played: meta.Meta, type_: str) -> None:
        found = one(channels["whatsapp"], played.signed(played.whatsapp(played.message(type_, {}))))
        assert (found.kind, found.unsupported, found.media) == ("message", type_, 0)

    def test_what_the_platform_itself_cannot_read(self, channels: Channels, played: meta.Meta) -> None:
        errors = [{"code": 131051, "title": "Message type unknown"}]
        message = played.message("unsupported", {"type": "poll_update"}, errors=errors)
        found = one(channels["whatsapp"], played.signed(played.whatsapp(message)))
        assert found.unsupported == "poll_update"

    @pytest.mark.parametrize("type_", ["reaction", "system"])
    def test_what_needs_no_answer(self, channels: Channels, played: meta.Meta, type_: str) -> None:
        message = played.message(type_, {"emoji": "👍", "message_id": "wamid.x"})
        assert one(channels["whatsapp"], played.signed(played.whatsapp(message))).kind == "event"

    def test_an_edited_message(self, channels: Channels, played: meta.Meta) -> None:
        inner = {"type": "text", "text": {"body": "I meant eczema"}, "context": {"id": "wamid.old"}}
        content = {"original_message_id": "wamid.old", "message": inner}
        found = one(channels["whatsapp"], played.signed(played.whatsapp(played.message("edit", content))))
        assert (found.kind, found.text, found.refers_to) == ("edit", "I meant eczema", "wamid.old")

    def test_a_deleted_message(self, channels: Channels, played: meta.Meta) -> None:
        message = played.message("revoke", {"original_message_id": "wamid.old"})
        found = one(channels["whatsapp"], played.signed(played.whatsapp(message)))
        assert (found.kind, found.text, found.refers_to) == ("delete", None, "wamid.old")

    def test_a_group(self, channels: Channels, played: meta.Meta) -> None:
        found = one(channels["whatsapp"], played.text("hello all", group_id="Y2FwaV9ncm91cA"))
        assert (found.kind, found.sender) == ("group", "Y2FwaV9ncm91cA")

    def test_somebody_who_opens_the_chat(self, channels: Channels, played: meta.Meta) -> None:
        message = played.message("request_welcome", {})
        assert one(channels["whatsapp"], played.signed(played.whatsapp(message))).keyword == "start"

    def test_a_person_without_a_number(self, channels: Channels, played: meta.Meta) -> None:
        message = played.message("text", {"body": "hi"}, from_user_id=meta.USER_ID)
        del message["from"]
        found = one(channels["whatsapp"], played.signed(played.whatsapp(message)))
        assert (found.sender, found.person) == (meta.USER_ID, meta.USER_ID)

    @pytest.mark.parametrize("status", ["sent", "delivered", "read"])
    def test_a_status_names_our_own_message(self, channels: Channels, played: meta.Meta, status: str) -> None:
        event = played.whatsapp_status("wamid.a", status, biz_opaque_callback_data="ours-1")
        found = one(channels["whatsapp"], event)
        assert (found.status, found.refers_to, found.outbound_id) == (status, "wamid.a", "ours-1")

    def test_a_failed_message(self, channels: Channels, played: meta.Meta) -> None:
        errors = [{"code": 131047, "title": "Re-engagement message"}]
        found = one(channels["whatsapp"], played.whatsapp_status("wamid.a", "failed", errors=errors))
        assert (found.status, found.error) == ("failed", "131047")

    def test_what_the_staff_wrote_on_their_phone(self, channels: Channels, played: meta.Meta) -> None:
        payload = played.whatsapp(
            message_echoes=[{"from": "1", "to": meta.PERSON, "id": "wamid.e", "type": "text"}]
        )
        payload["entry"][0]["changes"][0]["field"] = "smb_message_echoes"
        found = one(channels["whatsapp"], played.signed(payload))
        assert (found.kind, found.sender) == ("echo", meta.PERSON)

    def test_what_is_for_another_number(self, channels: Channels, played: meta.Meta) -> None:
        payload = played.whatsapp(played.message("text", {"body": "hi"}), phone_id="1")
        assert read(channels["whatsapp"], played.signed(payload)) == []

    @pytest.mark.parametrize("channel", ["whatsapp", "messenger", "instagram"])
    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{", b"{}", b'{"object":1,"entry":[]}', b"[" * 99999, b"\xff\xfe"]
    )
    def test_what_is_not_documented(self, channels: Channels, channel: Channel, body: bytes) -> None:
        with pytest.raises(BadPayload):
            channels[channel].parse(body)


@pytest.mark.parametrize("instagram", [False, True], ids=["messenger", "instagram"])
class TestMessenger:
    @pytest.fixture
    def played(self) -> meta.Meta:
        return meta.Meta("unused")

    @pytest.fixture
    def adapter(self, channels: Channels, instagram: bool) -> Adapter:
        return channels["instagram" if instagram else "messenger"]

    def happened(self, played: meta.Meta, instagram: bool, **what: Any) -> Event:
        return played.signed(played.page(played.happened(instagram=instagram, **what), instagram=instagram))

    def test_a_text(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        found = one(adapter, played.page_text("Does it hurt?", instagram=instagram))
        assert (found.text, found.sender, found.kind) == ("Does it hurt?", meta.PSID, "message")
        assert found.at is not None and found.at.year == 2026

    def test_a_quick_reply(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        event = played.page_text("Yes", instagram=instagram, quick_reply={"payload": "token-1"})
        found = one(adapter, event)
        assert (found.text, found.button_token) == ("Yes", "token-1")

    def test_a_postback(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        postback = {"mid": "m_1", "title": "Start the screening", "payload": "token-3"}
        found = one(adapter, self.happened(played, instagram, postback=postback))
        assert (found.message_id, found.button_token) == ("m_1", "token-3")
        assert found.text == "Start the screening"

    def test_get_started(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        postback = {"title": "Get Started", "payload": "GET_STARTED"}
        found = one(adapter, self.happened(played, instagram, postback=postback))
        assert (found.keyword, found.button_token) == ("start", None)
        assert found.message_id.startswith("postback:")

    def test_an_echo_names_our_own_message(
        self, adapter: Adapter, played: meta.Meta, instagram: bool
    ) -> None:
        message = {"is_echo": True, "app_id": 1, "metadata": "ours-1", "mid": "m_2", "text": "hello"}
        event = played.happened(sender=adapter.account, instagram=instagram, message=message)
        event["recipient"]["id"] = meta.PSID
        found = one(adapter, played.signed(played.page(event, instagram=instagram)))
        assert (found.kind, found.sender, found.outbound_id) == ("echo", meta.PSID, "ours-1")
        assert found.text is None

    def test_our_own_message_without_the_mark_is_an_echo_too(
        self, adapter: Adapter, played: meta.Meta, instagram: bool
    ) -> None:
        event = played.happened(
            sender=adapter.account, instagram=instagram, message={"mid": "m", "text": "a"}
        )
        event["recipient"]["id"] = meta.PSID
        assert one(adapter, played.signed(played.page(event, instagram=instagram))).kind == "echo"

    def test_an_edited_message(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        ids = set()
        for number in (1, 2):
            edit = {"mid": "m_3", "text": f"better {number}", "num_edit": number}
            found = one(adapter, self.happened(played, instagram, message_edit=edit))
            assert (found.kind, found.text, found.refers_to) == ("edit", f"better {number}", "m_3")
            ids.add(found.message_id)
        assert len(ids) == 2

    def test_a_deleted_message(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        message = {"mid": "m_4", "is_deleted": True}
        found = one(adapter, self.happened(played, instagram, message=message))
        assert (found.kind, found.refers_to) == ("delete", "m_4")
        assert found.message_id != "m_4"

    def test_pictures(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        attachments = [{"type": "image", "payload": {"url": "https://x.example/1"}}] * 2
        message = {"mid": "m_5", "attachments": attachments}
        found = one(adapter, self.happened(played, instagram, message=message))
        assert (found.media, found.unsupported, found.text) == (2, None, None)

    @pytest.mark.parametrize("type_", ["audio", "fallback", "share", "story_mention"])
    def test_what_cannot_be_read(
        self, adapter: Adapter, played: meta.Meta, instagram: bool, type_: str
    ) -> None:
        message = {"mid": "m_6", "attachments": [{"type": type_}]}
        assert one(adapter, self.happened(played, instagram, message=message)).unsupported == type_

    def test_what_the_platform_itself_cannot_read(
        self, adapter: Adapter, played: meta.Meta, instagram: bool
    ) -> None:
        message = {"mid": "m_7", "is_unsupported": True}
        assert one(adapter, self.happened(played, instagram, message=message)).unsupported == "unknown"

    def test_deliveries(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        event = self.happened(played, instagram, delivery={"mids": ["m_8", "m_9"], "watermark": 1})
        found = read(adapter, event)
        assert [(item.status, item.refers_to) for item in found] == [
            ("delivered", "m_8"),
            ("delivered", "m_9"),
        ]

    @pytest.mark.parametrize(
        "what", ["read", "reaction", "optin", "referral", "typing", "pass_thread_control"]
    )
    def test_what_needs_no_answer(
        self, adapter: Adapter, played: meta.Meta, instagram: bool, what: str
    ) -> None:
        assert read(adapter, self.happened(played, instagram, **{what: {"mid": "m"}})) == []

    def test_what_another_app_answers(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        event = played.happened(instagram=instagram, message={"mid": "m", "text": "a"})
        assert read(adapter, played.signed(played.page(event, instagram=instagram, key="standby"))) == []

    def test_what_is_for_another_account(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        assert read(adapter, played.page_text("hi", instagram=not instagram)) == []
        payload = json.loads(played.page_text("hi", instagram=instagram).body)
        payload["entry"][0]["id"] = "1"
        assert read(adapter, played.signed(payload)) == []

    def test_several_in_one_post(self, adapter: Adapter, played: meta.Meta, instagram: bool) -> None:
        events = [
            played.happened(instagram=instagram, message={"mid": f"m_{number}", "text": str(number)})
            for number in range(3)
        ]
        found = read(adapter, played.signed(played.page(*events, instagram=instagram)))
        assert [item.text for item in found] == ["0", "1", "2"]


class TestTelegram:
    @pytest.fixture
    def played(self) -> telegram.Telegram:
        return telegram.Telegram("unused")

    def content(self, played: telegram.Telegram, **content: Any) -> Event:
        return played.event(played.update(message=played.message(**content)))

    def test_a_text(self, channels: Channels, played: telegram.Telegram) -> None:
        found = one(channels["telegram"], played.text("Does it hurt?"))
        assert (found.text, found.sender, found.account) == (
            "Does it hurt?",
            str(telegram.PERSON),
            "110201543",
        )

    def test_a_pressed_button_keeps_its_words(self, channels: Channels, played: telegram.Telegram) -> None:
        found = one(channels["telegram"], played.pressed("token-1", "Yes"))
        assert (found.text, found.button_token, found.kind) == ("Yes", "token-1", "message")
        assert found.interaction and found.message_id == f"callback:{found.interaction}"

    def test_a_button_of_a_message_that_is_gone(self, channels: Channels, played: telegram.Telegram) -> None:
        event = json.loads(played.pressed("token-1", "Yes").body)
        event["callback_query"]["message"] = {"chat": {"id": telegram.PERSON}, "message_id": 1, "date": 0}
        found = one(channels["telegram"], played.event(event))
        assert (found.sender, found.button_token, found.text) == (str(telegram.PERSON), "token-1", None)

    @pytest.mark.parametrize(
        ("said", "keyword", "text"),
        [
            ("/start", "start", None),
            ("/start from_the_website", "start", None),
            ("/stop", "stop", None),
            ("/help@clinic_bot", None, "help"),
            ("/book_consultation tomorrow", None, "book_consultation tomorrow"),
            ("/ 5 mm or less", None, "/ 5 mm or less"),
        ],
    )
    def test_commands(
        self,
        channels: Channels,
        played: telegram.Telegram,
        said: str,
        keyword: str | None,
        text: str | None,
    ) -> None:
        found = one(channels["telegram"], played.text(said))
        assert (found.keyword, found.text, found.unsupported) == (keyword, text, None)

    def test_an_edited_message(self, channels: Channels, played: telegram.Telegram) -> None:
        message = played.message(text="I meant eczema", edit_date=1795420900)
        found = one(channels["telegram"], played.event(played.update(edited_message=message)))
        again = one(channels["telegram"], played.event(played.update(edited_message=message)))
        assert (found.kind, found.text) == ("edit", "I meant eczema")
        assert found.refers_to == f"{telegram.PERSON}:{message['message_id']}"
        assert found.message_id != again.message_id

    def test_a_picture(self, channels: Channels, played: telegram.Telegram) -> None:
        event = self.content(played, photo=[{"file_id": "a"}, {"file_id": "b"}], caption="normal?")
        found = one(channels["telegram"], event)
        assert (found.media, found.text, found.unsupported) == (1, "normal?", None)

    @pytest.mark.parametrize("kind", ["voice", "audio", "sticker", "location", "contact", "poll", "dice"])
    def test_what_cannot_be_read(self, channels: Channels, played: telegram.Telegram, kind: str) -> None:
        found = one(channels["telegram"], self.content(played, **{kind: {}}))
        assert (found.unsupported, found.media) == (kind, 0)

    def test_what_needs_no_answer(self, channels: Channels, played: telegram.Telegram) -> None:
        event = self.content(played, message_auto_delete_timer_changed={"message_auto_delete_time": 60})
        assert one(channels["telegram"], event).kind == "event"

    @pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
    def test_groups(self, channels: Channels, played: telegram.Telegram, kind: str) -> None:
        event = self.content(played, chat=-100123, kind=kind, text="hello all")
        found = one(channels["telegram"], event)
        assert (found.kind, found.sender, found.text) == ("group", "-100123", None)

    def test_being_put_into_a_group(self, channels: Channels, played: telegram.Telegram) -> None:
        change = {"chat": {"id": -5, "type": "group"}, "new_chat_member": {"status": "member"}}
        assert one(channels["telegram"], played.event(played.update(my_chat_member=change))).kind == "group"

    def test_being_blocked(self, channels: Channels, played: telegram.Telegram) -> None:
        change = {"chat": {"id": 5, "type": "private"}, "new_chat_member": {"status": "kicked"}}
        assert one(channels["telegram"], played.event(played.update(my_chat_member=change))).kind == "event"

    def test_another_bot(self, channels: Channels, played: telegram.Telegram) -> None:
        message = played.message(text="beep")
        message["from"]["is_bot"] = True
        assert one(channels["telegram"], played.event(played.update(message=message))).kind == "echo"

    @pytest.mark.parametrize(
        "update", [{}, {"update_id": 1}, {"update_id": 1, "message": 5}, {"update_id": 1, "poll": {}}]
    )
    def test_what_is_not_for_us(self, channels: Channels, update: dict[str, Any]) -> None:
        assert channels["telegram"].parse(json.dumps(update).encode()) == []

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff"])
    def test_what_is_not_documented(self, channels: Channels, body: bytes) -> None:
        with pytest.raises(BadPayload):
            channels["telegram"].parse(body)


class TestWebhook:
    def parse(self, channels: Channels, **fields: Any) -> Inbound:
        values = {"id": "event-1", "sender": "visitor-1"} | fields
        return one(channels["webhook"], Receiver("unused").event(values))

    def test_a_text(self, channels: Channels) -> None:
        found = self.parse(channels, text="Does it hurt?", at="2026-11-23T09:00:00+01:00")
        assert (found.text, found.sender, found.message_id) == ("Does it hurt?", "visitor-1", "event-1")
        assert found.at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def test_a_button(self, channels: Channels) -> None:
        assert self.parse(channels, button="token-1").button_token == "token-1"

    def test_media(self, channels: Channels) -> None:
        found = self.parse(channels, media=2)
        assert (found.media, found.unsupported) == (2, None)

    def test_nothing_at_all(self, channels: Channels) -> None:
        assert self.parse(channels, text=" \u200b ").unsupported == "empty"

    def test_an_edit_and_a_delete(self, channels: Channels) -> None:
        edit = self.parse(channels, type="edit", text="I meant eczema", refers_to="event-0")
        assert (edit.kind, edit.refers_to) == ("edit", "event-0")
        delete = self.parse(channels, type="delete", refers_to="event-0")
        assert (delete.kind, delete.unsupported) == ("delete", None)

    def test_a_status(self, channels: Channels) -> None:
        found = self.parse(channels, type="status", status="read", refers_to="ours-1")
        assert (found.status, found.outbound_id) == ("read", "ours-1")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"id": ""}, "id"),
            ({"id": "a b"}, "id"),
            ({"sender": None}, "sender"),
            ({"text": "x" * 4001}, "text"),
            ({"button": "/affirm"}, "button"),
            ({"media": -1}, "media"),
            ({"at": "2026-11-23T09:00:00"}, "at"),
            ({"colour": "red"}, "colour"),
            ({"type": "status"}, "status"),
            ({"text": "\ud800"}, "text"),
        ],
    )
    def test_a_fault_is_named(self, channels: Channels, change: dict[str, Any], field: str) -> None:
        body = json.dumps({"id": "event-1", "sender": "visitor-1", "text": "hi"} | change).encode()
        with pytest.raises(BadPayload, match=field):
            channels["webhook"].parse(body)
