"""Sending to platforms that check what they get, and that slow down, fail, refuse and vanish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from gateway.channels import sending
from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import CHANNELS, Channel
from gateway.channels.registry import build_channels
from gateway.channels.settings import ChannelSettings
from gateway.channels.texts import ChannelTexts
from gateway.channels.types import Inbound, Permanent, Temporary, Unknown
from tests.gateway.channels.conftest import ALL, RECIPIENTS, addresses
from tests.gateway.channels.replies import EMERGENCY, QUESTION, reply
from tests.platforms import meta, telegram, twilio
from tests.platforms.receiver import Receiver
from tests.platforms.server import Fault

every_channel = pytest.mark.parametrize("platform", CHANNELS, indirect=True)
META = ("whatsapp", "messenger", "instagram")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A short patience, so that a slow platform need not be waited for."""
    monkeypatch.setattr(sending, "TIMEOUT", httpx.Timeout(0.3))
    yield


def one(adapter: Adapter, *replies: Any) -> Any:
    return adapter.render(list(replies) or [reply("Hello.")], RECIPIENTS[adapter.channel]).messages[0]


@every_channel
async def test_everything_that_is_rendered_is_taken(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient, texts: ChannelTexts
) -> None:
    long = "Most people are red for two or three days. <b>&amp; [x](y) *a* 😀 ünï ş. " * 90
    turns = [
        [reply("Hello, “you” & <you>.")],
        [reply(QUESTION, "Yes", "No", "Not sure", "Back", progress=(3, 12))],
        [reply(QUESTION, "Yes", "No", "Not sure")],
        [reply("Shall we?", "Request a consultation", "What should I stop using before my first treatment")],
        [reply(EMERGENCY, severity="emergency", kind="triage"), reply("A little.", source="Clinic page")],
        [reply(long, "Yes", "No")],
        [reply("Which?", *[f"Choice {number}" for number in range(30)])],
        [reply("😀" * 3000)],
    ]
    recipient, sent = RECIPIENTS[adapter.channel], []
    for replies in turns:
        for message in adapter.render(replies, recipient, notice=texts.notices.first_contact).messages:
            sent.append(await adapter.send(client, message))
    for text in texts.notices.model_dump().values():
        for message in adapter.renderer.say(text, recipient):
            sent.append(await adapter.send(client, message))
    assert platform.refusals == []
    assert len(platform.messages) == len(sent)
    assert len({result.message_id for result in sent}) == len(sent)
    assert all(result.message_id for result in sent)


@every_channel
@pytest.mark.parametrize("retry_after", ["7", None])
async def test_a_rate_limit_says_how_long_to_wait(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient, retry_after: str | None
) -> None:
    platform.faults.append(Fault("rate", retry_after=retry_after))
    with pytest.raises(Temporary) as raised:
        await adapter.send(client, one(adapter))
    assert raised.value.reason == "rate_limit"
    if retry_after:
        assert raised.value.retry_after == 7
    assert platform.messages == []


@every_channel
async def test_a_platform_that_is_down_for_repairs(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient
) -> None:
    platform.faults.append(Fault("error", 503, retry_after="30"))
    with pytest.raises(Temporary) as raised:
        await adapter.send(client, one(adapter))
    assert (raised.value.reason, raised.value.retry_after) == ("unavailable", 30)


@every_channel
@pytest.mark.parametrize("status", [500, 502, 504, 408])
async def test_a_fault_halfway_leaves_it_open_whether_it_was_sent(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient, status: int
) -> None:
    platform.faults.append(Fault("broken", status))
    with pytest.raises(Temporary if adapter.idempotent else Unknown):
        await adapter.send(client, one(adapter))
    assert len(platform.messages) == 1


@every_channel
async def test_an_answer_that_comes_too_late_leaves_it_open(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient, hurried: None
) -> None:
    platform.faults.append(Fault("late", seconds=0.6))
    with pytest.raises(Temporary if adapter.idempotent else Unknown):
        await adapter.send(client, one(adapter))
    assert len(platform.messages) == 1


@pytest.mark.parametrize("platform", [name for name in CHANNELS if name != "webhook"], indirect=True)
async def test_a_page_in_place_of_an_answer_leaves_it_open(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient
) -> None:
    platform.faults.append(Fault("garbled"))
    with pytest.raises(Unknown):
        await adapter.send(client, one(adapter))


@every_channel
async def test_a_platform_that_cannot_be_reached_took_nothing(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient
) -> None:
    platform.stop()
    with pytest.raises(Temporary) as raised:
        await adapter.send(client, one(adapter))
    assert (raised.value.reason, raised.value.retry_after) == ("unavailable", None)
    platform.start()
    await adapter.send(client, one(adapter))


@every_channel
async def test_the_same_message_can_be_sent_again(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient
) -> None:
    message = one(adapter)
    platform.faults.append(Fault("broken", 502))
    with pytest.raises((Unknown, Temporary)):
        await adapter.send(client, message)
    await adapter.send(client, message)
    if adapter.idempotent:
        assert (len(platform.messages), platform.repeats) == (1, 1)
    else:
        assert len(platform.messages) == 2


@every_channel
async def test_wrong_credentials_are_the_clinics_to_mend(
    platform: Any, texts: ChannelTexts, client: httpx.AsyncClient
) -> None:
    channel: Channel = platform.webhook.rpartition("/")[2]
    wrong = {
        "twilio_auth_token": "wrong",
        "whatsapp_token": "wrong",
        "messenger_token": "wrong",
        "instagram_token": "wrong",
        "telegram_token": "110201543:wrong-wrong-wrong",
        "webhook_secret": "whsec_" + "A" * 40,
    }
    adapter = build_channels(ChannelSettings(**(ALL | addresses(platform) | wrong)), texts)[channel]
    with pytest.raises(Temporary) as raised:
        await adapter.send(client, one(adapter))
    assert raised.value.reason == "credentials"
    checked = await adapter.check(client)
    assert not checked.ok and "credentials" in checked.detail
    assert platform.messages == []


@every_channel
async def test_what_is_kept_of_an_error_names_no_person(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient
) -> None:
    person = RECIPIENTS[adapter.channel]
    said = {"message": f"no {person}", "code": 99, "error": {"message": f"no {person}", "code": 99}}
    said |= {"ok": False, "error_code": 400, "description": f"Bad Request: {person}"}
    platform.faults.append(Fault("error", 400, body=said))
    with pytest.raises(Permanent) as raised:
        await adapter.send(client, one(adapter))
    assert raised.value.reason == "refused"
    assert person not in str(raised.value) and person not in raised.value.code


@every_channel
async def test_good_credentials(platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
    await adapter.register(client)
    checked = await adapter.check(client)
    assert checked.ok, checked.detail
    assert platform.messages == []


@every_channel
async def test_a_check_of_a_platform_that_is_away(
    platform: Any, adapter: Adapter, client: httpx.AsyncClient
) -> None:
    platform.stop()
    checked = await adapter.check(client)
    assert not checked.ok and "unavailable" in checked.detail
    platform.start()


@every_channel
async def test_the_steps_name_the_address(platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
    registration = await adapter.register(client)
    assert registration.done == (adapter.channel == "telegram")
    assert any(adapter.address in step for step in registration.steps)


class TestTwilio:
    both = pytest.mark.parametrize("platform", ["twilio-sms", "twilio-whatsapp"], indirect=True)

    @both
    async def test_what_is_sent(self, platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
        await adapter.send(client, one(adapter))
        message = platform.messages[0]
        assert (message["to"], message["from"]) == (RECIPIENTS[adapter.channel], adapter.account)
        assert (message["body"], message["status_callback"]) == ("Hello.", adapter.address)

    @both
    async def test_somebody_who_wrote_stop(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        platform.opted_out.add(RECIPIENTS[adapter.channel])
        with pytest.raises(Permanent) as raised:
            await adapter.send(client, one(adapter))
        assert (raised.value.reason, raised.value.code) == ("opted_out", "twilio 21610")

    @both
    @pytest.mark.parametrize(
        ("status", "code", "reason"),
        [
            (400, 63016, "window_closed"),
            (400, 21211, "no_recipient"),
            (400, 21408, "not_allowed"),
            (403, 1, "not_allowed"),
        ],
    )
    async def test_refusals(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient, status: int, code: int, reason: str
    ) -> None:
        platform.faults.append(Fault("error", status, body={"code": code, "message": "no", "status": status}))
        with pytest.raises(Permanent) as raised:
            await adapter.send(client, one(adapter))
        assert raised.value.reason == reason

    @both
    async def test_a_message_that_was_perhaps_sent_is_found(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        message, before = one(adapter), datetime.now(UTC)
        assert await adapter.find(client, message, before) is None
        platform.faults.append(Fault("broken", 502))
        with pytest.raises(Unknown):
            await adapter.send(client, message)
        found = await adapter.find(client, message, before)
        assert found is not None and found.message_id == platform.messages[0]["sid"]
        assert await adapter.find(client, message, datetime.now(UTC) + timedelta(hours=1)) is None
        assert await adapter.find(client, one(adapter, reply("Other.")), before) is None

    @pytest.mark.parametrize("platform", ["twilio-whatsapp"], indirect=True)
    async def test_a_template(self, platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
        assert adapter.can_send_template
        await adapter.send(client, adapter.renderer.template(RECIPIENTS["twilio-whatsapp"]))
        assert platform.messages[0]["content_sid"] == ALL["twilio_whatsapp_template"]

    @pytest.mark.parametrize("platform", ["twilio-whatsapp"], indirect=True)
    async def test_a_person_without_a_number(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        for message in adapter.render([reply()], f"whatsapp:{meta.USER_ID}").messages:
            await adapter.send(client, message)
        assert platform.messages[0]["to"] == f"whatsapp:{meta.USER_ID}"


class TestMeta:
    whatsapp = pytest.mark.parametrize("platform", ["whatsapp"], indirect=True)
    all_three = pytest.mark.parametrize("platform", META, indirect=True)

    @all_three
    async def test_a_closed_window(self, platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
        platform.closed.add(RECIPIENTS[adapter.channel])
        with pytest.raises(Permanent) as raised:
            await adapter.send(client, one(adapter))
        assert raised.value.reason == "window_closed"

    @whatsapp
    async def test_a_template_passes_a_closed_window(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        platform.closed.add(meta.PERSON)
        await adapter.send(client, adapter.renderer.template(meta.PERSON))
        assert platform.messages[0]["template"]["name"] == "please_write_again"

    @all_three
    async def test_somebody_who_cannot_be_reached(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        platform.gone.add(RECIPIENTS[adapter.channel])
        with pytest.raises(Permanent) as raised:
            await adapter.send(client, one(adapter))
        assert raised.value.reason == "no_recipient"

    @all_three
    @pytest.mark.parametrize(
        ("status", "code", "kind", "reason"),
        [
            (400, 130429, Temporary, "rate_limit"),
            (400, 131056, Temporary, "rate_limit"),
            (400, 80007, Temporary, "rate_limit"),
            (400, 4, Temporary, "rate_limit"),
            (400, 613, Temporary, "rate_limit"),
            (500, 2, Temporary, "unavailable"),
            (500, 131016, Temporary, "unavailable"),
            (401, 190, Temporary, "credentials"),
            (400, 10, Permanent, "not_allowed"),
            (403, 200, Permanent, "not_allowed"),
            (400, 100, Permanent, "refused"),
            (500, 999, Unknown, "unknown"),
            (200, 100, Permanent, "refused"),
        ],
    )
    async def test_the_graph_apis_errors(
        self,
        platform: Any,
        adapter: Adapter,
        client: httpx.AsyncClient,
        status: int,
        code: int,
        kind: type[Exception],
        reason: str,
    ) -> None:
        error = {"message": "no", "type": "OAuthException", "code": code}
        platform.faults.append(Fault("error", status, body={"error": error}))
        with pytest.raises(kind) as raised:
            await adapter.send(client, one(adapter))
        assert raised.value.reason == reason  # type: ignore[attr-defined]

    @whatsapp
    async def test_our_own_id_goes_along(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        message = one(adapter)
        await adapter.send(client, message)
        assert platform.messages[0]["biz_opaque_callback_data"] == message.id
        status = platform.whatsapp_status("wamid.a", "sent", biz_opaque_callback_data=message.id)
        assert adapter.parse(status.body)[0].outbound_id == message.id

    @whatsapp
    async def test_a_person_without_a_number(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        for message in adapter.render([reply("Ok?", "Yes")], meta.USER_ID).messages:
            await adapter.send(client, message)
        assert platform.messages[0]["recipient"] == meta.USER_ID
        assert "to" not in platform.messages[0]

    @pytest.mark.parametrize("platform", ["messenger", "instagram"], indirect=True)
    async def test_quick_replies(self, platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
        message = one(adapter, reply("Ok?", "Yes", "No"))
        await adapter.send(client, message)
        sent = platform.messages[0]
        assert sent["messaging_type"] == "RESPONSE"
        assert sent["message"] == {
            "text": "Ok?",
            "metadata": message.id,
            "quick_replies": [
                {"content_type": "text", "title": "Yes", "payload": "token-1"},
                {"content_type": "text", "title": "No", "payload": "token-2"},
            ],
        }

    async def test_metas_own_header_counts_in_minutes(self) -> None:
        def answer(_: httpx.Request) -> httpx.Response:
            usage = '{"1":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":5}]}'
            error = {"error": {"code": 80007, "message": "limit"}}
            return httpx.Response(400, json=error, headers={"X-Business-Use-Case-Usage": usage})

        texts = build_texts()
        adapter = build_channels(ChannelSettings(**ALL), texts)["whatsapp"]
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            with pytest.raises(Temporary) as raised:
                await adapter.send(client, one(adapter))
        assert raised.value.retry_after == 300


class TestTelegram:
    bot = pytest.mark.parametrize("platform", ["telegram"], indirect=True)

    @bot
    async def test_an_inline_keyboard(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        await adapter.send(client, one(adapter, reply("**Ok** & well?", "Yes", "No")))
        sent = platform.messages[0]
        assert (sent["text"], sent["shown"]) == ("<b>Ok</b> &amp; well?", "Ok & well?")
        rows = sent["reply_markup"]["inline_keyboard"]
        assert rows == [
            [{"text": "Yes", "callback_data": "token-1"}],
            [{"text": "No", "callback_data": "token-2"}],
        ]

    @bot
    async def test_a_pressed_button_is_acknowledged(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        inbound = adapter.parse(platform.pressed("token-1", "Yes").body)[0]
        await adapter.acknowledge(client, inbound)
        assert platform.acknowledged == [inbound.interaction]
        platform.faults.append(Fault("error", 500))
        await adapter.acknowledge(client, inbound)

    @bot
    async def test_somebody_who_blocked_the_bot(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        platform.blocked.add(telegram.PERSON)
        with pytest.raises(Permanent) as raised:
            await adapter.send(client, one(adapter))
        assert (raised.value.reason, raised.value.code) == ("no_recipient", "telegram 403")

    @bot
    async def test_registering(self, platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
        before = await adapter.check(client)
        assert not before.ok and "webhook" in before.detail
        await adapter.register(client)
        assert platform.hook["url"] == adapter.address
        assert platform.hook["secret_token"] == telegram.SECRET
        assert "callback_query" in platform.hook["allowed_updates"]
        assert (await adapter.check(client)).ok

    @bot
    async def test_leaving_a_group(self, platform: Any, adapter: Adapter, client: httpx.AsyncClient) -> None:
        await adapter.leave(client, Inbound("telegram", "1", "-100123", "m", "group"))
        assert platform.left == [-100123]

    @bot
    async def test_the_token_is_not_logged(
        self, platform: Any, adapter: Adapter, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "gateway")
        await adapter.send(client, one(adapter))
        platform.faults.append(Fault("broken", 502))
        with pytest.raises(Unknown) as raised:
            await adapter.send(client, one(adapter))
        secret = telegram.TOKEN.partition(":")[2]
        assert secret not in caplog.text and secret not in str(raised.value)


class TestWebhook:
    generic = pytest.mark.parametrize("platform", ["webhook"], indirect=True)

    @generic
    async def test_what_is_sent(
        self, platform: Receiver, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        message = one(adapter, reply("Ok?", "Yes"))
        await adapter.send(client, message)
        assert platform.messages == [
            {
                "type": "message",
                "id": message.id,
                "recipient": "visitor-1",
                "text": "Ok?",
                "buttons": [{"title": "Yes", "token": "token-1"}],
            }
        ]

    @generic
    async def test_a_receiver_that_is_gone(
        self, platform: Receiver, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        platform.gone = True
        with pytest.raises(Permanent) as raised:
            await adapter.send(client, one(adapter))
        assert raised.value.reason == "no_recipient"

    @generic
    async def test_a_check_is_a_ping(
        self, platform: Receiver, adapter: Adapter, client: httpx.AsyncClient
    ) -> None:
        assert (await adapter.check(client)).ok
        assert (platform.pings, platform.messages) == (1, [])


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("5", 5),
        ("0", 0),
        ("-5", None),
        ("soon", None),
        ("9" * 400, 6 * 3600),
        ("²", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    response = httpx.Response(429, headers={"Retry-After": header.encode()} if header else {})
    assert sending.retry_after(response) == seconds


def test_retry_after_as_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    response = httpx.Response(429, headers={"Retry-After": format_datetime(later, usegmt=True)})
    assert 80 < (sending.retry_after(response) or 0) <= 90


def build_texts() -> ChannelTexts:
    from tests.gateway.channels.test_texts import KNOWLEDGE, VALUES, load_channel_texts

    return load_channel_texts(KNOWLEDGE / "channels.yml", VALUES)


def test_the_twilio_account_is_the_one_of_the_settings() -> None:
    assert ALL["twilio_account_sid"] == twilio.SID
