"""What events of keys and invitations tell: ids, and nothing in clear that names a person."""

from functools import partial

from sqlalchemy import select

from docchain.features.identity.tables import MembershipRow
from docchain.features.realtime.service import MessageService
from docchain.platform import personal
from docchain.platform.events import read_after
from docchain.platform.ids import new_id
from docchain.platform.work import SYSTEM, Actor


async def test_events_of_keys_and_invitations_name_nobody(owner, product):
    key = await owner.made("/security/api-keys", {"name": "k", "permissions": ["runs:read"]})
    await owner.made("/workspace/invitations", {"role": "editor", "email": "eva@example.com"})
    events = await product.services.database.read(lambda work: read_after(work.session, 0, 1_000), SYSTEM)
    told = {event.type: event.data for event in events}
    assert told["api_key.created"]["key_id"] == key["id"]
    assert "owner" not in told["api_key.created"]
    assert told["invitation.created"] == {"role": "editor"}


async def test_messages_name_people_until_they_are_erased(owner, product):  # noqa: ARG001 - olga is there
    database, ana = product.services.database, new_id()
    workspace = await database.read(lambda work: work.session.scalar(select(MembershipRow.workspace_id)), SYSTEM)
    actor = Actor(ana, "ana", workspace)
    await database.write(lambda work: MessageService(work).send_to_user("olga", "hi"), actor)

    async def told(*, readable):
        read = partial(read_after, position=0, limit=1_000, readable=readable)
        [event] = [event for event in await database.read(lambda work: read(work.session), SYSTEM)
                   if event.type == "message.sent"]  # fmt: skip
        return event.data["from"], event.data["user"], event.data["body"]

    assert await told(readable=True) == ("ana", "olga", "hi")
    assert "ana" not in str((await told(readable=False))[0])
    await database.write(lambda work: personal.erase(work.session, [ana, product.ids["olga"]]), SYSTEM)
    assert await told(readable=True) == ("(erased)", "(erased)", "hi")
