"""What events of keys and invitations tell: ids, and nothing in clear that names a person."""

from docchain.platform.events import read_after
from docchain.platform.work import SYSTEM


async def test_events_of_keys_and_invitations_name_nobody(owner, product):
    key = await owner.made("/security/api-keys", {"name": "k", "permissions": ["runs:read"]})
    await owner.made("/workspace/invitations", {"role": "editor", "email": "eva@example.com"})
    events = await product.services.database.read(lambda work: read_after(work.session, 0, 1_000), SYSTEM)
    told = {event.type: event.data for event in events}
    assert told["api_key.created"]["key_id"] == key["id"]
    assert "owner" not in told["api_key.created"]
    assert told["invitation.created"] == {"role": "editor"}
