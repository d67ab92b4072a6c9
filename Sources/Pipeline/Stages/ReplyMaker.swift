import Contracts
import Foundation

/// Makes the events that end a generation.
struct ReplyMaker {
  struct Author {
    let agent: AgentID
    let version: Int
    let facts: GenerateState.Context
  }

  let stage: StageName
  let record: Record
  let conversation: ConversationID
  let answers: [MessageID]
  let context: StageContext

  /// The id of the reply as a message: that of its event, so known before the model is asked.
  var message: MessageID { MessageID(record.outputID(ReplyGenerated.type, by: stage).uuid) }

  func generated(
    _ text: String, kind: ReplyKind, by author: Author, sealedWith key: SealingKey
  ) throws -> (event: Event, turn: GenerateWorkspace.Turn) {
    try event(
      text, kind: kind, model: nil, finishReason: "stop", tokens: (nil, nil), firstToken: nil,
      milliseconds: 0, attempts: 0, author, key)
  }

  func generated(
    _ answer: GenerateOutcome.Answer, attempts: Int, by author: Author, sealedWith key: SealingKey
  ) throws -> (event: Event, turn: GenerateWorkspace.Turn) {
    try event(
      answer.text, kind: .model, model: answer.model, finishReason: answer.finishReason,
      tokens: (answer.promptTokens, answer.completionTokens), firstToken: answer.firstTokenMilliseconds,
      milliseconds: answer.milliseconds, attempts: attempts, author, key)
  }

  func skipped(_ reason: String) throws -> Event {
    try record.makes(
      ReplySkipped.self, by: stage, key: record.event.key,
      facts: .init(
        conversation: conversation, answers: answers, reason: reason, known: context.directory.known),
      at: context.now)
  }

  func failed(_ reason: String, attempts: Int, by author: Author) throws -> Event {
    try record.makes(
      ReplyFailed.self, by: stage, key: record.event.key,
      facts: .init(
        conversation: conversation, answers: answers, agent: author.agent, agentVersion: author.version,
        reason: reason, attempts: attempts, known: context.directory.known), at: context.now)
  }

  private func event(
    _ text: String, kind: ReplyKind, model: String?, finishReason: String, tokens: (Int?, Int?),
    firstToken: Double?, milliseconds: Double, attempts: Int, _ author: Author, _ key: SealingKey
  ) throws -> (event: Event, turn: GenerateWorkspace.Turn) {
    // A model may write U+0000, which no database text can hold.
    let text = text.replacing("\0", with: "\u{FFFD}")
    let event = try record.makes(
      ReplyGenerated.self, by: stage, key: record.event.key,
      facts: ReplyGenerated.Facts(
        conversation: conversation, message: message, answers: answers, agent: author.agent,
        agentVersion: author.version, kind: kind, model: model, finishReason: finishReason,
        promptTokens: tokens.0, completionTokens: tokens.1, firstTokenMilliseconds: firstToken,
        milliseconds: milliseconds, attempts: attempts, indexVersion: author.facts.indexVersion,
        passages: author.facts.passages, bytes: text.utf8.count, known: context.directory.known),
      private: ReplyGenerated.Private(text: text), sealedWith: key, at: context.now)
    let sealed = try ReplyGenerated.read(event).private ?? ""
    return (event, .init(conversation: conversation, role: .assistant, sealed: sealed))
  }
}
