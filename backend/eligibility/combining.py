"""From the answers of shared conditions to the answers of shared groups, by bit sets.

A bit set is one long integer with a bit per group. A condition that fails decides every "all" it stands in, one that
holds decides every "any", an unknown one leaves both in doubt: for each condition that is one OR, whatever the number
of rules. What is left, groups within groups and counted ones, is settled one by one, parts before wholes.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from backend.eligibility.sharing import Shared, Sharing

# Answers as numbers; as an index they pick what the answer of a condition does to its groups.
NO: Final = 0
UNKNOWN: Final = 1
YES: Final = 2

_ANY: Final = 1
_DECIDED: Final = 1
_DOUBTED: Final = 2
# From decided + 2 × doubted to the answer of an "all", and 4 further on of an "any": decided goes before doubted.
_SETTLED: Final = bytes([YES, NO, UNKNOWN, NO, NO, YES, UNKNOWN, YES]).ljust(256, b"\0")
_BITS: Final = bytes.maketrans(b"01", b"\x00\x01")


class Combining:
    """`combine(known)`: one byte for each condition gives one byte for each group."""

    def __init__(self, sharing: Sharing) -> None:
        groups = sharing.groups
        self._count = len(groups)
        self._any = int.from_bytes(bytes(4 * (group.needed == _ANY) for group in groups), "little")
        above = _parents(groups, len(sharing.conditions))
        self._pushed = [(_mask(alls), _mask((*alls, *anys)), _mask(anys)) for alls, anys in above]
        inner = [(at, group) for at, group in enumerate(groups) if group.above or group.needed > _ANY]
        self._inner = [(at, group, _DECIDED * _only_opposite(group, groups)) for at, group in inner]
        self._is_any = bytes(group.needed == _ANY for group in groups)
        self._is_counted = bytes(group.needed > _ANY for group in groups)

    def combine(self, known: bytes | bytearray) -> bytes:
        decided = doubted = 0
        for answer, pushed in zip(known, self._pushed, strict=True):
            if answer == UNKNOWN:
                doubted |= pushed[UNKNOWN]
            else:
                decided |= pushed[answer]
        stands = bytearray(
            (self._spread(decided) + _DOUBTED * self._spread(doubted) + self._any).to_bytes(self._count, "little")
        )
        counted = self._settle_inner(known, stands)
        settled = bytearray(stands.translate(_SETTLED))
        for at, answer in counted.items():
            settled[at] = answer
        return bytes(settled)

    def _spread(self, bits: int) -> int:
        """A bit for each group becomes a byte for each group, still as one integer."""
        return int.from_bytes(format(bits, f"0{self._count}b").encode().translate(_BITS), "big")

    def _settle_inner(self, known: bytes | bytearray, stands: bytearray) -> dict[int, int]:
        """Hand the answers of inner groups up; returns those of the groups that count their parts."""
        counted: dict[int, int] = {}
        for at, group, says_nothing in self._inner:
            if stands[at] & says_nothing:
                continue
            if group.needed > _ANY:
                answer = counted[at] = self._count_parts(group, known, stands, counted)
            else:
                answer = _SETTLED[stands[at]]
            for above in group.above:
                if not self._is_counted[above]:
                    stands[above] |= _DOUBTED if answer == UNKNOWN else (answer == YES) == self._is_any[above]
        return counted

    def _count_parts(self, group: Shared, known: bytes | bytearray, stands: bytearray, counted: dict[int, int]) -> int:
        answers = [known[at] for at in group.conditions]
        answers += [counted[at] if at in counted else _SETTLED[stands[at]] for at in group.groups]
        if answers.count(YES) >= group.needed:
            return YES
        return NO if len(answers) - answers.count(NO) < group.needed else UNKNOWN


def _only_opposite(group: Shared, groups: Sequence[Shared]) -> bool:
    """An "any" within "all" that holds, or an "all" within "any" that fails, changes nothing above it."""
    return group.needed <= _ANY and all(groups[at].needed == _ANY - group.needed for at in group.above)


def _parents(groups: Iterable[Shared], conditions: int) -> list[tuple[list[int], list[int]]]:
    """For each condition the "all" and the "any" groups it stands in."""
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(conditions)]
    for number, group in enumerate(groups):
        if group.needed <= _ANY:
            for at in group.conditions:
                found[at][group.needed == _ANY].append(number)
    return found


def _mask(numbers: Iterable[int]) -> int:
    bits = bytearray()
    for number in numbers:
        byte = number >> 3
        if byte >= len(bits):
            bits.extend(bytes(byte + 1 - len(bits)))
        bits[byte] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")
