"""Gradable adjectives of English: their comparative and superlative forms, and the attributes that they measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Degree(StrEnum):
    """A form of an adjective."""

    COMPARATIVE = "comparative"
    SUPERLATIVE = "superlative"


@dataclass(frozen=True, slots=True)
class Gradable:
    """An adjective: which end of a scale it means, 1 for much (tall) and -1 for little (short); words in the names of
    the attributes that it measures, the likeliest first, and of those that it measures the other way round: the fastest
    has the greatest speed and the least time."""

    base: str
    direction: int
    measures: tuple[str, ...]
    opposite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GradedForm:
    """What a word is a form of."""

    base: str
    degree: Degree


_ALIASES = {
    "age": "age",
    "born": "birth|born|founded|established|opened|built|constructed|inception|created|released|date|year",
    "when": "date|year|time|start|founded|established|released|published|birth",
    "length": "length|duration|running time|runtime|distance|span",
    "weight": "weight|mass",
    "size": "area|population|size|capacity|volume|extent|surface|total|number|employees|revenue",
    "price": "price|cost|fee|fare|budget|rent|value|amount",
    "wealth": "net worth|wealth|income|gdp|revenue|salary|assets|budget",
    "high": "elevation|height|altitude|level|rate|score|value|price|salary|amount",
    "speed": "speed|velocity|pace",
    "duration": "time|duration|lap",
    "temperature": "temperature",
    "near": "distance",
    "strength": "strength|power|force|magnitude",
    "quality": "rating|score|grade|points|quality|performance",
    "rank": "rank|position|place|ranking",
    "many": "number|count|total|quantity|amount|population",
    "popular": "popularity|followers|views|visitors|sales|votes|attendance|audience|rating",
}
_ROWS = """
old older oldest + age : born
old elder eldest + age : born
young younger youngest - age : born
new newer newest - age : born
ancient - - + age : born
modern - - - age : born
recent - - + when
late later latest + when
late - last + when
early earlier earliest - when
early - first - when
tall taller tallest + height,length
high higher highest + high
high - top + high
high - maximum + high
high - max + high
low lower lowest - high
low - minimum - high
low - min - high
long longer longest + length
short shorter shortest - height,length
brief briefer briefest - duration,length
lengthy lengthier lengthiest + length
large larger largest + size
big bigger biggest + size
great greater greatest + size,many
huge - - + size
vast - vastest + size
small smaller smallest - size
little less least - many
tiny tinier tiniest - size
many more most + many
much - - + many
numerous - - + many
few fewer fewest - many
heavy heavier heaviest + weight
light lighter lightest - weight
massive - - + weight
deep deeper deepest + depth
shallow shallower shallowest - depth
wide wider widest + width,span
broad broader broadest + width,span
narrow narrower narrowest - width
thick thicker thickest + thickness,diameter
thin thinner thinnest - thickness,width
steep steeper steepest + slope,gradient,incline
fast faster fastest + speed : duration
quick quicker quickest + speed : duration
rapid - - + speed : duration
slow slower slowest - speed : duration
rich richer richest + wealth
wealthy wealthier wealthiest + wealth
poor poorer poorest - wealth
expensive - - + price
costly costlier costliest + price
pricey pricier priciest + price
dear dearer dearest + price
valuable - - + value,worth,price
cheap cheaper cheapest - price
inexpensive - - - price
affordable - - - price
profitable - - + profit,income,earnings,revenue
lucrative - - + profit,revenue,salary
populous - - + population
populated - - + population,density
dense denser densest + density
crowded - - + density,population,visitors
sparse sparser sparsest - density
hot hotter hottest + temperature
warm warmer warmest + temperature
cold colder coldest - temperature
cool cooler coolest - temperature
near nearer nearest - near
close closer closest - near
far farther farthest + near
far further furthest + near
distant - - + near
remote remoter remotest + near
strong stronger strongest + strength
powerful - - + power,strength
mighty mightier mightiest + strength
weak weaker weakest - strength
loud louder loudest + volume,loudness,decibels
quiet quieter quietest - volume,loudness,decibels
bright brighter brightest + brightness,luminosity : magnitude
dim dimmer dimmest - brightness,luminosity : magnitude
hard harder hardest + hardness,difficulty
soft softer softest - hardness
difficult - - + difficulty
easy easier easiest - difficulty
good better best + quality : rank
bad worse worst - quality : rank
popular - - + popular
famous - - + popular
successful - - + revenue,gross,wins,sales,titles,points
common commoner commonest + frequency,number,count
frequent - - + frequency,number,count
rare rarer rarest - frequency,number,count
busy busier busiest + passengers,traffic,visitors,number
rainy rainier rainiest + rainfall,precipitation
wet wetter wettest + rainfall,precipitation,humidity
dry drier driest - rainfall,precipitation,humidity
sunny sunnier sunniest + sunshine
windy windier windiest + wind speed,wind
spicy spicier spiciest + scoville,heat
sweet sweeter sweetest + sugar,sweetness
fat fatter fattest + weight,fat
healthy healthier healthiest + health : calories,sugar,fat
bloody bloodier bloodiest + casualties,deaths,killed
deadly deadlier deadliest + deaths,casualties,fatalities
violent - - + deaths,casualties,crime rate
safe safer safest - deaths,accidents,crime rate
dangerous - - + deaths,accidents,crime rate
acidic - - - ph
efficient - - + efficiency
fuel-efficient - - + mpg,fuel economy : consumption
educated - - + education,literacy
bad - bottom - quality : rank
"""


def _gradables() -> Iterator[Gradable]:
    for row in _ROWS.split("\n")[1:-1]:
        base, _, _, sign, rest = row.split(" ", 4)
        measures, _, opposite = rest.partition(" : ")
        yield Gradable(base, 1 if sign == "+" else -1, _words(measures), _words(opposite))


def _words(names: str) -> tuple[str, ...]:
    listed = [word for name in names.split(",") if name for word in _ALIASES.get(name, name).split("|")]
    return tuple(dict.fromkeys(listed))


def _forms() -> Iterator[tuple[str, GradedForm]]:
    for row in _ROWS.split("\n")[1:-1]:
        base, *forms = row.split(" ")[:3]
        yield from ((form, GradedForm(base, degree)) for form, degree in zip(forms, Degree, strict=True) if form != "-")


GRADABLES = {gradable.base: gradable for gradable in _gradables()}
"""Adjectives by their base form. The direction of those that measure ages or sizes is that of the age or the size, of
those that measure only times ("late", "recent") that of the time."""
COMPARATIVE = {base: gradable.direction for base, gradable in GRADABLES.items()}
"""The direction of each adjective: 1 for much, -1 for little."""
TURNED_BY_DATES = frozenset(base for base, gradable in GRADABLES.items() if "date" in gradable.opposite)
"""Words that mean the other end of a date than of an age: the oldest has the greatest age and the least date of
birth."""
FORMS = dict(_forms())
"""Comparative and superlative forms of one word, in lower case; those with "more", "most", "less" and "least" before a
base form are left to ``graded``."""
_GRADES = {
    "more": (1, Degree.COMPARATIVE), "less": (-1, Degree.COMPARATIVE), "most": (1, Degree.SUPERLATIVE),
    "least": (-1, Degree.SUPERLATIVE),
}  # fmt: skip


def graded(grade: str, adjective: str) -> tuple[GradedForm, int] | None:
    """Return what "more expensive" or "least populous" is a form of, and the end of the scale that it means; None where
    the words are no such form."""
    found, gradable = _GRADES.get(grade.lower()), GRADABLES.get(adjective.lower())
    if found is None or gradable is None:
        return None
    return GradedForm(gradable.base, found[1]), found[0] * gradable.direction
