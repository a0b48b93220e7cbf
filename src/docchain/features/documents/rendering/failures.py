"""Why a document could not be rendered; the message is what a user sees and says what to do next."""


class Unrenderable(Exception):
    """A source that cannot become the document asked for.

    Args:
        code: `template`, `too_large`, `unknown_format` or `layout`.
        message: what is wrong and what to do about it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
