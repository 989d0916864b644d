"""How much is to be learned from a file, as a number, and how often it is read for it."""

from codemill.transforms.learning_value.components import COMPONENTS
from codemill.transforms.learning_value.value import LearningValue, value_weights

__all__ = ["COMPONENTS", "LearningValue", "value_weights"]
