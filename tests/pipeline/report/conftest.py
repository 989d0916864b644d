import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_build import COUNTS, write_build

from codemill.pipeline.report import Report, render_report
from codemill.pipeline.report.data import gather
from codemill.pipeline.report.figures import Figures


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_build(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def figures(small: Path) -> Figures:
    return gather(str(small), COUNTS, num_samples=5)


@pytest.fixture(scope="session")
def report(small: Path) -> Report:
    return render_report(str(small), COUNTS, title="A <small> corpus", num_samples=5)
