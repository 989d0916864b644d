import pytest
from identify.vendor.licenses import LICENSES

from codemill.pipeline.licensing import load_recogniser
from codemill.pipeline.packaged import load_licensing
from codemill.transforms.licences.expressions import Expressions


@pytest.fixture(scope="session")
def expressions():
    return Expressions(load_licensing())


@pytest.fixture(scope="session")
def recogniser(expressions):
    return load_recogniser(expressions)


@pytest.fixture(scope="session")
def licence_text():
    """Full licence texts by SPDX id, with a name and a year filled in."""
    return {
        spdx_id: text.replace("[year]", "2020").replace("[fullname]", "Ada Example")
        for spdx_id, text in LICENSES
    }
