"""Reading the terminal: bytes that are no text do not end the program (Textual #6456), and neither does it spin at the end.
Giving it back and taking it again, when the program is stopped (Ctrl-Z) and goes on (`fg`).

Textual's driver for Linux and macOS with its reading and writing replaced; the version of Textual is pinned for it. The
window's size is read in the event loop: Textual reads it in the signal handler, which a second signal can interrupt between
reading and posting, and then the older size comes last.
"""

from __future__ import annotations

import os
import select
import selectors
import signal
import time
from codecs import getincrementaldecoder
from queue import Queue
from typing import TYPE_CHECKING, Any, TextIO

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from tui.job_control import in_foreground, shell_waits
from tui.terminal_memory import PEN_BACK

if TYPE_CHECKING:
    from tui.terminal_answers import TerminalAnswers

TICK = 0.1
"""Seconds after which an Escape that stands alone is one."""
MOST = 4096
AT_ONCE = 16_384
"""Bytes that are written without waiting: what a terminal holds that has room at all."""
MOMENT = 0.1
"""Seconds in which a program that goes on in the background heeds what it was told meanwhile (SIGTERM), before it stops again."""
MOUSE_CELLS = "\x1b[?1016l"
"""The mouse tells cells again and no pixels."""


class PromptWriter(WriterThread):
    """Writes at once what the terminal takes at once; only one that does not is waited for in a thread.

    A thread would get to write when the event loop next rests: milliseconds after the picture was ready.
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(file)
        self._waiting: Queue[bytes | None] = Queue(MAX_QUEUED_WRITES)
        self._encoding, self._errors = file.encoding, file.errors or "replace"

    def write(self, text: str) -> None:
        """Write, or have it written after what waits already."""
        data = text.encode(self._encoding, self._errors)
        if len(data) <= AT_ONCE and not self._waiting.unfinished_tasks:
            data = self._written(data)
        if data:
            self._waiting.put(data)

    def _written(self, data: bytes) -> bytes:
        """Write what the terminal takes now; what is left."""
        try:
            _readable, ready, _failed = select.select([], [self.fileno()], [], 0)
            return data[os.write(self.fileno(), data) :] if ready else data
        except OSError:
            return data  # it has gone, most likely: the thread finds out

    def run(self) -> None:
        """Write what waits, in the thread. A terminal that has gone takes everything."""
        gone = False
        while (data := self._waiting.get()) is not None:
            while data and not gone:
                try:
                    data = data[os.write(self.fileno(), data) :]
                except BlockingIOError:
                    select.select([], [self.fileno()], [])
                except OSError:
                    gone = True
            self._waiting.task_done()

    def stop(self) -> None:
        """Write what waits and end the thread."""
        self._waiting.put(None)
        self.join()


class PatientDriver(LinuxDriver):
    """Takes what comes: invalid UTF-8 is shown as such, and a terminal that has gone ends the program in good order."""

    puts_pen_back = True
    """Whether the terminal's pen gets its own colours back when the terminal is given away."""
    answers: TerminalAnswers | None = None
    """Picks out what the terminal answers, once it was asked something."""
    has_terminal = False
    """Whether the terminal is ours to write on and to read from."""
    _stands_aside = False
    """Whether the terminal was given back, to be taken again when we go on after a stop."""
    _went_on = False
    """Whether somebody let us go on since we were stopped."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._may_not_stop = signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
        """Whether whoever started us does not want us to stop."""
        super().__init__(*args, **more)

    def ask_terminal(self, question: str, seconds: float) -> str:
        """What the terminal answers to a question that ends with one for its attributes (DA1), '' for silence. Blocks."""
        from tui.terminal_answers import TerminalAnswers

        answers = self.answers = TerminalAnswers()  # it stays: an answer that comes too late is no key either
        self.write(question)
        self.flush()
        return answers.wait(seconds)

    # ------------------------------------------------------------------ taking the terminal and giving it back

    def start_application_mode(self) -> None:
        """Take over the terminal, and hear of its size."""
        # Else Rich is asked first, which believes COLUMNS, LINES and TERM=dumb: two sizes would call each other for ever.
        self._size = self._get_terminal_size()
        self.has_terminal = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None and self._file is not None:
            self._writer_thread.stop()
            self._writer_thread = PromptWriter(self._file)
            self._writer_thread.start()
        self._loop.add_signal_handler(signal.SIGWINCH, self._window_changed)

    def stop_application_mode(self) -> None:
        """Give the terminal back; nothing where it is given back already."""
        self._stands_aside = False
        if not self.has_terminal:
            return
        self.write(PEN_BACK)
        if self._mouse_pixels:
            self.write(MOUSE_CELLS)
        super().stop_application_mode()
        self.has_terminal = False

    def disable_input(self) -> None:
        """Read no more; a terminal that is somebody else's is left alone: touching it would stop us."""
        if self.has_terminal:
            super().disable_input()

    def write(self, data: str) -> None:
        """Write to the terminal, as long as it is ours."""
        if self.has_terminal:
            super().write(data)

    # ------------------------------------------------------------------ stopping and going on

    def step_aside(self) -> bool:
        """Give the shell its terminal until it brings us back; False when no shell waits that could."""
        return not self._may_not_stop and shell_waits(self.fileno) and self._stop_here(0)

    def _stop_here(self, process: int) -> bool:
        """Stop, with the terminal given back: this process or, for 0, all of its group. Whether it was stopped.

        It goes on here when somebody lets it; `_come_back` takes the terminal again.
        """
        if self.has_terminal:
            self._app._suspend_signal()
            self.suspend_application_mode()
        self._stands_aside, self._went_on = True, False
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        try:
            os.kill(process, signal.SIGTSTP if process == 0 else signal.SIGSTOP)
            if not self._went_on:
                time.sleep(MOMENT)  # the signal may be on its way
        finally:
            signal.signal(signal.SIGTSTP, handler)
        if not self._went_on:  # the kernel does not stop what nobody would bring back
            self._come_back()
        return self._went_on

    def _come_back(self) -> None:
        """Go on: take the terminal again, or wait on where it is somebody else's."""
        if not (self.has_terminal or self._stands_aside):
            return  # the program is ending
        if not in_foreground(self.fileno):
            if self._went_on:
                self._loop.call_later(MOMENT, self._wait_on)
            return
        if self.has_terminal:  # stopped without warning (SIGSTOP): the shell has had the terminal all the same
            self.suspend_application_mode()
        self._stands_aside = False
        self.resume_application_mode()
        self._app.post_message(self.SignalResume())

    def _wait_on(self) -> None:
        """Stop again after `bg`, unless it ends now or has the terminal meanwhile."""
        if self._stands_aside and not in_foreground(self.fileno):
            self._stop_here(0)

    def _sigtstp_application(self, *_: object) -> None:
        if self.has_terminal and self._auto_restart:
            self._loop.call_soon_threadsafe(self._stop_here, os.getpid())
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        self._went_on = True
        if (self.has_terminal or self._stands_aside) and self._auto_restart:
            self._loop.call_soon_threadsafe(self._come_back)

    # ------------------------------------------------------------------ its size

    def _window_changed(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

    # ------------------------------------------------------------------ reading

    def run_input_thread(self) -> None:
        """Read what is typed until the program ends; in a thread of its own."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(TICK):
                    data = self._read()
                    if not data:
                        break
                    text = decode(data)
                    if self.answers is not None:
                        text = self.answers.take(text)
                else:
                    text = self.answers.release() if self.answers is not None else ""
                for event in parser.feed(text) if text else ():  # to the parser, nothing is the end
                    self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        try:
            list(parser.feed(""))
        except (EOFError, ParseError):
            return  # a sequence was cut off; nobody waits for it any more

    def _read(self) -> bytes:
        """The next bytes; none when the terminal has gone, which is a hang-up even where nobody sends the signal."""
        try:
            data = os.read(self.fileno, MOST)
        except OSError:
            data = b""
        if not data and not self.exit_event.is_set():
            os.kill(os.getpid(), signal.SIGHUP)
        return data
