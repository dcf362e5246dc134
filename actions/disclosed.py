"""Keeps what a person says of their own health for the rest of the conversation."""

from __future__ import annotations

from collections.abc import Iterable

from rasa_sdk import Tracker

from actions.conversation import Mention, entities
from actions.services import services
from clinic import conversations, disclosures

_OWN = frozenset({"present", "historical", "negated"})


async def record_disclosures(tracker: Tracker, found: Iterable[Mention]) -> None:
    """Record the conditions that the speaker has, had, or says they do not have.

    What they say of others or in general is not recorded. "Isn't pregnancy a problem?" denies nothing:
    only a statement takes back what was disclosed before.
    """
    asks = bool(entities(tracker, "question"))
    own = [
        mention
        for mention in found
        if mention.assertion in _OWN and not (asks and mention.assertion == "negated")
    ]
    if not own:
        return
    said = [(mention.key, mention.assertion) for mention in own]
    async with services().database.session() as session:
        # What is known already is not written: a commit that changes nothing waits for no disk.
        if not await disclosures.is_new(session, tracker.sender_id, said):
            return
        await conversations.ensure(session, tracker.sender_id)
        for key, assertion in said:
            await disclosures.record(session, tracker.sender_id, key, assertion)
