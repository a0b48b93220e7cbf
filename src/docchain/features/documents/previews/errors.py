"""Why there is no picture of a document, or none yet."""

from docchain.platform.errors import Busy, NotFound


class PreviewImpossible(NotFound):
    code = "preview_impossible"
    title = "The document cannot be shown"


class PageNotFound(NotFound):
    code = "page_not_found"
    title = "The document has no such page"


class PreviewsOff(NotFound):
    code = "previews_off"
    title = "This server makes no previews"


class NotYet(Exception):
    """It is being made, and takes longer than the one who asks wanted to wait."""


class PreviewDelayed(Busy):
    code = "preview_delayed"
    title = "The preview could not be made now"
