"""Files that only hand on what others hold."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum

IMPORT = (
    r"^(?:(?:pub(?:\([^)]*\))? )?(?:use|mod|extern crate) [\w:{}*, ]+;?$"
    r"|(?:(?:public|static|private) )?import\b|from [\w.]+ import\b|# *(?:include|import)\b"
    r"|using [\w.:= <>]+;$|use [\w\\:]|(?:open|export) import\b|open [A-Z][\w.]*(?: public)?$"
    r"|export (?:type )?(?:\*(?: as \w+)?|\{[^}]*\}) from\b|export (?:default )?\{[^}]*\};?$"
    r"|require(?:_relative|_once)?[ (]|include(?:_once)?[ (\"]|(?:const|let|var|local) .*= ?require"
    r"|(?:module\.)?exports?\b.*\brequire\(|@(?:import|use|forward)\b|library\(|source[ (]"
    r"|load\(|-include|\(:?require\b|\(:?use\b|\(:?import\b|\(use-modules"
    r"|package [\w.]+;?$|namespace [\w\\.]+;?$|<\?php$)"
)
"""RE2, of a line without the white space around it."""


class Imports(Maximum):
    """Files that import and hand on, and do nothing else.

    What: share of the lines that are not blank which import, include or export by name.
    Why: such a list says what a project holds and nothing else.
    Dropped: barrels, umbrella headers, packages that only gather their modules.
    Kept: modules that use what they import.
    Cost: a regular expression over each distinct line.
    Source: OpenCoder's filters (arXiv:2411.04905): 0.3 for Python, which drops short modules. Of 40
        files of eleven languages above 0.7, read by eye, two have something of their own.
    """

    name = "imports"
    score_name = "import_line_share"
    digits = 4
    default = 0.7
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of imports; null where all lines are blank."""
        return batch.share(batch.matching_lines(IMPORT), batch.num_written_lines)
