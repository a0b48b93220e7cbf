"""How contracts say things inside sentences, in Spanish and English; its one rule: patterns are data, all bounded."""

import re
from typing import Final

_UPPER: Final = r"[^\W\d_a-zàáéíóúüñç]"
_WORD: Final = rf"(?:{_UPPER}\.(?!\w)|{_UPPER}[\w'\u2019\-]{{0,30}})"
_JOINS: Final = r"(?:de\x20la|de\x20los|de\x20las|del|de|la|las|los|of|&|van|von|da|dos|du)"
_LEGAL: Final = (
    r"(?:S\.?\x20?[AL]\.?\x20?U?\.?|S\.\x20?Coop\.?|S\.A\.P\.I\.|S\.A\.S\.|S\.C\.|Inc\.?|LLC|L\.L\.C\.|Ltd\.?|Limited|"
    r"[Pp][Ll][Cc]|LLP|L\.P\.|LP|GmbH|AG|B\.V\.|N\.V\.|Corp\.?|Co\.|S\.p\.A\.|"
    r"S\.r\.l\.)(?:\x20de\x20C\.?\x20?V\.?)?(?!\w)"
)
_NAME: Final = rf"{_WORD}(?:\x20(?:{_JOINS}\x20)?{_WORD}){{0,7}}(?:,?\x20{_LEGAL})?"
_LONG: Final = rf"{_NAME}(?:\x20(?:and|y|e)\x20{_WORD}(?:\x20{_WORD}){{0,2}},?\x20{_LEGAL})?"
_TITLE: Final = (
    r"(?:(?:(?:el|la) (?:trabajador|trabajadora|vendedor|vendedora|comprador|compradora|arrendador|arrendadora|"
    r"arrendatario|arrendataria|cliente|prestador|mercantil)|D\.ª|D\.a|Dª\.?|Dña\.?|D\.|Don|Doña|don|doña|DON|DOÑA|Sra?\.|SR\.|SRA\.|"
    r"el señor|la señora|la mercantil|la "
    r"sociedad|la empresa|la entidad|la compañía|el Sr\.|la Sra\.|Mr\.?|Mrs\.?|Ms\.?|Miss|Dr\.?) ){0,2}"
)
_ASIDE: Final = r"(?:[^;]{0,240}?[,;)])??"


def _compiled(*patterns: str, flags: int = 0) -> tuple[re.Pattern[str], ...]:
    """A blank of a pattern is any white space; within names only a blank is."""
    return tuple(re.compile(pattern.replace(" ", r"\s"), flags) for pattern in patterns)


def _one(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return _compiled(pattern, flags=flags)[0]


FIRST_PARTY: Final = _compiled(
    rf"\b(?:[Dd]e|DE|[Pp]or|POR) (?:[Uu]na|UNA)(?: (?:[Pp]arte|"
    rf"PARTE))?[,:;]?(?: [Cc]omo [\w ]{{3,30}}[,:])? {_TITLE}(?P<name>{_LONG})",
)
SECOND_PARTY: Final = _compiled(
    rf"\b(?:[Dd]e|DE|[Pp]or|POR) (?:(?:[Ll]a|LA) )?(?:[Oo]tra|OTRA)(?: (?:[Pp]arte|PARTE))?[,:;]?"
    rf"(?: [Cc]omo [\w ]{{3,30}}[,:])? {_TITLE}(?P<name>{_LONG})",
)
BETWEEN: Final = _compiled(
    rf"\b(?:[Bb]etween|BETWEEN|Between):? (?:\(?[1aAiI][.)] )?{_TITLE}(?P<first>{_NAME}){_ASIDE};? (?:and|AND):? "
    rf"(?:\(?(?:2|b|B|ii|II)[.)] )?{_TITLE}(?P<second>{_LONG})",
    rf"\b(?:[Ee]ntre|ENTRE):? {_TITLE}(?P<first>{_NAME}){_ASIDE};? (?:y|Y|e) {_TITLE}(?P<second>{_LONG})",
    rf"{_TITLE}(?P<first>{_LONG}),? \([^()]{{3,60}}\),? (?:and|y) {_TITLE}(?P<second>{_LONG}),? \([^()]{{3,60}}\)",
)
TAGGED: Final = _one(rf"{_TITLE}(?P<name>{_LONG}),? \((?P<role>[^()]{{3,60}})\)")
NUMBER: Final = _one(
    r"\b(?:contrato|contract|agreement|acuerdo|p[óo]liza|lease)\b[^.;:\n]{0,60}? (?:n[ºo°]\.?|no\.?|number|n[úu]m\.?)"
    r":? (?P<value>[A-Z0-9][A-Z0-9\-/.]{0,20}\d[A-Z0-9\-/]{0,10})(?!\w)",
    re.IGNORECASE,
)
PLACE_DAY: Final = re.compile(r"(?:^|\n)[^\W\d_a-z][^\W\d_]+(?: [^\W\d_]+){0,3}, (?:a )?$")
RANGED: Final = _one(r"\b(?:del|from|desde)(?: el)?(?: d[ií]a)? ?$", re.IGNORECASE)
ASIDE: Final = re.compile(
    r"\b(?:original|previous|prior|earlier|amended|anterior|previo|born|nacid[oa]|probation\w*|prueba|trial)\b[^.;\n]{0,70}$",
    re.IGNORECASE,
)
AS_OF: Final = re.compile(r"(?:made|entered into|dated)[^.;]{0,30}?\sas\sof\s$", re.IGNORECASE)
_DAY: Final = r"(?: (?:el|del|the))?(?: d[ií]a)?"
_WHEN: Final = re.IGNORECASE
DATE_ROLES: Final = {
    "start_date": _one(
        rf"(?:\b(?:entra(?:r[áa]|ndo)? en vigor|entrada en vigor|comenzar[áa]|comenzando|comienza|empezar[áa]|"
        rf"empezando|contarse|iniciar[áa]|iniciando|"
        rf"inici[áa]ndose|se inicia|inicio|a contar|a partir|surtir[áa] efectos?|surte efectos?|con efectos?|vigente|"
        rf"efectos)(?: a regir)?(?: desde| a partir de| a partir| de)?|\bdesde|"
        rf"\b(?:effective(?: date)?(?: is| will be| shall be)?|commenc(?:es?|ing)|shall commence|begin(?:s|ning)?|"
        rf"start(?:s|ing)?|with effect)(?: as)?(?: of| on| from)?|\bfrom(?: and including)?){_DAY} ?$",
        _WHEN,
    ),
    "end_date": _one(
        rf"(?:\b(?:hasta|finalizar[áa]|finalizando|finaliza|terminar[áa]|terminando|termina|vencer[áa]|venciendo|vence|"
        rf"concluir[áa]|concluyendo|concluye|expirar[áa]|expira|extinguir[áa])|"
        rf"\b(?:until|till|through|ends?|ending|terminat(?:es?|ing)|expir(?:es?|ing)(?: at (?:noon|midnight))?|up to|"
        rf"to and including)(?: and "
        rf"including)?(?: on| at| in)?){_DAY} ?$",
        _WHEN,
    ),
    "date": _one(
        rf"(?:\b[Ee]n [^\W\d_][^\d.;]{{1,40}},? a(?: los)?|\b(?:firmad[oa]s?|firman?|suscrit[oa]|"
        rf"fechad[oa]|celebrad[oa]|"
        rf"otorgad[oa])(?: en [^\d.;]{{1,40}}?)?,?(?: el| a| con fecha(?: de)?)|\bcon fecha(?: de)?|\bsiendo(?: el)?|"
        rf"\b(?:dated|(?:entered into|made|executed|signed|concluded)(?: and (?:entered into|executed|delivered))?)"
        rf"(?: (?:at|in) [^\d.;]{{1,40}}?)?,?(?: this| on| as of| as at| effective)?){_DAY} ?$",
        _WHEN,
    ),
}
RANGE: Final = _one(r"^(?: at midnight)?,? (?:al|a|to)(?: d[ií]a)? $", re.IGNORECASE)
DEPOSIT_AFTER: Final = _one(
    r"^.{0,20}? (?:en concepto de|como|as an?|by way of) (?:fianza|dep[óo]sito|(?:security )?deposit)\b", re.IGNORECASE
)
NAME_FIRST: Final = _one(
    rf"^{_TITLE}(?P<name>{_LONG})(?=,? (?:con (?:domicilio|sede|NIF|CIF|DNI|N)|domiciliad|mayor de)"
    r"|, (?:con|with|whose|NIF|CIF|DNI)| \()"
)
MONEY_ROLES: Final = {
    "deposit": _one(r"\b(?:fianza|dep[óo]sito|(?:security )?deposit)\b", re.IGNORECASE),
    "amount": _one(
        r"\b(?:renta|precio|honorarios|salario|retribuci[óo]n|sueldo|contraprestaci[óo]n|importe|cantidad|suma|canon|"
        r"abonar[áa]|pagar[áa]|aportar[áa]|rent|price|fees?|salary|wage|remuneration|consideration|compensation|grant|"
        r"sum|shall pay|will pay)\b",
        re.IGNORECASE,
    ),
    "other": _one(
        r"\b(?:penalizaci[óo]n|penalidad|multa|indemnizaci[óo]n|recargo|demora|intereses|garant[íi]a|"
        r"seguro|l[íi]mite|capital|"
        r"gastos|dietas|plazos? de|cuotas? de|instal?lments?|penalty|penalties|damages|late|charges?|"
        r"interest|insurance|"
        r"liability|exceed|bonus|expenses|fine|capped?|limit|advance|anticipo)\b",
        re.IGNORECASE,
    ),
}
_COUNT: Final = r"(?:[^\W\d_]{2,20}(?:[- ][^\W\d_]{2,12})?|\d{1,3})(?: ?\(\w{1,20}\))?"
_UNIT: Final = (
    r"(?:(?:calendar|business|working|natural) )?(?:años?|meses|mes|d[ií]as?|semanas?|years?|months?|weeks?|days?)"
)
_SPAN: Final = rf"(?P<value>(?:un|una|one|{_COUNT}) {_UNIT}(?: (?:naturales|h[áa]biles))?)\b"
TERM: Final = _one(
    rf"\b(?:duraci[óo]n(?: inicial)?(?: m[áa]xima| m[íi]nima)?(?: ser[áa])? de|(?:plazo|per[íi]odo|"
    rf"t[ée]rmino) de|durante|vigencia"
    rf"(?: ser[áa])? de|(?:initial )?(?:period|term) of|for) {_SPAN}",
    re.IGNORECASE,
)
NOTICE: Final = (
    _one(
        rf"\b(?:preaviso|antelaci[óo]n|notice(?: period)?)(?: previ[oa]| m[íi]nim[oa]| escrito|"
        rf" por escrito| in writing)*(?: de|"
        rf" of)(?: al menos| como m[íi]nimo| at least| not less than| no less than| a minimum of)? {_SPAN}",
        re.IGNORECASE,
    ),
    _one(
        rf"\b(?:(?:giving|give|upon|on|with|at least|not less than|no less than|by|con|plazo de|"
        rf"con una?) ){_SPAN}['\u2019]?s?"
        r"(?: prior| written| advance| previous)*(?: notice|(?: de)? (?:preaviso|antelaci[óo]n))",
        re.IGNORECASE,
    ),
)
_PLACE: Final = rf"{_WORD}(?: (?:(?:and|of|y|de|del) )?{_WORD}){{0,4}}"
_KIND: Final = r"(?:State|Commonwealth|Republic|Province|Kingdom|Estado|Rep[úu]blica|Reino) (?:of|de|del) "
LAW: Final = (
    _one(
        rf"\b(?:governed|construed|interpreted|subject|"
        rf"accordance)\b[^.]{{0,120}}? laws? of (?:the )?(?P<value>(?:{_KIND})?{_PLACE})"
    ),
    _one(
        r"\b(?:governed|construed|subject)\b[^.]{0,60}? (?:by|to|with|under) (?:the )?(?P<value>[A-Z][a-z]{3,14} law)\b"
    ),
    _one(
        rf"\b(?:rige|regir[áa]|regido|sujeto|somet\w{1, 6}|interpretar[áa]|aplicaci[óo]n|aplicables?|"
        rf"conforme)\b[^.]{{0,100}}?"
        rf" (?:leyes|ley|legislaci[óo]n|derecho) (?:vigentes? )?(?:de|del) (?:la |el |"
        rf"los )?(?P<value>(?:{_KIND})?{_PLACE})"
    ),
    _one(
        r"\b(?:rige|regir[áa]|regido|sujeto|somet\w{1,6}|interpretar[áa]|aplicaci[óo]n|aplicables?|"
        r"conforme)\b[^.]{0,100}? "
        r"(?P<value>(?:ley|legislaci[óo]n|derecho|normativa) (?:com[úu]n |civil |mercantil )?"
        r"(?:[^\W\d_]{2,12}(?:ñol|ñola|ana|ano|ina|ino|esa|és|ense|ena|eno|ua|uana|tana)))\b"
    ),
)
