"""`docchain run` reads the journal from where its own runs begin: what others did before is no matter of its."""

import sqlite3

import asyncpg
from command_line import CommandLine
from test_run import HELLO

UNREADABLE = b"nobody could read this"


async def test_the_past_of_a_data_folder_is_not_read(docchain):
    hello = docchain.write("hello.yaml", HELLO)
    assert docchain("run", hello).code == 0
    with sqlite3.connect(docchain.folder / "data" / "journal.db") as journal:
        assert journal.execute("UPDATE entry SET facts = ?", (UNREADABLE,)).rowcount >= 1
    journal.close()
    done = docchain("run", hello, "--json")
    assert (done.code, done.lines[0]["output"]) == (0, "Hello world x1")


async def test_nor_is_that_of_a_shared_database(tmp_path, postgres_url):
    docchain = CommandLine(tmp_path, {"DOCCHAIN_DATABASE_URL": postgres_url})
    hello = docchain.write("hello.yaml", HELLO)
    assert docchain("run", hello).code == 0
    connection = await asyncpg.connect(postgres_url)
    try:
        changed = await connection.execute("UPDATE journal.entry SET facts = $1", UNREADABLE)
    finally:
        await connection.close()
    assert changed != "UPDATE 0"
    done = docchain("run", hello, "--json")
    assert (done.code, done.lines[0]["output"]) == (0, "Hello world x1")
