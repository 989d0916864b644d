import pyarrow as pa
import pytest

from codemill.transforms.licences.expressions import PROPRIETARY
from codemill.transforms.licences.expressions import UNRECOGNISED as UNKNOWN
from codemill.transforms.licences.licence_paths import is_licence_bearing
from codemill.transforms.licences.merge import HeaderMerge
from codemill.transforms.licences.resolve import RepositoryLicences


@pytest.fixture
def resolve(recogniser, licence_text):
    """Resolves {path: text}, where `@MIT` stands for a licence's text."""

    def run(files):
        content = {
            path: (licence_text[text[1:]] if text.startswith("@") else text).encode()
            for path, text in files.items()
        }
        return RepositoryLicences(recogniser).resolve(content)

    return run


def governing(found, path):
    licence, by = found.apply(pa.array([path]))
    return licence[0].as_py(), by[0].as_py()


def test_the_root_licence_governs_every_path(resolve):
    found = resolve({"LICENSE": "@MIT"})
    assert governing(found, "src/deep/a.c") == ("MIT", "repository:LICENSE")
    assert governing(found, "a.c") == ("MIT", "repository:LICENSE")


def test_the_nearest_licence_file_up_the_tree_wins(resolve):
    found = resolve({"LICENSE": "@MIT", "lib/x/COPYING": "@GPL-3.0"})
    assert governing(found, "lib/x/src/a.c") == ("GPL-3.0-only", "folder:lib/x/COPYING")
    assert governing(found, "lib/y.c") == ("MIT", "repository:LICENSE")
    assert governing(found, "lib/xy/a.c") == ("MIT", "repository:LICENSE")


def test_a_licence_file_that_is_not_recognised_is_not_passed_over(resolve):
    found = resolve({"LICENSE": "@MIT", "lib/LICENSE": "Ask Bob first."})
    assert governing(found, "lib/a.c") == (UNKNOWN, "folder:lib/LICENSE")


def test_metadata_that_disagrees_with_the_licence_file_is_joined_to_it(resolve):
    found = resolve({"LICENSE": "@GPL-3.0", "package.json": '{"license": "MIT"}'})
    assert found.repository.licence == "GPL-3.0-only AND MIT"
    assert found.repository.by == "repository:LICENSE GPL-3.0-only; metadata:package.json MIT"


def test_metadata_that_agrees_leaves_the_licence_file_alone(resolve):
    found = resolve({"LICENSE": "@BSD-2-Clause", "package.json": '{"license": "BSD"}'})
    assert (found.repository.licence, found.repository.by) == ("BSD-2-Clause", "repository:LICENSE")


def test_metadata_says_whether_later_gnu_versions_will_do(resolve):
    found = resolve({"COPYING": "@GPL-3.0", "setup.cfg": "[metadata]\nlicense = GPLv3+\n"})
    assert found.repository.licence == "GPL-3.0-or-later"


def test_metadata_alone_speaks_for_its_folder(resolve):
    found = resolve({"package.json": '{"license": "ISC"}'})
    assert governing(found, "src/a.js") == ("ISC", "metadata:package.json")


def test_metadata_inside_a_licensed_repository_adds_to_it(resolve):
    found = resolve({"LICENSE": "@GPL-2.0", "sub/package.json": '{"license": "MIT"}'})
    assert governing(found, "sub/a.js") == (
        "GPL-2.0-only AND MIT",
        "repository:LICENSE GPL-2.0-only; metadata:sub/package.json MIT",
    )


def test_files_named_for_their_licences_are_a_choice(resolve):
    found = resolve({"LICENSE-MIT": "@MIT", "LICENSE-APACHE": "@Apache-2.0"})
    assert found.repository.licence == "Apache-2.0 OR MIT"


def test_files_not_named_for_their_licences_all_hold(resolve):
    found = resolve({"LICENSE": "@MIT", "COPYING": "@GPL-2.0"})
    assert found.repository.licence == "GPL-2.0-only AND MIT"


def test_metadata_can_offer_a_choice_between_files(resolve):
    found = resolve(
        {
            "LICENSE": "@MIT",
            "COPYING": "@GPL-2.0",
            "Cargo.toml": '[package]\nlicense = "MIT OR GPL-2.0-only"\n',
        }
    )
    assert found.repository.licence == "MIT OR GPL-2.0-only"


def test_a_readme_does_not_overrule_a_licence_file(resolve):
    found = resolve({"COPYING": "@GPL-3.0", "README.md": "Licensed under the MIT license."})
    assert found.repository.licence == "GPL-3.0-only"


def test_a_readme_speaks_where_nothing_else_does(resolve):
    found = resolve({"README.md": "Licensed under the MIT license."})
    assert (found.repository.licence, found.repository.by) == ("MIT", "readme:README.md")


def test_the_licences_of_a_wheel_govern_the_folder_beside_it(resolve):
    found = resolve(
        {
            "x-1.0.dist-info/METADATA": "License-Expression: MIT\n",
            "x-1.0.dist-info/licenses/LICENSE": "@MIT",
        }
    )
    assert governing(found, "x/a.py")[0] == "MIT"


def test_a_collection_of_texts_counts_where_no_licence_file_does(resolve):
    texts = {"LICENSES/MIT.txt": "@MIT", "LICENSES/GPL-2.0-only.txt": "@GPL-2.0"}
    assert resolve(texts).repository.licence == "GPL-2.0-only AND MIT"
    assert resolve({**texts, "LICENSE": "@MIT"}).repository.licence == "MIT"


def test_an_r_package_leaves_its_licence_to_its_description(resolve):
    found = resolve(
        {
            "LICENSE": "YEAR: 2020\nCOPYRIGHT HOLDER: Ada\n",
            "DESCRIPTION": "License: MIT + file LICENSE\n",
        }
    )
    assert found.repository.licence == "MIT"


def test_a_licence_file_that_only_names_owners_states_no_licence(resolve):
    found = resolve({"COPYING": "Copyright © 2013–2016 Ada, 王二麻子, and Seán Ó Rudaí\n"})
    assert found.repository.licence is None


def test_nothing_found_is_null(resolve):
    assert governing(resolve({}), "a.c") == (None, None)


def test_apply_keeps_order_and_takes_slices_and_empty_columns(resolve):
    found = resolve({"LICENSE": "@MIT", "b/LICENSE": "@ISC"})
    column = pa.array(["x", "b/a", "c/d", "b/e/f", "y"]).slice(1, 3)
    assert found.apply(column)[0].to_pylist() == ["ISC", "MIT", "ISC"]
    assert found.apply(pa.array([], pa.string()))[0].to_pylist() == []


def test_hostile_content_never_raises(resolve):
    found = resolve({"LICENSE": "\x00" * 100, "package.json": "{" * 50_000, "README": "(" * 9_999})
    assert found.repository.licence == UNKNOWN


BEARING = {
    "LICENSE": True,
    "licence.txt": True,
    "sub/COPYING.LESSER": True,
    "MIT-LICENSE": True,
    "LICENSE-APACHE": True,
    "UNLICENSE": True,
    "LICENSES/MIT.txt": True,
    "x.dist-info/licenses/AUTHORS": True,
    "package.json": True,
    "a/b.gemspec": True,
    "README.md": True,
    "pkg-1.0/README.md": True,
    "a/b/README.md": False,
    "NOTICE": True,
    "debian/copyright": True,
    ".reuse/dep5": True,
    "docs/REUSE.toml": True,
    "app/build.gradle.kts": True,
    "src/license.py": False,
    "template/license.erb": False,
    "src/license_check.go": False,
    "relicense_notes": False,
    "data.json": False,
    None: False,
}


def test_licence_bearing_is_told_from_the_path():
    found = is_licence_bearing(pa.array(list(BEARING), pa.string()))
    assert dict(zip(BEARING, found.to_pylist(), strict=True)) == BEARING


MERGED = [
    (("MIT", "repository:LICENSE", None, None), ("MIT", "repository:LICENSE")),
    ((None, None, "MIT", "header:tag"), ("MIT", "header:tag")),
    (("MIT", "r", "MIT", "header:tag"), ("MIT", "r")),
    (("Apache-2.0 AND MIT", "r", "MIT", "header:tag"), ("Apache-2.0 AND MIT", "r")),
    (
        ("MIT", "r", "GPL-2.0-only", "header:tag"),
        ("GPL-2.0-only AND MIT", "r MIT; header:tag GPL-2.0-only"),
    ),
    (
        ("MIT OR GPL-2.0-only", "r", "GPL-2.0-only", "h"),
        ("GPL-2.0-only", "r MIT OR GPL-2.0-only; h GPL-2.0-only"),
    ),
    (
        ("GPL-2.0-only", "r", "GPL-2.0-or-later", "h"),
        ("GPL-2.0-or-later", "r GPL-2.0-only; h GPL-2.0-or-later"),
    ),
    (
        ("MIT", "r", PROPRIETARY, "header:notice"),
        (PROPRIETARY, f"r MIT; header:notice {PROPRIETARY}"),
    ),
    ((None, None, None, None), (None, None)),
]


def test_a_header_is_joined_strictly_with_its_folder(expressions):
    merge = HeaderMerge(expressions)
    columns = [pa.array(c, pa.string()) for c in zip(*(row for row, _ in MERGED), strict=True)]
    licence, by = merge.apply(*columns)
    found = list(zip(licence.to_pylist(), by.to_pylist(), strict=True))
    assert found == [expected for _, expected in MERGED]


def test_a_header_chooses_from_a_collection_of_texts(expressions, resolve):
    texts = {"LICENSES/MIT.txt": "@MIT", "LICENSES/GPL-2.0-only.txt": "@GPL-2.0"}
    found = resolve(texts).repository
    merge = HeaderMerge(expressions)
    assert merge.merge_header(found.licence, found.by, "MIT", "header:tag").licence == "MIT"
    own = merge.merge_header(found.licence, found.by, "ISC", "header:tag").licence
    assert own == "GPL-2.0-only AND ISC AND MIT"
    assert merge.merge_header(found.licence, found.by, None, None).licence == "GPL-2.0-only AND MIT"


def test_files_that_disagree_are_told_with_what_each_states(resolve):
    found = resolve({"LICENSE": "@MIT", "COPYING": "@GPL-2.0"})
    assert found.repository.by == "repository:COPYING GPL-2.0-only; repository:LICENSE MIT"


DEP5 = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2020 Ada
License: Expat

Files: src/*.c
 lib/x?.h
Copyright: 2021 Bob
License: GPL-2+ or Artistic-2.0

Files: src/own/*
License: own-words
 Permission to use, copy, modify, and/or distribute this software for any
 purpose with or without fee is hereby granted, provided that the above
 copyright notice and this permission notice appear in all copies.
 .
 THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
 AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
 LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
 OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
 PERFORMANCE OF THIS SOFTWARE.

Files: debian/*
License: secret-terms

License: secret-terms
 Ask Bob first.
"""


def test_debian_copyright_speaks_path_by_path_and_the_last_paragraph_counts(resolve):
    found = resolve({"debian/copyright": DEP5})
    by = "metadata:debian/copyright"
    assert governing(found, "a/b.py") == ("MIT", by)
    assert governing(found, "src/deep/a.c") == ("Artistic-2.0 OR GPL-2.0-or-later", by)
    assert governing(found, "lib/x1.h") == ("Artistic-2.0 OR GPL-2.0-or-later", by)
    assert governing(found, "lib/x12.h") == ("MIT", by)
    assert governing(found, "src/own/a.c") == ("ISC", by)
    assert governing(found, "debian/rules") == (UNKNOWN, by)
    assert found.repository == found.of_path("README")


def test_debian_copyright_adds_to_the_licence_file(resolve):
    found = resolve({"debian/copyright": DEP5, "LICENSE": "@MIT"})
    assert governing(found, "a.py") == ("MIT", "repository:LICENSE")
    assert governing(found, "src/a.c") == (
        "MIT AND (Artistic-2.0 OR GPL-2.0-or-later)",
        "repository:LICENSE MIT; metadata:debian/copyright Artistic-2.0 OR GPL-2.0-or-later",
    )


def test_debian_copyright_in_free_form_speaks_where_nothing_else_does(resolve):
    text = "It was downloaded from nowhere.\n\nLicensed under the MIT license.\n"
    found = resolve({"debian/copyright": text})
    assert governing(found, "a.c") == ("MIT", "readme:debian/copyright")
    assert resolve({"debian/copyright": text, "LICENSE": "@ISC"}).repository.licence == "ISC"


REUSE = """version = 1

[[annotations]]
path = ["docs/**", "*.md"]
SPDX-License-Identifier = "CC-BY-4.0"

[[annotations]]
path = "docs/code/*.py"
SPDX-License-Identifier = ["MIT", "ISC"]
"""


def test_reuse_annotations_take_the_place_of_what_stands_above_them(resolve):
    found = resolve({"REUSE.toml": REUSE, "LICENSE": "@GPL-3.0", "docs/lib/LICENSE": "@MIT"})
    assert governing(found, "docs/a/b.txt") == ("CC-BY-4.0", "path:REUSE.toml")
    assert governing(found, "x.md") == ("CC-BY-4.0", "path:REUSE.toml")
    assert governing(found, "a/x.md") == ("GPL-3.0-only", "repository:LICENSE")
    assert governing(found, "docs/code/a.py") == ("ISC AND MIT", "path:REUSE.toml")
    assert governing(found, "docs/lib/a.txt") == (
        "CC-BY-4.0 AND MIT",
        "folder:docs/lib/LICENSE MIT; path:REUSE.toml CC-BY-4.0",
    )


def test_reuse_annotations_reach_no_farther_than_their_folder(resolve):
    found = resolve({"part/REUSE.toml": REUSE})
    assert governing(found, "part/docs/a.txt") == ("CC-BY-4.0", "path:part/REUSE.toml")
    assert governing(found, "docs/a.txt") == (None, None)


def test_the_old_form_of_reuse_is_debians(resolve):
    found = resolve({".reuse/dep5": DEP5, "LICENSE": "@GPL-3.0"})
    assert governing(found, "a.py") == ("MIT", "path:.reuse/dep5")


def test_metadata_that_points_to_terms_which_are_not_read_is_not_passed_over(resolve):
    files = {"LICENSE": "@MIT", "ee/package.json": '{"license": "SEE LICENSE IN doc/terms.txt"}'}
    assert governing(resolve(files), "ee/a.js")[0] == f"{UNKNOWN} AND MIT"


def test_metadata_that_points_to_a_licence_file_agrees_with_it(resolve):
    pointed = {"package.json": '{"license": "SEE LICENSE IN LICENSE.txt"}', "LICENSE.txt": "@MIT"}
    assert resolve(pointed).repository.licence == "MIT"
    above = {"LICENSE": "@MIT", "a/Cargo.toml": '[package]\nlicense-file = "../LICENSE"\n'}
    assert governing(resolve(above), "a/x.rs") == ("MIT", "repository:LICENSE")
    aside = {
        "LICENSE": "@MIT",
        "b/LICENSE": "@GPL-3.0",
        "a/Cargo.toml": '[package]\nlicense-file = "../b/LICENSE"\n',
    }
    assert governing(resolve(aside), "a/x.rs")[0] == "GPL-3.0-only AND MIT"


def test_the_files_that_govern_are_told_with_their_notices(resolve):
    found = resolve({"LICENSE": "@MIT", "NOTICE": "Made by Ada", "lib/NOTICE.txt": "And by Bob"})
    assert found.of_path("a.c").files == ("LICENSE", "NOTICE")
    assert found.of_path("lib/a.c").files == ("LICENSE", "NOTICE", "lib/NOTICE.txt")
    assert found.of_path("lib/a.c").licence == "MIT"


def test_a_vendored_folder_goes_by_its_own_licence_file(resolve):
    found = resolve({"COPYING": "@GPL-2.0", "third_party/z/LICENSE": "@Zlib"})
    assert governing(found, "third_party/z/a.c") == ("Zlib", "folder:third_party/z/LICENSE")


def test_hostile_statements_about_paths_never_raise_and_end(resolve):
    globs = " ".join("*a" * 200 + str(i) for i in range(300))
    dep5 = f"Format: copyright-format\n\nFiles: {globs}\nLicense: MIT\n\n" + " x\n" * 100_000
    files = {"debian/copyright": dep5, "REUSE.toml": "annotations = 1", "a/REUSE.toml": "[" * 9999}
    assert governing(resolve(files), "a" * 2000) == (None, None)


def test_names_alone_offer_no_choice_of_a_licence_that_is_seldom_offered(resolve):
    found = resolve({"LICENSE-MIT": "@MIT", "LICENSE-GPL": "@GPL-3.0"})
    assert found.repository.licence == "GPL-3.0-only AND MIT"
