"""EN 16931-1, code lists that do not change with the years: countries, currencies, means of payment, kinds of tax."""

from collections.abc import Iterator
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Rule
from docchain.features.extraction.einvoice.terms import Group

SOURCE: Final = "EN 16931-1"


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TYPES: Final = _codes(
    "71 80 81 82 83 84 102 130 202 203 204 211 218 219 261 262 295 296 308 325 326 331 "
    "380 381 382 383 384 385 386 387 388 389 390 393 394 395 396 420 456 457 458 471 472 473 500 501 502 503 "
    "527 532 553 575 623 633 751 780 817 870 875 876 877 935"
)
_CURRENCIES: Final = _codes(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHE CHF CHW CLF CLP CNH CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
    "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT "
    "TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XCG "
    "XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG"
)
_COUNTRIES: Final = _codes(
    "1A AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM "
    "FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT "
    "JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN "
    "MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT "
    "PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL "
    "TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI YE YT ZA ZM ZW"
)
_CATEGORIES: Final = _codes("AE L M E S Z G O K B")
_MEANS: Final = _codes(" ".join(map(str, (*range(1, 71), *range(74, 79), *range(91, 99)))) + " ZZZ")
_COUNTRY: Final = ("country of ISO 3166-1", "un país de ISO 3166-1")
_CURRENCY: Final = ("currency of ISO 4217", "una moneda de ISO 4217")
_PAYMENT: Final = ("means of payment of UNTDID 4461", "un medio de pago de UNTDID 4461")
_CATEGORY: Final = ("VAT category", "una categoría de IVA")


def _listed(id_: str, scope: str, term: str, codes: frozenset[str], of: tuple[str, str]) -> Rule:
    def check(bill: Group) -> Iterator[Broken]:
        for group in bill.within(scope) if scope else [bill]:
            found = group.get(term)
            if found is not None and found.text not in codes:
                yield Broken(found.path, {"said": found.text})

    return Rule(id_, f"{{said}} is no {of[0]} ({term}).", f"{{said}} no es {of[1]} ({term}).", check)


def _currencies(bill: Group) -> Iterator[Broken]:
    """Of amounts, each once however many terms are read from it."""
    amounts = {term.node.path: term.node for group in bill.every() for term in group.terms.values()}
    for path, node in amounts.items():
        said = node.attributes.get("currencyID")
        if said is not None and said not in _CURRENCIES:
            yield Broken(f"{path}/@currencyID", {"said": said})


RULES: Final = (
    _listed("BR-CL-01", "", "BT-3", _TYPES, ("invoice type of UNTDID 1001", "un tipo de UNTDID 1001")),
    Rule("BR-CL-03", "{said} is no currency of ISO 4217.", "{said} no es una moneda de ISO 4217.", _currencies),
    _listed("BR-CL-04", "", "BT-5", _CURRENCIES, _CURRENCY),
    _listed("BR-CL-05", "", "BT-6", _CURRENCIES, _CURRENCY),
    _listed("BR-CL-14", "", "BT-40", _COUNTRIES, _COUNTRY),
    _listed("BR-CL-14", "", "BT-55", _COUNTRIES, _COUNTRY),
    _listed("BR-CL-14", "representative", "BT-69", _COUNTRIES, _COUNTRY),
    _listed("BR-CL-14", "delivered", "BT-80", _COUNTRIES, _COUNTRY),
    _listed("BR-CL-15", "line", "BT-159", _COUNTRIES, _COUNTRY),
    _listed("BR-CL-16", "means", "BT-81", _MEANS, _PAYMENT),
    _listed("BR-CL-17", "VAT", "BT-118", _CATEGORIES, _CATEGORY),
    _listed("BR-CL-18", "line", "BT-151", _CATEGORIES, _CATEGORY),
)  # fmt: skip
