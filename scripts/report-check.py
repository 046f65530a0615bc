#!/usr/bin/env python3
"""Looks at a report page as its readers do: in a browser, wide and narrow, light and dark, on paper, by keyboard.

    scripts/report-check.py page.html [--hostile page-with-bad-names.html] [--axe axe.min.js] [--pictures folder]

Prints each check; exit status 1 if one failed. --axe adds the rules of axe-core, --pictures keeps what was seen.
"""

import argparse
import base64
import hashlib
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser  # noqa: E402

LARGEST = 2_000_000
WIDTHS = {"phone": 390, "desktop": 1280}
failures = 0
checks = 0


def check(name, found, wrong=""):
    """`found` says whether all is well, or is a list of what is not."""
    global failures, checks
    checks += 1
    well = not found if isinstance(found, list) else bool(found)
    detail = "; ".join(map(str, found[:8])) if isinstance(found, list) else wrong
    if not well:
        failures += 1
    print(("ok      " if well else "FAILED  ") + name + ("" if well or not detail else f": {detail}"), flush=True)


def troubles(page):
    """What a page must not do: ask for anything, complain."""
    found = []
    for event in page.events:
        method, parameters = event["method"], event.get("params", {})
        if method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith("file://") or parameters.get("type") != "Document":
                found.append("asks for " + url[:80])
        elif method == "Runtime.exceptionThrown":
            found.append(parameters["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            found.append(str(parameters["args"])[:120])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            found.append(parameters["entry"]["text"][:160])
    return found


OVERFLOW = """Array.from(document.querySelectorAll('main *, header *, footer *')).filter(e => {
  if (e.closest('svg') && e.tagName !== 'svg') return false;
  for (let p = e.parentElement; p; p = p.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(p).overflowX)) return false;
  return e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5;
}).map(e => e.tagName + '.' + e.className)"""

STRUCTURE = """(() => {
  const wrong = [], ids = new Set();
  for (const e of document.querySelectorAll('[id]')) { if (ids.has(e.id)) wrong.push('id twice: ' + e.id); ids.add(e.id); }
  let level = 0;
  for (const e of document.querySelectorAll('h1,h2,h3,h4')) {
    const n = Number(e.tagName[1]);
    if (n > level + 1) wrong.push('heading ' + e.textContent + ' jumps to level ' + n);
    level = n;
  }
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
  for (const e of document.querySelectorAll('table')) {
    if (!e.caption) wrong.push('table without caption');
    if (e.querySelector('th:not([scope])')) wrong.push('th without scope in ' + e.caption.textContent);
  }
  for (const e of document.querySelectorAll('figure')) {
    const svg = e.querySelector('svg[role=img]');
    const name = svg && document.getElementById(svg.getAttribute('aria-labelledby'));
    if (!name || !name.textContent) wrong.push('figure without a name: ' + e.id);
    if (!e.querySelector('figcaption')) wrong.push('figure without caption: ' + e.id);
    if (!e.parentElement.querySelector('details table td')) wrong.push('figure without data: ' + e.id);
  }
  for (const e of document.querySelectorAll('use, [fill^=url]')) {
    const target = (e.getAttribute('href') || e.getAttribute('fill')).replace(/^url\\(|\\)$/g, '').slice(1);
    if (!ids.has(target)) wrong.push('nothing at #' + target);
  }
  for (const e of document.querySelectorAll('a[href]')) {
    const href = e.getAttribute('href');
    if (!href.startsWith('#') || !ids.has(href.slice(1))) wrong.push('link to ' + href);
  }
  for (const name of ['header', 'main', 'footer', 'nav[aria-label]'])
    if (document.querySelectorAll(name).length !== 1) wrong.push('not one ' + name);
  if (!document.documentElement.lang) wrong.push('no language');
  return wrong;
})()"""


def hover(page):
    """Every figure tells a value near a mark, inside the window, and falls silent when the pointer leaves or Escape is pressed."""
    wrong = []
    count = page.value("document.querySelectorAll('figure').length")
    for i in range(count):
        place = page.value(f"""(() => {{
          const marks = document.querySelectorAll('figure')[{i}].querySelectorAll('.marks > *');
          if (!marks.length) return null;
          marks[0].scrollIntoView({{block: 'center', inline: 'center', behavior: 'instant'}});
          const box = marks[0].getBoundingClientRect();
          return [box.left + box.width / 2, box.top + box.height / 2];
        }})()""")
        if place is None:
            wrong.append(f"figure {i + 1} has no marks")
            continue
        # A scrolled page hides the tip one frame later.
        page.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.call("Input.dispatchMouseEvent", type="mouseMoved", x=place[0], y=place[1])
        tip = page.value("""(() => { const tip = document.getElementById('tip'), box = tip.getBoundingClientRect();
          return {hidden: tip.hidden, text: tip.textContent,
            inside: box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight}; })()""")
        if tip["hidden"] or not re.search(r"\d", tip["text"]) or not tip["inside"]:
            wrong.append(f"figure {i + 1}: {tip}")
        page.call("Input.dispatchKeyEvent", type="keyDown", key="Escape", code="Escape", windowsVirtualKeyCode=27)
        if not page.value("document.getElementById('tip').hidden"):
            wrong.append(f"figure {i + 1}: Escape does not hide the value")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    return wrong


def keyboard(page):
    """The first Tab reaches the skip link, which leads to the answer; every stop can be seen to have the focus."""
    page.value("scrollTo(0, 0)")

    def press(key, code, text=None):
        more = {"text": text} if text else {}
        page.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **more)
        page.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    wrong = []
    press("Tab", 9)
    if page.value("document.activeElement.className") != "skip":
        wrong.append("the first stop is not the skip link")
    elif page.value("document.activeElement.getBoundingClientRect().left") < 0:
        wrong.append("the skip link is not shown when it has the focus")
    press("Enter", 13, "\r")
    if page.value("location.hash") != "#answer":
        wrong.append("the skip link does not lead to the answer")
    summaries = page.value("document.querySelectorAll('summary').length")
    reached = set()
    for _ in range(400):
        press("Tab", 9)
        stop = page.value("""(() => { const e = document.activeElement; const all = [...document.querySelectorAll('summary')];
          return {summary: all.indexOf(e), body: e === document.body, outline: getComputedStyle(e).outlineStyle}; })()""")
        if stop["body"]:
            break
        if stop["outline"] == "none":
            wrong.append("a stop without an outline")
        if stop["summary"] >= 0:
            reached.add(stop["summary"])
    if len(reached) != summaries:
        wrong.append(f"{len(reached)} of {summaries} data tables are reached")
    return wrong


def axe_rules(page, source):
    page.value(source + "; 0")
    result = page.value("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
                        "v => v.id + ' (' + v.nodes.length + '): ' + v.nodes[0].target + ' ' + v.nodes[0].failureSummary))")
    return [text.replace("\n", " ")[:300] for text in result]


def picture(page, folder, name, full=True):
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    data = page.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)["data"]
    with open(os.path.join(folder, name + ".png"), "wb") as file:
        file.write(base64.b64decode(data))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page")
    parser.add_argument("--hostile", help="page of a scenario whose names try to be more than text")
    parser.add_argument("--axe", help="axe.min.js")
    parser.add_argument("--pictures", help="folder for what was seen")
    options = parser.parse_args()
    program = browser.find()
    if program is None:
        print("no Chromium here: the page was not looked at (apt-get install chromium-headless-shell)")
        return 0

    with open(options.page, "rb") as file:
        content = file.read()
    check(f"size: {len(content):,} bytes", len(content) <= LARGEST, f"more than {LARGEST:,}")
    text = content.decode("utf-8")
    script = re.search(r"<script>(.*?)</script>", text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    check("the policy has the script's hash", f"sha256-{digest}" in text, f"sha256-{digest}")
    axe = open(options.axe, encoding="utf-8").read() if options.axe else None

    page = browser.Browser(program)
    try:
        for name, width in WIDTHS.items():
            for dark in (False, True):
                scheme = "dark" if dark else "light"
                page.look(width, dark=dark)
                page.open(options.page)
                check(f"{name}, {scheme}: nothing asked for, nothing complained", troubles(page))
                check(f"{name}, {scheme}: nothing wider than the window",
                      page.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
                      str(page.value(OVERFLOW)))
                check(f"{name}, {scheme}: nothing hangs out", page.value(OVERFLOW))
                ground = page.value("getComputedStyle(document.body).backgroundColor")
                brightness = sum(map(int, re.findall(r"\d+", ground)[:3])) / 3
                check(f"{name}, {scheme}: ground is {scheme}", (brightness < 80) == dark, ground)
                shift = page.value("""new Promise(done => { let sum = 0;
                  new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
                    .observe({type: 'layout-shift', buffered: true});
                  setTimeout(() => done(sum), 300); })""")
                check(f"{name}, {scheme}: nothing moves while it loads", shift == 0, str(shift))
                picture(page, options.pictures, f"{name}-{scheme}")
                check(f"{name}, {scheme}: values beside the pointer", hover(page))
                if axe:
                    page.value("for (const d of document.querySelectorAll('details')) d.open = true")
                    check(f"{name}, {scheme}: axe-core", axe_rules(page, axe))
        check("structure", page.value(STRUCTURE))
        page.look(1280)
        page.open(options.page)
        check("keyboard", keyboard(page))

        page.look(794, media="print")
        page.open(options.page)
        check("print: the values of figures are there",
              page.value("""Array.from(document.querySelectorAll('.card details td')).filter(
                e => !e.getClientRects().length || !e.checkVisibility({contentVisibilityAuto: true})).length""") == 0)
        check("print: black on white", page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)")
        page.look(1280, dark=True)
        pdf = base64.b64decode(page.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
        pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        check(f"print: {pages} pages", 1 <= pages <= 40)
        if options.pictures:
            with open(os.path.join(options.pictures, "print.pdf"), "wb") as file:
                file.write(pdf)

        page.call("Emulation.setScriptExecutionDisabled", value=True)
        page.look(1280)
        page.open(options.page)
        document = page.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        titles = page.call("DOM.querySelectorAll", nodeId=document, selector=".marks > * > title")["nodeIds"]
        check("without scripts: marks keep their values as titles", len(titles) > 0)
        page.call("Emulation.setScriptExecutionDisabled", value=False)

        if options.hostile:
            page.look(1280)
            page.open(options.hostile)
            check("hostile names: nothing asked for, nothing complained", troubles(page))
            check("hostile names: nothing ran", page.value("typeof window.pwned") == "undefined")
            check("hostile names: shown as text",
                  page.value("document.querySelectorAll('img, iframe, object, script:not(:last-of-type)').length") == 0)
            check("hostile names: structure", page.value(STRUCTURE))
            check("hostile names: nothing hangs out", page.value(OVERFLOW))
    finally:
        page.close()
    print(f"{checks - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
