"""Everything about intake that doors and sources need, in one place; built by the composition root."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from docchain.features.documents.contents import Contents
from docchain.features.documents.domain import clean_name
from docchain.features.documents.errors import UploadTooLarge
from docchain.features.documents.intake.arrivals import Arrival, Received
from docchain.features.documents.intake.ends import WHOLE, check_ends
from docchain.features.documents.intake.errors import FileRefused, IntakeBusy
from docchain.features.documents.intake.findings import MIB, Suspicious
from docchain.features.documents.intake.sampling import Sampled
from docchain.features.documents.intake.scanning import Scanner, Unscanned
from docchain.features.documents.intake.schemas import IntakeItem
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.intake.signatures import seen_type
from docchain.features.documents.intake.taking import Taking, bounds_of
from docchain.features.documents.storage.errors import QuotaExceeded
from docchain.features.documents.storage.service import StorageService
from docchain.features.secrets import Vault
from docchain.platform.blobs import BlobTooLarge, check_size
from docchain.platform.database import Database
from docchain.platform.outgoing_rules import Watch
from docchain.platform.processes import ChildBusy, ChildError, ChildMemory, ChildTimeout, ProcessPool
from docchain.platform.settings import Settings
from docchain.platform.spool import Spool, fill, pour
from docchain.platform.work import Actor

if TYPE_CHECKING:
    from docchain.features.documents.intake.tus import TusUploads

_JOB: Final = "docchain.features.documents.intake.inspection:run"
_MARKUP: Final = (".xml", ".svg", ".xhtml", ".eml")


class Intake:
    """The one way in.

    Args:
        settings: the operator's.
        database: the ledger and the rules.
        contents: where good content goes.
        spool: where files lie while they are looked into.
    """

    def __init__(self, settings: Settings, database: Database, contents: Contents, spool: Spool) -> None:
        self.settings = settings
        self.database = database
        self._own = own = settings.intake
        self._contents = contents
        self.vault: Vault | None = None
        self.watch: Watch | None = None
        self._children = ProcessPool(own.intake_workers, own.intake_memory_mb * MIB, spool=spool)
        self._scanner = Scanner(own.clamav_url, own.clamav_timeout) if own.clamav_url else None

    async def close(self) -> None:
        await self._children.close()

    @cached_property
    def tus(self) -> "TusUploads":
        from docchain.features.documents.intake.tus import TusUploads  # noqa: PLC0415 - it stands on this

        return TusUploads(self)

    def file(self) -> Any:
        """A file for passing things on; gone at the end of the block."""
        return self._children.spool.file()

    async def in_child(self, target: str, *args: Any) -> Any:
        """Call a function of ours where a bad file harms nobody."""
        return await self._children.run(target, *args, timeout=self._own.intake_timeout)

    async def receive(self, actor: Actor, arrival: Arrival, chunks: AsyncIterable[bytes]) -> Received:
        """Look at what arrives, and store it if it is good; what is refused is written down.

        Raises:
            FileRefused: it stays out.
            UploadTooLarge: so does this.
            QuotaExceeded: there is no room for it.
            IntakeBusy: too many are being looked at.
        """
        taking = await self.taking(actor)
        stream = Sampled(chunks)
        try:
            most, room = await self._limits(actor, taking)
        except QuotaExceeded as full:
            await self._note_full(actor, arrival, full)
            raise
        seen = seen_type(await stream.begin())
        if not stream.head:
            refusal = FileRefused("empty", f"{clean_name(arrival.name)[:100]}: It is empty; nothing can be read in it.")
            item = await self.note_refusal(actor, arrival, refusal, {"size": 0})
            raise FileRefused(refusal.reason, refusal.detail, item.id)
        try:
            return await self._looked_at(actor, arrival, stream, seen, (taking, most))
        except BlobTooLarge:
            if room is not None and most == room:
                short = QuotaExceeded(f"Only {most:,} bytes are left.")
                await self._note_full(actor, arrival, short)
                raise short from None
            detail = f"A document may have up to {most:,} bytes."
            await self.note_refusal(actor, arrival, FileRefused("too_large", detail), {"seen_type": seen})
            raise UploadTooLarge(detail, hint="Send a smaller one, or raise DOCCHAIN_MAX_UPLOAD_BYTES.") from None

    async def _note_full(self, actor: Actor, arrival: Arrival, full: QuotaExceeded) -> None:
        """An entry of its own, for the same thing may come in once there is room."""
        again = replace(arrival, key=f"{arrival.key}|quota")
        await self.note_refusal(actor, again, FileRefused("quota", full.detail))

    async def taking(self, actor: Actor) -> Taking:
        rules, _ = await self.database.read(lambda work: IntakeService(work).rules(), actor)
        return Taking.of(rules, self._own)

    async def note_refusal(
        self, actor: Actor, arrival: Arrival, refusal: FileRefused, about: dict[str, Any] | None = None
    ) -> IntakeItem:
        return await self.database.write(lambda work: IntakeService(work).refuse(arrival, refusal, about), actor)

    async def _limits(self, actor: Actor, taking: Taking) -> tuple[int, int | None]:
        room = await self.database.read(lambda work: StorageService(work).room(), actor)
        limits = (self.settings.limits.max_upload_bytes, taking.max_bytes, room)
        return min(limit for limit in limits if limit is not None), room

    async def _looked_at(
        self, actor: Actor, arrival: Arrival, stream: Sampled, seen: str, limits: tuple[Taking, int]
    ) -> Received:
        about: dict[str, Any] = {"seen_type": seen}
        try:
            if self._needs_whole(seen, arrival.name):
                return await self._whole(actor, arrival, stream, limits, about)
            return await self._passing(actor, arrival, stream, limits, about)
        except Suspicious as finding:
            refusal = FileRefused(finding.code, f"{clean_name(arrival.name)[:100]}: {finding.detail}")
            item = await self.note_refusal(actor, arrival, refusal, about)
            raise FileRefused(refusal.reason, refusal.detail, item.id) from None

    def _needs_whole(self, seen: str, name: str) -> bool:
        return seen in WHOLE or self._scanner is not None or name.lower().endswith(_MARKUP)

    async def _passing(
        self, actor: Actor, arrival: Arrival, stream: Sampled, limits: tuple[Taking, int], about: dict[str, Any]
    ) -> Received:
        """Beginning and end tell enough: it is stored while it comes."""
        taking, most = limits
        seen = about["seen_type"]
        taking.check(seen, arrival.name, arrival.declared)
        assert actor.workspace_id is not None  # noqa: S101 - only the system has none
        stored = await self._contents.put_stream(actor.workspace_id, stream, most)
        about |= {"size": stored.size, "sha256": stored.sha256}
        check_ends(seen, stream.head, stream.tail)
        return Received(arrival, stored, seen)

    async def _whole(
        self, actor: Actor, arrival: Arrival, stream: Sampled, limits: tuple[Taking, int], about: dict[str, Any]
    ) -> Received:
        """It waits beside the store until it was looked into."""
        taking, most = limits
        async with self._children.spool.file() as path:
            await fill(path, _at_most(stream, most))
            about["size"] = stream.size
            told = await self._inspect(path, arrival.name, taking)
            about |= {"seen_type": told["media_type"], "sha256": told["sha256"]}
            if told["code"]:
                raise Suspicious(told["code"], told["detail"])
            taking.check(told["media_type"], arrival.name, arrival.declared)
            await self._scan(path)
            assert actor.workspace_id is not None  # noqa: S101 - only the system has none
            stored = await self._contents.put_stream(actor.workspace_id, pour(path), most)
        return Received(arrival, stored, told["media_type"])

    async def _inspect(self, path: Path, name: str, taking: Taking) -> dict[str, Any]:
        bounds = bounds_of(taking, self._own)
        try:
            told: dict[str, Any] = await self.in_child(_JOB, str(path), name, bounds)
        except ChildBusy:
            raise IntakeBusy("Try again in a moment.") from None
        except ChildError as error:
            raise Suspicious("unchecked", f"It could not be looked into: {_why(error)}. Export it again.") from None
        return told

    async def _scan(self, path: Path) -> None:
        if self._scanner is None:
            return
        try:
            found = await self._scanner.scan(pour(path))
        except Unscanned as error:
            if self._own.clamav_failure == "refuse":
                raise Suspicious("unscanned", f"It could not be scanned. {error}") from None
            return
        if found is not None:
            raise Suspicious("malware", f"The scanner found {found[:100]} in it.")


def _why(error: ChildError) -> str:
    """For people; what it was in our words is nobody's business."""
    told = {ChildTimeout: "it took too long", ChildMemory: "it wanted too much memory"}
    return told.get(type(error), "it is damaged in a way that ends whoever reads it")


async def _at_most(chunks: AsyncIterable[bytes], limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        check_size(size, limit)
        yield chunk
