"""`docchain secrets`: set from a pipe, listed without values, rotated and removed."""

import json
import subprocess

VALUE = "a-value-that-is-never-shown-again"
HELLO = "workflow: hello\nsteps:\n  - {id: hello, use: value.set, with: {value: hello}}\n"


def piped(docchain, text: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - the product itself
        [*docchain.command, *arguments],
        cwd=docchain.folder,
        env=docchain.environment(),
        input=text,
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_secrets_come_and_go_and_are_never_shown(docchain) -> None:
    docchain("run", docchain.write("hello.yaml", HELLO))
    code, said = piped(docchain, f"{VALUE}\n", "secrets", "set", "erp_token", "--host", "erp.example.com")
    assert code == 0, said
    assert "Nobody can read it back." in said
    assert VALUE not in said

    listed = json.loads(docchain("secrets", "list", "--json").out)
    assert [(item["name"], item["hosts"]) for item in listed["items"]] == [("erp_token", ["erp.example.com"])]
    assert VALUE not in str(listed)

    assert "1 workspaces have a new key; 1 secrets were sealed" in docchain("secrets", "rotate").out
    code, said = piped(docchain, "short", "secrets", "set", "other")
    assert code == 2
    assert docchain("secrets", "remove", "erp_token").code == 0
    assert docchain("secrets", "remove", "erp_token").code == 2
