"""What a door answered is on the disk: between each request and its answer lies a sync of the database's log."""

from concurrent.futures import ThreadPoolExecutor


def test_every_answer_to_many_at_once_follows_a_sync(counted):
    server, syncs = counted
    with server.client() as client, ThreadPoolExecutor(8) as people:

        def create(number):
            before = syncs()
            answer = client.post("/workflows", json={"name": f"w{number}"})
            return answer.status_code, syncs() > before

        assert [create(number) for number in range(10)] == [(201, True)] * 10
        assert list(people.map(create, range(10, 90))) == [(201, True)] * 80
    server.kill()
    server.start()
    with server.client() as client:
        found = client.get("/workflows", params={"limit": 200}).json()["items"]
    assert {one["name"] for one in found} >= {f"w{number}" for number in range(90)}
