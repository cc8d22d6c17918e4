"""How large a place is, for those that hold other places: Paris is in France and does not contradict it."""

from __future__ import annotations

from collections.abc import Sequence

_COUNTRIES = (
    "afghanistan,albania,algeria,andorra,angola,argentina,armenia,australia,austria,azerbaijan,bahamas,bahrain,"
    "bangladesh,barbados,belarus,belgium,belize,benin,bhutan,bolivia,bosnia,bosnia and herzegovina,botswana,brazil,"
    "brunei,bulgaria,burkina faso,burundi,cambodia,cameroon,canada,cape verde,chad,chile,china,colombia,congo,costa "
    "rica,croatia,cuba,cyprus,czech republic,denmark,djibouti,dominica,dominican republic,ecuador,egypt,el salvador,"
    "eritrea,estonia,eswatini,ethiopia,fiji,finland,france,gabon,gambia,georgia,germany,ghana,greece,grenada,"
    "guatemala,guinea,guyana,haiti,honduras,hungary,iceland,india,indonesia,iran,iraq,ireland,israel,italy,ivory "
    "coast,jamaica,japan,jordan,kazakhstan,kenya,kosovo,kuwait,kyrgyzstan,laos,latvia,lebanon,lesotho,liberia,libya,"
    "liechtenstein,lithuania,luxembourg,madagascar,malawi,malaysia,maldives,mali,malta,mauritania,mauritius,mexico,"
    "moldova,monaco,mongolia,montenegro,morocco,mozambique,myanmar,namibia,nepal,netherlands,new zealand,nicaragua,"
    "niger,nigeria,north korea,north macedonia,norway,oman,pakistan,panama,papua new guinea,paraguay,peru,philippines,"
    "poland,portugal,qatar,romania,russia,rwanda,samoa,saudi arabia,senegal,serbia,seychelles,sierra leone,singapore,"
    "slovakia,slovenia,somalia,south africa,south korea,south sudan,spain,sri lanka,sudan,suriname,sweden,switzerland,"
    "syria,taiwan,tajikistan,tanzania,thailand,togo,tonga,tunisia,turkey,turkmenistan,uganda,ukraine,united arab "
    "emirates,united kingdom,united states,uruguay,uzbekistan,vanuatu,vatican city,venezuela,vietnam,yemen,zambia,"
    "zimbabwe,england,scotland,wales,northern ireland"
)
_STATES = (
    "alabama,alaska,arizona,arkansas,california,colorado,connecticut,delaware,florida,hawaii,idaho,illinois,indiana,"
    "iowa,kansas,kentucky,louisiana,maine,maryland,massachusetts,michigan,minnesota,mississippi,missouri,montana,"
    "nebraska,nevada,new hampshire,new jersey,new mexico,north carolina,north dakota,ohio,oklahoma,oregon,"
    "pennsylvania,rhode island,south carolina,south dakota,tennessee,texas,utah,vermont,virginia,west virginia,"
    "wisconsin,wyoming,ontario,british columbia,alberta,manitoba,saskatchewan,nova scotia,queensland,new south wales,"
    "tasmania,bavaria,saxony,catalonia,andalusia,lombardy,tuscany,sicily,normandy,brittany"
)
_CONTINENTS = "africa,asia,europe,north america,south america,antarctica,oceania,latin america,middle east,scandinavia"
_ALIASES = {
    "uk": "united kingdom",
    "britain": "united kingdom",
    "great britain": "united kingdom",
    "gb": "united kingdom",
}
_ALIASES |= dict.fromkeys(("us", "usa", "america", "united states of america"), "united states")
_ALIASES |= {"holland": "netherlands", "burma": "myanmar", "czechia": "czech republic", "uae": "united arab emirates"}
_ALIASES |= {"turkiye": "turkey", "swaziland": "eswatini", "cote d'ivoire": "ivory coast", "nyc": "new york city"}
_REGIONS = (
    "area valley county region province state coast district island islands peninsula midwest northeast southwest bay "
    "north south east west central northern southern eastern western rural desert mountains basin sea ocean gulf "
    "countryside"
)
_SITES = (
    "house university hospital hotel stadium airport street avenue road museum hall theatre theater church cathedral "
    "mosque temple palace building tower center centre campus factory plant station school college arena library court "
    "prison square bridge castle office headquarters mall cemetery laboratory base"
)
_LEVELS = dict.fromkeys(_CONTINENTS.split(","), "continent") | dict.fromkeys(_COUNTRIES.split(","), "country")
_LEVELS |= dict.fromkeys(_STATES.split(","), "state")
_REGION_WORDS, _SITE_WORDS = frozenset(_REGIONS.split()), frozenset(_SITES.split())


def place_name(words: Sequence[str]) -> tuple[str, ...]:
    """The name under which a place is kept: "UK" and "Britain" are the United Kingdom."""
    alias = _ALIASES.get(" ".join(words))
    return tuple(alias.split()) if alias else tuple(words)


def level(words: Sequence[str]) -> str:
    """ "Continent", "country", "state", "region" (an area of whatever size), "site" (a building) or "town".

    Whatever is not known is a town: two towns exclude each other, a town and a region may not.
    """
    known = _LEVELS.get(" ".join(place_name(words)))
    if known:
        return known
    if _REGION_WORDS.intersection(words):
        return "region"
    return "site" if _SITE_WORDS.intersection(words) else "town"
