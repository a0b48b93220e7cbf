"""Files that do harm, made here: each with its name and why it stays out, or that it comes in and fails alone."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from email.message import EmailMessage

MIB = 1024 * 1024
TRAP = "taken"
"""May come in: nothing about it harms who keeps it; whoever reads it finds it broken."""


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def office(part, *more):
    types = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return zipped(("[Content_Types].xml", types), (part, b"<?xml version='1.0'?><a/>"), *more)


def docx(*more):
    return office("word/document.xml", *more)


def xlsx(*more):
    return office("xl/workbook.xml", *more)


def nested(depth, inner=b"at last"):
    for _ in range(depth):
        inner = zipped(("inner.zip", inner), method=zipfile.ZIP_STORED)
    return inner


def zip_bomb(mebibytes=700):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.bin", "w") as member:
        for _ in range(mebibytes):
            member.write(bytes(MIB))
    return made.getvalue()


def overlapping():
    """Two entries of the directory that share their bytes."""
    data = bytearray(zipped(("a.bin", bytes(range(256)) * 200), method=zipfile.ZIP_STORED))
    at = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entry = bytes(data[at:end])
    tail = bytearray(data[end:])
    copies = [entry, entry.replace(b"a.bin", b"b.bin")]
    struct.pack_into("<HHI", tail, 8, 2, 2, len(entry) * 2)
    return bytes(data[:at]) + b"".join(copies) + bytes(tail)


def encrypted_zip():
    data = bytearray(zipped(("a.txt", b"secret"), method=zipfile.ZIP_STORED))
    data[6] |= 1
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def lying_zip():
    """Says that its member is small."""
    data = bytearray(zipped(("a.bin", bytes(20 * MIB))))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    return bytes(data)


def pdf(pages=1, extra=b"", trailer=b"", shared=True):
    kids = b" ".join(b"3 0 R" if shared else b"%d 0 R" % (n + 3) for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        *([b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>"] * (1 if shared else pages)),
    ]
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    made += extra
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(made)


def encrypted_pdf():
    """Asks for a password that nobody has."""
    secret = b"<" + b"ab" * 32 + b">"
    handler = b"/Encrypt<</Filter/Standard/V 1/R 2/O " + secret + b"/U " + secret + b"/P -4>>"
    return pdf(trailer=handler + b"/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]")


def ole(*names, streams=None):
    """A compound file of one sector of its table, with these entries in its directory."""
    streams = streams or {}
    sector, free, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    entries = [("Root Entry", 5, 0)] + [(name, 1 if name == "VBA" else 2, 0) for name in names]
    entries += [(name, 2, 4096) for name in streams]
    per = sector // 128
    sectors = -(-len(entries) // per)
    fat = [0xFFFFFFFD] + [n + 2 for n in range(sectors - 1)] + [end]
    content, starts = b"", {}
    for name, data in streams.items():
        starts[name] = len(fat)
        padded = data.ljust(4096, b"\0")
        content += padded
        fat += [len(fat) + n + 1 for n in range(7)] + [end]
    fat += [free] * (128 - len(fat))
    directory = b""
    for number, (name, kind, size) in enumerate(entries):
        coded = (name + "\0").encode("utf-16-le")
        right = number + 1 if 0 < number < len(entries) - 1 else free
        child = 1 if number == 0 and len(entries) > 1 else free
        start = starts.get(name, end if kind == 5 else 0)
        directory += coded.ljust(64, b"\0") + struct.pack("<HBBIII", len(coded), kind, 1, free, right, child)
        directory += bytes(36) + struct.pack("<IQ", start, size)
    directory = directory.ljust(sectors * sector, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    return head + struct.pack("<128I", *fat) + directory + content


def word_with_password():
    return ole(streams={"WordDocument": bytes(11) + b"\x01"})


def sheet_with_password():
    return ole(streams={"Workbook": b"\x09\x08\x10\x00" + bytes(16) + b"\x2f\x00\x06\x00" + bytes(6)})


def png():
    import zlib  # noqa: PLC0415 - here only

    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    head = struct.pack("!IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def tarred(name, data=b"text"):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def program():
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200)


RUN = (".bat", ".cmd", ".ps1", ".vbs", ".js", ".hta", ".url", ".reg", ".scr", ".lnk")


def mail(name, data):
    message = EmailMessage()
    message["From"], message["Subject"] = "ana@example.com", "Factura"
    message.set_content("Adjunta.")
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>'


def corpus():
    """Name, bytes, and the reason for which it is refused (or that it is taken, and fails where it is read)."""
    yield from _archives(bytes(30 * MIB))
    yield from _documents()


def _archives(zeros):
    return (
        ("truncated.pdf", pdf()[:120], TRAP),
        ("only-head.pdf", b"%PDF-1.7\n", TRAP),
        ("truncated.docx", docx()[:-40], "archive_damaged"),
        ("truncated.zip", zipped(("a.txt", b"a" * 5000))[:60], "archive_damaged"),
        ("truncated.gz", gzip.compress(b"a" * 100_000)[:60], "archive_damaged"),
        ("truncated.xz", lzma.compress(bytes(range(256)) * 999)[:200], "archive_damaged"),
        ("truncated.doc", ole("WordDocument")[:600], "archive_damaged"),
        ("truncated.png", png()[:40], TRAP),
        ("flipped.zip", zipped(("a.txt", bytes(range(256)) * 40)).replace(b"\x0b\x0c", b"\x0c\x0b", 1), None),
        ("bomb.zip", zip_bomb(), "archive_bomb"),
        ("bomb.gz", gzip.compress(zeros), "archive_bomb"),
        ("bomb.bz2", bz2.compress(zeros), "archive_bomb"),
        ("bomb.xz", lzma.compress(zeros), "archive_bomb"),
        ("twice.gz", gzip.compress(gzip.compress(zeros)), "archive_bomb"),
        ("bomb.docx", docx(("word/media/image1.bin", zeros)), "archive_bomb"),
        ("bomb.tar.gz", gzip.compress(tarred("zeros", zeros)), "archive_bomb"),
        ("inside.zip", zipped(("bomb.zip", zipped(("zeros", zeros)))), "archive_bomb"),
        ("many.zip", zipped(*((f"{n}", b"") for n in range(10_001))), "archive_bomb"),
        ("overlapping.zip", overlapping(), "archive_bomb"),
        ("lying.zip", lying_zip(), None),
        ("deep.zip", nested(5), "archive_depth"),
        ("deep.gz", _often(gzip.compress, 5), "archive_depth"),
        ("slip.zip", zipped(("../../etc/cron.d/evil", b"*")), "archive_names"),
        ("slip.tar", tarred("../../etc/cron.d/evil"), "archive_names"),
        ("absolute.zip", zipped(("/etc/passwd", b"root")), "archive_names"),
        ("drive.zip", zipped(("C:\\evil.bat", b"@echo")), "archive_names"),
        ("locked.zip", encrypted_zip(), "encrypted"),
    )


def _documents():
    return (
        ("locked.pdf", encrypted_pdf(), "encrypted"),
        ("locked.docx", ole("EncryptionInfo", "EncryptedPackage"), "type_mismatch|encrypted"),
        ("locked.doc", word_with_password(), "encrypted"),
        ("locked.xls", sheet_with_password(), "encrypted"),
        ("macros.docx", docx(("word/vbaProject.bin", b"x")), "macros"),
        ("macros.xlsm", xlsx(("xl/vbaProject.bin", b"x")), "macros"),
        ("sheets.xlsx", xlsx(("xl/macrosheets/sheet1.xml", b"<a/>")), "macros"),
        ("macros.doc", ole("Macros", "VBA", "_VBA_PROJECT"), "macros"),
        ("in-archive.zip", zipped(("a.docm", docx(("word/vbaProject.bin", b"x")))), "macros"),
        ("archive.pdf", pdf() + zipped(("a.txt", b"hidden")), "polyglot"),
        ("archive.png", png() + zipped(("a.txt", b"hidden")), "polyglot"),
        ("page.gif", b"GIF89a" + b"\x01\x00\x01\x00\x00" + b"<script>alert(1)</script>", "polyglot"),
        ("page.pdf", b"<html><script>alert(1)</script>" + pdf(), "polyglot|type_mismatch"),
        ("image.pdf", png() + pdf(), "polyglot|type_mismatch"),
        ("laughs.xml", LAUGHS, "xml_entities"),
        ("laughs.svg", LAUGHS.replace(b"<l>", b"<svg>"), "xml_entities"),
        ("outside.xml", OUTSIDE, "xml_entities"),
        ("wide.xml", LAUGHS.decode().replace("1.0", "1.0").encode("utf-16"), "xml_entities"),
        ("laughs.docx", docx(("word/styles.xml", LAUGHS)), "xml_entities"),
        ("deep.xml", b"<?xml version='1.0'?>" + b"<a>" * 100_000, "xml_depth"),
        ("long.pdf", pdf(pages=20_000, shared=False), "too_many_pages"),
        ("nested.pdf", pdf(extra=b"9 0 obj\n" + b"[" * 200_000 + b"\nendobj\n"), TRAP),
        ("invoice.pdf", program(), "program"),
        ("setup.exe", program(), "program"),
        ("invoice.sh", b"#!/bin/sh\nrm -rf /\n", "program"),
        ("tool.jar", zipped(("META-INF/MANIFEST.MF", b"Main-Class: X")), "program"),
        *((f"start{ending}", b"echo hello\r\n", "program") for ending in RUN),
        ("start.bat.", b"echo hello\r\n", "program"),
        ("in.zip", zipped(("a/setup.bin", program())), "program"),
        ("script.zip", zipped(("inner.zip", zipped(("a/start.ps1", b"exit")))), "program"),
        ("in.tar", tarred("start.vbs"), "program"),
        ("in.bin.gz", gzip.compress(program()), "program"),
        ("in.eml", mail("invoice.pdf", program()), "program"),
        ("script.eml", mail("factura.js", b"alert(1)"), "program"),
        ("zip.eml", mail("a.zip", zipped(("a.cmd", b"dir"))), "program"),
        ("image.png", pdf(), "type_mismatch"),
        ("png.jpg", png(), "type_mismatch"),
        ("jpg.png", b"\xff\xd8\xff\xe0" + bytes(100), "type_mismatch"),
        ("noise.txt", bytes(range(256)) * 20, "type_mismatch"),
        ("sheet.csv", "a;b\r\n1;2\r\n".encode("utf-16-le"), TRAP),
        ("sjis.xml", "<?xml version='1.0' encoding='shift_jis'?><a>\u8acb</a>".encode("shift_jis"), "unchecked"),
        ("note.txt", png(), "type_mismatch"),
        ("text.pdf", b"just text", "type_mismatch"),
        ("sheet.xlsx", docx(), "type_mismatch"),
        ("opaque.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), "archive_opaque"),
        ("opaque.rar", b"Rar!\x1a\x07\x00" + bytes(100), "archive_opaque"),
    )


def _often(pack, times, data=b"at last"):
    for _ in range(times):
        data = pack(data)
    return data
