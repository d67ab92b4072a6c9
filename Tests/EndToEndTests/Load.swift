import HTTPClient
import JSON
import Synchronization
import TestKit
import Testing

/// Customers that write to the engine while something happens to it.
final class Load: Sendable {
  private struct State {
    /// How many messages of each contact were acknowledged.
    var acknowledged: [Int: Int] = [:]
    /// Those that were told to come again later.
    var refused: Set<Int> = []
    var isFinishing = false
  }

  private let installation: Installation
  private let contacts: Int
  private let messages: Int
  private let state = Mutex(State())

  /// - Parameter messages: how many each contact writes at least.
  init(on installation: Installation, contacts: Int, messages: Int) {
    self.installation = installation
    self.contacts = contacts
    self.messages = messages
  }

  private func address(_ contact: Int) -> String { "\(49_170_000_000_000 + contact)" }

  /// Every contact writes its messages in order, until `finish` at the earliest, and repeats each one until it is
  /// acknowledged. Any answer must be 200, or 503 with Retry-After.
  func run(pause: Duration = .zero) async throws {
    try await withThrowingTaskGroup { group in
      for contact in 0..<contacts {
        group.addTask { [self] in
          var number = 0
          while number < messages || !state.withLock({ $0.isFinishing }) {
            number += 1
            try await Task.sleep(for: pause)
            try await write(number, as: contact)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func write(_ number: Int, as contact: Int) async throws {
    let body = Webhook.text("question \(number)", from: address(contact), id: "\(contact)-\(number)")
    try await eventually("a webhook is acknowledged", within: .seconds(120)) {
      guard let response = try? await installation.post(body) else { return nil as Bool? }
      if response.status == 200 { return true }
      #expect(response.status == 503, "\(String(decoding: response.body, as: UTF8.self))")
      #expect(response.headers["Retry-After"] != nil)
      state.withLock { _ = $0.refused.insert(contact) }
      return nil
    }
    state.withLock { $0.acknowledged[contact] = number }
  }

  /// Returns once every contact has been told 503, as it must be while the engine cannot store what it writes.
  func untilAllAreRefused() async throws {
    try await eventually("every contact is answered with 503") {
      state.withLock { $0.refused.count } == contacts ? true : nil
    }
  }

  /// Lets `run` end, each contact with the message that it is at.
  func finish() { state.withLock { $0.isFinishing = true } }

  /// Waits until every acknowledged message has its reply and every reply its outcome, then checks that none was
  /// lost, sent twice or sent out of order. `uncertain` is the most messages that may be uncertain.
  func expectEverythingAnswered(uncertain: Int) async throws {
    let acknowledged = state.withLock { $0.acknowledged }
    let expected = Dictionary(uniqueKeysWithValues: acknowledged.map { (address($0.key), $0.value) })
    let conversations = try await eventually("every message is answered", within: .seconds(120)) {
      guard let all = try? await installation.conversations() else { return nil as [Conversation]? }
      let mine = all.filter { expected[$0.contact.address ?? ""] != nil }
      let isDone =
        mine.count == contacts
        && mine.allSatisfy { conversation in
          let inbound = conversation.messages.filter { $0.direction == "inbound" }
          let answered = Set(conversation.messages.flatMap(\.answers))
          return inbound.count == expected[conversation.contact.address ?? ""]
            && inbound.allSatisfy { answered.contains($0.id) }
            && conversation.messages.allSatisfy(\.isSettled)
        }
      return isDone ? mine : nil
    }
    let sent = Dictionary(grouping: try await installation.sent(), by: \.to)
    var doubtful = 0
    for conversation in conversations {
      let outbound = conversation.messages.filter { $0.direction == "outbound" }
      let ids = outbound.map(\.id)
      let order = (sent[conversation.contact.address ?? ""] ?? []).map { $0.biz_opaque_callback_data ?? "" }
      #expect(
        order == ids.filter { order.contains($0) }, "sends of \(conversation.id) are in order, each once")
      doubtful += outbound.count { $0.status == "uncertain" }
      for message in outbound where message.status != "uncertain" { #expect(order.contains(message.id)) }
      let answers = outbound.flatMap(\.answers)
      #expect(Set(answers).count == answers.count, "each message of \(conversation.id) is answered once")
    }
    #expect(doubtful <= uncertain, "\(doubtful) messages are uncertain")
    #expect(try await installation.repeatedSends() == 0)
  }
}
