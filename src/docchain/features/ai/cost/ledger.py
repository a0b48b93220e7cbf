"""The ledger: a row and what it reserves are durable before bytes leave; what nobody settled counts in full."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from docchain.features.ai.cost import domain
from docchain.features.ai.cost.domain import Spender
from docchain.features.ai.cost.makers import is_alive, maker
from docchain.features.ai.cost.repository import CostRepository, Slot
from docchain.features.ai.cost.tables import AiBudgetRow, AiBudgetUseRow, AiCallRow
from docchain.features.ai.errors import BudgetReached
from docchain.features.ai.port import Bound, Origin, PromptRef, Usage
from docchain.features.runs import RunService
from docchain.platform.errors import NotFound
from docchain.platform.ids import Handle, new_id
from docchain.platform.work import Work

_AT_ONCE: Final = 1_000
_SPARE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Order:
    """A call that is about to be made."""

    origin: Origin
    provider: str
    model: str
    task: str
    key: str
    bound: Bound
    prompt: PromptRef | None = None
    redacted: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """How a call ended; `cost` is None where nobody knows the price."""

    state: Literal["confirmed", "failed", "unknown", "cached"]
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = None
    failure: str | None = None
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Instead:
    """What a soft limit wants instead of a call: another model, or a person."""

    model: str = ""
    refusal: BudgetReached | None = None


class Ledger:
    """Works in any transaction.

    Args:
        work: the transaction.
        longest: seconds that a call can take at most; one that is under way for longer was killed.
    """

    def __init__(self, work: Work, longest: float = 120.0) -> None:
        self._work = work
        self._longest = timedelta(seconds=longest)
        self._rows = CostRepository(work.session)

    def begin(self, order: Order) -> UUID | Instead:
        """Reserve on every budget, and write the call down; or tell what a soft limit wants instead.

        Raises:
            BudgetReached: it does not fit below a hard limit; nothing is reserved.
        """
        order = self._placed(order)
        touched = self._touched(order)
        if (instead := self._instead(order, touched)) is not None:
            return instead
        amount = domain.nanos(order.bound.money) if order.bound.money is not None else None
        for slot, row in touched.items():
            self._reserve(row, slot, amount, order)
        return self._write(order, amount or 0, touched, "sending")

    def note(self, order: Order, settled: Settled) -> UUID:
        """Write down what took no model: an answer that was known, or a local method's."""
        id_ = self._write(self._placed(order), 0, [], settled.state)
        self._end(self._rows.call(id_), settled)
        return id_

    def settle(self, call: UUID, settled: Settled) -> None:
        """Write down how a call ended, once; what it reserved becomes what it took."""
        row = self._rows.call(call)
        if row is None or row.state != "sending":
            return
        self._end(row, settled)
        cost = 0 if settled.cost is None else domain.nanos(settled.cost)
        unknown = row.reserved if settled.state == "unknown" else 0
        spent = cost if settled.state == "confirmed" else 0
        for budget, slot in row.budgets:
            self._rows.settle_use((UUID(budget), slot), reserved=row.reserved, spent=spent, unknown=unknown)

    def recover(self) -> int:
        """Calls whose process is gone: nobody knows their outcome, so they count in full; how many."""
        found = 0
        for row in self._rows.sending(self._work.now, _AT_ONCE):
            if is_alive(row.maker) and row.began_at > self._work.now - self._longest - _SPARE:
                continue
            with self._work.inside(row.workspace_id):
                self.settle(row.id, Settled("unknown", failure="killed"))
            found += 1
        return found

    def _placed(self, order: Order) -> Order:
        """With the workflow that the run came from: steps do not know it."""
        origin = order.origin
        if origin.run is None or origin.workflow is not None:
            return order
        try:
            workflow = RunService(self._work).workflow_of(origin.run)
        except NotFound:  # the list is told of called runs a moment later
            return order
        return replace(order, origin=replace(origin, workflow=workflow))

    def _touched(self, order: Order) -> dict[Slot, AiBudgetRow]:
        """The budgets that a call counts towards, by the period of each that it falls into."""
        origin = order.origin
        spender = Spender(order.provider, origin.run, origin.workflow, origin.document)
        return {
            (row.id, domain.slot(row.period, self._work.now, origin.run)): row
            for row in self._rows.budgets()
            if domain.touches(row.scope, row.scope_id, row.period, spender)
        }

    def _instead(self, order: Order, touched: Mapping[Slot, AiBudgetRow]) -> Instead | None:
        over = self._softly_over(touched)
        if over is None or (over.on_soft == "cheaper" and over.cheaper_model == order.model):
            return None
        if over.on_soft == "cheaper":
            return Instead(over.cheaper_model)
        name = _name(over)
        refusal = BudgetReached(f"{name} ({over.name or over.scope}) passed its soft limit, and wants a person.", name)
        return Instead(refusal=refusal)

    def _softly_over(self, touched: Mapping[Slot, AiBudgetRow]) -> AiBudgetRow | None:
        """The first budget whose soft limit is passed, and which wants something done about it; it is told once."""
        soft = {slot: row.soft for slot, row in touched.items() if row.soft is not None}
        if not soft:
            return None
        over = [slot for slot, use in sorted(self._rows.uses(soft).items()) if sum(_parts(use)) >= soft[slot]]
        for slot in over:
            if self._rows.warn(slot):
                told = {"budget": _name(touched[slot]), "period": slot[1]}
                self._work.emit("ai.budget_warned", domain.BUDGET, slot[0], told)
        return next((touched[slot] for slot in over if touched[slot].on_soft != "warn"), None)

    def _reserve(self, row: AiBudgetRow, slot: Slot, amount: int | None, order: Order) -> None:
        name = _name(row)
        if amount is None and row.hard is not None:
            known = f"Nobody knows the price of {order.provider}/{order.model}, and {name} has a hard limit."
            error = BudgetReached(known, name)
            error.hint = f"Set its price in DOCCHAIN_AI_PRICES, or take the hard limit from {name}."
            raise error
        self._rows.open_use(slot)
        if not self._rows.reserve(slot, amount or 0, row.hard):
            left = domain.free(row.hard, _parts(self._rows.uses([slot])[slot]))
            raise BudgetReached(
                f"{name} ({row.name or row.scope}) has {domain.money(left or 0):f} {domain.CURRENCY} left; "
                f"this call could take {domain.money(amount or 0):f}.",
                name,
            )

    def _write(self, order: Order, reserved: int, slots: Iterable[Slot], state: str) -> UUID:
        origin, id_ = order.origin, new_id()
        self._rows.add(
            AiCallRow(
                id=id_,
                run_id=origin.run,
                step=origin.step,
                attempt=origin.attempt,
                document_id=origin.document,
                workflow_id=origin.workflow,
                provider=order.provider,
                model=order.model,
                task=order.task,
                prompt=order.prompt.name if order.prompt else None,
                prompt_version=order.prompt.version if order.prompt else None,
                key=order.key,
                state=state,
                failure=None,
                reserved=reserved,
                cost=None,
                tokens_in=0,
                tokens_out=0,
                tokens_cached=0,
                tokens_reasoning=0,
                estimated=False,
                redacted=order.redacted,
                took_ms=0,
                maker=maker(),
                budgets=[[str(budget), slot] for budget, slot in slots],
                began_at=self._work.now,
                settled_at=None,
            )
        )
        self._work.session.flush()
        return id_

    def _end(self, row: AiCallRow | None, settled: Settled) -> None:
        assert row is not None  # noqa: S101 - of this transaction
        usage = settled.usage
        row.state, row.failure, row.took_ms = settled.state, settled.failure, settled.took_ms
        row.cost = None if settled.cost is None else domain.nanos(settled.cost)
        row.tokens_in, row.tokens_out = usage.tokens_in, usage.tokens_out
        row.tokens_cached, row.tokens_reasoning = usage.cached_in, usage.reasoning
        row.estimated, row.settled_at = usage.estimated, self._work.now
        self._work.session.flush()


def _name(row: AiBudgetRow) -> str:
    return str(Handle(domain.BUDGET, row.number))


def _parts(use: AiBudgetUseRow) -> tuple[int, int, int]:
    return use.reserved, use.spent, use.unknown
