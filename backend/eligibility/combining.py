"""From the answers of shared conditions to the answers of shared groups.

A condition that fails decides every "all" it stands in, one that holds decides every "any", an unknown one leaves both
in doubt. For a condition that stands in many groups this is one OR of bit sets (one long integer with a bit per group),
for one of few groups a mark in each. What is left, groups within groups and counted ones, is settled one by one, parts
before wholes.
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
_MARKS: Final = (_DECIDED, _DOUBTED, _DECIDED)  # what the answers NO, UNKNOWN and YES do where they do anything
_FEW: Final = 16  # groups of a condition, up to which marking each is quicker than a bit set for all
# From decided + 2 × doubted to the answer of an "all", and 4 further on of an "any": decided goes before doubted.
_SETTLED: Final = bytes([YES, NO, UNKNOWN, NO, NO, YES, UNKNOWN, YES]).ljust(256, b"\0")
# From the same to the mark in a group of the other kind: an "any" that holds leaves an "all" as it is, one that fails
# decides it, one in doubt leaves it in doubt; an "all" within an "any" likewise.
_TO_OPPOSITE: Final = bytes([_DECIDED, 0, _DOUBTED, 0] * 2)
_BITS: Final = bytes.maketrans(b"01", b"\x00\x01")


class Combining:
    """`combine(known)`: one byte for each condition gives one byte for each group."""

    def __init__(self, sharing: Sharing) -> None:
        groups = sharing.groups
        self._count = len(groups)
        self._any = int.from_bytes(bytes(4 * (group.needed == _ANY) for group in groups), "little")
        above = _parents(groups, len(sharing.conditions))
        self._widely = [(at, *_masks(*two)) for at, two in enumerate(above) if _is_wide(*two)]
        self._rarely = [(at, _marks(*two)) for at, two in enumerate(above) if not _is_wide(*two)]
        plain = [group.above and not group.groups and _only_opposite(group, groups) for group in groups]
        self._plain = [(at, tuple(group.above)) for at, group in enumerate(groups) if plain[at]]
        inner = [(at, group) for at, group in enumerate(groups) if group.above or group.needed > _ANY]
        self._inner = [(at, group) for at, group in inner if not plain[at]]
        self._is_any = bytes(group.needed == _ANY for group in groups)
        self._is_counted = bytes(group.needed > _ANY for group in groups)

    def combine(self, known: bytes | bytearray) -> bytes:
        stands = self._from_conditions(known)
        self._hand_up(stands)
        counted = self._settle_inner(known, stands)
        settled = bytearray(stands.translate(_SETTLED))
        for at, answer in counted.items():
            settled[at] = answer
        return bytes(settled)

    def _from_conditions(self, known: bytes | bytearray) -> bytearray:
        """For each group whether its conditions decide it or leave it in doubt, by the bits of `_SETTLED`."""
        decided = doubted = 0
        for at, by_no, by_doubt, by_yes in self._widely:
            answer = known[at]
            if answer == UNKNOWN:
                doubted |= by_doubt
            else:
                decided |= by_yes if answer else by_no
        both = self._spread(decided) + _DOUBTED * self._spread(doubted) + self._any
        stands = bytearray(both.to_bytes(self._count, "little"))
        for at, marked in self._rarely:
            answer = known[at]
            for group in marked[answer]:
                stands[group] |= _MARKS[answer]
        return stands

    def _spread(self, bits: int) -> int:
        """A bit for each group becomes a byte for each group, still as one integer."""
        return int.from_bytes(format(bits, f"0{self._count}b").encode().translate(_BITS), "big")

    def _hand_up(self, stands: bytearray) -> None:
        """What groups of conditions alone do to groups of the other kind, which is nearly all there is to do."""
        for at, above in self._plain:
            mark = _TO_OPPOSITE[stands[at]]
            if mark:
                for group in above:
                    stands[group] |= mark

    def _settle_inner(self, known: bytes | bytearray, stands: bytearray) -> dict[int, int]:
        """Hand the answers of the other inner groups up; returns those of the groups that count their parts."""
        counted: dict[int, int] = {}
        for at, group in self._inner:
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
    """An "any" that stands in "all" only, or an "all" in "any" only."""
    return group.needed <= _ANY and all(groups[at].needed == _ANY - group.needed for at in group.above)


def _parents(groups: Iterable[Shared], conditions: int) -> list[tuple[list[int], list[int]]]:
    """For each condition the "all" and the "any" groups it stands in."""
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(conditions)]
    for number, group in enumerate(groups):
        if group.needed <= _ANY:
            for at in group.conditions:
                found[at][group.needed == _ANY].append(number)
    return found


def _is_wide(alls: list[int], anys: list[int]) -> bool:
    return len(alls) + len(anys) > _FEW


def _masks(alls: list[int], anys: list[int]) -> tuple[int, int, int]:
    """The groups that NO decides, UNKNOWN leaves in doubt, YES decides."""
    return _mask(alls), _mask((*alls, *anys)), _mask(anys)


def _marks(alls: list[int], anys: list[int]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    return tuple(alls), (*alls, *anys), tuple(anys)


def _mask(numbers: Iterable[int]) -> int:
    bits = bytearray()
    for number in numbers:
        byte = number >> 3
        if byte >= len(bits):
            bits.extend(bytes(byte + 1 - len(bits)))
        bits[byte] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")
