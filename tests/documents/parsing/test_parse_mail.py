import made

from docchain.features.documents.parsing.limits import ParseLimits


def test_a_mail_is_read_with_its_attachments_after_it(read):
    document = read(
        made.eml("Su factura", "Buenos días:\n\nVa adjunta.", factura_pdf=made.pdf("Total: 45,00 €")), "correo.eml"
    )

    assert document.title == "Su factura"
    assert document.attachments == ["factura.pdf"]
    assert [(page.number, page.origin, page.source) for page in document.pages] == [
        (1, None, "grid"),
        (2, "factura.pdf", "text"),
    ]
    assert document.text == (
        "From: Ana Muñoz <ana@example.com>\nTo: Compras <compras@example.com>\n"
        "Date: Tue, 05 Mar 2024 10:00:00 +0100\nSubject: Su factura\n\n"
        "Buenos días:\n\nVa adjunta.\n\n## factura.pdf\n\nTotal: 45,00 €"
    )


def test_a_bad_attachment_fails_alone(read):
    document = read(made.eml("Dos", "x", rota_pdf=b"%PDF-1.4 no", buena_txt=b"bien"), "correo.eml")

    assert document.warnings == ["rota.pdf is not a readable PDF: the file is damaged or incomplete; export it again."]
    assert document.attachments == ["rota.pdf", "buena.txt"]
    assert [page.origin for page in document.pages] == [None, "buena.txt"]


def test_a_mail_inside_a_mail_names_the_way_to_its_pages(read):
    inner = made.eml("Dentro", "y", hoja_txt=b"z")
    document = read(made.eml("Fuera", "x", dentro_eml=inner), "correo.eml")

    assert [page.origin for page in document.pages] == [None, "dentro.eml", "dentro.eml/hoja.txt"]


def test_mails_nest_and_carry_only_so_much(read):
    deep = made.eml("0", "x")
    for level in range(1, 4):
        deep = made.eml(str(level), "x", mas_eml=deep)
    many = made.eml("muchos", "x", a_txt=b"a", b_txt=b"b", c_txt=b"c")

    assert read(deep, "a.eml", limits=ParseLimits(depth=1)).warnings == [
        "mas.eml is nested too deeply to be read; send it by itself."
    ]
    assert read(many, "a.eml", limits=ParseLimits(attachments=2)).warnings == [
        "c.txt was not read: the mail has too many attachments; send it by itself."
    ]


def test_a_mail_of_html_alone_is_read(read):
    mail = b"From: a@example.com\r\nSubject: Hola\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    mail += b"Content-Transfer-Encoding: 8bit\r\n\r\n<p>Importe: <b>45,00 \xe2\x82\xac</b></p>"

    document = read(mail, "correo.eml")

    assert document.text.endswith("Importe: **45,00 €**")
    assert [word.text for word in document.pages[0].words][-3:] == ["Importe:", "45,00", "€"]
