import Foundation

/// What befalls a run.
struct Trouble {
  enum Mishap {
    /// The process is killed, and another started in its place after a while.
    case kill(process: Int, replaced: Duration)
    case stall(process: Int, for: Duration)
    /// The process is asked to end, as in an upgrade, and another started.
    case replace(process: Int)
    case join
    case databaseAway(for: Duration)
    /// The date of the server is so many seconds off for a while.
    case dateJump(by: Double, for: Duration)
  }

  /// For how long new things are asked, in milliseconds.
  static let lasts = 2_000
  /// How long the leases of stages and of builds last.
  static let lease = Duration.seconds(15)

  let mishaps: [(at: Duration, what: Mishap)]
  let faults: SimulatedDatabase.Faults
  let lostHints: Double
  /// Owners stand still until their leases are others', and go on while those act: see `Contest`.
  var isContested = false
  /// When all of the above has come to its end.
  let isOver: Duration

  /// Nothing else befalls a contest.
  static let contested = Trouble(
    mishaps: [], faults: .init(), lostHints: 0, isContested: true, isOver: .milliseconds(lasts + 1_000))

  private init(
    mishaps: [(at: Duration, what: Mishap)], faults: SimulatedDatabase.Faults, lostHints: Double,
    isContested: Bool,
    isOver: Duration
  ) {
    self.mishaps = mishaps
    self.faults = faults
    self.lostHints = lostHints
    self.isContested = isContested
    self.isOver = isOver
  }

  init(_ numbers: inout SeededNumbers) {
    var mishaps: [(at: Duration, what: Mishap)] = []
    if numbers.chance(0.8) {
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        mishaps.append((numbers.duration(100...Self.lasts + 1_000), Self.mishap(&numbers)))
      }
    }
    self.mishaps = mishaps
    isOver = mishaps.isEmpty ? .milliseconds(Self.lasts) : .milliseconds(Self.lasts + 1_500)
    faults =
      numbers.chance(0.5)
      ? .init()
      : .init(
        before: Double.random(in: 0...0.02, using: &numbers),
        during: Double.random(in: 0...0.04, using: &numbers),
        commit: Double.random(in: 0...0.06, using: &numbers))
    lostHints = numbers.chance(0.5) ? 0 : Double.random(in: 0...1, using: &numbers)
  }

  /// In milliseconds: less than anything waits for, past a send's time-out and grace, past a lease. A run goes on for as
  /// long as its longest stall, so the long ones are few.
  private static let stalls = [300...2_000, 300...2_000, 3_500...5_000, 3_500...5_000, 15_500...25_000]

  private static func mishap(_ numbers: inout SeededNumbers) -> Mishap {
    let process = Int.random(in: 0..<3, using: &numbers)
    switch Int.random(in: 0..<11, using: &numbers) {
    case 0..<4: return .kill(process: process, replaced: numbers.duration(0...2_000))
    case 4..<7:
      return .stall(
        process: process, for: numbers.duration(Self.stalls[Int.random(in: 0..<5, using: &numbers)]))
    case 7: return .replace(process: process)
    case 8: return .join
    case 9:
      // From a minute to two days.
      let seconds = Double(Int.random(in: 60...200_000, using: &numbers))
      return .dateJump(by: numbers.chance(0.5) ? seconds : -seconds, for: numbers.duration(200...4_000))
    default: return .databaseAway(for: numbers.duration(100...2_500))
    }
  }
}
