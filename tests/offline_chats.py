"""Hand-written conversations. A line is ``[day] time who: text``; who is a letter, which stands for a handle."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from egregora.message import Kind, Message

_LINE = re.compile(r"(?:(?P<day>\d+) )?(?P<hour>\d\d):(?P<minute>\d\d) (?P<who>\w): (?P<text>.*)")
START = datetime(2024, 3, 4)  # noqa: DTZ001 - local time, as in most exports
KINDS: dict[str, Kind] = {"<media>": "media_omitted", "<deleted>": "deleted", "<notice>": "system", "<call>": "call"}


def handle(letter: str) -> str:
    """The handle that a letter stands for."""
    return f"@{ord(letter) - ord('A'):010x}"


def chat(script: str) -> tuple[Message, ...]:
    """Read a script; letters behind an @ in texts become handles too."""
    messages: list[Message] = []
    day = 0
    for number, line in enumerate(script.strip().splitlines()):
        match = _LINE.fullmatch(line.strip())
        assert match, line
        day = int(match["day"]) if match["day"] else day
        time = START + timedelta(days=day, hours=int(match["hour"]), minutes=int(match["minute"]))
        text = re.sub(r"@([A-Z])\b", lambda m: handle(m[1]), match["text"])
        kind = KINDS.get(text, "text")
        messages.append(
            Message(id=f"id{number}", time=time.isoformat(), author=handle(match["who"]), kind=kind, text=text)
        )
    return tuple(messages)


ENGLISH = """
0 09:02 A: morning all
09:03 B: hi hi
09:10 A: Shall we look at flights to Lisbon for the May weekend?
09:12 B: yes! I was just looking, TAP has flights to Lisbon for 89 each way
09:13 C: sounds good
09:15 D: I'm in, as long as we don't fly at 6 in the morning again
09:15 B: haha
09:16 C: 😂😂
09:20 A: the 11:40 flight then. I'll book the flights tonight
09:31 B: great, I'll send you my passport number
2 19:05 C: found a flat in Alfama: three bedrooms, tiny balcony https://stays.example.com/rooms/alfama-balcony-flat
19:07 A: the Alfama flat looks lovely, is there a lift?
19:09 C: no lift. four floors. think of the pasteis you can eat afterwards
19:10 D: my knees object to the Alfama flat but my heart says yes
19:11 B: 🤣
19:14 B: how much is it per night?
19:15 C: 140 for the whole flat, so 35 each
19:20 A: ok let's go with the Alfama flat
19:21 B: agreed
19:21 D: fine by me
19:40 D: who has the adapter from last time?
5 12:00 B: <media>
12:01 B: <media>
12:30 C: the museum says the tile workshop needs a reservation two weeks ahead
12:34 A: I love tile workshops, the tile museum is half the reason I come
12:36 C: I'll call the tile museum on Friday
12:41 D: will the workshop be in English or shall I bring my six words of Portuguese?
"""

PORTUGUESE = """
0 18:01 A: oi gente
18:02 B: oii
18:05 A: bora marcar o churrasco do aniversário da Júlia? pensei no sábado
18:06 B: eu topo!
18:07 C: tô dentro, sábado é perfeito
18:08 D: pode ser, só chego depois das 15h
18:10 A: combinado então, churrasco sábado no quintal da minha mãe
18:12 B: eu levo a carne e o carvão
18:13 C: vou comprar a cerveja na sexta
18:15 D: e eu levo a farofa da minha avó, a única que presta
18:15 B: kkkkkk
18:16 C: kkkkk é verdade
18:20 A: alguém sabe se a Júlia come carne?
18:21 B: ela virou vegetariana em janeiro
18:22 A: então precisamos de queijo coalho e legumes pro churrasco
1 09:30 C: o bolo da Júlia vai ser de quê?
09:40 A: chocolate com maracujá, a receita tá aqui https://receitas.example.com.br/bolo-de-chocolate-com-maracuja
09:41 B: esse bolo de maracujá é maravilhoso, fiz no natal e sumiu em dez minutos
09:45 D: o bolo eu não perco por nada
3 21:10 B: vocês viram o jogo do Santos ontem?
21:11 C: nem me fala desse jogo
21:12 B: três gols no segundo tempo, o goleiro parecia uma estátua de sal
21:13 C: kkkkkkk
21:15 D: o goleiro do Santos precisa de óculos
21:40 A: quem tem uma caixa de som pra emprestar no sábado?
"""

SPANISH = """
0 20:00 A: buenas
20:01 B: hola!
20:03 A: ¿quedamos el viernes para cenar en el restaurante nuevo de la plaza?
20:04 B: vale, me apunto
20:05 C: perfecto, yo también
20:07 D: el restaurante de la plaza está lleno los viernes, hay que reservar mesa
20:08 A: yo reservo la mesa mañana
20:09 C: yo llevo el regalo de Lucía
20:10 B: jajaja el regalo que llevamos tres meses sin comprar
20:10 D: jajajaja
20:15 A: quedamos entonces el viernes a las nueve en la plaza
1 11:00 C: he encontrado la guitarra que quería Lucía https://musica.example.es/guitarras/guitarra-espanola-cipres
11:02 B: la guitarra es preciosa, ¿cuánto cuesta?
11:03 C: 180 euros, a 45 cada uno
11:05 D: me parece bien la guitarra
11:06 A: genial la guitarra, compradla
3 22:00 D: ¿alguien tiene las llaves del local de ensayo?
"""

GERMAN = """
0 17:00 A: Moin zusammen
17:01 B: Hallo!
17:04 A: Wollen wir am Samstag eine Radtour zum Wannsee machen?
17:06 B: ja gerne, die Radtour war letztes Jahr so schön
17:07 C: bin dabei
17:09 D: Ich auch, aber mein Fahrrad hat einen Platten
17:10 C: Dein Fahrrad hat seit 2019 einen Platten, das ist inzwischen ein Denkmal
17:10 B: haha
17:11 A: 😂
17:13 D: sehr witzig. Ich bringe das Fahrrad morgen in die Werkstatt
17:20 A: Dann treffen wir uns am Samstag um zehn am Bahnhof Wannsee
17:21 B: abgemacht
17:25 C: Ich kümmere mich um das Picknick, Kartoffelsalat und Limonade
17:26 A: Wer bringt die Picknickdecke mit?
17:28 B: Ich bring die große Decke mit
2 20:00 D: Die Werkstatt will 80 Euro für das Fahrrad, https://werkstatt.example.de/preise/reparatur-fahrrad
20:02 C: für 80 Euro bekommst du fast ein neues Fahrrad
20:05 D: Das Fahrrad hat meinem Opa gehört, das wird repariert
20:09 A: Opas Fahrrad muss mit, keine Frage
4 21:30 B: Weiß jemand, ob die Fähre nach Kladow am Wochenende fährt?
"""

FRENCH = """
0 18:30 A: coucou tout le monde
18:31 B: salut !
18:35 A: on pourrait fêter l'anniversaire de Léa samedi dans le jardin de mes parents ?
18:36 B: carrément, bonne idée
18:37 C: ça marche pour moi
18:38 D: moi aussi, j'apporte le vin
18:40 C: je m'occupe du gâteau au chocolat
18:42 B: la dernière fois le gâteau au chocolat avait la texture d'une brique
18:42 D: mdr
18:43 A: 😂😂
18:45 C: une brique délicieuse, je vous signale
18:50 A: c'est décidé, anniversaire de Léa samedi à midi dans le jardin
1 10:00 D: j'ai trouvé un vélo d'occasion pour le cadeau de Léa : https://velos.example.fr/annonces/velo-hollandais-vert
10:02 A: le vélo vert est magnifique, il coûte combien ?
10:03 D: 120 euros, donc 30 chacun pour le vélo
10:05 B: parfait pour le vélo
10:06 C: d'accord aussi
3 21:00 B: quelqu'un sait où on a rangé la guirlande lumineuse ?
"""
