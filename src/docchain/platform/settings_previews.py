"""What the operator may choose of texts and pictures of documents."""

from typing import Literal

from pydantic import Field

from docchain.platform.settings_concerns import Concern


class PreviewSettings(Concern):
    """What is made of documents beside them, and what that may cost."""

    previews: Literal["background", "on_demand", "off"] = Field(
        "background",
        description="When thumbnails are made: as documents come, when somebody looks, or never.",
    )
    preview_wait: float = Field(
        3.0, ge=0, le=60, description="Seconds that a request waits for what is being made, before it is told so."
    )
    preview_timeout: float = Field(30.0, gt=0, description="Seconds that drawing one picture may take.")
    preview_pixels: int = Field(8_000_000, ge=10_000, description="Largest picture of a page that is made, in pixels.")
    preview_days: int = Field(30, ge=1, description="Days after which pictures that nobody looked at are dropped.")
    parse_batch_seconds: float = Field(
        5.0, ge=0, description="Seconds of reading after which the pages read are safe, should the rest be cut."
    )
    page_timeout: float = Field(60.0, gt=0, description="Seconds that reading one page may take, twice at most.")
