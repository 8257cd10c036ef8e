"""Adjectives and nouns of nationality, and the places that they come from."""

from __future__ import annotations

_TABLE = """
    african Africa; albanian Albania; algerian Algeria; american United States|United States of America|USA|America
    argentine Argentina; argentinian Argentina; armenian Armenia; asian Asia; australian Australia; austrian Austria
    bangladeshi Bangladesh; belgian Belgium; bolivian Bolivia; bosnian Bosnia and Herzegovina|Bosnia; brazilian Brazil
    british United Kingdom|Great Britain|UK|Britain; bulgarian Bulgaria; burmese Myanmar|Burma; cambodian Cambodia
    canadian Canada; chilean Chile; chinese China|People's Republic of China; colombian Colombia; croatian Croatia
    cuban Cuba; cypriot Cyprus; czech Czech Republic|Czechia; danish Denmark; dane Denmark; dutch Netherlands|Holland
    ecuadorian Ecuador; egyptian Egypt; english England; estonian Estonia; ethiopian Ethiopia; european Europe
    filipino Philippines; finnish Finland; finn Finland; french France; georgian Georgia; german Germany; ghanaian Ghana
    greek Greece; hungarian Hungary; icelandic Iceland; indian India; indonesian Indonesia; iranian Iran; iraqi Iraq
    irish Ireland|Republic of Ireland; israeli Israel; italian Italy; jamaican Jamaica; japanese Japan; jordanian Jordan
    kazakh Kazakhstan; kenyan Kenya; korean South Korea|Korea|North Korea; kuwaiti Kuwait; latvian Latvia
    lebanese Lebanon
    libyan Libya; lithuanian Lithuania; malaysian Malaysia; maltese Malta; mexican Mexico; mongolian Mongolia
    moroccan Morocco; nepali Nepal; nepalese Nepal; nigerian Nigeria; norwegian Norway; pakistani Pakistan
    palestinian Palestine; panamanian Panama; paraguayan Paraguay; persian Iran|Persia; peruvian Peru; pole Poland
    polish Poland; portuguese Portugal; romanian Romania; russian Russia|Russian Federation; saudi Saudi Arabia
    scot Scotland; scottish Scotland; serbian Serbia; singaporean Singapore; slovak Slovakia; slovenian Slovenia
    somali Somalia; spaniard Spain; spanish Spain; sudanese Sudan; swede Sweden; swedish Sweden; swiss Switzerland
    syrian Syria; taiwanese Taiwan; tanzanian Tanzania; thai Thailand; tunisian Tunisia; turkish Turkey|Türkiye
    ugandan Uganda; ukrainian Ukraine; uruguayan Uruguay; us United States|United States of America|USA
    usa United States; uzbek Uzbekistan; venezuelan Venezuela; vietnamese Vietnam; welsh Wales; yemeni Yemen
    zambian Zambia; zimbabwean Zimbabwe; viennese Vienna; parisian Paris; roman Rome; londoner London; berliner Berlin
    venetian Venice; californian California; texan Texas; bavarian Bavaria; sicilian Sicily; antarctic Antarctica
"""


def _read(table: str) -> dict[str, tuple[str, ...]]:
    entries = (entry.strip().split(" ", 1) for line in table.splitlines() for entry in line.split(";") if entry.strip())
    return {word: tuple(places.split("|")) for word, places in entries}


DEMONYMS = _read(_TABLE)
"""The names of the places that a folded word in the singular comes from."""


def places_of(word: str) -> tuple[str, ...]:
    """Return the names of the places that a folded word comes from: "italians" -> Italy; none of another word."""
    return DEMONYMS.get(word) or DEMONYMS.get(word.removesuffix("s"), ())
