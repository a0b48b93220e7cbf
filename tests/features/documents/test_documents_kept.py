import hashlib

import pytest

from docchain.features.documents import DocumentFilter, DocumentService
from docchain.features.documents.errors import DocumentNotFound, NotAReference, VersionNotFound
from docchain.platform.events import read_after
from docchain.platform.pagination import PageRequest
from docchain.platform.work import SYSTEM, Actor


async def test_an_upload_is_a_document_with_its_first_version(house):
    document = await house.upload(b"%PDF one", "../Factura 17.pdf")

    assert (document.handle, document.name, document.media_type) == ("document_1", "Factura 17.pdf", "application/pdf")
    assert (document.origin, document.created_by, document.duplicate_of) == ("upload", "ana", None)
    assert (document.current.number, document.current.size) == (1, 8)
    assert document.current.sha256 == hashlib.sha256(b"%PDF one").hexdigest()
    assert await house.contents.get(house.actor.workspace_id, document.current.sha256) == b"%PDF one"


async def test_the_same_bytes_again_share_the_blob_and_name_the_first(house):
    first = await house.upload(b"same", "a.pdf")
    second = await house.upload(b"same", "b.pdf")
    third = await house.upload(b"same", "c.pdf")

    assert (second.handle, second.name) == ("document_2", "b.pdf")
    assert second.duplicate_of == first.id
    assert third.duplicate_of == first.id
    stored = [path for path in (house.folder / "blobs").rglob("*") if path.is_file()]
    assert [path.name for path in stored] == [hashlib.sha256(b"same").hexdigest()]


async def test_a_new_version_becomes_current_and_the_old_one_stays(house):
    await house.upload(b"one", "a.pdf")
    stored = await house.blobs.put(house.actor.workspace_id, b"two!")
    changed = await house.write(lambda work: DocumentService(work).add_version("document_1", stored))
    versions = await house.read(lambda work: DocumentService(work).versions("document_1", PageRequest()))
    first = await house.read(lambda work: DocumentService(work).version("document_1", 1))

    assert (changed.name, changed.current.number, changed.current.size) == ("a.pdf", 2, 4)
    assert [(version.number, version.size) for version in versions.items] == [(2, 4), (1, 3)]
    assert changed.current.parent_version_id == first.id


async def test_lists_are_paged_filtered_and_counted(house):
    names = ["a.pdf", "b.png", "100%_A.pdf", "d.jpg"]
    for number, name in enumerate(names):
        await house.upload(b"%d" % number, name)

    def page(filter_=None, **request):
        return lambda work: DocumentService(work).list(filter_ or DocumentFilter(), PageRequest(**request))

    first = await house.read(page(limit=3, total=True))
    rest = await house.read(page(limit=3, cursor=first.next_cursor))
    images = await house.read(page(DocumentFilter(media_type="image/*")))
    literal = await house.read(page(DocumentFilter(name="%_a")))
    same = await house.read(page(DocumentFilter(sha256=hashlib.sha256(b"1").hexdigest())))

    assert ([item.name for item in first.items], first.total) == (["d.jpg", "100%_A.pdf", "b.png"], 4)
    assert ([item.name for item in rest.items], rest.next_cursor) == (["a.pdf"], None)
    assert [item.name for item in images.items] == ["d.jpg", "b.png"]
    assert [item.name for item in literal.items] == ["100%_A.pdf"]
    assert [item.name for item in same.items] == ["b.png"]


async def test_a_document_is_named_by_id_handle_version_or_whole_reference(house):
    document = await house.upload(b"one", "a.pdf")
    reference = document.current.reference()

    for name in ("document_1", str(document.id), str(document.current.id), reference.model_dump(mode="json")):
        assert await house.read(lambda work, name=name: DocumentService(work).resolve(name)) == reference
    assert await house.read(lambda work: house.documents.resolve(work, "document_1")) == {
        "document_id": str(document.id),
        "version_id": str(document.current.id),
        "sha256": hashlib.sha256(b"one").hexdigest(),
        "media_type": "application/pdf",
        "name": "a.pdf",
        "size": 3,
    }


@pytest.mark.parametrize(
    "name", ["document_2", "workflow_1", "1", "", "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10", "x" * 9999]
)
async def test_what_names_no_document_is_refused(house, name):
    await house.upload(b"one")

    with pytest.raises(DocumentNotFound):
        await house.read(lambda work: DocumentService(work).resolve(name))


async def test_a_forged_or_incomplete_reference_is_refused(house):
    document = await house.upload(b"one")
    true = document.current.reference().model_dump(mode="json")

    for forged in ({**true, "sha256": "0" * 64}, {**true, "size": 9}, {**true, "extra": 1}, {"document_id": 7}):
        with pytest.raises(NotAReference):
            await house.read(lambda work, forged=forged: DocumentService(work).resolve(forged))


async def test_a_version_that_does_not_exist_is_refused(house):
    await house.upload(b"one")

    with pytest.raises(VersionNotFound, match=r"document_1 has no version 2\."):
        await house.read(lambda work: DocumentService(work).version("document_1", 2))


async def test_a_deleted_document_is_gone_and_its_number_is_not_used_again(house):
    document = await house.upload(b"one")
    await house.write(lambda work: DocumentService(work).delete("document_1"))
    again = await house.upload(b"one")
    listed = await house.read(lambda work: DocumentService(work).list(DocumentFilter(), PageRequest()))

    assert [item.handle for item in listed.items] == ["document_2"]
    assert again.duplicate_of is None
    for name in ("document_1", str(document.id), str(document.current.id)):
        with pytest.raises(DocumentNotFound):
            await house.read(lambda work, name=name: DocumentService(work).resolve(name))


async def test_another_workspace_sees_nothing(house):
    document = await house.upload(b"one")
    stranger = Actor(None, "eve", house.theirs)

    listed = await house.read(lambda work: DocumentService(work).list(DocumentFilter(), PageRequest()), stranger)
    assert listed.items == []
    for name in ("document_1", str(document.id), str(document.current.id)):
        with pytest.raises(DocumentNotFound):
            await house.read(lambda work, name=name: DocumentService(work).resolve(name), stranger)


async def test_every_change_is_an_event(house):
    await house.upload(b"one", "a.pdf")
    stored = await house.blobs.put(house.actor.workspace_id, b"two")
    await house.write(lambda work: DocumentService(work).add_version("document_1", stored))
    await house.write(lambda work: DocumentService(work).delete("document_1"))

    events = await house.read(lambda work: read_after(work.session, 0, 10), SYSTEM)
    assert [event.type for event in events] == ["document.uploaded", "document.version_uploaded", "document.deleted"]
    assert [event.data["handle"] for event in events] == ["document_1"] * 3
