import pytest

from codemill.transforms.licences.metadata import MetadataReader

UNKNOWN = "LicenseRef-codemill-unrecognised"
DECLARED = [
    ("package.json", '{"license": "MIT"}', "MIT"),
    ("package.json", '{"license": {"type": "ISC", "url": "x"}}', "ISC"),
    ("package.json", '{"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}', "GPL-2.0-only OR MIT"),
    ("package.json", '{"license": "UNLICENSED"}', "LicenseRef-scancode-proprietary-license"),
    ("package.json", '{"license": "SEE LICENSE IN X"}', None),
    ("package.json", '{"license": "Frobnicate"}', UNKNOWN),
    ("package.json", "{", None),
    ("package.json", "[" * 100_000, None),
    ("package.json", "[]", None),
    ("composer.json", '{"license": ["LGPL-2.1-only", "MIT"]}', "LGPL-2.1-only OR MIT"),
    ("composer.json", '{"license": "proprietary"}', "LicenseRef-scancode-proprietary-license"),
    ("Cargo.toml", '[package]\nlicense = "MIT/Apache-2.0"\n', "MIT OR Apache-2.0"),
    ("Cargo.toml", "[package]\nlicense.workspace = true\n", None),
    ("Cargo.toml", "license = [", None),
    ("pyproject.toml", '[project]\nlicense = "BSD-3-Clause"\n', "BSD-3-Clause"),
    ("pyproject.toml", '[project]\nlicense = {text = "Apache 2.0"}\n', "Apache-2.0"),
    ("pyproject.toml", '[project]\nlicense = {file = "LICENSE"}\n', None),
    (
        "pyproject.toml",
        '[project]\nclassifiers = ["License :: OSI Approved :: ISC License (ISCL)"]\n',
        "ISC",
    ),
    ("setup.cfg", "[metadata]\nlicense = GPLv3+\n", "GPL-3.0-or-later"),
    ("setup.cfg", "no section\n", None),
    ("setup.py", "setup(\n    license='Apache License, Version 2.0',\n)", "Apache-2.0"),
    ("x.dist-info/METADATA", "Name: x\nLicense-Expression: MIT\nLicense: y\n\nGPL", "MIT"),
    ("x.egg-info/PKG-INFO", "License: UNKNOWN\nClassifier: License :: Public Domain\n", None),
    (
        "PKG-INFO",
        "License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n",
        "MIT",
    ),
    (
        "a.gemspec",
        'Gem::Specification.new do |s|\n  s.licenses = ["MIT", "Ruby"]\nend',
        "MIT AND Ruby",
    ),
    ("a.gemspec", "  spec.license = 'MIT'.freeze\n", "MIT"),
    ("a.rockspec", 'license = "MIT/X11",\n', "MIT"),
    ("a.cabal", "license:        BSD3\n", "BSD-3-Clause"),
    ("DESCRIPTION", "Package: x\nLicense: MIT + file LICENSE\n", "MIT"),
    ("DESCRIPTION", "License: GPL (>= 2)\n", "GPL-2.0-or-later"),
    ("a.opam", 'license: "ISC"\n', "ISC"),
    ("mix.exs", 'licenses: ["Apache-2.0"],', "Apache-2.0"),
    ("pom.xml", "<licenses><license><name>Apache License, Version 2.0</name>", "Apache-2.0"),
    ("META.json", '{"license": ["perl_5"]}', "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("unknown.json", '{"license": "MIT"}', None),
    ("package.json", "\x00\xff", None),
]


@pytest.mark.parametrize(("path", "content", "expected"), DECLARED)
def test_metadata_declares_what_its_field_says(recogniser, path, content, expected):
    found = MetadataReader(recogniser).declared(path, content.encode("utf-8", "surrogatepass"))
    assert (found and found.expression) == expected


def test_bytes_that_are_no_text_declare_nothing(recogniser):
    reader = MetadataReader(recogniser)
    for path in ("package.json", "Cargo.toml", "setup.cfg", "METADATA", "a.gemspec", "pom.xml"):
        assert reader.declared(path, bytes(range(256)) * 10) is None


def test_a_name_without_a_version_is_vague(recogniser):
    found = MetadataReader(recogniser).declared("package.json", b'{"license": "BSD"}')
    assert (found.expression, found.vague) == ("BSD-3-Clause", True)


def test_a_line_that_would_take_ages_to_parse_declares_nothing(recogniser):
    content = b"1.1.1." * 50_000
    assert MetadataReader(recogniser).declared("pyproject.toml", content) is None
