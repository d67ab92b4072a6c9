import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Pipeline
import Postgres
import PostgresLog
import TestKit
import Testing

@testable import Replay

/// A conversation is read from the log as it was at each moment of it.
@Suite(.timeLimit(.minutes(5)))
struct TimelineTests {
  /// A talk of which every step comes a minute after the one before: a question, what was found, the answer of version
  /// 1 before version 2 was published, what the platform says of it, an edited question, a person who takes over.
  private struct Talk {
    let tenant: TestTenant
    let start: Date
    let conversation = ConversationID(UUID())
    let contact = ContactID(UUID())
    let question = MessageID(UUID())
    let reply = MessageID(UUID())
    let composed = MessageID(UUID())
    let passage = PassageFacts(document: DocumentID(UUID()), chunk: ChunkID(UUID()), score: 0.75)
    let known = KnownOffsets(agents: Offset(2), tenants: Offset(4))
    let providerHMAC = String(repeating: "b", count: 64)

    /// Half a minute after the step of this number, from 0 on.
    func after(_ step: Int) -> Date { start.addingTimeInterval(Double(step) * 60 + 30) }

    func write() async throws {
      try await tenant.database.pool.withTransaction { transaction in
        let key = try tenant.keyring.make(.contact, tenant: tenant.tenant, id: KeyID(contact.uuid))
        try tenant.keyring.store([key], in: transaction)
        try tenant.log.append(events(sealedWith: key.key), in: transaction)
        try Provisioning(log: tenant.log, keyring: tenant.keyring, source: "/test", now: after(6)).publish(
          tenant.agent, version: 2, definition: AgentDefinition(instructions: "New.", fallback: "?"),
          tenant: tenant.tenant, in: transaction)
      }
    }

    private func events(sealedWith key: SealingKey) throws -> [Event] {
      func said(_ text: String) -> (MessageReceived.Facts, MessageReceived.Private) {
        (
          .init(
            message: question, conversation: conversation, contact: contact, connection: tenant.whatsApp,
            channel: .whatsapp, kind: .text, providerHMAC: String(repeating: "a", count: 64),
            providerTime: nil, bytes: text.utf8.count), .init(text: text, providerID: "p")
        )
      }
      func status(_ status: DeliveryStatus) -> MessageStatus.Facts {
        .init(
          conversation: conversation, connection: tenant.whatsApp, channel: .whatsapp,
          providerHMAC: providerHMAC, status: status, providerTime: nil, code: nil)
      }
      let (asked, edited) = (said("How long?"), said("How long for shoes?"))
      var step = 0.0
      func event<Spec: EventSpec>(_ spec: Spec.Type, _ value: [UInt8]) -> Event {
        defer { step += 1 }
        return Event(
          id: EventID(UUID()), type: Spec.type, topic: .conversations, key: StreamID(conversation),
          tenant: tenant.tenant, time: start.addingTimeInterval(step * 60), source: "/tests", value: value)
      }
      return [
        event(
          MessageReceived.self, try MessageReceived.value(asked.0, private: asked.1, sealedWith: key)),
        event(
          ContextRetrieved.self,
          try ContextRetrieved.value(
            .init(
              conversation: conversation, message: question, connection: tenant.whatsApp, agent: tenant.agent,
              agentVersion: 1, indexVersion: 7, index: 3, passages: [passage], milliseconds: 1, known: known),
            private: .init(query: "How long?", passages: [.init(title: "Returns", text: "Within 30 days.")]),
            sealedWith: key)),
        event(
          ReplyGenerated.self,
          try ReplyGenerated.value(
            .init(
              conversation: conversation, message: reply, answers: [question], agent: tenant.agent,
              agentVersion: 1, kind: .model, model: "small", finishReason: "stop", promptTokens: 812,
              completionTokens: 9, firstTokenMilliseconds: nil, milliseconds: 900, attempts: 1,
              indexVersion: 7, passages: [passage], bytes: 12, known: known),
            private: .init(text: "30 days [1]."), sealedWith: key)),
        // The platform may say so before we know which of ours it means.
        event(MessageStatus.self, try MessageStatus.value(status(.read))),
        event(
          DeliverySucceeded.self,
          try DeliverySucceeded.value(
            .init(
              conversation: conversation, message: reply, connection: tenant.whatsApp, channel: .whatsapp,
              providerHMAC: providerHMAC, attempts: 1, milliseconds: 20),
            private: .init(providerID: "q"), sealedWith: key)),
        event(MessageStatus.self, try MessageStatus.value(status(.delivered))),
        event(
          MessageEdited.self, try MessageEdited.value(edited.0, private: edited.1, sealedWith: key)),
        event(
          ConversationHandedOver.self,
          try ConversationHandedOver.value(.init(conversation: conversation, reason: "requested"))),
        event(
          MessageComposed.self,
          try MessageComposed.value(
            .init(conversation: conversation, message: composed, bytes: 5), private: .init(text: "Hello"),
            sealedWith: key)),
        event(
          ConversationResolved.self,
          try ConversationResolved.value(.init(conversation: conversation, reason: "api"))),
      ]
    }

    /// As a process that has cached no key reads it.
    func timeline(at moment: Date? = nil, of id: ConversationID? = nil) async throws -> Timeline {
      let keyring = Keyring(
        master: try MasterKey(hexadecimal: String(repeating: "5a", count: 32), from: "test"))
      return try await TimelineReader(log: tenant.log, pool: tenant.database.pool, keyring: keyring)
        .read(id ?? conversation, at: moment)
    }
  }

  private func with(_ body: (Talk) async throws -> Void) async throws {
    try await TestDatabase.with { database in
      let talk = Talk(
        tenant: try await TestTenant.make(in: database), start: Date(timeIntervalSince1970: 1_772_445_600))
      try await talk.write()
      try await body(talk)
    }
  }

  @Test func whatAnotherAppPassesIsOpenUnlessOneOfOursHasIt() throws {
    let conversation = ConversationID(UUID())
    func after(_ specs: (EventType, [UInt8])...) throws -> String {
      var messages = TimelineMessages()
      for (type, value) in specs {
        try messages.apply(
          Event(
            id: EventID(UUID()), type: type, topic: .conversations, key: StreamID(conversation),
            tenant: TenantID(UUID()), time: Date(timeIntervalSince1970: 0), source: "/tests", value: value),
          nil, nil, isErased: false)
      }
      return messages.state
    }
    func taken(_ isOurs: Bool?) throws -> (EventType, [UInt8]) {
      (
        ConversationHandedOver.type,
        try ConversationHandedOver.value(.init(conversation: conversation, reason: "api", isOurs: isOurs))
      )
    }
    func released(_ reason: String) throws -> (EventType, [UInt8]) {
      (
        ConversationReleased.type,
        try ConversationReleased.value(.init(conversation: conversation, reason: reason))
      )
    }
    #expect(try after(taken(true), released("passed")) == "handed-over")
    #expect(try after(taken(nil), released("passed")) == "open")
    #expect(try after(taken(true), taken(nil), released("passed")) == "handed-over")
    #expect(try after(taken(true), released("api"), taken(nil), released("passed")) == "open")
  }

  @Test func eachMomentShowsWhatWasKnownThen() async throws {
    try await with { talk in
      let asked = try await talk.timeline(at: talk.after(0))
      #expect(asked.messages.map(\.text) == ["How long?"] && asked.answers.isEmpty && asked.state == "open")
      #expect(asked.events.count == 1)

      let answered = try await talk.timeline(at: talk.after(2))
      #expect(answered.messages.map(\.text) == ["How long?", "30 days [1]."])
      #expect(answered.messages.map(\.status) == ["received", "generated"])
      #expect(answered.messages.map(\.by) == ["contact", "agent"])

      // Told before it was known whose it is; a status never goes backwards.
      #expect(try await talk.timeline(at: talk.after(3)).messages[1].status == "generated")
      #expect(try await talk.timeline(at: talk.after(4)).messages[1].status == "read")
      let delivered = try await talk.timeline(at: talk.after(5))
      #expect(delivered.messages[1].status == "read" && delivered.messages[0].edits == 0)

      let edited = try await talk.timeline(at: talk.after(6))
      #expect(edited.messages[0].text == "How long for shoes?" && edited.messages[0].edits == 1)
      #expect(edited.state == "open")
      #expect(try await talk.timeline(at: talk.after(7)).state == "handed-over")
      let composed = try await talk.timeline(at: talk.after(8))
      #expect(composed.messages.last?.by == "person" && composed.messages.last?.text == "Hello")

      let now = try await talk.timeline()
      #expect(now.state == "resolved" && now.events.count == 10 && now.at == nil)
      #expect(!now.messages.contains(where: \.isErased) && !now.events.contains(where: \.isErased))
      // The texts before and after the edit are both in the events.
      #expect(
        now.events.compactMap { $0.private?["text"]?.string }
          == ["How long?", "30 days [1].", "How long for shoes?", "Hello"])
    }
  }

  @Test func anAnswerSaysWhatItWasMadeFrom() async throws {
    try await with { talk in
      let answers = try await talk.timeline().answers
      let answer = try #require(answers.first)
      #expect(answers.count == 1 && answer.reply == talk.reply && answer.answers == [talk.question])
      // Version 2 was published since: what answered is what version 1 says.
      #expect(answer.agentName == "Test agent" && answer.agentVersion == 1)
      #expect(answer.definition == .forTests)
      #expect(answer.passages.map(\.document) == [talk.passage.document])
      #expect(answer.passages.map(\.text) == ["Within 30 days."] && answer.passages[0].score == 0.75)
      #expect(answer.citations == [1] && answer.indexVersion == 7 && answer.index == 3)
      #expect(answer.known == talk.known)
      // The question as it read when it was answered.
      #expect(answer.turns.map(\.text) == ["How long?"] && answer.turns.map(\.role) == ["user"])
      #expect(answer.model == "small" && answer.promptTokens == 812 && answer.text == "30 days [1].")
      #expect(!answer.isErased && !answer.isHandedOver)
      // This reply is of before replies told the HMAC of their prompt.
      let prompt = try #require(answer.prompt)
      #expect(prompt.map(\.role) == ["system", "user"] && answer.isPromptExact == nil)
      #expect(prompt[0].text.contains("You answer for a test shop."))
      #expect(prompt[1].text.contains("Within 30 days.") && prompt[1].text.hasSuffix("\n\nHow long?"))
    }
  }

  @Test func afterAnErasureTheFactsStayAndWhatWasSealedIsSaidToBeGone() async throws {
    try await with { talk in
      try await talk.tenant.database.pool.withConnection {
        _ = try $0.execute("delete from keyring.key where id = $1", [.uuid(talk.contact.uuid)])
      }
      let timeline = try await talk.timeline()
      #expect(timeline.messages.map(\.id) == ["\(talk.question)", "\(talk.reply)", "\(talk.composed)"])
      #expect(timeline.messages.allSatisfy { $0.text == nil && $0.isErased })
      #expect(timeline.messages[1].status == "read" && timeline.state == "resolved")
      let answer = try #require(timeline.answers.first)
      #expect(answer.isErased && answer.text == nil && answer.turns.isEmpty && answer.prompt == nil)
      #expect(answer.agentVersion == 1 && answer.model == "small" && answer.promptTokens == 812)
      #expect(answer.passages.map(\.chunk) == [talk.passage.chunk])
      #expect(answer.passages.allSatisfy { $0.title == nil && $0.text == nil })
      #expect(timeline.events.count { $0.isErased } == 6)
      // What never was sealed is not gone.
      #expect(timeline.events.filter { !$0.isErased }.map(\.type).contains("conversation.handed-over"))
      let text = String(decoding: try JSON.encode(timeline), as: UTF8.self)
      for word in ["How long", "30 days", "Returns", "Hello"] { #expect(!text.contains(word)) }
    }
  }

  @Test func whatIsNotThereIsSaidPrecisely() async throws {
    try await with { talk in
      let other = ConversationID(UUID())
      await #expect {
        _ = try await talk.timeline(of: other)
      } throws: {
        "\($0)" == "replay: there is nothing of conversation \(other)"
      }
      await #expect {
        _ = try await talk.timeline(at: talk.start.addingTimeInterval(-1))
      } throws: {
        "\($0)" == "replay: there is nothing of conversation \(talk.conversation) yet"
      }
    }
  }
}
