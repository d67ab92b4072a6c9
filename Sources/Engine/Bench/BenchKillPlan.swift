import Foundation
import Simulation

/// What the customers write and when the engine is killed; follows from the seed alone.
struct BenchKillPlan: Sendable {
  struct Message: Sendable {
    let contact: String
    /// Counts from 1 within the conversation.
    let number: Int
    /// Waited before it is written.
    let pause: Duration

    var id: String { "\(contact)-\(number)" }
    var text: String { "question \(number)" }
  }

  struct Kill: Sendable {
    /// How many messages have been acknowledged by then.
    let acknowledged: Int
    /// Waited after that.
    let pause: Duration
  }

  private(set) var conversations: [[Message]]
  /// In order.
  let kills: [Kill]
  var messages: Int { conversations.reduce(0) { $0 + $1.count } }

  init(conversations count: Int, kills: Int, seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    conversations = (0..<count).map { conversation in
      (1...Int.random(in: 1...3, using: &random)).map { number in
        Message(
          contact: "\(49_170_000_000_000 + conversation)", number: number,
          pause: .milliseconds(Int.random(in: 0...1_500, using: &random)))
      }
    }
    let messages = conversations.reduce(0) { $0 + $1.count }
    self.kills = (0..<kills).map { _ in
      Kill(
        acknowledged: Int.random(in: 1...max(1, messages * 9 / 10), using: &random),
        pause: .milliseconds(Int.random(in: 0...500, using: &random)))
    }.sorted { $0.acknowledged < $1.acknowledged }
  }

  /// What of it was written, when only so many conversations were begun.
  func prefix(_ count: Int) -> BenchKillPlan {
    var plan = self
    plan.conversations = Array(conversations.prefix(count))
    return plan
  }
}
