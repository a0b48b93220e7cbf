"""What one process takes away, another one refuses with the next request."""

import pytest

from conftest import opened


@pytest.fixture
async def both(postgres_url, tmp_path):
    async with opened(tmp_path, postgres_url) as one, opened(tmp_path, postgres_url) as other:
        yield one, other


async def test_keys_roles_and_restrictions_count_in_every_process(both):
    one, other = both
    owner = await one.member("olga", "owner")
    made = await owner.made("/security/api-keys", {"name": "k", "permissions": ["runs:read", "workflows:read"]})
    await owner.made("/security/roles", {"name": "clerk", "permissions": ["workflows:read", "runs:read"]})
    definition = {"workflow": "w", "steps": [{"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}]}
    await owner.made("/workflows", {"definition": definition})
    clerk = other.somebody(await one.token("carl", "clerk"))
    program = other.somebody(made["key"])
    for asked in (clerk, program):
        assert await asked.seen("/workflows") == ["workflow_1"]
    await owner.made("/security/restrictions", {"kind": "workflow", "thing": "workflow_1"})
    assert await clerk.seen("/workflows") == []
    assert await program.seen("/workflows") == ["workflow_1"]
    assert (await owner.put("/security/roles/clerk", json={"permissions": ["runs:read"]})).status_code == 200
    assert (await clerk.get("/workflows")).status_code == 403
    assert (await owner.delete(f"/security/api-keys/{made['id']}")).status_code == 204
    assert (await program.get("/workflows")).status_code == 401
