"""Who sits where: how a process is called, and how it competes for the lease."""

import os
import socket
from dataclasses import dataclass, field


class NobodyExecutesError(Exception):
    """Orders are kept, but no process holds the lease."""


def process_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class SeatOptions:
    """`seconds` is how long the lease lasts unrenewed; who does not compete never executes."""

    competes: bool = True
    seconds: float = 6.0
    poll: float = 1.0
    patience: float = 30.0
    holder: str = field(default_factory=process_name)
