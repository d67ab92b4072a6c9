import Channels
import Contracts
import Foundation
import JSON
import Keyring
import Models
import Postgres
import Understanding

/// What generate knows of the conversations of one batch, and what it notes.
package struct GenerateWorkspace: Sendable {
  enum Role: String, Sendable {
    case user, assistant
    /// What stands for the turns before the others.
    case summary
  }

  struct Turn: Sendable {
    let conversation: ConversationID
    let role: Role
    /// A JWE whose content has a `text`.
    var sealed: String
    /// What may be edited or deleted later; nil for what was sent from here.
    var message: MessageID?
    /// Counts the turns of the conversation from 1.
    var ordinal = 0
  }

  /// How many turns a prompt may look back on.
  package static let turnsInPrompt = 60
  /// Likewise a summary, which makes good for those that failed before it.
  static let turnsInSummary = 240

  private var history: [ConversationID: [Turn]] = [:]
  private var keys: [KeyID: SealingKey] = [:]
  private var added: [Turn] = []
  private var changed: [(conversation: ConversationID, message: MessageID, sealed: String?)] = []
  private var summaries: [ConversationID: String?] = [:]
  /// What was used up of limits.
  var use: ModelUse
  private(set) var cache = AnswerCache()

  static func load(
    _ turns: [StageTurn<GenerateOutcome>], _ models: ModelCatalogue, _ context: StageContext,
    in transaction: Transaction
  ) throws -> GenerateWorkspace {
    var workspace = GenerateWorkspace(use: ModelUse(now: context.now))
    var kids: Set<KeyID> = []
    var conversations: Set<ConversationID> = []
    var tenants: Set<TenantID> = []
    var replied: [ConversationID: (limited: TenantID?, key: KeyID?)] = [:]
    var labelled: Set<ConversationID> = []
    for turn in turns {
      for record in turn.inputs {
        switch record.event.type {
        case ContextRetrieved.type:
          guard let value = try? ContextRetrieved.read(record.event) else { continue }
          if let kid = try? value.keyID { kids.formUnion([kid, KeyID(record.event.tenant.uuid)]) }
          let agent = value.facts.agent.flatMap { context.directory.agents[$0]?.definition }
          if models.isLimited || agent?.limits != nil { tenants.insert(record.event.tenant) }
          if Escalation(rules: agent?.escalation ?? []).looksAtLabels {
            labelled.insert(value.facts.conversation)
          }
          // The language of its fixed texts is that of the latest words that tell one.
          if !Self.isAnsweredOutright(turn) || agent?.translations != nil {
            conversations.insert(value.facts.conversation)
          }
        // A first message may be greeted; the prompt of an outcome at hand was made before.
        case MessageReceived.type:
          if let kid = try? MessageReceived.read(record.event).keyID { kids.insert(kid) }
        case ConversationLabelled.type:
          if let kid = try? ConversationLabelled.read(record.event).keyID { kids.insert(kid) }
        // After a reply the conversation may be summarised.
        case ReplyGenerated.type:
          guard let value = try? ReplyGenerated.read(record.event),
            let agent = context.directory.agents[value.facts.agent]?.definition,
            Summarising.mayBeDue(after: value.facts, of: agent) || isAnswer(to: record, turn)
          else { continue }
          let isLimited = models.isLimited || agent.limits != nil
          replied[value.facts.conversation] = (isLimited ? record.event.tenant : nil, try? value.keyID)
        default: break
        }
      }
    }
    var turnsLoaded = Self.turnsInPrompt
    if !replied.isEmpty {
      let rows = try transaction.execute(
        "select key from stage.wanting_summary($1)", [.texts(replied.keys.map(\.description))])
      for row in rows {
        guard let id = ConversationID(row.text(0)), let reply = replied[id] else { continue }
        conversations.insert(id)
        turnsLoaded = Self.turnsInSummary
        if let tenant = reply.limited { tenants.insert(tenant) }
        if let key = reply.key { kids.insert(key) }
      }
    }
    if !labelled.isEmpty { kids.formUnion(try labelKeys(of: labelled, in: transaction)) }
    if !conversations.isEmpty {
      try workspace.loadHistory(of: conversations, most: turnsLoaded, &kids, in: transaction)
    }
    workspace.keys = try context.keyring.keys(kids, on: transaction.connection)
    guard !models.models.isEmpty else { return workspace }
    if !tenants.isEmpty { workspace.use = try ModelUse(of: tenants, now: context.now, in: transaction) }
    try workspace.loadCache(turns, context, in: transaction)
    return workspace
  }

  private init(use: ModelUse) { self.use = use }

  /// Of one conversation, none of which is in a table.
  init(_ turns: [Turn], of conversation: ConversationID, sealedWith key: SealingKey, now: Date) {
    use = ModelUse(now: now)
    history = [conversation: turns]
    keys = [key.id: key]
  }

  /// The answer is at hand, and nothing that came later calls for another one.
  private static func isAnsweredOutright(_ turn: StageTurn<GenerateOutcome>) -> Bool {
    guard case .outcome(.answered(let answer)) = turn.result, answer.toolCalls == nil else { return false }
    return turn.inputs.count { $0.event.type == ContextRetrieved.type } == 1
      && !turn.inputs.contains { [MessageDeleted.type, MessageEdited.type].contains($0.event.type) }
  }

  /// Whether what was asked for the sake of this input has come.
  private static func isAnswer(to record: Record, _ turn: StageTurn<GenerateOutcome>) -> Bool {
    guard case .outcome = turn.result else { return false }
    return turn.inputs.first?.event.id == record.event.id
  }

  /// Of whoever a conversation is with: in a group that need not be who asks.
  private static func labelKeys(
    of conversations: Set<ConversationID>, in transaction: Transaction
  ) throws -> [KeyID] {
    struct Labelled: Decodable { let sealedLabels: String? }
    return try transaction.execute(
      "select value from stage.states('generate', $1)",
      [.texts(conversations.map { StreamID($0).rawValue })]
    ).compactMap { row in
      // Of what is malformed that conversation alone is parked.
      (try? JSON.decode(Labelled.self, from: row.bytes(0)))?.sealedLabels.flatMap { try? JWE.keyID(of: $0) }
    }
  }

  private mutating func loadHistory(
    of conversations: Set<ConversationID>, most: Int, _ kids: inout Set<KeyID>, in transaction: Transaction
  ) throws {
    let rows = try transaction.execute(
      "select conversation, ordinal, role, content, message from stage.turns($1, $2)",
      [.uuids(conversations.map(\.uuid)), .int4(Int32(most))])
    for row in rows {
      guard let role = Role(rawValue: row.text(2)) else { continue }
      let turn = Turn(
        conversation: ConversationID(row.uuid(0)), role: role, sealed: row.text(3),
        message: row.optional(4, PostgresRow.uuid).map { MessageID($0) }, ordinal: Int(row.int4(1)))
      history[turn.conversation, default: []].append(turn)
      // In a group, everyone's words are under their own key.
      if let kid = try? JWE.keyID(of: turn.sealed) { kids.insert(kid) }
    }
  }

  private mutating func loadCache(
    _ turns: [StageTurn<GenerateOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws {
    var questions: [AnswerCache.Question] = []
    for record in turns.lazy.flatMap(\.inputs) where record.event.type == ContextRetrieved.type {
      guard let value = try? ContextRetrieved.read(record.event),
        let agent = value.facts.agent.flatMap({ context.directory.agents[$0] }),
        agent.definition?.cacheMinutes ?? 0 > 0, let version = agent.version,
        let tenantKey = keys[KeyID(record.event.tenant.uuid)], let kid = try? value.keyID,
        let key = keys[kid],
        let found = try? value.opened(with: key)
      else { continue }
      questions.append(
        AnswerCache.Question(
          input: record.event.id, agent: agent.id, version: version, documents: value.facts.indexVersion,
          index: value.facts.index, text: found.query, tenantKey: tenantKey))
    }
    guard !questions.isEmpty else { return }
    cache = try AnswerCache(questions, at: context.now, in: transaction)
    keys.merge(try context.keyring.keys(cache.keyIDs, on: transaction.connection)) { mine, _ in mine }
  }

  mutating func add(_ turn: Turn, ordinal: Int) {
    var turn = turn
    turn.ordinal = ordinal
    added.append(turn)
    history[turn.conversation, default: []].append(turn)
  }

  mutating func keep(_ entry: AnswerCache.Entry) { cache.kept.append(entry) }

  func save(in transaction: Transaction) throws {
    if !added.isEmpty {
      transaction.executeLater(
        "select stage.add_turns($1, $2, $3, $4, $5)",
        [
          .uuids(added.map(\.conversation.uuid)), .int4s(added.map { Int32($0.ordinal) }),
          .texts(added.map(\.role.rawValue)), .texts(added.map(\.sealed)),
          .uuids(added.map(\.message?.uuid)),
        ])
    }
    for change in changed {
      transaction.executeLater(
        "select stage.change_turn($1, $2, $3)",
        [
          .uuid(change.conversation.uuid), .uuid(change.message.uuid),
          change.sealed.map { .text($0) } ?? .null,
        ])
    }
    for (conversation, sealed) in summaries.sorted(by: { $0.key < $1.key }) {
      transaction.executeLater(
        "select stage.set_summary($1, $2)",
        [.uuid(conversation.uuid), sealed.map { .text($0) } ?? .null])
    }
    try use.save(in: transaction)
    try cache.save(in: transaction)
  }

  mutating func replace(_ message: MessageID, in conversation: ConversationID, with sealed: String) {
    changed.append((conversation, message, sealed))
    for index in history[conversation]?.indices ?? 0..<0
    where history[conversation]?[index].message == message {
      history[conversation]?[index].sealed = sealed
    }
  }

  mutating func remove(_ message: MessageID, in stream: StreamID) {
    guard let conversation = ConversationID(stream.rawValue) else { return }
    changed.append((conversation, message, nil))
    history[conversation]?.removeAll { $0.message == message }
  }

  mutating func summarise(_ conversation: ConversationID, _ sealed: String) {
    summaries[conversation] = .some(sealed)
    history[conversation]?.removeAll { $0.role == .summary }
    history[conversation, default: []].insert(
      Turn(conversation: conversation, role: .summary, sealed: sealed), at: 0)
  }

  mutating func dropSummary(in stream: StreamID) {
    guard let conversation = ConversationID(stream.rawValue) else { return }
    summaries[conversation] = .some(nil)
    history[conversation]?.removeAll { $0.role == .summary }
  }

  // MARK: What is read

  /// nil when the key that sealed it is gone.
  func key(of sealed: String?) throws -> SealingKey? {
    guard let sealed else { return nil }
    return keys[try JWE.keyID(of: sealed)]
  }

  func found(for context: GenerateState.Context) throws -> ContextRetrieved.Private? {
    guard let sealed = context.sealed, let key = try key(of: sealed) else { return nil }
    return try JSON.decode(ContextRetrieved.Private.self, from: JWE.open(sealed, with: key))
  }

  /// Whom to show that an answer is being written; nil where that cannot be, or not with the keys at hand.
  func typing(for state: GenerateState, on connection: KnownConnection) throws -> TypingSignal? {
    guard let sealed = state.pending.last?.sealed, let key = keys[try JWE.keyID(of: sealed)],
      let place = try state.target?.place(keys)
    else { return nil }
    let content = try JSON.decode(MessageReceived.Private.self, from: JWE.open(sealed, with: key))
    return TypingSignal(
      channel: connection.channel, secrets: connection.secrets,
      message: MessageReference(
        address: place.address, thread: place.thread, providerID: content.providerID))
  }

  /// What the model is to see; nil when the contact's key is gone.
  func prompt(for state: GenerateState) throws -> Prompt? {
    guard let context = state.context, let key = try key(of: context.sealed),
      let found = try found(for: context)
    else { return nil }
    let question = try state.pending.compactMap(\.sealed).compactMap { try text(of: $0) }.joined(
      separator: "\n")
    return Prompt(
      question: question,
      turns: try turns(of: context.conversation, after: state.summarised ?? 0).map(\.message),
      summary: state.summarised == nil ? nil : try summary(of: context.conversation),
      passages: zip(found.passages, context.passages).map { text, facts in
        Passage(title: text.title, text: text.text, score: facts.score)
      }, language: state.classifications?.last?.language,
      mark: Prompt.mark(of: context.conversation, under: key))
  }

  func summary(of conversation: ConversationID) throws -> String? {
    try history[conversation]?.first { $0.role == .summary }.flatMap { try text(of: $0.sealed) }
  }

  /// Oldest first; those whose writer's key is gone are left out.
  func turns(
    of conversation: ConversationID, after ordinal: Int, most: Int = Self.turnsInPrompt
  ) throws -> [(ordinal: Int, message: ChatMessage)] {
    try (history[conversation] ?? []).suffix(most).filter {
      $0.ordinal > ordinal && $0.role != .summary
    }
    .compactMap { turn in
      try text(of: turn.sealed).map {
        (turn.ordinal, ChatMessage(role: turn.role == .user ? .user : .assistant, content: $0))
      }
    }
  }

  /// What the contact said, still sealed, the latest first.
  func said(in conversation: ConversationID) -> [String] {
    (history[conversation] ?? []).suffix(Self.turnsInPrompt).reversed().filter { $0.role == .user }.map(
      \.sealed)
  }

  /// The same agent with its fixed texts in the language that it answers in. Where that is the contact's, the latest words
  /// that tell one decide (`WrittenLanguage`): the number of an order, or a bare `ok`, changes nothing about it.
  func spoken(_ definition: AgentDefinition, to said: [String]) throws -> AgentDefinition {
    guard definition.translations != nil else { return definition }
    if let own = definition.answerLanguage, AgentDefinition.isTag(own) { return definition.spoken(in: own) }
    return definition.spoken(in: try WrittenLanguage.of(said) { try text(of: $0) })
  }

  /// Whether the last that was said to the contact asks something.
  func hasAsked(in conversation: ConversationID) throws -> Bool {
    let last = try turns(of: conversation, after: 0).last { $0.message.role == .assistant }
    return last?.message.content.split(separator: "\n").contains { line in
      line.last { !$0.isWhitespace }.map { "?？؟".contains($0) } == true
    } ?? false
  }

  /// None when the contact's key is gone.
  func labels(of state: GenerateState) throws -> [String] {
    if let clear = state.labels { return clear }
    guard let sealed = state.sealedLabels, let key = try key(of: sealed) else { return [] }
    return LabelBounds.kept(
      of: try JSON.decode(ConversationLabelled.Private.self, from: JWE.open(sealed, with: key)).labels)
  }

  /// nil when the writer's key is gone.
  func text(of sealed: String) throws -> String? {
    struct Content: Codable { let text: String? }
    guard let key = keys[try JWE.keyID(of: sealed)] else { return nil }
    return try JSON.decode(Content.self, from: JWE.open(sealed, with: key)).text ?? ""
  }
}
