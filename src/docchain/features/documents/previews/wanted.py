"""What a picture is to be like."""

from typing import Literal

import msgspec

Form = Literal["webp", "png"]


class Sheet(msgspec.Struct, frozen=True):
    """A page as a client wants it."""

    number: int
    width: int
    form: Form


class Wanted(msgspec.Struct, frozen=True):
    """A page, and the box that its picture has to fit into; `pixels` bounds their product."""

    page: int
    width: int
    height: int
    form: Form
    pixels: int
