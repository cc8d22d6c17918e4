"""Units of measure and currencies, as they stand beside a number."""

from __future__ import annotations

from typing import NamedTuple


class Unit(NamedTuple):
    """What a number measures, and what turns it into the base unit of that dimension."""

    dimension: str
    factor: float = 1.0
    offset: float = 0.0


# a dimension, then names with their size in its base unit; a name that is not a plural already may take an "s"
_MEASURES = {
    "length": "m metre meter:1 km kilometre kilometer:1000 cm centimetre centimeter:.01 mm millimetre millimeter:.001 "
    "mile mi:1609.344 foot feet ft:.3048 inch inches:.0254 yard yd:.9144 nautical_mile:1852",
    "mass": "kg kilo kilogram kilogramme:1 g gram gramme:.001 mg milligram:.000001 t tonne ton metric_ton metric_tonne:"
    "1000 lb:.45359237 ounce oz:.0283495",
    "duration": "second sec:1 minute min:60 hour hr h:3600 day:86400 week:604800 month:2629800 year yr:31557600 "
    "decade:315576000 century centuries:3155760000",
    "area": "hectare ha:10000 acre:4046.8564 square_metre square_meter m2 sqm:1 square_kilometre square_kilometer km2 "
    "sq_km:1000000 square_mile sq_mi:2589988.11 square_foot square_feet sq_ft:.09290304",
    "volume": "litre liter l:1 ml millilitre milliliter:.001 gallon:3.785411784 cubic_metre cubic_meter m3:1000",
    "speed": "km/h kph kmh kilometres_per_hour kilometers_per_hour kilometres_an_hour:1 "
    "mph miles_per_hour miles_an_hour:1.609344 knot:1.852 m/s metres_per_second meters_per_second:3.6",
    "power": "watt:1 kw kilowatt:1000 mw megawatt:1000000 gw gigawatt:1000000000",
    "energy": "kwh kilowatt_hour:1 mwh megawatt_hour:1000 gwh gigawatt_hour:1000000",
    "data": "kb kilobyte:1 mb megabyte:1000 gb gigabyte:1000000 tb terabyte:1000000000",
    "temperature": "celsius centigrade °c degree_celsius degrees_celsius:1",
    "%": "% percent pct per_cent:1",
    "points": "percentage_point percent_point pp:1 basis_point bp bps:.01",
}
_CURRENCIES = {
    "usd": "$ us$ usd us_dollar american_dollar dollar",
    "eur": "€ eur euro",
    "gbp": "£ gbp pound pound_sterling british_pound quid",
    "jpy": "¥ jpy yen",
    "inr": "₹ inr rs rupee",
    "cny": "cny rmb yuan renminbi",
    "chf": "chf sfr franc swiss_franc",
    "cad": "c$ ca$ cad canadian_dollar",
    "aud": "a$ au$ aud australian_dollar",
    "hkd": "hk$ hkd hong_kong_dollar",
    "krw": "₩ krw won",
    "rub": "₽ rub rouble ruble",
    "brl": "r$ brl reais",
    "btc": "btc bitcoin",
}
MONEY = frozenset(_CURRENCIES)
_AMBIGUOUS = {"won", "rs", "sec", "rub"}  # rather words of their own


def _spelled(names: str, unit: Unit) -> dict[tuple[str, ...], Unit]:
    found = {}
    for name in names.split():
        for form in (name, f"{name}s"):
            found[tuple(form.replace("/", "_/_").replace("°", "°_").split("_"))] = unit
    return found


def _table() -> dict[tuple[str, ...], Unit]:
    table: dict[tuple[str, ...], Unit] = {}
    for dimension, listing in _MEASURES.items():
        names: list[str] = []
        for entry in listing.split():
            name, _, factor = entry.partition(":")
            names.append(name)
            if factor:
                table |= _spelled(" ".join(names), Unit(dimension, float(factor)))
                names = []
    for code, listing in _CURRENCIES.items():
        table |= _spelled(" ".join(word for word in listing.split() if "$" not in word), Unit(code))
    for cents, code in (("cent", "usd"), ("penny pence", "gbp")):
        table |= _spelled(cents, Unit(code, 0.01))
    fahrenheit = Unit("temperature", 5 / 9, -160 / 9)
    table |= _spelled("fahrenheit °f degree_fahrenheit degrees_fahrenheit", fahrenheit)
    # the one-character signs unfold to these tokens
    # of an angle or of whatever scale: only ever equal
    table |= _spelled("degree", Unit("degree"))
    return table | {("°c",): Unit("temperature"), ("°f",): fahrenheit}


# as they follow a number, by their tokens; as they stand before it
UNITS = {words: unit for words, unit in _table().items() if words[0] not in _AMBIGUOUS}
PREFIXES = {name: code for code, names in _CURRENCIES.items() for name in names.split() if "_" not in name}
PREFIXES = {name: code for name, code in PREFIXES.items() if len(name) < 4 and name not in ("won", "yen")}
