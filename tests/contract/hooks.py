"""What schemathesis does not know about Holdfast: its line-wise bodies, its endless feed, its problems' codes."""

import itertools
import json
import os
import urllib.error
import urllib.request
import zlib

import schemathesis
from schemathesis.core.failures import Failure

# What any route may answer beside what it lists (docs/reference/api.md says the same).
ANYWHERE = {"bad_request", "not_found", "method_not_allowed", "forbidden"}


# What properties.py has put into the ledger. Names drawn by chance meet nothing there, so in two of three bodies
# the ones drawn give way to these: chosen by the content, which keeps a seed's run the same.
KNOWN = {
    "sku": ["A", "B"],
    "location": ["berlin", "leeds"],
    "channel": ["web"],
    "order": [f"order-{number}" for number in range(200)],
}
fresh_ids = itertools.count()


def dice(value):
    return zlib.crc32(json.dumps(value, sort_keys=True, default=str).encode("utf-8", "surrogatepass"))


def settled(value, rolled):
    """The body with names that are known and quantities that are there, wherever it has well-formed ones."""
    if isinstance(value, list):
        return [settled(item, rolled + at) for at, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, member in value.items():
        if name in KNOWN and isinstance(member, str) and member:
            member = KNOWN[name][rolled % len(KNOWN[name])]
        elif name == "id" and isinstance(member, str) and member:
            member = f"drawn-{next(fresh_ids)}"  # a known hold's id would be refused: it is another hold
        elif name in ("quantity", "total", "ordered") and type(member) is int and member > 0:
            member = member % 20 + 1
        out[name] = settled(member, rolled)
    return out


def place_hold():
    """A hold that is open; what became of the ones before, the calls before know. Where a drawn request has left no
    stock or no channel to sell it, the name stands for a hold that is not there."""
    name = f"fresh-{next(fresh_ids)}"
    body = {"id": name, "channel": "web", "lines": [{"sku": "A", "quantity": 5}]}
    headers = {"Content-Type": "application/json", "Authorization": os.environ.get("HOLDFAST_AUTHORIZATION", "")}
    url = os.environ["HOLDFAST_URL"] + "/v1/holds"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)):
            return name
    except urllib.error.HTTPError as refused:
        if refused.code != 409:
            raise
        return name


class ServerError(Failure):
    """A 5xx while nothing is the matter: neither a full queue nor a full disk is made here."""


class UndocumentedCode(Failure):
    """A problem whose code the operation does not name."""


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    """Lines of JSON; what generation makes of a line's schema is one line, or several where it is a list."""
    if isinstance(value, (bytes, str)):
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    lines = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@schemathesis.hook
def before_call(context, case, **kwargs):
    name = case.operation.definition.raw.get("operationId")
    if case.meta is not None and case.meta.phase.name == "examples":
        # the contract's own: properties.py has put there what they speak of, but a hold serves only once
        if case.operation.path.startswith("/v1/holds/{id}"):
            case.path_parameters = {"id": place_hold()}
        return
    rolled = dice([case.body, case.path_parameters, case.query])
    if rolled % 3 and isinstance(case.body, (dict, list)):
        case.body = settled(case.body, rolled // 3)
    if rolled % 3 and case.operation.path.startswith("/v1/holds/{id}"):
        case.path_parameters = {**(case.path_parameters or {}), "id": place_hold()}
    # and now and then one that is not there, which generation from earlier answers seldom has
    elif rolled % 7 == 0 and case.path_parameters:
        case.path_parameters = {**case.path_parameters, list(case.path_parameters)[-1]: f"nobody-{next(fresh_ids)}"}
    # the run's own key must live to its end
    if name == "deleteKey" and (case.path_parameters or {}).get("name") == "owner":
        case.path_parameters = {"name": "till-7"}
    # the feed follows for ever unless it is told not to; an ill-formed `follow` is left as it is
    query = case.query or {}
    if name == "followFeed" and query.get("follow") in (None, True, "true", ""):
        case.query = {**query, "follow": "false"}


@schemathesis.hook
def after_call(context, case, response):
    """One line an answer, for the account at the end."""
    with open(os.environ["HOLDFAST_ANSWERS"], "a") as answers:
        answers.write(f"{case.operation.definition.raw.get('operationId')} {response.status_code}\n")


@schemathesis.check
def no_server_error(ctx, response, case):
    """No 5xx, the documented ones included; but a source that an earlier request has paused says 503."""
    if response.status_code < 500:
        return
    paused = case.operation.definition.raw.get("operationId") == "receiveDelivery" and b"is paused" in response.content
    if not paused:
        raise ServerError(
            operation=case.operation.label,
            title="Server error",
            message=f"{response.status_code}: {response.content[:1000]!r}",
        )


@schemathesis.check
def problems_have_documented_codes(ctx, response, case):
    """A problem's `code` is one of those the operation lists as `x-codes`."""
    if "application/problem+json" not in (response.headers.get("content-type") or [""])[0]:
        return
    code = response.json().get("code")
    if code in ANYWHERE or code in case.operation.definition.raw.get("x-codes", []):
        return
    raise UndocumentedCode(
        operation=case.operation.label,
        title="Undocumented problem code",
        message=f"{response.status_code} {code} is not among the operation's x-codes: {response.json().get('detail')}",
    )
