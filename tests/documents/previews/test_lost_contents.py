"""What a lost content kept from being shown is shown as soon as somebody brings the same bytes again."""

import made
import pytest


@pytest.mark.parametrize("path", ["thumbnail", "searchable.pdf"])
@pytest.mark.parametrize("damage", ["missing", "changed"])
async def test_a_healed_content_is_shown_again(place, tmp_path, path, damage):
    data = made.pdf("Hola")
    document = await place.upload(data, "carta.pdf")
    (blob,) = [file for file in (tmp_path / "blobs").rglob("*") if file.is_file() and len(file.name) >= 64]
    if damage == "missing":
        blob.unlink()
    else:
        blob.write_bytes(b"x" * blob.stat().st_size)

    lost = await place.get(f"/documents/{document}/{path}")
    await place.upload(data, "carta.pdf")
    healed = await place.get(f"/documents/{document}/{path}")

    assert lost.json()["code"] == ("blob_missing" if damage == "missing" else "blob_damaged")
    assert lost.status_code == (410 if damage == "missing" else 500)
    assert "upload the same file again" in lost.json()["hint"]
    assert healed.status_code == 200
