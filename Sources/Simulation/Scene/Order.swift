import Contracts
import Foundation
import JSON

/// What an event of a simulation wants of the stage that reads it.
struct Order: Codable, Sendable, Equatable {
  enum Kind: String, Codable, Sendable, CaseIterable {
    /// Decided at once.
    case plain
    /// A call of the outside world, which fails `failures` times.
    case call
    /// Decided after a time.
    case timer
    /// Cannot be processed until the software is mended.
    case poison
  }

  var number: Int
  var kind: Kind
  var failures = 0
  /// Of a timer, in milliseconds.
  var delay = 0
  /// What the output of the first stage wants of the second.
  var next: [Order] = []

  static let asked: EventType = "simulated.asked"
  static let answered: EventType = "simulated.answered"
  static let sent: EventType = "simulated.sent"
  static let uncertain: EventType = "simulated.uncertain"
  static let failed: EventType = "simulated.failed"

  private struct Value: Codable { let facts: Order }

  var value: [UInt8] {
    get throws { try JSON.encode(Value(facts: self)) }
  }

  init(number: Int, kind: Kind, failures: Int = 0, delay: Int = 0, next: [Order] = []) {
    self.number = number
    self.kind = kind
    self.failures = failures
    self.delay = delay
    self.next = next
  }

  init(_ event: Event) throws { self = try JSON.decode(Value.self, from: event.value).facts }
}
