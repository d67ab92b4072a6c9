import Contracts
import Foundation
import Knowledge
import Postgres

/// Fetches documents from web addresses, again and again, and hands in those that changed.
///
/// A look at a source is a round of steps: the list of its pages, then so many of them at a time. Each is a transaction, so
/// that pages are found as the round goes on, and whoever takes over goes on with the next step.
package struct Crawl: Stage {
  package typealias State = CrawlState
  package typealias Effect = CrawlEffect
  package typealias Outcome = CrawlOutcome

  package let name = StageName("crawl")
  package let topic = Topic.documents
  package let types: Set<EventType> = [SourceAdded.type, SourceRemoved.type]
  package let effects = EffectPolicy.repeatable

  /// Pages of a step.
  static let pagesOfStep = 50
  /// How long a source that is to go may stay: its removal is seen when the source is looked at.
  static let look: TimeInterval = 30

  package init() {}

  package func initialState() -> CrawlState { CrawlState() }

  package struct Workspace: Sendable {
    var rows: [CrawlReport] = []
    var removed: [SourceID] = []
    /// What is handed in.
    var uploads: [(document: DocumentID, tenant: TenantID)] = []
  }

  package func load(
    _ turns: [StageTurn<CrawlOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace { Workspace() }

  package func decide(
    _ turn: StageTurn<CrawlOutcome>, state: inout CrawlState, workspace: inout Workspace,
    _ context: StageContext
  ) throws -> Decision<CrawlEffect> {
    var decision = Decision<CrawlEffect>(consumed: 0)
    if let last = turn.inputs.last, turn.inputs.contains(where: { $0.event.type == SourceRemoved.type }) {
      for (_, page) in state.pages.sorted(by: { $0.key < $1.key }) {
        decision.outputs += try removals(of: page, last, state, context)
      }
      workspace.removed = [SourceID(state.source ?? last.event.id.uuid)]
      state = CrawlState()
      decision.consumed = turn.inputs.count
      return decision
    }
    for record in turn.inputs {
      let facts = try SourceAdded.read(record.event).facts
      state.source = facts.source.uuid
      if decision.consumed == 0, case .outcome(let outcome) = turn.result {
        let outputs = try take(outcome, facts, record, &state, &workspace, context)
        decision.outputs += outputs
        if let round = state.round {
          decision.wait = .effect(step(of: round, facts, record, state))
          return decision
        }
        guard let next = state.retry(at: context.now) ?? state.scheduled(facts, from: context.now) else {
          decision.consumed += 1
          continue
        }
        state.next = next
        decision.wait = .until(min(next, context.now.addingTimeInterval(Self.look)))
        return decision
      }
      if state.round == nil {
        if let next = state.next, next > context.now {
          decision.wait = .until(min(next, context.now.addingTimeInterval(Self.look)))
          return decision
        }
        if let again = state.again {
          state.begin(again, isPart: true)
        } else if facts.kind == .page {
          state.begin([facts.address])
        }
      }
      if let round = state.round {
        decision.wait = .effect(step(of: round, facts, record, state))
        return decision
      }
      decision.wait = .effect(
        CrawlEffect(facts: facts, tenant: record.event.tenant, step: .list, pages: [:]))
      return decision
    }
    return decision
  }

  private func step(
    of round: CrawlState.Round, _ facts: SourceAdded.Facts, _ record: Record, _ state: CrawlState
  ) -> CrawlEffect {
    let addresses = Array(round.addresses.dropFirst(round.done).prefix(Self.pagesOfStep))
    return CrawlEffect(
      facts: facts, tenant: record.event.tenant, step: .look(addresses),
      pages: state.pages.filter { addresses.contains($0.key) })
  }

  package func save(_ workspace: Workspace, in transaction: Transaction) throws {
    for row in workspace.rows { try SourceTable.note(row, in: transaction) }
    for (document, tenant) in workspace.uploads {
      _ = try DocumentWork.note(document, of: tenant, .queued, on: transaction.connection)
    }
    for source in workspace.removed { try SourceTable.remove(source, in: transaction) }
  }

  /// The pages are in the blob store and in the state; the ledger needs none of them.
  package func ledgerForm(_ outcome: CrawlOutcome) -> CrawlOutcome {
    CrawlOutcome(
      isComplete: outcome.isComplete, problem: outcome.problem, mayPass: outcome.mayPass, rest: outcome.rest)
  }

  /// Notes what came of a step, and begins or ends the round with it.
  private func take(
    _ outcome: CrawlOutcome, _ facts: SourceAdded.Facts, _ record: Record, _ state: inout CrawlState,
    _ workspace: inout Workspace, _ context: StageContext
  ) throws -> [Event] {
    var outputs: [Event] = []
    if let addresses = outcome.addresses {
      state.begin(addresses, problem: outcome.problem)
    } else {
      outputs = try take(outcome.pages, facts, record, &state, &workspace, context)
      state.note(outcome, at: context.now)
    }
    var problem = state.round?.problem ?? outcome.problem
    if let round = state.round, !outcome.isComplete || round.done >= round.addresses.count {
      // Where it broke off, or is a part, nothing is known to be gone.
      if outcome.isComplete, round.isPart != true { outputs += try sweep(round, record, &state, context) }
      problem = outcome.isComplete ? round.problem : outcome.problem
      state.endRound()
    }
    workspace.rows.append(
      CrawlReport(
        facts: facts, tenant: record.event.tenant, pages: state.pages.count, problem: problem,
        round: state.round.map { ($0.done, $0.addresses.count) }, at: context.now))
    return outputs
  }

  private func take(
    _ pages: [CrawlOutcome.Page], _ facts: SourceAdded.Facts, _ record: Record, _ state: inout CrawlState,
    _ workspace: inout Workspace, _ context: StageContext
  ) throws -> [Event] {
    var outputs: [Event] = []
    for page in pages {
      if page.isGone {
        if let known = state.pages.removeValue(forKey: page.address) {
          outputs += try removals(of: known, record, state, context)
        }
        continue
      }
      guard let hash = page.hash, let mediaType = page.mediaType, hash != state.pages[page.address]?.hash
      else {
        state.pages[page.address]?.take(page)
        continue
      }
      // Another text is another document, also where it was there before: what was removed does not come back. The one
      // before it is found until it is, and stays where it is stopped or fails.
      let document = DocumentID(
        UUID.version5(of: "\(page.address)\n\(hash)\n\(state.crawls)", in: facts.source.uuid))
      outputs.append(
        try record.makes(
          DocumentUploaded.self, by: name, step: "\(state.crawls) \(document)", key: StreamID(document),
          facts: DocumentUploaded.Facts(
            document: document, title: page.title ?? page.address, mediaType: mediaType,
            language: facts.language,
            bytes: page.bytes, blob: hash, base: facts.base, tags: facts.tags, address: page.address,
            source: facts.source, replaces: page.former.flatMap { $0.isEmpty ? nil : $0 }), at: context.now))
      workspace.uploads.append((document, record.event.tenant))
      state.pages[page.address] = CrawlState.Page(document: document, hash: hash, page)
    }
    return outputs
  }

  /// Takes out what is known and not in the list any more.
  private func sweep(
    _ round: CrawlState.Round, _ record: Record, _ state: inout CrawlState, _ context: StageContext
  ) throws -> [Event] {
    let there = Set(round.addresses)
    let gone = state.pages.filter { !there.contains($0.key) }.sorted { $0.key < $1.key }
    for (address, _) in gone { state.pages[address] = nil }
    return try gone.flatMap { try removals(of: $0.value, record, state, context) }
  }

  private func removals(
    of page: CrawlState.Page, _ record: Record, _ state: CrawlState, _ context: StageContext
  ) throws -> [Event] {
    try page.documents.map { document in
      try record.makes(
        DocumentRemoved.self, by: name, step: "\(state.crawls) \(document)", key: StreamID(document),
        facts: .init(document: document), at: context.now)
    }
  }
}
