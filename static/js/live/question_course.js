// The course of the questions: which is current, and whether it is read, awaited or answered. Knows
// no element of the page; emits "changed", and "mark" with what has to be kept.

const START_WITHIN_MS = 15_000;

export class Course extends EventTarget {
  current = 1;
  phase = "idle"; // idle, reading, starting, answering
  startsAfterReading = true;
  #count;
  #time;
  #reader;
  #needsAnswers;
  #tell;
  #guard = null;

  // ``needsAnswers``: recorded is nothing but answers, and the recorder waits for each to start.
  constructor({ count, time, reader, needsAnswers, tell, marks = [] }) {
    super();
    this.#count = count;
    this.#time = time;
    this.#reader = reader;
    this.#needsAnswers = needsAnswers;
    this.#tell = tell;
    this.marks = marks;
    this.#takeUp();
  }

  // After a reload: the question of the last mark; an answer that had not ended goes on.
  #takeUp() {
    const last = this.marks.at(-1);
    if (!last) return;
    const isOpen = last.kind === "start";
    this.current = isOpen ? last.question : Math.min(last.question + 1, this.#count);
    this.phase = isOpen && !this.#needsAnswers ? "answering" : "idle";
  }

  // Recorded milliseconds of a question's answers, and whether it has any.
  answered(number) {
    let total_ms = 0;
    let start = null;
    let has = false;
    for (const { question, kind, take, t_ms } of this.marks) {
      if (start && (kind === "start" || question === start.question)) {
        if (start.question === number && start.take === take) total_ms += Math.max(0, t_ms - start.t_ms);
        start = null;
      }
      if (kind === "start") {
        start = { question, take, t_ms };
        has ||= question === number;
      }
    }
    return { has, total_ms };
  }

  async read(text, language) {
    this.end();
    this.#stopReading();
    const number = this.current;
    this.#become("reading");
    this.#tell("reading-start", { question: number });
    const wasRead = await this.#reader.read(text, language);
    if (this.phase !== "reading" || this.current !== number) return wasRead;
    this.#tell("reading-end", { question: number });
    this.#become("idle");
    if (wasRead && this.startsAfterReading && this.mayStart) this.start();
    return wasRead;
  }

  #stopReading() {
    if (this.phase !== "reading") return;
    this.#become("idle");
    this.#reader.stop();
    this.#tell("reading-end", { question: this.current });
  }

  // Without a recorder at work an answer would be marked nowhere.
  get mayStart() {
    return this.#needsAnswers ? this.isReady !== false : this.#time.isRunning;
  }

  start() {
    this.#stopReading();
    if (this.phase !== "idle" || !this.mayStart) return;
    const number = this.current;
    if (this.#needsAnswers && !this.#time.isRunning) {
      this.#become("starting");
      this.#guard = setTimeout(() => this.#giveUp(), START_WITHIN_MS);
      this.#tell("answer-start", { question: number, number });
      return;
    }
    this.#mark("start");
    this.#become("answering");
    this.#tell("answer-start", { question: number, number });
  }

  // The recorder is at work: an answer that was waiting for it starts now.
  recording() {
    if (this.phase === "starting") {
      clearTimeout(this.#guard);
      this.#mark("start");
      this.#become("answering");
    } else this.#changed();
  }

  #giveUp() {
    if (this.phase !== "starting") return;
    this.#tell("answer-end", { question: this.current, number: this.current });
    this.#become("idle");
    this.dispatchEvent(new CustomEvent("failed"));
  }

  end() {
    if (this.phase === "starting") {
      clearTimeout(this.#guard);
      this.#become("idle");
      this.#tell("answer-end", { question: this.current, number: this.current });
      return false;
    }
    if (this.phase !== "answering") return false;
    this.#mark("end");
    this.#become("idle");
    this.#tell("answer-end", { question: this.current, number: this.current });
    return true;
  }

  // One key for the whole talk: start the answer, end it, and the next question stands there.
  toggle() {
    if (this.phase === "answering") {
      this.end();
      if (this.current < this.#count) this.go(this.current + 1);
    } else if (this.phase === "starting") this.end();
    else this.start();
  }

  go(number) {
    if (number < 1 || number > this.#count) return;
    this.end();
    this.#stopReading();
    this.current = number;
    this.#changed();
  }

  step(by) {
    this.go(this.current + by);
  }

  #mark(kind) {
    const { take, t_ms } = this.#time;
    if (take === null) return;
    const mark = { id: crypto.randomUUID(), question: this.current, take, t_ms, kind };
    this.marks.push(mark);
    this.dispatchEvent(new CustomEvent("mark", { detail: mark }));
  }

  #become(phase) {
    this.phase = phase;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("changed"));
  }
}
