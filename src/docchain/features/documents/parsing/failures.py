"""Why a file could not be read; the message is what a user sees and says what to do next."""


class Unreadable(Exception):
    """A file that cannot be parsed.

    Args:
        code: `unsupported`, `mismatch`, `damaged`, `encrypted`, `too_large` or `empty`.
        message: what is wrong with the named file and what to do about it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
