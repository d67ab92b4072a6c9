import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

@Suite struct MainJobTests {
  @Test(.timeLimit(.minutes(3)))
  func aMessagePostedFiveTimesAtOnceIsAnsweredOnce() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let engine = try await installation.serve()
        try await installation.doMainJob()
        try await rebuild(installation)
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }

  private func rebuild(_ installation: Installation) async throws {
    let before = try await installation.conversations()
    let rebuild = try installation.place.start(["rebuild", "conversations"])
    var looks = 0
    while !rebuild.hasEnded || looks == 0 {
      #expect(try await installation.conversations() == before)
      looks += 1
    }
    #expect(await rebuild.ended() == 0)
    let tables = rebuild.printed.split(separator: "\n").filter { $0.hasPrefix("table ") }
    #expect(tables.count > 1 && tables.allSatisfy { $0.contains(" built, 0 differ") }, "\(rebuild.printed)")
    #expect(try await installation.conversations() == before)
  }
}

extension Installation {
  /// A customer's message, posted five times at once, is answered once and stands in every read model.
  func doMainJob() async throws {
    let body = try Webhook.file("message__text.json")
    try await withThrowingTaskGroup { group in
      for _ in 0..<5 { group.addTask { try await post(body).status } }
      for try await status in group { #expect(status == 200) }
    }
    var rank = -1
    let conversation = try await eventually("the reply is read") {
      guard let only = try await conversations().first, only.messages.count > 1 else {
        return nil as Conversation?
      }
      #expect(only.messages[1].rank >= rank, "\(only.messages[1].status) after rank \(rank)")
      rank = only.messages[1].rank
      return only.messages[1].status == "read" ? only : nil
    }
    #expect(conversation.messages.map(\.direction) == ["inbound", "outbound"])
    #expect(conversation.messages[0].text == "Body Text")
    #expect(conversation.messages[1].answers == [conversation.messages[0].id])
    let sent = try await sent()
    #expect(sent.map(\.to) == ["972987654321"])
    #expect(sent.first?.text == conversation.messages[1].text)
    #expect(sent.first?.biz_opaque_callback_data == conversation.messages[1].id)
    try await eventually("the message stands in usage and analytics") {
      // Three days, should midnight pass meanwhile.
      let days = [-86_400, 86_400].map { Date(timeIntervalSinceNow: $0).ISO8601Format().prefix(10) }
      let usage = try await get("/v1/usage?from=\(days[0])&to=\(days[1])")
      let overview = try await get("/v1/analytics/overview?from=\(days[0])&to=\(days[1])")
      let channel = overview["channels"]?.array?.first { $0["channel"]?.string == "whatsapp" }
      let counted = usage["connections"]?.array?.first { $0["connection"]?.string == connection }
      guard counted?["messages_received"]?.int == 1, counted?["messages_delivered"]?.int == 1,
        channel?["messages_received"]?.int == 1, channel?["statuses"]?["read"]?.int == 1
      else { return nil as Bool? }
      return true
    }
  }
}
