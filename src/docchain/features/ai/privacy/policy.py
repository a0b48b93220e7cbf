"""What workspaces wish of their models, from their setting `ai`; its one rule: a wish is never widened by a fault."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from docchain.features.ai.asking import Policy, Redaction
from docchain.features.ai.errors import NothingLeaves
from docchain.features.settings import WorkspaceSettings
from docchain.platform.outgoing_rules import Watch

_NOTHING = Policy()
_LEVELS: Final[Sequence[Redaction]] = ("off", "identifiers", "names", "strict")


def stricter(wished: Redaction, own: Redaction | None) -> Redaction:
    """What a workspace hides, and a call may only raise."""
    return wished if own is None else max(wished, own, key=_LEVELS.index)


class WorkspacePolicies:
    """Knows the policies of workspaces, from memory, some seconds old at most.

    Args:
        settings: where workspaces keep their wishes.
        known: names of the providers that there are.
        watch: writes down what was refused.
    """

    def __init__(self, settings: WorkspaceSettings, known: Collection[str], watch: Watch | None = None) -> None:
        self._settings, self._known, self._watch = settings, known, watch
        self._made: dict[UUID, tuple[dict[str, Any], Policy]] = {}

    async def of(self, workspace: UUID) -> Policy:
        """The policy of a workspace; providers that the operator has taken away are left out of its order.

        Where none of the order is left it stays as it was, so that nobody is asked whom the workspace did not choose.
        """
        chosen = await self._settings.of(workspace, "ai")
        if chosen is None:
            return _NOTHING
        made = self._made.get(workspace)
        if made is None or made[0] != chosen:
            made = self._made[workspace] = (chosen, self._policy(chosen))
        return made[1]

    async def check_remote(self, workspace: UUID, provider: str) -> None:
        """Look before a remote model is asked.

        Raises:
            NothingLeaves: the workspace sends nothing to anybody; written down.
        """
        if not (await self.of(workspace)).nothing_leaves:
            return
        if self._watch is not None:
            await self._watch.refused(workspace, f"Nothing may leave this workspace, so {provider} was not asked.")
        raise NothingLeaves(
            f"{provider} is a remote model, and nothing leaves this workspace.",
            hint="Take the provider `local`, or let an administrator change PUT /admin/settings/ai.",
        )

    def _policy(self, chosen: dict[str, Any]) -> Policy:
        order = tuple(chosen["order"])
        return Policy(
            order=tuple(name for name in order if name in self._known) or order,
            fallback_local=chosen["fallback_local"],
            redact=chosen["redact"],
            nothing_leaves=chosen["nothing_leaves"],
            models=dict(chosen["models"]),
        )
