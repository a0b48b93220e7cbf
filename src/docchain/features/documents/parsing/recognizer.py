"""RapidOCR with the models of its wheel, as fast as they go on one thread; its one rule: nothing is ever downloaded.

Detection makes numbers so small that the processor takes three times as long: they count as zero, in the thread that
opens the first session. It is a thread of its own, for elsewhere small numbers are what they are.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final

import cv2
import rapidocr
from omegaconf import flag_override
from onnxruntime import InferenceSession, SessionOptions

from docchain.features.documents.parsing.letters import without_ideographs

MODELS: Final = Path(rapidocr.__file__).parent / "models"
DETECTION, RECOGNITION = MODELS / "PP-OCRv6_det_small.onnx", MODELS / "PP-OCRv6_rec_small.onnx"
DETECTION_SIDE: Final = 1280
LINE_HEIGHT, LEAST_WIDTH = 48, 192
"""What recognition reads: lines of this height, those that are shorter than the width filled up to it."""


def recognize(pixels: Any, *, ideographs: bool) -> Any:
    """Find lines and read them, word by word.

    Args:
        pixels: rows of blue, green and red.
        ideographs: whether to know Chinese and Japanese too, which takes longer.
    """
    return _thread().submit(lambda: _recognizer(ideographs=ideographs)(pixels, return_word_box=True)).result()


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "recognizer")


@cache
def _recognizer(*, ideographs: bool) -> Any:
    cv2.setNumThreads(1)
    model = RECOGNITION.read_bytes()
    sessions = {
        "Det": _session(DETECTION.read_bytes()),
        "Rec": _session(model if ideographs else without_ideographs(model)),
    }
    reader = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.max_side_len": 6000,
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECTION_SIDE,
            "Rec.rec_batch_num": 1,
            "Rec.rec_img_shape": [3, LINE_HEIGHT, LEAST_WIDTH],
        }
    )
    with flag_override(reader.cfg, "allow_objects", values=True):
        for part, session in sessions.items():
            reader.cfg[part].session = session
    return reader


def _session(model: bytes) -> InferenceSession:
    options = SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])
