"""Codes that no published list has are named, with the list they should be of; all others pass."""

import pytest

from docchain.features.extraction.einvoice.rules.listed import codes

UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">
<InvoicePeriod><DescriptionCode>35</DescriptionCode></InvoicePeriod>
<AdditionalDocumentReference><ID schemeID="ABT">7</ID><DocumentTypeCode>130</DocumentTypeCode>
</AdditionalDocumentReference>
<AdditionalDocumentReference><ID schemeID="free">8</ID><Attachment>
<EmbeddedDocumentBinaryObject mimeCode="text/csv">YQ==</EmbeddedDocumentBinaryObject></Attachment>
</AdditionalDocumentReference>
<AccountingSupplierParty><Party><EndpointID schemeID="9920">A</EndpointID>
<PartyIdentification><ID schemeID="SEPA">ES02</ID></PartyIdentification>
<PartyLegalEntity><CompanyID schemeID="0183">A</CompanyID></PartyLegalEntity></Party></AccountingSupplierParty>
<AccountingCustomerParty><Party><EndpointID schemeID="0088">B</EndpointID>
<PartyIdentification><ID schemeID="0060">B</ID></PartyIdentification></Party></AccountingCustomerParty>
<Delivery><DeliveryLocation><ID schemeID="0199">D</ID></DeliveryLocation></Delivery>
<AllowanceCharge><ChargeIndicator>false</ChargeIndicator><AllowanceChargeReasonCode>95</AllowanceChargeReasonCode>
</AllowanceCharge>
<AllowanceCharge><ChargeIndicator>true</ChargeIndicator><AllowanceChargeReasonCode>FC</AllowanceChargeReasonCode>
</AllowanceCharge>
<TaxTotal><TaxSubtotal><TaxCategory><TaxExemptionReasonCode>vatex-eu-ic</TaxExemptionReasonCode></TaxCategory>
</TaxSubtotal></TaxTotal>
<InvoiceLine><InvoicedQuantity unitCode="C62">1</InvoicedQuantity><Item>
<StandardItemIdentification><ID schemeID="0160">1</ID></StandardItemIdentification>
<CommodityClassification><ItemClassificationCode listID="STI">1</ItemClassificationCode></CommodityClassification>
</Item><Price><BaseQuantity unitCode="XBX">1</BaseQuantity></Price></InvoiceLine>
<InvoiceLine><InvoicedQuantity unitCode="HUR">2</InvoicedQuantity></InvoiceLine></Invoice>"""
CII = """<CrossIndustryInvoice xmlns="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">
<ExchangedDocument><IncludedNote><SubjectCode>AAI</SubjectCode></IncludedNote></ExchangedDocument>
<SupplyChainTradeTransaction><IncludedSupplyChainTradeLineItem><SpecifiedTradeProduct>
<GlobalID schemeID="0160">1</GlobalID><DesignatedProductClassification><ClassCode listID="HS">1</ClassCode>
</DesignatedProductClassification></SpecifiedTradeProduct>
<SpecifiedLineTradeDelivery><BilledQuantity unitCode="KGM">1</BilledQuantity></SpecifiedLineTradeDelivery>
</IncludedSupplyChainTradeLineItem>
<ApplicableHeaderTradeAgreement><SellerTradeParty><GlobalID schemeID="0088">1</GlobalID>
<SpecifiedLegalOrganization><ID schemeID="0002">1</ID></SpecifiedLegalOrganization>
<URIUniversalCommunication><URIID schemeID="EM">a@b.example</URIID></URIUniversalCommunication>
<SpecifiedTaxRegistration><ID schemeID="VA">DE1</ID></SpecifiedTaxRegistration></SellerTradeParty>
<AdditionalReferencedDocument><ReferenceTypeCode>ABT</ReferenceTypeCode>
<AttachmentBinaryObject mimeCode="image/png">YQ==</AttachmentBinaryObject></AdditionalReferencedDocument>
</ApplicableHeaderTradeAgreement>
<ApplicableHeaderTradeDelivery><ShipToTradeParty><GlobalID schemeID="0209">1</GlobalID></ShipToTradeParty>
</ApplicableHeaderTradeDelivery><ApplicableHeaderTradeSettlement>
<ApplicableTradeTax><ExemptionReasonCode>VATEX-EU-AE</ExemptionReasonCode><DueDateTypeCode>72</DueDateTypeCode>
</ApplicableTradeTax>
<SpecifiedTradeAllowanceCharge><ChargeIndicator><Indicator>false</Indicator></ChargeIndicator>
<ReasonCode>100</ReasonCode></SpecifiedTradeAllowanceCharge>
<SpecifiedTradeAllowanceCharge><ChargeIndicator><Indicator>true</Indicator></ChargeIndicator>
<ReasonCode>ABL</ReasonCode></SpecifiedTradeAllowanceCharge></ApplicableHeaderTradeSettlement>
</SupplyChainTradeTransaction></CrossIndustryInvoice>"""
LISTED = {f"BR-CL-{number:02}" for number in (6, 7, 8, 10, 11, 13, 19, 20, 21, 22, 23, 24, 25, 26)}
WRONG = [
    (UBL, "<DescriptionCode>35", "<DescriptionCode>72", "BR-CL-06"),
    (UBL, 'schemeID="ABT"', 'schemeID="abt"', "BR-CL-07"),
    (UBL, 'schemeID="0060"', 'schemeID="SEPA"', "BR-CL-10"),
    (UBL, 'schemeID="0183"', 'schemeID="NIF"', "BR-CL-11"),
    (UBL, 'listID="STI"', 'listID="UNSPSC"', "BR-CL-13"),
    (UBL, "ReasonCode>95", "ReasonCode>FC", "BR-CL-19"),
    (UBL, "ReasonCode>FC", "ReasonCode>95", "BR-CL-20"),
    (UBL, 'schemeID="0160"', 'schemeID="EAN"', "BR-CL-21"),
    (UBL, "vatex-eu-ic", "intracomunitaria", "BR-CL-22"),
    (UBL, 'unitCode="C62"', 'unitCode="PIECES"', "BR-CL-23"),
    (UBL, 'unitCode="XBX"', 'unitCode="box"', "BR-CL-23"),
    (UBL, 'mimeCode="text/csv"', 'mimeCode="text/html"', "BR-CL-24"),
    (UBL, 'schemeID="9920"', 'schemeID="VAT"', "BR-CL-25"),
    (UBL, 'schemeID="0199"', 'schemeID="LEI"', "BR-CL-26"),
    (CII, "DueDateTypeCode>72", "DueDateTypeCode>35", "BR-CL-06"),
    (CII, "ReferenceTypeCode>ABT", "ReferenceTypeCode>ours", "BR-CL-07"),
    (CII, "SubjectCode>AAI", "SubjectCode>note", "BR-CL-08"),
    (CII, 'GlobalID schemeID="0088"', 'GlobalID schemeID="GLN"', "BR-CL-10"),
    (CII, 'ID schemeID="0002"', 'ID schemeID="SIRENE"', "BR-CL-11"),
    (CII, 'listID="HS"', 'listID="EU"', "BR-CL-13"),
    (CII, "ReasonCode>100", "ReasonCode>ABL", "BR-CL-19"),
    (CII, "ReasonCode>ABL", "ReasonCode>100", "BR-CL-20"),
    (CII, 'GlobalID schemeID="0160"', 'GlobalID schemeID="GTIN"', "BR-CL-21"),
    (CII, "VATEX-EU-AE", "reverse", "BR-CL-22"),
    (CII, 'unitCode="KGM"', 'unitCode="kg"', "BR-CL-23"),
    (CII, 'mimeCode="image/png"', 'mimeCode="image/gif"', "BR-CL-24"),
    (CII, 'schemeID="EM"', 'schemeID="mail"', "BR-CL-25"),
    (CII, 'schemeID="0209"', 'schemeID="GLN"', "BR-CL-26"),
]  # fmt: skip


@pytest.mark.parametrize("text", [UBL, CII], ids=["ubl", "cii"])
def test_published_codes_pass(rules, text):
    assert LISTED.isdisjoint(rules(text))


@pytest.mark.parametrize(("text", "right", "wrong", "rule"), WRONG)
def test_a_code_of_no_list_breaks_its_rule_alone(rules, text, right, wrong, rule):
    assert text.count(right) == 1

    assert [id_ for id_ in rules(text.replace(right, wrong)) if id_ in LISTED] == [rule]


def test_a_fault_says_where_and_what_to_do(read):
    [fault] = [fault for fault in read(UBL.replace('"HUR"', '"hours"')).faults if fault.rule == "BR-CL-23"]

    assert fault.path == "/Invoice/InvoiceLine[2]/InvoicedQuantity/@unitCode"
    assert fault.message == (
        "“hours” is no unit of measure (UNECE Recommendations 20 and 21). "
        "Ask the sender for a code of that list, such as C62, KGM, HUR."
    )
    assert fault.message_es == (
        "«hours» no es una unidad de UNECE (Rec. 20 y 21). Pida al emisor un código de esa lista, como C62, KGM, HUR."
    )


def test_the_lists_are_whole():
    counts = {name: len(codes(name)) for name in ("icd", "class", "allowance", "charge", "vatex", "unit", "endpoint")}

    assert counts == {
        "icd": 243, "class": 185, "allowance": 19, "charge": 178, "vatex": 88, "unit": 2162, "endpoint": 104,
    }  # fmt: skip
