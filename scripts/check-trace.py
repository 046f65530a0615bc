#!/usr/bin/env python3
"""Checks a timeline that `swiftkv-sim run --trace` wrote: the Trace Event Format, and that nothing is missing.

  scripts/check-trace.py trace.json [--result result.jsonl]

With --result, the numbers are also compared with the result file of the same command (`--json`), which comes from other code.
Prints what the file holds; the exit status is 1 if anything is wrong. Needs nothing but Python 3.8.
"""
import argparse
import collections
import gzip
import json
import math
import sys

PHASES = {"queued", "prefill", "decode"}
SLICES = {"prefill", "decode", "mixed"}
COUNTERS = {
    "requests": {"running", "waiting"},
    "kv_cache_usage": {"percent"},
    "batch_tokens": {"prefill", "decode"},
    "throughput": {"tok_per_s"},
}
INSTANTS = {"arrival", "preemption", "rejected"}
NAMING = {"process_name": "name", "thread_name": "name", "process_sort_index": "sort_index",
          "thread_sort_index": "sort_index"}


class Problems(list):
    def need(self, holds, text):
        if not holds:
            self.append(text)
        return bool(holds)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def nanoseconds(microseconds):
    return round(microseconds * 1000)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return json.loads(data.decode("utf-8"), parse_constant=lambda word: sys.exit(f"{path}: {word} is no JSON"))


def check_fields(i, event, problems):
    """Every event has the common fields, and those of its kind."""
    where = f"event {i}"
    if not problems.need(isinstance(event, dict), f"{where} is no object"):
        return False
    name, kind = event.get("name"), event.get("ph")
    where += f" ({kind} {name})"
    good = problems.need(isinstance(name, str) and isinstance(kind, str), f"{where}: name or ph is missing")
    for key in ("pid", "tid"):
        good &= problems.need(type(event.get(key)) is int, f"{where}: {key} is no integer")
    if kind != "M":
        good &= problems.need(is_number(event.get("ts")) and event["ts"] >= 0, f"{where}: ts is no time")
    args = event.get("args", {})
    good &= problems.need(isinstance(args, dict), f"{where}: args is no object")
    if not good:
        return False
    if kind == "M":
        return problems.need(name in NAMING and NAMING[name] in args, f"{where}: names nothing")
    if kind == "X":
        good = problems.need(is_number(event.get("dur")) and event["dur"] >= 0, f"{where}: dur is no duration")
        return good & problems.need(name in SLICES, f"{where}: unknown name")
    if kind == "C":
        known = problems.need(set(args) == COUNTERS.get(name), f"{where}: unknown counter or series")
        return known & problems.need(
            all(is_number(value) and value >= 0 for value in args.values()), f"{where}: a value is no number")
    if kind == "i":
        good = problems.need(event.get("s") in ("g", "p", "t"), f"{where}: its scope is unknown")
        return good & problems.need(name in INSTANTS, f"{where}: unknown name")
    if kind in ("b", "e"):
        good = problems.need(isinstance(event.get("cat"), str), f"{where}: cat is missing")
        id2 = event.get("id2")
        good &= problems.need(isinstance(id2, dict) and isinstance(id2.get("local"), str), f"{where}: id2 is missing")
        return good & problems.need(name in PHASES | {"request"}, f"{where}: unknown name")
    return problems.need(False, f"{where}: unknown kind of event")


def check_slices(slices, problems):
    """Slices of one thread follow each other or lie in each other."""
    for (pid, tid), events in slices.items():
        stack = []
        for event in sorted(events, key=lambda e: (nanoseconds(e["ts"]), -nanoseconds(e["dur"]))):
            start = nanoseconds(event["ts"])
            end = start + nanoseconds(event["dur"])
            while stack and stack[-1] <= start:
                stack.pop()
            problems.need(not stack or end <= stack[-1], f"pid {pid} tid {tid}: slices overlap at {event['ts']}")
            stack.append(end)


def check_requests(spans, problems):
    """Spans of one id open and close as brackets do, in time, and the phases of a request fill it without gaps."""
    for (pid, identity), events in spans.items():
        where = f"pid {pid} request {identity}"
        stack, at, phases = [], -1, []
        for event in events:
            time = nanoseconds(event["ts"])
            problems.need(time >= at, f"{where}: goes back in time at {event['ts']}")
            at = max(at, time)
            if event["ph"] == "b":
                problems.need((event["name"] == "request") == (not stack), f"{where}: {event['name']} in {stack}")
                stack.append((event["name"], time))
            elif problems.need(stack and stack[-1][0] == event["name"], f"{where}: {event['name']} ends, not begun"):
                name, start = stack.pop()
                if name != "request":
                    phases.append((name, start, time))
                elif phases:
                    problems.need(phases[0][1] == start and phases[-1][2] == time, f"{where}: phases do not fill it")
        problems.need(not stack, f"{where}: {[name for name, _ in stack]} never end")
        for one, two in zip(phases, phases[1:]):
            problems.need(one[2] == two[1], f"{where}: a gap after {one[0]}")
            problems.need(one[0] != two[0], f"{where}: {one[0]} twice in a row")


def totals(events, interval):
    """The numbers of each process, added up from its events."""
    sums = collections.defaultdict(lambda: collections.Counter())
    for event in events:
        of = sums[event["pid"]]
        args = event.get("args", {})
        if event["ph"] == "X":
            of["steps"] += 1
            of["prefill tokens"] += args["prefill_tokens"]
            of["decode tokens"] += args["decode_tokens"]
        elif event["ph"] == "e" and event["name"] == "request":
            of["requests"] += 1
            of["finished"] += args["outcome"] == "finished"
            of["generated tokens"] += args["generated_tokens"]
            of["preemptions of requests"] += args["preemptions"]
        elif event["ph"] == "b" and event["name"] == "request":
            of["prompt tokens"] += args["prompt_tokens"]
        elif event["ph"] == "i":
            of[event["name"] + "s"] += 1
        elif event["ph"] == "C" and event["name"] == "throughput":
            of["tokens of the counter"] += args["tok_per_s"] * interval
    return sums


def check_totals(about, sums, problems):
    for process in about["processes"]:
        found, where = sums[process["pid"]], f"pid {process['pid']}"
        for what, number in (("steps", process["steps"]), ("finished", process["finished"]),
                             ("generated tokens", process["output_tokens"]),
                             ("preemptions", process["preemptions"]),
                             ("preemptions of requests", process["preemptions"])):
            problems.need(found[what] == number, f"{where}: {found[what]} {what}, but the run had {number}")
        counted = found["tokens of the counter"]
        problems.need(abs(counted - process["output_tokens"]) < 1e-6 * max(1, counted),
                      f"{where}: throughput adds up to {counted} tokens, not {process['output_tokens']}")
        problems.need(found["arrivals"] == found["requests"], f"{where}: arrivals and requests differ")


def check_result(path, about, sums, problems):
    with open(path, encoding="utf-8") as file:
        results = [json.loads(line) for line in file if line.strip()]
    names = {f"{r['swiftkv_sim']['scenario']}: {r['swiftkv_sim']['variant']}": r for r in results}
    # The replicas of a run are processes of their own: "rag: baseline, replica 0".
    runs = collections.defaultdict(collections.Counter)
    for process in about["processes"]:
        runs[process["name"].split(", replica ")[0]].update(sums[process["pid"]])
    for name, found in runs.items():
        result = names.get(name)
        if not problems.need(result, f"{path} has no {name}"):
            continue
        engine = result["swiftkv_sim"]["engine"]
        for what, number in (("finished", result["completed"]), ("rejecteds", result["failed"]),
                             ("prompt tokens", result["total_input_tokens"]),
                             ("generated tokens", result["total_output_tokens"]),
                             ("steps", engine["steps"]), ("preemptions", engine["preemptions"])):
            problems.need(found[what] == number, f"{name}: {found[what]} {what}, {path} has {number}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("trace")
    parser.add_argument("--result", help="result file (--json) of the same command")
    options = parser.parse_args()
    try:
        document = read(options.trace)
    except (OSError, ValueError, EOFError) as error:
        sys.exit(f"{options.trace}: {error}")
    problems = Problems()
    if not isinstance(document, dict) or not isinstance(document.get("traceEvents"), list):
        sys.exit(f"{options.trace}: there is no list traceEvents")
    events = [e for i, e in enumerate(document["traceEvents"]) if check_fields(i, e, problems)]

    slices, spans, counters = (collections.defaultdict(list) for _ in range(3))
    for event in events:
        if event["ph"] == "X":
            slices[event["pid"], event["tid"]].append(event)
        elif event["ph"] in "be":
            spans[event["pid"], event["id2"]["local"]].append(event)
        elif event["ph"] == "C":
            counters[event["pid"], event["name"]].append(nanoseconds(event["ts"]))
    check_slices(slices, problems)
    check_requests(spans, problems)
    for (pid, name), times in counters.items():
        problems.need(all(a < b for a, b in zip(times, times[1:])), f"pid {pid}: counter {name} goes back in time")
    named = {e["pid"] for e in events if e["name"] == "process_name"}
    problems.need({e["pid"] for e in events} == named, "a process has no name")

    about = document["otherData"]
    sums = totals(events, about["throughput_interval_s"])
    if about["window_s"] is None:
        check_totals(about, sums, problems)
        if options.result:
            check_result(options.result, about, sums, problems)
    elif options.result:
        problems.append(f"{options.trace} shows {about['window_s']} s only, so its sums are not those of {options.result}")

    for problem in problems[:20]:
        print(f"{options.trace}: {problem}", file=sys.stderr)
    if len(problems) > 20:
        print(f"{options.trace}: and {len(problems) - 20} problems more", file=sys.stderr)
    if problems:
        sys.exit(1)
    for process in about["processes"]:
        found = sums[process["pid"]]
        print(f"{process['name']}: {found['steps']} steps, {found['requests']} requests, "
              f"{found['preemptions']} preemptions")
    print(f"{options.trace}: {len(events)} events, all well")


if __name__ == "__main__":
    main()
