import textwrap

import pytest

from codemill.pipeline.licensing import load_recogniser
from codemill.pipeline.packaged import load_licensing
from codemill.transforms.licences.expressions import Expressions
from codemill.transforms.licences.words import MAX_TEXT_CHARS

EXACT = {
    "0BSD": "0BSD",
    "AGPL-3.0": "AGPL-3.0-only",
    "Apache-2.0": "Apache-2.0",
    "BSD-2-Clause": "BSD-2-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "BSD-3-Clause-Clear": "BSD-3-Clause-Clear",
    "EPL-1.0": "EPL-1.0",
    "EPL-2.0": "EPL-2.0",
    "GPL-2.0": "GPL-2.0-only",
    "GPL-3.0": "GPL-3.0-only",
    "ISC": "ISC",
    "LGPL-2.1": "LGPL-2.1-only",
    "LGPL-3.0": "LGPL-3.0-only",
    "MIT": "MIT",
    "MPL-2.0": "MPL-2.0",
    "Unlicense": "Unlicense",
    "Zlib": "Zlib",
}


@pytest.mark.parametrize(("spdx_id", "expected"), EXACT.items())
def test_a_full_text_is_recognised_and_a_gnu_text_alone_grants_no_later_version(
    recogniser, licence_text, spdx_id, expected
):
    assert recogniser.recognise(licence_text[spdx_id]) == expected


@pytest.mark.parametrize("spdx_id", ["MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Apache-2.0"])
def test_layout_case_and_comment_marks_do_not_matter(recogniser, licence_text, spdx_id):
    wrapped = textwrap.fill(licence_text[spdx_id].replace("\n", " ").upper(), 50)
    commented = "/*\n" + textwrap.indent(wrapped, " * ") + "\n */\n"
    assert recogniser.recognise(commented) == spdx_id


def test_the_owner_named_in_a_bsd_text_does_not_matter(recogniser, licence_text):
    text = licence_text["BSD-3-Clause"].replace(
        "Neither the name of the copyright holder nor the names of its",
        "Neither the name of The Example Corporation of Somewhere nor the names of its",
    )
    assert "Example Corporation" in text
    assert recogniser.recognise(text) == "BSD-3-Clause"


def test_an_apache_text_without_its_appendix_is_apache(recogniser, licence_text):
    text = licence_text["Apache-2.0"].split("END OF TERMS AND CONDITIONS")[0]
    assert recogniser.recognise(text) == "Apache-2.0"


@pytest.mark.parametrize(
    ("said", "put"),
    [
        ("without restriction, including", "for non-commercial purposes only, including"),
        ("distribute, sublicense, and/or sell", "distribute, and/or sublicense"),
        ("is hereby granted", "is not granted"),
        ("WITHOUT WARRANTY", "You may not use the Software for military ends. WITHOUT WARRANTY"),
        ("hereby granted", "hereby denied"),
        ("free of charge", "for a fee"),
        ("without restriction", "with restriction"),
        ("is hereby granted", "is hereby n\u043et granted"),
        ("is hereby granted", "is hereby n\u200bot granted"),
    ],
)
def test_an_altered_mit_text_is_never_mit_alone(recogniser, licence_text, said, put):
    text = " ".join(licence_text["MIT"].split())
    assert said in text
    assert recogniser.recognise(text.replace(said, put)) not in ("MIT", "MIT-0", "X11", "ICU")


def test_a_condition_after_a_known_text_is_seen(recogniser, licence_text):
    text = licence_text["MIT"] + "\nCommercial users must purchase a separate agreement.\n"
    assert recogniser.recognise(text) == "LicenseRef-codemill-unrecognised AND MIT"


def test_two_texts_in_one_file_both_hold(recogniser, licence_text):
    text = licence_text["MIT"] + "\n\n-----\n\n" + licence_text["Apache-2.0"]
    assert recogniser.recognise(text) == "Apache-2.0 AND MIT"


def test_two_copies_of_one_text_are_that_licence(recogniser, licence_text):
    text = licence_text["MIT"] + "\n\nPart two\n\n" + licence_text["MIT"]
    assert recogniser.recognise(text) == "MIT"


NOTICES = {
    "This program is free software; you can redistribute it and/or modify it under the terms of "
    "the GNU General Public License as published by the Free Software Foundation; either version "
    "2 of the License, or (at your option) any later version.": "GPL-2.0-or-later",
    "This program is free software; you can redistribute it and/or modify it under the terms of "
    "the GNU General Public License version 2 as published by the Free Software "
    "Foundation.": "GPL-2.0-only",
    "licensed under the GNU Lesser General Public License v2.1": "LGPL-2.1-only",
    "You can redistribute it and/or modify it under the terms of the GNU Affero General Public "
    "License as published by the Free Software Foundation, either version 3 of the License, or "
    "(at your option) any later version.": "AGPL-3.0-or-later",
    "Released under the GPLv3+": "GPL-3.0-or-later",
    "may be copied under the GPL": "GPL-1.0-or-later",
    "Licensed under the MIT license.": "MIT",
    "This is distributed under the BSD 2-Clause License": "BSD-2-Clause",
    'Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file '
    "except in compliance with the License.": "Apache-2.0",
    "Licensed under either of Apache License, Version 2.0 or MIT license at your "
    "option.": "Apache-2.0 OR MIT",
    "This file has been placed in the public domain.": "LicenseRef-scancode-public-domain",
    "This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a "
    "copy of the MPL was not distributed with this file, You can obtain one at "
    "http://mozilla.org/MPL/2.0/.": "MPL-2.0",
    "SPDX-License-Identifier: MIT OR Apache-2.0": "MIT OR Apache-2.0",
    "Creative Commons Zero v1.0 Universal": "CC0-1.0",
}


@pytest.mark.parametrize(("text", "expected"), NOTICES.items())
def test_a_short_notice_is_recognised(recogniser, text, expected):
    assert recogniser.recognise(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "This software is proprietary and confidential.",
        "Unauthorized copying of this file, via any medium, is strictly prohibited.",
        "Do not distribute.",
        "Free for non-commercial use.",
        "For academic use only.",
        "No part of this software may be reproduced without prior written permission.",
    ],
)
def test_terms_that_withhold_rights_are_proprietary(recogniser, text):
    assert recogniser.recognise(text) == "LicenseRef-scancode-proprietary-license"


@pytest.mark.parametrize(
    "text",
    ["", "   \n", "Hello, world.", "See the LICENSE file.", "MITRE attack matrix", "a b", "©"],
)
def test_a_text_that_states_nothing_has_no_licence(recogniser, text):
    assert recogniser.recognise(text) is None


def test_an_unknown_licence_beside_a_known_one_is_not_passed_over(recogniser):
    text = "Code is under the MIT license. Data is licensed under the Frobnicate Data License."
    assert "LicenseRef-codemill-unrecognised" in recogniser.recognise(text)


def test_words_between_a_known_text_and_an_unknown_one_are_counted(recogniser):
    text = "Licensed under the MIT license. " + "Frobnicate gently. " * 100
    found = recogniser.recognition(text)
    assert (found.expression, found.by_text, found.unexplained) == ("MIT", False, 200)


def test_a_reference_to_another_file_says_only_that(recogniser):
    text = "Use of this source code is governed by a license that can be found in the LICENSE file."
    assert recogniser.recognise(text) == "LicenseRef-scancode-unknown-license-reference"


def test_an_exception_is_put_to_the_licence_it_belongs_to(recogniser):
    text = (
        "Licensed under the GNU General Public License version 2 only.\n"
        "Linking this library statically or dynamically with other modules is making a combined "
        "work based on this library. Thus, the terms and conditions of the GNU General Public "
        "License cover the whole combination.\n"
        "As a special exception, the copyright holders of this library give you permission to link "
        "this library with independent modules to produce an executable, regardless of the license "
        "terms of these independent modules, and to copy and distribute the resulting executable "
        "under terms of your choice, provided that you also meet, for each linked independent "
        "module, the terms and conditions of the license of that module. An independent module is "
        "a module which is not derived from or based on this library. If you modify this library, "
        "you may extend this exception to your version of the library, but you are not obligated "
        "to do so. If you do not wish to do so, delete this exception statement from your version."
    )
    assert recogniser.recognise(text) == "GPL-2.0-only WITH Classpath-exception-2.0"


@pytest.mark.parametrize(
    "text",
    ['{"license": "MIT", "text": "line\\nline"}', "<p>Licensed&nbsp;under the MIT license</p>"],
)
def test_markup_and_escapes_do_not_matter(recogniser, text):
    assert recogniser.recognise(text) == "MIT"


def test_a_list_of_licence_names_licenses_nothing(recogniser):
    names = ["AFL-3.0", "AGPL-3.0", "Apache-2.0", "Artistic-2.0", "BSL-1.0", "BSD-2-Clause",
             "BSD-3-Clause", "CC0-1.0", "ECL-2.0", "EPL-1.0", "EPL-2.0", "EUPL-1.1", "GPL-2.0",
             "GPL-3.0", "ISC", "LGPL-2.1", "LGPL-3.0", "MIT", "MPL-2.0", "OSL-3.0", "PostgreSQL",
             "NCSA", "Unlicense", "Zlib"]  # fmt: skip
    assert recogniser.recognise("\n".join(f'  "{name}",' for name in names)) is None


def test_a_text_longer_than_any_licence_is_cut_and_counts_as_not_fully_known(
    recogniser, licence_text
):
    text = licence_text["MIT"] + "\nfrobnicate" * (MAX_TEXT_CHARS // 10)
    assert recogniser.recognise(text) == "LicenseRef-codemill-unrecognised AND MIT"


def test_bsd_two_clause_with_an_advertising_clause_is_not_two_clause(recogniser, licence_text):
    text = licence_text["BSD-2-Clause"].replace(
        "THIS SOFTWARE IS PROVIDED",
        "3. All advertising materials mentioning features or use of this software must display "
        "the following acknowledgement: This product includes software developed by Ada.\n\n"
        "THIS SOFTWARE IS PROVIDED",
        1,
    )
    assert recogniser.recognise(text) not in ("BSD-2-Clause", "BSD-3-Clause", "BSD-1-Clause")


@pytest.mark.parametrize(
    "text",
    [
        "This is NOT MIT licensed.",
        "License: MIT, academic use only",
        "SPDX-License-Identifier: MIT, for non-commercial use only",
        "SPDX-License-Identifier: MIT\nAcme confidential. Internal use only.",
        "SPDX-License-Identifier: MIT\n" * 70 + "SPDX-License-Identifier: Elastic-2.0",
    ],
)
def test_a_mention_or_tag_that_is_taken_back_is_never_the_licence_alone(recogniser, text):
    assert recogniser.recognise(text) != "MIT"


@pytest.mark.parametrize("flip", [False, True])
def test_what_was_seen_before_does_not_decide(flip):
    fresh = load_recogniser(Expressions(load_licensing()))
    close, apart = "MIT License", "MIT\n\n\n\n\n\n\n\n\nLicense"
    for text in (apart, close) if flip else (close, apart):
        fresh.recognise(text)
    assert (fresh.recognise(close), fresh.recognise(apart)) == ("MIT", None)
