"""Closed lists of English words by what they do in a question or in the name of a relation."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BE = _words("is are was were be been being s get gets got")
DO = _words("did does do")
HAVE = _words("has have had")
AUXILIARIES = BE | DO | HAVE | _words("didn doesn will would can could should may might must")
ARTICLES = _words("the a an his her its their all any")
INTERROGATIVES = _words("who whom what which whose")
PREPOSITIONS = _words("about after at before by during for from in into of on over through to under with")
ORDER = _words(
    "next previous follow follows followed precede preceded predecessor successor after before succeed succeeded"
)
"""Words of relations that order things: with one of these, "after" is read."""
LINKING_WORDS = PREPOSITIONS | _words("and or against near than")
"""Words before a lower-case name that is also a common word, where it is meant as a name: "films about war"."""
PEOPLE = _words("people inhabitants residents citizens persons live lives living")
POPULATION = _words("population inhabitants residents")
GENERAL = _words(
    """person people man men woman women human humans individual someone place places location locations thing things
    item items object objects one ones entity entities kind kinds type types sort sorts name names work works
    title titles member members group groups organisation organisations organization organizations institution
    institutions company companies area areas region regions part parts example examples software concept
    concepts term terms topic topics word words style styles class classes category categories subclass
    subclasses superclass superclasses"""
)
"""Nouns so general that a class says no more than they do."""
KIND_NAMES = _words(
    "category class form genre industry kind occupation position profession rank role species status style subject type"
)
"""Last words of the names of relations to what classifies an entity."""
LIGHT = _words(
    """go goes going went gone come comes came make makes made take takes took taken get got give gives gave given put
    puts belong belongs keep keeps kept hold holds held become became happen happened round around describe described
    describes describing share shares shared same common few some applicable apply applies play plays played perform
    performs performed known famous notable well considered involved use uses used called named found located seen
    listed deal deals due within behind signed start started begin began occurred occur else going coming making taking
    getting giving keeping holding playing performing using receive receives received receiving exist exists"""
)
"""Words that mean little without others: verbs that need their object, and ways of asking."""
FEMALE = _words("woman women girl girls lady ladies female")
"""Words that tell more than that somebody is a person."""
UNITS = {
    "m": "metre meter",
    "km": "kilometre kilometer",
    "cm": "centimetre centimeter",
    "mm": "millimetre millimeter",
    "ft": "foot feet",
    "in": "inch",
    "mi": "mile",
    "yd": "yard",
    "kg": "kilogram",
    "g": "gram",
    "mg": "milligram",
    "lb": "pound",
    "lbs": "pound",
    "oz": "ounce",
    "t": "ton tonne",
    "l": "litre liter",
    "ml": "millilitre milliliter",
    "h": "hour",
    "hr": "hour",
    "min": "minute",
    "s": "second",
    "sec": "second",
    "%": "percent",
    "€": "euro",
    "$": "dollar",
    "£": "pound",
    "eur": "euro",
    "usd": "dollar",
    "gbp": "pound",
}
"""Abbreviations of units."""
TIMES = _words("years months weeks days hours minutes seconds")
"""Units of time."""
PERIODS = _words(
    """january february march april may june july august september october november december winter summer spring
    autumn"""
)
"""Months and seasons."""
HARMLESS = _words(
    """main official full exact actual current present real correct proper complete primary principal popular favourite
    favorite specific particular certain major important notable key various different several"""
)
"""Adjectives that leave what is asked for the same."""
GROUPS = _words(
    """agent artist band being business character company crew deity employer ensemble family figure firm god
    goddess government group institution label ministry school university museum studio
    organisation organization orchestra party people squad studio team tribe union"""
)
"""Nouns for what can be asked for by "who", beside those for persons."""
SITES = _words("address area birthplace city continent country located location locations place region site town venue")
"""Words of relations that tell where something is."""
PLACES = _words(
    """address area building capital citytown city continent country county destination district facility house island
    lake land locality located location mountain museum neighborhood place province region river school state street
    structure territory town university venue village"""
)
"""Nouns for what can be asked for by "where"."""
ASKING = _words("tell give show list name find say explain define describe definition")
"""Words that only ask."""
NO_NAMES = _words("""i ceo cfo cto coo vp tv id phd gdp hq url isbn dob mr mrs ms dr english please""")
"""Words that are written with capitals and name nothing of a graph."""

SYMMETRIC = _words(
    """spouse wife husband partner married marriage sibling brother sister friend cousin twin neighbor neighbour
    adjacent borders border bordering colleague opposite equivalent similar related connected same"""
)
"""Words of relations that are true both ways, or are used so."""

CONTAINING = _words("contain contains containing include includes comprises capital capitals")
"""First words of relations from a place to what is in it."""
LOCATED = _words("located situated lie lies lying in at")
"""What a question says behind a topic whose place it asks for."""
PAST = _words(
    """wrote made won led built taught held ran fought drew sang spoke bought sold met knew became began gave took saw
    beat bore brought chose drove fed felt found founded hid hit kept laid lent lost paid put raised read said sent shot
    stole swam threw understood wore"""
)
"""Irregular past tenses."""
PARTICIPLES = _words(
    """written made won led built taught held run fought drawn sung spoken bought sold met known given taken seen beaten
    born brought chosen driven fed felt found hidden hit kept laid lent lost paid put read said sent shot stolen thrown
    understood worn used"""
)
"""Irregular participles."""
THIRD_PERSONS = _words(
    """loves likes hates knows follows owns manages directs leads teaches employs supplies produces publishes influences
    contains includes borders bears beats sponsors supervises reports depends runs uses makes sells buys treats causes
    inhibits cites mentions precedes succeeds requires provides supports imports calls extends implements hosts serves
    plays stars works lives belongs speaks flows prescribes attends eats wants trusts blocks"""
)
"""Verbs that stand as names of relations. Other words in -s are taken for plural nouns: "awards", "children"."""
ED_NOUNS = _words("need speed seed feed breed bed shed sled weed creed deed reed red bred hundred")
"""Nouns in -ed."""

EXTREMES = _words(
    """most least best worst oldest youngest eldest newest latest earliest biggest largest greatest smallest highest
    lowest longest shortest tallest deepest widest heaviest lightest fastest slowest nearest closest farthest furthest
    richest poorest hottest coldest strongest weakest busiest cheapest costliest fewest brightest dimmest densest
    hardest softest easiest rarest finest steepest thickest thinnest broadest narrowest top maximum minimum max min
    first last final second third fourth fifth"""
)
COMPARATIVES = _words(
    """more less fewer greater older younger larger bigger smaller higher lower longer shorter taller deeper heavier
    lighter faster slower richer poorer earlier later better worse nearer closer cheaper newer stronger weaker rather"""
)
ENGLISH = _words(
    """the of is are was were who what which where when how did does do in to by for with and has have that from list
    name give show tell"""
)
FOREIGN = {
    "German": _words("der die das wer wie wo wann welche welcher welches ist sind hat den dem ein eine von und wurde"),
    "French": _words("le la les qui que quel quelle quels quelles est sont où quand du des un une et dans pour par"),
    "Spanish": _words("el la los las quién quien qué que cuál cual cuáles es son dónde donde cuándo del un una y en"),
    "Italian": _words("il lo la gli chi ha che quale quali è sono dove quando del della un una e di nel per"),
    "Portuguese": _words("o a os as quem que qual quais é são onde quando do da um uma e em no na por"),
    "Dutch": _words("de het een wie wat welke waar wanneer is zijn van en werd niet heeft"),
}
"""Frequent function words of other languages in Latin script."""
