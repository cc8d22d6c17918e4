"""The words that tell a question's parts from each other."""

from __future__ import annotations

from ragqa.asked import ROLES


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ASKING = _set("who whom whose what which when where why how")
ADVERBIAL = _set("when where why how")  # question words that stand for no thing
BE = _set("is are was were isn't aren't wasn't weren't isnt arent wasnt werent be been being am")
DO = _set("do does did don't doesn't didn't dont doesnt didnt")
HELPING = _set("has have had will would can could should may might must shall hasn't haven't hadn't won't can't")
HELPING |= _set("wouldn't couldn't shouldn't cannot")
MODALS = HELPING - _set("has have had hasn't haven't hadn't")
AUXILIARIES = BE | DO | HELPING
DETERMINERS = _set("the a an each every another")
POSSESSIVES = {"his": "he", "her": "she", "its": "it", "their": "they", "hers": "she", "theirs": "they"}
PRONOUNS = {"he": "he", "him": "he", "himself": "", "she": "she", "herself": "", "it": "it", "itself": ""}
PRONOUNS |= {"they": "they", "them": "they", "themselves": "", "i": "", "you": "", "we": "", "me": "", "us": ""}
SUBJECTS = _set("he she it they")  # "her" and "it" can be objects too
DEMONSTRATIVES = _set("this that these those")
PREPOSITIONS = _set(
    "of in on at to for from by with about after before during since until under over against between among into "
    "through via within without as than per behind beside besides near inside outside towards toward onto off up down "
    "out across around like despite concerning regarding apart"
)
BOUNDARIES = _set(
    "that when where which who whom because if while until since after before as once whether although though and or "
    "but than how why what whoever whatever whichever"
)
ADVERBS = _set(
    "all any some no several other now still also too else then already ever exactly just only even not never there "
    "here yet again really actually so today currently later earlier instead maybe perhaps together away back much "
    "many more most less least very long old big large far fast deep high tall wide heavy often soon quickly expensive "
    "good bad new first last next true alone once mainly first-hand usually finally originally initially apart both "
    "either rather"
)
OPENERS = _set("and but so or ok okay well then also yes no thanks right hm oh")
CLOSERS = _set("then exactly though please again now anyway precisely")
ADJECTIVES = _set(
    "old big large far fast deep high tall wide heavy often soon expensive long good quickly hot cold strong"
)
IMPERATIVES = _set("tell give name list show describe explain compare define find say please")

FUNCTION = (
    ASKING
    | AUXILIARIES
    | DETERMINERS
    | frozenset(POSSESSIVES)
    | frozenset(PRONOUNS)
    | DEMONSTRATIVES
    | PREPOSITIONS
    | BOUNDARIES
    | ADVERBS
    | OPENERS
    | _set("my your our mine yours myself yourself")
)

# verbs whose past form is their participle, then those with two
_ALIKE = (
    "bought sold paid led built made held lost won left found told sent kept brought taught caught thought sought met "
    "meant spent lent shot struck hung said heard fed laid dealt felt slept swept dug fought got read hit put set cut "
    "shut hurt cost let stood understood bound wound split spread cast sank sunk"
)
IRREGULAR = {word: word for word in _ALIKE.split()}
IRREGULAR |= {"wrote": "written", "took": "taken", "gave": "given", "ran": "run", "drove": "driven", "spoke": "spoken"}
IRREGULAR |= {"chose": "chosen", "broke": "broken", "began": "begun", "knew": "known", "saw": "seen", "did": "done"}
IRREGULAR |= {"drew": "drawn", "grew": "grown", "threw": "thrown", "stole": "stolen", "wore": "worn", "sang": "sung"}
IRREGULAR |= {"flew": "flown", "rode": "ridden", "ate": "eaten", "hid": "hidden", "overthrew": "overthrown"}
IRREGULAR |= {"undertook": "undertaken", "overtook": "overtaken", "oversaw": "overseen", "withdrew": "withdrawn"}
_INTRANSITIVE = _set("went came fell rose became arose swam lay sat died lived worked happened occurred left resigned")
INTRANSITIVE = (_INTRANSITIVE - {"left"}) | _set("agreed belonged moved joined remained stayed")

_BASES = (
    "accept accuse achieve acquire add advise affect agree allow announce answer appear apply appoint approve argue "
    "arrive ask attack attend back ban become begin believe belong bid blame borrow break bring build buy call carry "
    "catch cause chair change charge charter choose cite claim close collapse come command comment complain conclude "
    "confirm contain continue control cost cover create criticise criticize cut deal decide declare defend demand deny "
    "describe design destroy develop die differ discover do donate draw drive drown earn employ end enter escape "
    "establish exist expect explain face fail fall fear file find finance fine finish fire flee fly follow found fund "
    "gain get give go grow handle happen head hear help hide hire hit hold host hurt improve include increase injure "
    "introduce invent invest investigate involve join keep kill know lack land last launch lay lead learn leave lend "
    "let license lie lift live look lose make manage manufacture marry mean measure meet mention merge move name need "
    "negotiate occur offer open operate oppose order organise organize own paint pass pay perform plan play predict "
    "prefer prepare prevent produce promise propose protect prove provide publish pull push quit raise reach react "
    "read receive recommend reduce refuse reject release rely remain remember remove replace reply report represent "
    "require rescue resign respond retire return reveal rise rule run sail save say see sell send serve set settle "
    "share shoot show shut sign sing sink sit sleep speak spend split stand start stay steer step stop strike study "
    "sue suffer suggest supply support survive take talk teach tell test think threaten throw tow train travel try "
    "turn use value visit vote wait want warn wear win withdraw wonder work worry write"
)
BASES = frozenset(_BASES.split())
_NOT_PAST = _set("speed need seed breed bed red feed deed weed greed shed hundred ted fred united limited")


def is_past(word: str) -> bool:
    """Whether a word is, by its form, a past tense or a participle."""
    return word in IRREGULAR or word in IRREGULAR.values() or (word.endswith("ed") and word not in _NOT_PAST)


def is_verb(word: str) -> bool:
    """Whether a word in lower case is most likely a verb."""
    if word in FUNCTION:
        return False
    return (
        word in BASES
        or is_past(word)
        or _third(word)
        or (word.endswith("ing") and _gerund(word))
        or word in INTRANSITIVE
    )


def _third(word: str) -> bool:
    base = word[:-3] + "y" if word.endswith("ies") else word[:-2] if word.endswith("es") else ""
    return word.endswith("s") and (word[:-1] in BASES or base in BASES)


def _gerund(word: str) -> bool:
    return word[:-3] in BASES or word[:-3] + "e" in BASES or (len(word) > 5 and word[:-4] in BASES)


# as often nouns as verbs: nouns where a determiner or another noun stands before them
EITHER = _set(
    "attack back ban bid blame break call cause chair change charge charter claim command comment control cost cover "
    "cut deal demand design draw drive end fall fear file fine fire fund head help host increase land launch lead "
    "license lift look measure move name need offer order pay plan play promise report rescue return rise rule run "
    "sail share show sign split stand start step stop strike study supply support talk test train travel turn use "
    "value visit vote work worry win try costs shares talks plans works reports rules claims changes deals moves "
    "offers orders names needs tests uses values votes worries funds training labeling labelling building meeting"
)
EITHER |= frozenset(f"{word}s" for word in EITHER)

OFFICERS = _set("ceo cto cfo coo")  # capitals, but no names
PEOPLE = ROLES | _set(
    "founder cofounder officer spokesman spokeswoman worker employee engineer teacher doctor nurse lawyer sailor "
    "purser skipper fisherman driver pilot passenger survivor victim witness boy girl child son daughter brother "
    "sister uncle aunt widow professor sculptor journalist reporter scientist researcher investor shareholder banker "
    "economist singer priest prince princess soldier student friend colleague man woman person guy lady boss teacher "
    "mate helmsman mechanic"
)
# holders of these are as often firms
PEOPLE -= _set("buyer acquirer manufacturer maker publisher winner champion owner investor shareholder rival supplier")
SHIPS = _set("ship ferry boat vessel yacht steamer submarine trawler tanker freighter liner")  # "she"
AFLOAT = SHIPS | _set("captain master crew aboard launched sank sink sunk sail sailed voyage knots wreck drown drowned")
PLURALS = _set("people men women children police staff crew families data")
FIRMS = _set("company firm startup business organisation organization corporation enterprise")
DEALS = _set("deal purchase acquisition takeover merger investment agreement contract")
EVENTS = DEALS | _set(
    "partnership accident attack crash disaster election war trial project talks fire sale transaction"
)
PARTS = ROLES | _set(
    "founder founders price cost value valuation capital population headquarters revenue profit purpose aim goal name "
    "age size length height depth weight date cause result outcome budget target client clients customer customers "
    "rivals competitors owners employees staff crew members shareholders worth mayor boss market founding location "
    "address area salary"
)
OFFICES = _set("department ministry government agency court university school hospital board council committee police")
PERSON_VERBS = _set(
    "found founded lead leads led head heads headed chair chairs chaired wrote write writes painted composed directed "
    "invented discovered run runs ran manages managed coached married killed shot commands commanded said says told"
)
THING_WORDS = _set(
    "inc corp corporation ltd limited llc plc co ag gmbh holdings group bank university college school institute club "
    "party agency airline airlines newspaper studio ministry court hospital board council committee association union "
    "league department service services line lines ferries motors systems labs lab technologies software media press "
    "news times post courier radio sound harbour harbor haven island islands rock rocks river lake bay mount point "
    "street road square park bridge star spirit dawn foundation fund society company finance mutual shipping salvage "
    "act"
)
