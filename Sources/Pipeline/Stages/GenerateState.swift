import Contracts
import Foundation

/// What generate has folded of one conversation.
package struct GenerateState: Codable, Sendable {
  struct Pending: Codable, Sendable {
    let message: MessageID
    let receivedAt: Date
    /// The private part of what the message says now, still sealed; nil when so many came after it that it is
    /// answered with them, but a model sees it among the turns alone.
    var sealed: String?
  }

  /// What was retrieved for the last of the pending messages.
  struct Context: Codable, Sendable {
    let conversation: ConversationID
    let connection: ConnectionID?
    let agent: AgentID?
    let indexVersion: Int64
    let passages: [PassageFacts]
    let sealed: String?
    /// Whether the tenant has documents; nil: not known.
    var hasDocuments: Bool?
  }

  /// Messages that no reply has answered yet, oldest first: the texts of the last `maximumShown`, and the ids of
  /// `maximumPending`.
  var pending: [Pending] = []
  var context: Context?
  var isHeld = false
  var isResolved = false
  /// Whether the contact wants to hear from us no more, as was said in this conversation; nil is no.
  var isOptedOut: Bool?
  /// Where it is shown that an answer is being written; nil where that cannot be.
  var target: DeliverState.Target?
  /// How many turns of the conversation were noted.
  var turns = 0

  // What states of earlier versions do not have.

  /// The answer that is being made.
  var generation: Generation?
  /// How often each escalation rule has held since a person last had the conversation, by its name.
  var escalations: [String: Int]?
  /// In the clear: of a rehearsal, and of events that were written before labels were sealed.
  var labels: [String]?
  /// The private part of the last `conversation.labelled`, so that it goes with its contact's key.
  var sealedLabels: String?
  /// Of the pending messages.
  var classifications: [ClassifiedMessage]?
  /// How many turns the summary stands for; nil when there is none.
  var summarised: Int?
  /// The turns that it does not stand for are more than a prompt is to hold.
  var wantsSummary: Bool?
  /// About how many tokens those turns have.
  var unsummarisedTokens: Int?
  /// How many turns there were when a summary was last tried in vain; nil when none was since the one that stands.
  var summaryFailedAt: Int?
  /// What was asked of a model for the summary that is under way.
  var summaryAsked: Summarising.Asked?
  /// Until when the contact knows that nobody is there.
  var toldClosedUntil: Date?
  /// What the contact last said while another app had the conversation, for as long as nobody is known to have answered.
  var standby: Pending?
  /// One of our own people has the conversation; nil is no.
  var isOurs: Bool?
  /// The last messages that are albums: of these an edit says what is left when a file is taken back.
  var albums: [MessageID]?

  static let maximumShown = 20
  /// More than a prompt ever holds.
  package static let maximumAlbums = 64
  static let maximumPending = 1_000

  mutating func receive(
    _ value: EventValue<MessageReceived>, _ record: Record, _ workspace: inout GenerateWorkspace
  ) {
    note(value.facts)
    // A file alone leaves the question that it goes with.
    if record.event.mayBeAnswered, value.facts.standby != true || value.facts.bytes > 0 { standby = nil }
    guard let sealed = value.private, value.facts.bytes > 0 else { return }
    if record.event.mayBeAnswered {
      if value.facts.standby == true {
        standby = Pending(message: value.facts.message, receivedAt: record.event.time, sealed: sealed)
      } else {
        wait(for: value, record, sealed)
      }
    }
    add(
      GenerateWorkspace.Turn(
        conversation: value.facts.conversation, role: .user, sealed: sealed, message: value.facts.message),
      to: &workspace)
  }

  /// Whether it is an album, whoever sent it.
  mutating func note(_ message: MessageReceived.Facts) {
    guard message.album != nil else { return }
    albums = ((albums ?? []) + [message.message]).suffix(Self.maximumAlbums)
  }

  private mutating func wait<Spec: EventSpec>(for value: EventValue<Spec>, _ record: Record, _ sealed: String)
  where Spec.Facts == MessageReceived.Facts {
    pending.append(
      Pending(message: value.facts.message, receivedAt: record.event.time, sealed: sealed))
    if pending.count > Self.maximumPending { pending.removeFirst() }
    if pending.count > Self.maximumShown { pending[pending.count - Self.maximumShown - 1].sealed = nil }
  }

  mutating func edit(
    _ value: EventValue<MessageEdited>, _ record: Record, _ workspace: inout GenerateWorkspace
  ) {
    let message = value.facts.message
    guard let sealed = value.private, value.facts.bytes > 0 else {
      guard takesBack(value.facts, record.event) else { return }
      forget([message])
      return workspace.remove(message, in: StreamID(value.facts.conversation))
    }
    dropSummary(&workspace, in: StreamID(value.facts.conversation))
    if standby?.message == message { standby?.sealed = sealed }
    if let index = pending.firstIndex(where: { $0.message == message }) {
      pending[index].sealed = sealed
    } else if record.event.isReplay, record.event.mayBeAnswered, value.facts.standby != true {
      // It was not understood before, or is to be answered again: either way it is what is asked now.
      wait(for: value, record, sealed)
      add(
        GenerateWorkspace.Turn(
          conversation: value.facts.conversation, role: .user, sealed: sealed, message: message),
        to: &workspace)
    }
    workspace.replace(message, in: value.facts.conversation, with: sealed)
  }

  /// Whether one of them waited for an answer.
  @discardableResult
  mutating func forget(_ messages: Set<MessageID>) -> Bool {
    let before = pending.count
    pending.removeAll { messages.contains($0.message) }
    if let standby, messages.contains(standby.message) { self.standby = nil }
    return pending.count < before
  }

  /// Whether a person has the conversation after `event`. What another app gives to us is not taken from one of our own people.
  mutating func noteHolder(_ event: Event) {
    switch event.type {
    case ConversationHandedOver.type:
      isHeld = true
      if event.isTakenByUs { isOurs = true }
    case ConversationReleased.type where event.isPassed && isOurs == true: break
    case ConversationReleased.type, ConversationResolved.type: (isHeld, isOurs) = (false, nil)
    default: break
    }
  }

  /// Another app gave the conversation to us: what was said to that last is for the agent to answer, unless one of our own
  /// people has it.
  mutating func takeUp(at time: Date) {
    defer { standby = nil }
    guard isOurs != true else { return }
    isResolved = false
    if let standby, Self.waits(since: standby.receivedAt, at: time) { pending.append(standby) }
  }

  /// Whether what was said to another app still waits for that to give the conversation to us: for a day.
  static func waits(since said: Date, at time: Date) -> Bool { time.timeIntervalSince(said) < 86_400 }

  /// What became meanwhile of the messages that wait for an answer.
  struct Changes {
    /// One says something else now; a context for that is on its way.
    var isEdited = false
    var gone: Set<MessageID> = []
  }

  func changes(in later: some Sequence<Record>) throws -> Changes {
    var changes = Changes()
    for record in later {
      if record.event.type == MessageEdited.type {
        let facts = try MessageEdited.read(record.event).facts
        guard pending.contains(where: { $0.message == facts.message }) else { continue }
        if facts.bytes > 0 {
          changes.isEdited = true
        } else if takesBack(facts, record.event) {
          changes.gone.insert(facts.message)
        }
      } else if record.event.type == MessageDeleted.type {
        let message = try MessageDeleted.read(record.event).facts.message(of: record.event.tenant)
        if !isAlbum(message) { changes.gone.insert(message) }
      }
    }
    return changes
  }

  /// Whether an edit that leaves no words leaves none of the message: of one file of an album, join says what all of them
  /// say now.
  private func takesBack(_ edited: MessageEdited.Facts, _ event: Event) -> Bool {
    event.isJoined || !isAlbum(edited.message)
  }

  func isAlbum(_ message: MessageID) -> Bool { albums?.contains(message) ?? false }

  /// This state with one more context.
  func remembering(_ value: EventValue<ContextRetrieved>) -> GenerateState {
    var next = self
    next.context = Context(
      conversation: value.facts.conversation, connection: value.facts.connection, agent: value.facts.agent,
      indexVersion: value.facts.indexVersion, passages: value.facts.passages, sealed: value.private,
      hasDocuments: value.facts.hasDocuments)
    return next
  }

  /// What is longer than the API makes it is not kept.
  mutating func label(_ value: EventValue<ConversationLabelled>) {
    labels = value.private == nil ? LabelBounds.kept(of: value.facts.labels) : nil
    sealedLabels = value.private.flatMap { $0.utf8.count <= LabelBounds.sealedBytes ? $0 : nil }
  }

  mutating func note(_ consent: ConsentChanged.Facts) {
    guard consent.scope == .all else { return }
    isOptedOut = consent.state == .optedOut
  }

  mutating func add(_ turn: GenerateWorkspace.Turn, to workspace: inout GenerateWorkspace) {
    turns += 1
    // A token is about four bytes; base64 makes four of three, and the rest of a JWE is about 160.
    unsummarisedTokens = (unsummarisedTokens ?? 0) + max(turn.sealed.utf8.count - 160, 0) * 3 / 16
    workspace.add(turn, ordinal: turns)
  }

  /// The prompt shows nothing but what is asked: it is the first question of the conversation, or the agent looks back at
  /// nothing.
  func standsForItself(for agent: AgentDefinition) -> Bool {
    pending.count == 1 && summarised == nil && (turns == 1 || agent.historyTokens == 0)
  }

  /// The answer that is being made will not be: it is begun anew, and its messages are counted anew.
  mutating func dropGeneration() {
    if let before = generation?.escalationsBefore { escalations = before.isEmpty ? nil : before }
    generation = nil
  }

  mutating func finishAnswer() {
    pending = []
    context = nil
    generation = nil
    classifications = nil
  }

  /// Those that lie behind, of messages that wait for an answer.
  mutating func rememberClassifications(in later: some Sequence<Record>) throws {
    for record in later where record.event.type == MessageClassified.type {
      remember(ClassifiedMessage(try MessageClassified.read(record.event).facts))
    }
  }

  mutating func remember(_ classification: ClassifiedMessage) {
    guard pending.contains(where: { $0.message == classification.message }) else { return }
    classifications =
      (classifications ?? []).filter { $0.message != classification.message } + [classification]
  }

  /// A turn that the summary may speak of says something else now.
  mutating func dropSummary(_ workspace: inout GenerateWorkspace, in stream: StreamID) {
    guard summarised != nil else { return }
    summarised = nil
    workspace.dropSummary(in: stream)
  }

  /// A person has it, or nobody needs to: what led there counts no more.
  mutating func settle() {
    escalations = nil
    toldClosedUntil = nil
  }
}

extension MessageDeleted.Facts {
  /// The id of the message that was deleted, when a contact wrote it: it is made of the provider's.
  func message(of tenant: TenantID) -> MessageID {
    MessageID(providerHMAC: providerHMAC, in: tenant)
  }
}
