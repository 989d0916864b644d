import pytest

from codemill.transforms.licences.expressions import PROPRIETARY
from codemill.transforms.licences.expressions import UNRECOGNISED as UNKNOWN
from codemill.transforms.licences.metadata import MetadataReader

POM = "<project><licenses><license>{}</license></licenses></project>"
GRADLE = "pom {{ licenses {{ license {{ {} }} }} }}"
DECLARED = [
    ("package.json", '{"license": "MIT"}', "MIT"),
    ("package.json", '{"license": {"type": "ISC", "url": "x"}}', "ISC"),
    ("package.json", '{"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}', "GPL-2.0-only OR MIT"),
    ("package.json", '{"license": "UNLICENSED"}', PROPRIETARY),
    ("package.json", '{"license": "SEE LICENSE IN X"}', None),
    ("package.json", '{"license": "Frobnicate"}', UNKNOWN),
    ("package.json", "{", None),
    ("package.json", "[" * 100_000, None),
    ("package.json", "[]", None),
    ("composer.json", '{"license": ["LGPL-2.1-only", "MIT"]}', "LGPL-2.1-only OR MIT"),
    ("composer.json", '{"license": "proprietary"}', PROPRIETARY),
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
    ("pom.xml", "<licenses><license><name>Apache License, Version 2.0</name>", None),
    ("pom.xml", POM.format("<name>The Apache Software License, Version 2.0</name>"), "Apache-2.0"),
    (
        "pom.xml",
        POM.format("<name>Ours</name><url>https://opensource.org/licenses/MIT</url>"),
        "MIT",
    ),
    ("pom.xml", POM.format("<!-- <name>MIT</name> --><name>ISC</name>"), "ISC"),
    (
        "pom.xml",
        POM.format("<name>MIT</name></license><license><name>EPL 1.0</name>"),
        "EPL-1.0 OR MIT",
    ),
    ("pom.xml", '<!DOCTYPE p [<!ENTITY a "MIT">]>' + POM.format("<name>&a;</name>"), UNKNOWN),
    ("package.json", '{"license": "SEE LICENSE IN X.md"}', None),
    (
        "package.json",
        '{"license": {"url": "http://www.apache.org/licenses/LICENSE-2.0"}}',
        "Apache-2.0",
    ),
    ("bower.json", '{"license": ["MIT", "GPL"]}', "GPL-1.0-or-later OR MIT"),
    ("META.json", '{"license": ["mit", "gpl_2"]}', "GPL-2.0-only AND MIT"),
    ("META.json", '{"license": ["apache_2_0"]}', "Apache-2.0"),
    ("META.yml", "name: x\nlicense: perl\n", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("codemeta.json", '{"license": "https://spdx.org/licenses/Apache-2.0"}', "Apache-2.0"),
    ("CITATION.cff", "cff-version: 1.2.0\nlicense: BSD-3-Clause\n", "BSD-3-Clause"),
    ("conda/meta.yaml", "about:\n  license: GPL-3.0-or-later  # so\n", "GPL-3.0-or-later"),
    ("package.yaml", "license:\n  - MIT\n  - ISC\n", "ISC AND MIT"),
    ("Project.toml", 'name = "X"\nlicense = "MIT"\n', "MIT"),
    ("gleam.toml", 'licences = ["Apache-2.0"]\n', "Apache-2.0"),
    ("Cargo.toml", '[workspace.package]\nlicense = "MIT OR Apache-2.0"\n', "MIT OR Apache-2.0"),
    ("Cargo.toml", '[package]\nlicense-file = "LICENSE"\n', None),
    ("pyproject.toml", '[tool.poetry]\nlicense = "GPL-3.0-only"\n', "GPL-3.0-only"),
    ("setup.py", "# license='MIT'\nsetup(license='GPLv3')", "GPL-3.0-only"),
    ("setup.py", "setup(classifiers=['License :: OSI Approved :: MIT License'])", "MIT"),
    ("a.gemspec", "  s.licenses = %w[MIT Ruby]\n", "MIT AND Ruby"),
    ("a.gemspec", "  s.license = 'Apache-2.0' # or so\n", "Apache-2.0"),
    ("DESCRIPTION", "License: GPL-2 | MIT + file LICENSE\n", "GPL-2.0-only OR MIT"),
    ("a.nuspec", '<license type="expression">MIT OR ISC</license>', "MIT OR ISC"),
    ("a.nuspec", "<licenseUrl>https://licenses.nuget.org/MIT</licenseUrl>", "MIT"),
    ("a.nuspec", '<license type="file">terms.txt</license>', None),
    ("a.csproj", "<PackageLicenseExpression>MIT</PackageLicenseExpression>", "MIT"),
    ("dune-project", "(license ISC)", "ISC"),
    ("build.gradle", GRADLE.format("name = 'The MIT License'"), "MIT"),
    ("build.gradle.kts", GRADLE.format('name.set("Apache-2.0")'), "Apache-2.0"),
    (
        "build.gradle",
        GRADLE.format("url 'https://www.apache.org/licenses/LICENSE-2.0.txt'"),
        "Apache-2.0",
    ),
    ("build.gradle", "dependencies { compile 'x:y:1' }", None),
    ("build.sbt", 'licenses += ("MIT", url("https://opensource.org/licenses/MIT"))', "MIT"),
    ("META.json", '{"license": ["perl_5"]}', "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("unknown.json", '{"license": "MIT"}', None),
    ("package.json", "\x00\xff", None),
]


@pytest.mark.parametrize(("path", "content", "expected"), DECLARED)
def test_metadata_declares_what_its_field_says(recogniser, path, content, expected):
    found = (
        MetadataReader(recogniser).declared(path, content.encode("utf-8", "surrogatepass")).licence
    )
    assert (found and found.expression) == expected


def test_bytes_that_are_no_text_declare_nothing(recogniser):
    reader = MetadataReader(recogniser)
    for path in ("package.json", "Cargo.toml", "setup.cfg", "METADATA", "a.gemspec", "pom.xml"):
        assert reader.declared(path, bytes(range(256)) * 10).licence is None


def test_a_name_without_a_version_is_vague(recogniser):
    found = MetadataReader(recogniser).declared("package.json", b'{"license": "BSD"}').licence
    assert (found.expression, found.vague) == ("BSD-3-Clause", True)


def test_a_line_that_would_take_ages_to_parse_declares_nothing(recogniser):
    content = b"1.1.1." * 50_000
    assert MetadataReader(recogniser).declared("pyproject.toml", content).licence is None


POINTERS = [
    ("package.json", '{"license": "SEE LICENSE IN doc/EULA.md"}', "doc/EULA.md"),
    ("package.json", '{"license": "SEE LICENSE IN https://example.org/x"}', None),
    ("Cargo.toml", '[package]\nlicense-file = "../LICENSE"\n', "../LICENSE"),
    ("pyproject.toml", '[project]\nlicense = {file = "LICENCE"}\n', "LICENCE"),
    ("a.nuspec", '<license type="file">docs\\terms.txt</license>', "docs/terms.txt"),
    ("package.json", '{"license": "MIT"}', None),
]


@pytest.mark.parametrize(("path", "content", "expected"), POINTERS)
def test_metadata_may_point_to_a_file(recogniser, path, content, expected):
    assert MetadataReader(recogniser).declared(path, content.encode()).file == expected


def test_a_name_for_any_version_is_vague_though_it_is_an_expression(recogniser):
    found = MetadataReader(recogniser).declared("package.json", b'{"license": "GPL"}').licence
    assert (found.expression, found.vague) == ("GPL-1.0-or-later", True)


def test_long_hostile_metadata_ends(recogniser):
    reader = MetadataReader(recogniser)
    for name in ("pom.xml", "build.gradle", "a.gemspec", "setup.py", "meta.yaml", "a.nuspec"):
        for text in ("<licenses>" * 50_000, "licenses {" * 50_000, " license: [" * 50_000):
            assert reader.declared(name, text.encode()).file is None
