import Contracts
import EventLog
import Foundation
import Models
import Synchronization
import TestKit
import TestServers
import Testing

@testable import Pipeline

/// A version of an agent answers as the stage would, with nothing but a model and a recording.
@Suite struct RehearsalTests {
  private static let monday = Date(timeIntervalSince1970: 1_772_445_600)  // 2026-03-02T10:00:00Z
  private static let order = AgentTool(name: "order", kind: "order", url: "https://shop.example/{order}")

  private func answer(
    _ text: String, _ definition: AgentDefinition, model: PlannedChatModel? = nil, retries: Bool = false,
    passages: [Passage] = [], earlier: [Rehearsal.Question.Occasion] = [], toldClosedAt: Date? = nil,
    labels: [String] = [], recorded: RecordedTools = RecordedTools([])
  ) async throws -> RehearsedAnswer {
    let models = ModelCatalogue(
      models: [
        ConfiguredModel(name: "first", price: ModelPrice(input: 2, output: 10)),
        ConfiguredModel(name: "second"),
      ], currency: "EUR")
    let rehearsal = Rehearsal(
      agent: AgentID(UUID()), tenant: TenantID(UUID()), definition: definition, models: models, model: model,
      retries: retries)
    return try await rehearsal.answer(
      .init(
        at: Self.monday, asked: [.init(text: text)], turns: [ChatMessage(role: .user, content: text)],
        passages: passages, labels: labels, earlier: earlier, toldClosedAt: toldClosedAt),
      recorded: recorded)
  }

  @Test func theSameCallIsAnsweredFromTheRecordingAndItsCostIsCounted() async throws {
    let model = PlannedChatModel { request, call in
      call < 2
        ? .calls("order", #"{ "order" : "A-1" }"#) : .says("\(request.messages.last?.content ?? "") [1]")
    }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", tools: [Self.order])
    let said = try await answer(
      "Where is A-1?", definition, model: model, passages: [Passage(title: "Orders", text: "…", score: 1)],
      recorded: RecordedTools(
        [
          RecordedCall(tool: "order", arguments: #"{"order":"A-1"}"#, result: "packed"),
          RecordedCall(tool: "order", arguments: #"{"order":"A-1"}"#, result: "shipped"),
        ], others: [RecordedCall(tool: "order", arguments: nil, result: "wrong")]))
    #expect(said.kind == .model && said.text.hasPrefix("shipped [1]") && said.citations == [1])
    #expect(said.calls.map(\.result) == ["packed", "shipped"] && said.unrecorded == nil)
    #expect(said.promptTokens == 300 && said.completionTokens == 30)
    #expect(said.costMicros == 900 && said.currency == "EUR" && said.model == "planned")
  }

  @Test func anAnswerEndsAtACallThatWasNotRecordedAndNothingIsCalled() async throws {
    let requests = Mutex(0)
    let server = try SocketServer { connection, _ in
      requests.withLock { $0 += 1 }
      connection.respond("200 OK", "{}")
    }
    let model = PlannedChatModel { _, _ in
      .says("I look.", calls: [ToolCall(id: "1", name: "order", arguments: #"{"order":"B-2"}"#)])
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      tools: [
        AgentTool(
          name: "order", kind: "order", url: "\(server.url)/{order}",
          headers: [ToolHeader(name: "Authorization", value: "Bearer {secret.shop}")])
      ])
    let recorded = RecordedTools(
      [RecordedCall(tool: "order", arguments: #"{"order":"A-1"}"#, result: "shipped")],
      others: [
        RecordedCall(
          tool: "order", arguments: #"{"order":"B-2"}"#, result: "No more tools", outcome: "refused"),
        RecordedCall(tool: "refund", arguments: #"{"order":"B-2"}"#, result: "done"),
      ])
    let said = try await answer("Where is B-2?", definition, model: model, recorded: recorded)
    #expect(said.unrecorded?.name == "order" && said.unrecorded?.arguments == #"{"order":"B-2"}"#)
    #expect(said.text == "I look." && said.handOver == nil && said.costMicros == 300)
    #expect(model.requests.count == 1 && requests.withLock { $0 } == 0)
  }

  @Test func aRecordedFailureIsToldAsItWasAndAnUnknownOutcomeGivesItToAPerson() async throws {
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", tools: [Self.order])
    for (outcome, result, told, handOver) in [
      (
        "failed", "This failed with status 503 (status). Busy", "This failed with status 503 (status). Busy",
        nil
      ),
      (
        "uncertain",
        "It is not known whether this was done. Do not repeat it. A person of the team will look into it.",
        "It is not known whether this was done. Do not repeat it. A person of the team will look into it.",
        "tool-uncertain" as String?
      ),
    ] {
      let model = PlannedChatModel { request, call in
        call == 0
          ? .calls("order", #"{"order":"1"}"#) : .says("Told: \(request.messages.last?.content ?? "")")
      }
      let said = try await answer(
        "Order 1?", definition, model: model,
        recorded: RecordedTools([
          RecordedCall(
            tool: "order", arguments: #"{"order":"1"}"#, result: result, outcome: outcome,
            reason: outcome == "failed" ? "status" : "owner-lost", status: outcome == "failed" ? 503 : nil)
        ]))
      #expect(said.text == "Told: \(told)" && said.handOver == handOver, "\(outcome)")
    }
  }

  @Test func rulesToolsAndUnsupportedAnswersGiveTheConversationToAPerson() async throws {
    let rules = [
      EscalationRule(name: "lawyer", keywords: ["lawyer"], text: "One moment."),
      EscalationRule(name: "twice", noAnswer: true, times: 2),
    ]
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "I do not know.", escalation: rules,
      tools: [AgentTool(name: "person", kind: "hand-over")], grounding: "cited")
    let silent = PlannedChatModel { _, _ throws(ModelError) in
      throw ModelError(code: .timeout, message: "not asked")
    }
    let byRule = try await answer("My lawyer will write", definition, model: silent)
    #expect(byRule.kind == .handover && byRule.handOver == "keyword" && byRule.rule == "lawyer")
    #expect(byRule.text == "One moment." && silent.requests.isEmpty)

    let caller = PlannedChatModel { _, _ in
      .says("I get somebody.", calls: [ToolCall(id: "1", name: "person", arguments: #"{"reason":"x"}"#)])
    }
    let byTool = try await answer("Help", definition, model: caller)
    #expect(byTool.kind == .handover && byTool.handOver == "tool" && byTool.text == "I get somebody.")

    let unsupported = PlannedChatModel { _, _ in .says("Surely yes.") }
    let first = try await answer("Can I?", definition, model: unsupported)
    #expect(first.kind == .fallback && first.handOver == nil && first.text == "I do not know.")
    let second = try await answer(
      "Can I?", definition, model: unsupported, earlier: [.noAnswer(nil, labels: [])])
    #expect(second.handOver == "no-answer" && second.rule == "twice")
    // Where a rule would have held, its counts began anew.
    let third = try await answer(
      "Can I?", definition, model: unsupported,
      earlier: [.noAnswer(nil, labels: []), .noAnswer(nil, labels: [])])
    #expect(third.handOver == nil)
  }

  @Test func whatNothingSupportsBecomesTheFallbackAndAPersonTakesOver() async throws {
    let passages = [Passage(title: "Returns", text: "You may return things within 30 days.", score: 1)]
    func definition(_ escalation: [EscalationRule]?, _ grounding: String = "supported") -> AgentDefinition {
      AgentDefinition(
        instructions: "Answer.", fallback: "I do not know.", escalation: escalation, grounding: grounding)
    }
    let model = PlannedChatModel { _, _ in .says("Surely yes [9].") }
    let standard = try await answer(
      "Can I?", definition(EscalationRule.standard), model: model, passages: passages)
    #expect(standard.kind == .fallback && standard.text == "I do not know." && standard.citations.isEmpty)
    #expect(standard.handOver == "no-answer" && standard.rule == "no answer")
    #expect(standard.withheld == "unsupported" && standard.citationsRemoved == 1)
    // Its own rules say nothing of that.
    let own = [EscalationRule(name: "lawyer", keywords: ["lawyer"])]
    let without = try await answer("Can I?", definition(own), model: model, passages: passages)
    #expect(without.kind == .fallback && without.handOver == "no-answer" && without.rule == nil)
    // It wants nobody.
    let alone = try await answer("Can I?", definition([]), model: model, passages: passages)
    #expect(alone.kind == .fallback && alone.handOver == nil && alone.withheld == "unsupported")
    let free = try await answer("Can I?", definition([], "free"), model: model, passages: passages)
    #expect(free.kind == .model && free.text == "Surely yes." && free.withheld == nil)
    let greeted = try await answer("Hello!", definition([]), model: model, passages: passages)
    #expect(greeted.kind == .model)
    let undocumented = try await answer("Can I?", definition([]), model: model)
    #expect(undocumented.kind == .model)
  }

  @Test func nobodyComesForThanksButSomebodyForUnsupportedLastWordsOfAConversationThatIsClosed() async throws
  {
    let passages = [Passage(title: "Returns", text: "You may return things within 30 days.", score: 1)]
    func definition(_ grounding: String, greeting: String? = nil) -> AgentDefinition {
      AgentDefinition(
        instructions: "Answer.", fallback: "I do not know.", greeting: greeting,
        escalation: EscalationRule.standard,
        tools: [AgentTool(name: "close", kind: "close")], grounding: grounding)
    }
    let silent = PlannedChatModel { _, _ in .says("NO_ANSWER") }
    for grounding in ["supported", "cited"] {
      let thanked = try await answer(
        "Thanks, that helped!", definition(grounding, greeting: "Hello, I am Mia."), model: silent,
        passages: passages)
      #expect(thanked.kind == .fallback && thanked.handOver == nil && thanked.rule == nil)
      #expect(thanked.text == "Hello, I am Mia." && thanked.withheld == "no-answer")
    }
    let plain = try await answer("Thanks!", definition("cited"), model: silent, passages: passages)
    #expect(plain.kind == nil && plain.silence == "small-talk" && plain.handOver == nil)
    let pleading = try await answer(
      "Yes please", definition("cited", greeting: "Hello, I am Mia."), model: silent, passages: passages)
    #expect(pleading.text == "I do not know." && pleading.handOver == "no-answer")

    let closing = PlannedChatModel { _, call in
      call % 2 == 0 ? .calls("close", "{}") : .says("All orders of this year are settled.")
    }
    let closed = try await answer(
      "I am done here", definition("supported"), model: closing, passages: passages)
    #expect(closed.kind == .fallback && closed.withheld == "unsupported")
    #expect(closed.handOver == "no-answer" && closed.rule == "no answer")
    // As before there were modes of support.
    let cited = try await answer("I am done here", definition("cited"), model: closing, passages: passages)
    #expect(cited.kind == .model && cited.withheld == nil && cited.handOver == nil)
  }

  /// Without a model.
  @Test func nobodyIsAnnouncedToAGreetingAndSomebodyComesForAQuestionWithoutAnAnswer() async throws {
    func definition(
      _ rules: [EscalationRule]?, _ grounding: String? = "supported", greeting: String? = nil
    ) -> AgentDefinition {
      AgentDefinition(
        instructions: "Answer.", fallback: "A person will get back to you.", greeting: greeting,
        escalation: rules, grounding: grounding)
    }
    let asked = EscalationRule(name: "asked", asksForPerson: true)
    for rules in [EscalationRule.standard, [asked]] {
      let silent = try await answer("Hello", definition(rules))
      #expect(silent.kind == nil && silent.silence == "small-talk" && silent.handOver == nil)
      let greeted = try await answer("Hello", definition(rules, greeting: "Hello, I am Mia."))
      #expect(greeted.text == "Hello, I am Mia." && greeted.handOver == nil)
      let unknown = try await answer("Where is my order?", definition(rules))
      #expect(unknown.text == "A person will get back to you." && unknown.handOver == "no-answer")
    }
    // Where nobody ever comes, the text is what the company has to say; so it is of agents of before.
    for (rules, grounding) in [([], "supported"), (nil, nil), ([asked], "cited")]
      as [([EscalationRule]?, String?)]
    {
      for text in ["Hello", "Where is my order?"] {
        let said = try await answer(text, definition(rules, grounding))
        #expect(said.kind == .fallback && said.handOver == nil && said.silence == nil)
      }
    }
  }

  @Test func whatIsWrittenBesideAHandOverIsHeldToWhatMayBeSaidAndThePersonComes() async throws {
    let passages = [Passage(title: "Returns", text: "You may return things within 30 days.", score: 1)]
    func answer(_ said: String, _ grounding: String) async throws -> RehearsedAnswer {
      let model = PlannedChatModel { _, _ in
        .says(said, calls: [ToolCall(id: "1", name: "person", arguments: #"{"reason":"x"}"#)])
      }
      return try await self.answer(
        "May I return it after a year?",
        AgentDefinition(
          instructions: "Answer.", fallback: "?", texts: AgentTexts(handover: "A colleague takes over."),
          escalation: EscalationRule.standard, tools: [AgentTool(name: "person", kind: "hand-over")],
          grounding: grounding), model: model, passages: passages)
    }
    for (said, grounding, text, withheld) in [
      ("Surely, for ever.", "supported", "A colleague takes over.", "unsupported" as String?),
      ("Surely, for ever [7].", "supported", "A colleague takes over.", "unsupported"),
      ("NO_ANSWER", "supported", "A colleague takes over.", "no-answer"),
      ("", "supported", "A colleague takes over.", nil),
      ("Surely, for ever.", "free", "Surely, for ever.", nil),
      // As before there were modes of support: any tool is.
      ("Surely, for ever.", "cited", "Surely, for ever.", nil),
    ] {
      let told = try await answer(said, grounding)
      #expect(told.kind == .handover && told.handOver == "tool", "\(said) \(grounding)")
      #expect(told.text == text && told.withheld == withheld, "\(said) \(grounding)")
    }
    let cited = try await answer("30 days it is [1].", "supported")
    #expect(cited.handOver == "tool" && cited.withheld == nil && cited.citations == [1])
    #expect(cited.text == "30 days it is [1].\n\n[1] Returns")
  }

  @Test func aToolThatFailedSupportsNothing() async throws {
    let passages = [Passage(title: "Returns", text: "You may return things within 30 days.", score: 1)]
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", escalation: [], tools: [Self.order], grounding: "supported")
    for (outcome, status, kind) in [
      ("failed", 503, ReplyKind.fallback), ("failed", 403, .fallback), ("failed", 404, .model),
      ("succeeded", 200, .model),
    ] {
      let model = PlannedChatModel { _, call in
        call == 0 ? .calls("order", #"{"order":"1"}"#) : .says("It was shipped.")
      }
      let said = try await answer(
        "Order 1?", definition, model: model, passages: passages,
        recorded: RecordedTools([
          RecordedCall(
            tool: "order", arguments: #"{"order":"1"}"#, result: "x", outcome: outcome,
            reason: outcome == "failed" ? "status" : nil, status: status)
        ]))
      #expect(said.kind == kind, "\(outcome) \(status)")
    }
  }

  /// Who gives the number of an order that was asked for says nothing that has an intent.
  @Test func whatAnswersTheAgentsQuestionIsNotTakenForUnclear() async throws {
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", escalation: EscalationRule.standard)
    let model = PlannedChatModel { _, _ in .says("Thanks.") }
    let rehearsal = Rehearsal(
      agent: AgentID(UUID()), tenant: TenantID(UUID()), definition: definition,
      models: ModelCatalogue(models: [ConfiguredModel(name: "first")]), model: model, retries: false)
    let seen = MessageClassified.Facts(
      conversation: ConversationID(UUID()), message: MessageID(UUID()), connection: ConnectionID(UUID()),
      channel: .webchat, language: "und", sentiment: .neutral, sentimentScore: 0, intent: "order",
      confidence: 0.1, outOfScope: true, modelRevision: 1, classifier: 1,
      known: KnownOffsets(agents: .zero, tenants: .zero))
    for (before, rule) in [("Which order do you mean?", nil), ("I see.", "low confidence")] {
      let answer = try await rehearsal.answer(
        .init(
          at: Self.monday, asked: [.init(text: "A-17", classification: seen)],
          turns: [
            ChatMessage(role: .user, content: "It is late"), ChatMessage(role: .assistant, content: before),
            ChatMessage(role: .user, content: "A-17"),
          ], passages: []))
      #expect(answer.rule == rule, "\(before)")
    }
  }

  /// What a summary stands for tells the language as it does to the stage, and is shown to no model.
  @Test func whatWasSaidBeforeTheSummaryTellsTheLanguageAlone() async throws {
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "No idea.", translations: ["de": .init(fallback: "Keine Ahnung.")])
    for (before, said) in [("Wo ist meine Bestellung?", "Keine Ahnung."), ("Where is my order?", "No idea.")]
    {
      let model = PlannedChatModel { _, _ in .says(Prompt.noAnswer) }
      let rehearsal = Rehearsal(
        agent: AgentID(UUID()), tenant: TenantID(UUID()), definition: definition,
        models: ModelCatalogue(models: [ConfiguredModel(name: "first")]), model: model, retries: false)
      let answer = try await rehearsal.answer(
        .init(
          at: Self.monday, asked: [.init(text: "A-17")],
          before: [ChatMessage(role: .user, content: before)],
          turns: [ChatMessage(role: .user, content: "A-17")], summary: "Of an order.", passages: []))
      #expect(answer.text == said)
      let shown = model.requests.flatMap(\.messages).map(\.content)
      #expect(shown.contains { $0.contains("Of an order.") } && !shown.contains { $0.contains(before) })
    }
  }

  @Test func openingHoursAreThoseOfTheTimeOfTheQuestion() async throws {
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", texts: AgentTexts(outsideHours: "We are away."),
      hours: BusinessHours(
        timeZone: "UTC", open: [OpeningTime(day: 1, from: "12:00", to: "18:00")], answersOutside: false))
    let model = PlannedChatModel { _, _ in .says("Hello") }
    let told = try await answer("Hi", definition, model: model)
    #expect(told.kind == .outsideHours && told.text == "We are away." && model.requests.isEmpty)
    let again = try await answer("Hi", definition, model: model, toldClosedAt: Self.monday - 60)
    #expect(again.kind == nil && again.silence == "outside-hours")
  }

  @Test func modelsFallBackAndRetriesAreMadeWhereTheyAreAskedFor() async throws {
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", model: "first", fallbackModels: ["second"])
    let failing = PlannedChatModel { request, _ throws(ModelError) in
      guard request.server == "second" else { throw ModelError(code: .rejected, message: "no") }
      return .says("Second.")
    }
    let said = try await answer("Hi", definition, model: failing)
    #expect(said.text == "Second." && said.tried.map(\.model) == ["first"] && said.costMicros == nil)

    let late = PlannedChatModel { _, call throws(ModelError) in
      guard call > 0 else { throw ModelError(code: .timeout, message: "no answer in time") }
      return .says("Late.")
    }
    let alone = AgentDefinition(instructions: "Answer.", fallback: "?", model: "first", fallbackModels: [])
    #expect(try await answer("Hi", alone, model: late, retries: true).text == "Late.")
    let never = PlannedChatModel { _, _ throws(ModelError) in
      throw ModelError(code: .timeout, message: "no answer in time")
    }
    let failed = try await answer("Hi", alone, model: never)
    #expect(failed.kind == nil && failed.silence == "timeout" && never.requests.count == 1)
    let sorry = AgentDefinition(
      instructions: "Answer.", fallback: "?", model: "first", texts: AgentTexts(failure: "Try again later."),
      fallbackModels: [])
    let told = try await answer("Hi", sorry, model: never)
    #expect(told.kind == .fallback && told.text == "Try again later." && told.handOver == nil)
    #expect(told.tried.map(\.reason) == ["timeout"])
    let quoted = try await answer(
      "How long may I return things?", alone,
      passages: [Passage(title: "Returns", text: "You may return things within 30 days.", score: 1)])
    #expect(quoted.kind == .extractive && quoted.text.contains("30 days"))
  }
}
