import HTTPClient
import JSON
import TestKit
import Testing

/// Customers that write to the engine while something happens to it.
struct Load: Sendable {
  let installation: Installation
  let contacts: Int
  let messages: Int

  init(on installation: Installation, contacts: Int, messages: Int) {
    self.installation = installation
    self.contacts = contacts
    self.messages = messages
  }

  private func address(_ contact: Int) -> String { "\(49_170_000_000_000 + contact)" }

  /// Every contact writes its messages in order and repeats each one until it is acknowledged. Any answer must be
  /// 200, or 503 with Retry-After.
  func run(pause: Duration = .zero) async throws {
    try await withThrowingTaskGroup { group in
      for contact in 0..<contacts {
        group.addTask {
          for number in 1...messages {
            try await Task.sleep(for: pause)
            let body = Webhook.text("question \(number)", from: address(contact), id: "\(contact)-\(number)")
            try await eventually("a webhook is acknowledged", within: .seconds(120)) {
              guard let response = try? await installation.post(body) else { return nil as Bool? }
              if response.status == 200 { return true }
              #expect(response.status == 503, "\(String(decoding: response.body, as: UTF8.self))")
              #expect(response.headers["Retry-After"] != nil)
              return nil
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Posts one message of a contact of its own until the engine says 503, as it must while it cannot store it.
  func untilUnavailable() async throws {
    let body = Webhook.text("still there?", from: address(contacts), id: "probe")
    try await eventually("a webhook is answered with 503 and Retry-After") {
      let response = try await installation.post(body)
      return response.status == 503 && response.headers["Retry-After"] != nil ? true : nil
    }
  }

  /// Waits until every acknowledged message has its reply and every reply its outcome, then checks that none was
  /// lost, sent twice or sent out of order. `uncertain` is the most messages that may be uncertain.
  func expectEverythingAnswered(uncertain: Int) async throws {
    let expected = Set((0..<contacts).map { address($0) })
    let conversations = try await eventually("every message is answered", within: .seconds(120)) {
      guard let all = try? await installation.conversations() else { return nil as [Conversation]? }
      let mine = all.filter { expected.contains($0.contact.address ?? "") }
      let isDone =
        mine.count == contacts
        && mine.allSatisfy { conversation in
          let inbound = conversation.messages.filter { $0.direction == "inbound" }
          let answered = Set(conversation.messages.flatMap(\.answers))
          return inbound.count == messages && inbound.allSatisfy { answered.contains($0.id) }
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
