import subprocess
import sys

SCRIPT = """
import sys, numpy
from docchain.features.documents.parsing.recognizer import recognize
half = lambda: sys.float_info.min / 2
found = recognize(numpy.full((64, 64, 3), 255, numpy.uint8), ideographs=False)
print(found.txts, half())
"""


def test_who_reads_a_scan_leaves_small_numbers_alone_elsewhere():
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)  # noqa: S603
    assert told.stdout == "None 1.1125369292536007e-308\n"
