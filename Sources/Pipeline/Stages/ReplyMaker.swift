import Contracts
import Foundation

/// Makes the events that end a generation.
struct ReplyMaker {
  struct Author {
    let agent: AgentID
    let version: Int
    let indexVersion: Int64
    let passages: [PassageFacts]
  }

  /// How a text came about.
  struct Making {
    var kind: ReplyKind
    var model: String?
    var finishReason = "stop"
    var firstTokenMilliseconds: Double?
    var citations: [Int]?
    var citationsRemoved: Int?
    /// Why what the model wrote is not said.
    var withheld: Grounding.Withheld?
    var rule: String?
    var cachedFrom: MessageID?
    /// What it took.
    var generation: Generation?
    var currency: String?
  }

  let stage: StageName
  let record: Record
  let conversation: ConversationID
  let answers: [MessageID]
  let context: StageContext
  /// Tells replies of one input apart.
  var step = ""

  /// The id of the reply as a message: that of its event, so known before the model is asked.
  var message: MessageID { MessageID(record.outputID(ReplyGenerated.type, by: stage, step: step).uuid) }

  func generated(
    _ text: String, _ making: Making, by author: Author, sealedWith key: SealingKey,
    choices: [MessageChoice]? = nil, files: [ToolFile] = [], location: Location? = nil,
    contacts: [ContactCard]? = nil
  ) throws -> (event: Event, turn: GenerateWorkspace.Turn) {
    // A model may write U+0000, which no database text can hold.
    let text = text.replacing("\0", with: "\u{FFFD}")
    let generation = making.generation
    let cost = generation?.costMicros
    let event = try record.makes(
      ReplyGenerated.self, by: stage, step: step, key: record.event.key,
      facts: ReplyGenerated.Facts(
        conversation: conversation, message: message, answers: answers, agent: author.agent,
        agentVersion: author.version, kind: making.kind, model: making.model,
        finishReason: making.finishReason,
        promptTokens: generation?.promptTokens, completionTokens: generation?.completionTokens,
        firstTokenMilliseconds: making.firstTokenMilliseconds, milliseconds: generation?.milliseconds ?? 0,
        attempts: generation?.calls ?? 0, indexVersion: author.indexVersion, passages: author.passages,
        bytes: text.utf8.count, known: context.directory.known, costMicros: cost,
        currency: cost == nil ? nil : making.currency,
        tried: generation.flatMap { $0.tried.isEmpty ? nil : $0.tried }, citations: making.citations,
        citationsRemoved: making.citationsRemoved,
        toolCalls: generation.flatMap { $0.toolCalls == 0 ? nil : $0.toolCalls }, rule: making.rule,
        cachedFrom: making.cachedFrom, attachments: files.isEmpty ? nil : files.map(\.facts),
        promptHMAC: generation?.promptHMAC, contextTokens: generation?.contextTokens,
        lastPromptHMAC: generation?.lastPromptHMAC, withheld: making.withheld?.rawValue),
      private: ReplyGenerated.Private(
        text: text, choices: choices,
        attachments: files.isEmpty ? nil : try files.map { try $0.composed(key) }, location: location,
        contacts: contacts),
      sealedWith: key, at: context.now)
    let sealed = try ReplyGenerated.read(event).private ?? ""
    return (event, .init(conversation: conversation, role: .assistant, sealed: sealed))
  }

  /// A file of the answer lies in the blob store.
  func stored(_ file: ToolFile, sealedWith key: SealingKey) throws -> Event {
    let facts = AttachmentStored.Facts(
      conversation: conversation, message: message, attachment: file.attachment, kind: file.kind,
      mediaType: file.mediaType, bytes: file.bytes, blob: file.blob)
    return try record.makes(
      AttachmentStored.self, by: stage, step: "\(step)file/\(file.attachment)", key: record.event.key,
      facts: facts,
      private: file.opened(key), sealedWith: key, at: context.now)
  }

  func skipped(_ reason: String) throws -> Event {
    try record.makes(
      ReplySkipped.self, by: stage, key: record.event.key,
      facts: .init(
        conversation: conversation, answers: answers, reason: reason, known: context.directory.known),
      at: context.now)
  }

  /// - Parameter reason: nil for why the last model did not answer.
  func failed(_ generation: Generation, by author: Author, reason: String? = nil) throws -> Event {
    try record.makes(
      ReplyFailed.self, by: stage, key: record.event.key,
      facts: .init(
        conversation: conversation, answers: answers, agent: author.agent, agentVersion: author.version,
        reason: reason ?? generation.tried.last?.reason ?? "no-model", attempts: generation.calls,
        known: context.directory.known, tried: generation.tried.isEmpty ? nil : generation.tried),
      at: context.now)
  }

  func handedOver(_ reason: String) throws -> Event {
    try record.makes(
      ConversationHandedOver.self, by: stage, key: record.event.key,
      facts: .init(conversation: conversation, reason: reason), at: context.now)
  }

  func resolved() throws -> Event {
    try record.makes(
      ConversationResolved.self, by: stage, key: record.event.key,
      facts: .init(conversation: conversation, reason: "agent"), at: context.now)
  }
}
