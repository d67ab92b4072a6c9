import Contracts
import Extraction
import Foundation
import Knowledge
import Postgres

/// Keeps the index: makes documents findable when they are uploaded, and takes them out when they go.
package struct Index: Stage {
  package typealias State = NoState
  package typealias Effect = IndexEffect
  package typealias Outcome = IndexOutcome

  static let name = StageName("index")
  package var name: StageName { Self.name }
  package let topic = Topic.documents
  package let types: Set<EventType> = [DocumentUploaded.type, DocumentRemoved.type]
  package let effects = EffectPolicy.repeatable

  /// How often a document is tried while something other than itself is in the way; with the waits between,
  /// that takes two hours.
  static let maximumAttempts = 30

  package init() {}

  package func initialState() -> NoState { NoState() }

  package struct Workspace: Sendable {
    var live: IndexVersion?
    var changes: [Change] = []
  }

  enum Change: Sendable {
    case publish(DocumentID)
    case withdraw(DocumentID)
    case discard(DocumentID)
    /// Where it is found by this text.
    case withdrawText(DocumentID, EventID)

    var document: DocumentID {
      switch self {
      case .publish(let document), .withdraw(let document), .discard(let document),
        .withdrawText(let document, _):
        document
      }
    }
  }

  package func load(
    _ turns: [StageTurn<IndexOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    // Held: what is prepared for it must not come after it was exchanged.
    Workspace(live: try IndexVersions.live(held: true, in: transaction))
  }

  package func decide(
    _ turn: StageTurn<IndexOutcome>, state: inout NoState, workspace: inout Workspace, _ context: StageContext
  ) throws -> Decision<IndexEffect> {
    guard let live = workspace.live else {
      throw StageError.unprocessable("there is no index; run: aigentable migrate")
    }
    var decision = Decision<IndexEffect>(consumed: 0)
    let goes = turn.inputs.contains { $0.event.type == DocumentRemoved.type }
    for record in turn.inputs {
      if record.event.type == DocumentRemoved.type {
        let facts = try DocumentRemoved.read(record.event).facts
        workspace.changes += [.withdraw(facts.document), .discard(facts.document)]
      } else {
        let facts = try DocumentUploaded.read(record.event).facts
        if decision.consumed == 0, case .outcome(let outcome) = turn.result {
          switch ended(outcome, facts, live, turn.attempts, &workspace) {
          case .again: decision.wait = .effect(IndexEffect(facts, record, live))
          case .later:
            let seconds = min(pow(2, Double(turn.attempts)), 300)
            decision.wait = .retry(at: context.now.addingTimeInterval(seconds))
          case .indexed(let chunks, let language):
            decision.outputs.append(
              try record.makes(
                DocumentIndexed.self, by: name, key: record.event.key,
                facts: .init(
                  document: facts.document, chunks: chunks, index: live.number,
                  language: facts.language == DocumentLanguage.told ? language : nil), at: context.now))
            // Where it is removed itself, the page has only those.
            for former in goes ? [] : facts.replaces ?? [] {
              workspace.changes.append(.withdraw(former))
              decision.outputs.append(
                try record.makes(
                  DocumentRemoved.self, by: name, step: "\(former)", key: StreamID(former),
                  facts: .init(document: former), at: context.now))
            }
          case .failed(let reason):
            // A version that was made meanwhile, and is the live one now, may have it.
            workspace.changes += [
              .discard(facts.document), .withdrawText(facts.document, record.event.id),
            ]
            decision.outputs.append(
              try record.makes(
                DocumentFailed.self, by: name, key: record.event.key,
                facts: .init(document: facts.document, reason: reason), at: context.now))
          }
          if case .nothing = decision.wait {} else { return decision }
        } else if !goes {
          decision.wait = .effect(IndexEffect(facts, record, live))
          return decision
        }
      }
      decision.consumed += 1
    }
    return decision
  }

  private enum End {
    case again
    case later
    case indexed(chunks: Int, language: String?)
    case failed(reason: String)
  }

  private func ended(
    _ outcome: IndexOutcome, _ facts: DocumentUploaded.Facts, _ live: IndexVersion, _ attempts: Int,
    _ workspace: inout Workspace
  ) -> End {
    switch outcome {
    case .prepared(let chunks, let version, let language):
      // Another version was made the live one meanwhile.
      guard version == live.number else { return .again }
      workspace.changes.append(.publish(facts.document))
      return .indexed(chunks: chunks, language: language)
    case .failed(let reason): return .failed(reason: reason)
    case .unavailable(let reason): return attempts < Self.maximumAttempts ? .later : .failed(reason: reason)
    }
  }

  package func save(_ workspace: Workspace, in transaction: Transaction) throws {
    guard let live = workspace.live, !workspace.changes.isEmpty else { return }
    let writer = IndexWriter(live)
    for change in workspace.changes {
      switch change {
      case .publish(let document): try writer.publish(document, in: transaction)
      case .withdraw(let document): try writer.withdraw(document, in: transaction)
      case .discard(let document): try writer.discard(document, in: transaction)
      case .withdrawText(let document, let revision):
        try writer.withdraw(document, ifItIsOf: revision, in: transaction)
      }
    }
    try DocumentWork.forget(workspace.changes.map(\.document), in: transaction)
  }
}

/// Make chunks of a document and put them aside.
package struct IndexEffect: Sendable {
  let facts: DocumentUploaded.Facts
  let tenant: TenantID
  let revision: EventID
  let version: IndexVersion

  init(_ facts: DocumentUploaded.Facts, _ record: Record, _ version: IndexVersion) {
    self.facts = facts
    tenant = record.event.tenant
    revision = record.event.id
    self.version = version
  }
}

/// What became of a document.
package enum IndexOutcome: Codable, Sendable {
  /// - Parameter language: in which it is searched; nil in ledgers of before.
  case prepared(chunks: Int, version: Int, language: String?)
  case failed(reason: String)
  /// May be tried again.
  case unavailable(reason: String)
}

/// Extracts, cuts and embeds.
package struct DocumentPreparer: EffectPerformer {
  private let indexer: DocumentIndexer
  private let pool: PostgresPool

  package init(indexer: DocumentIndexer, pool: PostgresPool) {
    self.indexer = indexer
    self.pool = pool
  }

  package func perform(_ effect: IndexEffect) async -> IndexOutcome {
    do {
      let prepared = try await indexer.prepare(
        effect.facts, tenant: effect.tenant, revision: effect.revision, for: effect.version
      ) { [pool] step, done, total in
        try await pool.withConnection { connection in
          try DocumentWork.note(
            effect.facts.document, of: effect.tenant, step, done: done, total: total, on: connection)
        }
      }
      return .prepared(
        chunks: prepared.chunks, version: effect.version.number, language: prepared.language)
    } catch let error as ExtractionError where !error.isRetriable {
      return .failed(reason: error.description)
    } catch let error as EmbeddingError where !error.isRetriable {
      return .failed(reason: error.description)
    } catch {
      return .unavailable(reason: "\(error)")
    }
  }
}
