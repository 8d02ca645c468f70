"""What a reader of a page sees and can do, in a real browser: nothing is fetched, and nothing hostile gets its way."""

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace
from selenium.webdriver.support.wait import WebDriverWait

from tcpchaos.corpus.case import Case
from tcpchaos.report.document import Application, Check, Lack, Replay, Replayed, Run, Seens
from tcpchaos.report.html import diagram, page
from tcpchaos.rfc.states import State
from tcpchaos.trace import EVENTS_KEPT_AT_EACH_END

PLAN = (("client data#1: ack+=1000", 1), ("server data: drop 10%", 0))


@pytest.fixture
def violation(handshake: Any) -> Run:
    """A run in which a segment was edited, one delayed, one lost and one injected, and the client broke a rule."""
    late = handshake.sent("client", "P. 1:6(5) ack 1 win 502", "delay 50ms")
    edited = handshake.sent("client", "P. 6:16(10) ack 1 win 502", "ack+=1000")
    handshake.arrives(edited, segment="P. 6:16(10) ack 1001 win 502")
    handshake.sent("server", ". 1:1(0) ack 6 win 502", "drop")
    handshake.at_us += 50_000
    handshake.arrives(late)
    handshake.injected("client", "R 1:1(0) win 0", "inject to client rst")
    handshake.events[-1] = replace(handshake.events[-1], kernel="dropped by the client's kernel: TCP_INVALID_SEQUENCE")
    frame = handshake.passes("client", "P. 16:17(1) ack 27 win 502")
    run: Run = handshake.run(handshake.found(frame), rules=PLAN)
    return run


def test_the_verdict_is_the_heading(browser: Any, violation: Run) -> None:
    browser.open(page(violation))

    assert browser.texts("h1") == ["The client broke a rule."]
    assert browser.texts(".badge") == ["✗ VIOLATION"]
    assert browser.driver.title == "VIOLATION: echo, tcpchaos"


def test_a_finding_says_who_broke_what_and_leads_to_its_segment(browser: Any, violation: Run) -> None:
    browser.open(page(violation))
    card = browser.texts(".finding")[0]
    browser.click(".finding a")

    assert all(word in card for word in ("SA-02", "MUST", "RFC 9293, section 3.4", "the client", "frame 13"))
    assert all(word in card for word in ("ack 27", "an ack of at most 18", "Nothing is acknowledged that was never"))
    target = browser.run("return document.querySelector(':target').closest('li').id")
    assert target == "f13"
    assert "Legal an ack of at most 18" in browser.texts(".callout:target")[0]


def test_the_ladder_shows_both_forms_of_an_edited_segment_side_by_side(browser: Any, violation: Run) -> None:
    browser.open(page(violation))

    (sent,), (got,) = browser.texts(".change .sent"), browser.texts(".change .got")
    box = "return document.querySelector('.change ' + arguments[0]).getBoundingClientRect()"
    assert sent == "the client sends P. 6:16(10) ack 1 win 502"
    assert got == "the server gets P. 6:16(10) ack 1001 win 502 #9"
    assert browser.texts(".change .got mark") == ["1001"]
    assert browser.run(box, ".sent")["right"] <= browser.run(box, ".got")["left"]
    assert browser.texts(".change .deed") == ["the proxy: ack+=1000 (rule 1)"]


def test_the_ladder_shows_what_the_proxy_and_the_kernel_did(browser: Any, violation: Run) -> None:
    browser.open(page(violation))

    assert browser.texts(".depart .deed") == ["the proxy: delay 50ms"]
    assert browser.texts(".arrive .deed") == ["#7, 50 ms late"]
    assert browser.texts(".drop .deed") == ["the proxy: drop"]
    assert browser.texts(".inject .deed") == ["the proxy: inject to client rst"]
    assert browser.texts(".kernel") == ["dropped by the client's kernel: TCP_INVALID_SEQUENCE"]
    assert [text.split()[-1] for text in browser.texts(".step .state")] == [
        *("SYN-SENT", "SYN-RECEIVED"),
        *("ESTABLISHED", "ESTABLISHED"),
    ]
    assert browser.run("return [...document.querySelectorAll('.arrow')].every(a => a.getBBox().width > 100)")


def test_what_was_delayed_hangs_by_a_thread(browser: Any, violation: Run) -> None:
    browser.open(page(violation))

    threads = browser.run(
        "return [...document.querySelectorAll('.thread')].map(t => [t.closest('li').id, t.className,"
        " t.getBoundingClientRect().top, t.getBoundingClientRect().bottom])"
    )
    assert [(step, name.split()[1]) for step, name, *_ in threads] == [
        ("f7", "start"),
        ("f8", "pass"),
        ("f10", "pass"),
        ("f11", "end"),
    ]
    assert all(upper[3] == pytest.approx(lower[2], abs=1) for upper, lower in pairwise(threads))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_it_fits_and_fetches_nothing(browser: Any, violation: Run, scheme: str, width: int) -> None:
    browser.open(page(violation), width=width, scheme=scheme)

    assert browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith(("file:", "data:"))] == []
    background = browser.run("return getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(253, 253, 251)", "dark": "rgb(21, 24, 28)"}[scheme]


def test_plan_and_command_are_copied(browser: Any, violation: Run) -> None:
    browser.driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    browser.open(page(violation))
    copied = []
    for button in browser.driver.find_elements("css selector", "button"):
        button.click()
        WebDriverWait(button, 10).until(lambda clicked: clicked.text.startswith("Copied"))
        copied.append(browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])"))

    assert copied == ["seed 7\nclient data#1: ack+=1000\nserver data: drop 10%", "tcpchaos run"]


def test_the_plot_rings_the_finding(browser: Any, violation: Run) -> None:
    browser.open(page(violation))

    assert browser.texts(".plot figcaption") == ["client to server window edge above the picture: 65,161 and more"]
    said = browser.run("return document.querySelector('.plot svg').getAttribute('aria-label')")
    assert said.startswith("client to server: 4 segments with sequence numbers up to 17 sent")
    assert browser.run("return document.querySelectorAll('.plot .sent').length") == 4
    assert browser.run("return document.querySelectorAll('.plot .delivered').length") == 4
    assert browser.texts(".plot .ring") == ["SA-02, frame 13"]


def test_the_diagram_shows_which_arrows_each_endpoint_took(browser: Any, violation: Run) -> None:
    browser.open(page(violation))

    said = browser.run("return document.querySelector('.figure').getAttribute('aria-label')")
    assert "The client went from CLOSED to SYN-SENT, from SYN-SENT to ESTABLISHED." in said
    assert "The server went from LISTEN to SYN-RECEIVED, from SYN-RECEIVED to ESTABLISHED." in said
    assert browser.run("return document.querySelectorAll('.way path.client').length") == 2


def test_the_keyboard_reaches_everything(browser: Any, violation: Run) -> None:
    browser.open(page(violation))
    reached = []
    for _ in range(6):
        browser.driver.switch_to.active_element.send_keys("\ue004")
        reached.append(browser.run("return document.activeElement.tagName + ' ' + document.activeElement.textContent"))

    assert reached[:3] == ["A frame 13", "BUTTON Copy the plan", "PRE tcpchaos run"]


def test_what_is_folded_unfolds_and_opens_for_a_link(browser: Any, handshake: Any) -> None:
    for _ in range(300):
        handshake.passes("server", ". 1:1449(1448) ack 1 win 502")
    browser.open(page(handshake.run()))
    shown = "return document.getElementById('f101').checkVisibility()"

    assert browser.texts(".fold summary") == ["293 segments, 424.3 kB"]
    assert not browser.run(shown)
    browser.driver.execute_async_script("onhashchange = () => setTimeout(arguments[0]); location.hash = '#f101'")
    assert browser.run(shown)


HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>\"'\x1b[31m\u202e"


def test_nothing_hostile_gets_its_way(browser: Any, handshake: Any) -> None:
    handshake.sent("client", f"P. 1:6(5) ack 1 win 502 <{HOSTILE}>", HOSTILE)
    run = replace(
        handshake.run(
            replace(handshake.found(7), observed=HOSTILE, rule=HOSTILE), rules=((f"any data: {HOSTILE}", 1),)
        ),
        sentence=HOSTILE,
        workload=HOSTILE,
        command=HOSTILE,
        notes=(HOSTILE,),
        applications=(Application(endpoint="server", what=HOSTILE, ok=False, ended=HOSTILE, output=HOSTILE),),
        conditions={HOSTILE: HOSTILE},
    )
    browser.open(page(run))

    assert browser.driver.title.startswith("VIOLATION: </script>")
    assert browser.run("return document.images.length + document.scripts.length") == 1
    assert browser.texts("h1") == [HOSTILE.replace("\x1b", "␛").replace("\u202e", "\ufffd")]
    assert browser.complaints() == []


def test_a_capture_has_its_page_too(browser: Any, handshake: Any) -> None:
    check: Check = handshake.check(suspected=(handshake.found(5),))
    browser.open(page(check))

    assert browser.texts("h1") == ["Nothing is surely illegal."]
    assert browser.texts(".proxy") == [""]
    assert browser.texts(".legend .depart") == []
    assert "3 judged of 3" in browser.texts(".pairs")[0]
    assert "SA-02 client, #5: ack 27, not an ack of at most 18" in browser.texts(".pairs")[0]
    assert browser.complaints() == []


def test_replayed_cases_are_listed_with_the_worst_first(browser: Any, handshake: Any) -> None:
    held = Replayed(
        name="linux/a-case-00000000",
        file="corpus/linux/a-case-00000000.json",
        status="held",
        as_expected=True,
        reason="no violation",
        times=2,
        good=2,
        faults="survivable",
        findings=(),
        idle=("any fin: drop",),
        case=Case(title="A case", about="What it proves.", plan=("client syn#1: drop", "any fin: drop")),
    )
    failed = replace(held, status="failed", as_expected=False, findings=(handshake.found(5),), good=0)
    replay = Replay(
        outcome="violation",
        sentence="1 of 2 cases as expected.",
        version="0.1.0",
        backend="lab",
        stacks=("linux 6.18", "linux 6.18"),
        played="",
        counts={"held": 1, "failed": 1},
        cases=(held, failed),
        took_us=1_000_000,
        interrupted=False,
    )
    browser.open(page(replay))

    assert browser.texts(".badge") == ["✗ NOT AS EXPECTED"]
    assert browser.texts(".cases summary") == ["failed A case", "held A case"]
    assert browser.run("return [...document.querySelectorAll('.cases details')].map(each => each.open)") == [
        True,
        False,
    ]
    assert browser.texts(".cases pre")[:2] == [
        "client syn#1: drop any fin: drop",
        "tcpchaos replay -v linux/a-case-00000000",
    ]
    assert len(browser.texts(".finding")) == 1
    assert browser.complaints() == []


def test_a_run_that_never_came_about_says_what_is_missing(browser: Any, story: Any) -> None:
    run = replace(
        story.run(),
        outcome="broken",
        connections=(),
        trace=Seens(seen=0, left_out=0, events=()),
        broken=Lack(missing="no namespaces", remedy="ask for some"),
    )
    browser.open(page(run))

    assert browser.texts(".badge") == ["! BROKEN"]
    assert "no namespaces" in browser.texts(".pairs")[0]


def test_the_largest_page_stays_below_two_megabytes(handshake: Any) -> None:
    told = "nop,nop,TS val 4294967295 ecr 4294967295,nop,nop,sack 4294960000:4294967295"
    for number in range(EVENTS_KEPT_AT_EACH_END // 2):
        for side in ("client", "server"):
            segment = f"P. {number}:{number + 9}(9) ack 4294967295 win 65535 <{told}>"
            frame = handshake.sent(side, segment, "window=1")
            handshake.arrives(frame, segment=segment.replace("65535", "1"))
    run = handshake.run()

    text = page(replace(run, trace=Seens(seen=999_999, left_out=1, events=run.trace.events)))

    assert len(run.trace.events) > 2 * EVENTS_KEPT_AT_EACH_END
    assert len(text.encode()) < 2_000_000
    assert "1 event of which no trace was kept" in text


def test_the_diagram_is_a_file_of_its_own(browser: Any) -> None:
    picture = diagram()
    browser.open(f"<!doctype html><title>figure 5</title>{picture}")

    assert picture.startswith("<svg")
    assert picture.rstrip().endswith("</svg>")
    assert set(browser.texts(".figure .name")) == {str(state) for state in State}
