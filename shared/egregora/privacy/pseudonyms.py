"""Made-up names: two pleasant English words such as "Amber Heron", drawn from a handle."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from functools import cache
from itertools import count
from typing import cast

from egregora.ids import Handle

_COLOURS = ("adjective_near",)
_ANIMALS = ("animal", "animal_legendary")
_DRAWS = 200

# Words that would sit badly on a person: skin and hair, vermin, slurs and taunts, what is slain or eaten.
_UNWELCOME = """
alchemical amigurumi artichoke asparagus banana beige black blond brown carrot chocolate clay cream denim ebony
eggplant gray infrared khaki metal mustard papaya paper pink pistachio pumpkin red sandy tan tomato ultraviolet
white wine xanthic yellow lemon lime

earthworm leech worm scorpion spider tarantula barnacle crab crayfish lobster pillbug prawn shrimp ant bug earwig
hornet inchworm locust mosquito sawfly silkworm termite wasp woodlouse centipede millipede bull cow goat sheep
donkey horse stallion hippo rhino boar hog pig swine warthog peccary buzzard raptor vulture goose chicken dodo
pigeon cuckoo rooster turkey loon coot crow rook swallow booby boobook auk cormorant frogmouth bullfrog frog toad
catfish dogfish carp eel flounder herring mackerel perch tench tuna wrasse sawfish shark jellyfish alligator
crocodile caiman gharial urchin dingo dog hound jackal cat cougar coyote hyena ferret mink polecat skunk stoat
weasel bat mole sloth mammoth mastodon elephant whale walrus tapir anteater aardvark rat mouse muskrat groundhog
lemming gopher vole shrew marmot hamster gerbil rabbit beaver ape baboon bonobo capuchin chimpanzee gibbon gorilla
macaque mandrill marmoset monkey orangutan tamarin tarsier uakari galago loris lemur dugong manatee clam cockle
mussel oyster scallop shellfish cuttlefish octopus squid limpet slug snail sponge lizard skink adder anaconda asp
boa cobra copperhead mamba python rattlesnake sidewinder snake taipan viper dinosaur mushroom ara guan kagu coua
myna pogona buffalo yak gaur beluga orca serpent basilisk chimera chupacabra manticore bustard bittern cassowary
mantis cicada moth degu kakapo oarfish wildebeest muskox junglefowl piculet
"""


def pseudonym(handle: Handle, taken: Container[str]) -> str:
    """The first name drawn from `handle` that is not `taken`; the same for the same two on every version of Python."""
    colours, animals = _words()
    for draw in count():
        number = int.from_bytes(hashlib.sha256(f"{handle} {draw}".encode()).digest())
        number, colour = divmod(number, len(colours))
        words = [colours[colour], animals[number % len(animals)]]
        if draw >= _DRAWS:  # nearly all pairs are given: three words make room
            words.insert(0, colours[number // len(animals) % len(colours)])
        if (name := " ".join(words).title()) not in taken:
            return name
    raise AssertionError  # count() never ends


@cache
def _words() -> tuple[list[str], list[str]]:
    from coolname.data import config

    lists = cast("dict[str, dict[str, list[str]]]", config)
    unwelcome = frozenset(_UNWELCOME.split())

    def words(*names: str) -> list[str]:
        return sorted({word for name in names for word in lists[name]["words"]} - unwelcome)

    return words(*_COLOURS), words(*_ANIMALS)
