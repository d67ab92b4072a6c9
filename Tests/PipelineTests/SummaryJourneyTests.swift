import Contracts
import EventLog
import Foundation
import Models
import Postgres
import Synchronization
import TestKit
import Testing

@testable import Pipeline

/// What a long conversation leaves to later prompts. Turns with odd numbers are the customer's.
@Suite(.timeLimit(.minutes(3))) struct SummaryJourneyTests {
  @Test func eachSummaryIsMadeOfTheOneBeforeAndOfWhatWasSaidSince() async throws {
    let talk = Talk(words: 20)
    let model = talk.model()
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", historyTokens: 150,
      limits: AgentLimits(tokensPerDay: 1_000_000))
    try await Journey.run(model: model, definition: definition) { journey in
      let made = try await talk.run(10, journey)
      #expect(made.count >= 2)
      talk.expectUnbroken(made, model)
      // The next prompt has the last summary and every turn since, and none twice.
      let (stand, prompt) = (made.last?.turns ?? 0, try #require(model.replies.last).text)
      #expect(prompt.contains("What was said before: Summary \(made.count).\n"))
      for ordinal in 1...19 {
        #expect(prompt.contains(talk.said(ordinal)) == (ordinal > stand), "turn \(ordinal) of \(stand)")
      }
      // Both kinds of requests are the agent's.
      let pool = journey.tenant.database.pool
      try await eventually("all requests are counted for the agent") {
        let count = try await pool.withConnection {
          try $0.execute(
            "select coalesce(sum(requests), 0)::int8 from stage.model_use where scope = $1 and not is_minute",
            [.text("agent \(journey.tenant.agent)")])[0].int8(0)
        }
        return count == Int64(model.requests.count) ? true : nil
      }
    }
  }

  /// An error, an answer without words, and an empty one.
  @Test(arguments: [.serverError, .emptyAnswer, nil] as [ModelError.Code?])
  func aSummaryThatFailsLeavesTheOneBeforeAndIsTriedAgainThreeExchangesLater(
    _ failure: ModelError.Code?
  ) async throws {
    let talk = Talk(words: 20)
    let model = talk.model { number throws(ModelError) in
      guard number == 2 else { return "Summary \(number)." }
      if let failure { throw ModelError(code: failure, message: "not now") }
      return " \n"
    }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", historyTokens: 150)
    try await Journey.run(model: model, definition: definition) { journey in
      let made = try await talk.run(13, journey)
      try #require(made.count >= 2 && model.summaries.count >= 3)
      let tried = model.summaries.map(\.summedUp)
      #expect(tried[0] == talk.lines(1, through: made[0].turns))
      // What was to be summed up then is, and what came since.
      #expect(tried[2] == ["Before: Summary 1."] + talk.lines(made[0].turns + 1, through: made[1].turns))
      #expect(tried[1].count < tried[2].count && tried[1] == Array(tried[2].prefix(tried[1].count)))
      let places = model.requests.indices.filter { model.requests[$0].isSummary }
      let between = model.requests[(places[1] + 1)..<places[2]]
      #expect(between.count == 3)
      for request in between { #expect(request.text.contains("What was said before: Summary 1.\n")) }
      #expect(model.requests[places[2] + 1].text.contains("What was said before: Summary 3.\n"))
    }
  }

  /// A prompt sees sixty turns at most: of more, however short, a summary is made; and one that succeeds late goes
  /// back to the first turn.
  @Test func shortTurnsThatPromptsSeeNoMoreAreInTheFirstSummaryThatSucceeds() async throws {
    let talk = Talk(words: 0)
    let model = talk.model { number throws(ModelError) in
      guard number > 3 else { throw ModelError(code: .timeout, message: "not now") }
      return "Summary \(number)."
    }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?")
    try await Journey.run(model: model, definition: definition) { journey in
      let made = try await talk.run(35, journey)
      #expect(made.map(\.turns) == [62])
      let requests = model.requests
      let places = requests.indices.filter { requests[$0].isSummary }
      #expect(places.map { place in requests[..<place].count { !$0.isSummary } } == [25, 28, 31, 34])
      #expect(model.summaries.last?.summedUp == talk.lines(1, through: 62))
      let last = try #require(model.replies.last).text
      #expect(last.contains("What was said before: Summary 4.\n"))
      for ordinal in 60...68 { #expect(last.contains(talk.said(ordinal)) == (ordinal > 62), "\(ordinal)") }
    }
  }

  @Test func whatDoesNotFitTheModelWaitsForTheNextSummary() async throws {
    let talk = Talk(words: 20)
    let model = talk.model()
    let models = ModelCatalogue(models: [ConfiguredModel(name: "small", contextTokens: 700)])
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", maximumTokens: 50, historyTokens: 400)
    try await Journey.run(model: model, models: models, definition: definition) { journey in
      let made = try await talk.run(16, journey)
      #expect(made.count >= 2)
      talk.expectUnbroken(made, model)
      let first = try #require(model.requests.firstIndex { $0.isSummary })
      // The six newest were to be kept; of those before them, some did not fit.
      #expect(try #require(made.first).turns < 2 * first - 6)
      for request in model.summaries {
        #expect(request.messages.reduce(Summarising.maximumTokens) { $0 + $1.estimatedTokens } <= 700)
      }
    }
  }
}

/// A conversation of one question after the other, each asked once the one before was answered.
private struct Talk: Sendable {
  /// How long a question is.
  let words: Int

  func said(_ ordinal: Int) -> String {
    guard ordinal % 2 == 1 else { return "Reply \(ordinal / 2)." }
    return (["Question \(ordinal / 2 + 1):"] + Array(repeating: "boots", count: words)).joined(separator: " ")
  }

  /// These turns as a summary is asked for them.
  func lines(_ first: Int, through last: Int) -> [String] {
    stride(from: first, through: last, by: 1).map { "\($0 % 2 == 1 ? "Customer" : "Agent"): \(said($0))" }
  }

  /// Counts tokens as providers do.
  func model(
    _ summary: @escaping @Sendable (_ number: Int) throws(ModelError) -> String = { "Summary \($0)." }
  ) -> PlannedChatModel {
    let made = Mutex((replies: 0, summaries: 0))
    return PlannedChatModel { request, _ throws(ModelError) in
      let number = made.withLock { made in
        if request.isSummary { made.summaries += 1 } else { made.replies += 1 }
        return request.isSummary ? made.summaries : made.replies
      }
      let text = try request.isSummary ? summary(number) : "Reply \(number)."
      return ChatAnswer(
        text: text, model: "planned",
        usage: ChatUsage(
          promptTokens: request.messages.reduce(0) { $0 + $1.estimatedTokens },
          completionTokens: estimatedTokens(text)),
        finishReason: "stop", firstTokenAfter: nil, latency: .milliseconds(5))
    }
  }

  /// Asks so many questions, and returns the summaries that were made before the last one was answered: its answer
  /// waits for them.
  func run(_ questions: Int, _ journey: Journey) async throws -> [ConversationSummarised.Facts] {
    var records: [Record] = []
    for number in 1...questions {
      try await journey.tenant.say(said(2 * number - 1), visitor: "ada")
      records = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == number }
    }
    let last = records.lastIndex { $0.event.type == ReplyGenerated.type } ?? 0
    return try records[..<last].filter { $0.event.type == ConversationSummarised.type }
      .map { try ConversationSummarised.read($0.event).facts }
  }

  /// Every turn was put into one summary, in its order, with the summary before.
  func expectUnbroken(_ made: [ConversationSummarised.Facts], _ model: PlannedChatModel) {
    var covered = 0
    for (number, (request, facts)) in zip(1..., zip(model.summaries, made)) {
      let before = number == 1 ? [] : ["Before: Summary \(number - 1)."]
      #expect(request.summedUp == before + lines(covered + 1, through: facts.turns))
      #expect(facts.turns > covered)
      covered = facts.turns
    }
  }
}

extension PlannedChatModel {
  fileprivate var summaries: [ChatRequest] { requests.filter(\.isSummary) }
  fileprivate var replies: [ChatRequest] { requests.filter { !$0.isSummary } }
}

extension ChatRequest {
  fileprivate var isSummary: Bool { messages[0].content.hasPrefix("Sum up") }
  fileprivate var text: String { messages.map(\.content).joined(separator: "\n") }
  /// The lines between the marks.
  fileprivate var summedUp: [String] {
    (messages.last?.content.split(separator: "\n").map(String.init) ?? []).dropFirst().dropLast()
  }
}
