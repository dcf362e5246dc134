"""Reading a YAML file into a typed model, with errors that name the file and the field."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode

Model = TypeVar("Model", bound=BaseModel)


class YamlFileError(Exception):
    """The file is missing, is not YAML or does not have the right shape; the message is one line."""


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, which also refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise ConstructorError(None, None, f"{key_node.value!r} stands twice", key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def load_yaml(path: Path, model: type[Model]) -> Model:
    """The file as a ``model``. Raises YamlFileError naming the file and each wrong field."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError:
        raise YamlFileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise YamlFileError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise YamlFileError(f"{path}: is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise YamlFileError(f"{path}{line}: {error.problem}") from None
    except yaml.YAMLError:
        raise YamlFileError(f"{path}: is not YAML") from None
    if not isinstance(data, dict):
        raise YamlFileError(f"{path}: must be a mapping of fields to values")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise YamlFileError(f"{path}: {describe(error)}") from None


def describe(error: ValidationError) -> str:
    """Every fault as ``field: what is wrong``, in one line."""
    found = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(str(part) for part in item["loc"]) or "file"
        found.append(f"{field}: {_plain(item['type'], item['msg'])}")
    return "; ".join(found)


def _plain(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a known field"
        case _:
            return message.removeprefix("Value error, ")
