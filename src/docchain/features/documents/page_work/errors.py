"""Why page work is refused."""

from docchain.platform.errors import Invalid, TooLarge


class PagesRefused(Invalid):
    code = "pages_refused"
    title = "These pages cannot be worked on"


class TooManyParts(TooLarge):
    code = "too_many_parts"
    title = "That would be too many documents at once"
