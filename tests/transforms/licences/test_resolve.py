import pyarrow as pa
import pytest

from codemill.transforms.licences.resolve import (
    HeaderMerge,
    RepositoryLicences,
    is_licence_bearing,
)

PROPRIETARY = "LicenseRef-scancode-proprietary-license"
UNKNOWN = "LicenseRef-codemill-unrecognised"


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
    assert found.repository.by == "repository:LICENSE; metadata:package.json"


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
        "repository:LICENSE; metadata:sub/package.json",
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
    "NOTICE": False,
    "src/license.py": False,
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
    (("MIT", "r", "GPL-2.0-only", "header:tag"), ("GPL-2.0-only AND MIT", "r; header:tag")),
    (("MIT OR GPL-2.0-only", "r", "GPL-2.0-only", "h"), ("GPL-2.0-only", "r; h")),
    (("GPL-2.0-only", "r", "GPL-2.0-or-later", "h"), ("GPL-2.0-or-later", "r; h")),
    (("MIT", "r", PROPRIETARY, "header:notice"), (PROPRIETARY, "header:notice")),
    ((None, None, None, None), (None, None)),
]


def test_a_header_is_joined_strictly_with_its_folder(expressions):
    merge = HeaderMerge(expressions)
    columns = [pa.array(c, pa.string()) for c in zip(*(row for row, _ in MERGED), strict=True)]
    licence, by = merge.apply(*columns)
    found = list(zip(licence.to_pylist(), by.to_pylist(), strict=True))
    assert found == [expected for _, expected in MERGED]
