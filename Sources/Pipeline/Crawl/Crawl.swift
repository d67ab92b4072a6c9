import Contracts
import Foundation
import Knowledge
import Postgres

/// Fetches documents from web addresses, again and again, and hands in those that changed.
package struct Crawl: Stage {
  package typealias State = CrawlState
  package typealias Effect = CrawlEffect
  package typealias Outcome = CrawlOutcome

  package let name = StageName("crawl")
  package let topic = Topic.documents
  package let types: Set<EventType> = [SourceAdded.type, SourceRemoved.type]
  package let effects = EffectPolicy.repeatable

  /// How long a source that is to go may stay: its removal is seen when the source is looked at.
  static let look: TimeInterval = 30

  package init() {}

  package func initialState() -> CrawlState { CrawlState() }

  package struct Workspace: Sendable {
    var rows: [CrawlReport] = []
    var removed: [SourceID] = []
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
        decision.outputs.append(try removal(of: page.document, last, step: "\(page.document)", context))
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
        decision.outputs += try take(outcome, facts, record, &state, &workspace, context)
        guard let hours = facts.everyHours else {
          decision.consumed += 1
          continue
        }
        state.next = context.now.addingTimeInterval(Double(hours) * 3_600)
        decision.wait = .until(context.now.addingTimeInterval(Self.look))
        return decision
      }
      if let next = state.next, next > context.now {
        decision.wait = .until(min(next, context.now.addingTimeInterval(Self.look)))
        return decision
      }
      decision.wait = .effect(CrawlEffect(facts: facts, tenant: record.event.tenant, pages: state.pages))
      return decision
    }
    return decision
  }

  package func save(_ workspace: Workspace, in transaction: Transaction) throws {
    for row in workspace.rows { try SourceTable.note(row, in: transaction) }
    for source in workspace.removed { try SourceTable.remove(source, in: transaction) }
  }

  /// The pages are in the blob store and in the state; the ledger needs none of them.
  package func ledgerForm(_ outcome: CrawlOutcome) -> CrawlOutcome {
    CrawlOutcome(pages: [], isComplete: outcome.isComplete, problem: outcome.problem)
  }

  private func take(
    _ outcome: CrawlOutcome, _ facts: SourceAdded.Facts, _ record: Record, _ state: inout CrawlState,
    _ workspace: inout Workspace, _ context: StageContext
  ) throws -> [Event] {
    var outputs: [Event] = []
    state.crawls += 1
    for page in outcome.pages {
      let known = state.pages[page.address]
      guard let hash = page.hash, let mediaType = page.mediaType, hash != known?.hash else {
        state.pages[page.address]?.take(page)
        continue
      }
      // Another text is another document, so that the old one is found until the new one is.
      let document = DocumentID(UUID.version5(of: "\(page.address)\n\(hash)", in: facts.source.uuid))
      outputs.append(
        try record.makes(
          DocumentUploaded.self, by: name, step: "\(state.crawls) \(document)", key: StreamID(document),
          facts: DocumentUploaded.Facts(
            document: document, title: page.title ?? page.address, mediaType: mediaType,
            language: facts.language,
            bytes: page.bytes, blob: hash, base: facts.base, tags: facts.tags, address: page.address,
            source: facts.source), at: context.now))
      if let known {
        outputs.append(
          try removal(of: known.document, record, step: "\(state.crawls) \(known.document)", context))
      }
      state.pages[page.address] = CrawlState.Page(document: document, hash: hash, page)
    }
    // Where the list itself could not be had, nothing is known to be gone.
    if outcome.isComplete {
      let there = Set(outcome.pages.filter { !$0.isGone }.map(\.address))
      for (address, page) in state.pages.sorted(by: { $0.key < $1.key }) where !there.contains(address) {
        outputs.append(
          try removal(of: page.document, record, step: "\(state.crawls) \(page.document)", context))
        state.pages[address] = nil
      }
    }
    workspace.rows.append(
      CrawlReport(
        facts: facts, tenant: record.event.tenant, pages: state.pages.count, problem: outcome.problem,
        at: context.now))
    return outputs
  }

  private func removal(
    of document: DocumentID, _ record: Record, step: String, _ context: StageContext
  ) throws -> Event {
    try record.makes(
      DocumentRemoved.self, by: name, step: step, key: StreamID(document), facts: .init(document: document),
      at: context.now)
  }
}
