"""A hook of schemathesis (SCHEMATHESIS_HOOKS): a watch has no end, so lists are asked for instead; watching.py asks for watches."""

import schemathesis


@schemathesis.hook
def before_call(_context, case, _kwargs):
    watch = (case.query or {}).get("watch")
    if watch == "true" or isinstance(watch, list) and "true" in watch:
        case.query["watch"] = "false"
