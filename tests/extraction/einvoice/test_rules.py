"""Broken invoices break the rule that names what is wrong with them."""

import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CENTS = st.integers(min_value=3, max_value=10**7).map(lambda cents: Decimal(cents) / 100)
SUMS = [
    ("ubl_peppol", '<cbc:LineExtensionAmount currencyID="EUR">480.00', "480.00", "BR-CO-10"),
    ("ubl_peppol", '<cbc:TaxExclusiveAmount currencyID="EUR">480.00', "480.00", "BR-CO-13"),
    ("ubl_peppol", '<cbc:TaxAmount currencyID="EUR">92.00', "92.00", "BR-CO-14"),
    ("ubl_peppol", '<cbc:TaxInclusiveAmount currencyID="EUR">572.00', "572.00", "BR-CO-15"),
    ("ubl_peppol", '<cbc:PayableAmount currencyID="EUR">572.00', "572.00", "BR-CO-16"),
    ("ubl_peppol", '<cbc:TaxAmount currencyID="EUR">84.00', "84.00", "BR-CO-17"),
    ("ubl_peppol", '<cbc:TaxableAmount currencyID="EUR">400.00', "400.00", "BR-S-08"),
    ("ubl_peppol", '<cbc:PriceAmount currencyID="EUR">25.00', "25.00", "PEPPOL-EN16931-R120"),
    ("factur-x", "<ram:LineTotalAmount>222.00</ram:LineTotalAmount>\n        <ram:Allow", "222.00", "BR-CO-10"),
    ("factur-x", "<ram:AllowanceTotalAmount>7.00", "7.00", "BR-CO-11"),
    ("factur-x", "<ram:TaxBasisTotalAmount>215.00", "215.00", "BR-CO-13"),
    ("factur-x", "<ram:GrandTotalAmount>230.05", "230.05", "BR-CO-15"),
    ("factur-x", "<ram:DuePayableAmount>230.05", "230.05", "BR-CO-16"),
    ("factur-x", "<ram:BasisAmount>215.00", "215.00", "BR-S-08"),
    ("facturae", "<TotalGrossAmount>1000.00", "1000.00", "FACTURAE-GROSS"),
    ("facturae", "<TotalGrossAmountBeforeTaxes>1000.00", "1000.00", "FACTURAE-BEFORE-TAXES"),
    ("facturae", "<TotalTaxOutputs>210.00", "210.00", "FACTURAE-TAX-OUTPUTS"),
    ("facturae", "<TotalTaxesWithheld>150.00", "150.00", "FACTURAE-TAX-WITHHELD"),
    ("facturae", "<InvoiceTotal>1060.00", "1060.00", "FACTURAE-INVOICE-TOTAL"),
    ("facturae", "<TotalExecutableAmount>1060.00", "1060.00", "FACTURAE-EXECUTABLE"),
    ("facturae", "<TotalInvoicesAmount><TotalAmount>1060.00", "1060.00", "FACTURAE-BATCH-TOTAL"),
    ("facturae", "<TotalOutstandingAmount><TotalAmount>1060.00", "1060.00", "FACTURAE-BATCH-OUTSTANDING"),
    ("facturae", "<TotalExecutableAmount><TotalAmount>1060.00", "1060.00", "FACTURAE-BATCH-EXECUTABLE"),
    ("facturae", "<TotalCost>900.000000", "900.000000", "FACTURAE-LINE-COST"),
    ("facturae", "<GrossAmount>100.000000", "100.000000", "FACTURAE-LINE-GROSS"),
    ("cfdi", 'SubTotal="2500.00"', "2500.00", "CFDI40108"),
    ("cfdi", 'LugarExpedicion="06700" SubTotal="2500.00" Descuento="100.00"', "100.00", "CFDI40111"),
    ("cfdi", 'Total="2784.00"', "2784.00", "CFDI40119"),
    ("cfdi", 'TotalImpuestosTrasladados="384.00"', "384.00", "CFDI-TAX-TOTAL"),
    ("cfdi", 'Importe="2500.00"', "2500.00", "CFDI-LINE-AMOUNT"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place", "amount", "rule"), SUMS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(by=CENTS)
def test_a_sum_that_is_off_by_any_amount_breaks_its_rule(source, rules, name, place, amount, rule, by):
    text = source(name)
    assert place in text
    wrong = str(Decimal(amount) + by)

    head, _, tail = place.rpartition(amount)
    assert rule in rules(text.replace(place, head + wrong + tail, 1))


LACKS = [
    ("ubl_peppol", r"<cbc:ID>2026-118</cbc:ID>", "BR-02"),
    ("ubl_peppol", r"<cbc:IssueDate>.*?</cbc:IssueDate>", "BR-03"),
    ("ubl_peppol", r"<cbc:RegistrationName>Jardines.*?</cbc:RegistrationName>", "BR-06"),
    ("ubl_peppol", r"<cbc:RegistrationName>Cl.*?</cbc:RegistrationName>", "BR-07"),
    ("ubl_peppol", r"<cac:InvoiceLine>.*</cac:InvoiceLine>", "BR-16"),
    ("ubl_peppol", r"<cbc:Name>Plantones de lavanda</cbc:Name>", "BR-25"),
    ("ubl_peppol", r"<cac:PayeeFinancialAccount>.*</cac:PayeeFinancialAccount>", "BR-61"),
    ("ubl_peppol", r"<cac:TaxTotal>.*</cac:TaxTotal>", "BR-CO-18"),
    ("ubl_peppol", r"<cbc:DueDate>.*?</cbc:DueDate>", "BR-CO-25"),
    ("ubl_peppol", r"<cbc:CompanyID>ESB31227705</cbc:CompanyID>", "BR-S-02"),
    ("ubl_peppol", r"<cac:OrderReference>.*</cac:OrderReference>", "PEPPOL-EN16931-R003"),
    ("ubl_peppol", r"<cbc:EndpointID schemeID=\"9920\">ESB4.*?</cbc:EndpointID>", "PEPPOL-EN16931-R010"),
    ("factur-x", r"<ram:Reason>.*</ram:Reason>", "BR-33"),
    ("facturae", r"<CorporateName>.*</CorporateName>", "FACTURAE-BUYER"),
    ("facturae", r"<Items>.*</Items>", "FACTURAE-LINES"),
    ("cfdi", r'UsoCFDI="G03"', "CFDI-USE"),
    ("cfdi", r"<cfdi:Complemento>.*</cfdi:Complemento>", "CFDI-STAMP"),
]


@pytest.mark.parametrize(("name", "lacking", "rule"), LACKS)
def test_what_is_missing_breaks_its_rule(source, rules, name, lacking, rule):
    text = source(name)
    without = re.sub(lacking, "", text, count=1, flags=re.DOTALL)
    assert without != text

    assert rule in rules(without)


CATEGORY = "<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>"
WRONG = [
    ("ubl_peppol", "<cbc:InvoiceTypeCode>380", "<cbc:InvoiceTypeCode>999", "BR-CL-01"),
    ("ubl_peppol", "CurrencyCode>EUR", "CurrencyCode>EURO", "BR-CL-04"),
    ("ubl_peppol", 'PayableAmount currencyID="EUR"', 'PayableAmount currencyID="EURO"', "BR-CL-03"),
    ("ubl_peppol", "<cbc:IdentificationCode>ES", "<cbc:IdentificationCode>SPAIN", "BR-CL-14"),
    ("ubl_peppol", "<cbc:PaymentMeansCode>30", "<cbc:PaymentMeansCode>transfer", "BR-CL-16"),
    ("factur-x", "<ram:CountryID>", "<ram:CountryID>X", "BR-CL-14"),
    ("ubl_peppol", "<cbc:CompanyID>ESB31227705", "<cbc:CompanyID>31227705", "BR-CO-09"),
    ("ubl_peppol", 'PayableAmount currencyID="EUR">572.00', 'PayableAmount currencyID="EUR">572.000', "BR-DEC-18"),
    ("ubl_peppol", f"{CATEGORY}<cbc:Percent>10", f"{CATEGORY}<cbc:Percent>0", "BR-S-05"),
    ("ubl_peppol", "<cbc:ProfileID>urn:fdc", "<cbc:ProfileID>x", "PEPPOL-EN16931-R007"),
    ("ubl_peppol", '<cbc:PriceAmount currencyID="EUR">4.00', '<cbc:PriceAmount currencyID="EUR">-4.00', "BR-27"),
    ("facturae", "12345678Z", "12345678A", "FACTURAE-SELLER-NIF"),
    ("facturae", ">B43182294<", ">B43182295<", "FACTURAE-BUYER-NIF"),
    ("facturae", "<SchemaVersion>3.2.2", "<SchemaVersion>4.0", "FACTURAE-VERSION"),
    ("facturae", "<InvoicesCount>1", "<InvoicesCount>2", "FACTURAE-BATCH-COUNT"),
    ("cfdi", 'Rfc="TMX150304AB1"', 'Rfc="TMX159904AB1"', "CFDI-SELLER-RFC"),
    ("cfdi", 'Version="4.0"', 'Version="3.3"', "CFDI-VERSION"),
    ("cfdi", 'ObjetoImp="02"', 'ObjetoImp="01"', "CFDI-LINE-OBJECT"),
    ("cfdi", 'Moneda="MXN"', 'Moneda="USD"', "CFDI-EXCHANGE-RATE"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "right", "wrong", "rule"), WRONG)
def test_what_is_wrong_breaks_its_rule(source, rules, name, right, wrong, rule):
    text = source(name)
    assert right in text

    assert rule in rules(text.replace(right, wrong, 1))


def test_a_fault_names_rule_source_path_and_figures_in_two_languages(read, source):
    [fault, other] = read(source("ubl_peppol").replace(">572.00</cbc:TaxInclusive", ">573.00</cbc:TaxInclusive")).faults

    assert (fault.rule, fault.source, fault.severity) == ("BR-CO-15", "EN 16931-1", "error")
    assert fault.path == "/Invoice/LegalMonetaryTotal/TaxInclusiveAmount"
    assert fault.message.endswith("It says 573.00, but 572.00 comes out.")
    assert fault.message_es.endswith("Dice 573.00, pero resulta 572.00.")
    assert other.rule == "BR-CO-16"


def test_a_category_without_tax_has_to_say_why(rules, source):
    text = source("factur-x")
    exempt = text.replace("<ram:CategoryCode>S<", "<ram:CategoryCode>E<").replace("Percent>7.00<", "Percent>0<")
    untaxed = exempt.replace("15.05", "0.00").replace("230.05", "215.00")

    assert rules(untaxed) == ["BR-E-10"]
    assert "BR-E-05" in rules(text.replace("<ram:CategoryCode>S<", "<ram:CategoryCode>E<"))
    assert "BR-E-09" in rules(exempt)


def test_split_payment_is_italian_and_stands_alone(rules, source):
    text = source("factur-x")
    split = text.replace("<ram:CategoryCode>S<", "<ram:CategoryCode>B<")
    italian = re.sub(r"<ram:CountryID>\w\w<", "<ram:CountryID>IT<", split)

    assert rules(split).count("BR-B-01") == 2  # the seller's country and the buyer's
    assert "BR-B-01" not in rules(italian)
    assert "BR-B-02" not in rules(italian)
    assert "BR-B-02" in rules(italian.replace("<ram:CategoryCode>B<", "<ram:CategoryCode>S<", 1))


def test_reverse_charge_needs_the_buyer(rules, source):
    text = (
        source("factur-x")
        .replace("<ram:CategoryCode>S<", "<ram:CategoryCode>AE<")
        .replace("Percent>7.00<", "Percent>0<")
    )
    untaxed = text.replace("15.05", "0.00").replace("230.05", "215.00")

    assert rules(untaxed) == ["BR-AE-02", "BR-AE-10"]


def test_an_amount_that_is_no_number(read, source):
    found = read(source("cfdi").replace('Total="2784.00"', 'Total="1e999999"', 1))

    assert "total" not in found.value
    assert [fault.rule for fault in found.faults] == ["XML-NUMBER"]
    assert not found.valid


CARD = "<cac:CardAccount><cbc:PrimaryAccountNumberID>%s</cbc:PrimaryAccountNumberID></cac:CardAccount>"
ORIGIN = "<cac:OriginCountry><cbc:IdentificationCode>Holanda</cbc:IdentificationCode></cac:OriginCountry>"
PARTS = [
    ("<cac:OrderReference>", "<cac:InvoicePeriod/>", "BR-CO-19"),
    ("<cac:OrderReference>", "<cac:PayeeParty/>", "BR-17"),
    ("<cac:OrderReference>", "<cac:TaxRepresentativeParty/>", "BR-18 BR-19 BR-20 BR-56"),
    ("<cac:OrderReference>", "<cac:BillingReference><cac:InvoiceDocumentReference/></cac:BillingReference>", "BR-55"),
    ("<cac:OrderReference>", "<cac:AdditionalDocumentReference/>", "BR-52"),
    ("<cac:OrderReference>", "<cbc:TaxCurrencyCode>USD</cbc:TaxCurrencyCode>", "BR-53"),
    ("<cac:OrderReference>", "<cbc:TaxCurrencyCode>DOLLARS</cbc:TaxCurrencyCode>", "BR-53 BR-CL-05"),
    ("<cac:PaymentMeans>", "<cac:Delivery><cac:DeliveryLocation><cac:Address/></cac:DeliveryLocation></cac:Delivery>",
     "BR-57"),
    ("<cac:PaymentMeans>", "<cac:PaymentMeans/>", "BR-49"),
    ("<cac:PayeeFinancialAccount>", CARD % "4111111111111111", "BR-51"),
    ("<cac:PayeeFinancialAccount>", CARD % "411111******1111", ""),
    ("<cbc:Name>Plantones", ORIGIN, "BR-CL-15"),
    ("<cac:Item>", "<cac:InvoicePeriod/>", "BR-CO-20"),
    ("<cac:Item>", '<cac:AllowanceCharge><cbc:Amount currencyID="EUR">0.00</cbc:Amount></cac:AllowanceCharge>',
     "BR-42 BR-CO-23"),
    ("<cac:Item>", "<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator></cac:AllowanceCharge>",
     "BR-43 BR-44 BR-CO-24"),
    ("<cbc:Name>Plantones", "<cac:AdditionalItemProperty><cbc:Name>Color</cbc:Name></cac:AdditionalItemProperty>",
     "BR-54"),
    ("<cbc:Name>Plantones",
     "<cac:StandardItemIdentification><cbc:ID>8412345678905</cbc:ID></cac:StandardItemIdentification>", "BR-64"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "part", "expected"), PARTS)
def test_a_part_that_is_there_has_to_say_what_it_is(source, rules, place, part, expected):
    text = source("ubl_peppol")
    assert place in text

    assert sorted(rules(text.replace(place, part + place, 1))) == sorted(expected.split())


@pytest.mark.parametrize(("side", "rule"), [("ESB3", "BR-62"), ("ESB4", "BR-63")])
def test_an_electronic_address_names_its_scheme(source, rules, side, rule):
    assert rules(source("ubl_peppol").replace(f' schemeID="9920">{side}', f">{side}", 1)) == [rule]


def test_an_allowance_says_why(rules, source):
    assert rules(re.sub(r"<ram:Reason>.*</ram:Reason>", "", source("factur-x"))) == ["BR-33", "BR-CO-21"]


def test_an_intra_community_supply_says_when_and_where_it_was_delivered(rules, source):
    text = (
        source("factur-x")
        .replace("<ram:CategoryCode>S<", "<ram:CategoryCode>K<")
        .replace("Percent>7.00<", "Percent>0<")
    )
    text = text.replace("15.05", "0.00").replace("230.05", "215.00")
    found = rules(
        re.sub(
            r"<ram:ApplicableHeaderTradeDelivery.*(/|</ram:ApplicableHeaderTradeDelivery)>", "", text, flags=re.DOTALL
        )
    )

    assert {"BR-IC-11", "BR-IC-12"} <= set(found)
    place = (
        "<ram:ApplicableHeaderTradeDelivery><ram:ShipToTradeParty><ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID>"
        "</ram:PostalTradeAddress></ram:ShipToTradeParty><ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>"
        '<udt:DateTimeString format="102">20261103</udt:DateTimeString></ram:OccurrenceDateTime>'
        "</ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery><ram:ApplicableHeaderTradeSettlement>"
    )
    delivered = text.replace("<ram:ApplicableHeaderTradeSettlement>", place, 1)
    assert not {"BR-IC-11", "BR-IC-12"} & set(rules(delivered))


def test_what_is_not_subject_to_vat_stands_alone(rules, source):
    text = source("ubl_peppol").replace("<cac:TaxCategory><cbc:ID>S<", "<cac:TaxCategory><cbc:ID>O<", 1)

    assert {"BR-O-11", "BR-O-12"} <= set(rules(text))
