import pytest
from identify.vendor.licenses import LICENSES

from codemill.pipeline.packaged import load_licensing, load_notices, load_reference_texts
from codemill.transforms.licences.expressions import Expressions
from codemill.transforms.licences.notices import Notices
from codemill.transforms.licences.recognise import LicenceRecogniser
from codemill.transforms.licences.texts import ReferenceIndex


@pytest.fixture(scope="session")
def expressions():
    return Expressions(load_licensing())


@pytest.fixture(scope="session")
def recogniser(expressions):
    references = load_reference_texts()
    return LicenceRecogniser(
        ReferenceIndex(references), Notices(load_notices(), references), expressions
    )


@pytest.fixture(scope="session")
def licence_text():
    """Full licence texts by SPDX id, with a name and a year filled in."""
    return {
        spdx_id: text.replace("[year]", "2020").replace("[fullname]", "Ada Example")
        for spdx_id, text in LICENSES
    }
