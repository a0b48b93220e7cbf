"""A command line nobody has used, and a small workflow that asks a person."""

from pathlib import Path

import pytest
from command_line import CommandLine

APPROVAL = """\
workflow: payment
title: Payment
inputs:
  amount: {type: number, default: 5}
steps:
  - id: ask
    use: human.approval
    with: {title: "Pay ${inputs.amount}?"}
output: "${inputs.amount}"
"""


@pytest.fixture
def docchain(tmp_path) -> CommandLine:
    return CommandLine(tmp_path, {})


@pytest.fixture
def approval(docchain) -> Path:
    return docchain.write("payment.yaml", APPROVAL)
