"""The currencies of ISO 4217 that people pay in, and how many places the amounts of each have; metals, funds and test codes are none."""

from collections.abc import Mapping

USUAL_PLACES = 2
TWO_PLACES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP
DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
NO_PLACES = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
THREE_PLACES = "BHD IQD JOD KWD LYD OMR TND"

PLACES: Mapping[str, int] = {
    code: places for places, codes in ((2, TWO_PLACES), (0, NO_PLACES), (3, THREE_PLACES)) for code in codes.split()
}


EURO = "AD AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MC ME MT NL PT SI SK SM VA XK"
WEST_AFRICA = "BF BJ CI ML NE SN TG"
CENTRAL_AFRICA = "CF CG CM GA GQ TD"
DOLLAR = "EC SV PR TL"
POUND = "GG IM JE"
USED_IN: Mapping[str, str] = {  # where the code of the currency does not begin with that of the country, or another began so before
    country: code
    for code, countries in (("EUR", EURO), ("XOF", WEST_AFRICA), ("XAF", CENTRAL_AFRICA), ("USD", DOLLAR), ("GBP", POUND))
    for country in countries.split()
} | {"LI": "CHF", "VE": "VES"}


def currency_of_region(region: str) -> str:
    """What is paid in where a country's two letters say: DE is EUR, GB is GBP. Empty for a region that is none."""
    here = region.upper()
    return USED_IN.get(here) or next((code for code in PLACES if code[:2] == here), "")


def is_currency(code: str) -> bool:
    """Whether ISO 4217 knows a code, in its three capitals, as money that people pay in."""
    return code in PLACES


def places_of(currency: str) -> int:
    """How many places the amounts of a currency have; two for one that is gone from the table, such as in an old book."""
    return PLACES.get(currency, USUAL_PLACES)
