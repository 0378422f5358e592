"""A country as people type it, as ISO 3166-1 alpha-2."""

from __future__ import annotations

import re
import unicodedata

# Every ISO 3166-1 alpha-2 code; where people write more than the code, the names they write in
# Norwegian and English and the alpha-3 code. Names are folded: see _folded.
_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ"
    " BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM"
    " DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS"
    " GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN"
    " KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ"
    " MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM"
    " PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV"
    " SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI"
    " VN VU WF WS YE YT ZA ZM ZW"
)
_NAMES = {
    "AE": "emiratene|de forente arabiske emirater|united arab emirates|uae|are|dubai",
    "AL": "albania|alb",
    "AR": "argentina|arg",
    "AT": "osterrike|oesterrike|austria|osterreich|aut",
    "AU": "australia|aus",
    "AX": "aland|alandsoyene|aland islands|ala",
    "BA": "bosnia|bosnia hercegovina|bosnia og hercegovina|bosnia and herzegovina|bih",
    "BE": "belgia|belgium|belgie|belgique|bel",
    "BG": "bulgaria|bgr",
    "BR": "brasil|brazil|bra",
    "BY": "hviterussland|belarus|blr",
    "CA": "canada|can",
    "CH": "sveits|switzerland|schweiz|suisse|che",
    "CL": "chile|chl",
    "CN": "kina|china|chn",
    "CY": "kypros|cyprus|cyp",
    "CZ": "tsjekkia|czechia|czech republic|den tsjekkiske republikk|cze",
    "DE": "tyskland|germany|deutschland|deu",
    "DK": "danmark|denmark|dnk",
    "EE": "estland|estonia|eesti|est",
    "EG": "egypt|egy",
    "ES": "spania|spain|espana|esp",
    "FI": "finland|suomi|fin",
    "FO": "faeroyene|faroyene|faroe islands|foroyar|fro",
    "FR": "frankrike|france|fra",
    "GB": "storbritannia|england|skottland|scotland|wales|nord irland|northern ireland"
    "|great britain|united kingdom|uk|gbr",
    "GL": "gronland|groenland|greenland|grl",
    "GR": "hellas|greece|grc",
    "HK": "hong kong|hongkong|hkg",
    "HR": "kroatia|croatia|hrvatska|hrv",
    "HU": "ungarn|hungary|magyarorszag|hun",
    "ID": "indonesia|idn",
    "IE": "irland|ireland|irl",
    "IL": "israel|isr",
    "IN": "india|ind",
    "IR": "iran|irn",
    "IS": "island|iceland|isl",
    "IT": "italia|italy|ita",
    "JP": "japan|jpn",
    "KE": "kenya|ken",
    "KR": "sor korea|sorkorea|south korea|korea|kor",
    "LI": "liechtenstein|lie",
    "LT": "litauen|lithuania|lietuva|ltu",
    "LU": "luxembourg|luxemburg|lux",
    "LV": "latvia|latvija|lva",
    "MA": "marokko|morocco|mar",
    "MC": "monaco|mco",
    "MD": "moldova|mda",
    "ME": "montenegro|mne",
    "MK": "nord makedonia|makedonia|north macedonia|macedonia|mkd",
    "MT": "malta|mlt",
    "MX": "mexico|meksiko|mex",
    "MY": "malaysia|mys",
    "NL": "nederland|netherlands|the netherlands|holland|nld",
    "NO": "norge|norway|noreg|nor|norga|norvegia|norwegen|norwegia"
    "|kongeriket norge|kongeriket noreg|kingdom of norway",
    "NZ": "new zealand|nzl",
    "PH": "filippinene|philippines|the philippines|phl",
    "PK": "pakistan|pak",
    "PL": "polen|poland|polska|pol",
    "PT": "portugal|prt|por",
    "RO": "romania|rou",
    "RS": "serbia|srb",
    "RU": "russland|russia|rus",
    "SA": "saudi arabia|sau",
    "SE": "sverige|sweden|swe",
    "SG": "singapore|sgp",
    "SI": "slovenia|svn",
    "SJ": "svalbard|svalbard og jan mayen|jan mayen|sjm",
    "SK": "slovakia|svk",
    "SY": "syria|syr",
    "TH": "thailand|tha",
    "TR": "tyrkia|turkey|turkiye|tur",
    "TW": "taiwan|twn",
    "UA": "ukraina|ukraine|ukr",
    "US": "usa|u s a|united states|united states of america|amerika|de forente stater"
    "|sambandsstatane",
    "VN": "vietnam|vnm",
    "ZA": "sor afrika|sorafrika|south africa|zaf|rsa",
}
_BY_TEXT = {code.lower(): code for code in _CODES.split()} | {
    name: code for code, names in _NAMES.items() for name in names.split("|")
}
_LETTERS = str.maketrans({"ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "ł": "l", "Ł": "l"})
_IN_BRACKETS = re.compile(r"(.*)[(\[](.*)[)\]]")
_NORWEGIAN_POSTCODE = re.compile(r"[0-9]{4}", re.ASCII)


def country_from_text(
    text: str | None, postcode: str | None, absent_country: str | None
) -> str | None:
    """Return the code, None for a text that is no country we know: never the nearest guess.

    Where nothing is typed and the postcode has four digits, it is ``absent_country``.
    """
    folded = _folded(text or "")
    if not folded:
        is_norwegian = _NORWEGIAN_POSTCODE.fullmatch((postcode or "").strip()) is not None
        return absent_country if is_norwegian else None
    if folded in _BY_TEXT:
        return _BY_TEXT[folded]
    return _both(text or "")


def _both(text: str) -> str | None:
    """Read a name and a code written together, ``Norge (NO)`` or ``NO-Norge``, if they agree."""
    inside = _IN_BRACKETS.fullmatch(text.strip())
    parts = inside.groups() if inside else re.split(r"[-/,]", text, maxsplit=1)
    found = {_BY_TEXT.get(_folded(part)) for part in parts}
    return found.pop() if len(found) == 1 else None


def _folded(text: str) -> str:
    """Fold letter case, accents, punctuation and repeated spaces."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    bare = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())
