import Foundation

/// What must hold of every message once a run is over, by what the log says and what a channel took: each answered once,
/// each reply with one outcome, none lost, none sent twice, those to a contact in order. Pure.
package struct MessageVerdict: Sendable {
  /// How often the log says what came of a reply.
  package struct Outcome: Sendable {
    package let message: String
    package let succeeded: Int
    package let failed: Int
    package let uncertain: Int

    package init(message: String, succeeded: Int, failed: Int, uncertain: Int) {
      self.message = message
      self.succeeded = succeeded
      self.failed = failed
      self.uncertain = uncertain
    }
  }

  /// What the channel took, and the number of the question that it answers, counted within the contact's.
  package struct Send: Sendable {
    package let contact: String
    package let number: Int

    package init(contact: String, number: Int) {
      self.contact = contact
      self.number = number
    }
  }

  package private(set) var problems: [String] = []
  package let delivered: Int
  package let failed: Int
  package let uncertain: Int

  /// How many messages that were not answered once are named.
  private static let named = 5

  /// - Parameters:
  ///   - answers: of each message that was received how many replies, or reasons for none, say that they answer it.
  ///   - outcomes: of each reply.
  ///   - doubtful: the inputs of the sends that are uncertain.
  ///   - inFlight: those of the sends of which nobody may know what became of them.
  ///   - sends: in the order in which they were taken.
  ///   - repeats: how many the channel knows to have come before, by their own ids.
  package init(
    answers: [String: Int], outcomes: [Outcome], doubtful: [UUID], inFlight: Set<UUID>, sends: [Send],
    repeats: Int
  ) {
    delivered = outcomes.reduce(0) { $0 + $1.succeeded }
    failed = outcomes.reduce(0) { $0 + $1.failed }
    uncertain = outcomes.reduce(0) { $0 + $1.uncertain }
    let odd = answers.filter { $0.value != 1 }.keys.sorted().prefix(Self.named)
    if !odd.isEmpty { problems.append("not answered exactly once: \(odd.joined(separator: ", "))") }
    for one in outcomes where one.succeeded + one.failed + one.uncertain != 1 {
      problems.append(
        "\(one.message) was delivered \(one.succeeded), failed \(one.failed), uncertain \(one.uncertain) times"
      )
    }
    let others = doubtful.filter { !inFlight.contains($0) }
    if !others.isEmpty { problems.append("\(others.count) are uncertain that were not in flight at a kill") }
    judge(sends, repeats)
  }

  private mutating func judge(_ sends: [Send], _ repeats: Int) {
    if repeats > 0 { problems.append("\(repeats) messages were sent twice") }
    if sends.count < delivered || sends.count > delivered + uncertain {
      problems.append("\(sends.count) were taken, \(delivered) delivered, \(uncertain) uncertain")
    }
    for (contact, own) in Dictionary(grouping: sends, by: \.contact).sorted(by: { $0.key < $1.key }) {
      let numbers = own.map(\.number)
      if zip(numbers, numbers.dropFirst()).contains(where: { $0 >= $1 }) {
        problems.append("sends to \(contact) are out of order: \(numbers)")
      }
    }
  }
}
