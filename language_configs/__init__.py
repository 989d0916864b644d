"""Facts about programming languages: one YAML file each, their schema, and their grammars."""

from codemill.language_configs.grammars import Grammars, load_grammars
from codemill.language_configs.languages import Language, Languages, load_languages

__all__ = ["Grammars", "Language", "Languages", "load_grammars", "load_languages"]
