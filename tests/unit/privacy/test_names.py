from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.ids import Handle, SourceId
from egregora.privacy.names import DisplayNames, Mode
from egregora.privacy.people import People, Person

ALIKE = ["Fox", "fox", "🦊", "Fox aaaa", "Fox (aaab)", "🦊 (aaaa)", "Person aaaa"]
ANA, BOB, CYD = (Handle(f"@{letter * 10}") for letter in "abc")


def people(*persons: Person, source: str = "trip", title: str | None = None) -> People:
    return People(source=SourceId(source), title=title, persons={person.handle: person for person in persons})


def person(handle: Handle, **fields: object) -> Person:
    return Person.model_validate({"handle": handle, "pseudonym": f"Amber {handle[1:3].title()}", **fields})


def shown(mode: Mode, *sources: People) -> dict[Handle, tuple[str, str]]:
    return {handle: (name, slug) for handle, (name, slug) in DisplayNames(sources, mode).people().items()}


def test_a_pseudonym_an_alias_or_the_real_name_is_shown() -> None:
    crowd = people(person(ANA, names=("Ana Silva",), alias="Blue Fox"), person(BOB, names=("Bob", "~Bob")))
    assert shown("pseudonym", crowd) == {ANA: ("Blue Fox", "blue-fox"), BOB: ("Amber Bb", "amber-bb")}
    assert shown("alias", crowd) == shown("pseudonym", crowd)
    assert shown("real", crowd) == {ANA: ("Blue Fox", "blue-fox"), BOB: ("Bob", "bob")}


def test_a_bare_phone_number_is_never_shown() -> None:
    assert shown("real", people(person(ANA, names=("+44 7700 900123",)))) == {ANA: ("Amber Aa", "amber-aa")}


def test_who_opted_out_of_one_source_has_no_name_on_the_site() -> None:
    one, other = people(person(ANA, opted_out=True)), people(person(ANA), person(BOB), source="work")
    assert set(shown("pseudonym", one, other)) == {BOB}


def test_the_latest_alias_holds_across_sources_in_whatever_order() -> None:
    one = people(person(ANA, alias="Fox", alias_at="2024-01-01", alias_turn=1))
    other = people(person(ANA, alias="Owl", alias_at="2024-02-01", alias_turn=1), source="work")
    assert shown("alias", one, other) == shown("alias", other, one) == {ANA: ("Owl", "owl")}


def test_two_who_would_share_a_name_are_told_apart_and_others_stay() -> None:
    crowd = people(person(ANA, alias="Fox"), person(BOB, alias="fox!"), person(CYD, alias="Owl"))
    assert shown("alias", crowd) == {
        ANA: ("Fox (aaaa)", "fox-aaaa"),
        BOB: ("fox! (bbbb)", "fox-bbbb"),
        CYD: ("Owl", "owl"),
    }


def test_a_name_of_emoji_has_a_slug_all_the_same() -> None:
    assert shown("alias", people(person(ANA, alias="🦊"))) == {ANA: ("🦊 (aaaa)", "person-aaaa")}


@settings(deadline=None)
@given(
    st.dictionaries(
        st.from_regex("@[ab]{10}", fullmatch=True), st.sampled_from(["Fox", "fox", "🦊", "Fox aaaa", "Fox (aaab)"])
    )
)
def test_names_and_slugs_are_unique(aliases: dict[str, str]) -> None:
    crowd = people(*(person(Handle(handle), alias=alias) for handle, alias in aliases.items()))
    result = shown("alias", crowd)
    assert len(result) == len(aliases)
    assert len({name.casefold() for name, _ in result.values()}) == len(aliases)
    assert len({slug for _, slug in result.values()}) == len(aliases)
    assert all(slug for _, slug in result.values())


def test_a_chats_name_is_shown_unless_it_tells_of_a_participant() -> None:
    crowd = (person(ANA, names=("Ana Silva",)), person(BOB, names=("+44 7700 900123",)), person(CYD, names=("Will",)))
    names = DisplayNames([people(*crowd)], "pseudonym")
    kept = ["Lisbon in May 2024", "Anatomy class", "we will see", "🏔️ 2024-25"]
    hidden = ["Ana Silva", "ana silva's birthday", "Casa Silva", "+44 7700 900123", "555 123 4567", "Will"]
    assert [names.title(people(*crowd, title=title)) for title in kept] == kept
    assert [names.title(people(*crowd, title=title)) for title in hidden] == [None] * len(hidden)
    assert names.title(people(*crowd)) is None
    assert DisplayNames([people(*crowd)], "real").title(people(*crowd, title="Ana Silva")) == "Ana Silva"
