import Foundation

/// Whose turn it is, and what time it is: all of it follows from a seed.
///
/// Everything that can run waits in one list, from which the next is drawn. Time stands still while something can
/// run; then it jumps to the next moment for which something waits.
///
/// Unchecked: only the thread that runs it touches it, which every entry checks.
final class World: @unchecked Sendable {
  private struct Step {
    let process: SimulatedProcess?
    let what: Trace.What
    let run: () -> Void
  }

  private struct Timer {
    let id: UInt64
    let at: Duration
    let step: Step
  }

  /// When the world began. Only for how dates look: nothing depends on it.
  private static let birth = Date(timeIntervalSince1970: 1_800_000_000)

  var numbers: SeededNumbers
  private(set) var elapsed = Duration.zero
  private(set) var steps = 0
  var trace: Trace
  /// When the database took long over something, and for how long.
  private(set) var delays: [(at: Date, seconds: Double)] = []
  /// What befell those in it.
  private(set) var seen = Occurrences()
  private let origin = ContinuousClock.now
  private let thread = pthread_self()
  private var ready: [Step] = []
  /// In order of time, the next one last.
  private var timers: [Timer] = []
  private var nextTimer: UInt64 = 0

  init(seed: UInt64, trace: Trace) {
    numbers = SeededNumbers(seed: seed)
    self.trace = trace
  }

  var now: ContinuousClock.Instant { origin + elapsed }
  var date: Date { Self.birth.addingTimeInterval(elapsed / .seconds(1)) }

  func elapsed(at instant: ContinuousClock.Instant) -> Duration { instant - origin }

  func noteDelay(_ delay: Duration) {
    delays.append((date, delay / .seconds(1)))
    note(.slowStatement)
  }

  func note(_ occurrence: Occurrence, _ times: Int = 1) { seen.note(occurrence, times) }

  /// Whether steps are printed.
  var isTold: Bool { trace.print != nil }

  /// Printed where steps are printed.
  func tell(_ who: String, _ text: @autoclosure () -> String) { trace.tell(elapsed, who, text()) }

  // MARK: What waits

  func add(_ process: SimulatedProcess?, _ what: Trace.What, _ run: @escaping () -> Void) {
    check()
    ready.append(Step(process: process, what: what, run: run))
  }

  /// Runs it after `delay`; the number by which it can be cancelled.
  @discardableResult
  func add(
    _ process: SimulatedProcess?, _ what: Trace.What, after delay: Duration, _ run: @escaping () -> Void
  ) -> UInt64 {
    check()
    nextTimer += 1
    let timer = Timer(
      id: nextTimer, at: elapsed + max(delay, .zero), step: Step(process: process, what: what, run: run))
    let place = timers.lastIndex { $0.at > timer.at }.map { $0 + 1 } ?? 0
    timers.insert(timer, at: place)
    return timer.id
  }

  func cancel(_ timer: UInt64) {
    check()
    timers.removeAll { $0.id == timer }
  }

  /// Whether some process, if only one that has ended, is still to be told something.
  var owesProcesses: Bool {
    ready.contains { $0.process != nil } || timers.contains { $0.step.process != nil }
  }

  /// Forgets what waits, and with it whoever waits.
  func end() {
    ready = []
    timers = []
  }

  // MARK: Running

  /// One turn; false when nothing will ever happen again.
  func step() -> Bool {
    check()
    let movable = ready.contains { $0.process?.isStalled == true } ? runnable : nil
    let place =
      movable.map { $0.randomElement(using: &numbers) } ?? ready.indices.randomElement(using: &numbers)
    if let place {
      ready.swapAt(place, ready.count - 1)
      let step = ready.removeLast()
      steps += 1
      trace.note(elapsed, step.process?.name ?? "world", step.what)
      step.run()
      return true
    }
    guard let timer = timers.popLast() else { return false }
    elapsed = max(elapsed, timer.at)
    ready.append(timer.step)
    return true
  }

  private var runnable: [Int] { ready.indices.filter { ready[$0].process?.isStalled != true } }

  private func check() {
    precondition(pthread_equal(thread, pthread_self()) != 0, "a simulation has one thread")
  }
}

/// What happened, in order: a number that two runs share only when they are the same, and, where it is wanted, lines.
struct Trace {
  enum What {
    case job
    case timer
    case other(String)

    var text: String {
      switch self {
      case .job: "runs"
      case .timer: "wakes"
      case .other(let text): text
      }
    }
  }

  private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  let print: (@Sendable (String) -> Void)?

  mutating func note(_ time: Duration, _ who: String, _ what: What) {
    let (seconds, attoseconds) = time.components
    fold(UInt64(bitPattern: seconds))
    fold(UInt64(bitPattern: attoseconds))
    fold(who)
    fold(what.text)
    write(time, who, what.text)
  }

  /// What was asked or decided within a step. It follows from the steps, so it is only for reading, and nothing is made
  /// of it where nobody reads.
  func tell(_ time: Duration, _ who: String, _ text: @autoclosure () -> String) {
    guard print != nil else { return }
    write(time, who, "  \(text())")
  }

  private func write(_ time: Duration, _ who: String, _ text: String) {
    guard let print else { return }
    print("\(String(format: "%10.3f s", time / .seconds(1)))  \(who)  \(text)")
  }

  /// FNV-1a, by words where there are words.
  private mutating func fold(_ word: UInt64) { digest = (digest ^ word) &* 0x100_0000_01B3 }

  private mutating func fold(_ text: String) {
    for byte in text.utf8 { fold(UInt64(byte)) }
    // Where it ends, so that what follows is not taken for more of it.
    fold(UInt64(0xFF))
  }
}
