"""What must agree before a version is published; its one rule: this package knows no gate, it only asks one."""

from typing import Protocol

from docchain.features.ai.prompts.schemas import Prompt, PromptVersion
from docchain.platform.web.door import DoorContext


class Gate(Protocol):
    """Asked before a label moves by publishing; the composition root hands one to `AiHouse.gate`, or none."""

    async def check(
        self, door: DoorContext, prompt: Prompt, candidate: PromptVersion, current: PromptVersion | None
    ) -> None:
        """Agree, by returning.

        Args:
            door: who publishes; no transaction is open.
            prompt: whose version it is.
            candidate: the version that is to be published.
            current: the version that the label stands for now; None if it stands for none.

        Raises:
            AiGateFailed: with the differences as `errors`.
        """
        ...
