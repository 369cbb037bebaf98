"""Our server with the conformance suite's own tools, prompts and resources, which are there only to be tested."""
