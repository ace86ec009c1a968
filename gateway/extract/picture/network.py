"""The two networks that see and read text: RapidOCR's models, run by onnxruntime.

Answers: ``warm`` (once a process, before rights are given up), ``see`` (where text stands),
``spell`` (what one line says, and how surely).
Trusts: the models, which come with the wheel ``rapidocr`` (PP-OCRv6 small, Apache-2.0) and
are opened by path: its Python code, which could download others, is never imported.
Fails: ``UsageError`` when a wheel is missing.
One thread only: a session with threads does not survive the fork of a worker, and workers
share the cores anyway. Memory is kept from step to step of a run, which halves the time of the
first one; the seeing network, which takes by far the most, gives it back after each.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # else numpy starts threads of its own

import numpy as np
import numpy.typing as npt

from gateway.errors import UsageError
from gateway.extract.picture.boxes import Map, as_map

LINE_HEIGHT = 48  # dots; what the reading network was taught with
_SIDE_STEP = 32  # the seeing network halves its input five times
_LEAST_WIDTH = 48
_MOST_WIDTH = 3200
_SEES, _READS = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"

Dots = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Networks:
    """Both sessions, and the characters that the second one answers with."""

    sees: Any
    reads: Any
    gives_back: Any  # how a run is told not to keep its memory
    characters: tuple[str, ...]  # [0] is "no character here"


@cache
def load() -> Networks:
    """Return the networks, loaded on the first call."""
    wheel = find_spec("rapidocr")
    if wheel is None or not wheel.submodule_search_locations:
        raise UsageError("OCR is missing: install the wheels rapidocr and onnxruntime")
    try:
        import onnxruntime
    except ImportError as error:
        raise UsageError("OCR is missing: install the wheel onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # a worker has nowhere to write
    models = Path(wheel.submodule_search_locations[0]) / "models"
    sees, reads = (
        onnxruntime.InferenceSession(
            str(models / name), options, providers=["CPUExecutionProvider"]
        )
        for name in (_SEES, _READS)
    )
    gives_back = onnxruntime.RunOptions()
    gives_back.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    listed = reads.get_modelmeta().custom_metadata_map["character"].split("\n")
    return Networks(sees, reads, gives_back, ("", *listed, " "))


def warm() -> None:
    """Load the networks and run each once, before a worker gives up its rights."""
    see(np.zeros((_SIDE_STEP, _SIDE_STEP, 3), dtype=np.uint8))
    spell(np.zeros((LINE_HEIGHT, _LEAST_WIDTH, 3), dtype=np.uint8))


def see(picture: Dots) -> Map:
    """Return for each dot of an RGB picture how likely text is there."""
    height, width = picture.shape[:2]
    short = (-height % _SIDE_STEP, -width % _SIDE_STEP)
    padded = np.pad(picture, ((0, short[0]), (0, short[1]), (0, 0)), mode="edge")
    networks = load()
    name = networks.sees.get_inputs()[0].name
    (output,) = networks.sees.run(None, {name: _normal(padded)}, networks.gives_back)
    return as_map(output)[:height, :width]


def spell(line: Dots) -> tuple[str, float]:
    """Return what an RGB picture of one line says, and the mean chance of its characters."""
    networks = load()
    width = min(max(line.shape[1], _LEAST_WIDTH), _MOST_WIDTH)
    spread = max(width - line.shape[1], 0)
    padded = np.pad(line[:, :_MOST_WIDTH], ((0, 0), (0, spread), (0, 0)), mode="edge")
    name = networks.reads.get_inputs()[0].name
    (output,) = networks.reads.run(None, {name: _normal(padded)})
    steps = output[0]
    best = steps.argmax(axis=1)
    kept = (best != 0) & np.concatenate(([True], best[1:] != best[:-1]))
    if not kept.any():
        return "", 0.0
    text = "".join(networks.characters[i] for i in best[kept])
    return text, float(steps[kept, best[kept]].mean())


def _normal(picture: Dots) -> Map:
    """What the networks were taught with: BGR, -1 to 1, colours first."""
    flipped = picture[:, :, ::-1].transpose(2, 0, 1)[np.newaxis]
    return np.ascontiguousarray(flipped, dtype=np.float32) / np.float32(127.5) - np.float32(1)
