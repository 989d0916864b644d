"""`codemill forget`: takes what an opt-out list names out of a finished corpus.

    find (files/, ledger/) -> plan -> rewrite the files that hold theirs -> pages -> count
                                   -> prove -> manifest.json

`record` is what a later build asks; `plan`, `rewrite`, `proof` and `run` are the steps.
"""
