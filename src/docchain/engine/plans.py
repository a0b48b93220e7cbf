"""Plans by digest: compiled once, found again in the journal after a restart."""

import contextlib
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from docchain.engine.definition import DefinitionError, WorkflowSpec, compile_plan, read_spec
from docchain.engine.doors import CommandSource
from docchain.engine.expressions import Template
from docchain.engine.journal import Journal
from docchain.engine.kinds import Kinds
from docchain.engine.machine.plan import Plan, Steps

_KEPT: Final = 1_000
_KEPT_SPECS: Final = 200


class DefinitionLostError(Exception):
    """A definition that is nowhere to be found, or that this release's step kinds no longer fit."""


class Plans:
    """The most recently used plans; the others are compiled again from the journal or the doors' database."""

    def __init__(self, kinds: Kinds, journal: Journal, source: CommandSource | None) -> None:
        self._kinds = kinds
        self._journal = journal
        self._source = source
        self._plans: OrderedDict[str, Plan] = OrderedDict()
        self._specs: OrderedDict[str, WorkflowSpec] = OrderedDict()
        self._unkept: dict[str, str] = {}

    def keep(self, plan: Plan, definition: str) -> None:
        """A plan compiled elsewhere, with the canonical text that must become durable with its first run."""
        if plan.digest not in self._plans:
            self._unkept[plan.digest] = definition
            self._remember(plan)

    def kept(self, digest: str) -> Plan:
        """A plan that was handed to `keep` a moment ago."""
        return self._plans[digest]

    def unkept(self, digest: str) -> str | None:
        """The text to commit with a run, once a plan."""
        return self._unkept.pop(digest, None)

    def refused(self, digest: str, why: str) -> Plan:
        """What a run that cannot start follows."""
        return Plan(digest, "", Steps(), Template(lambda _: None, []), refusal=why)

    async def of(self, digest: str) -> Plan:
        """The plan.

        Raises:
            DefinitionLostError: when there is no such definition, or it no longer compiles.
        """
        if plan := self._plans.get(digest):
            self._plans.move_to_end(digest)
            return plan
        spec = await self.spec(digest)
        try:
            plan = replace(compile_plan(spec, self._kinds), digest=digest)
        except DefinitionError as error:
            raise DefinitionLostError(f"The definition no longer fits the installed step kinds: {error}") from error
        self._remember(plan)
        return plan

    async def spec(self, digest: str) -> WorkflowSpec:
        body = await self._journal.definition(digest)
        if body is None and self._source is not None:
            with contextlib.suppress(LookupError):
                body = self._unkept[digest] = await self._source.definition(digest)
        if not body:
            raise DefinitionLostError(f"There is no definition {digest}.")
        try:
            return read_spec(body)
        except DefinitionError as error:
            raise DefinitionLostError(f"The definition {digest} cannot be read: {error}") from error

    async def kept_spec(self, digest: str) -> WorkflowSpec:
        """The same, read once for all who ask again and again; nobody changes it."""
        found = self._specs.pop(digest, None) or await self.spec(digest)
        self._specs[digest] = found
        if len(self._specs) > _KEPT_SPECS:
            self._specs.popitem(last=False)
        return found

    def _remember(self, plan: Plan) -> None:
        self._plans[plan.digest] = plan
        if len(self._plans) > _KEPT:
            self._plans.popitem(last=False)
