import Channels
import Contracts
import EventLog
import Foundation
import Keyring
import Models
import Pipeline
import Postgres
import Synchronization
import TestKit
import TestServers
import Testing

/// What an agent's definition makes of a message, through all stages.
@Suite struct AnsweringTests {
  @Test func aToolIsCalledAndItsResultAnswered() async throws {
    let requests = Mutex<[String]>([])
    let server = try SocketServer { connection, _ in
      guard let request = connection.readRequest() else { return }
      requests.withLock { $0.append(request.head) }
      connection.respond("200 OK", #"{"state":"shipped"}"#)
    }
    let model = PlannedChatModel { _, call in
      call == 0 ? .calls("order", #"{"order":"A-17"}"#) : .says("It is shipped.")
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [AgentTool(name: "order", kind: "order", url: "\(server.url)/orders/{order}")])
    try await Journey.run(model: model, toolHosts: "private:127.0.0.1:\(server.port)", definition: definition)
    {
      journey in
      try await journey.tenant.say("Where is order A-17?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let called = try ToolCalled.read(records.first(ToolCalled.type))
      #expect(called.facts.outcome == "succeeded" && called.facts.status == 200 && called.facts.ordinal == 1)
      let key = try await journey.tenant.key(called.keyID)
      let content = try #require(try called.opened(with: key))
      #expect(content.arguments == #"{"order":"A-17"}"# && content.result == #"{"state":"shipped"}"#)
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.message == called.facts.message)
      #expect(reply.toolCalls == 1 && reply.attempts == 2)
      #expect(reply.promptTokens == 200 && reply.completionTokens == 20)
      #expect(requests.withLock { $0.count } == 1)
      #expect(requests.withLock { $0[0].hasPrefix("GET /orders/A-17 ") })
      let told = try #require(model.requests.last?.messages.last)
      #expect(told.role == .tool && told.content == #"{"state":"shipped"}"#)
    }
  }

  @Test func aHostThatIsNotListedIsNotCalledAndTheModelIsToldSo() async throws {
    let server = try SocketServer { connection, _ in connection.respond("200 OK", "secret") }
    let model = PlannedChatModel { _, call in
      call == 0 ? .calls("order", #"{"order":"1"}"#) : .says("I could not look.")
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [AgentTool(name: "order", kind: "order", url: "\(server.url)/{order}")])
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.say("Order 1?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      let facts = try ToolCalled.read(records.first(ToolCalled.type)).facts
      #expect(facts.outcome == "failed" && facts.reason == "host-not-allowed")
      #expect(model.requests.last?.messages.last?.content.contains("secret") == false)
    }
  }

  @Test func aChangeWhoseOutcomeNobodyKnowsIsNotRepeatedAndAPersonGetsTheConversation() async throws {
    let heads = Mutex<[String]>([])
    let server = try SocketServer { connection, _ in
      guard let request = connection.readRequest() else { return }
      heads.withLock { $0.append(request.head) }
      // The connection breaks: it may have been done.
      connection.closeNow()
    }
    let model = PlannedChatModel { _, call in
      call == 0 ? .calls("refund", #"{"id":"7"}"#) : .says("A colleague checks that.")
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [
        AgentTool(
          name: "refund", kind: "http",
          parameters: #"{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}"#,
          method: "POST", url: "\(server.url)/refunds")
      ])
    try await Journey.run(model: model, toolHosts: "private:127.0.0.1:\(server.port)", definition: definition)
    {
      journey in
      try await journey.tenant.say("Refund order 7", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let facts = try ToolCalled.read(records.first(ToolCalled.type)).facts
      #expect(facts.outcome == "uncertain" && facts.changes)
      let handed = try ConversationHandedOver.read(records.first(ConversationHandedOver.type)).facts
      #expect(handed.reason == "tool-uncertain")
      #expect(heads.withLock { $0.count } == 1)
      #expect(heads.withLock { $0[0].lowercased().contains("idempotency-key: ") })
      let intents = try await journey.tenant.database.pool.withConnection {
        try $0.execute(
          "select count(*) from stage.ledger where stage = 'generate' and intent_at is not null")[0].int8(0)
      }
      #expect(intents == 1)
    }
  }

  @Test func aChangeWhoseOwnerDiesWhileItIsCalledIsUncertainAndNotRepeated() async throws {
    let (asked, release) = (Signal(), Signal())
    let server = try SocketServer { connection, _ in
      guard connection.readRequest() != nil else { return }
      asked.send()
      // It is done, and whoever wanted it is not there any more.
      release.block()
      connection.respond("200 OK", "refunded")
    }
    let model = PlannedChatModel { request, _ in
      request.messages.last?.role == .tool ? .says("A colleague checks that.") : .calls("refund", "{}")
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [AgentTool(name: "refund", kind: "http", method: "POST", url: "\(server.url)/refunds")])
    try await Journey.run(
      toolHosts: "private:127.0.0.1:\(server.port)", generates: false, definition: definition
    ) { journey in
      let first = journey.generator(model)
      try await journey.tenant.say("Refund me", visitor: "ada")
      await asked.wait()
      await first.die()
      let second = journey.generator(model)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let facts = try ToolCalled.read(records.first(ToolCalled.type)).facts
      #expect(facts.outcome == "uncertain" && facts.reason == "owner-lost" && facts.changes)
      let handed = try ConversationHandedOver.read(records.first(ConversationHandedOver.type)).facts
      #expect(handed.reason == "tool-uncertain")
      #expect(asked.value == 1)
      #expect(records.count(ToolCalled.type) == 1 && records.count(ReplyGenerated.type) == 1)
      #expect(model.requests.last?.messages.last?.content.contains("not known whether") == true)
      release.send()
      await second.die()
    }
    server.stop()
  }

  @Test func theModelMayOfferChoicesAndSendAFile() async throws {
    let server = try SocketServer { connection, _ in
      guard let request = connection.readRequest() else { return }
      connection.respond(
        request.head.contains("/labels/7.pdf") ? "200 OK" : "404 Not Found",
        headers: ["Content-Type: application/pdf; x=y"], "%PDF label 7")
    }
    let model = PlannedChatModel { _, call in
      switch call {
      case 0: .calls("label", #"{"order":"7"}"#)
      case 1: .calls("label", #"{"order":"8"}"#)
      case 2: .calls("choices", #"{"options":[{"title":"Yes"},{"title":"Yes"}]}"#)
      case 3: .calls("choices", #"{"options":[{"title":"Yes","description":"Today"},{"title":"No"}]}"#)
      default: .says("Here is your label. Shall we pick it up?")
      }
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [
        AgentTool(name: "choices", kind: "choices"),
        AgentTool(
          name: "label", kind: "file",
          parameters: #"{"type":"object","properties":{"order":{"type":"string"}},"required":["order"]}"#,
          url: "\(server.url)/labels/{order}.pdf"),
      ])
    try await Journey.run(model: model, toolHosts: "private:127.0.0.1:\(server.port)", definition: definition)
    {
      journey in
      try await journey.tenant.say("Send me a label for 7", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let calls = try records.filter { $0.event.type == ToolCalled.type }
        .map { try ToolCalled.read($0.event).facts }
      #expect(calls.map(\.outcome) == ["succeeded", "failed", "refused", "succeeded"])
      let value = try ReplyGenerated.read(records.first(ReplyGenerated.type))
      let reply = try #require(try value.opened(with: try await journey.tenant.key(value.keyID)))
      #expect(reply.choices?.map(\.payload) == ["Yes", "No"])
      #expect(value.facts.attachments?.map(\.mediaType) == ["application/pdf"])
      let stored = try AttachmentStored.read(records.first(AttachmentStored.type)).facts
      #expect(stored.attachment == value.facts.attachments?.first?.attachment && stored.bytes == 12)
      let sent = try #require(journey.sender.effects.first)
      #expect(sent.message.choices.map(\.title) == ["Yes", "No"])
      #expect(sent.files.map(\.name) == ["7.pdf"] && sent.files.map(\.kind) == [.document])
    }
  }

  @Test(arguments: [true, false])
  func theModelMaySendAPlaceAndAddressCards(isChat: Bool) async throws {
    let model = PlannedChatModel { _, call in
      switch call {
      case 0: .calls("place", #"{"latitude":91,"longitude":0}"#)
      case 1: .calls("place", #"{"latitude":52.5,"longitude":13.25,"name":"Our\nshop"}"#)
      case 2: .calls("people", #"{"cards":[{"name":"Eve"}]}"#)
      case 3: .calls("people", #"{"cards":[{"name":"Eve","phones":["+49 30 1"]}]}"#)
      default: .says("Here is where we are, and who can help.")
      }
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [AgentTool(name: "place", kind: "location"), AgentTool(name: "people", kind: "contacts")])
    let channel = ScriptedChannel()
    try await Journey.run(model: model, definition: definition, channel: channel) { journey in
      if isChat {
        try await journey.tenant.say("Where are you?", visitor: "ada")
      } else {
        try await channel.report(.text("m1", "Where are you?", from: .of("ada")), to: journey.tenant)
      }
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let calls = try records.filter { $0.event.type == ToolCalled.type }
        .map { try ToolCalled.read($0.event).facts.outcome }
      #expect(calls == ["refused", "succeeded", "refused", "succeeded"])
      let sent = try #require(journey.sender.effects.first).message
      if isChat {
        #expect(sent.location == nil && sent.contacts.isEmpty)
        #expect(sent.text.contains("📍 Our shop") && sent.text.contains("👤 Eve\n+49 30 1"))
      } else {
        #expect(sent.location == Location(latitude: 52.5, longitude: 13.25, name: "Our shop"))
        #expect(sent.contacts == [ContactCard(name: "Eve", phones: ["+49 30 1"])])
        #expect(sent.text == "Here is where we are, and who can help.")
      }
    }
  }

  @Test func theModelMayGiveTheConversationToAPersonOrCloseIt() async throws {
    let model = PlannedChatModel { request, _ in
      switch request.messages.last {
      case let turn? where turn.role == .tool: .says("Goodbye!")
      case let turn? where turn.content.contains("thanks"): .calls("done", "{}")
      default:
        .says("I get somebody.", calls: [ToolCall(id: "1", name: "person", arguments: #"{"reason":"x"}"#)])
      }
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [AgentTool(name: "person", kind: "hand-over"), AgentTool(name: "done", kind: "close")])
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.say("thanks, that is all", visitor: "ada")
      let closed = try await journey.tenant.conversationEvents { $0.count(ConversationResolved.type) == 1 }
      #expect(try ReplyGenerated.read(closed.first(ReplyGenerated.type)).facts.kind == .model)
      try await journey.tenant.say("my parcel exploded", visitor: "bob")
      let handed = try await journey.tenant.conversationEvents { $0.count(ConversationHandedOver.type) == 1 }
      let reply = try #require(handed.last { $0.event.type == ReplyGenerated.type })
      #expect(try ReplyGenerated.read(reply.event).facts.kind == .handover)
      #expect(
        try ConversationHandedOver.read(handed.first(ConversationHandedOver.type)).facts.reason == "tool")
      try await journey.tenant.say("hello?", visitor: "bob")
      _ = try await journey.tenant.conversationEvents { $0.count(ReplySkipped.type) == 1 }
      #expect(model.requests.count == 3)
    }
  }

  @Test func whenNothingSupportsAnAnswerThatIsSaidAndAPersonTakesOver() async throws {
    let model = PlannedChatModel { _, _ in .says("NO_ANSWER") }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "I do not know.", escalation: EscalationRule.standard)
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.say("What is love?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents {
        $0.count(ConversationHandedOver.type) == 1 && $0.count(DeliverySucceeded.type) == 1
      }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.kind == .fallback && reply.rule == "no answer" && reply.promptTokens == 100)
      #expect(journey.sender.all.map(\.text) == ["I do not know."])
    }
  }

  @Test func citationsOfPassagesThatWereNotGivenAreRemovedAndTheOthersListed() async throws {
    let model = PlannedChatModel { _, _ in .says("Within 30 days [1], gratis [8].") }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", grounding: "cited")
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.upload("Returns policy", "# Returns\n\nYou can return goods within 30 days.")
      try await journey.tenant.waitForIndex()
      try await journey.tenant.say("Can I return goods?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.citations == [1] && reply.citationsRemoved == 1)
      let text = try #require(journey.sender.all.first?.text)
      #expect(text.hasPrefix("Within 30 days [1], gratis.\n\n[1] ") && text.contains("Returns"))
    }
  }

  @Test func theSecondModelAnswersWhenTheFirstDoesNotAndWhatItCostIsRecorded() async throws {
    let model = PlannedChatModel { request, _ throws(ModelError) in
      if request.server == "first" { throw ModelError(code: .rejected, message: "no") }
      return .says("From the second.")
    }
    let models = ModelCatalogue(
      models: [
        ConfiguredModel(name: "first"),
        ConfiguredModel(name: "second", model: "gpt", price: ModelPrice(input: 0.15, output: 0.6)),
      ], fallbacks: ["missing", "second"], currency: "EUR")
    try await Journey.run(model: model, models: models) { journey in
      try await journey.tenant.say("Hello", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(
        reply.tried == [
          TriedModel(model: "first", attempts: 1, reason: "rejected"),
          TriedModel(model: "missing", attempts: 0, reason: "unknown-model"),
        ])
      #expect(reply.costMicros == 21 && reply.currency == "EUR" && reply.attempts == 2)
      #expect(model.requests.last?.model == "gpt")
    }
  }

  @Test func withoutAnyModelThatAnswersDocumentsAreQuotedAndElseAPersonTakesOver() async throws {
    let model = PlannedChatModel { _, _ throws(ModelError) in throw ModelError(code: .rejected, message: "no")
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", texts: AgentTexts(failure: "Something broke."),
      escalation: EscalationRule.standard)
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.upload("Returns policy", "# Returns\n\nYou can return goods within 30 days.")
      try await journey.tenant.waitForIndex()
      try await journey.tenant.say("Can I return goods?", visitor: "ada")
      let quoted = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      let first = try ReplyGenerated.read(quoted.first(ReplyGenerated.type)).facts
      #expect(first.kind == .extractive && first.tried?.map(\.reason) == ["rejected"])
      try await journey.tenant.say("quantum chromodynamics", visitor: "bob")
      let records = try await journey.tenant.conversationEvents { $0.count(ConversationHandedOver.type) == 1 }
      let second = try #require(records.last { $0.event.type == ReplyGenerated.type })
      #expect(try ReplyGenerated.read(second.event).facts.rule == "no model")
    }
  }

  @Test func aBudgetThatIsUsedUpStopsTheModelAndAFullMinuteIsWaitedOutOrPassedOn() async throws {
    let model = PlannedChatModel { request, _ in .says(request.server) }
    let models = ModelCatalogue(
      models: [
        ConfiguredModel(name: "metered", limits: UseLimits(requestsPerMinute: 1)),
        ConfiguredModel(name: "free"),
      ], fallbacks: ["free"])
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", limits: AgentLimits(tokensPerDay: 200))
    // A minute begins with the test.
    let shift = 60 - Date().timeIntervalSince1970.truncatingRemainder(dividingBy: 60)
    try await Journey.run(
      model: model, models: models, definition: definition, now: { Date() + shift }
    ) { journey in
      for visitor in ["ada", "bob", "cyd"] {
        try await journey.tenant.say("Hello", visitor: visitor)
        _ = try await journey.tenant.conversationEvents {
          $0.count(ReplyGenerated.type) + $0.count(ReplyFailed.type)
            == ["ada": 1, "bob": 2, "cyd": 3][visitor]
        }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyFailed.type) == 1 }
      let replies = try records.filter { $0.event.type == ReplyGenerated.type }
        .map { try ReplyGenerated.read($0.event).facts }
      #expect(Set(replies.map { $0.tried?.map(\.reason) ?? [] }) == [[], ["rate-limited"]])
      let failed = try ReplyFailed.read(records.first(ReplyFailed.type)).facts
      #expect(failed.tried?.map(\.reason) == ["budget-exhausted", "budget-exhausted"])
      #expect(model.requests.count == 2)
    }
  }

  @Test func theSameFirstQuestionIsAnsweredFromTheCacheAsLongAsItsWriterIsKnown() async throws {
    let model = PlannedChatModel { _, call in .says("Answer \(call).") }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", cacheMinutes: 5)
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.say("Are you open today?", visitor: "ada")
      let first = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      try await journey.tenant.say("are you OPEN, today", visitor: "bob")
      let second = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 2 }
      let reply = try ReplyGenerated.read(
        #require(second.last { $0.event.type == ReplyGenerated.type }).event)
      #expect(reply.facts.kind == .cached)
      #expect(
        try reply.facts.cachedFrom == ReplyGenerated.read(first.first(ReplyGenerated.type)).facts.message)
      // What follows stands for itself no more.
      try await journey.tenant.say("Are you open today?", visitor: "bob")
      _ = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 3 }
      #expect(model.requests.count == 2)
      let contact = try await journey.tenant.contact(first)
      try await journey.tenant.database.pool.withConnection {
        _ = try $0.execute("delete from keyring.key where id = $1", [.uuid(contact.uuid)])
      }
      journey.tenant.keyring.forget([KeyID(contact.uuid)])
      try await journey.tenant.say("Are you open today?", visitor: "cyd")
      _ = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 4 }
      #expect(model.requests.count == 3)
    }
  }

  @Test func theAgentGreetsFirstAndKeepsToItsHours() async throws {
    let model = PlannedChatModel { _, _ in .says("no") }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", greeting: "Hello, I am Mia.",
      texts: AgentTexts(outsideHours: "We are closed."),
      hours: BusinessHours(timeZone: "UTC", open: [], answersOutside: false))
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.say("Hi", visitor: "ada")
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      try await journey.tenant.say("Hello?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(ReplySkipped.type) == 1 }
      #expect(try ReplySkipped.read(records.first(ReplySkipped.type)).facts.reason == "outside-hours")
      #expect(journey.sender.all.map(\.text) == ["Hello, I am Mia.", "We are closed."])
      #expect(model.requests.isEmpty)
    }
  }

  @Test func aLongConversationIsSummarisedAndThePromptStaysWithinItsBudget() async throws {
    let model = PlannedChatModel { request, _ in
      request.messages[0].content.hasPrefix("Sum up") ? .says("Ada asked about boots.") : .says("Reply.")
    }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", historyTokens: 150)
    try await Journey.run(model: model, definition: definition) { journey in
      for number in 1...7 {
        try await journey.tenant.say(
          "Question \(number): " + String(repeating: "boots ", count: 20), visitor: "ada")
        _ = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == number }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(ConversationSummarised.type) >= 1 }
      #expect(try ConversationSummarised.read(records.first(ConversationSummarised.type)).facts.turns >= 1)
      try await journey.tenant.say("And now?", visitor: "ada")
      _ = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 8 }
      let last = try #require(model.requests.last { !$0.messages[0].content.hasPrefix("Sum up") })
      #expect(last.messages.last?.content.contains("What was said before: Ada asked about boots.") == true)
      #expect(!last.messages.contains { $0.content.contains("Question 1:") })
    }
  }
}

extension TestTenant {
  func key(_ id: KeyID?) async throws -> SealingKey {
    let id = try #require(id)
    let keys = try await database.pool.withConnection { [keyring] in try keyring.keys([id], on: $0) }
    return try #require(keys[id])
  }

  /// Whose conversation comes first.
  func contact(_ records: [Record]) async throws -> ContactID {
    try ConversationOpened.read(records.first(ConversationOpened.type)).facts.contact
  }
}
