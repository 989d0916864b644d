"""`duplicates`: copies that differ in layout, and near-duplicates; nothing else.

    signatures/ -> copies -> by part                                work/duplicates/copies
                -> band -> propose -> by part                       work/duplicates/pairs
    pairs -> shingle sets of the files they name                    work/duplicates/sets
          -> verify, exactly                                        work/duplicates/verified
          -> settle in keep order, in rounds                        work/duplicates/settled
          -> choose what each is removed for                        work/duplicates/chosen
          -> write                     work/duplicates/removals, ledger/duplicates

A file is removed only for a file that is kept and at least as similar as the threshold says. What
crosses a shuffle is hashes, places, ranks and ids: no content and no shingles.
"""

from codemill.pipeline.stages.duplicates.stage import STAGE, count_rules
from codemill.pipeline.stages.duplicates.write import LEDGER_DIR, removed_rows

__all__ = ["LEDGER_DIR", "STAGE", "count_rules", "removed_rows"]
