"""What the model finds in conversations of five languages, and what it writes about them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

import offline_chats as conversations
from offline_answers import enrich, write
from offline_chats import chat, handle


@dataclass(frozen=True)
class Expected:
    """What a reader of a conversation would name."""

    script: str
    language: str
    topics: tuple[str, ...]
    decision: tuple[str, str]
    question: tuple[str, str]
    actions: tuple[tuple[str, str, str | None], ...]
    link: tuple[str, str]
    footer: str


EXPECTED = (
    Expected(
        conversations.ENGLISH,
        "en",
        ("flights", "Alfama flat", "tile"),
        ("ok let's go with the Alfama flat", "A"),
        ("will the workshop be in English or shall I bring my six words of Portuguese?", "D"),
        (("I'll book the flights tonight", "A", "tonight"), ("I'll call the tile museum on Friday", "C", "on Friday")),
        ("https://stays.example.com/rooms/alfama-balcony-flat", "found a flat in Alfama: three bedrooms, tiny balcony"),
        "without a language model",
    ),
    Expected(
        conversations.PORTUGUESE,
        "pt",
        ("churrasco", "bolo", "Santos"),
        ("combinado então, churrasco sábado no quintal da minha mãe", "A"),
        ("quem tem uma caixa de som pra emprestar no sábado?", "A"),
        (("eu levo a carne e o carvão", "B", None), ("vou comprar a cerveja na sexta", "C", "na sexta")),
        (
            "https://receitas.example.com.br/bolo-de-chocolate-com-maracuja",
            "chocolate com maracujá, a receita tá aqui",
        ),
        "sem modelo de linguagem",
    ),
    Expected(
        conversations.SPANISH,
        "es",
        ("plaza", "guitarra"),
        ("quedamos entonces el viernes a las nueve en la plaza", "A"),
        ("¿alguien tiene las llaves del local de ensayo?", "D"),
        (("yo reservo la mesa mañana", "A", "mañana"), ("yo llevo el regalo de Lucía", "C", None)),
        (
            "https://musica.example.es/guitarras/guitarra-espanola-cipres",
            "he encontrado la guitarra que quería Lucía",
        ),
        "sin modelo de lenguaje",
    ),
    Expected(
        conversations.GERMAN,
        "de",
        ("Radtour",),
        ("Dann treffen wir uns am Samstag um zehn am Bahnhof Wannsee", "A"),
        ("Weiß jemand, ob die Fähre nach Kladow am Wochenende fährt?", "B"),
        (
            ("Ich bringe das Fahrrad morgen in die Werkstatt", "D", "morgen"),
            ("Ich kümmere mich um das Picknick, Kartoffelsalat und Limonade", "C", None),
        ),
        ("https://werkstatt.example.de/preise/reparatur-fahrrad", "Die Werkstatt will 80 Euro für das Fahrrad"),
        "ohne Sprachmodell",
    ),
    Expected(
        conversations.FRENCH,
        "fr",
        ("gâteau", "vélo"),
        ("c'est décidé, anniversaire de Léa samedi à midi dans le jardin", "A"),
        ("quelqu'un sait où on a rangé la guirlande lumineuse ?", "B"),
        (("moi aussi, j'apporte le vin", "D", None), ("je m'occupe du gâteau au chocolat", "C", None)),
        (
            "https://velos.example.fr/annonces/velo-hollandais-vert",
            "j'ai trouvé un vélo d'occasion pour le cadeau de Léa",
        ),
        "sans modèle de langue",
    ),
)

each_language = pytest.mark.parametrize("expected", EXPECTED, ids=lambda e: e.language)


@each_language
def test_the_language_of_a_conversation_is_told(expected: Expected) -> None:
    assert enrich(chat(expected.script)).language == expected.language


@each_language
def test_topics_are_named_after_what_was_talked_about(expected: Expected) -> None:
    names = " / ".join(topic.name for topic in enrich(chat(expected.script)).topics)
    for word in expected.topics:
        assert word.lower() in names.lower()


@each_language
def test_what_was_settled_is_told_with_who_said_it(expected: Expected) -> None:
    messages = chat(expected.script)
    text, who = expected.decision
    decision = next(d for d in enrich(messages).decisions if d.text == text)
    assert decision.people[0] == handle(who)
    assert messages[int(decision.messages[0][1:]) - 1].text == text


@each_language
def test_only_what_nobody_answered_stays_open(expected: Expected) -> None:
    messages = chat(expected.script)
    questions = enrich(messages).questions
    text, who = expected.question
    assert (text, handle(who)) in [(q.text, q.person) for q in questions]
    assert len(questions) <= 2


@each_language
def test_tasks_are_told_with_who_took_them_on_and_until_when(expected: Expected) -> None:
    actions = [(a.text, a.person, a.due) for a in enrich(chat(expected.script)).actions]
    for text, who, due in expected.actions:
        assert (text, handle(who), due) in actions


@each_language
def test_links_are_titled_by_the_words_around_them(expected: Expected) -> None:
    assert expected.link in [(link.url, link.title) for link in enrich(chat(expected.script)).links]


@each_language
def test_a_post_is_written_in_the_language_of_the_conversation(expected: Expected) -> None:
    (post,) = write(chat(expected.script), max_posts=1).posts
    assert post.body.rstrip().endswith("*")
    assert expected.footer in post.body.splitlines()[-1]
    assert expected.topics[-1].lower() in post.title.lower()
    assert expected.decision[0] in post.standfirst
    assert "{" not in post.title + post.standfirst + post.body


@each_language
def test_a_post_lists_what_came_of_it(expected: Expected) -> None:
    (post,) = write(chat(expected.script), max_posts=1).posts
    items = [line for line in post.body.splitlines() if line.startswith("- ")]
    told = [expected.decision, expected.question, *((text, who) for text, who, _ in expected.actions)]
    for text, who in told:
        assert any(item.startswith(f"- {handle(who)}: ") and text in item for item in items)
    assert any(f"(<{expected.link[0]}>)" in item for item in items)


@each_language
def test_greetings_and_media_markers_name_no_topic(expected: Expected) -> None:
    messages = chat(expected.script)
    writing = write(messages)
    names = [topic.name.lower() for topic in enrich(messages).topics] + [post.title.lower() for post in writing.posts]
    for word in ("media", "omitted", "haha", "kkk", "mdr", "jaja", "morning", "oi ", "hola", "salut", "moin", "http"):
        assert not any(word in name for name in names)


def test_quotes_are_word_for_word() -> None:
    messages = chat(conversations.ENGLISH)
    for quote in enrich(messages).quotes:
        (reference,) = quote.messages
        message = messages[int(reference[1:]) - 1]
        assert quote.text in message.text
        assert quote.person == message.author


def test_an_instruction_about_the_language_is_followed() -> None:
    (post,) = write(chat(conversations.ENGLISH), max_posts=1, language="de").posts
    assert "ohne Sprachmodell" in post.body
    assert "vom 4. bis 9. März 2024" in enrich(chat(conversations.ENGLISH), language="de").summary


def test_a_proposal_that_two_others_agree_to_is_a_decision() -> None:
    messages = chat("""
        10:00 A: how about we paint the kitchen yellow
        10:01 B: sounds good
        10:02 C: yes!
    """)
    (decision,) = enrich(messages).decisions
    assert decision.text == "how about we paint the kitchen yellow"
    assert decision.people == [handle("A"), handle("B"), handle("C")]
    assert decision.messages == ["m1", "m2", "m3"]


def test_what_is_not_decided_yet_is_no_decision() -> None:
    messages = chat("""
        10:00 A: we haven't decided on the kitchen colour
        10:05 B: have we agreed on the kitchen colour?
        10:06 A: nothing is booked, the painter never called
    """)
    assert enrich(messages).decisions == []


def test_a_bare_agreement_points_to_what_was_proposed() -> None:
    messages = chat("""
        10:00 A: dinner at the noodle place, shall we book for eight?
        10:01 B: deal
    """)
    (decision,) = enrich(messages).decisions
    assert "noodle place" in decision.text
    assert decision.messages == ["m1", "m2"]


def test_not_knowing_is_no_answer() -> None:
    messages = chat("""
        10:00 A: does anyone remember where the spare key to the shed is?
        10:01 B: no idea
        10:02 C: not sure either
    """)
    assert [q.text for q in enrich(messages).questions] == ["does anyone remember where the spare key to the shed is?"]


def test_a_reply_answers_however_late_it_comes() -> None:
    asked, *between = chat(
        "10:00 A: does anyone remember where the spare key to the shed is?\n"
        + "\n".join(f"10:{i:02} B: the tomatoes and the beans, row {i}?" for i in range(1, 20))
    )
    (reply,) = chat("11:00 C: under the blue pot")
    late = msgspec.structs.replace(reply, id="late", reply_to=asked.id)
    assert "spare key" in " ".join(q.text for q in enrich((asked, *between)).questions)
    assert "spare key" not in " ".join(q.text for q in enrich((asked, *between, late)).questions)


def test_will_do_takes_on_what_was_asked_for() -> None:
    messages = chat("""
        10:00 A: can someone pick up the parcel from the station before Friday?
        10:02 B: on it
    """)
    (action,) = enrich(messages).actions
    assert action.person == handle("B")
    assert action.text == "can someone pick up the parcel from the station before Friday?"
    assert action.due == "before Friday"
    assert action.messages == ["m1", "m2"]
    (post,) = write(messages).posts
    assert f"- {handle('B')}, asked by {handle('A')}: “can someone pick up the parcel" in post.body


def test_a_line_that_made_others_laugh_is_quoted_first() -> None:
    messages = chat("""
        10:00 A: the neighbour has painted the fence again this morning
        10:01 B: that fence has more coats of paint than I have coats
        10:01 C: hahaha
        10:02 D: 😂😂😂
        10:05 A: the fence is green this time by the way
    """)
    (post,) = write(messages).posts
    assert "that fence has more coats of paint than I have coats" in post.body


def test_a_topic_is_called_the_same_with_and_without_its_article() -> None:
    messages = chat("""
        10:00 A: the tide clock stopped again
        10:02 B: who can open the tide clock and look inside?
        10:04 A: I had a look, the tide clock wants a battery
    """)
    (topic,) = enrich(messages).topics
    assert topic.name == "Tide clock"
    (post,) = write(messages).posts
    assert post.title.startswith("The tide clock")


def test_no_topic_is_named_after_a_sentence_a_shout_or_a_sum() -> None:
    messages = chat("""
        10:00 A: the wind carries the flour out of the bakery
        10:02 B: the flour is EVERYWHERE and the wind carries on
        10:04 A: flour for 40 pounds, gone
        10:05 C: the bakery owes us 12 pounds then, the wind carries no purse
        10:06 B: 90 pounds with the flour on my coat
    """)
    names = [topic.name.lower() for topic in enrich(messages).topics]
    title = write(messages).posts[0].title
    assert not any(word in name for name in names for word in ("carries", "pounds"))
    assert "EVERYWHERE" not in title
