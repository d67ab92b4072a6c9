import Channels
import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Postgres

/// Sends what was written for a contact, each message once: a call whose outcome nobody knows is declared
/// uncertain. It is repeated only where whoever stands before the provider said that the call failed, no report of the
/// message came back for a while, and then once, which its outcome says.
package struct Deliver: Stage {
  package typealias State = DeliverState
  package typealias Effect = DeliverEffect
  package typealias Outcome = DeliverOutcome

  package let name = StageName("deliver")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [
    ConversationOpened.type, ContactMoved.type, MessageReceived.type, ReplyGenerated.type,
    MessageComposed.type, ConsentChanged.type, MessageStatus.type,
  ]
  package let effects: EffectPolicy
  let channels: ChannelAdapters
  let settlingWindow: TimeInterval

  /// - Parameters:
  ///   - channels: how fast may be sent on each.
  ///   - timeout: the most that one call may take.
  ///   - grace: how much longer its outcome may take to be recorded.
  ///   - settlingWindow: how long a report of a call is awaited that may have been carried out.
  package init(
    channels: ChannelAdapters = ChannelAdapters(), timeout: Duration = .seconds(30),
    grace: Duration = .seconds(5), settlingWindow: Duration = .seconds(30)
  ) {
    self.channels = channels
    self.settlingWindow = settlingWindow.seconds
    effects = .once(timeout: timeout, grace: grace)
  }

  package func initialState() -> DeliverState { DeliverState() }

  package func ledgerForm(_ outcome: DeliverOutcome) -> DeliverOutcome { outcome.withoutProviderID }

  package struct Workspace: Sendable {
    var keys: [KeyID: SealingKey] = [:]
    var paces: AccountPaces
    var consents = Consents()
    /// Conversations whose address is somebody else's by now.
    var reassigned: Set<StreamID> = []
    /// What was sent and will be reported as if anybody had written it, as normalize notes what it has seen.
    var echoes: [(tenant: TenantID, hmac: String)] = []
    var topics = TopicMessages()
  }

  package func load(
    _ turns: [StageTurn<DeliverOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    var ids: Set<KeyID> = []
    var senders: [(tenant: TenantID, key: StreamID)] = []
    for turn in turns {
      var sender: TenantID?
      var told: [String] = []
      for record in turn.inputs {
        let sealed: String?
        switch record.event.type {
        case MessageStatus.type where turn.attempts > 0:
          if let content = try? MessageStatus.read(record.event).private { told.append(content) }
          continue
        case ReplyGenerated.type: sealed = try? ReplyGenerated.read(record.event).private
        case MessageComposed.type: sealed = try? MessageComposed.read(record.event).private
        default: continue
        }
        sender = record.event.tenant
        ids.insert(KeyID(record.event.tenant.uuid))
        if let sealed, let id = try? JWE.keyID(of: sealed) { ids.insert(id) }
      }
      if let sender {
        senders.append((sender, turn.key))
        ids.formUnion(told.compactMap { try? JWE.keyID(of: $0) })
      }
    }
    guard !senders.isEmpty else { return Workspace(paces: AccountPaces(now: context.now)) }
    let keys = PostgresParameter.texts(senders.map(\.key.rawValue))
    let found = try transaction.executeBatch([
      PostgresStatement("select value from stage.thread_targets($1)", [keys]),
      AccountPaces.statement(Set(turns.lazy.flatMap(\.inputs).map(\.event.tenant)), now: context.now),
      // What is sent is sealed under the key of whom it is for.
      Consents.statement(ids.map { ContactID($0.uuid) }),
      PostgresStatement(
        "select key from stage.reassigned_targets($1, $2)", [.uuids(senders.map(\.tenant.uuid)), keys]),
    ])
    // In a thread, where it goes and what it answers may be under the keys of others than who is answered.
    for row in found[0] {
      guard let state = try? JSON.decode(DeliverState.self, from: row.bytes(0)) else { continue }
      ids.formUnion(state.sealed.compactMap { try? JWE.keyID(of: $0) })
    }
    for event in turns.lazy.flatMap(\.inputs).map(\.event) {
      switch event.type {
      case ConversationOpened.type: if let id = try? ConversationOpened.read(event).keyID { ids.insert(id) }
      case ContactMoved.type: if let id = try? ContactMoved.read(event).keyID { ids.insert(id) }
      default: break
      }
    }
    return Workspace(
      keys: try context.keyring.keys(ids, on: transaction.connection),
      paces: try AccountPaces(found[1], now: context.now), consents: Consents(found[2]),
      reassigned: Set(found[3].map { StreamID($0.text(0)) }))
  }

  package func save(_ workspace: Workspace, in transaction: Transaction) throws {
    try workspace.paces.save(in: transaction)
    try workspace.consents.save(in: transaction)
    try workspace.topics.save(in: transaction)
    guard !workspace.echoes.isEmpty else { return }
    try transaction.execute(
      "select stage.note_seen($1, $2)",
      [.uuids(workspace.echoes.map(\.tenant.uuid)), .texts(workspace.echoes.map(\.hmac))])
  }

  package func decide(
    _ turn: StageTurn<DeliverOutcome>, state: inout DeliverState, workspace: inout Workspace,
    _ context: StageContext
  ) throws -> Decision<DeliverEffect> {
    var decision = Decision<DeliverEffect>(consumed: 0)
    var result = turn.result
    for record in turn.inputs {
      if record.event.type == ConsentChanged.type {
        try workspace.consents.apply(record.event)
      } else if try !state.fold(record) {
        let attempts = decision.consumed == 0 ? turn.attempts : 0
        let message = try Outgoing(record)
        guard let target = state.target else {
          throw StageError.unprocessable("conversation \(record.event.key) was never opened")
        }
        let report = DeliveryReport(
          stage: name, record: record, message: message, target: target, attempts: attempts,
          context: context, resends: state.sending(message.id)?.resends ?? 0)
        let told = attempts == 0 ? [] : try MarkedReport.all(in: turn.inputs, of: message.id)
        switch try step(report, result, told, &state, &workspace) {
        case .done(let event):
          decision.outputs.append(event)
          state.sending = nil
        case .wait(let wait):
          decision.wait = wait
          return decision
        }
        result = .none
      }
      decision.consumed += 1
    }
    return decision
  }

  private enum Step {
    case done(Event)
    case wait(Decision<DeliverEffect>.Wait)
  }

  private func step(
    _ report: DeliveryReport, _ result: StageTurn<DeliverOutcome>.Result, _ told: [MarkedReport],
    _ state: inout DeliverState, _ workspace: inout Workspace
  ) throws -> Step {
    switch result {
    case .none:
      switch try settle(report, told, &state, &workspace) {
      case .settled(let event): return .done(event)
      case .waits(let until): return .wait(.until(until))
      case .goes(let resends):
        var report = report
        report.resends = resends
        return try send(report, &state, &workspace)
      }
    case .lost: return try lost(report, &state, workspace.keys)
    case .outcome(let outcome): return try conclude(outcome, report, &state, &workspace)
    }
  }

  private func lost(
    _ report: DeliveryReport, _ state: inout DeliverState, _ keys: [KeyID: SealingKey]
  ) throws -> Step {
    state.expectLateEchoes(after: 0, now: report.context.now)
    return .done(try report.uncertain("owner-lost", parts: taken(of: report, state, keys).hmacs))
  }

  private func send(
    _ report: DeliveryReport, _ state: inout DeliverState, _ workspace: inout Workspace
  ) throws -> Step {
    let context = report.context
    let before = taken(of: report, state, workspace.keys)
    func failed(_ reason: String) throws -> Step { .done(try report.ended(reason, taken: before.hmacs)) }
    guard let connection = context.directory.connections[report.target.connection],
      !connection.isDisabled
    else { return try failed("connection-disabled") }
    let limits = limits(of: connection)
    var sending = state.sending(report.message.id) ?? DeliverState.Sending(message: report.message.id)
    // Asked before anything is opened or planned: what waits is asked about again and again.
    if let opens = opens(sending.cost(report.message), connection, limits, state, &workspace) {
      return .wait(.until(opens))
    }
    let contact = try JWE.keyID(of: report.message.sealed)
    guard let key = workspace.keys[contact], let place = try report.target.place(workspace.keys)
    else { return try failed("contact-erased") }
    if report.target.moved == nil, workspace.reassigned.contains(report.record.event.key) {
      return try failed("reassigned")
    }
    if report.target.addressHMAC == nil, report.target.moved == nil {
      let tenantKey = workspace.keys[KeyID(report.record.event.tenant.uuid)]
      state.target?.addressHMAC = tenantKey?.hmac(place.address, on: connection.channel)
    }
    let content = try JSON.decode(
      MessageComposed.Private.self, from: JWE.open(report.message.sealed, with: key))
    let template =
      content.template ?? report.message.agent.flatMap { context.directory.agents[$0]?.definition?.template }
    if workspace.consents.isOptedOut(ContactID(contact.uuid), of: content.template?.category) {
      return try failed("opted-out")
    }
    let last = try state.lastMessage?.content(workspace.keys)
    // Between two it is clear what an answer answers; among many, and in e-mail, it is not.
    let answered = content.replyTo ?? (place.thread == nil ? nil : last?.providerID)
    var message = OutboundMessage(
      id: report.message.id, address: place.address, thread: place.thread, text: content.text,
      subject: content.subject ?? last?.subject.map(Self.answer(to:)),
      choices: content.choices ?? [], location: content.location, contacts: content.contacts ?? [],
      replyTo: answered, references: answered == last?.providerID ? last?.references ?? [] : [],
      template: template, htmlPage: connection.settings?.mail?.html,
      context: SendContext(
        now: context.now, lastInbound: state.lastMessage?.at, isByPerson: report.message.isByPerson))
    message.taken = before.ids
    let files = try report.message.files(content, key)

    let group = group(of: place.thread, on: connection, workspace.keys)
    let isNewGroup = group != state.target?.group
    state.target?.group = group
    let isCounted = sending.calls != nil || limits.areNone
    if !isCounted { sending.calls = calls(of: message, with: files, on: connection.channel) }
    let cost = sending.cost(report.message)
    if isNewGroup || (!isCounted && cost.calls > 1),
      let opens = opens(cost, connection, limits, state, &workspace)
    {
      state.sending = sending
      return .wait(.until(opens))
    }
    take(cost, connection, limits, &state, &workspace, now: context.now)
    sending.echoes = echoes(of: message, with: files, on: connection, report.resends, workspace.keys)
    state.sending =
      sending.taken != nil || cost.calls > 1 || sending.echoes != nil || sending.resends != nil
      ? sending : nil
    return .wait(
      .effect(
        DeliverEffect(
          channel: connection.channel, secrets: connection.secrets, message: message, files: files)))
  }

  /// What an answer to mail is about, as RFC 5322, section 3.6.5, has it.
  private static func answer(to subject: String) -> String {
    let isAnswer = subject.prefix(3).lowercased() == "re:"
    return isAnswer || subject.allSatisfy(\.isWhitespace) ? subject : "Re: \(subject)"
  }

  private func conclude(
    _ outcome: DeliverOutcome, _ report: DeliveryReport, _ state: inout DeliverState,
    _ workspace: inout Workspace
  ) throws -> Step {
    let before = taken(of: report, state, workspace.keys)
    switch outcome {
    case .accepted(let providerID, let earlier, let milliseconds):
      if let connection = report.context.directory.connections[report.target.connection],
        workspace.paces[connection].refused != nil
      {
        workspace.paces[connection].noteTaken()
      }
      let tenant = KeyID(report.record.event.tenant.uuid)
      guard let tenantKey = workspace.keys[tenant] else { throw SealingError.keyIsGone(tenant) }
      noteTaken(
        ((earlier ?? []) + [providerID]).map { tenantKey.hmac($0, on: report.target.channel) }, report,
        &workspace)
      let contactKey = workspace.keys[try JWE.keyID(of: report.message.sealed)]
      return .done(
        try report.succeeded(
          providerID, earlier: earlier, milliseconds: milliseconds, tenantKey: tenantKey,
          contactKey: contactKey))
    case .notTaken(let reason, let code, let retryAfterSeconds):
      return try refused(reason, code, retryAfterSeconds, before.hmacs, report, &state, &workspace)
    case .partlyTaken(let ids, let reason, let code, let retryAfterSeconds):
      let hmacs = hmacs(of: ids, report, workspace.keys)
      noteTaken(hmacs, report, &workspace)
      guard try keep(ids, after: before.ids.count, report, &state, workspace.keys) else {
        return .done(try report.uncertain("partly-taken", code: code, parts: hmacs))
      }
      return try refused(reason, code, retryAfterSeconds, hmacs, report, &state, &workspace)
    case .unconfirmed(let reason, let parts):
      let known = before.ids.count
      if report.resends == 0,
        try awaitReport(after: parts ?? before.ids, known, report, &state, workspace.keys)
      {
        noteTaken(parts.map { hmacs(of: $0, report, workspace.keys) } ?? [], report, &workspace)
        return .wait(.until(looksAgain(report.context.now)))
      }
      return .done(try uncertain(reason, parts, before.hmacs, report, &state, &workspace))
    case .rejected(let reason, let code):
      return .done(try report.ended(reason, code: code, taken: before.hmacs))
    case .uncertain(let reason, let parts):
      return .done(try uncertain(reason, parts, before.hmacs, report, &state, &workspace))
    }
  }

  /// - Parameter before: HMACs of the ids that were known before the call.
  private func uncertain(
    _ reason: String, _ parts: [String]?, _ before: [String], _ report: DeliveryReport,
    _ state: inout DeliverState, _ workspace: inout Workspace
  ) throws -> Event {
    let taken = parts.map { hmacs(of: $0, report, workspace.keys) } ?? before
    noteTaken(taken, report, &workspace)
    state.expectLateEchoes(after: taken.count - before.count, now: report.context.now)
    return try report.uncertain(reason, parts: taken)
  }

  /// Certainly not taken: tried again, unless it was tried often enough.
  /// - Parameter taken: of the parts before.
  private func refused(
    _ reason: String, _ code: Int?, _ retryAfterSeconds: Double?, _ taken: [String],
    _ report: DeliveryReport, _ state: inout DeliverState, _ workspace: inout Workspace
  ) throws -> Step {
    if let seconds = retryAfterSeconds,
      let connection = report.context.directory.connections[report.target.connection]
    {
      let until = report.context.now.addingTimeInterval(min(seconds, RetrySchedule.longestWait))
      let limits = limits(of: connection)
      let isOfAccount =
        reason == "throttled"
        && (limits.throttlesAccountsOnly
          || !report.target.isThread
            && workspace.paces[connection].isLimited(
              refusing: report.target.conversation, limits, chatPace: state.pace, now: report.context.now))
      if isOfAccount {
        // Whoever else is written to from this account would be refused as well.
        workspace.paces[connection].close(until: until)
      } else if ["throttled", "chat-throttled"].contains(reason) {
        if let group = state.target?.group {
          workspace.paces[group, connection.tenant].close(until: until)
        } else {
          var pace = state.pace ?? SendPace()
          pace.close(until: until)
          state.pace = pace
        }
      }
    }
    // Nothing is on its way until it is tried again.
    state.sending?.echoes = nil
    let attempts = report.attempts - (state.sending?.taken?.attempts ?? 0)
    guard let wait = RetrySchedule.wait(after: attempts, retryAfter: retryAfterSeconds) else {
      return .done(try report.ended(reason, code: code, taken: taken))
    }
    return .wait(.retry(at: report.context.now.addingTimeInterval(wait)))
  }
}
