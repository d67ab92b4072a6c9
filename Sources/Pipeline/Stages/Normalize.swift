import Channels
import Contracts
import Foundation
import Keyring
import Postgres

/// Turns raw webhooks and e-mails into what happened in conversations: who wrote, in which conversation, and whether it was
/// seen before. A body that is not understood is parked alone.
package struct Normalize: Stage {
  package typealias State = NoState
  package typealias Effect = Never
  package typealias Outcome = Never

  static let stage = StageName("normalize")

  package let name = Self.stage
  package let topic = Topic.inbound
  package let types: Set<EventType> = [WebhookReceived.type, EmailReceived.type]
  package let parksAlone = true
  package let effects = EffectPolicy.repeatable
  private let channels: ChannelAdapters
  private let onPassedOver: @Sendable (PassedOver, Int) -> Void

  /// - Parameter onPassedOver: told how often something was reported that concerns nothing here; a batch that
  ///   is done again after a fault tells again.
  package init(
    channels: ChannelAdapters, onPassedOver: @escaping @Sendable (PassedOver, Int) -> Void = { _, _ in }
  ) {
    self.channels = channels
    self.onPassedOver = onPassedOver
  }

  package func initialState() -> NoState { NoState() }

  package func load(
    _ turns: [StageTurn<Never>], _ context: StageContext, in transaction: Transaction
  ) throws -> NormalizeWorkspace {
    try workspace(of: turns.flatMap(\.inputs), context, in: transaction)
  }

  /// What the inputs say, and what is known of it.
  private func workspace(
    of inputs: [Record], _ context: StageContext, in transaction: Transaction
  ) throws -> NormalizeWorkspace {
    var workspace = NormalizeWorkspace(keyring: context.keyring)
    try parse(inputs, into: &workspace, context, transaction)
    try parse(workspace.lookForOverheard(in: transaction), into: &workspace, context, transaction)
    try workspace.look(in: transaction)
    return workspace
  }

  private func parse(
    _ records: [Record], into workspace: inout NormalizeWorkspace, _ context: StageContext,
    _ transaction: Transaction
  ) throws {
    guard !records.isEmpty else { return }
    let values = records.map { record in Result { try ReceivedBody(record.event) } }
    let kids = values.compactMap { (try? $0.get())?.keyID }
    let tenants = Set(records.map { KeyID($0.event.tenant.uuid) })
    let keys = try context.keyring.keys(Set(kids).union(tenants), on: transaction.connection)
    for (record, value) in zip(records, values) {
      do {
        var body = try parse(value.get(), keys, context, transaction)
        body.key = try value.get().keyID
        if record.event.type == EmailReceived.type {
          body.noticeAllowance = NoticeAllowance(at: record.event.time)
        }
        workspace.parsed[record.event.id] = .success(body)
      } catch let error as PostgresError {
        throw error
      } catch { workspace.parsed[record.event.id] = .failure(error) }
      if record.event.isReplay { workspace.replays[record.event.id] = record.event }
    }
  }

  /// Notes whom inputs concern that were normalized before that was noted; nothing else comes of it.
  func noteConcerns(of records: [Record], _ context: StageContext, in transaction: Transaction) throws {
    try workspace(of: records, context, in: transaction).saveConcerns(in: transaction)
  }

  package func decide(
    _ turn: StageTurn<Never>, state: inout NoState, workspace: inout NormalizeWorkspace,
    _ context: StageContext
  ) throws -> Decision<Never> {
    var decision = Decision<Never>(consumed: 0)
    for record in turn.inputs {
      let before = workspace.savepoint
      do {
        let parsed = try workspace.parsed[record.event.id]?.get() ?? NormalizedBody()
        var events: [Event] = []
        for item in parsed.items {
          for overheard in workspace.takeOverheard(before: item) {
            events += try outputs(ofOverheard: overheard, before: item, &workspace, context)
          }
          events += try outputs(of: item, record, parsed, &workspace, context)
        }
        workspace.notePersons(of: parsed)
        for (number, notice) in parsed.notices.enumerated() {
          if let event = try output(of: notice, number, record, parsed.noticeAllowance, &workspace, context) {
            events.append(event)
          }
        }
        if let channel = parsed.connection?.channel {
          for (kind, count) in parsed.passedOver { workspace.passOver(kind, count, on: channel) }
        }
        decision.outputs += events
        // What could be read goes on; done again after a repair, it is known and dropped.
        if parsed.malformed > 0 {
          decision.wait = .parked(reason: "\(parsed.malformed) parts of the body have an unknown shape")
          return decision
        }
      } catch {
        workspace.restore(before)
        decision.wait = .parked(reason: "\(error)")
        return decision
      }
      decision.consumed += 1
    }
    return decision
  }

  package func save(_ workspace: NormalizeWorkspace, in transaction: Transaction) throws {
    try workspace.save(in: transaction)
    for (what, count) in workspace.passedOver { onPassedOver(what, count) }
  }

  private func parse(
    _ value: ReceivedBody, _ keys: [KeyID: SealingKey],
    _ context: StageContext, _ transaction: Transaction
  ) throws -> NormalizedBody {
    // The key went with its day or with the person: there is nothing left to be understood.
    guard let key = value.keyID.flatMap({ keys[$0] }), let raw = try value.open(key, transaction) else {
      return NormalizedBody()
    }
    guard let connection = context.directory.connections[value.connection] else {
      throw StageError.unprocessable("connection \(value.connection) is unknown")
    }
    guard let tenantKey = keys[KeyID(connection.tenant.uuid)] else {
      throw StageError.unprocessable("tenant \(connection.tenant) has no key")
    }
    let channel = try channels.adapter(for: value.channel)
    let items = try channel.parse(raw.bytes, sender: raw.sender, for: connection.secrets)
    return NormalizedBody(
      items, connection: connection, tenantKey: tenantKey, blob: value.blob,
      echoesUnmarked: channel.echoesUnmarked, refusesOthers: channel.refusesOtherAccounts
    ) { account in
      context.directory.connection(of: account, on: connection.channel, tenant: connection.tenant)
    }
  }

  /// What came before of an album that was said to us just now.
  /// - Parameter said: its part that was: what stands behind that in the same body follows by itself.
  private func outputs(
    ofOverheard record: Record, before said: NormalizedItem, _ workspace: inout NormalizeWorkspace,
    _ context: StageContext
  ) throws -> [Event] {
    guard let body = try workspace.parsed[record.event.id]?.get() else { return [] }
    var events: [Event] = []
    for item in body.items.prefix(while: { $0.dedupe != said.dedupe })
    where item.isOverheard && workspace.isSaidToUs(item) {
      events += try outputs(of: item, record, body, &workspace, context)
    }
    workspace.notePersons(of: body)
    return events
  }

  private func outputs(
    of item: NormalizedItem, _ record: Record, _ body: NormalizedBody, _ workspace: inout NormalizeWorkspace,
    _ context: StageContext
  ) throws -> [Event] {
    let (tenant, blob) = (item.connection.tenant, body.blob)
    guard workspace.isSaidToUs(item) else {
      try workspace.overhear(item, in: record)
      workspace.passOver("group.not_addressed", on: item.connection.channel)
      return []
    }
    guard !workspace.hasSeen(item.dedupe, tenant) else {
      return record.event.isReplay ? try reread(item, record, blob, &workspace, context) : []
    }
    let isMessage =
      switch item.item {
      case .message, .echo: true
      default: false
      }
    // Only of conversations that a message opened can be told more.
    if !isMessage, workspace.conversation(of: item).map({ !workspace.isOpen($0, tenant) }) ?? true {
      workspace.passOver("unknown-conversation", on: item.connection.channel)
      return try unknownReport(item, record, body.noticeAllowance, &workspace, context)
    }
    workspace.see(item.dedupe, tenant)
    // What is being sent just now was reported before the answer to its call has told its id.
    let own = workspace.takesForOwn(item, at: context.now)
    if own != nil { workspace.passOver("echo.own", on: item.connection.channel) }
    let contact = try workspace.contactOrNew(item, in: record.event)
    guard let conversation = workspace.conversation(of: item) else { return [] }
    if isMessage, let thread = item.origin.thread, channels[item.connection.channel]?.isTopic(thread) == true
    {
      workspace.noteTopic(of: item, conversation)
    }
    let make = NormalizedEvents(
      stage: name, record: record, blob: blob, item: item, conversation: conversation, contact: contact,
      key: try workspace.key(of: contact), now: context.now,
      hearsConsent: channels[item.connection.channel]?.hearsConsent(isThread: item.threadHMAC != nil) ?? false
    )
    if let own { return try own.mark.map { [try make.sent($0)] } ?? [] }
    switch item.item {
    case .message(let message):
      let opened = workspace.open(conversation, tenant) ? [try make.opened()] : []
      let said =
        try item.albumHMAC == nil
        ? make.said(MessageReceived.self, message) : make.part(MessagePartReceived.self, message)
      return opened + [said] + (try make.consent(said: message))
    case .echo(let message):
      let opened = workspace.open(conversation, tenant) ? [try make.opened()] : []
      let said =
        try item.albumHMAC == nil
        ? make.said(MessageEchoed.self, message) : make.part(MessagePartEchoed.self, message)
      return opened + [said, try make.handedOver()]
    case .edit(let edit):
      let edited = try make.edited(edit)
      workspace.note(.edit(edited.id), of: item)
      return [edited]
    case .deletion:
      workspace.note(.deletion, of: item)
      return [try make.deleted()]
    case .reaction(let reaction):
      let reacted = try make.reacted(reaction)
      workspace.note(.edit(reacted.id), of: item)
      return [reacted]
    case .status(let status): return [try make.status(status)]
    case .progress(let progress): return [try make.progress(progress)]
    case .move(let move):
      guard let moved = item.moved else { return [] }
      workspace.move(contact, conversation, of: item, to: moved)
      return [try make.moved(move, moved)]
    // Long afterwards it says nothing of whose the conversation is.
    case .control: return record.event.isReplay ? [] : [try make.passed()]
    case .consent(let consent): return [try make.consent(consent.scope, consent.state, .platform)]
    case .notice, .other: return []
    }
  }

  /// A mail that tells of a message which nobody here wrote: there is no conversation to note it in, so it is noted of the
  /// connection. Platforms report so of all that others send by the same account, and that is counted alone.
  private func unknownReport(
    _ item: NormalizedItem, _ record: Record, _ allowance: NoticeAllowance?,
    _ workspace: inout NormalizeWorkspace, _ context: StageContext
  ) throws -> [Event] {
    guard case .status(let status) = item.item, let allowance, !record.event.isReplay,
      !workspace.hasSeen(item.unknownMark, item.connection.tenant),
      workspace.takes(allowance, of: item.connection)
    else { return [] }
    workspace.see(item.unknownMark, item.connection.tenant)
    let raw = [status.status.rawValue, status.code.map(String.init)].compactMap(\.self).joined(separator: " ")
    return [
      try record.makes(
        ConnectionNotified.self, by: name, step: item.unknownMark, key: StreamID(item.connection.id),
        facts: ConnectionNotified.Facts(
          connection: item.connection.id, channel: item.connection.channel,
          kind: "report.unknown-conversation",
          providerTime: item.origin.time, replyHMAC: item.providerHMAC),
        private: ConnectionNotified.Private(raw: raw), sealedWith: item.tenantKey, at: context.now)
    ]
  }

  /// A message, an edit of one, an echo or a file of an album that a replay reads otherwise than it was read before becomes
  /// an edit, and a reaction another one, once.
  private func reread(
    _ item: NormalizedItem, _ record: Record, _ blob: String?, _ workspace: inout NormalizeWorkspace,
    _ context: StageContext
  ) throws -> [Event] {
    guard let conversation = workspace.conversation(of: item),
      let subject = item.subject(in: record.event, conversation), let digest = try item.digest(),
      workspace.reads(digest, of: subject, item, in: record.event)
    else { return [] }
    let contact = try workspace.contactOrNew(item, in: record.event)
    let make = NormalizedEvents(
      stage: name, record: record, blob: blob, item: item, conversation: conversation, contact: contact,
      key: try workspace.key(of: contact), now: context.now,
      hearsConsent: channels[item.connection.channel]?.hearsConsent(isThread: item.threadHMAC != nil) ?? false
    )
    return [try make.reread(as: digest, of: subject)]
  }

  private func output(
    of notice: NormalizedNotice, _ number: Int, _ record: Record, _ allowance: NoticeAllowance?,
    _ workspace: inout NormalizeWorkspace, _ context: StageContext
  ) throws -> Event? {
    let connection = notice.connection
    // Without a time it cannot be told from a repetition, and a replay is one.
    if record.event.isReplay, notice.dedupe == nil { return nil }
    if let dedupe = notice.dedupe {
      guard !workspace.hasSeen(dedupe, connection.tenant) else { return nil }
    }
    if let allowance, !workspace.takes(allowance, of: connection) { return nil }
    if let dedupe = notice.dedupe { workspace.see(dedupe, connection.tenant) }
    return try record.makes(
      ConnectionNotified.self, by: name, step: notice.dedupe ?? "\(number)", key: StreamID(connection.id),
      facts: ConnectionNotified.Facts(
        connection: connection.id, channel: connection.channel, kind: notice.notice.kind,
        providerTime: notice.notice.time, providerHMAC: notice.providerHMAC, replyHMAC: notice.replyHMAC),
      private: ConnectionNotified.Private(raw: notice.notice.raw), sealedWith: notice.tenantKey,
      at: context.now)
  }
}
