"""XML under another name."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum

DECLARATION = "<?xml version="
HEAD_CHARS = 100

DIALECTS = frozenset(
    {
        "Ant Build System",
        "COLLADA",
        "Eagle",
        "Genshi",
        "HTML",
        "HTML+ECR",
        "HTML+EEX",
        "HTML+ERB",
        "HTML+PHP",
        "HTML+Razor",
        "Java Server Pages",
        "Maven POM",
        "RDF",
        "SVG",
        "Web Ontology Language",
        "XML",
        "XML Property List",
        "XPages",
        "XProc",
        "XSLT",
    }
)
"""github-linguist's names of languages that begin with a declaration by right."""


class XmlDisguised(Maximum):
    """Files in the name of another language that are XML.

    What: 1 where `<?xml version=` is in the first 100 characters, else 0; null for XML dialects.
    Why: many tools keep their data as XML under an ending that a language also uses.
    Dropped: Qt translations named .ts, project files, drawings.
    Kept: XML by its own name, style sheets (XSLT), pages that may begin with a declaration.
    Cost: a search in the first 100 characters.
    Source: StarCoder (arXiv:2305.06161).
    """

    name = "xml_disguised"
    score_name = "xml_declarations"
    digits = 0
    default = 0.0
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """1 where there is a declaration, else 0; null for XML's dialects."""
        heads = pc.utf8_slice_codeunits(batch.text, 0, HEAD_CHARS)
        found = pc.match_substring(heads, DECLARATION).cast(pa.float64())
        return pc.if_else(batch.in_languages(DIALECTS), pa.scalar(None, pa.float64()), found)
