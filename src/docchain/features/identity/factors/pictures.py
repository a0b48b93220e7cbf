"""QR codes as pictures for pages: SVG in a `data:` address, dark on light whatever the page is like."""


def qr_picture(text: str) -> str:
    import segno  # noqa: PLC0415 - only who sets up an app needs it

    code = segno.make(text, error="m", micro=False)
    return code.svg_data_uri(scale=5, border=4, dark="#000", light="#fff", xmldecl=False)
