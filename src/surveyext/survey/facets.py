"""Facets: the groups that entries fall into, one function per index; pure."""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import TYPE_CHECKING

from surveyext.library.text import fold, slug, sort_key
from surveyext.survey.groups import Group, Heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from surveyext.library.model import Entry, Person
    from surveyext.survey.survey import Item, Survey


def by_venue(survey: Survey) -> tuple[Heading, ...]:
    """Group by the venue's family, then by edition, newest first."""
    families: dict[str, dict[tuple[int, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for item in survey.newest_papers:
        venue = survey.library.venue(item.record)
        family, short = (venue.family, venue.short) if venue else ("Other", "Other")
        families[family][-(item.record.year or 0), short].append(item.record.key)
    return tuple(
        Heading(
            family, tuple(Group(short, tuple(keys)) for (_, short), keys in sorted(found.items()))
        )
        for family, found in sorted(families.items(), key=lambda pair: sort_key(pair[0]))
    )


def by_year(survey: Survey) -> tuple[Heading, ...]:
    """Group by year, newest first."""
    return _flat(survey, lambda item: [item.record.field("year")], reverse=True)


def by_month_added(survey: Survey) -> tuple[Heading, ...]:
    """Group by the month in which entries were added, newest first."""
    return _flat(survey, lambda item: [item.entry.added[:7]], reverse=True)


def by_code(survey: Survey) -> tuple[Heading, ...]:
    """Group by whose code there is."""
    return _flat(survey, lambda item: [code_status(item.entry)])


def code_status(entry: Entry) -> str:
    """Return whose code an entry links."""
    if entry.code:
        return "Authors' code"
    return "Reimplementation only" if entry.reimplementation else "No code known"


def by_tag(survey: Survey) -> tuple[Heading, ...]:
    """Group by tag in the order of the vocabulary, under the question that tags answer."""
    tagged: dict[str, list[str]] = defaultdict(list)
    for item in survey.newest_papers:
        for name in dict.fromkeys(item.entry.tags):
            tagged[name].append(item.record.key)
    facets: dict[str, list[Group]] = defaultdict(list)
    for tag in survey.library.tags.values():
        if tag.name in tagged:
            facets[tag.facet].append(Group(tag.name, tuple(tagged[tag.name]), tag.definition))
    return tuple(Heading(facet, tuple(groups)) for facet, groups in facets.items())


def by_person(survey: Survey) -> tuple[Heading, ...]:
    """Group by person under the first letter of the family name."""
    papers: dict[Person, list[str]] = defaultdict(list)
    for item in survey.newest_papers:
        for person in dict.fromkeys(item.record.people):
            papers[person].append(item.record.key)
    places = {item.record.key: place for place, item in enumerate(survey.newest_papers)}
    letters: dict[str, list[Group]] = defaultdict(list)
    for shown, same in _one_heading_each(papers):
        order = sorted({key for person in same for key in papers[person]}, key=places.__getitem__)
        letter = (fold(shown.family)[:1] or "#").upper()
        name = ", ".join(part for part in (shown.family, shown.given, shown.suffix) if part)
        letters[letter].append(Group(name, tuple(order)))
    return tuple(
        Heading(letter, tuple(sorted(groups, key=lambda group: sort_key(group.label))))
        for letter, groups in sorted(letters.items())
    )


def _one_heading_each(people: Iterable[Person]) -> list[tuple[Person, list[Person]]]:
    """Join the spellings of a name that can only mean one person of this survey.

    Accents and case never tell two people apart. A missing middle name or an initial
    joins "Alexander Rush" to "Alexander M. Rush" when no third spelling contradicts; "A.
    Rush" would join neither if there were also an "Anna Rush". The longest spelling is shown.
    """
    families: dict[tuple[str, str], list[Person]] = defaultdict(list)
    for person in people:
        initial = "".join(_given(person.given))[:1]  # given names that differ there never join
        families[fold(person.family + person.suffix), initial].append(person)
    joined = []
    for spellings in families.values():
        rest = sorted(spellings, key=lambda person: (-len(person.given), person.given))
        while rest:
            longest = rest[0]
            same = [other for other in rest if _compatible(longest.given, other.given)]
            clear = all(
                _compatible(one.given, two.given)
                for one in same
                for two in spellings
                if any(_compatible(two.given, three.given) for three in same)
            )
            exact = [other for other in same if fold(other.given) == fold(longest.given)]
            group = same if clear else exact
            joined.append((longest, group))
            rest = [person for person in rest if person not in group]
    return joined


def _compatible(one: str, two: str) -> bool:
    """Tell whether two given names can be the same person's."""
    ones, twos = _given(one), _given(two)
    if not ones or not twos:
        return ones == twos
    pairs = zip(ones, twos, strict=False)
    return all(
        first == second or (min(len(first), len(second)) == 1 and first[0] == second[0])
        for first, second in pairs
    )


@functools.lru_cache(maxsize=2**14)
def _given(name: str) -> list[str]:
    return [fold(part) for part in name.replace(".", " ").split() if fold(part)]


def _flat(
    survey: Survey, values: Callable[[Item], Iterable[str]], *, reverse: bool = False
) -> tuple[Heading, ...]:
    found: dict[str, list[str]] = defaultdict(list)
    for item in survey.newest_papers:
        for value in values(item):
            found[value].append(item.record.key)
    return tuple(
        Heading(value, (Group(value, tuple(found[value])),))
        for value in sorted(found, reverse=reverse)
    )


#: The indexes by the argument of ``{entry-index}``.
FACETS: Mapping[str, Callable[[Survey], tuple[Heading, ...]]] = {
    "added": by_month_added,
    "code": by_code,
    "person": by_person,
    "tag": by_tag,
    "venue": by_venue,
    "year": by_year,
}


def place(docname: str, year: str) -> str:
    """Return the id of the first row of a technique's year in the table of all entries."""
    return f"{slug(docname.rpartition('/')[2])}-{year}"


def anchor(facet: str, label: str) -> str:
    """Return the id of a heading or group on its index page; it does not move with others."""
    return f"{facet}-{slug(label) or fold(label)}"
