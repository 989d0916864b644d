"""Whether a rule drops as many files as is expected: by more than chance, and than one source.

Files of a repository are alike, so one repository that loses all its files is no finding: what is
found of several holds without the one that loses most, too. Neither is a share of few files: the
chance of a share as far outside its range has to be less than `CHANCE`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

CHANCE = 1e-6
"""Of a false finding where files were independent. A build holds some 300 languages against 30
rules: together they find something by chance in one build of a hundred."""
FEWEST_REPOSITORIES = 50
"""Of fewer, too few drops are no finding: no repository has to hold what a rule drops."""

FEWEST_TO_STOP = 40
"""A language of fewer files is worth a warning, and no reason to stop a build."""

LEAST_TO_STOP = 0.01
"""Share of all files: a rule that drops fewer of a language is worth a warning likewise. Of 105
clones all 85 files of checksums were too small: 0.2% of what was judged."""


class Range(NamedTuple):
    """Shares of files, 0 to 1, that a rule is expected to drop."""

    least: float
    most: float

    def beyond(self, part: float) -> float:
        """The share at `part` of the way from the end of the range to all files."""
        return self.most + part * (1 - self.most)


@dataclass(frozen=True)
class Losses:
    """What one rule drops of some files."""

    files: int
    dropped: int
    repositories: int
    """Repositories that the files are of."""
    worst: str
    """The repository of which most files are dropped; of equal ones the first by name."""
    worst_files: int
    worst_dropped: int
    is_all_there_is: bool = False
    """Whether the corpus is of one repository: then there is no other to hold it against."""

    @property
    def share(self) -> float:
        """Dropped of all; 0 of none."""
        return self.dropped / self.files if self.files else 0.0

    def is_more(self, share: float) -> bool:
        """Whether more than `share` is dropped, by more than chance and by more than one source."""
        if not is_above(self.dropped, self.files, share):
            return False
        rest = self.dropped - self.worst_dropped, self.files - self.worst_files
        return self.is_all_there_is or is_above(*rest, share)

    def is_beyond(self, line: float, all_files: int) -> bool:
        """Whether it is so of many files, with the worst repository and without.

        `all_files` are those of all languages.
        """
        if self.files < FEWEST_TO_STOP or self.dropped < LEAST_TO_STOP * all_files:
            return False
        rest, rest_files = self.dropped - self.worst_dropped, self.files - self.worst_files
        without = self.is_all_there_is or rest > line * rest_files
        return self.dropped > line * self.files and without

    def is_less(self, share: float) -> bool:
        """Whether less than `share` is dropped, by more than chance and of many repositories."""
        if self.repositories < FEWEST_REPOSITORIES:
            return False
        return is_above(self.files - self.dropped, self.files, 1 - share)


def is_above(part: int, whole: int, share: float) -> bool:
    """Whether `part` of `whole` is more than `share`, and by less than `CHANCE` would be by luck.

    The bound is Chernoff's: of n draws at probability p, a share of q or more has a probability of
    at most exp(-n * KL(q, p)), KL being the relative entropy (Hoeffding 1963, theorem 1).
    """
    if not whole or share >= 1 or part <= share * whole:
        return False
    return share <= 0 or whole * _relative_entropy(part / whole, share) > -math.log(CHANCE)


def _relative_entropy(found: float, expected: float) -> float:
    other = (1 - found) * math.log((1 - found) / (1 - expected)) if found < 1 else 0.0
    return found * math.log(found / expected) + other
