@testable import API
import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Postgres
import PostgresLog
import ServiceLifecycle
import TestKit
import Testing

struct ChatTests {
  @Test func aVisitorIsNamedOnceAndKnownAgainWithoutStorage() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let path = "/chat/\(api.tenant.webChat)/messages"
      #expect(try await api.call("GET", path, bearer: token).status == 200)
      for forged in ["", "x", "x.y", token + "A", String(token.dropLast(2)) + "AA"] {
        let answer = try await api.call("GET", path, bearer: forged)
        #expect(answer.status == 401 && answer.problem == "invalid-token", "\(forged)")
      }
      // A token of another connection, even of the same tenant, opens nothing here.
      let made = try await api.v1("POST", "/connections", #"{"channel":"webchat","name":"Second"}"#)
      let second = try #require(made.json?["id"]?.string)
      #expect(try await api.call("GET", "/chat/\(second)/messages", bearer: token).status == 401)
      #expect(
        try await api.call("POST", "/chat/\(api.tenant.whatsApp)/session").problem == "unknown-connection")
    }
  }

  @Test func aMessageIsTakenWithItsVisitorAsSender() async throws {
    try await TestAPI.with { api in
      let token = try await api.visitor()
      let id = UUID().uuidString.lowercased()
      let answer = try await api.say(#"{"id":"\#(id)","text":"Hello ☕"}"#, token)
      #expect(answer.status == 202 && answer.json?["id"]?.string == id)
      let (event, content) = try #require(try await api.inbound().first)
      #expect(try WebhookReceived.read(event).facts.channel == .webchat)
      #expect(content.sender.flatMap { UUID(uuidString: $0) } != nil)
      #expect(content.body.contains("Hello ☕"))
      let long = String(repeating: "x", count: 4_001)
      for bad in [
        #"{"id":"\#(id)","text":""}"#, #"{"id":"\#(id)","text":" \n"}"#, #"{"id":"1","text":"x"}"#,
        #"{"text":"x"}"#, #"{"id":"\#(id)"}"#, #"{"id":"\#(id)","text":"\#(long)"}"#,
        #"{"id":"\#(id)","text":"\u0000"}"#,
      ] {
        let answer = try await api.say(bad, token)
        #expect(answer.status == 400 && answer.problem == "invalid-message", "\(bad): \(answer.text)")
      }
      #expect(try await api.say("[]", token).problem == "not-an-object")
      #expect(try await api.say(#"{"id":"\#(String(repeating: "x", count: 70_000))"}"#, token).status == 413)
      #expect(try await api.count(.inbound) == 1)
    }
  }

  @Test func whatTheBrowserHasShownIsRecordedAsItsVisitors() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let path = "/chat/\(api.tenant.webChat)/receipts"
      let address = try api.address(of: token)
      let chat = try await api.open(.webchat, address: address)
      let answers = try await [api.reply("one", in: chat), api.reply("two", in: chat)]
      try await api.untilProjected(chat, messages: 2)
      let shown = #"{"read":["\#(answers[0])"]}"#
      let taken = try await api.call("POST", path, shown, bearer: token)
      #expect(taken.status == 202 && taken.json?["unknown"]?.array?.isEmpty == true)
      let (event, content) = try #require(try await api.inbound().first)
      #expect(try WebhookReceived.read(event).facts.channel == .webchat)
      #expect(content.body == shown && content.sender == address)
      let many = Array(repeating: #""\#(UUID())""#, count: 101).joined(separator: ",")
      for bad in [
        "{}", #"{"read":[]}"#, #"{"read":"all"}"#, #"{"read":["m1"]}"#, #"{"read":[\#(many)]}"#,
        #"{"id":"\#(UUID())","text":"Hello"}"#,
      ] {
        let answer = try await api.call("POST", path, bad, bearer: token)
        #expect(answer.status == 400 && answer.problem == "invalid-message", "\(bad): \(answer.text)")
      }
      #expect(try await api.call("POST", path, shown, bearer: "x.y").status == 401)
      // Neither is the other.
      #expect(try await api.say(shown, token).problem == "invalid-message")
      #expect(try await api.count(.inbound) == 1)
    }
  }

  /// A page names ids freely: what it was not sent would be counted as read.
  @Test func whatTheVisitorWasNotSentIsReadByNobody() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let (token, other) = (try await api.visitor(), try await api.visitor())
      let path = "/chat/\(api.tenant.webChat)/receipts"
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      let another = try await api.open(.webchat, address: try api.address(of: other))
      let said = try await api.hear("a question", in: chat)
      let answer = try await api.reply("an answer", in: chat, answers: [said])
      let secret = try await api.reply("for another", in: another)
      try await api.untilProjected(chat, messages: 2)
      try await api.untilProjected(another, messages: 1)
      let unknown = [MessageID(UUID()), said, secret]
      func post(_ ids: [MessageID]) async throws -> [String]? {
        let list = ids.map { #""\#($0)""# }.joined(separator: ",")
        let response = try await api.call("POST", path, #"{"read":[\#(list)]}"#, bearer: token)
        #expect(response.status == 202)
        return response.json?["unknown"]?.array?.compactMap(\.string)
      }
      #expect(try await post(unknown) == unknown.map(\.description))
      #expect(try await api.count(.inbound) == 0)
      #expect(try await post([unknown[0], answer, secret]) == [unknown[0], secret].map(\.description))
      let recorded = try await api.inbound()
      #expect(recorded.map(\.1.body) == [#"{"read":["\#(answer)"]}"#])
    }
  }

  @Test func aStreamTellsWhatWasAndThenWhatIs() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      let first = try await api.hear("first", in: chat, clientID: "4e1f2a3c-0000-4000-8000-000000000001")
      try await api.untilProjected(chat, messages: 1)
      try await api.stream(token) { events in
        let was = try await events.next()
        #expect(was.name == "message")
        #expect(was.json["id"]?.string == first.description)
        #expect(was.json["client_id"]?.string == "4e1f2a3c-0000-4000-8000-000000000001")
        #expect(was.id == was.json["position"]?.string)
        let replyID = MessageID(UUID.version7())
        api.hub.token(ChatDelta(reply: replyID, text: "sec"), of: chat.id)
        let delta = try await events.next()
        #expect(delta.name == "delta" && delta.json["text"]?.string == "sec")
        #expect(delta.id == nil)
        try await api.reply("second", in: chat, answers: [first], id: replyID)
        let reply = try await events.next()
        #expect(reply.json["id"]?.string == replyID.description)
        #expect(reply.json["text"]?.string == "second")
        #expect(reply.json["answers"]?[0]?.string == first.description)
        try await api.deliver(replyID, in: chat)
        let status = try await events.next()
        #expect(status.name == "status" && status.json["status"]?.string == "sent")
        // A stream from before the reply tells what came after, once.
        try await api.stream(token, lastEventID: was.id) { again in
          let missed = try await again.next()
          #expect(missed.json["text"]?.string == "second")
        }
      }
    }
  }

  @Test func whoComesBackHearsWhatBecameOfWhatTheyHave() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      let question = try await api.hear("a question", in: chat)
      let answer = try await api.reply("an answer", in: chat, answers: [question])
      try await api.hear("another", in: chat)
      try await api.untilProjected(chat, messages: 3)
      var last: String?
      try await api.stream(token) { events in
        #expect(try await events.next().json["text"]?.string == "a question")
        let reply = try await events.next()
        #expect(reply.json["status"]?.string == "queued")
        last = try await events.next().id
      }
      try await api.deliver(answer, in: chat)
      try await until("the read model has the status") {
        let detail = try await api.v1("GET", "/conversations/\(chat.id)")
        return detail.json?["messages"]?[1]?["status"]?.string == "sent"
      }
      try await api.stream(token, lastEventID: last) { events in
        let status = try await events.next()
        #expect(status.name == "status" && status.id == nil)
        #expect(status.json["id"]?.string == answer.description)
        #expect(status.json["status"]?.string == "sent")
        // Nothing else is told again.
        try await api.hear("a third", in: chat)
        #expect(try await events.next().json["text"]?.string == "a third")
      }
    }
  }

  @Test func aStreamIsCompleteWhileTheReadModelStandsStill() async throws {
    // Nothing of the conversation reaches the read model; everything is in the log.
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      try await api.database.pool.withConnection {
        // Holds every batch of the projection back until this test ends.
        try $0.executeScript(
          """
          update projection.lease
          set owner = gen_random_uuid(), epoch = epoch + 1000000, expires_at = 'infinity'
          """)
      }
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      for number in 0..<5 { try await api.hear("message \(number)", in: chat) }
      try await api.stream(token) { events in
        for number in 0..<5 { #expect(try await events.next().json["text"]?.string == "message \(number)") }
        try await api.hear("live", in: chat)
        #expect(try await events.next().json["text"]?.string == "live")
        let history = try await api.call("GET", "/chat/\(api.tenant.webChat)/messages", bearer: token)
        #expect(history.json?["items"]?.array?.isEmpty == true)
      }
    }
  }

  @Test func whoListensBeforeTheFirstMessageHearsIt() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let address = try api.address(of: token)
      try await api.stream(token) { events in
        try await events.untilHeartbeat()
        let chat = try await api.open(.webchat, address: address)
        try await api.hear("first of all", in: chat)
        #expect(try await events.next().json["text"]?.string == "first of all")
      }
      // Another visitor of the same connection hears nothing of it.
      let other = try await api.visitor()
      try await api.stream(other) { events in
        try await events.untilHeartbeat()
        #expect(events.seen == 0)
      }
    }
  }

  @Test func whatWasIsReadBackwardsPageByPage() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let path = "/chat/\(api.tenant.webChat)/messages"
      let token = try await api.visitor()
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      // Another visitor's messages lie between.
      let otherToken = try await api.visitor()
      let other = try await api.open(.webchat, address: try api.address(of: otherToken))
      for number in 0..<130 {
        if number % 2 == 0 {
          try await api.hear("\(number)", in: chat)
        } else {
          try await api.reply("\(number)", in: chat)
        }
        if number < 50 { try await api.hear("other \(number)", in: other) }
      }
      try await api.untilProjected(chat, messages: 130)
      try await api.untilProjected(other, messages: 50)

      func page(_ before: String?, _ token: String) async throws -> (texts: [String], previous: String?) {
        let answer = try await api.call("GET", path + (before.map { "?before=\($0)" } ?? ""), bearer: token)
        #expect(answer.status == 200, "\(answer.text)")
        let items = try #require(answer.json?["items"]?.array)
        return (items.compactMap { $0["text"]?.string }, answer.json?["previous"]?.string)
      }
      var pages = [try await page(nil, token)]
      while let before = pages.last?.previous, pages.count < 5 { pages.append(try await page(before, token)) }
      #expect(pages.map(\.texts.count) == [50, 50, 30])
      #expect(pages.reversed().flatMap(\.texts) == (0..<130).map(String.init))
      try await api.stream(token) { events in
        let earlier = try await events.next()
        #expect(earlier.name == "earlier" && earlier.id == nil)
        #expect(earlier.json["previous"]?.string == pages[0].previous)
        #expect(try await events.next().json["text"]?.string == "80")
      }

      // Nobody's place leads to another's messages, and 50 are all that there are here.
      let own = try await page(nil, otherToken)
      #expect(own.texts.count == 50 && own.previous == nil)
      try await api.stream(otherToken) { events in
        let first = try await events.next()
        #expect(first.name == "message")
      }
      let theirs = StreamID(other.id).partition(of: api.log.layout.count(.conversations))
      #expect(try await page("\(theirs):\(Int64.max)", otherToken).texts.count == 50)
      for before in pages.compactMap(\.previous) + ["0:\(Int64.max)", "3:\(Int64.max)", "2000000000:1"] {
        #expect(try await page(before, otherToken).texts.allSatisfy { $0.hasPrefix("other ") }, "\(before)")
        #expect(try await page(before, token).texts.allSatisfy { Int($0) != nil }, "\(before)")
      }
      let partition = StreamID(chat.id).partition(of: api.log.layout.count(.conversations))
      #expect(try await page("\(partition):-1", token).texts.isEmpty)
      #expect(try await page("\(partition.rawValue + 1):\(Int64.max)", token).texts.isEmpty)
    }
  }

  @Test func aPlaceThatIsNoneIsRefused() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let path = "/chat/\(api.tenant.webChat)/messages"
      let token = try await api.visitor()
      for query in [
        "before=x", "before=1", "before=1:", "before=:1", "before=-1:3", "before=0:-2", "before=1:2:3",
        "before=0:99999999999999999999", "before=0:1&before=0:2", "before=0:5&after=0:1",
      ] {
        let answer = try await api.call("GET", "\(path)?\(query)", bearer: token)
        #expect(answer.status == 400 && answer.problem == "invalid-parameter", "\(query): \(answer.text)")
        #expect(answer.json?["detail"]?.string?.contains("before") == true, "\(query): \(answer.text)")
      }
      #expect(try await api.call("GET", "\(path)?before=0:5").status == 401)
      // A visitor who has written nothing has nothing.
      let answer = try await api.call("GET", "\(path)?before=0:5", bearer: token)
      #expect(answer.status == 200 && answer.json?["items"]?.array?.isEmpty == true)
    }
  }

  @Test func reconnectingAtAnyMomentNeitherLosesNorRepeats() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let seed = UInt64.random(in: 0...UInt64.max)
      var random = SeededRandom(seed: seed)
      let token = try await api.visitor()
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      let total = 120
      try await withThrowingTaskGroup { group in
        group.addTask { for number in 0..<total { try await api.hear("\(number)", in: chat) } }
        var heard: [String] = []
        let partition = StreamID(chat.id).partition(of: api.log.layout.count(.conversations))
        var last = "\(partition):-1"
        while heard.count < total {
          let most = Int.random(in: 1...17, using: &random)
          let (texts, id) = try await api.take(min(most, total - heard.count), token, after: last)
          heard += texts
          last = id ?? last
        }
        #expect(heard == (0..<total).map(String.init), "seed \(seed)")
        try await group.waitForAll()
      }
    }
  }

  @Test func anOpenStreamEndsWhenTheServerIsToldToStop() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      try await api.stream(token) { events in
        try await events.untilHeartbeat()
        await api.services.triggerGracefulShutdown()
        try await events.untilEnd()
      }
    }
  }

  @Test func aSlowReaderIsCutAndNobodyElseWaits() {
    let mailbox = Mailbox()
    for number in 0...Mailbox.maximumWaiting {
      mailbox.offer(
        .status(ChatStatus(id: MessageID(UUID()), status: "sent"), Offset(Int64(number))))
    }
    #expect(mailbox.isCut)
  }

  @Test func hintsAreDroppedLongBeforeAReaderIsCut() async {
    let mailbox = Mailbox()
    for _ in 0..<10_000 { mailbox.offer(.delta(ChatDelta(reply: MessageID(UUID()), text: "x"))) }
    #expect(!mailbox.isCut)
    #expect(await mailbox.next()?.count == Mailbox.maximumBeforeHints)
  }

  @Test func thePageIsSmallSafeAndCarriesTheName() async throws {
    try await TestAPI.with { api in
      let page = try await api.call("GET", "/chat/\(api.tenant.webChat)")
      #expect(page.status == 200)
      #expect(page.text.contains("Bean &amp; Leaf &lt;Roasters&gt;"))
      #expect(!page.text.contains("<Roasters>"))
      let policy = try #require(page.headers["Content-Security-Policy"])
      #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
      #expect(page.headers["Access-Control-Allow-Origin"] == nil)
      #expect(page.text.contains(#"data-connection="\#(api.tenant.webChat)" data-mode="page""#))
      #expect(try await api.call("GET", "/chat/\(UUID())").status == 404)
    }
  }
}

/// SplitMix64, so that a failure can be repeated from its seed.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
