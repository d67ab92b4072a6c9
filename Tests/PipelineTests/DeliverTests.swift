import Channels
import Contracts
import Crypto
import EventLog
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Pipeline
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

@Suite struct DeliverTests {
  private let ada = InboundOrigin.of("ada")

  @Test func whatIsSentSaysWhenTheContactWroteAndWhetherAPersonAnswers() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      try await journey.compose("By hand", replyTo: "m1", after: records)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let sent = journey.sender.effects.map(\.message)
      // By our clock, however long ago the platform says that it was.
      let received = try #require(records.first { $0.event.type == MessageReceived.type }).event.time
      // What a stage keeps of a time has milliseconds.
      for last in sent.map(\.context.lastInbound) {
        #expect(abs(try #require(last).timeIntervalSince(received)) < 0.001)
      }
      #expect(sent.count == 2)
      #expect(sent.map(\.context.isByPerson) == [false, true])
      #expect(sent.map(\.replyTo) == [nil, "m1"])
    }
  }

  @Test func anAnswerFollowsTheContactWhoMoved() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(
        .text("m1", "Hello", from: ada), .move(InboundMove(providerID: "v1", origin: ada, address: "ada 2")),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) == 1 && $0.count(ContactMoved.type) == 1
      }
      try await journey.compose("There you are", after: records)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(journey.sender.all.last?.address == "ada 2")
    }
  }

  @Test func inAGroupAnAnswerGoesToTheGroupAndNamesWhatItAnswers() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: .of("ada", thread: "group 1")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      // Answers bob under his key; where it goes is under ada's.
      try await channel.report(
        .text("m2", "And me?", from: .of("bob", thread: "group 1")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let sent = journey.sender.effects.map(\.message)
      #expect(sent.map(\.thread) == ["group 1", "group 1"])
      #expect(sent.map(\.replyTo) == ["m1", "m2"])
    }
  }

  @Test func anAccountThatIsThrottledIsLeftAloneForAsLongAsItsProviderAsks() async throws {
    let channel = ScriptedChannel()
    let times = Mutex<[Date]>([])
    let sender = RecordingSender { call, _ in
      times.withLock { $0.append(Date()) }
      return call == 1
        ? .notTaken(reason: "throttled", code: 429, retryAfterSeconds: 2)
        : .accepted(providerID: "p\(call)", milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      try await eventually("the account is closed") {
        try await journey.tenant.database.pool.withConnection {
          try $0.execute("select count(*) from stage.pace")[0].int8(0) == 1 ? true : nil
        }
      }
      try await channel.report(.text("m2", "Hello", from: .of("bob")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let calls = times.withLock { $0 }
      #expect(calls.count == 3)
      #expect(calls[1].timeIntervalSince(calls[0]) >= 1.9)
    }
  }

  @Test func theIDsOfAllPartsAreKept() async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { _, _ in
      .accepted(providerID: "c", earlier: ["a", "b"], milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let value = try DeliverySucceeded.read(records.first(DeliverySucceeded.type))
      let ids = [KeyID(journey.tenant.tenant.uuid), try #require(try value.keyID)]
      let keys = try await journey.tenant.database.pool.withConnection {
        try journey.tenant.keyring.keys(Set(ids), on: $0)
      }
      #expect(
        try value.opened(with: try #require(keys[ids[1]]))
          == DeliverySucceeded.Private(providerID: "c", parts: ["a", "b"]))
      #expect(value.facts.parts == ["a", "b"].compactMap { keys[ids[0]]?.hmac($0, on: .whatsapp) })
    }
  }

  @Test func aPartThatIsRefusedWaitsAndOnlyTheRestIsSentAgain() async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { call, _ in
      switch call {
      case 1: .partlyTaken(ids: ["a", "b"], reason: "throttled", code: 429, retryAfterSeconds: 0.01)
      case 2: .notTaken(reason: "store-unavailable", code: nil, retryAfterSeconds: 0.01)
      case 3: .partlyTaken(ids: ["a", "b", "c"], reason: "throttled", code: 429, retryAfterSeconds: 0.01)
      default: .accepted(providerID: "d", earlier: ["a", "b", "c"], milliseconds: 1)
      }
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(
        journey.sender.effects.map(\.message.taken) == [[], ["a", "b"], ["a", "b"], ["a", "b", "c"]])
      let facts = try DeliverySucceeded.read(records.first(DeliverySucceeded.type)).facts
      #expect(facts.parts?.count == 3 && facts.attempts == 4)
      let kept = try await journey.tenant.database.pool.withConnection {
        try $0.execute("select value from stage.state where stage = 'deliver'").map {
          String(decoding: $0.bytes(0), as: UTF8.self)
        }
      }
      #expect(kept.allSatisfy { !$0.contains("sending") })
    }
  }

  /// Also by who sends the rest after a crash: what was taken lies in the state, sealed.
  @Test func whatCannotBeFinishedIsUncertainAndNamesWhatWasTaken() async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { call, _ in
      call == 1
        ? .partlyTaken(ids: ["a"], reason: "throttled", code: 429, retryAfterSeconds: 0.01)
        : .rejected(reason: "outside-window", code: 131_047)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliveryUncertain.type) == 1 }
      let facts = try DeliveryUncertain.read(records.first(DeliveryUncertain.type)).facts
      let id = KeyID(journey.tenant.tenant.uuid)
      let key = try await journey.tenant.database.pool.withConnection {
        try journey.tenant.keyring.keys([id], on: $0)[id]
      }
      #expect(facts.reason == "partly-taken" && facts.code == 131_047)
      #expect(facts.parts == [key].compactMap { $0?.hmac("a", on: .whatsapp) })
      #expect(sender.effects.map(\.message.taken) == [[], ["a"]])
    }
  }

  /// Three at once and then two a second, for all topics together; who waits is looked at again, not planned again.
  @Test func topicsOfAGroupShareItsBucketAndWhoWaitsIsPlannedOnce() async throws {
    let channel = ScriptedChannel(
      sendLimits: SendLimits(thread: SendRate(perSecond: 2, burst: 3)),
      group: { $0.split(separator: "/").first.map(String.init) })
    // When each was given its turn, however late it is then called.
    let turns = Mutex<[Date]>([])
    let sender = RecordingSender { call, effect in
      if effect.message.thread?.hasPrefix("group/") == true {
        turns.withLock { $0.append(effect.message.context.now) }
      }
      return .accepted(providerID: "p\(call)", milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      let topics = (1...5).map {
        InboundItem.text("m\($0)", "Hello", from: .of("ada", thread: "group/\($0)"))
      }
      for topic in topics { try await channel.report(topic, to: journey.tenant) }
      try await channel.report(
        .text("o1", "Hello", from: .of("ada", thread: "other/1")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 6 }
      let sent = turns.withLock { $0.sorted() }
      #expect(sent.count == 5)
      // What came after the first three waited for its share of the second. A time that is kept has milliseconds.
      for number in 3..<sent.count {
        #expect(sent[number].timeIntervalSince(sent[0]) >= Double(number - 2) / 2 - 0.01)
      }
      #expect(channel.counted <= 6)
    }
  }

  @Test func whereTheProviderDoesNotSayWhatItLimitsOtherChatsGoOn() async throws {
    var limits = SendLimits()
    limits.throttlesAccountsOnly = false
    let channel = ScriptedChannel(sendLimits: limits)
    let sender = RecordingSender { call, effect in
      effect.message.address == "ada"
        ? .notTaken(reason: "throttled", code: 429, retryAfterSeconds: 300)
        : .accepted(providerID: "p\(call)", milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      try await eventually("the refusal is noted") {
        try await journey.tenant.database.pool.withConnection {
          try $0.execute("select count(*) from stage.pace")[0].int8(0) == 1 ? true : nil
        }
      }
      try await channel.report(
        .text("m2", "Hello", from: .of("bob")), .text("m3", "Hello", from: .of("eve")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(sender.all.map(\.address).sorted() == ["ada", "bob", "eve"])
    }
  }
}

extension Journey {
  /// A person of the company writes in the conversation of these records.
  func compose(
    _ text: String, replyTo: String? = nil, choices: [MessageChoice]? = nil, template: MessageTemplate? = nil,
    files: [(facts: AttachmentFacts, bytes: [UInt8])] = [], location: Location? = nil,
    contacts: [ContactCard]? = nil, after records: [Record]
  ) async throws {
    let opened = try ConversationOpened.read(records.first(ConversationOpened.type)).facts
    let id = KeyID(opened.contact.uuid)
    let key = try await tenant.database.pool.withConnection { [tenant] in
      try tenant.keyring.keys([id], on: $0)[id]
    }
    var places: [ComposedFile] = []
    for file in files {
      let sealed = try JWE.seal(file.bytes, with: try #require(key))
      let hash = Array(SHA256.hash(data: sealed))
      try await tenant.database.pool.withTransaction { try BlobStore.put(sealed, hash: hash, in: $0) }
      places.append(ComposedFile(attachment: file.facts.attachment, blob: hexadecimal(hash), name: "a.pdf"))
    }
    let event = Event(
      id: EventID(UUID.version7()), type: MessageComposed.type, topic: .conversations,
      key: StreamID(opened.conversation), tenant: tenant.tenant, time: Date(), source: "/test",
      value: try MessageComposed.value(
        .init(
          conversation: opened.conversation, message: MessageID(UUID()), bytes: text.utf8.count,
          attachments: files.isEmpty ? nil : files.map(\.facts), template: template?.name),
        private: .init(
          text: text, replyTo: replyTo, choices: choices, template: template,
          attachments: places.isEmpty ? nil : places, location: location, contacts: contacts),
        sealedWith: key))
    _ = try await tenant.log.append([event])
  }
}
