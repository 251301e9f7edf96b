"""Loads a folder with the class that it names, and says everything that Transformers finds wrong with its weights."""

import json
import logging
import pathlib
import warnings

import transformers

transformers.utils.logging.disable_progress_bar()
NAMES = ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")


class Heard(logging.Handler):
    """Collects what Transformers logs as a warning or worse."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def class_of(folder):
    """The Transformers class in `architectures`. Raises ValueError when it is not one class that Transformers has."""
    path = pathlib.Path(folder) / "config.json"
    named = json.loads(path.read_text(encoding="utf-8")).get("architectures")
    if not isinstance(named, list) or len(named) != 1 or not hasattr(transformers, named[0]):
        raise ValueError(f"{path}: expected architectures to name one class of Transformers {transformers.__version__}, got {named}")
    return getattr(transformers, named[0])


def load(folder):
    """The model in evaluation mode with eager attention, and a list of problems: names, and warnings of any kind."""
    heard, logger = Heard(), logging.getLogger("transformers")
    logger.addHandler(heard)
    try:
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            model, report = class_of(folder).from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    finally:
        logger.removeHandler(heard)
    problems = [f"{kind}: {name}" for kind in NAMES for name in sorted(map(str, report.get(kind, [])))]
    problems += [f"warning: {line}" for line in heard.lines + [str(warning.message) for warning in raised]]
    return model.eval(), problems
