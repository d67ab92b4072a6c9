import Crypto
import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

/// Messages of each platform through the running engine: from a webhook to the reply that its stand-in checks, and to
/// the statuses that the platform tells of it.
@Suite(.timeLimit(.minutes(5))) struct ChannelJourneyTests {
  private static let secret = "app-secret"

  @Test func everyPlatformIsAnsweredOnceAndItsStatusesNeverGoBack() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url, channelsAtStandIn: true) { installation in
        let engine = try await installation.serve()
        try await messenger(installation)
        try await instagram(installation)
        try await telegram(installation)
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }

  private func messenger(_ installation: Installation) async throws {
    let id = try await installation.connectMeta("messenger", account: "108")
    // What is of another page is not taken for this one's.
    let anybodys = try Cases.file("webhooks/messenger-messenger4j/shouldHandleTextMessageEvent.json")
    let body = Array(String(decoding: anybodys, as: UTF8.self).replacing("PAGE_ID", with: "108").utf8)
    let conversation = try await installation.answered(
      body, at: "messenger/\(id)", signedWith: Self.secret, to: "USER_ID", until: "read")
    #expect(conversation.messages[0].text == "hello, text message world!")
    let checked = try await installation.call("POST", "/v1/connections/\(id)/check")
    #expect(checked["ok"]?.bool == true, "\(checked)")
  }

  private func instagram(_ installation: Installation) async throws {
    let id = try await installation.connectMeta("instagram", account: "17841400000000001", token: "IGtoken")
    let body = """
      {"object":"instagram","entry":[{"id":"17841400000000001","time":1700000000000,"messaging":[{
      "sender":{"id":"9001"},"recipient":{"id":"17841400000000001"},"timestamp":1700000000000,
      "message":{"mid":"aWdfZAG1","text":"How many days do I have to return something?"}}]}]}
      """
    // The platform is too busy for the first tries, and says so in its own code; none of them was taken.
    try await installation.place.postJSON(
      #"{"error_rate":1,"error_status":400,"error_code":613}"#, to: "\(installation.place.standIn)/faults")
    #expect(
      try await installation.post(Array(body.utf8), to: "instagram/\(id)", signedWith: Self.secret) == 200)
    try await eventually("it was refused") {
      let ledger = try await installation.get("/v1/conversations?limit=100")["items"]?.array
      return ledger?.contains { $0["channel"]?.string == "instagram" } == true ? true : nil
    }
    try await installation.place.postJSON(#"{"error_rate":0}"#, to: "\(installation.place.standIn)/faults")
    let conversation = try await installation.answered(
      Array(body.utf8), at: "instagram/\(id)", signedWith: Self.secret, to: "9001", until: "read")
    #expect(conversation.messages.count == 2)
  }

  private func telegram(_ installation: Installation) async throws {
    let id = try await installation.connect(
      """
      {"channel":"telegram","name":"Bot","account":"stand_in_bot","access_token":"77:token",
      "verify_token":"shown"}
      """)
    let secret = ("X-Telegram-Bot-Api-Secret-Token", "shown")
    let text = try Cases.file("webhooks/telegram-nutgram/text.json")
    for _ in 0..<3 {
      #expect(try await installation.post(text, to: "telegram/\(id)", headers: [secret]) == 200)
    }
    try await installation.place.postJSON(
      #"{"error_rate":1,"error_status":429,"error_code":429}"#, to: "\(installation.place.standIn)/faults")
    // In a group only what is meant for the bot is answered, and there.
    for (number, words) in [(1, "what do you think, Bea?"), (2, "@stand_in_bot how do I return shoes?")] {
      let mention =
        number == 2 ? #""entities":[{"type":"mention","offset":0,"length":13}],"# : ""
      let update = """
        {"update_id":\(500 + number),"message":{"message_id":\(number),"date":1700000000,\(mention)
        "text":"\(words)","chat":{"id":-1001,"type":"supergroup","title":"Shop"},
        "from":{"id":42,"is_bot":false,"first_name":"Ada"}}}
        """
      #expect(try await installation.post(Array(update.utf8), to: "telegram/\(id)", headers: [secret]) == 200)
    }
    try await installation.place.postJSON(#"{"error_rate":0}"#, to: "\(installation.place.standIn)/faults")
    try await eventually("both are answered") {
      let sent = try await installation.sent().filter { ["12345678", "-1001"].contains($0.to) }
      return sent.count == 2 ? true : nil
    }
    // The read model follows what was sent.
    let others = try await eventually("the answer is shown") {
      let others = try await installation.conversations().filter { $0.contact.address == "12345678" }
      return others.contains { $0.messages.count > 1 } ? others : nil
    }
    #expect(others.count == 1 && others[0].messages.map(\.direction) == ["inbound", "outbound"])
    #expect(try await installation.repeatedSends() == 0)
  }
}

enum Cases {
  /// A body of `AIGENTABLE_CASES`.
  static func file(_ name: String) throws -> [UInt8] {
    guard let cases = ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] else {
      throw TestSetupError("AIGENTABLE_CASES does not name the folder with the webhook bodies")
    }
    return Array(try Data(contentsOf: URL(fileURLWithPath: "\(cases)/\(name)")))
  }
}

extension Installation {
  /// With the base address of every platform at the stand-in.
  static func with<R>(
    database: String, channelsAtStandIn: Bool, _ body: (Installation) async throws -> R
  ) async throws -> R {
    try await with(database: database) { installation in
      let standIn = installation.place.standIn
      let names = ["MESSENGER", "INSTAGRAM", "TELEGRAM"].map { "AIGENTABLE_\($0)_BASE_URL" }
      installation.place.add(Dictionary(uniqueKeysWithValues: names.map { ($0, standIn) }))
      return try await body(installation)
    }
  }

  func connectMeta(_ channel: String, account: String, token: String = "EAtoken") async throws -> String {
    let id = try await connect(
      """
      {"channel":"\(channel)","name":"\(channel)","account":"\(account)","app_secret":"app-secret",
      "verify_token":"verify","access_token":"\(token)"}
      """)
    for account in [account, "me"] {
      try await place.postJSON(
        #"{"url":"\#(place.engine)/webhooks/\#(channel)/\#(id)","secret":"app-secret","phone_number_id":"\#(account)"}"#,
        to: "\(place.standIn)/webhooks")
    }
    return id
  }

  func post(_ body: [UInt8], to path: String, headers: [(String, String)]) async throws -> Int {
    try await place.client.send(
      HTTPRequest(
        method: "POST", url: "\(place.engine)/webhooks/\(path)",
        headers: [("Content-Type", "application/json")] + headers, body: body)
    ).status
  }

  func post(_ body: [UInt8], to path: String, signedWith secret: String) async throws -> Int {
    let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
    let hexadecimal = code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return try await post(body, to: path, headers: [("X-Hub-Signature-256", "sha256=\(hexadecimal)")])
  }

  /// Posts a body three times, waits for the status of the only reply, and checks that it never goes back.
  func answered(
    _ body: [UInt8], at path: String, signedWith secret: String, to address: String, until status: String
  ) async throws -> Conversation {
    for _ in 0..<3 { #expect(try await post(body, to: path, signedWith: secret) == 200) }
    var rank = -1
    let conversation = try await eventually("the reply to \(address) is \(status)") {
      let all = try await conversations().filter { $0.contact.address == address }
      guard all.count == 1, all[0].messages.count == 2 else { return nil as Conversation? }
      #expect(all[0].messages[1].rank >= rank, "\(all[0].messages[1].status) after rank \(rank)")
      rank = all[0].messages[1].rank
      return all[0].messages[1].status == status ? all[0] : nil
    }
    #expect(try await sent().count { $0.to == address } == 1)
    return conversation
  }
}
