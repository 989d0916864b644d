import pytest

IMPORTS = [
    "import os",
    "from .signals import sent as sent",
    "#include <stdio.h>",
    '#  include "a.h"',
    "using System.Text;",
    "use std::{fmt, io};",
    "pub mod parser;",
    "pub(crate) use self::parser::Parser;",
    "use App\\Models\\User;",
    "require_relative 'behaviors/cache'",
    "const fs = require('fs');",
    "export * from './ajax';",
    "export { ajax } from '../internal/ajax';",
    'export * as ajax from "./ajax"',
    "@import 'level'",
    "open import Function.Base public",
    "library(dplyr)",
    "package main",
    "namespace App;",
    "<?php",
    "(:require [clojure.string :as str])",
]
CODE = [
    "x = 1",
    "importance = 2",
    "used = True",
    "export const x = 1;",
    "open(path)",
    "using (var file = Open(path)) {",
    "namespace app {",
    "packages = []",
    "@importFrom",
]


@pytest.mark.parametrize("line", IMPORTS)
def test_it_hands_on(score, line):
    assert score("imports", f"x = 1\n{line}\n\n") == [0.5]


@pytest.mark.parametrize("line", CODE)
def test_it_is_code(score, line):
    assert score("imports", line) == [0.0]


def test_a_barrel_is_dropped_and_a_module_is_kept(drops):
    barrel = "".join(f"export {{ area{i} }} from './area{i}';\n" for i in range(9))
    module = "import os\nimport sys\n\ndef area(x):\n    y = x * x\n    return y\n"
    assert drops("imports", barrel, module) == [True, False]
