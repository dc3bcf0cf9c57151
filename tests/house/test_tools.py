"""The tools that read the code: style, types, who imports whom. The same as `./gendan lint`, so that one command says all."""

import subprocess
import sys

import pytest

from deploy.local.commands.checks import LINTERS, environment
from deploy.local.home import chosen


@pytest.mark.timeout(300)
@pytest.mark.parametrize("tool", LINTERS)
def test_the_tool_has_nothing_to_say(tool: str) -> None:
    home = chosen()
    command = [sys.executable, "-P", *LINTERS[tool]]
    done = subprocess.run(command, cwd=home.root, env=environment(home), capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"[-6000:]
