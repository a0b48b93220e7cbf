"""The sample of a template, executed over HTTP."""


async def run_sample(offline, name, language):
    """The output, or the failure, of a template's sample."""
    listed = (await offline.get("/ai-workflows/templates"))["items"]
    template = next(one for one in listed if one["name"] == name)
    sample = next(one for one in template["samples"] if one["language"] == language)
    given = dict(sample["input_data"])
    for place, document in sample["documents"].items():
        given[place] = await offline.upload(document["name"], document["text"])
    made = await offline.post("/ai-workflows", {"name": name, "template_name": name, "input_data": given})
    assert (made["workflow_type"], made["warnings"]) == (template["workflow_type"], [])
    return await offline.post(f"/ai-workflows/{made['handle']}/execute", {"wait": 60}, 200)
