"""Searches from the command line: a process that asks one question waits until it knows what the question means."""

import json


def test_a_question_that_shares_no_word_with_its_answer_is_answered_at_once(docchain):
    docchain.write("nomina.txt", "El sueldo de los empleados se transfiere el último día laborable.")
    assert docchain("document", "add", "nomina.txt").code == 0
    assert json.loads(docchain("search", "rebuild", "--json").out)["status"] == "done"
    answer = json.loads(docchain("search", "when are the wages of the staff paid", "--json").out)
    assert [hit["title"] for hit in answer["hits"]] == ["nomina.txt"]
    assert (answer["mode"], answer["notice"]) == ("hybrid", None)


def test_what_was_just_added_is_found_without_a_server_and_without_a_rebuild(docchain):
    docchain.write("nomina.txt", "El sueldo de los empleados se transfiere el último día laborable.")
    assert docchain("document", "add", "nomina.txt").code == 0
    found = docchain("search", "sueldo", "--mode", "text", "--json")
    assert [hit["title"] for hit in json.loads(found.out)["hits"]] == ["nomina.txt"]
    assert found.err == ""
